// Turns what the database library throws into words, at the one border where it may throw.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace longmen {

// On one line. Without the statement and its values, among which there may be secrets.
std::string words_of(const std::exception& error);

// Runs `work`, which returns a Result; an exception becomes "WHAT: its words".
template <class Work>
auto caught(const std::string& what, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& error) {
    return fail(what + ": " + words_of(error));
  }
}

}  // namespace longmen

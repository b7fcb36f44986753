// Turns what the database library throws into words, at the one border where it may throw.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace longmen {

// Runs `work`, which returns a Result; an exception becomes "WHAT: its words".
template <class Work>
auto caught(const std::string& what, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& error) {
    std::string words = error.what();
    while (words.ends_with('.') || words.ends_with('\n'))
      words.pop_back();
    return fail(what + ": " + words);
  }
}

}  // namespace longmen

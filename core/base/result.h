// The two ways in which a function of core/ says that it did not succeed.
// Result<T> carries words for a person (start-up, configuration, signalling); Parsed<T> carries a
// DropReason for a counter (bytes that a peer controls). Neither allocates on success.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "core/base/drop_reason.h"

namespace longmen {

struct Error {
  std::string message;  // what and where, for a person; no trailing full stop
};

template <class T>
using Result = tl::expected<T, Error>;

template <class T>
using Parsed = tl::expected<T, DropReason>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

inline tl::unexpected<DropReason> drop(DropReason reason) {
  return tl::unexpected<DropReason>(reason);
}

}  // namespace longmen

// One run of a process that does what a role must not do itself, such as decode: it gets none of
// what this process has open, is waited for on the io thread, and is ended when it takes too long
// or when the coroutine that waits for it is gone. Bound: the caller's; each call is one process.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr const char* kOwnExecutable = "/proc/self/exe";

enum class HelperEnd { kWell, kBadly, kLate };  // exit code 0; another one, or killed; ended by us

// `arguments` from the program's name on. Fails when it does not start.
boost::asio::awaitable<Result<HelperEnd>> run_helper(std::string executable,
                                                     std::vector<std::string> arguments,
                                                     std::chrono::seconds longest);

}  // namespace longmen

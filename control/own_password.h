// Asks who is signed in for the password once more, before what would make somebody else's use of
// that browser lasting: another password, a second factor, accounts for others. Counted by the
// sign-in, not by the name, so that no stranger's guesses lock whoever is in, and the other way
// round. A wrong one is in the log and in the audit. On the io thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "control/studio_parts.h"

namespace longmen {

// Whoever has no password, since a provider vouches for them, is asked by the provider instead, and
// then for so long by nobody.
inline constexpr std::chrono::milliseconds kConfirmedLife = std::chrono::minutes(10);

// Nothing: it is theirs, and `caller.standing` says so to the action. Else what is answered. `body`
// has it as "password".
boost::asio::awaitable<std::optional<HttpResponse>> ask_password(StudioParts& parts, Caller& caller,
                                                                 const boost::json::object& body);

// By what the limiter and the pool count whoever is signed in.
std::string limiter_key(const Caller& caller);

// 429, with Retry-After.
HttpResponse too_many_attempts(std::chrono::seconds wait);

}  // namespace longmen

// A request that is sent again because its answer was lost is not done again: with an
// Idempotency-Key, the answer is written down in the action's own transaction and given again for
// kOnceLife. The same key with another request is refused. Refusals are not kept; such a request
// may be tried again. Bound: kMaxOnceAnswers an account. draft-ietf-httpapi-idempotency-key-header.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "control/decided.h"
#include "control/gatekeeper.h"

namespace longmen {

inline constexpr std::chrono::milliseconds kOnceLife = std::chrono::hours(24);
inline constexpr size_t kMaxOnceKeyBytes = 128;
inline constexpr int kMaxOnceAnswers = 5000;

struct OnceKey {
  std::string account_id;
  std::string key;  // empty: the request has none
  std::string request_hash;
  // Of the answer, a field that must not be kept. Asked again, it cannot be given: 409.
  std::string secret;
};
Decided<OnceKey> once_key_of(const Caller& caller, const HttpRequest& request);

using ActionInTransaction = std::function<Decided<boost::json::object>(soci::session&)>;

// Inside the transaction. Throws as SOCI does.
Decided<boost::json::object> only_once(soci::session& sql, const OnceKey& once, int64_t now_ms,
                                       const ActionInTransaction& action);
void forget_old_answers(soci::session& sql, int64_t now_ms);

}  // namespace longmen

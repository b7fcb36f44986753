#include "control/once.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/sha256.h"

namespace longmen {
namespace json = boost::json;

Decided<OnceKey> once_key_of(const Caller& caller, const HttpRequest& request) {
  OnceKey once;
  once.account_id = caller.account.id;
  once.key = request.fields.value("Idempotency-Key");
  const bool fits =
      once.key.size() <= kMaxOnceKeyBytes &&
      std::all_of(once.key.begin(), once.key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!fits) {
    return refuse(400, fmt::format("Idempotency-Key: 1 to {} visible ASCII characters are allowed",
                                   kMaxOnceKeyBytes));
  }
  once.request_hash = sha256_hex(
      fmt::format("{} {}\n{}", request.method, request.target.origin_form(), request.content));
  return once;
}

Decided<json::object> only_once(soci::session& sql, const OnceKey& once, int64_t now_ms,
                                const ActionInTransaction& action) {
  if (once.key.empty()) return action(sql);
  std::string hash, answer;
  const int64_t oldest = now_ms - kOnceLife.count();
  sql << "SELECT request_hash, answer FROM once_answers WHERE account_id = :id AND once_key = :key"
         " AND created_ms > :oldest",
      soci::into(hash), soci::into(answer), soci::use(once.account_id), soci::use(once.key),
      soci::use(oldest);
  if (sql.got_data()) {
    if (hash != once.request_hash)
      return refuse(422, "this Idempotency-Key was used for another request; take a new one");
    if (!once.secret.empty()) {
      return refuse(409, fmt::format("this was done already; its {} is shown once only, and cannot "
                                     "be shown again",
                                     once.secret));
    }
    return json::parse(answer).as_object();
  }
  int kept = 0;
  sql << "SELECT COUNT(*) FROM once_answers WHERE account_id = :id", soci::into(kept),
      soci::use(once.account_id);
  if (kept >= kMaxOnceAnswers) {
    forget_old_answers(sql, now_ms);
    sql << "SELECT COUNT(*) FROM once_answers WHERE account_id = :id", soci::into(kept),
        soci::use(once.account_id);
    if (kept >= kMaxOnceAnswers)
      return refuse(429, "too many requests with an Idempotency-Key today; go on without");
  }
  auto done = action(sql);
  if (!done) return done;
  json::object shown = *done;
  if (!once.secret.empty()) shown.erase(once.secret);
  answer = json::serialize(shown);
  sql << "DELETE FROM once_answers WHERE account_id = :id AND once_key = :key",
      soci::use(once.account_id), soci::use(once.key);
  sql << "INSERT INTO once_answers (account_id, once_key, request_hash, answer, created_ms)"
         " VALUES (:id, :key, :hash, :answer, :created)",
      soci::use(once.account_id), soci::use(once.key), soci::use(once.request_hash),
      soci::use(answer), soci::use(now_ms);
  return done;
}

void forget_old_answers(soci::session& sql, int64_t now_ms) {
  const int64_t oldest = now_ms - kOnceLife.count();
  sql << "DELETE FROM once_answers WHERE created_ms <= :oldest", soci::use(oldest);
}

}  // namespace longmen

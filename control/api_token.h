// Tokens by which programs use the API in somebody's name: the table, and what can be done with it,
// each with its row of the audit. A token has scopes, which are permissions, and never gives more
// than its account may at that moment; it ends by itself. The text is shown once and kept as its
// hash. Bound: kMaxTokens an account. Inside the caller's transaction; throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/audit.h"
#include "control/decided.h"
#include "control/permission.h"

namespace longmen {

inline constexpr int kMaxTokens = 20;
inline constexpr size_t kMaxTokenLabelBytes = 100;
inline constexpr int64_t kMaxTokenDays = 366;
// Before what make_token() makes, so that whoever finds one knows what it is.
inline constexpr std::string_view kTokenPrefix = "lmt_";

struct ApiToken {
  std::string hash, account, label;
  std::vector<Permission> scopes;
  int64_t created_ms = 0, expires_ms = 0;
  int64_t used_ms = 0;       // the last time; 0: never. To the hour
  std::string account_name;  // as it was read

  // By which it is named without giving it away.
  std::string id() const { return hash.substr(0, 16); }
  bool has(Permission permission) const;
};
boost::json::object api_token_to_json(const ApiToken& token);

class ApiTokenTable {
 public:
  explicit ApiTokenTable(soci::session& sql) : sql_(sql) {}
  std::optional<ApiToken> by_hash(const std::string& hash);
  // Those that have not ended, the oldest first; of one account, or of all when it is empty.
  std::vector<ApiToken> valid(const std::string& account, int64_t now_ms);
  void insert(const ApiToken& token);
  void note_use(const std::string& hash, int64_t now_ms);
  void remove(const std::string& hash);
  void remove_all_of(const std::string& account);
  void forget_old(int64_t now_ms);

 private:
  std::vector<ApiToken> select(const std::string& condition, const std::string& value,
                               int64_t now_ms);
  soci::session& sql_;
};

struct ApiTokenWish {
  std::string label;
  std::vector<std::string> scopes;
  int64_t days = 0;
};
// Of the actor's own account, with no scope that its role has not.
Decided<ApiToken> create_api_token(soci::session& sql, const Actor& actor, AccountRole role,
                                   const ApiTokenWish& wish, const std::string& hash);
// Of that account, or of any when it is empty.
Decided<ApiToken> remove_api_token(soci::session& sql, const Actor& actor,
                                   const std::string& account, const std::string& id);

}  // namespace longmen

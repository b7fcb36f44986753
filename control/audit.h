// The audit: every action as a row that names the one before by its hash, written in the action's
// own transaction and never changed. A row that is changed, taken out, put in or moved breaks the
// chain at that place, and rows cut off its end differ from the head that is kept beside it. What
// it cannot show alone: a chain that somebody with the whole database made anew from some row on;
// for that the head must have been noted elsewhere (control logs it, `longmen audit verify` prints
// it). Old rows are pruned from the front, where the hash of the last one that went stays as the
// chain's new beginning.
//
// hash = SHA-256 of "longmen-audit-1\n" and, for the previous hash and each column in order, its
// length in bytes, ":", the bytes, "\n". One order of rows also with several writers: the database
// lets them write one after the other (control/database.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/database.h"
#include "core/base/result.h"

namespace longmen {

// Who acts, from where, and when.
struct Actor {
  std::string id;       // of the account; empty for this machine's command line and for control
  std::string name;     // as it was then
  std::string address;  // "local" on this machine
  int64_t now_ms = 0;
};

struct AuditRow {
  int64_t number = 0;  // from 1, without gaps
  int64_t at_ms = 0;
  std::string actor_id, actor, address;
  std::string action;   // "account.create"
  std::string subject;  // the account's id, or what else was acted on
  std::string before;   // JSON; empty when there was nothing
  std::string after;
  std::string hash;  // SHA-256, hexadecimal
};

std::string audit_hash(const std::string& previous, const AuditRow& row);

// Inside the action's transaction. Throws as SOCI does.
void append_audit(soci::session& sql, const Actor& actor, const std::string& action,
                  const std::string& subject, const std::string& before, const std::string& after);

inline constexpr int kMaxAuditPage = 200;
// The latest first, below `before` when it is above zero. Throws as SOCI does.
std::vector<AuditRow> audit_page(soci::session& sql, int64_t before, int limit);
// The oldest first, above `after`.
std::vector<AuditRow> audit_rows_after(soci::session& sql, int64_t after, int limit);

struct AuditVerdict {
  int64_t rows = 0;  // that are sound
  int64_t first = 0, last = 0;
  std::string head;               // the hash of the last one
  std::optional<int64_t> broken;  // the row at which the chain breaks
  std::string words;              // what is wrong there
};
Result<AuditVerdict> verify_audit(Database& database);

struct AuditPruned {
  int64_t rows = 0;
  std::string head;  // of the whole chain, for the log
  int64_t last = 0;
};
// Takes away the rows before the first one that is not older than `before_ms`, at most
// kMaxPruned at once, and writes that as a row.
inline constexpr int kMaxPruned = 10'000;
Result<AuditPruned> prune_audit(Database& database, int64_t before_ms, int64_t now_ms);

}  // namespace longmen

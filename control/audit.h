// The audit: every action as a row that names the one before by its hash, written in the action's
// own transaction and never changed. A row that is changed, taken out, put in or moved breaks the
// chain at that place, and rows cut off its end differ from the head that is kept beside it. Old
// rows are pruned from the front, where the hash of the last one that went stays as the chain's new
// beginning; a row says so, and a beginning that no row speaks of was cut off by somebody else.
// What it cannot show alone: a chain that somebody with the whole database made anew from some row
// on. For that a row must have been noted elsewhere (control logs the head, `longmen audit verify`
// prints it, and holds the chain against a note).
//
// hash = SHA-256 of "longmen-audit-1\n" and, for the previous hash and each column in order, its
// length in bytes, ":", the bytes, "\n". One order of rows also with several writers: the database
// lets them write one after the other (control/database.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/actor.h"
#include "control/database.h"
#include "core/base/result.h"

namespace longmen {

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
// About one subject, the latest first; `kind` is the part of the actions before the dot.
std::vector<AuditRow> audit_rows_of(soci::session& sql, std::string_view kind,
                                    const std::string& subject, int limit);

struct AuditVerdict {
  int64_t rows = 0;  // that are sound
  int64_t first = 0, last = 0;
  std::string head;               // the hash of the last one
  std::optional<int64_t> broken;  // the row at which the chain breaks
  std::string words;              // what is wrong there
};
// A row whose hash was written down somewhere else.
struct AuditNote {
  int64_t number = 0;
  std::string hash;
};
Result<AuditVerdict> verify_audit(Database& database,
                                  const std::optional<AuditNote>& noted = std::nullopt);

struct AuditPruned {
  int64_t rows = 0;
  std::string head;  // of the whole chain, for the log
  int64_t last = 0;
  bool too_quiet = false;  // nothing was pruned for the age of the newest row
};
// Takes away the rows before the first one that is not older than `before_ms`, at most
// kMaxPruned at once, and writes that as a row.
// Not when even the newest row is older than half of that life: then either nothing happened for
// long, and it can wait, or the clock has jumped forward.
inline constexpr int kMaxPruned = 10'000;
Result<AuditPruned> prune_audit(Database& database, int64_t before_ms, int64_t now_ms);

}  // namespace longmen

#include "control/audit.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <limits>

#include "core/base/sha256.h"

namespace longmen {
namespace {

constexpr std::string_view kForm = "longmen-audit-1\n";
constexpr const char* kPrune = "audit.prune";
constexpr int kVerifiedAtOnce = 1000;  // a server's answer is held whole
constexpr const char* kAuditColumns =
    "number, at_ms, actor_id, actor, address, action, subject, before_json, after_json, hash";

struct Chain {
  int64_t head_number = 0, base_number = 0;
  std::string head_hash, base_hash;
};

Chain read_chain(soci::session& sql) {
  Chain chain;
  sql << "SELECT head_number, head_hash, base_number, base_hash FROM audit_chain WHERE id = 1",
      soci::into(chain.head_number), soci::into(chain.head_hash), soci::into(chain.base_number),
      soci::into(chain.base_hash);
  return chain;
}

// `condition` has ":n", the only parameter. Stops when `visit` returns false.
template <class N, class Visit>
void each_row(soci::session& sql, const std::string& condition, const N& n, Visit visit) {
  AuditRow row;
  soci::statement rows =
      (sql.prepare << "SELECT " << kAuditColumns << " FROM audit WHERE " << condition, soci::use(n),
       soci::into(row.number), soci::into(row.at_ms), soci::into(row.actor_id),
       soci::into(row.actor), soci::into(row.address), soci::into(row.action),
       soci::into(row.subject), soci::into(row.before), soci::into(row.after),
       soci::into(row.hash));
  rows.execute();
  while (rows.fetch()) {
    if (!visit(row)) return;
  }
}

template <class N>
std::vector<AuditRow> rows_of(soci::session& sql, const std::string& condition, const N& n) {
  std::vector<AuditRow> rows;
  each_row(sql, condition, n, [&](const AuditRow& row) {
    rows.push_back(row);
    return true;
  });
  return rows;
}

// As a row about pruning has it.
std::string beginning_of(const Chain& chain) {
  return fmt::format(R"({{"through":{},"hash":"{}"}})", chain.base_number, chain.base_hash);
}

int bounded(int limit) {
  return std::min(std::max(limit, 1), kMaxAuditPage);
}

// From the chain's beginning to its end.
class ChainWalk {
 public:
  ChainWalk(soci::session& sql, const std::optional<AuditNote>& noted)
      : sql_(sql), chain_(read_chain(sql)), noted_(noted) {}

  AuditVerdict verdict() {
    verdict_.first = chain_.base_number + 1;
    verdict_.last = chain_.base_number;
    verdict_.head = chain_.base_hash;
    if (noted_ && noted_->number == chain_.base_number) hold_against_note();
    int64_t after = std::numeric_limits<int64_t>::min();
    int in_page = 0;
    const std::string page = fmt::format("number > :n ORDER BY number LIMIT {}", kVerifiedAtOnce);
    do {
      in_page = 0;
      each_row(sql_, page, after, [&](const AuditRow& row) {
        after = row.number;
        ++in_page;
        return take(row);
      });
    } while (!verdict_.broken && in_page == kVerifiedAtOnce);
    if (!verdict_.broken) look_at_ends();
    return verdict_;
  }

 private:
  bool broken(int64_t number, std::string words) {
    verdict_.broken = number;
    verdict_.words = std::move(words);
    return false;
  }
  bool take(const AuditRow& row) {
    const int64_t expected = verdict_.last + 1;
    if (row.number < expected)
      return broken(row.number, "it stands before the beginning of the chain");
    if (row.number > expected) return broken(expected, "it is missing");
    if (audit_hash(verdict_.head, row) != row.hash)
      return broken(row.number, "its hash does not follow from it and the row before");
    verdict_.last = row.number;
    verdict_.head = row.hash;
    ++verdict_.rows;
    if (row.action == kPrune) pruned_ = row.after;
    return !noted_ || noted_->number != row.number || hold_against_note();
  }
  bool hold_against_note() {
    return noted_->hash == verdict_.head ||
           broken(noted_->number, "its hash is not the one that was noted");
  }
  void look_at_ends() {
    if (verdict_.last < chain_.head_number) {
      broken(verdict_.last + 1, "it is missing, at the end of the chain");
    } else if (verdict_.last != chain_.head_number || verdict_.head != chain_.head_hash) {
      broken(verdict_.last, "it is not the one that was written last");
    } else if (pruned_ != (chain_.base_number > 0 ? beginning_of(chain_) : "")) {
      broken(1, fmt::format("rows 1 to {} are missing, and the last row about pruning says: {}",
                            chain_.base_number, pruned_.empty() ? "nothing" : pruned_));
    } else if (verdict_.rows == 0 && accounts() > 0) {
      broken(1, "there are accounts, and no row about how they came to be");
    } else if (noted_ && noted_->number > verdict_.last) {
      broken(verdict_.last + 1, fmt::format("it is missing: row {} was noted", noted_->number));
    } else if (noted_ && noted_->number < chain_.base_number) {
      broken(noted_->number,
             "the noted row was pruned, so nothing is held against it; note a later one");
    }
  }
  int accounts() {
    int count = 0;
    sql_ << "SELECT COUNT(*) FROM accounts", soci::into(count);
    return count;
  }

  soci::session& sql_;
  const Chain chain_;
  const std::optional<AuditNote>& noted_;
  std::string pruned_;  // what the last row about pruning says
  AuditVerdict verdict_;
};

}  // namespace

std::string audit_hash(const std::string& previous, const AuditRow& row) {
  std::string text(kForm);
  const auto add = [&](std::string_view value) {
    text += fmt::format("{}:{}\n", value.size(), value);
  };
  add(previous);
  add(fmt::to_string(row.number));
  add(fmt::to_string(row.at_ms));
  for (const std::string* value : {&row.actor_id, &row.actor, &row.address, &row.action,
                                   &row.subject, &row.before, &row.after})
    add(*value);
  return sha256_hex(text);
}

void append_audit(soci::session& sql, const Actor& actor, const std::string& action,
                  const std::string& subject, const std::string& before, const std::string& after) {
  // A database that is empty has no row here either, so that a backup can be restored into it.
  sql << "INSERT INTO audit_chain (id, head_number, head_hash, base_number, base_hash)"
         " SELECT 1, 0, '', 0, '' WHERE NOT EXISTS (SELECT 1 FROM audit_chain)";
  sql << "UPDATE audit_chain SET head_number = head_number + 1 WHERE id = 1";
  const Chain chain = read_chain(sql);
  AuditRow row{chain.head_number, actor.now_ms, actor.id, actor.name, actor.address, action,
               subject,           before,       after,    ""};
  row.hash = audit_hash(chain.head_hash, row);
  sql << "INSERT INTO audit (number, at_ms, actor_id, actor, address, action, subject, before_json,"
         " after_json, hash) VALUES (:number, :at, :actor_id, :actor, :address, :action, :subject,"
         " :before_json, :after_json, :hash)",
      soci::use(row.number), soci::use(row.at_ms), soci::use(row.actor_id), soci::use(row.actor),
      soci::use(row.address), soci::use(row.action), soci::use(row.subject), soci::use(row.before),
      soci::use(row.after), soci::use(row.hash);
  sql << "UPDATE audit_chain SET head_hash = :hash WHERE id = 1", soci::use(row.hash);
}

std::vector<AuditRow> audit_page(soci::session& sql, int64_t before, int limit) {
  const int64_t below = before > 0 ? before : std::numeric_limits<int64_t>::max();
  return rows_of(sql, fmt::format("number < :n ORDER BY number DESC LIMIT {}", bounded(limit)),
                 below);
}

std::vector<AuditRow> audit_rows_after(soci::session& sql, int64_t after, int limit) {
  return rows_of(sql, fmt::format("number > :n ORDER BY number LIMIT {}", bounded(limit)), after);
}

std::vector<AuditRow> audit_rows_of(soci::session& sql, std::string_view kind,
                                    const std::string& subject, int limit) {
  return rows_of(sql,
                 fmt::format("subject = :n AND action LIKE '{}.%' ORDER BY number DESC LIMIT {}",
                             kind, bounded(limit)),
                 subject);
}

Result<AuditVerdict> verify_audit(Database& database, const std::optional<AuditNote>& noted) {
  return database.read("audit", [&](soci::session& sql) -> Result<AuditVerdict> {
    return ChainWalk(sql, noted).verdict();
  });
}

Result<AuditPruned> prune_audit(Database& database, int64_t before_ms, int64_t now_ms) {
  return database.write("audit", [&](soci::session& sql) -> Result<AuditPruned> {
    const Chain chain = read_chain(sql);
    AuditPruned pruned{0, chain.head_hash, chain.head_number};
    int64_t newest_ms = 0;
    sql << "SELECT COALESCE(MAX(at_ms), 0) FROM audit", soci::into(newest_ms);
    pruned.too_quiet = newest_ms > 0 && now_ms - newest_ms > (now_ms - before_ms) / 2;
    if (pruned.too_quiet) return pruned;
    int64_t kept = 0;  // the first row that stays
    sql << "SELECT COALESCE(MIN(number), 0) FROM audit WHERE at_ms >= :t", soci::into(kept),
        soci::use(before_ms);
    int64_t last = kept > 0 ? kept - 1 : chain.head_number;
    last = std::min(last, chain.base_number + kMaxPruned);
    if (last <= chain.base_number) return pruned;
    std::string hash;
    sql << "SELECT hash FROM audit WHERE number = :n", soci::into(hash), soci::use(last);
    if (!sql.got_data())
      return fail(fmt::format("row {} is missing; nothing is pruned: longmen audit verify", last));
    sql << "DELETE FROM audit WHERE number <= :n", soci::use(last);
    sql << "UPDATE audit_chain SET base_number = :n, base_hash = :hash WHERE id = 1",
        soci::use(last), soci::use(hash);
    pruned.rows = last - chain.base_number;
    append_audit(sql, control_itself(now_ms), kPrune, "audit", "", beginning_of(read_chain(sql)));
    const Chain now = read_chain(sql);
    pruned.head = now.head_hash;
    pruned.last = now.head_number;
    return pruned;
  });
}

}  // namespace longmen

#include "control/audit.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <limits>

#include "core/base/sha256.h"

namespace longmen {
namespace {

constexpr std::string_view kForm = "longmen-audit-1\n";
constexpr int kVerifiedAtOnce = 1000;  // a server's answer is held whole
constexpr const char* kColumns =
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
template <class Visit>
void each_row(soci::session& sql, const std::string& condition, int64_t n, Visit visit) {
  AuditRow row;
  soci::statement rows = (sql.prepare << "SELECT " << kColumns << " FROM audit WHERE " << condition,
                          soci::use(n), soci::into(row.number), soci::into(row.at_ms),
                          soci::into(row.actor_id), soci::into(row.actor), soci::into(row.address),
                          soci::into(row.action), soci::into(row.subject), soci::into(row.before),
                          soci::into(row.after), soci::into(row.hash));
  rows.execute();
  while (rows.fetch()) {
    if (!visit(row)) return;
  }
}

std::vector<AuditRow> rows_of(soci::session& sql, const std::string& condition, int64_t n) {
  std::vector<AuditRow> rows;
  each_row(sql, condition, n, [&](const AuditRow& row) {
    rows.push_back(row);
    return true;
  });
  return rows;
}

int bounded(int limit) {
  return std::min(std::max(limit, 1), kMaxAuditPage);
}

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

Result<AuditVerdict> verify_audit(Database& database) {
  return database.read("audit", [&](soci::session& sql) -> Result<AuditVerdict> {
    const Chain chain = read_chain(sql);
    AuditVerdict verdict;
    verdict.first = chain.base_number + 1;
    verdict.last = chain.base_number;
    verdict.head = chain.base_hash;
    const auto broken = [&](int64_t number, std::string words) {
      verdict.broken = number;
      verdict.words = std::move(words);
      return false;
    };
    int64_t after = std::numeric_limits<int64_t>::min();
    int in_page = 0;
    const std::string page = fmt::format("number > :n ORDER BY number LIMIT {}", kVerifiedAtOnce);
    const auto visit = [&](const AuditRow& row) {
      const int64_t expected = verdict.last + 1;
      if (row.number < expected)
        return broken(row.number, "it stands before the beginning of the chain");
      if (row.number > expected) return broken(expected, "it is missing");
      if (audit_hash(verdict.head, row) != row.hash)
        return broken(row.number, "its hash does not follow from it and the row before");
      verdict.last = after = row.number;
      verdict.head = row.hash;
      ++verdict.rows;
      ++in_page;
      return true;
    };
    do {
      in_page = 0;
      each_row(sql, page, after, visit);
    } while (!verdict.broken && in_page == kVerifiedAtOnce);
    if (verdict.broken) return verdict;
    if (verdict.last < chain.head_number) {
      broken(verdict.last + 1, "it is missing, at the end of the chain");
    } else if (verdict.last != chain.head_number || verdict.head != chain.head_hash) {
      broken(verdict.last, "it is not the one that was written last");
    }
    return verdict;
  });
}

Result<AuditPruned> prune_audit(Database& database, int64_t before_ms, int64_t now_ms) {
  return database.write("audit", [&](soci::session& sql) -> Result<AuditPruned> {
    const Chain chain = read_chain(sql);
    int64_t kept = 0;  // the first row that stays
    sql << "SELECT COALESCE(MIN(number), 0) FROM audit WHERE at_ms >= :t", soci::into(kept),
        soci::use(before_ms);
    int64_t last = kept > 0 ? kept - 1 : chain.head_number;
    last = std::min(last, chain.base_number + kMaxPruned);
    AuditPruned pruned{0, chain.head_hash, chain.head_number};
    if (last <= chain.base_number) return pruned;
    std::string hash;
    sql << "SELECT hash FROM audit WHERE number = :n", soci::into(hash), soci::use(last);
    if (!sql.got_data())
      return fail(fmt::format("row {} is missing; nothing is pruned: longmen audit verify", last));
    sql << "DELETE FROM audit WHERE number <= :n", soci::use(last);
    sql << "UPDATE audit_chain SET base_number = :n, base_hash = :hash WHERE id = 1",
        soci::use(last), soci::use(hash);
    pruned.rows = last - chain.base_number;
    append_audit(sql, {"", "control", "local", now_ms}, "audit.prune", "audit", "",
                 fmt::format(R"({{"through":{},"hash":"{}"}})", last, hash));
    const Chain now = read_chain(sql);
    pruned.head = now.head_hash;
    pruned.last = now.head_number;
    return pruned;
  });
}

}  // namespace longmen

#include "control/watch_revocation.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <map>

#include "control/run_statement.h"

namespace longmen {
namespace {

constexpr size_t kSubjectHashCharacters = 16;  // as the audit names a credential

}  // namespace

std::string watch_subject(const std::string& screen, const std::string& credential_hash) {
  return fmt::format("screen {} {}", screen, credential_hash.substr(0, kSubjectHashCharacters));
}

void revoke_watch(soci::session& sql, const std::string& subject, const std::string& channel,
                  int64_t now_ms) {
  allow_watch(sql, subject, channel);
  int count = 0;
  sql << "SELECT COUNT(*) FROM watch_revocations", soci::into(count);
  if (count >= static_cast<int>(kMaxRevoked)) {
    sql << "DELETE FROM watch_revocations WHERE until_ms ="
           " (SELECT MIN(until_ms) FROM watch_revocations)";
  }
  const int64_t until_ms = now_ms + kScreenLeaveLife.count();
  sql << "INSERT INTO watch_revocations (subject, channel_id, until_ms)"
         " VALUES (:subject, :channel, :until)",
      soci::use(subject), soci::use(channel), soci::use(until_ms);
}

void allow_watch(soci::session& sql, const std::string& subject, const std::string& channel) {
  sql << "DELETE FROM watch_revocations WHERE subject = :subject AND channel_id = :channel",
      soci::use(subject), soci::use(channel);
}

void forget_old_revocations(soci::session& sql, int64_t now_ms) {
  sql << "DELETE FROM watch_revocations WHERE until_ms <= :now", soci::use(now_ms);
}

void fill_revocations(soci::session& sql, std::vector<Channel>& channels) {
  std::map<std::string, std::vector<std::string>> of_channel;
  std::string subject, channel;
  soci::statement rows(sql);
  rows.exchange(soci::into(channel));
  rows.exchange(soci::into(subject));
  run_statement(rows,
                "SELECT channel_id, subject FROM watch_revocations ORDER BY channel_id, subject");
  while (rows.fetch())
    of_channel[channel].push_back(subject);
  for (Channel& each : channels)
    each.watch_revoked = std::move(of_channel[each.id]);
}

}  // namespace longmen

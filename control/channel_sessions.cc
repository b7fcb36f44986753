#include "control/channel_sessions.h"

#include <soci/soci.h>

#include <algorithm>

namespace longmen {

void add_sessions(soci::session& sql, std::vector<Channel>& channels, int64_t now_ms,
                  std::chrono::milliseconds reopen_within) {
  const int64_t ended_after = now_ms - reopen_within.count();
  std::string channel;
  ChannelSession session;
  // The live one last, so that it stands.
  soci::statement rows =
      (sql.prepare << "SELECT sessions.channel_id, sessions.id, sessions.title, series.title,"
                      " sessions.live_ms, sessions.ended_ms FROM sessions"
                      " JOIN series ON series.id = sessions.series_id"
                      " WHERE sessions.state = 'live' OR (sessions.state = 'ended'"
                      " AND sessions.ended_ms > :after)"
                      " ORDER BY CASE sessions.state WHEN 'live' THEN 1 ELSE 0 END,"
                      " sessions.ended_ms",
       soci::use(ended_after), soci::into(channel), soci::into(session.id),
       soci::into(session.title), soci::into(session.series), soci::into(session.live_ms),
       soci::into(session.ended_ms));
  rows.execute();
  while (rows.fetch()) {
    const auto found = std::ranges::find(channels, channel, &Channel::id);
    if (found == channels.end()) continue;
    // Of a programme that is held before it airs, the one before is still on air.
    const bool still_on_air = found->session && found->session->ended_ms > now_ms;
    if (still_on_air && session.live_ms > now_ms) continue;
    found->session = session;
  }
}

}  // namespace longmen

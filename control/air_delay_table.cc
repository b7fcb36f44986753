#include "control/air_delay_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "control/air_table.h"
#include "control/channel_table.h"
#include "control/session_table.h"

namespace longmen {
namespace json = boost::json;
namespace {

Decided<AirDelayRow> find_air_delay(soci::session& sql, const std::string& channel) {
  if (!ChannelTable(sql).version_of(channel))
    return refuse(404, fmt::format("there is no channel \"{}\"", channel));
  return AirDelayTable(sql).of(channel);
}

bool feed_may_be_public(soci::session& sql, const std::string& channel) {
  const bool live = SessionTable(sql).live_on(channel).has_value();
  return in_force(AirTable(sql).of(channel), live).rule == AirRule::kFeed;
}

}  // namespace

json::object air_delay_to_json(const AirDelayRow& row) {
  return {{"channel", row.channel},
          {"delay_ms", row.delay.count()},
          {"version", row.row.version},
          {"changed_ms", row.row.changed_ms},
          {"changed_by", row.row.changed_by}};
}

std::vector<AirDelayRow> AirDelayTable::select(const std::string& condition,
                                               const std::string& value) {
  std::vector<AirDelayRow> found;
  AirDelayRow row;
  int delay_ms = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT channel_id, delay_ms, version, changed_ms, changed_by"
                       " FROM air_delays "
                    << condition,
       soci::use(value), soci::into(row.channel), soci::into(delay_ms), soci::into(row.row.version),
       soci::into(row.row.changed_ms), soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch()) {
    row.delay = std::chrono::milliseconds(delay_ms);
    found.push_back(row);
  }
  return found;
}

AirDelayRow AirDelayTable::of(const std::string& channel) {
  auto found = select("WHERE channel_id = :v", channel);
  if (!found.empty()) return std::move(found.front());
  AirDelayRow row;
  row.channel = channel;
  return row;
}

void AirDelayTable::put(const AirDelayRow& row) {
  const auto delay_ms = static_cast<int>(row.delay.count());
  sql_ << "DELETE FROM air_delays WHERE channel_id = :channel", soci::use(row.channel);
  sql_ << "INSERT INTO air_delays (channel_id, delay_ms, version, changed_ms, changed_by)"
          " VALUES (:channel, :delay, :version, :changed, :by)",
      soci::use(row.channel), soci::use(delay_ms), soci::use(row.row.version),
      soci::use(row.row.changed_ms), soci::use(row.row.changed_by);
}

void AirDelayTable::fill(std::vector<Channel>& channels) {
  for (const AirDelayRow& row : select("WHERE channel_id <> :v", "")) {
    const auto channel = std::ranges::find(channels, row.channel, &Channel::id);
    if (channel != channels.end()) channel->air_delay = row.delay;
  }
}

Decided<json::object> show_air_delay(soci::session& sql, const std::string& channel) {
  const auto row = find_air_delay(sql, channel);
  if (!row) return tl::unexpected(row.error());
  return air_delay_to_json(*row);
}

Decided<json::object> change_air_delay(soci::session& sql, const ScheduleContext& context,
                                       const std::string& channel, const SeenVersion& seen,
                                       const AirDelayWish& wish, bool has_feed) {
  const auto before = find_air_delay(sql, channel);
  if (!before) return tl::unexpected(before.error());
  if (auto stale = outdated(sql, seen, before->row, {"air_delay", channel}, context.settings.zone))
    return tl::unexpected(*stale);
  AirDelayRow after = *before;
  const int64_t wanted_ms = wish.delay_ms.value_or(before->delay.count());
  if (wanted_ms < 0 || wanted_ms > kMaxAirDelay.count() || wanted_ms % kAirDelayStep.count() != 0) {
    return refuse(422, fmt::format("delay_ms: 0 to {} in steps of {} is allowed",
                                   kMaxAirDelay.count(), kAirDelayStep.count()));
  }
  after.delay = std::chrono::milliseconds(wanted_ms);
  if (after.delay == before->delay) return air_delay_to_json(*before);
  if (has_feed && !wish.now && feed_may_be_public(sql, channel)) {
    return refuse(409, fmt::format("a feed is on air: with another delay the channel shows its "
                                   "slate for {:.1f} s, and the {:.1f} s that are held are lost. "
                                   "Put the slate on air first, or send \"now\": true",
                                   static_cast<double>(after.delay.count()) / 1000,
                                   static_cast<double>(before->delay.count()) / 1000));
  }
  after.row = before->row.next(context.actor);
  AirDelayTable(sql).put(after);
  json::object shown = air_delay_to_json(after);
  append_audit(sql, context.actor, "air_delay.change", channel,
               json::serialize(air_delay_to_json(*before)), json::serialize(shown));
  return shown;
}

}  // namespace longmen

#include "control/wall_replay_api.h"

#include <soci/soci.h>

#include "control/air_table.h"
#include "control/channel_table.h"
#include "control/or_null.h"
#include "control/recording_audience.h"
#include "control/recording_table.h"
#include "core/session/wall_replay_programme.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int kRecordingsLookedAt = 50;  // of the channel, the latest

WallDays days_in(const TimeZone& zone) {
  WallDays days;
  days.day_of = [zone](int64_t epoch_ms) -> int64_t {
    return zone.at(epoch_ms).day.time_since_epoch().count();
  };
  days.instant_of = [zone](int64_t day, int minute) {
    const std::chrono::local_days local{std::chrono::days(day)};
    return zone.epoch_ms({local, std::chrono::minutes(minute)});
  };
  return days;
}

std::vector<RecordedSession> recorded_sessions(soci::session& sql, const std::string& channel) {
  RecordingQuery query;
  query.audience.everything = true;  // whether one may watch was asked for the channel
  query.channel = channel;
  query.limit = kRecordingsLookedAt;
  std::vector<RecordedSession> sessions;
  for (const StoredRecording& each : RecordingTable(sql).page(query)) {
    const RecordingReport& report = each.report;
    if (report.session.empty() || report.end_ms == 0 || report.state != "ended") continue;
    RecordedSession& session = sessions.emplace_back(RecordedSession{
        report.id, report.title, report.series, report.start_ms, report.end_ms, {}});
    for (const WithdrawnRange& withdrawn : each.withdrawn)
      session.withdrawn.push_back(withdrawn.range);
  }
  return sessions;
}

// 0: none is planned.
int64_t next_session_ms(soci::session& sql, const std::string& channel, int64_t now_ms) {
  int64_t next_ms = 0;
  sql << "SELECT COALESCE(MIN(start_ms), 0) FROM sessions WHERE channel_id = :channel"
         " AND state = 'scheduled' AND end_ms > :now",
      soci::into(next_ms), soci::use(channel), soci::use(now_ms);
  return next_ms;
}

json::object replay_to_json(const WallReplay& replay) {
  return {{"id", replay.recording},
          {"title", replay.title},
          {"series", replay.series},
          {"start_ms", replay.start_ms},
          {"ranges", recording::ranges_to_json(replay.ranges)}};
}

}  // namespace

void WallReplayApi::add_routes(HttpRouter& router) {
  router.add({"/api/v1/channels/{id}/wall-replay", "GET",
              [this](HttpRequest request) { return show(std::move(request)); }});
}

std::optional<WallReplayApi::Known> WallReplayApi::look(soci::session& sql, const std::string& id,
                                                        int64_t now_ms, const TimeZone& zone) {
  ChannelTable channels(sql);
  const auto channel = channels.by_id(id);
  if (!channel) return std::nullopt;
  AirTable air(sql);
  const AirRow row = air.of(id);
  Known known;
  known.read_ms = now_ms;
  known.access = channel->access;
  known.session_live = air.channels_with_live_session().contains(id);
  known.ordered_away = row.cut || row.order == OrderedAir::kSlate;
  known.feed_is_public = in_force(row, known.session_live).rule == AirRule::kFeed;
  const WallReplayRule rule = channels.wall_replay_of(id);
  WallReplayProgramme programme;
  if (rule.what != WallReplayWhat::kOff) {
    programme = wall_replay_programme(rule, recorded_sessions(sql, id), now_ms, days_in(zone));
  }
  const int64_t next_ms = next_session_ms(sql, id, now_ms);
  json::array replays;
  for (const WallReplay& replay : programme.replays)
    replays.push_back(replay_to_json(replay));
  known.programme = {
      {"time_zone", zone.name()},
      {"what", name_of(rule.what)},
      {"sound", rule.sound},
      {"next_ms", or_null(next_ms)},
      {"stops_ms",
       next_ms == 0 ? json::value(nullptr) : json::value(wall_replays_end_before(rule, next_ms))},
      {"from_ms", programme.from_ms},
      {"until_ms", programme.until_ms},
      {"begun_ms", programme.begun_ms},
      {"pause_ms", kWallReplayPauseMs},
      {"replays", std::move(replays)}};
  return known;
}

asio::awaitable<HttpResponse> WallReplayApi::show(HttpRequest request) {
  const std::string id = request.parameters[0];
  const int64_t now_ms = parts_.clock.wall_ms();
  const auto kept = known_.find(id);
  Known known;
  if (kept != known_.end() && std::abs(now_ms - kept->second.read_ms) < kGoodForMs) {
    known = kept->second;
  } else {
    const auto read = [id, now_ms,
                       zone = parts_.schedule.zone](Store& store) -> Result<std::optional<Known>> {
      return store.database().read("wall replay",
                                   [&](soci::session& sql) -> Result<std::optional<Known>> {
                                     return look(sql, id, now_ms, zone);
                                   });
    };
    auto found = co_await parts_.store.run_for_anyone(read);
    if (!found) co_return store_problem(found.error());
    if (!*found) {
      known_.erase(id);
      co_return http_problem(404, "there is no such channel");
    }
    if (known_.size() >= kMaxChannels) known_.clear();  // of channels that were removed, too
    known = known_[id] = std::move(**found);
  }
  if (known.access != Access::kOpen && channel_of_token(request, parts_) != id)
    co_return http_problem(401, "who may watch the channel may see this: send the token");
  json::object body = known.programme;
  body["now_ms"] = parts_.clock.wall_ms();
  const bool feed_is_on = known.feed_is_public && parts_.has_feed && parts_.has_feed(id);
  body["held"] = nullptr;
  if (known.session_live || feed_is_on) {
    body["held"] = "live";
  } else if (known.ordered_away) {
    body["held"] = "ordered";
  }
  co_return json_response(body);
}

}  // namespace longmen

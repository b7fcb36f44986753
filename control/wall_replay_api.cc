#include "control/wall_replay_api.h"

#include <soci/soci.h>

#include <cstdlib>

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

// Of this node, since no other's can be fetched here.
std::vector<RecordedSession> recorded_sessions(soci::session& sql, const std::string& channel,
                                               const std::string& node) {
  RecordingQuery query;
  query.audience.channel = channel;  // whether one may watch is asked for the channel
  query.channel = channel;
  query.limit = kRecordingsLookedAt;
  RecordingTable table(sql);
  std::vector<RecordedSession> sessions;
  std::vector<std::string> ids;
  for (const StoredRecording& each : table.page(query)) {
    const RecordingReport& report = each.report;
    if (report.session.empty() || report.end_ms == 0 || report.state != "ended") continue;
    if (each.node != node) continue;
    sessions.push_back(
        {report.id, report.title, report.series, report.start_ms, report.end_ms, {}});
    ids.push_back(report.id);
  }
  auto withdrawn = table.withdrawn_of_all(ids);
  for (RecordedSession& session : sessions)
    session.withdrawn = std::move(withdrawn[session.recording]);
  return sessions;
}

// One that has ended is on the air until its end has come through a delay.
bool has_live_session(soci::session& sql, const std::string& channel, int64_t now_ms) {
  int count = 0;
  sql << "SELECT COUNT(*) FROM sessions WHERE channel_id = :channel AND (state = 'live'"
         " OR (state = 'ended' AND ended_ms > :now))",
      soci::into(count), soci::use(channel), soci::use(now_ms);
  return count > 0;
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

void WallReplayApi::take_node_state(const NodeState& node) {
  node_ = node;
}

std::optional<WallReplayApi::Known> WallReplayApi::look(soci::session& sql, const std::string& id,
                                                        Known known, int64_t now_ms,
                                                        const TimeZone& zone,
                                                        const std::string& node) {
  ChannelTable channels(sql);
  if (!channels.version_of(id)) return std::nullopt;
  const AirRow row = AirTable(sql).of(id);
  known.read_ms = now_ms;
  known.session_live = has_live_session(sql, id, now_ms);
  known.ordered_away = row.cut || row.order == OrderedAir::kSlate;
  known.feed_is_public = in_force(row, known.session_live).rule == AirRule::kFeed;
  if (known.programme_read_ms != 0 &&
      std::abs(now_ms - known.programme_read_ms) < kProgrammeGoodForMs)
    return known;
  const auto channel = channels.by_id(id);
  if (!channel) return std::nullopt;
  known.programme_read_ms = now_ms;
  known.access = channel->access;
  const WallReplayRule rule = channels.wall_replay_of(id);
  WallReplayProgramme programme;
  if (rule.what != WallReplayWhat::kOff) {
    programme =
        wall_replay_programme(rule, recorded_sessions(sql, id, node), now_ms, days_in(zone));
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
  Known known = kept == known_.end() ? Known() : kept->second;
  const bool fresh = std::abs(now_ms - known.read_ms) < kGoodForMs;
  const bool somebody_asks = known.asking && std::abs(now_ms - known.read_ms) < kProgrammeGoodForMs;
  if (!fresh && !somebody_asks) {
    if (kept != known_.end()) kept->second.asking = true;
    const auto read = [id, known, now_ms, zone = parts_.schedule.zone,
                       node = node_ ? node_->name
                                    : std::string()](Store& store) -> Result<std::optional<Known>> {
      return store.database().read("wall replay",
                                   [&](soci::session& sql) -> Result<std::optional<Known>> {
                                     return look(sql, id, known, now_ms, zone, node);
                                   });
    };
    auto found = co_await parts_.store.run_for_anyone(read);
    if (const auto mine = known_.find(id); mine != known_.end()) mine->second.asking = false;
    if (!found) co_return store_problem(found.error());
    if (!*found) {
      known_.erase(id);
      co_return http_problem(404, "there is no such channel");
    }
    if (known_.size() >= kMaxChannels) known_.clear();  // of channels that were removed, too
    known = std::move(**found);
    known.asking = false;
    known_[id] = known;
  }
  if (known.access != Access::kOpen && channel_of_token(request, parts_) != id)
    co_return http_problem(401, "who may watch the channel may see this: send the token");
  json::object body = known.programme;
  body["now_ms"] = parts_.clock.wall_ms();
  body["held"] = nullptr;
  if (may_be_live(id, known)) {
    body["held"] = "live";
  } else if (known.ordered_away) {
    body["held"] = "ordered";
  }
  co_return json_response(body);
}

// What the relay has on the air counts, whatever comes in: a delay gives out for a while what came
// before. So does a feed that is public and not on the air yet.
bool WallReplayApi::may_be_live(const std::string& channel, const Known& known) const {
  if (!node_ || known.session_live) return true;
  const auto on_air = node_->on_air.find(channel);
  if (on_air != node_->on_air.end() && on_air->second.source == "live") return true;
  return known.feed_is_public && node_->has_feed(channel);
}

}  // namespace longmen

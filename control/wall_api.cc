#include "control/wall_api.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "control/channel_table.h"
#include "control/enrolment.h"
#include "control/guide.h"
#include "control/watch_revocation.h"
#include "core/access/watch_token.h"
#include "core/base/sha256.h"
#include "core/node/hidden_channel.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int kFullForSeconds = 60;
constexpr int kAskedAgain = 2;  // seconds
constexpr std::chrono::days kSessionsAhead{7};

HttpResponse not_enrolled() {
  return refusal(HttpProblem{401, "this screen is not enrolled; ask for a code"});
}

// Empty: the request shows none.
std::string credential_hash(const HttpRequest& request) {
  const std::string credential = screen_credential_of(request);
  return credential.empty() ? "" : sha256_hex(credential);
}

struct Known {
  std::optional<EnrolledScreen> enrolled;
  Screen screen;
  Site site;
  std::string channel_name;
  std::vector<GuideEntry> sessions;
  std::optional<WaitingScreen> waiting;
};

// What the database knows of the device with that secret.
Known known_by(soci::session& sql, const std::string& hash, const GuideQuery& query,
               int64_t now_ms) {
  Known known;
  known.enrolled = ScreenTable(sql).enrolled(hash);
  if (!known.enrolled) {
    known.waiting = waiting_screen(sql, hash, now_ms);
    return known;
  }
  known.screen = ScreenTable(sql).by_id(known.enrolled->screen).value_or(Screen{});
  known.site = SiteTable(sql).by_id(known.enrolled->site).value_or(Site{});
  for (const auto& [id, name] : guide_channels(sql)) {
    if (id == known.enrolled->channel) known.channel_name = name;
  }
  GuideQuery of_channel = query;
  of_channel.channel = known.enrolled->channel;
  known.sessions = guide_entries(sql, of_channel);
  return known;
}

std::string played_by(const EnrolledScreen& screen) {
  if (!screen.rehearses) return screen.channel;
  return hidden_channel(screen.channel, HiddenPicture::kProgramme);
}

json::object settings_of(const Known& known, const ScheduleSettings& schedule) {
  json::array sessions;
  for (const GuideEntry& entry : known.sessions)
    sessions.push_back(guide_entry_to_json(entry));
  json::object body;
  body["enrolled"] = true;
  body["version"] = known.enrolled->version;
  body["screen"] = json::object{
      {"id", known.screen.id}, {"name", known.screen.name}, {"test", known.screen.test}};
  body["site"] = json::object{
      {"id", known.site.id}, {"name", known.site.name}, {"tier", name_of(known.site.tier)}};
  body["channel"] = json::object{{"id", known.enrolled->channel}, {"name", known.channel_name}};
  body["volume"] = json::object{{"rule", name_of(known.screen.volume_rule)},
                                {"percent", known.screen.volume_percent}};
  body["audio"] = known.screen.audio;
  // What it asks for by WHEP: while its channel is rehearsed on, a screen for tests follows that.
  body["plays"] = played_by(*known.enrolled);
  body["report_every_s"] =
      (known.screen.test ? WallApi::kTestReportEvery : ScreenRoll::kReportEvery) /
      std::chrono::seconds(1);
  body["guide"] =
      json::object{{"time_zone", schedule.zone.name()}, {"sessions", std::move(sessions)}};
  return body;
}

// Good while control is away, and for a stolen box until it is revoked.
json::value leave_to_watch(const EnrolledScreen& screen, const std::string& key, int64_t now_ms) {
  const std::chrono::milliseconds end = std::chrono::milliseconds(now_ms) + kScreenLeaveLife;
  const WatchGrant grant{played_by(screen), WatchBearer::kScreen,
                         watch_subject(screen.screen, screen.hash),
                         WatchGrant::Instant(std::chrono::floor<std::chrono::seconds>(end))};
  const auto token = sign_watch_token(grant, key);
  if (!token) return nullptr;
  const int64_t expires_ms = std::chrono::milliseconds(grant.expires.time_since_epoch()).count();
  return json::object{{"token", *token}, {"expires_ms", expires_ms}};
}

json::object waiting_to_json(const WaitingScreen& waiting, int64_t now_ms) {
  return {{"enrolled", false},
          {"code", waiting.code},
          {"expires_ms", waiting.expires_ms},
          {"now_ms", now_ms}};
}

}  // namespace

void WallApi::add_routes(HttpRouter& router) {
  const auto add = [&](std::string pattern, std::string method, size_t max_body_bytes,
                       HttpHandlerOfRoute handler) {
    HttpRoute route;
    route.pattern = std::move(pattern);
    route.method = std::move(method);
    route.max_body_bytes = max_body_bytes;
    route.handler = std::move(handler);
    router.add(std::move(route));
  };
  add("/api/v1/screen", "GET", 0, [this](HttpRequest request) { return show(std::move(request)); });
  add("/api/v1/screen/code", "POST", kMaxReportBytes,
      [this](HttpRequest request) { return ask_for_code(std::move(request)); });
  add("/api/v1/screen/report", "POST", kMaxReportBytes,
      [this](HttpRequest request) { return take_report(std::move(request)); });
}

// One that asks again before it was answered waits for nothing twice.
asio::awaitable<HttpResponse> WallApi::show(HttpRequest request) {
  const std::string hash = credential_hash(request);
  if (hash.empty()) co_return not_enrolled();
  if (!keeper_.roll().find(hash)) co_return co_await show_settings(std::move(request), hash);
  if (!asking_.insert(hash).second)
    co_return http_problem_for_now(429, "this screen asks for its settings already", kAskedAgain);
  HttpResponse response = co_await show_settings(std::move(request), hash);
  asking_.erase(hash);
  co_return response;
}

asio::awaitable<HttpResponse> WallApi::show_settings(HttpRequest request, std::string hash) {
  const int64_t now_ms = parts_.clock.wall_ms();
  GuideQuery query;
  query.from_ms = now_ms;
  query.to_ms = now_ms + std::chrono::milliseconds(kSessionsAhead).count();
  query.limit = kShownSessions;
  const auto look = [hash, query, now_ms](Store& store) -> Result<Known> {
    return store.database().read("screen", [&](soci::session& sql) -> Result<Known> {
      return known_by(sql, hash, query, now_ms);
    });
  };
  Result<Known> known;
  if (keeper_.roll().find(hash)) {
    known = co_await parts_.store.run_for_screen(look);
  } else {
    known = co_await parts_.store.run_for_anyone(look);
  }
  if (!known) co_return store_problem(known.error());
  if (known->waiting) co_return json_response(waiting_to_json(*known->waiting, now_ms));
  if (!known->enrolled) {
    keeper_.roll().remove(hash);
    co_return not_enrolled();
  }
  keeper_.roll().put(*known->enrolled, now_ms);
  json::object body = settings_of(*known, parts_.schedule);
  body["now_ms"] = now_ms;
  body["watch"] = leave_to_watch(*known->enrolled, parts_.watch_key, now_ms);
  HttpResponse response = json_response(body);
  // A browser keeps a cookie for 400 days at most; so it is given again.
  response.fields.add("Set-Cookie",
                      screen_cookie(screen_credential_of(request), source_of(request).secure));
  co_return response;
}

std::optional<HttpResponse> WallApi::too_many_codes(const ClientNetwork& network) {
  const std::chrono::seconds now = parts_.clock.steady();
  auto wait = code_rate_.wait_of("narrow " + network.narrow, kCodesOfNetwork, now);
  if (!wait) wait = code_rate_.wait_of("wide " + network.wide, kCodesOfWideNetwork, now);
  if (wait) {
    return http_problem_for_now(429, "too many screens of this network ask for codes",
                                static_cast<int>(wait->count()));
  }
  wait = all_codes_.wait_of("", kCodesOfAll, now);
  if (!wait) return std::nullopt;
  return http_problem_for_now(503, "too many screens ask for codes at this moment",
                              static_cast<int>(wait->count()));
}

asio::awaitable<HttpResponse> WallApi::ask_for_code(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const RequestSource source = source_of(request);
  const int64_t now_ms = parts_.clock.wall_ms();
  const std::string before = credential_hash(request);
  if (!before.empty()) {
    GuideQuery nothing;
    nothing.limit = 1;
    const auto look = [before, nothing, now_ms](Store& store) -> Result<Known> {
      return store.database().read("screen", [&](soci::session& sql) -> Result<Known> {
        return known_by(sql, before, nothing, now_ms);
      });
    };
    const Result<Known> known = co_await parts_.store.run_for_anyone(look);
    if (!known) co_return store_problem(known.error());
    if (known->enrolled)
      co_return http_problem(409, "this screen is enrolled; ask for its settings");
    if (known->waiting) co_return json_response(waiting_to_json(*known->waiting, now_ms));
  }
  const ClientNetwork network(source.address);
  if (auto too_many = too_many_codes(network)) co_return std::move(*too_many);
  // Looked at before anything is written: a refusal keeps no writer waiting.
  const auto look_for_room = [network, now_ms](Store& store) -> Result<Decided<bool>> {
    return store.database().read("enrolment", [&](soci::session& sql) -> Result<Decided<bool>> {
      if (auto full = no_room_for_code(sql, network, now_ms))
        return Decided<bool>(tl::unexpected(std::move(*full)));
      return Decided<bool>(true);
    });
  };
  const auto room = co_await parts_.store.run_for_anyone(look_for_room);
  if (room && !*room)
    co_return http_problem_for_now(room->error().status, room->error().words, kFullForSeconds);
  if (!room) co_return store_problem(room.error());
  const std::string credential = make_token(parts_.random);
  const auto begin = [hash = sha256_hex(credential), random = parts_.random, network,
                      now_ms](Store& store) {
    return in_transaction(store.database(), "enrolment", [&](soci::session& sql) {
      return begin_enrolment(sql, random, hash, network, now_ms);
    });
  };
  const auto begun = co_await parts_.store.run_for_anyone(begin);
  if (begun && !*begun && begun->error().status != 401)
    co_return http_problem_for_now(begun->error().status, begun->error().words, kFullForSeconds);
  if (!is_done(begun)) co_return refusal(begun);
  HttpResponse response = json_response(waiting_to_json(**begun, now_ms));
  response.fields.add("Set-Cookie", screen_cookie(credential, source.secure));
  co_return response;
}

asio::awaitable<HttpResponse> WallApi::take_report(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const std::string hash = credential_hash(request);
  if (hash.empty()) co_return not_enrolled();
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const int64_t now_ms = parts_.clock.wall_ms();
  ScreenRoll& roll = keeper_.roll();
  // One that was enrolled on another node, or this one has just started; or one for tests, of
  // which there are few, and which follow a rehearsal at once.
  if (const EnrolledScreen* known = roll.find(hash); !known || known->test) {
    const auto look = [hash](Store& store) -> Result<std::optional<EnrolledScreen>> {
      return store.database().read(
          "screen", [&](soci::session& sql) -> Result<std::optional<EnrolledScreen>> {
            return ScreenTable(sql).enrolled(hash);
          });
    };
    Result<std::optional<EnrolledScreen>> found;
    if (known) {
      found = co_await parts_.store.run_for_screen(look);
    } else {
      found = co_await parts_.store.run_for_anyone(look);
    }
    if (!found) co_return store_problem(found.error());
    if (!*found) co_return not_enrolled();
    roll.put(std::move(**found), now_ms);
  }
  roll.report(hash, screen_report(*body), now_ms);
  const EnrolledScreen* screen = roll.find(hash);
  if (!screen) co_return not_enrolled();
  co_return json_response(json::object{{"version", screen->version}});
}

}  // namespace longmen

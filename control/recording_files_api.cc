#include "control/recording_files_api.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "control/act.h"
#include "control/audit.h"
#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/kept_talk.h"
#include "control/secret.h"
#include "control/series.h"
#include "core/base/language_tag.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMaxTalkBytes = 512 << 10;  // 500 chapters with titles
constexpr int64_t kShortestClipMs = 1'000;

Decided<StoredRecording> recording_there(soci::session& sql, const std::string& id) {
  auto found = RecordingTable(sql).by_id(id);
  if (!found || found->removed_ms != 0 || found->report.state == "gone")
    return refuse(404, fmt::format("there is no recording \"{}\"", id));
  return std::move(*found);
}

Decided<bool> check_audience(soci::session& sql, const std::string& channel) {
  int count = 0;
  sql << "SELECT COUNT(*) FROM channels WHERE id = :id", soci::into(count), soci::use(channel);
  if (count > 0) return true;
  return refuse(422,
                fmt::format("channel: there is no channel \"{}\"; name one whose viewers may watch "
                            "the recording",
                            channel));
}

json::object object_in(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value && value->is_object() ? value->as_object() : json::object();
}

int series_keep_days(soci::session& sql, const Session& session) {
  const auto series = SeriesTable(sql).by_id(session.series);
  return series ? series->keep_days : 0;
}

// What was filed of a recording that did not come to be.
Decided<json::object> unfile(soci::session& sql, const ScheduleContext& context,
                             const std::string& id) {
  const auto session = SessionTable(sql).by_id(id);
  int recordings = 0;
  sql << "SELECT COUNT(*) FROM recordings WHERE session_id = :id", soci::into(recordings),
      soci::use(id);
  if (!session || session->life.state != SessionState::kEnded || session->row.version != 1 ||
      recordings > 0)
    return refuse(409, "that session stays");
  sql << "DELETE FROM chapters WHERE session_id = :id", soci::use(id);
  SessionTable(sql).remove(id);
  append_audit(sql, context.actor, "session.unfile", id, "", "");
  return json::object();
}

int64_t number_in(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

void RecordingFilesApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kPlan = Permission::kPlan;
  const std::string one = "/api/v1/recordings/{id}";
  add(router, one + "/courseware", "GET", kLook, &RecordingFilesApi::look);
  add(router, one + "/courseware", "POST", kPlan, &RecordingFilesApi::add_courseware);
  add(router, one + "/courseware/{file}", "DELETE", kPlan, &RecordingFilesApi::remove_courseware);
  add(router, one + "/captions", "GET", kLook, &RecordingFilesApi::look);
  add(router, one + "/captions/{language}", "PUT", kPlan, &RecordingFilesApi::set_captions);
  add(router, one + "/captions/{language}", "DELETE", kPlan, &RecordingFilesApi::remove_captions);
  add(router, one + "/package", "GET", kPlan, &RecordingFilesApi::export_package);
  add(router, one + "/clips", "POST", kPlan, &RecordingFilesApi::make_clip);
  add(router, "/api/v1/packages", "POST", kPlan, &RecordingFilesApi::import_package);
}

void RecordingFilesApi::add_local_routes(HttpRouter& router) {
  HttpRoute route;
  route.pattern = "/local/v1/pass";
  route.method = "POST";
  route.max_body_bytes = kMaxStudioBodyBytes;
  route.handler = [this](HttpRequest request) { return make_pass(std::move(request)); };
  router.add(std::move(route));
}

void RecordingFilesApi::add(HttpRouter& router, std::string pattern, std::string method,
                            Permission permission, Handler handler) {
  HttpRoute route;
  route.pattern = std::move(pattern);
  route.method = std::move(method);
  route.max_body_bytes = route.method == "POST" ? kMaxTalkBytes : 16 << 10;
  if (route.method == "GET") route.max_body_bytes = 0;
  route.handler = [this, permission, handler](HttpRequest request) {
    return run(permission, handler, std::move(request));
  };
  router.add(std::move(route));
}

asio::awaitable<HttpResponse> RecordingFilesApi::run(Permission permission, Handler handler,
                                                     HttpRequest request) {
  auto caller = co_await admit(request, permission);
  if (!caller) co_return refusal_to(request, caller.error());
  if (auto target = check_target(request); !target) co_return refusal(target.error());
  const bool by_token = caller->standing.by_token;
  HttpResponse response = co_await (this->*handler)(std::move(*caller), std::move(request));
  if (by_token && response.status == 401) challenge_token(response);
  co_return response;
}

asio::awaitable<Decided<Caller>> RecordingFilesApi::admit(const HttpRequest& request,
                                                          Permission permission) {
  const std::string pass(request.fields.value("X-Longmen-Pass"));
  if (pass.empty()) co_return co_await parts_.gatekeeper.admit(request, permission);
  const auto known = passes_.find(pass);
  if (known == passes_.end() || known->second < parts_.clock.steady())
    co_return refuse(403, "the pass of the command line is none, or not any more");
  Caller caller;
  caller.account.name = kCommandLineName;
  caller.source = source_of(request);
  co_return caller;
}

asio::awaitable<HttpResponse> RecordingFilesApi::make_pass(HttpRequest request) {
  if (!source_of(request).local()) co_return http_problem(404, "nothing is here");
  const auto now = parts_.clock.steady();
  std::erase_if(passes_, [now](const auto& each) { return each.second < now; });
  if (passes_.size() >= kMaxPasses) co_return http_problem(503, "too many passes; try again later");
  const std::string pass = make_token(parts_.random);
  passes_[pass] = now + kPassLife;
  co_return json_response(json::object{{"pass", pass}});
}

// Whether what the gateway has of it may be listed.
asio::awaitable<HttpResponse> RecordingFilesApi::look(Caller, HttpRequest request) {
  const ActionInTransaction look =
      [id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    return json::object();
  };
  co_return co_await answer_question(parts_, look);
}

// ---- courseware

// Without a file: whether one may be sent.
asio::awaitable<HttpResponse> RecordingFilesApi::add_courseware(Caller caller,
                                                                HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const ActionInTransaction act =
      [context = context_of(parts_, caller), id = request.parameters[0],
       file = object_in(*body, "file")](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    if (!file.empty())
      append_audit(sql, context.actor, "courseware.add", id, "", json::serialize(file));
    return json::object{{"now_ms", context.actor.now_ms}};
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> RecordingFilesApi::remove_courseware(Caller caller,
                                                                   HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const std::string confirmed(request.target.query_value("confirm"));
  const ActionInTransaction act =
      [context = context_of(parts_, caller), id = request.parameters[0],
       file_id = request.parameters[1], confirmed,
       file = object_in(*body, "file")](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    if (text_field(file, "id") != file_id) return refuse(404, "the recording has no such file");
    if (confirmed != file_id)
      return refuse(409, "what is removed is gone for good: say so with confirm, its id again");
    append_audit(sql, context.actor, "courseware.remove", id, json::serialize(file), "");
    return json::object();
  };
  co_return co_await answer_change(parts_, caller, act);
}

// ---- captions

// Without captions: whether some may be sent.
asio::awaitable<HttpResponse> RecordingFilesApi::set_captions(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const ActionInTransaction act =
      [context = context_of(parts_, caller), id = request.parameters[0],
       before = object_in(*body, "before"),
       after = object_in(*body, "captions")](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    if (found->report.end_ms == 0)
      return refuse(409, "it goes on; captions are for what has ended");
    if (!after.empty())
      append_audit(sql, context.actor, "captions.set", id,
                   before.empty() ? "" : json::serialize(before), json::serialize(after));
    return json::object{{"now_ms", context.actor.now_ms}};
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> RecordingFilesApi::remove_captions(Caller caller,
                                                                 HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  // However the tag is written.
  const std::string language = language_tag(request.parameters[1]).value_or("");
  const bool confirmed = language_tag(request.target.query_value("confirm")) == language;
  const ActionInTransaction act =
      [context = context_of(parts_, caller), id = request.parameters[0], language, confirmed,
       captions = object_in(*body, "captions")](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    if (language.empty() || text_field(captions, "language") != language)
      return refuse(404, "the recording has no such captions");
    if (!confirmed)
      return refuse(409,
                    "what is removed is gone for good: say so with confirm, its language again");
    append_audit(sql, context.actor, "captions.remove", id, json::serialize(captions), "");
    return json::object();
  };
  co_return co_await answer_change(parts_, caller, act);
}

// ---- packages

asio::awaitable<HttpResponse> RecordingFilesApi::export_package(Caller caller,
                                                                HttpRequest request) {
  const ActionInTransaction act =
      [context = context_of(parts_, caller),
       id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    if (found->report.end_ms == 0)
      return refuse(409, "it goes on; it can be exported when it has ended");
    append_audit(sql, context.actor, "recording.export", id, "", "");
    return json::object{{"talk", to_json(talk_of(sql, *found))}};
  };
  co_return co_await answer_change(parts_, caller, act);
}

// Without a talk: whether a package may be sent.
asio::awaitable<HttpResponse> RecordingFilesApi::import_package(Caller caller,
                                                                HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   body = *body](soci::session& sql) -> Decided<json::object> {
    if (body.contains("undo")) return unfile(sql, context, text_field(body, "undo"));
    const std::string channel = text_field(body, "channel");
    if (auto there = check_audience(sql, channel); !there) return tl::unexpected(there.error());
    if (!body.contains("talk")) return json::object();
    const recording::TimeRange times{number_in(body, "start_ms"), number_in(body, "end_ms")};
    if (!recording::is_range(times)) return refuse(422, "its times are none");
    const KeptTalk talk = kept_talk_from_json(object_in(body, "talk"));
    const auto filed = file_talk(sql, context, channel, talk, times);
    if (!filed) return tl::unexpected(filed.error());
    // One that has just arrived there by that name is reported soon, and not yet.
    const json::value* taken = body.if_contains("taken");
    const bool is_taken = taken && taken->is_bool() && taken->get_bool();
    const std::string id =
        free_recording_id(sql, is_taken ? std::string() : text_field(body, "recording"), filed->id);
    append_audit(sql, context.actor, "recording.import", id, "",
                 json::serialize(json::object{{"session", filed->id},
                                              {"title", filed->title},
                                              {"as", text_field(body, "recording")}}));
    return json::object{{"recording", id},
                        {"session", filed->id},
                        {"title", filed->title},
                        {"keep_days", series_keep_days(sql, *filed)},
                        {"now_ms", context.actor.now_ms}};
  };
  co_return co_await answer_change(parts_, caller, act);
}

// ---- clips

asio::awaitable<HttpResponse> RecordingFilesApi::make_clip(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  if (body->contains("undo")) {
    const ActionInTransaction undo = [context = context_of(parts_, caller),
                                      id = text_field(*body, "undo")](soci::session& sql) {
      return unfile(sql, context, id);
    };
    co_return co_await answer_change(parts_, caller, undo);
  }
  std::optional<std::string> title;
  std::optional<int64_t> from_ms, to_ms;
  BodyFields fields(*body);
  fields.read("title", title);
  fields.read("from_ms", from_ms);
  fields.read("to_ms", to_ms);
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  const recording::TimeRange wish{from_ms.value_or(-1), to_ms.value_or(-1)};
  const ActionInTransaction act =
      [context = context_of(parts_, caller), id = request.parameters[0], wish,
       title = title.value_or("")](soci::session& sql) -> Decided<json::object> {
    const auto found = recording_there(sql, id);
    if (!found) return tl::unexpected(found.error());
    const RecordingReport& report = found->report;
    if (report.end_ms == 0)
      return refuse(409, "it goes on; clips can be made of it when it has ended");
    recording::TimeRange range{std::max(wish.from_ms, report.start_ms),
                               std::min(wish.to_ms, report.end_ms)};
    if (!recording::is_range(wish) || range.to_ms - range.from_ms < kShortestClipMs)
      return refuse(422,
                    "from_ms and to_ms: a second or more of the recording's own time is "
                    "allowed");
    const int64_t step = std::max<int64_t>(1, report.segment_ms);
    range = {range.from_ms / step * step, (range.to_ms + step - 1) / step * step};
    KeptTalk talk = talk_of(sql, *found);
    talk.title = title;
    const recording::TimeRange& shown = found->shown;
    std::erase_if(talk.chapters, [&](const recording::RecordedChapter& chapter) {
      const bool trimmed_off =
          shown.to_ms > 0 && (chapter.at_ms >= shown.to_ms ||
                              (shown.from_ms > report.start_ms && chapter.at_ms < shown.from_ms));
      return trimmed_off ||
             std::ranges::any_of(found->withdrawn, [&chapter](const WithdrawnRange& each) {
               return chapter.at_ms >= each.range.from_ms && chapter.at_ms < each.range.to_ms;
             });
    });
    const auto filed = file_talk(sql, context, report.channel, talk, range);
    if (!filed) return tl::unexpected(filed.error());
    const json::object made{{"recording", filed->id}, {"session", filed->id},
                            {"source", id},           {"title", title},
                            {"series", talk.series},  {"from_ms", range.from_ms},
                            {"to_ms", range.to_ms}};
    append_audit(sql, context.actor, "recording.clip", filed->id, "", json::serialize(made));
    std::vector<recording::TimeRange> withdrawn;
    for (const WithdrawnRange& each : found->withdrawn)
      withdrawn.push_back(each.range);
    json::object answer = made;
    answer["keep_days"] = series_keep_days(sql, *filed);
    answer["now_ms"] = context.actor.now_ms;
    answer["withdrawn"] = recording::ranges_to_json(withdrawn);
    answer["shown"] = recording::range_to_json(found->shown);
    return answer;
  };
  co_return co_await answer_change(parts_, caller, act);
}

}  // namespace longmen

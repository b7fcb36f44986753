#include "control/recordings_api.h"

#include <boost/json/array.hpp>

#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/recording_actions.h"
#include "control/recording_audience.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMaxSyncBytes = 512 << 10;
constexpr std::chrono::seconds kRecorderAway{10};  // it reports every second

Decided<json::object> as_json(const Decided<StoredRecording>& done) {
  if (!done) return tl::unexpected(done.error());
  return recording_to_json(*done);
}

json::object bucket_to_json(const BucketReport& bucket) {
  return {{"state", bucket.state},
          {"words", bucket.words},
          {"waiting_bytes", bucket.waiting_bytes},
          {"waiting_seconds", bucket.waiting_seconds}};
}

// One thing at a time: kept for ever, or what is shown of it, of which null is all.
struct RecordingChange {
  std::optional<bool> keep;
  recording::TimeRange shown;
};
Decided<RecordingChange> change_wished(const json::object& body) {
  RecordingChange wish;
  BodyFields fields(body);
  fields.read("keep", wish.keep);
  const bool trims = body.contains("shown");
  if (const json::object* shown = fields.inner("shown")) {
    std::optional<int64_t> from_ms, to_ms;
    BodyFields range(*shown);
    range.read("from_ms", from_ms);
    range.read("to_ms", to_ms);
    if (const auto fault = range.fault()) return refuse(422, "shown: " + *fault);
    wish.shown = {from_ms.value_or(-1), to_ms.value_or(-1)};
  }
  if (wish.keep.has_value() == trims) fields.wrong("keep or shown", "one of both");
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

}  // namespace

void RecordingsApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kPlan = Permission::kPlan;
  const std::string all = "/api/v1/recordings", one = all + "/{id}";
  router.add({all, "GET", [this](HttpRequest request) { return list(std::move(request)); }});
  add_guarded(router, parts_, "/api/v1/recorder", "GET", kLook, this, &RecordingsApi::recorder);
  add_guarded(router, parts_, one, "GET", kLook, this, &RecordingsApi::show);
  add_guarded(router, parts_, one, "PATCH", kPlan, this, &RecordingsApi::change);
  add_guarded(router, parts_, one, "DELETE", kPlan, this, &RecordingsApi::remove);
  add_guarded(router, parts_, one + "/withdrawals", "POST", Permission::kOperate, this,
              &RecordingsApi::withdraw);
  add_guarded(router, parts_, one + "/withdrawals", "DELETE", kPlan, this,
              &RecordingsApi::give_back);
}

void RecordingsApi::add_local_routes(HttpRouter& router) {
  HttpRoute route;
  route.pattern = "/local/v1/recordings";
  route.method = "POST";
  route.max_body_bytes = kMaxSyncBytes;
  route.handler = [this](HttpRequest request) { return sync(std::move(request)); };
  router.add(std::move(route));
}

asio::awaitable<HttpResponse> RecordingsApi::list(HttpRequest request) {
  RecordingQuery query;
  if (request.target.query_value("all") == "true") {
    const auto caller = co_await parts_.gatekeeper.admit(request, Permission::kLook);
    if (!caller) co_return refusal(caller.error());
    query.audience.everything = true;
  } else {
    query.audience.channel = channel_of_token(request, parts_);
  }
  query.id = request.target.query_value("id");
  query.channel = request.target.query_value("channel");
  query.series = request.target.query_value("series");
  const auto before = query_number(request, "before_ms", INT64_MAX);
  if (!before) co_return refusal(before.error());
  query.before_ms = *before;
  query.limit = page_limit(request, kMaxRecordingPage);
  const auto read = [query](Store& store) -> Result<json::object> {
    return store.database().read("recordings", [&](soci::session& sql) -> Result<json::object> {
      json::array list;
      for (const StoredRecording& recording : RecordingTable(sql).page(query)) {
        list.push_back(query.audience.everything ? recording_to_json(recording)
                                                 : public_recording_to_json(recording));
      }
      return json::object{{"recordings", std::move(list)}};
    });
  };
  auto found = co_await parts_.store.run_for_anyone(read);
  if (!found) co_return store_problem(found.error());
  (*found)["time_zone"] = parts_.schedule.zone.name();
  co_return json_response(*found);
}

asio::awaitable<HttpResponse> RecordingsApi::recorder(Caller, HttpRequest) {
  const bool away =
      recorder_.state.empty() || parts_.clock.steady() - recorder_heard_ > kRecorderAway;
  co_return json_response(json::object{{"state", away ? "away" : recorder_.state},
                                       {"words", recorder_.words},
                                       {"free_bytes", recorder_.free_bytes},
                                       {"seconds_left", recorder_.seconds_left},
                                       {"bucket", bucket_to_json(recorder_.bucket)}});
}

asio::awaitable<HttpResponse> RecordingsApi::show(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    const auto found = RecordingTable(sql).by_id(id);
    if (!found || found->report.state == "gone") return refuse(404, "there is no such recording");
    return recording_to_json(*found);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> RecordingsApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto wish = change_wished(*body);
  if (!wish) co_return refusal(wish.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return as_json(wish.keep ? keep_recording(sql, context, id, seen, *wish.keep)
                             : trim_recording(sql, context, id, seen, wish.shown));
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> RecordingsApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const std::string confirmed(request.target.query_value("confirm"));
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, confirmed](soci::session& sql) {
    return as_json(longmen::remove_recording(sql, context, id, seen, confirmed));
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> RecordingsApi::withdraw(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  std::optional<int64_t> from_ms, to_ms;
  BodyFields fields(*body);
  fields.read("from_ms", from_ms);
  fields.read("to_ms", to_ms);
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const recording::TimeRange range{from_ms.value_or(-1), to_ms.value_or(-1)};
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   range](soci::session& sql) {
    return as_json(withdraw_range(sql, context, id, range));
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> RecordingsApi::give_back(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(give_back_ranges(sql, context, id, seen));
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> RecordingsApi::sync(HttpRequest request) {
  if (!source_of(request).local()) co_return http_problem(404, "nothing is here");
  const auto said = recording_sync_request_from_json(request.content);
  if (!said) co_return http_problem(400, said.error().message);
  recorder_ = said->recorder;
  recorder_heard_ = parts_.clock.steady();
  if (on_recorder_) on_recorder_(recorder_);
  const auto look = [said = *said](Store& store) -> Result<std::string> {
    return store.database().read("recordings", [&](soci::session& sql) -> Result<std::string> {
      return to_json(RecordingTable(sql).orders(said.known));
    });
  };
  const auto write = [said = *said, now_ms = parts_.clock.wall_ms()](Store& store) -> Result<void> {
    return store.database().write("recordings", [&](soci::session& sql) -> Result<void> {
      for (const RecordingReport& report : said.recordings)
        RecordingTable(sql).report(said.node, report, now_ms);
      return {};
    });
  };
  if (!said->recordings.empty()) {
    const auto written = co_await parts_.store.run(write);
    if (!written) co_return store_problem(written.error());
  }
  auto orders = co_await parts_.store.run(look);
  if (!orders) co_return store_problem(orders.error());
  HttpResponse response;
  response.fields.set("Content-Type", "application/json");
  response.content = std::move(*orders);
  co_return response;
}

}  // namespace longmen

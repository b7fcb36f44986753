#include "control/sessions_api.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/session_actions.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

void read_wish(BodyFields& fields, SessionWish& wish) {
  fields.read("channel", wish.channel);
  fields.read("series", wish.series);
  fields.read_or_null("theme", wish.theme);
  fields.read("title", wish.title);
  fields.read("description", wish.description);
  fields.read("speakers", wish.speakers);
  fields.read("language", wish.language);
  fields.read("place", wish.place);
  fields.read("start_ms", wish.start_ms);
  fields.read("end_ms", wish.end_ms);
  fields.read("auto_start", wish.auto_start);
  fields.read("auto_end", wish.auto_end);
  if (const json::object* slates = fields.inner("slates")) wish.slates = *slates;
}

Decided<std::optional<Repeat>> read_repeat(const json::object* object) {
  if (!object) return std::optional<Repeat>();
  Repeat repeat;
  std::optional<int64_t> every_days, count;
  std::optional<std::string> until;
  std::optional<std::vector<std::string>> weekdays;
  BodyFields fields(*object);
  fields.read("every_days", every_days);
  fields.read("weekdays", weekdays);
  fields.read("until", until);
  fields.read("count", count);
  if (const auto fault = fields.fault()) return refuse(422, "repeat: " + *fault);
  for (const std::string& name : weekdays.value_or(std::vector<std::string>())) {
    const auto weekday = weekday_named(name);
    if (!weekday) return refuse(422, "repeat.weekdays: monday to sunday are allowed");
    repeat.weekdays[*weekday] = true;
  }
  if (until) {
    repeat.until = date_of(*until);
    if (!repeat.until) return refuse(422, "repeat.until: a date is allowed, such as 2026-12-31");
  }
  // Out of bounds is out of bounds: days_of() says which.
  constexpr int64_t kFar = 1'000'000;
  repeat.every_days = static_cast<int>(std::clamp(every_days.value_or(0), -kFar, kFar));
  repeat.count = static_cast<int>(std::clamp(count.value_or(0), -kFar, kFar));
  return std::optional<Repeat>(repeat);
}

// "1795692600000.00ff00ff00ff00ff": the last one's planned start and id.
std::string cursor_of(const Session& session) {
  return fmt::format("{}.{}", session.life.planned_start_ms, session.id);
}
Decided<bool> read_cursor(std::string_view text, SessionQuery& query) {
  if (text.empty()) return true;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, query.after_start_ms);
  if (error != std::errc() || stop == end || *stop != '.')
    return refuse(422, "cursor: the \"next\" of an earlier page is allowed");
  query.after_id = std::string(stop + 1, end);
  return true;
}

Decided<SessionQuery> query_of(const HttpRequest& request) {
  const auto& target = request.target;
  SessionQuery query;
  query.channel = target.query_value("channel");
  query.series = target.query_value("series");
  query.theme = target.query_value("theme");
  query.state = target.query_value("state");
  if (!query.state.empty() && !session_state_named(query.state))
    return refuse(422, "state: scheduled, live, ended, cancelled or missed is allowed");
  const auto from = query_number(request, "from_ms", query.from_ms);
  if (!from) return tl::unexpected(from.error());
  const auto to = query_number(request, "to_ms", query.to_ms);
  if (!to) return tl::unexpected(to.error());
  query.from_ms = *from;
  query.to_ms = *to;
  if (auto read = read_cursor(target.query_value("cursor"), query); !read)
    return tl::unexpected(read.error());
  query.limit = page_limit(request, kMaxSessionPage);
  return query;
}

}  // namespace

void SessionsApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kPlan = Permission::kPlan,
                 kOperate = Permission::kOperate;
  const std::string all = "/api/v1/sessions", one = all + "/{id}";
  add_guarded(router, parts_, all, "GET", kLook, this, &SessionsApi::list);
  add_guarded(router, parts_, all, "POST", kPlan, this, &SessionsApi::schedule);
  add_guarded(router, parts_, one, "GET", kLook, this, &SessionsApi::show);
  add_guarded(router, parts_, one, "PATCH", kPlan, this, &SessionsApi::change);
  add_guarded(router, parts_, one, "DELETE", kPlan, this, &SessionsApi::remove);
  add_guarded(router, parts_, one + "/start", "POST", kOperate, this,
              &SessionsApi::act<int(SessionAction::kStart)>);
  add_guarded(router, parts_, one + "/end", "POST", kOperate, this,
              &SessionsApi::act<int(SessionAction::kEnd)>);
  add_guarded(router, parts_, one + "/reopen", "POST", kOperate, this,
              &SessionsApi::act<int(SessionAction::kReopen)>);
  add_guarded(router, parts_, one + "/cancel", "POST", kPlan, this,
              &SessionsApi::act<int(SessionAction::kCancel)>);
  add_guarded(router, parts_, one + "/restore", "POST", kPlan, this,
              &SessionsApi::act<int(SessionAction::kRestore)>);
}

asio::awaitable<HttpResponse> SessionsApi::list(Caller, HttpRequest request) {
  const auto query = query_of(request);
  if (!query) co_return refusal(query.error());
  const ActionInTransaction read =
      [query = *query, settings = parts_.schedule,
       now_ms = parts_.clock.wall_ms()](soci::session& sql) -> Decided<json::object> {
    const auto page = SessionTable(sql).page(query);
    json::array list;
    for (const Session& session : page)
      list.push_back(session_to_json(session, settings.reopen_within));
    const bool more = static_cast<int>(page.size()) == query.limit;
    return json::object{{"sessions", std::move(list)},
                        {"next", more ? json::value(cursor_of(page.back())) : json::value(nullptr)},
                        {"time_zone", settings.zone.name()},
                        {"now_ms", now_ms}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SessionsApi::schedule(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  SessionWish wish;
  BodyFields fields(*body);
  read_wish(fields, wish);
  const auto repeat = read_repeat(fields.inner("repeat"));
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  if (!repeat) co_return refusal(repeat.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), wish,
                                   repeat = *repeat](soci::session& sql) -> Decided<json::object> {
    const auto scheduled = schedule_sessions(sql, context, wish, repeat);
    if (!scheduled) return tl::unexpected(scheduled.error());
    json::array list;
    for (const Session& session : *scheduled)
      list.push_back(session_to_json(session, context.settings.reopen_within));
    return json::object{{"sessions", std::move(list)}, {"time_zone", context.settings.zone.name()}};
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> SessionsApi::show(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [id = request.parameters[0],
       reopen_within = parts_.schedule.reopen_within](soci::session& sql) -> Decided<json::object> {
    const auto session = SessionTable(sql).by_id(id);
    if (!session) return refuse(404, "there is no such session");
    return session_to_json(*session, reopen_within);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SessionsApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  SessionWish wish;
  BodyFields fields(*body);
  read_wish(fields, wish);
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen,
                                   wish](soci::session& sql) -> Decided<json::object> {
    const auto changed = change_session(sql, context, id, seen, wish);
    if (!changed) return tl::unexpected(changed.error());
    return session_to_json(*changed, context.settings.reopen_within);
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> SessionsApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const bool following = request.target.query_value("following") == "true";
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen,
                                   following](soci::session& sql) -> Decided<json::object> {
    const auto removed = remove_session(sql, context, id, seen, following);
    if (!removed) return tl::unexpected(removed.error());
    return json::object{{"removed", *removed}};
  };
  co_return co_await answer_change(parts_, caller, act);
}

template <int kAction>
asio::awaitable<HttpResponse> SessionsApi::act(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) -> Decided<json::object> {
    const auto done = act_on_session(sql, context, id, seen, static_cast<SessionAction>(kAction));
    if (!done) return tl::unexpected(done.error());
    return session_to_json(*done, context.settings.reopen_within);
  };
  // A channel may have its feed on air for as long as a session is live, and what is
  // live is part of what the node is told of it.
  HttpResponse response = co_await answer_action(parts_, caller, *once, act);
  if (response.status == 200 && parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

asio::awaitable<Result<int>> SessionsApi::do_due() {
  const ScheduleContext context{
      {"", "clock", "local", parts_.clock.wall_ms()}, parts_.schedule, parts_.random};
  const auto look_and_do = [context](Store& store) -> Result<int> {
    // Looked at first, for most of the time there is nothing to write.
    const auto waiting = store.database().read("clock", [&](soci::session& sql) -> Result<bool> {
      return !SessionTable(sql).due(context.actor.now_ms, 1).empty();
    });
    if (!waiting) return tl::unexpected(waiting.error());
    if (!*waiting) return 0;
    return store.database().write(
        "clock", [&](soci::session& sql) -> Result<int> { return do_what_is_due(sql, context); });
  };
  co_return co_await parts_.store.run(look_and_do);
}

}  // namespace longmen

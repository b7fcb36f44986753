#include "control/json_action.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "control/act.h"
#include "control/row_version.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int kDefaultPage = 50;

HttpResponse answer_of(const json::object& object) {
  HttpResponse response = json_response(object);
  if (const json::value* version = object.if_contains("version"); version && version->is_int64())
    response.fields.set("ETag", etag_of(version->get_int64()));
  return response;
}

}  // namespace

ScheduleContext context_of(const StudioParts& parts, const Caller& caller) {
  return {caller.at(parts.clock.wall_ms()), parts.schedule, parts.random};
}

asio::awaitable<HttpResponse> answer_action(StudioParts& parts, const Caller& caller, OnceKey once,
                                            ActionInTransaction action) {
  const Actor actor = caller.at(parts.clock.wall_ms());
  const auto run = [once, action, actor](Store& store) {
    return act(store.database(), actor, "schedule",
               [&](soci::session& sql) { return only_once(sql, once, actor.now_ms, action); });
  };
  const auto done = co_await parts.store.run(run);
  if (!is_done(done)) co_return refusal(done);
  co_return answer_of(**done);
}

asio::awaitable<HttpResponse> answer_change(StudioParts& parts, const Caller& caller,
                                            ActionInTransaction action) {
  // Named, not a temporary: GCC 12 destroys temporary aggregates in a co_await twice.
  const OnceKey none;
  co_return co_await answer_action(parts, caller, none, action);
}

asio::awaitable<HttpResponse> answer_question(StudioParts& parts, ActionInTransaction question) {
  const auto run = [question](Store& store) -> Result<Decided<json::object>> {
    return store.database().read(
        "schedule",
        [&](soci::session& sql) -> Result<Decided<json::object>> { return question(sql); });
  };
  const auto found = co_await parts.store.run(run);
  if (!is_done(found)) co_return refusal(found);
  co_return answer_of(**found);
}

Decided<int64_t> query_number(const HttpRequest& request, std::string_view name,
                              int64_t otherwise) {
  const std::string_view text = request.target.query_value(name);
  if (text.empty()) return otherwise;
  int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size())
    return refuse(422, fmt::format("{}: a whole number is allowed", name));
  return number;
}

int page_limit(const HttpRequest& request, int longest) {
  int limit = kDefaultPage;
  const std::string_view text = request.target.query_value("limit");
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return std::clamp(limit, 1, longest);
}

}  // namespace longmen

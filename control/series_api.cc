#include "control/series_api.h"

#include <boost/json/array.hpp>

#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/series.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

Decided<SeriesWish> series_wish(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  SeriesWish wish;
  BodyFields fields(*body);
  fields.read("title", wish.title);
  fields.read("description", wish.description);
  fields.read("keep_days", wish.keep_days);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<json::object> as_json(const Decided<Series>& done) {
  if (!done) return tl::unexpected(done.error());
  return series_to_json(*done);
}

}  // namespace

void SeriesApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kPlan = Permission::kPlan;
  add_guarded(router, parts_, "/api/v1/series", "GET", kLook, this, &SeriesApi::list);
  add_guarded(router, parts_, "/api/v1/series", "POST", kPlan, this, &SeriesApi::create);
  add_guarded(router, parts_, "/api/v1/series/{id}", "GET", kLook, this, &SeriesApi::show);
  add_guarded(router, parts_, "/api/v1/series/{id}", "PATCH", kPlan, this, &SeriesApi::change);
  add_guarded(router, parts_, "/api/v1/series/{id}", "DELETE", kPlan, this, &SeriesApi::remove);
}

asio::awaitable<HttpResponse> SeriesApi::list(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [after = std::string(request.target.query_value("cursor")),
       limit = page_limit(request, kMaxSeriesPage)](soci::session& sql) -> Decided<json::object> {
    const auto page = SeriesTable(sql).page(after, limit);
    json::array list;
    for (const Series& series : page)
      list.push_back(series_to_json(series));
    const bool more = static_cast<int>(page.size()) == limit;
    return json::object{{"series", std::move(list)},
                        {"next", more ? json::value(page.back().title) : json::value(nullptr)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SeriesApi::create(Caller caller, HttpRequest request) {
  const auto wish = series_wish(request);
  if (!wish) co_return refusal(wish.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   wish = *wish](soci::session& sql) {
    return as_json(create_series(sql, context, wish));
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> SeriesApi::show(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    const auto series = SeriesTable(sql).by_id(id);
    if (!series) return refuse(404, "there is no such series");
    return series_to_json(*series);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SeriesApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto wish = series_wish(request);
  if (!wish) co_return refusal(wish.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return as_json(change_series(sql, context, id, seen, wish));
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> SeriesApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_series(sql, context, id, seen));
  };
  co_return co_await answer_change(parts_, caller, act);
}

}  // namespace longmen

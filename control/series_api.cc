#include "control/series_api.h"

#include <boost/json/array.hpp>

#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/series.h"
#include "control/theme.h"

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
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<std::string> theme_title(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  std::optional<std::string> title;
  BodyFields fields(*body);
  fields.read("title", title);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return title.value_or("");
}

template <class T>
Decided<json::object> as_json(const Decided<T>& done, json::object (*to_json)(const T&)) {
  if (!done) return tl::unexpected(done.error());
  return to_json(*done);
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
    return as_json(create_series(sql, context, wish), series_to_json);
  };
  co_return co_await answer_action(parts_, *once, act);
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
    return as_json(change_series(sql, context, id, seen, wish), series_to_json);
  };
  co_return co_await answer_change(parts_, act);
}

asio::awaitable<HttpResponse> SeriesApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_series(sql, context, id, seen), series_to_json);
  };
  co_return co_await answer_change(parts_, act);
}

void ThemesApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kPlan = Permission::kPlan;
  add_guarded(router, parts_, "/api/v1/themes", "GET", kLook, this, &ThemesApi::list);
  add_guarded(router, parts_, "/api/v1/themes", "POST", kPlan, this, &ThemesApi::create);
  add_guarded(router, parts_, "/api/v1/themes/{id}", "PATCH", kPlan, this, &ThemesApi::change);
  add_guarded(router, parts_, "/api/v1/themes/{id}", "DELETE", kPlan, this, &ThemesApi::remove);
}

asio::awaitable<HttpResponse> ThemesApi::list(Caller, HttpRequest) {
  const ActionInTransaction read = [](soci::session& sql) -> Decided<json::object> {
    json::array list;
    for (const Theme& theme : ThemeTable(sql).all())
      list.push_back(theme_to_json(theme));
    return json::object{{"themes", std::move(list)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> ThemesApi::create(Caller caller, HttpRequest request) {
  const auto title = theme_title(request);
  if (!title) co_return refusal(title.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   title = *title](soci::session& sql) {
    return as_json(create_theme(sql, context, title), theme_to_json);
  };
  co_return co_await answer_action(parts_, *once, act);
}

asio::awaitable<HttpResponse> ThemesApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto title = theme_title(request);
  if (!title) co_return refusal(title.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, title = *title](soci::session& sql) {
    return as_json(change_theme(sql, context, id, seen, title), theme_to_json);
  };
  co_return co_await answer_change(parts_, act);
}

asio::awaitable<HttpResponse> ThemesApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_theme(sql, context, id, seen), theme_to_json);
  };
  co_return co_await answer_change(parts_, act);
}

}  // namespace longmen

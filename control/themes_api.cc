#include "control/themes_api.h"

#include <boost/json/array.hpp>

#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/theme.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

Decided<std::string> theme_title(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  std::optional<std::string> title;
  BodyFields fields(*body);
  fields.read("title", title);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return title.value_or("");
}

Decided<json::object> as_json(const Decided<Theme>& done) {
  if (!done) return tl::unexpected(done.error());
  return theme_to_json(*done);
}

}  // namespace

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
    return as_json(create_theme(sql, context, title));
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> ThemesApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto title = theme_title(request);
  if (!title) co_return refusal(title.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, title = *title](soci::session& sql) {
    return as_json(change_theme(sql, context, id, seen, title));
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> ThemesApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_theme(sql, context, id, seen));
  };
  co_return co_await answer_change(parts_, caller, act);
}

}  // namespace longmen

#include "control/air_delay_api.h"

#include "control/air_delay_table.h"
#include "control/body_fields.h"
#include "control/json_action.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;

void AirDelayApi::add_routes(HttpRouter& router) {
  const std::string path = "/api/v1/channels/{id}/air/delay";
  add_guarded(router, parts_, path, "GET", Permission::kLook, this, &AirDelayApi::show);
  add_guarded(router, parts_, path, "PATCH", Permission::kOperate, this, &AirDelayApi::change);
}

asio::awaitable<HttpResponse> AirDelayApi::show(Caller, HttpRequest request) {
  const ActionInTransaction read = [id = request.parameters[0]](soci::session& sql) {
    return show_air_delay(sql, id);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> AirDelayApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  AirDelayWish wish;
  std::optional<bool> now;
  BodyFields fields(*body);
  fields.read("delay_ms", wish.delay_ms);
  fields.read("now", now);
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  wish.now = now.value_or(false);
  const std::string id = request.parameters[0];
  const bool fed = parts_.has_feed && parts_.has_feed(id);
  const ActionInTransaction act = [context = context_of(parts_, caller), id, seen = *seen, wish,
                                   fed](soci::session& sql) {
    return change_air_delay(sql, context, id, seen, wish, fed);
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200 && parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

}  // namespace longmen

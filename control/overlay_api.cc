#include "control/overlay_api.h"

#include "control/json_action.h"
#include "control/overlay_table.h"
#include "control/request_checks.h"
#include "core/picture/png_header.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;

void OverlayApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kManage = Permission::kManageChannels;
  const std::string path = "/api/v1/channels/{id}/overlay", of_logo = path + "/logo";
  add_guarded(router, parts_, path, "GET", kLook, this, &OverlayApi::show);
  add_guarded(router, parts_, path, "PATCH", Permission::kOperate, this, &OverlayApi::change);
  add_guarded(router, parts_, of_logo, "GET", kLook, this, &OverlayApi::logo);
  add_guarded(router, parts_, of_logo, "PUT", kManage, this, &OverlayApi::put_logo, kMaxPngBytes);
  add_guarded(router, parts_, of_logo, "DELETE", kManage, this, &OverlayApi::remove_logo);
}

asio::awaitable<HttpResponse> OverlayApi::change_and_tell(const Caller& caller,
                                                          ActionInTransaction action) {
  HttpResponse response = co_await answer_change(parts_, caller, std::move(action));
  if (response.status == 200 && parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

asio::awaitable<HttpResponse> OverlayApi::show(Caller, HttpRequest request) {
  const ActionInTransaction read = [id = request.parameters[0]](soci::session& sql) {
    return show_overlay(sql, id);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> OverlayApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *body](soci::session& sql) {
    return change_overlay(sql, context, id, seen, wish);
  };
  co_return co_await change_and_tell(caller, act);
}

asio::awaitable<HttpResponse> OverlayApi::logo(Caller, HttpRequest request) {
  const auto read = [id = request.parameters[0]](Store& store) {
    return store.database().read(
        "logo", [&](soci::session& sql) -> Result<Bytes> { return OverlayTable(sql).logo_of(id); });
  };
  const Result<Bytes> png = co_await parts_.store.run_for_anyone(read);
  if (!png) co_return http_problem_for_now(503, png.error().message, 2);
  if (png->empty()) co_return http_problem(404, "the channel has no logo");
  HttpResponse response;
  response.fields.set("Content-Type", "image/png");
  response.fields.set("Cache-Control", "no-cache");
  response.content = std::string(as_text(*png));
  co_return response;
}

asio::awaitable<HttpResponse> OverlayApi::put_logo(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  if (!is_media_type(request.fields.value("Content-Type"), "image/png"))
    co_return http_problem(415, "image/png is allowed");
  const ByteSpan png = as_bytes(request.content);
  if (png.empty()) co_return http_problem(422, "logo: it is no PNG");
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen,
                                   png = Bytes(png.begin(), png.end())](soci::session& sql) {
    return change_logo(sql, context, id, seen, png);
  };
  co_return co_await change_and_tell(caller, act);
}

asio::awaitable<HttpResponse> OverlayApi::remove_logo(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return change_logo(sql, context, id, seen, {});
  };
  co_return co_await change_and_tell(caller, act);
}

}  // namespace longmen

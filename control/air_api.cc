#include "control/air_api.h"

#include <boost/json/array.hpp>

#include "control/air_actions.h"
#include "control/body_fields.h"
#include "control/chapter.h"
#include "control/json_action.h"
#include "control/session_table.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

Decided<AirWish> read_air_wish(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  AirWish wish;
  BodyFields fields(*body);
  fields.read("order", wish.order);
  fields.read("rehearsal", wish.rehearsal);
  fields.read("on_air", wish.on_air);
  fields.read_or_null("slate", wish.slate);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<ChapterWish> read_chapter_wish(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  ChapterWish wish;
  BodyFields fields(*body);
  fields.read("title", wish.title);
  fields.read("at_ms", wish.at_ms);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<json::object> as_json(const Decided<Chapter>& done) {
  if (!done) return tl::unexpected(done.error());
  return chapter_to_json(*done);
}

}  // namespace

void AirApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kOperate = Permission::kOperate;
  const std::string air = "/api/v1/channels/{id}/air";
  add_guarded(router, parts_, air, "GET", kLook, this, &AirApi::show);
  add_guarded(router, parts_, air, "PATCH", kOperate, this, &AirApi::order);
  add_guarded(router, parts_, air + "/cut", "POST", kOperate, this, &AirApi::cut);
  add_guarded(router, parts_, air + "/cut", "DELETE", kOperate, this, &AirApi::undo);
  const std::string of_session = "/api/v1/sessions/{id}/chapters", one = "/api/v1/chapters/{id}";
  add_guarded(router, parts_, of_session, "GET", kLook, this, &AirApi::chapters);
  add_guarded(router, parts_, of_session, "POST", kOperate, this, &AirApi::mark);
  add_guarded(router, parts_, one, "PATCH", kOperate, this, &AirApi::change_mark);
  add_guarded(router, parts_, one, "DELETE", kOperate, this, &AirApi::remove_mark);
}

asio::awaitable<HttpResponse> AirApi::order_and_tell(const Caller& caller, OnceKey once,
                                                     ActionInTransaction action) {
  HttpResponse response = co_await answer_action(parts_, caller, once, action);
  if (response.status == 200 && parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

asio::awaitable<HttpResponse> AirApi::show(Caller, HttpRequest request) {
  const ActionInTransaction read = [id = request.parameters[0]](soci::session& sql) {
    return show_air(sql, id);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> AirApi::order(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto wish = read_air_wish(request);
  if (!wish) co_return refusal(wish.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return order_air(sql, context, id, seen, wish);
  };
  co_return co_await order_and_tell(caller, *once, act);
}

asio::awaitable<HttpResponse> AirApi::cut(Caller caller, HttpRequest request) {
  std::optional<std::string> slate;
  if (!request.content.empty()) {
    const auto body = json_body(request);
    if (!body) co_return refusal(body.error());
    BodyFields fields(*body);
    fields.read("slate", slate);
    if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  }
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   slate = slate.value_or("")](soci::session& sql) {
    return cut_air(sql, context, id, slate);
  };
  co_return co_await order_and_tell(caller, *once, act);
}

asio::awaitable<HttpResponse> AirApi::undo(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return undo_cut(sql, context, id, seen);
  };
  const OnceKey once;  // no temporary: GCC 12 destroys it twice
  co_return co_await order_and_tell(caller, once, act);
}

asio::awaitable<HttpResponse> AirApi::chapters(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    if (!SessionTable(sql).by_id(id)) return refuse(404, "there is no such session");
    json::array list;
    for (const Chapter& chapter : ChapterTable(sql).of_session(id))
      list.push_back(chapter_to_json(chapter));
    return json::object{{"chapters", std::move(list)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> AirApi::mark(Caller caller, HttpRequest request) {
  const int64_t media_now_ms = parts_.clock.media_ms();
  const auto wish = read_chapter_wish(request);
  if (!wish) co_return refusal(wish.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   wish = *wish, media_now_ms](soci::session& sql) {
    return as_json(mark_chapter(sql, context, id, wish, media_now_ms));
  };
  HttpResponse response = co_await answer_action(parts_, caller, *once, act);
  if (response.status == 200 && parts_.studio_changed) parts_.studio_changed();
  co_return response;
}

asio::awaitable<HttpResponse> AirApi::change_mark(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto wish = read_chapter_wish(request);
  if (!wish) co_return refusal(wish.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return as_json(change_chapter(sql, context, id, seen, wish));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200 && parts_.studio_changed) parts_.studio_changed();
  co_return response;
}

asio::awaitable<HttpResponse> AirApi::remove_mark(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_chapter(sql, context, id, seen));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200 && parts_.studio_changed) parts_.studio_changed();
  co_return response;
}

}  // namespace longmen

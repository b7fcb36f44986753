#include "control/screens_api.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "control/act.h"
#include "control/body_fields.h"
#include "control/enrolment.h"
#include "control/json_action.h"
#include "control/or_null.h"
#include "control/own_password.h"
#include "control/site_wish.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

void read_screen_wish(BodyFields& fields, ScreenWish& wish) {
  fields.read("site", wish.site);
  fields.read("name", wish.name);
  fields.read("channel", wish.channel);
  fields.read("test", wish.test);
  fields.read("volume_rule", wish.volume_rule);
  fields.read("volume_percent", wish.volume_percent);
  fields.read("audio", wish.audio);
}

Decided<ScreenWish> screen_wish_of(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  ScreenWish wish;
  BodyFields fields(*body);
  read_screen_wish(fields, wish);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<EnrolWish> enrol_wish(const json::object& body) {
  EnrolWish wish;
  std::optional<std::string> code, screen;
  std::optional<bool> replace;
  BodyFields fields(body);
  fields.read("code", code);
  fields.read("screen", screen);
  fields.read("replace", replace);
  if (const json::object* site = fields.inner("new_site")) {
    BodyFields of_site(*site);
    wish.new_site.emplace();
    read_site_wish(of_site, *wish.new_site);
    if (const auto fault = of_site.fault()) return refuse(422, "new_site: " + *fault);
  }
  if (const json::object* made = fields.inner("new_screen")) {
    BodyFields of_screen(*made);
    read_screen_wish(of_screen, wish.new_screen);
    if (const auto fault = of_screen.fault()) return refuse(422, "new_screen: " + *fault);
  } else if (!screen) {
    return refuse(422, "screen, or new_screen, is needed: which screen it is");
  }
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  wish.code = code.value_or("");
  wish.screen = screen.value_or("");
  wish.replace = replace.value_or(false);
  return wish;
}

Decided<json::object> as_json(const Decided<Screen>& done) {
  if (!done) return tl::unexpected(done.error());
  return screen_to_json(*done);
}

json::object listed_to_json(const ListedScreen& listed, const Presence& presence) {
  json::object object = screen_to_json(listed.screen);
  const bool enrolled = listed.enrolled_ms != 0;
  object["site_name"] = listed.site_name;
  object["enrolled_ms"] = or_null(listed.enrolled_ms);
  object["enrolled_by"] = enrolled ? json::value(listed.enrolled_by) : json::value(nullptr);
  object["state"] = name_of(ScreenState::kUnenrolled);
  object["seen_ms"] = nullptr;
  object["report"] = nullptr;
  if (!enrolled) return object;
  object["state"] = name_of(ScreenState::kSilent);
  const auto found = presence.screens.find(listed.screen.id);
  if (found == presence.screens.end()) return object;
  object["state"] = name_of(found->second.state);
  object["seen_ms"] = or_null(found->second.seen_ms);
  if (found->second.whole) object["report"] = screen_report_to_json(found->second.report);
  return object;
}

using WantedScreen = std::function<bool(const ListedScreen&)>;

Decided<WantedScreen> screens_by_state(std::string_view text,
                                       const std::shared_ptr<const Presence>& now) {
  if (text.empty()) return WantedScreen();
  const auto state_of = [now](const ListedScreen& listed) {
    return listed.enrolled_ms == 0 ? ScreenState::kUnenrolled : now->state_of(listed.screen.id);
  };
  if (text == "trouble") {
    return WantedScreen([state_of](const ListedScreen& listed) {
      const ScreenState state = state_of(listed);
      return state != ScreenState::kFine && state != ScreenState::kUnenrolled;
    });
  }
  const auto state = screen_state_named(text);
  if (!state) {
    return refuse(422,
                  "state: trouble, silent, no_picture, no_sound, fine or unenrolled is allowed");
  }
  return WantedScreen([state_of, wanted = *state](const ListedScreen& listed) {
    return state_of(listed) == wanted;
  });
}

}  // namespace

void ScreensApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kManage = Permission::kManageSites;
  const std::string all = "/api/v1/screens", one = all + "/{id}";
  add_guarded(router, parts_, all, "GET", kLook, this, &ScreensApi::list);
  add_guarded(router, parts_, all, "POST", kManage, this, &ScreensApi::create);
  add_guarded(router, parts_, all + "/enrol", "POST", kManage, this, &ScreensApi::enrol);
  add_guarded(router, parts_, one, "GET", kLook, this, &ScreensApi::show);
  add_guarded(router, parts_, one, "PATCH", kManage, this, &ScreensApi::change);
  add_guarded(router, parts_, one, "DELETE", kManage, this, &ScreensApi::remove);
  add_guarded(router, parts_, one + "/revoke", "POST", kManage, this, &ScreensApi::revoke);
}

asio::awaitable<HttpResponse> ScreensApi::list(Caller, HttpRequest request) {
  ScreenQuery query;
  query.site = request.target.query_value("site");
  query.search = request.target.query_value("q");
  query.limit = page_limit(request, kMaxScreenPage);
  if (!read_place(request.target.query_value("cursor"), query.after_name_key, query.after_id))
    co_return http_problem(422, "cursor: the \"next\" of an earlier page is allowed");
  const auto now = keeper_.roll().presence(parts_.clock.wall_ms());
  const auto wanted = screens_by_state(request.target.query_value("state"), now);
  if (!wanted) co_return refusal(wanted.error());
  const ActionInTransaction read = [query, wanted = *wanted,
                                    now](soci::session& sql) -> Decided<json::object> {
    const auto page = ScreenTable(sql).page(query, wanted);
    json::array list;
    for (const ListedScreen& listed : page)
      list.push_back(listed_to_json(listed, *now));
    const bool more = static_cast<int>(page.size()) == query.limit;
    return json::object{
        {"screens", std::move(list)},
        {"next", more ? json::value(place_of(page.back().screen.name, page.back().screen.id))
                      : json::value(nullptr)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> ScreensApi::create(Caller caller, HttpRequest request) {
  const auto wish = screen_wish_of(request);
  if (!wish) co_return refusal(wish.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   wish = *wish](soci::session& sql) {
    return as_json(create_screen(sql, context, wish));
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> ScreensApi::show(Caller, HttpRequest request) {
  const auto now = keeper_.roll().presence(parts_.clock.wall_ms());
  const ActionInTransaction read = [id = request.parameters[0],
                                    now](soci::session& sql) -> Decided<json::object> {
    ScreenTable table(sql);
    auto screen = table.by_id(id);
    if (!screen) return refuse(404, "there is no such screen");
    ListedScreen listed;
    listed.screen = std::move(*screen);
    if (const auto site = SiteTable(sql).by_id(listed.screen.site)) listed.site_name = site->name;
    if (const auto credential = table.credential_of(id)) {
      listed.enrolled_ms = credential->enrolled_ms;
      listed.enrolled_by = credential->enrolled_by;
    }
    return listed_to_json(listed, *now);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> ScreensApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto wish = screen_wish_of(request);
  if (!wish) co_return refusal(wish.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return as_json(change_screen(sql, context, id, seen, wish));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200) co_await tell_change();
  co_return response;
}

asio::awaitable<HttpResponse> ScreensApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_screen(sql, context, id, seen));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200) co_await tell_change();
  co_return response;
}

// Codes are guessed no faster than passwords: whoever types wrong ones waits longer each time, and
// a right one in between does not make the wrong ones forgotten.
asio::awaitable<HttpResponse> ScreensApi::enrol(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto wish = enrol_wish(*body);
  if (!wish) co_return refusal(wish.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const auto begun =
      parts_.limiter.begin_known("enrol:" + caller.account.id, parts_.clock.steady());
  if (!begun) co_return too_many_attempts(begun.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   wish = *wish](soci::session& sql) -> Decided<json::object> {
    const auto enrolled = longmen::enrol(sql, context, wish);
    if (!enrolled) return tl::unexpected(enrolled.error());
    return screen_to_json(enrolled->screen);
  };
  HttpResponse response = co_await answer_action(parts_, caller, *once, act);
  if (response.status != 404) parts_.limiter.undo(*begun);
  if (response.status == 200) co_await tell_change();
  co_return response;
}

// Who watches with a leave that was taken back is to stop, on all nodes.
asio::awaitable<void> ScreensApi::tell_change() {
  if (parts_.channels_changed) parts_.channels_changed();
  const Result<void> read = co_await keeper_.read();
  if (!read) log_store_problem(read.error());
}

asio::awaitable<HttpResponse> ScreensApi::revoke(Caller caller, HttpRequest request) {
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   id = request.parameters[0]](soci::session& sql) {
    return as_json(revoke_screen(sql, context, id));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200) co_await tell_change();
  co_return response;
}

}  // namespace longmen

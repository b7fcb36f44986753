#include "control/sites_api.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "control/account_name.h"
#include "control/act.h"
#include "control/body_fields.h"
#include "control/json_action.h"
#include "control/site_actions.h"
#include "control/site_wish.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

Decided<SiteWish> site_wish_of(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  SiteWish wish;
  BodyFields fields(*body);
  read_site_wish(fields, wish);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  return wish;
}

Decided<json::object> as_json(const Decided<Site>& done) {
  if (!done) return tl::unexpected(done.error());
  return site_to_json(*done);
}

using WantedSite = std::function<bool(const Site&)>;

// By what the screens of a site report; "unenrolled" is the database's to know.
Decided<WantedSite> sites_by_state(std::string_view state,
                                   const std::shared_ptr<const Presence>& now) {
  using Counts = Presence::Counts;
  using Holds = bool (*)(const Counts&);
  static constexpr std::array<std::pair<std::string_view, Holds>, 5> kStates{{
      {"trouble", [](const Counts& counts) { return counts.trouble() > 0; }},
      {"silent", [](const Counts& counts) { return counts.silent > 0; }},
      {"no_picture", [](const Counts& counts) { return counts.reporting > counts.picture; }},
      {"no_sound", [](const Counts& counts) { return counts.reporting > counts.sound; }},
      {"fine", [](const Counts& counts) { return counts.enrolled > 0 && counts.trouble() == 0; }},
  }};
  if (state.empty() || state == "unenrolled") return WantedSite();
  for (const auto& each : kStates) {
    if (each.first != state) continue;
    return WantedSite(
        [now, holds = each.second](const Site& site) { return holds(now->counts_of(site.id)); });
  }
  return refuse(422, "state: trouble, silent, no_picture, no_sound, fine or unenrolled is allowed");
}

Decided<SiteQuery> site_query_of(const HttpRequest& request) {
  const auto& target = request.target;
  SiteQuery query;
  query.search = target.query_value("q");
  query.parent = target.query_value("parent");
  query.unenrolled = target.query_value("state") == "unenrolled";
  if (const std::string_view name = target.query_value("tier"); !name.empty()) {
    query.tier = site_tier_named(name);
    if (!query.tier) return refuse(422, "tier: city, centre, township or site is allowed");
  }
  query.limit = page_limit(request, kMaxSitePage);
  if (!read_place(target.query_value("cursor"), query.after_name_key, query.after_id))
    return refuse(422, "cursor: the \"next\" of an earlier page is allowed");
  return query;
}

json::object counts_to_json(const Presence::Counts& counts) {
  return {{"enrolled", counts.enrolled}, {"reporting", counts.reporting},
          {"picture", counts.picture},   {"sound", counts.sound},
          {"frozen", counts.frozen},     {"silent", counts.silent},
          {"trouble", counts.trouble()}};
}

json::object listed_to_json(const ListedSite& listed, const Presence& presence) {
  json::object object = site_to_json(listed.site);
  object["parent_name"] =
      listed.site.parent.empty() ? json::value(nullptr) : json::value(listed.parent_name);
  object["screens"] = listed.screens;
  object["children"] = listed.children;
  object["presence"] = counts_to_json(presence.counts_of(listed.site.id));
  return object;
}

}  // namespace

void SitesApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kManage = Permission::kManageSites;
  const std::string all = "/api/v1/sites", one = all + "/{id}";
  add_guarded(router, parts_, all, "GET", kLook, this, &SitesApi::list);
  add_guarded(router, parts_, all, "POST", kManage, this, &SitesApi::create);
  add_guarded(router, parts_, all + ".csv", "GET", kLook, this, &SitesApi::export_table);
  add_guarded(router, parts_, all + "/import", "POST", kManage, this, &SitesApi::import,
              kMaxFileBytes);
  add_guarded(router, parts_, one, "GET", kLook, this, &SitesApi::show);
  add_guarded(router, parts_, one, "PATCH", kManage, this, &SitesApi::change);
  add_guarded(router, parts_, one, "DELETE", kManage, this, &SitesApi::remove);
  add_guarded(router, parts_, "/api/v1/presence", "GET", kLook, this, &SitesApi::presence);
}

asio::awaitable<HttpResponse> SitesApi::list(Caller, HttpRequest request) {
  const auto query = site_query_of(request);
  if (!query) co_return refusal(query.error());
  const auto now = keeper_.roll().presence(parts_.clock.wall_ms());
  const auto wanted = sites_by_state(request.target.query_value("state"), now);
  if (!wanted) co_return refusal(wanted.error());
  const ActionInTransaction read = [query = *query, wanted = *wanted,
                                    now](soci::session& sql) -> Decided<json::object> {
    const auto page = SiteTable(sql).page(query, wanted);
    json::array list;
    for (const ListedSite& listed : page)
      list.push_back(listed_to_json(listed, *now));
    const bool more = static_cast<int>(page.size()) == query.limit;
    return json::object{
        {"sites", std::move(list)},
        {"next", more ? json::value(place_of(page.back().site.name, page.back().site.id))
                      : json::value(nullptr)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SitesApi::create(Caller caller, HttpRequest request) {
  const auto wish = site_wish_of(request);
  if (!wish) co_return refusal(wish.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   wish = *wish](soci::session& sql) {
    return as_json(create_site(sql, context, wish));
  };
  co_return co_await answer_action(parts_, caller, *once, act);
}

asio::awaitable<HttpResponse> SitesApi::show(Caller, HttpRequest request) {
  const auto now = keeper_.roll().presence(parts_.clock.wall_ms());
  const ActionInTransaction read = [id = request.parameters[0],
                                    now](soci::session& sql) -> Decided<json::object> {
    SiteTable table(sql);
    auto site = table.by_id(id);
    if (!site) return refuse(404, "there is no such site");
    ListedSite listed{std::move(*site), "", table.screens_of(id), table.children_of(id)};
    if (const auto parent = table.by_id(listed.site.parent)) listed.parent_name = parent->name;
    return listed_to_json(listed, *now);
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SitesApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto wish = site_wish_of(request);
  if (!wish) co_return refusal(wish.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = *wish](soci::session& sql) {
    return as_json(change_site(sql, context, id, seen, wish));
  };
  HttpResponse response = co_await answer_change(parts_, caller, act);
  if (response.status == 200) co_await keeper_.read();
  co_return response;
}

asio::awaitable<HttpResponse> SitesApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_site(sql, context, id, seen));
  };
  co_return co_await answer_change(parts_, caller, act);
}

asio::awaitable<HttpResponse> SitesApi::import(Caller caller, HttpRequest request) {
  const auto mode = import_mode_of(request);
  if (!mode) co_return refusal(mode.error());
  if (!is_media_type(request.fields.value("Content-Type"), "text/csv"))
    co_return http_problem(415, "text/csv is allowed");
  using Snapshot = std::shared_ptr<const SiteSnapshot>;
  const auto look = [](Store& store) -> Result<Snapshot> {
    return store.database().read("import", [](soci::session& sql) -> Result<Snapshot> {
      return std::make_shared<const SiteSnapshot>(site_snapshot(sql));
    });
  };
  const auto snapshot = co_await parts_.store.run(look);
  if (!snapshot) co_return store_problem(snapshot.error());
  const auto make = [context = context_of(parts_, caller), snapshot = *snapshot,
                     text = std::make_shared<const std::string>(std::move(request.content))] {
    return std::make_shared<SitePlan>(
        plan_sites(*snapshot, read_sites_csv(*text), context.actor, context.random));
  };
  const auto planned = co_await planner_.run(make);
  if (!planned) co_return refusal(planned.error());
  const std::shared_ptr<SitePlan>& plan = *planned;
  const bool right = plan->mistakes.empty();
  const bool write =
      *mode == ImportMode::kWhatIsRight || (*mode == ImportMode::kAllOrNothing && right);
  if (!write) co_return json_response(site_import_report(*plan, false));
  co_return co_await write_plan(std::move(caller), plan);
}

asio::awaitable<HttpResponse> SitesApi::write_plan(Caller caller, std::shared_ptr<SitePlan> plan) {
  const ScheduleContext context = context_of(parts_, caller);
  std::vector<ImportMistake> mistakes;
  for (size_t done = 0; done < plan->lines.size(); done += kLinesAtOnce) {
    const auto write = [context, plan, done](Store& store) {
      const std::span<const PlannedLine> rest = std::span(plan->lines).subspan(done);
      return act(store.database(), context.actor, "import",
                 [&](soci::session& sql) -> Decided<std::vector<ImportMistake>> {
                   return write_planned(sql, context,
                                        rest.first(std::min(rest.size(), kLinesAtOnce)));
                 });
    };
    const auto written = co_await parts_.store.run(write);
    if (!is_done(written)) co_return refusal(written);
    mistakes.insert(mistakes.end(), (*written)->begin(), (*written)->end());
  }
  take_back(*plan, mistakes);
  if (parts_.channels_changed) parts_.channels_changed();  // screens that have another channel
  const Result<void> read = co_await keeper_.read();
  if (!read) log_store_problem(read.error());
  co_return json_response(site_import_report(*plan, true));
}

asio::awaitable<HttpResponse> SitesApi::export_table(Caller, HttpRequest) {
  const auto read = [](Store& store) -> Result<std::string> {
    return store.database().read("export", [](soci::session& sql) -> Result<std::string> {
      return write_sites_csv(SiteTable(sql).all(), ScreenTable(sql).all());
    });
  };
  auto text = co_await parts_.store.run(read);
  if (!text) co_return store_problem(text.error());
  HttpResponse response;
  response.fields.set("Content-Type", "text/csv; charset=utf-8");
  response.fields.set("Content-Disposition", "attachment; filename=\"sites.csv\"");
  response.fields.set("Cache-Control", "no-store");
  response.content = std::move(*text);
  co_return response;
}

asio::awaitable<HttpResponse> SitesApi::presence(Caller, HttpRequest) {
  const auto now = keeper_.roll().presence(parts_.clock.wall_ms());
  const ActionInTransaction read = [now](soci::session& sql) -> Decided<json::object> {
    int in_trouble = 0;
    for (const auto& [site, counts] : now->sites)
      in_trouble += counts.trouble() > 0;
    json::object object = counts_to_json(now->all);
    object["sites"] = SiteTable(sql).count();
    object["sites_in_trouble"] = in_trouble;
    object["screens"] = ScreenTable(sql).count();
    return object;
  };
  co_return co_await answer_question(parts_, read);
}

}  // namespace longmen

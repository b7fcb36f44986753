#include "control/guide_api.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "control/act.h"
#include "control/guide_import.h"
#include "control/json_action.h"
#include "control/series.h"
#include "control/xmltv_reader.h"
#include "core/base/sha256.h"
#include "core/guide/icalendar.h"
#include "core/guide/xmltv.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using std::chrono::days;
constexpr days kShownAhead{7};
constexpr days kFeedBack{30}, kFeedAhead{366};  // of what calendars and programme guides keep

HttpResponse with_tag(const HttpRequest& request, std::string_view type, std::string content) {
  HttpResponse response;
  const std::string tag = "\"" + sha256_hex(content).substr(0, 32) + "\"";
  response.fields.set("ETag", tag);
  response.fields.set("Cache-Control", "no-cache");
  if (none_match_names(request.fields, tag)) {
    response.status = 304;
    return response;
  }
  response.fields.set("Content-Type", type);
  response.content = std::move(content);
  return response;
}

}  // namespace

void GuideApi::add_routes(HttpRouter& router) {
  const auto open = [&](std::string pattern, HttpHandlerOfRoute handler) {
    HttpRoute route;
    route.pattern = std::move(pattern);
    route.method = "GET";
    route.handler = std::move(handler);
    router.add(std::move(route));
  };
  open("/api/v1/guide", [this](HttpRequest request) { return show(std::move(request)); });
  open("/api/v1/guide.ics", [this](HttpRequest request) { return calendar(std::move(request)); });
  open("/api/v1/guide.xml", [this](HttpRequest request) { return xmltv(std::move(request)); });
  add_guarded(router, parts_, "/api/v1/guide/import", "POST", Permission::kPlan, this,
              &GuideApi::import, kMaxFileBytes);
}

Decided<GuideQuery> GuideApi::query_of(const HttpRequest& request, days back, days ahead) const {
  if (auto target = check_target(request); !target) return tl::unexpected(target.error());
  const TimeZone& zone = parts_.schedule.zone;
  const auto today = zone.at(parts_.clock.wall_ms()).day;
  GuideQuery query;
  query.channel = request.target.query_value("channel");
  query.series = request.target.query_value("series");
  const auto from = query_number(request, "from_ms", zone.epoch_ms({today - back, {}}));
  if (!from) return tl::unexpected(from.error());
  const auto to = query_number(request, "to_ms", zone.epoch_ms({today + ahead, {}}));
  if (!to) return tl::unexpected(to.error());
  query.from_ms = *from;
  query.to_ms = *to;
  return query;
}

asio::awaitable<Result<GuideApi::Found>> GuideApi::find(GuideQuery query) {
  const auto read = [query](Store& store) -> Result<Found> {
    return store.database().read("guide", [&](soci::session& sql) -> Result<Found> {
      Found found{guide_entries(sql, query), guide_channels(sql), ""};
      if (const auto series = SeriesTable(sql).by_id(query.series))
        found.series_title = series->title;
      return found;
    });
  };
  co_return co_await parts_.store.run(read);
}

asio::awaitable<HttpResponse> GuideApi::show(HttpRequest request) {
  const auto query = query_of(request, days(0), kShownAhead);
  if (!query) co_return refusal(query.error());
  const auto found = co_await find(*query);
  if (!found) co_return store_problem(found.error());
  json::array list;
  for (const GuideEntry& entry : found->entries)
    list.push_back(guide_entry_to_json(entry));
  const json::object body{{"time_zone", parts_.schedule.zone.name()},
                          {"from_ms", query->from_ms},
                          {"to_ms", query->to_ms},
                          {"sessions", std::move(list)}};
  co_return with_tag(request, "application/json", json::serialize(body));
}

asio::awaitable<HttpResponse> GuideApi::calendar(HttpRequest request) {
  const auto query = query_of(request, kFeedBack, kFeedAhead);
  if (!query) co_return refusal(query.error());
  const auto found = co_await find(*query);
  if (!found) co_return store_problem(found.error());
  CalendarOf calendar{"Longmen 龙门", "longmen"};
  for (const auto& [id, name] : found->channels) {
    if (id == query->channel) calendar.name = name;
  }
  if (!found->series_title.empty()) calendar.name = found->series_title;
  HttpResponse response =
      with_tag(request, "text/calendar; charset=utf-8", icalendar(calendar, found->entries));
  response.fields.set("Content-Disposition", "inline; filename=\"longmen.ics\"");
  co_return response;
}

asio::awaitable<HttpResponse> GuideApi::xmltv(HttpRequest request) {
  const auto query = query_of(request, kFeedBack, kFeedAhead);
  if (!query) co_return refusal(query.error());
  auto found = co_await find(*query);
  if (!found) co_return store_problem(found.error());
  if (!query->channel.empty()) {
    std::erase_if(found->channels, [&](const auto& each) { return each.first != query->channel; });
  }
  co_return with_tag(request, "application/xml; charset=utf-8",
                     longmen::xmltv(found->channels, found->entries));
}

asio::awaitable<HttpResponse> GuideApi::import(Caller caller, HttpRequest request) {
  const auto mode = import_mode_of(request);
  if (!mode) co_return refusal(mode.error());
  const std::string_view type = request.fields.value("Content-Type");
  const bool csv = is_media_type(type, "text/csv");
  if (!csv && !is_media_type(type, "application/xml") && !is_media_type(type, "text/xml"))
    co_return http_problem(415, "text/csv, or application/xml with XMLTV in it, is allowed");
  const auto take = [context = context_of(parts_, caller), text = request.content, csv,
                     mode = *mode](Store& store) -> Result<Decided<json::object>> {
    const ImportFile file = csv ? read_guide_csv(text, context.settings.zone) : read_xmltv(text);
    if (file.lines.size() > kMaxImported) {
      return refuse(413, fmt::format("{} lines; at most {} are taken at once", file.lines.size(),
                                     kMaxImported));
    }
    // The import keeps nothing or commits for itself, so who may is looked at just before it.
    const auto stands =
        store.database().read("import", [&](soci::session& sql) -> Result<Decided<bool>> {
          return still_stands(sql, context.actor);
        });
    if (!stands) return tl::unexpected(stands.error());
    if (!*stands) return Decided<json::object>(tl::unexpected(stands->error()));
    auto report = import_guide(store.database(), context, file, mode);
    if (!report) return tl::unexpected(report.error());
    return std::move(*report);
  };
  const auto taken = co_await parts_.store.run(take);
  if (!is_done(taken)) co_return refusal(taken);
  co_return json_response(**taken);
}

}  // namespace longmen

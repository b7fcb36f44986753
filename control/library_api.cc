#include "control/library_api.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <boost/json/array.hpp>

#include "control/json_action.h"
#include "control/library_index.h"
#include "control/recording_audience.h"
#include "control/request_checks.h"
#include "control/series.h"
#include "core/library/podcast.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

// In a transaction, for which everybody else waits.
constexpr int kInATurn = 50;

Decided<LibraryQuery> library_query(const HttpRequest& request) {
  if (const auto target = check_target(request); !target) return tl::unexpected(target.error());
  LibraryQuery query;
  auto search = library::read_search(request.target.query_value("q"));
  if (!search) return refuse(422, "q: " + search.error().message);
  query.search = std::move(*search);
  query.series = request.target.query_value("series");
  query.theme = request.target.query_value("theme");
  query.channel = request.target.query_value("channel");
  query.speaker = request.target.query_value("speaker");
  query.place = request.target.query_value("place");
  const auto from = query_number(request, "from_ms", INT64_MIN);
  if (!from) return tl::unexpected(from.error());
  const auto to = query_number(request, "to_ms", INT64_MAX);
  if (!to) return tl::unexpected(to.error());
  query.from_ms = *from;
  query.to_ms = *to;
  if (const std::string cursor(request.target.query_value("cursor")); !cursor.empty()) {
    query.behind = library_place(cursor);
    if (!query.behind) return refuse(422, "cursor: what an answer had as next is allowed");
  }
  query.limit = page_limit(request, kMaxLibraryPage);
  return query;
}

json::array to_json(const std::vector<FacetCount>& counts) {
  json::array list;
  for (const FacetCount& count : counts)
    list.push_back(json::object{
        {"value", count.value}, {"title", count.shown}, {"recordings", count.recordings}});
  return list;
}

}  // namespace

void LibraryApi::add_routes(HttpRouter& router) {
  router.add({"/api/v1/library", "GET",
              [this](HttpRequest request) { return search(std::move(request)); }});
  router.add({"/api/v1/library/facets", "GET",
              [this](HttpRequest request) { return facets(std::move(request)); }});
  router.add({"/api/v1/library/podcast.xml", "GET",
              [this](HttpRequest request) { return podcast(std::move(request)); }});
}

asio::awaitable<Decided<RecordingAudience>> LibraryApi::audience_of(const HttpRequest& request) {
  RecordingAudience audience;
  if (request.target.query_value("all") == "true") {
    const auto caller = co_await parts_.gatekeeper.admit(request, Permission::kLook);
    if (!caller) co_return tl::unexpected(caller.error());
    audience.everything = true;
  } else {
    audience.channel = channel_of_token(request, parts_);
  }
  co_return audience;
}

asio::awaitable<HttpResponse> LibraryApi::search(HttpRequest request) {
  auto query = library_query(request);
  if (!query) co_return refusal(query.error());
  const auto audience = co_await audience_of(request);
  if (!audience) co_return refusal(audience.error());
  query->audience = *audience;
  const auto read = [query = *query](Store& store) -> Result<json::object> {
    return store.database().read("library", [&](soci::session& sql) -> Result<json::object> {
      const LibraryPage page = LibrarySearch(sql).page(query);
      json::array list;
      for (const FoundRecording& found : page.found)
        list.push_back(found_to_json(found));
      return json::object{
          {"recordings", std::move(list)},
          {"next", page.next ? json::value(to_text(*page.next)) : json::value(nullptr)}};
    });
  };
  auto found = co_await parts_.store.run_for_anyone(read);
  if (!found) co_return store_problem(found.error());
  (*found)["time_zone"] = parts_.schedule.zone.name();
  co_return json_response(*found);
}

asio::awaitable<HttpResponse> LibraryApi::facets(HttpRequest request) {
  const auto audience = co_await audience_of(request);
  if (!audience) co_return refusal(audience.error());
  const auto read = [audience = *audience](Store& store) -> Result<json::object> {
    return store.database().read("library", [&](soci::session& sql) -> Result<json::object> {
      LibrarySearch search(sql);
      return json::object{{"series", to_json(search.facets(audience, LibraryFacet::kSeries))},
                          {"themes", to_json(search.facets(audience, LibraryFacet::kTheme))},
                          {"speakers", to_json(search.facets(audience, LibraryFacet::kSpeaker))},
                          {"places", to_json(search.facets(audience, LibraryFacet::kPlace))}};
    });
  };
  const auto found = co_await parts_.store.run_for_anyone(read);
  if (!found) co_return store_problem(found.error());
  co_return json_response(*found);
}

asio::awaitable<HttpResponse> LibraryApi::podcast(HttpRequest request) {
  auto query = library_query(request);
  if (!query) co_return refusal(query.error());
  query->audience.channel = channel_of_token(request, parts_);
  query->limit = kMaxLibraryPage;
  library::Podcast podcast;
  podcast.origin = origin_of(request, parts_.public_url);
  podcast.self = request.target.origin_form();
  podcast.title = "Longmen 龙门";
  if (!query->audience.channel.empty())
    podcast.query = fmt::format("token={}", request.target.query_value("token"));
  const auto read = [query = *query, podcast](Store& store) -> Result<std::string> {
    return store.database().read("library", [&](soci::session& sql) -> Result<std::string> {
      library::Podcast of = podcast;
      const LibraryPage page = LibrarySearch(sql).page(query);
      // A series of which nothing may be watched is nobody's to hear of.
      if (const auto series = SeriesTable(sql).by_id(query.series); series && !page.found.empty()) {
        of.title = series->title;
        of.description = series->description;
      }
      // Whose it is, and in which language, as of what is newest.
      if (!page.found.empty()) of.author = page.found.front().recording.channel_name;
      for (const FoundRecording& found : page.found)
        if (of.language.empty()) of.language = found.recording.language;
      std::vector<library::Episode> episodes;
      for (const FoundRecording& found : page.found) {
        const StoredRecording& each = found.recording;
        if (each.report.end_ms == 0) continue;  // when it has ended
        const recording::TimeRange replayed = each.replayed();
        episodes.push_back({each.report.id, each.report.title, each.speakers, each.theme,
                            each.place, each.report.end_ms, replayed.to_ms - replayed.from_ms,
                            each.report.sound_bytes});
      }
      return library::podcast_xml(of, episodes);
    });
  };
  auto text = co_await parts_.store.run_for_anyone(read);
  if (!text) co_return store_problem(text.error());
  HttpResponse response;
  response.fields.set("Content-Type", "application/rss+xml; charset=utf-8");
  response.fields.set("Cache-Control", "no-cache");
  response.content = std::move(*text);
  co_return response;
}

asio::awaitable<Result<bool>> LibraryApi::catch_up() {
  const auto look = [](Store& store) -> Result<bool> {
    return store.database().read("library", [](soci::session& sql) -> Result<bool> {
      int marked = 0;
      sql << "SELECT COUNT(*) FROM (SELECT 1 AS one FROM library_stale LIMIT 1) AS counted",
          soci::into(marked);
      return marked > 0;
    });
  };
  const auto renew = [](Store& store) -> Result<bool> {
    return store.database().write("library", [](soci::session& sql) -> Result<bool> {
      return LibraryIndex(sql).renew_form();
    });
  };
  const auto write = [](Store& store) -> Result<bool> {
    return store.database().write("library", [](soci::session& sql) -> Result<bool> {
      return LibraryIndex(sql).catch_up(kInATurn) == kInATurn;
    });
  };
  if (!formed_) {
    const Result<bool> renewed = co_await parts_.store.run(renew);
    if (!renewed) co_return renewed;
    formed_ = true;
  }
  const Result<bool> marked = co_await parts_.store.run(look);
  if (!marked || !*marked) co_return marked;
  co_return co_await parts_.store.run(write);
}

}  // namespace longmen

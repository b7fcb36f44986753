#include "control/library_query.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <functional>
#include <iterator>
#include <map>

#include "control/chapter.h"
#include "control/library_index.h"
#include "control/or_null.h"
#include "control/run_statement.h"
#include "control/sql_list.h"
#include "core/recording/chapter_track.h"

namespace longmen {
namespace json = boost::json;
namespace {

// Lists longer than that are alike.
constexpr int kCountedAtMost = 2000;
// So many lists of words are asked; for the others what is found is looked at as a whole, which
// costs as much as asking one.
constexpr size_t kMaxWordLists = 3;
constexpr int kMaxChaptersLookedAt = 2000;

std::vector<std::string> grams_of(const LibraryQuery& query) {
  std::vector<std::string> grams(query.search.grams.begin(), query.search.grams.end());
  const auto narrow = [&grams](std::string_view kind, const std::string& value) {
    if (!value.empty()) grams.push_back(LibraryFacet{std::string(kind), value, ""}.gram());
  };
  narrow(LibraryFacet::kSeries, query.series);
  narrow(LibraryFacet::kTheme, query.theme);
  narrow(LibraryFacet::kChannel, query.channel);
  narrow(LibraryFacet::kSpeaker, library::fold(query.speaker));
  narrow(LibraryFacet::kPlace, library::fold(query.place));
  return grams;
}

}  // namespace

std::string to_text(const LibraryPlace& place) {
  return fmt::format("{}-{}", place.start_ms, place.number);
}

std::optional<LibraryPlace> library_place(std::string_view text) {
  LibraryPlace place;
  const char* end = text.data() + text.size();
  const auto time = std::from_chars(text.data(), end, place.start_ms);
  if (time.ec != std::errc() || time.ptr == end || *time.ptr != '-') return std::nullopt;
  const auto number = std::from_chars(time.ptr + 1, end, place.number);
  if (number.ec != std::errc() || number.ptr != end) return std::nullopt;
  return place;
}

json::object found_to_json(const FoundRecording& found) {
  json::object object = public_recording_to_json(found.recording);
  object["series_id"] = or_null(found.recording.series_id);
  object["theme_id"] = or_null(found.recording.theme_id);
  json::array chapters;
  for (const FoundChapter& chapter : found.chapters)
    chapters.push_back(json::object{{"at_ms", chapter.at_ms}, {"title", chapter.title}});
  object["chapters"] = std::move(chapters);
  return object;
}

LibraryPage LibrarySearch::page(const LibraryQuery& query) {
  LibraryPage page;
  const std::vector<std::string> channels = channels_of(query.audience);
  if (!query.audience.everything) {
    const bool hidden =
        !query.channel.empty() && std::ranges::find(channels, query.channel) == channels.end();
    if (channels.empty() || hidden) return page;
  }
  std::vector<Hit> found;
  if (query.audience.everything || !query.channel.empty()) {
    found = hits(query, {});
  } else if (are_few(channels)) {
    // Who may see few of all does not go through the others: each channel's own list is short.
    LibraryQuery of_channel = query;
    for (const std::string& channel : channels) {
      of_channel.channel = channel;
      std::ranges::move(hits(of_channel, {}), std::back_inserter(found));
    }
    std::ranges::sort(found, std::greater(), [](const Hit& hit) {
      return std::pair(hit.place.start_ms, hit.place.number);
    });
  } else {
    found = hits(query, channels);
  }
  const auto limit = static_cast<size_t>(std::clamp(query.limit, 1, kMaxLibraryPage));
  if (found.size() > limit) {
    found.resize(limit);
    page.next = found.back().place;
  }
  std::vector<std::string> ids;
  ids.reserve(found.size());
  for (const Hit& hit : found)
    ids.push_back(hit.id);
  auto recordings = RecordingTable(sql_).of_ids(ids);
  for (const std::string& id : ids) {
    const auto recording = std::ranges::find_if(
        recordings, [&id](const StoredRecording& each) { return each.report.id == id; });
    // What went since it was indexed.
    if (recording == recordings.end() || recording->removed_ms != 0 ||
        recording->report.state == "gone")
      continue;
    page.found.push_back({std::move(*recording), {}});
  }
  if (!query.search.terms.empty()) add_chapters(query.search, page.found);
  return page;
}

std::vector<std::string> LibrarySearch::shortest_first(const std::vector<std::string>& grams) {
  std::vector<std::pair<int64_t, std::string>> counted;
  int64_t count = 0;
  std::string gram;
  soci::statement counts =
      (sql_.prepare << fmt::format("SELECT COUNT(*) FROM (SELECT 1 AS one FROM library_grams"
                                   " WHERE gram = :gram LIMIT {}) AS counted",
                                   kCountedAtMost),
       soci::use(gram), soci::into(count));
  for (const std::string& each : grams) {
    gram = each;
    counts.execute(true);
    if (count == 0) return {};
    counted.emplace_back(count, each);
  }
  std::ranges::stable_sort(counted, {}, [](const auto& entry) { return entry.first; });
  std::vector<std::string> lists;
  lists.reserve(counted.size());
  for (auto& [length, each] : counted)
    lists.push_back(std::move(each));
  return lists;
}

std::vector<std::string> LibrarySearch::channels_of(const RecordingAudience& audience) {
  std::vector<std::string> channels;
  if (audience.everything) return channels;
  std::string id;
  soci::statement rows = (sql_.prepare << "SELECT id FROM channels WHERE access = 'open'"
                                          " OR id = :may_watch ORDER BY position",
                          soci::use(audience.channel), soci::into(id));
  rows.execute();
  while (rows.fetch())
    channels.push_back(id);
  return channels;
}

bool LibrarySearch::are_few(const std::vector<std::string>& channels) {
  const std::string kind(LibraryFacet::kChannel);
  int64_t all = 0;
  int64_t of_these = 0;
  soci::statement counts(sql_);
  for (const std::string& channel : channels)
    counts.exchange(soci::use(channel));
  counts.exchange(soci::use(kind));
  counts.exchange(soci::into(all));
  counts.exchange(soci::into(of_these));
  run_statement(counts,
                "SELECT CAST(COALESCE(SUM(recordings), 0) AS BIGINT),"
                " CAST(COALESCE(SUM(CASE WHEN channel_id IN (" +
                    sql_list("c", channels.size()) +
                    ") THEN recordings ELSE 0 END), 0) AS BIGINT)"
                    " FROM library_facets WHERE kind = :kind");
  counts.fetch();
  return 2 * of_these < all;
}

std::vector<LibrarySearch::Hit> LibrarySearch::hits(const LibraryQuery& query,
                                                    const std::vector<std::string>& channels) {
  std::vector<std::string> grams = grams_of(query);
  if (grams.empty()) grams.emplace_back(kEverything);
  const std::vector<std::string> lists = shortest_first(grams);
  if (lists.empty()) return {};
  // CROSS JOIN: SQLite takes the tables in this order. OFFSET: PostgreSQL asks of each row of the
  // shortest list, the latest first, whether all else is so, too. Left to itself it joins whole
  // lists or begins with all texts, by lengths that it guesses at: 870 ms for what takes one.
  std::string text =
      "SELECT d.recording_id, g.start_ms, g.number FROM library_grams g"
      " CROSS JOIN library_documents d WHERE d.number = g.number AND g.gram = :gram";
  std::vector<std::string> values{lists.front()};
  // Facets say more than a text does, and are asked in any case.
  const auto is_word = [](const std::string& gram) { return gram.find(':') == std::string::npos; };
  size_t words = is_word(lists.front()) ? 1 : 0;
  bool all_asked = true;
  for (size_t i = 1; i < lists.size(); ++i) {
    if (is_word(lists[i]) && ++words > kMaxWordLists) {
      all_asked = false;
      continue;
    }
    text += fmt::format(
        " AND EXISTS (SELECT 1 FROM library_grams g{0} WHERE g{0}.gram = :gram{0}"
        " AND g{0}.start_ms = g.start_ms AND g{0}.number = g.number LIMIT 1 OFFSET 0)",
        i);
    values.push_back(lists[i]);
  }
  std::string of_document;
  if (!all_asked || !query.search.is_exact) {
    for (size_t i = 0; i < query.search.terms.size(); ++i) {
      of_document += fmt::format(" AND f.folded LIKE :term{}", i);
      values.push_back("%" + query.search.terms[i] + "%");
    }
  }
  if (!channels.empty()) {
    of_document += " AND f.channel_id IN (" + sql_list("c", channels.size()) + ")";
    values.insert(values.end(), channels.begin(), channels.end());
  }
  if (!of_document.empty())
    text += " AND EXISTS (SELECT 1 FROM library_documents f WHERE f.number = g.number" +
            of_document + " LIMIT 1 OFFSET 0)";
  if (query.from_ms != INT64_MIN) text += fmt::format(" AND g.start_ms >= {}", query.from_ms);
  if (query.to_ms != INT64_MAX) text += fmt::format(" AND g.start_ms < {}", query.to_ms);
  if (query.behind)
    text += fmt::format(" AND (g.start_ms, g.number) < ({}, {})", query.behind->start_ms,
                        query.behind->number);
  text += fmt::format(" ORDER BY g.start_ms DESC, g.number DESC LIMIT {}",
                      std::clamp(query.limit, 1, kMaxLibraryPage) + 1);
  std::vector<Hit> found;
  Hit hit;
  soci::statement rows(sql_);
  for (const std::string& value : values)
    rows.exchange(soci::use(value));
  rows.exchange(soci::into(hit.id));
  rows.exchange(soci::into(hit.place.start_ms));
  rows.exchange(soci::into(hit.place.number));
  run_statement(rows, text);
  while (rows.fetch())
    found.push_back(hit);
  return found;
}

void LibrarySearch::add_chapters(const library::Search& search,
                                 std::vector<FoundRecording>& found) {
  // A session has several recordings when its renditions were changed meanwhile.
  std::multimap<std::string, FoundRecording*> by_session;
  std::vector<std::string> sessions;
  for (FoundRecording& each : found) {
    const std::string& session = each.recording.report.session;
    if (session.empty()) continue;
    if (!by_session.contains(session)) sessions.push_back(session);
    by_session.emplace(session, &each);
  }
  for (const Chapter& chapter : ChapterTable(sql_).shown_of(sessions, kMaxChaptersLookedAt)) {
    if (!library::has_term(search, chapter.title)) continue;
    const auto [first, last] = by_session.equal_range(chapter.session);
    for (auto of = first; of != last; ++of) {
      const RecordingReport& report = of->second->recording.report;
      const bool within = chapter.at_ms >= report.start_ms - recording::kChapterSlackMs &&
                          (report.end_ms == 0 || chapter.at_ms < report.end_ms);
      if (within && of->second->chapters.size() < kMaxFoundChapters)
        of->second->chapters.push_back({chapter.at_ms, chapter.title});
    }
  }
}

std::vector<FacetCount> LibrarySearch::facets(const RecordingAudience& audience,
                                              std::string_view kind) {
  const std::vector<std::string> channels = channels_of(audience);
  if (!audience.everything && channels.empty()) return {};
  std::string condition = "kind = :kind";
  if (!audience.everything)
    condition += " AND channel_id IN (" + sql_list("c", channels.size()) + ")";
  const std::string wanted(kind);
  std::vector<FacetCount> counts;
  FacetCount row;
  soci::statement rows(sql_);
  rows.exchange(soci::use(wanted));
  for (const std::string& channel : channels)
    rows.exchange(soci::use(channel));
  rows.exchange(soci::into(row.value));
  rows.exchange(soci::into(row.shown));
  rows.exchange(soci::into(row.recordings));
  run_statement(rows, fmt::format("SELECT value, MAX(shown), CAST(SUM(recordings) AS BIGINT)"
                                  " FROM library_facets WHERE {} GROUP BY value"
                                  " ORDER BY 3 DESC, 2, 1 LIMIT {}",
                                  condition, kMaxShownFacets));
  while (rows.fetch())
    counts.push_back(row);
  return counts;
}

}  // namespace longmen

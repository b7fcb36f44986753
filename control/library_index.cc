#include "control/library_index.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <compare>
#include <span>
#include <tuple>

#include "control/chapter.h"
#include "control/recording_table.h"
#include "control/run_statement.h"
#include "control/sql_list.h"

namespace longmen {
namespace {

// Another one whenever the same recording would have other grams or facets.
constexpr int kForm = 2;
// Rows in a statement, since a server is asked once for all of them.
constexpr size_t kRowsAtOnce = 100;

std::string text_of(const std::vector<LibraryFacet>& facets) {
  std::string text;
  for (const LibraryFacet& facet : facets)
    text += facet.kind + ":" + facet.value + "\n";
  return text;
}

std::vector<LibraryFacet> facets_in(std::string_view text) {
  std::vector<LibraryFacet> facets;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t colon = std::min(line.find(':'), line.size());
    if (colon == line.size()) continue;
    facets.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)), ""});
  }
  return facets;
}

std::vector<LibraryFacet> facets_of(const StoredRecording& recording) {
  std::vector<LibraryFacet> facets;
  const auto add = [&facets](std::string_view kind, std::string value, const std::string& shown) {
    LibraryFacet facet{std::string(kind), std::move(value), shown};
    const auto same = [&](const LibraryFacet& each) { return each.gram() == facet.gram(); };
    if (!facet.value.empty() && std::ranges::none_of(facets, same))
      facets.push_back(std::move(facet));
  };
  add(LibraryFacet::kChannel, recording.report.channel, recording.channel_name);
  add(LibraryFacet::kSeries, recording.series_id, recording.report.series);
  add(LibraryFacet::kTheme, recording.theme_id, recording.theme);
  add(LibraryFacet::kPlace, library::fold(recording.place), recording.place);
  for (const std::string& speaker : recording.speakers)
    add(LibraryFacet::kSpeaker, library::fold(speaker), speaker);
  return facets;
}

std::string folded_lines(const StoredRecording& recording, const std::string& chapters) {
  std::string lines;
  const auto add = [&lines](std::string_view text) {
    if (std::string folded = library::fold(text); !folded.empty()) lines += folded + "\n";
  };
  add(recording.report.title);
  for (const std::string& speaker : recording.speakers)
    add(speaker);
  add(recording.report.series);
  add(recording.theme);
  add(recording.place);
  return lines + chapters;
}

struct GramRow {
  std::string gram;
  int64_t start_ms = 0;
  int64_t number = 0;
  auto operator<=>(const GramRow&) const = default;
};

// The statement is made once.
class GramInsertion {
 public:
  GramInsertion(soci::session& sql, size_t rows) : rows_(rows), insert_(sql) {
    // The first row says of which types the columns are.
    std::string values = "(:g0, CAST(:s0 AS BIGINT), CAST(:n0 AS BIGINT))";
    for (size_t i = 0; i < rows; ++i) {
      if (i > 0) values += fmt::format(", (:g{0}, :s{0}, :n{0})", i);
      insert_.exchange(soci::use(rows_[i].gram));
      insert_.exchange(soci::use(rows_[i].start_ms));
      insert_.exchange(soci::use(rows_[i].number));
    }
    insert_.alloc();
    insert_.prepare("INSERT INTO library_grams (gram, start_ms, number) VALUES " + values);
    insert_.define_and_bind();
  }
  void insert(std::span<const GramRow> rows) {
    std::ranges::copy(rows, rows_.begin());
    insert_.execute(true);
  }

 private:
  std::vector<GramRow> rows_;
  soci::statement insert_;
};

void insert_grams(soci::session& sql, std::span<const GramRow> rows) {
  if (rows.size() >= kRowsAtOnce) {
    GramInsertion insertion(sql, kRowsAtOnce);
    for (; rows.size() >= kRowsAtOnce; rows = rows.subspan(kRowsAtOnce))
      insertion.insert(rows.first(kRowsAtOnce));
  }
  if (!rows.empty()) GramInsertion(sql, rows.size()).insert(rows);
}

// Those of one document, so that the key's other columns are the same in all of them.
void delete_grams(soci::session& sql, int64_t start_ms, int64_t number,
                  std::span<const std::string> grams) {
  while (!grams.empty()) {
    const auto some = grams.first(std::min(grams.size(), kRowsAtOnce));
    soci::statement deletion(sql);
    for (const std::string& gram : some)
      deletion.exchange(soci::use(gram));
    deletion.exchange(soci::use(start_ms));
    deletion.exchange(soci::use(number));
    run_change(deletion, fmt::format("DELETE FROM library_grams WHERE gram IN ({})"
                                     " AND start_ms = :start AND number = :number",
                                     sql_list("g", some.size())));
    grams = grams.subspan(some.size());
  }
}

}  // namespace

library::Grams LibraryIndex::Document::grams() const {
  library::Grams grams;
  library::add_grams(folded, grams);
  for (const LibraryFacet& facet : facets)
    grams.insert(facet.gram());
  grams.emplace(kEverything);
  return grams;
}

struct LibraryIndex::Changes {
  struct Count {
    int by = 0;
    std::string shown;
  };
  struct Gone {
    int64_t start_ms = 0, number = 0;
    std::vector<std::string> grams;
  };
  std::vector<Gone> gone;  // by document
  std::vector<GramRow> come;
  std::map<std::tuple<std::string, std::string, std::string>, Count> facets;
  std::vector<int64_t> ended;  // documents

  void count(const Document& of, int by) {
    for (const LibraryFacet& facet : of.facets) {
      Count& count = facets[{facet.kind, facet.value, of.channel}];
      count.by += by;
      if (!facet.shown.empty()) count.shown = facet.shown;
    }
  }
  // Each of a document that is or was there; null: it is not.
  void add(const Document* before, const Document* after) {
    const library::Grams old = before ? before->grams() : library::Grams();
    const library::Grams now = after ? after->grams() : library::Grams();
    const bool moved = before && after && before->start_ms != after->start_ms;
    std::vector<std::string> left;
    for (const std::string& gram : old)
      if (moved || !now.contains(gram)) left.push_back(gram);
    if (!left.empty()) gone.push_back({before->start_ms, before->number, std::move(left)});
    for (const std::string& gram : now)
      if (moved || !old.contains(gram)) come.push_back({gram, after->start_ms, after->number});
    if (before) count(*before, -1);
    if (after) count(*after, 1);
  }
};

void LibraryIndex::mark_where(const std::string& condition, const std::string& value) {
  sql_ << "INSERT INTO library_stale (recording_id) SELECT id FROM recordings WHERE " << condition
       << " ON CONFLICT DO NOTHING",
      soci::use(value);
}
void LibraryIndex::mark_recording(const std::string& id) {
  mark_where("id = :id", id);
}
void LibraryIndex::mark_session(const std::string& id) {
  mark_where("session_id = :id", id);
}
void LibraryIndex::mark_series(const std::string& id) {
  mark_where("session_id IN (SELECT id FROM sessions WHERE series_id = :id)", id);
}
void LibraryIndex::mark_channel(const std::string& id) {
  mark_where("channel_id = :id", id);
}
void LibraryIndex::mark_theme(const std::string& id) {
  mark_where("session_id IN (SELECT id FROM sessions WHERE theme_id = :id)", id);
}
void LibraryIndex::mark_all() {
  mark_where("id <> :none", "");
}

bool LibraryIndex::renew_form() {
  int others = 0;
  sql_ << "SELECT COUNT(*) FROM library_documents WHERE form <> :form", soci::use(kForm),
      soci::into(others);
  if (others == 0) return false;
  for (const char* table : {"library_grams", "library_facets", "library_documents"})
    sql_ << std::string("DELETE FROM ") + table;
  mark_all();
  return true;
}

int LibraryIndex::catch_up(int limit) {
  const std::vector<std::string> ids = take_marked(std::min(limit, kIndexedAtOnce));
  if (ids.empty()) return 0;
  const Documents before = known(ids);
  Documents after = wanted(ids);
  Changes changes;
  for (const std::string& id : ids) {
    const auto old = before.find(id);
    const auto now = after.find(id);
    const Document* was = old == before.end() ? nullptr : &old->second;
    Document* is = now == after.end() ? nullptr : &now->second;
    if (was && is) {
      const bool same_facets = text_of(was->facets) == text_of(is->facets);
      is->number = was->number;
      if (was->channel == is->channel && was->start_ms == is->start_ms &&
          was->folded == is->folded && same_facets)
        continue;
    }
    if (is) write_document(id, *is);
    if (was && !is) changes.ended.push_back(was->number);
    changes.add(was, is);
  }
  // In the order of the table's key, so that what lies together is written together.
  std::ranges::sort(changes.come);
  write(changes);
  return static_cast<int>(ids.size());
}

std::vector<std::string> LibraryIndex::take_marked(int limit) {
  std::vector<std::string> ids;
  std::string id;
  soci::statement rows = (sql_.prepare << fmt::format("SELECT recording_id FROM library_stale"
                                                      " ORDER BY recording_id LIMIT {}",
                                                      limit),
                          soci::into(id));
  rows.execute();
  while (rows.fetch())
    ids.push_back(id);
  if (ids.empty()) return ids;
  soci::statement taken(sql_);
  for (const std::string& each : ids)
    taken.exchange(soci::use(each));
  run_change(taken, fmt::format("DELETE FROM library_stale WHERE recording_id IN ({})",
                                sql_list("v", ids.size())));
  return ids;
}

LibraryIndex::Documents LibraryIndex::known(const std::vector<std::string>& ids) {
  Documents found;
  std::string id, facets;
  Document row;
  soci::statement rows(sql_);
  for (const std::string& each : ids)
    rows.exchange(soci::use(each));
  rows.exchange(soci::into(id));
  rows.exchange(soci::into(row.number));
  rows.exchange(soci::into(row.channel));
  rows.exchange(soci::into(row.start_ms));
  rows.exchange(soci::into(row.folded));
  rows.exchange(soci::into(facets));
  run_statement(rows,
                fmt::format("SELECT recording_id, number, channel_id, start_ms, folded, facets"
                            " FROM library_documents WHERE recording_id IN ({})",
                            sql_list("v", ids.size())));
  while (rows.fetch()) {
    row.facets = facets_in(facets);
    found.emplace(id, row);
  }
  return found;
}

LibraryIndex::Documents LibraryIndex::wanted(const std::vector<std::string>& ids) {
  Documents made;
  const auto recordings = RecordingTable(sql_).of_ids(ids);
  const auto chapters = chapters_of(recordings);
  for (const StoredRecording& recording : recordings) {
    if (recording.removed_ms != 0 || recording.report.state == "gone") continue;
    const auto titles = chapters.find(recording.report.session);
    Document document;
    document.channel = recording.report.channel;
    document.start_ms = recording.report.start_ms;
    document.folded = folded_lines(recording, titles == chapters.end() ? "" : titles->second);
    document.facets = facets_of(recording);
    made.emplace(recording.report.id, std::move(document));
  }
  return made;
}

// By session, folded, a line each.
std::map<std::string, std::string> LibraryIndex::chapters_of(
    const std::vector<StoredRecording>& recordings) {
  std::map<std::string, std::string> found;
  std::vector<std::string> sessions;
  for (const StoredRecording& recording : recordings)
    if (!recording.report.session.empty()) sessions.push_back(recording.report.session);
  const int limit = kIndexedAtOnce * kMaxChapters;
  for (const Chapter& chapter : ChapterTable(sql_).shown_of(sessions, limit))
    found[chapter.session] += library::fold(chapter.title) + "\n";
  return found;
}

void LibraryIndex::write_document(const std::string& id, Document& document) {
  const std::string facets = text_of(document.facets);
  sql_ << "INSERT INTO library_documents (recording_id, channel_id, start_ms, folded, facets, form)"
          " VALUES (:id, :channel, :start, :folded, :facets, :form)"
          " ON CONFLICT (recording_id) DO UPDATE SET channel_id = excluded.channel_id,"
          " start_ms = excluded.start_ms, folded = excluded.folded, facets = excluded.facets,"
          " form = excluded.form RETURNING number",
      soci::use(id), soci::use(document.channel), soci::use(document.start_ms),
      soci::use(document.folded), soci::use(facets), soci::use(kForm), soci::into(document.number);
}

void LibraryIndex::write(const Changes& changes) {
  for (const Changes::Gone& each : changes.gone)
    delete_grams(sql_, each.start_ms, each.number, each.grams);
  for (const int64_t number : changes.ended)
    sql_ << "DELETE FROM library_documents WHERE number = :number", soci::use(number);
  insert_grams(sql_, changes.come);
  bool fewer = false;
  for (const auto& [key, count] : changes.facets) {
    if (count.by == 0 && count.shown.empty()) continue;
    const auto& [kind, value, channel] = key;
    sql_ << "INSERT INTO library_facets (kind, value, channel_id, shown, recordings)"
            " VALUES (:kind, :value, :channel, :shown, :by) ON CONFLICT (kind, value, channel_id)"
            " DO UPDATE SET recordings = library_facets.recordings + excluded.recordings,"
            " shown = CASE WHEN excluded.shown = '' THEN library_facets.shown"
            " ELSE excluded.shown END",
        soci::use(kind), soci::use(value), soci::use(channel), soci::use(count.shown),
        soci::use(count.by);
    fewer = fewer || count.by < 0;
  }
  if (fewer) sql_ << "DELETE FROM library_facets WHERE recordings <= 0";
}

}  // namespace longmen

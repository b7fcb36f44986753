#include "control/recording_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/audit.h"
#include "control/chapter.h"
#include "control/library_index.h"
#include "control/or_null.h"
#include "control/run_statement.h"
#include "control/sql_list.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kSelectRecordings =
    "SELECT recordings.id, recordings.node, recordings.channel_id, COALESCE(channels.name, ''),"
    " recordings.session_id, COALESCE(sessions.title, recordings.title),"
    " COALESCE(series.title, recordings.series), COALESCE(sessions.speakers, '[]'),"
    " COALESCE(themes.title, ''), COALESCE(sessions.place, ''), recordings.start_ms,"
    " recordings.end_ms, recordings.bytes, recordings.hole_ms, recordings.state, recordings.keep,"
    " recordings.removed_ms, recordings.version, recordings.changed_ms, recordings.changed_by,"
    " COALESCE(sessions.series_id, ''), COALESCE(sessions.theme_id, ''), recordings.source,"
    " recordings.shown_from_ms, recordings.shown_to_ms, recordings.segment_ms,"
    " recordings.courseware, recordings.sound_bytes, COALESCE(sessions.language, '')"
    " FROM recordings LEFT JOIN channels ON channels.id = recordings.channel_id"
    " LEFT JOIN sessions ON sessions.id = recordings.session_id"
    " LEFT JOIN series ON series.id = sessions.series_id"
    " LEFT JOIN themes ON themes.id = sessions.theme_id WHERE ";

std::vector<std::string> speakers_in(const std::string& text) {
  std::vector<std::string> texts;
  boost::system::error_code error;
  const auto list = json::parse(text, error);
  if (error || !list.is_array()) return texts;
  for (const auto& item : list.as_array())
    if (item.is_string()) texts.emplace_back(item.as_string());
  return texts;
}

}  // namespace

recording::TimeRange StoredRecording::replayed() const {
  recording::TimeRange range{report.start_ms, report.end_ms};
  if (report.end_ms == 0 || shown == recording::TimeRange{}) return range;
  range.from_ms = std::clamp(shown.from_ms, report.start_ms, report.end_ms);
  range.to_ms = std::clamp(shown.to_ms, range.from_ms, report.end_ms);
  return range;
}

json::object public_recording_to_json(const StoredRecording& recording) {
  const RecordingReport& report = recording.report;
  const recording::TimeRange replayed = recording.replayed();
  json::object object;
  object["id"] = report.id;
  object["channel"] = json::object{{"id", report.channel}, {"name", recording.channel_name}};
  object["session"] = report.session.empty() ? json::value(nullptr) : json::value(report.session);
  object["title"] = report.title;
  object["series"] = report.series;
  object["speakers"] = json::array(recording.speakers.begin(), recording.speakers.end());
  object["theme"] = recording.theme;
  object["place"] = recording.place;
  object["state"] = report.state;
  object["start_ms"] = report.start_ms;
  object["end_ms"] = or_null(report.end_ms);
  object["hole_ms"] = report.hole_ms;
  object["shown"] = recording::range_to_json(recording.shown);
  object["replay_start_ms"] = replayed.from_ms;
  object["replay_ms"] =
      report.end_ms == 0 ? json::value(nullptr) : json::value(replayed.to_ms - replayed.from_ms);
  object["source"] = report.source.empty() ? json::value(nullptr) : json::value(report.source);
  object["courseware"] = report.courseware;
  return object;
}

json::object recording_to_json(const StoredRecording& recording) {
  json::object object = public_recording_to_json(recording);
  json::array withdrawn;
  for (const WithdrawnRange& each : recording.withdrawn) {
    withdrawn.push_back(json::object{{"from_ms", each.range.from_ms},
                                     {"to_ms", each.range.to_ms},
                                     {"made_ms", each.made_ms},
                                     {"made_by", each.made_by},
                                     {"by_cut", each.by_cut}});
  }
  object["node"] = recording.node;
  object["bytes"] = recording.report.bytes;
  object["keep"] = recording.keep;
  object["removed_ms"] = or_null(recording.removed_ms);
  object["withdrawn"] = std::move(withdrawn);
  object["version"] = recording.row.version;
  object["changed_ms"] = recording.row.changed_ms;
  object["changed_by"] = recording.row.changed_by;
  return object;
}

std::vector<StoredRecording> RecordingTable::select(const std::string& condition,
                                                    const std::vector<std::string>& texts,
                                                    int64_t number) {
  std::vector<StoredRecording> found;
  StoredRecording row;
  std::string speakers;
  int64_t bytes = 0;
  int keep = 0;
  soci::statement rows(sql_);
  rows.exchange(soci::use(number));
  for (const std::string& text : texts)
    rows.exchange(soci::use(text));
  RecordingReport& report = row.report;
  for (std::string* text :
       {&report.id, &row.node, &report.channel, &row.channel_name, &report.session, &report.title,
        &report.series, &speakers, &row.theme, &row.place})
    rows.exchange(soci::into(*text));
  for (int64_t* value : {&report.start_ms, &report.end_ms, &bytes, &report.hole_ms})
    rows.exchange(soci::into(*value));
  rows.exchange(soci::into(report.state));
  rows.exchange(soci::into(keep));
  for (int64_t* value : {&row.removed_ms, &row.row.version, &row.row.changed_ms})
    rows.exchange(soci::into(*value));
  for (std::string* text : {&row.row.changed_by, &row.series_id, &row.theme_id, &report.source})
    rows.exchange(soci::into(*text));
  for (int64_t* value : {&row.shown.from_ms, &row.shown.to_ms, &report.segment_ms})
    rows.exchange(soci::into(*value));
  rows.exchange(soci::into(report.courseware));
  rows.exchange(soci::into(report.sound_bytes));
  rows.exchange(soci::into(row.language));
  run_statement(rows, kSelectRecordings + condition);
  while (rows.fetch()) {
    report.bytes = static_cast<uint64_t>(bytes);
    row.keep = keep != 0;
    row.speakers = speakers_in(speakers);
    found.push_back(row);
  }
  return found;
}

std::vector<WithdrawnRange> RecordingTable::withdrawn_of(const std::string& id) {
  std::vector<WithdrawnRange> ranges;
  WithdrawnRange row;
  int by_cut = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT from_ms, to_ms, made_ms, made_by, by_cut FROM recording_withdrawals"
                       " WHERE recording_id = :id AND given_back_ms = 0 ORDER BY position",
       soci::use(id), soci::into(row.range.from_ms), soci::into(row.range.to_ms),
       soci::into(row.made_ms), soci::into(row.made_by), soci::into(by_cut));
  rows.execute();
  while (rows.fetch()) {
    row.by_cut = by_cut != 0;
    ranges.push_back(row);
  }
  return ranges;
}

std::map<std::string, std::vector<recording::TimeRange>> RecordingTable::withdrawn_of_all(
    const std::vector<std::string>& ids) {
  std::map<std::string, std::vector<recording::TimeRange>> found;
  if (ids.empty()) return found;
  std::string id;
  recording::TimeRange range;
  soci::statement rows(sql_);
  for (const std::string& each : ids)
    rows.exchange(soci::use(each));
  rows.exchange(soci::into(id));
  rows.exchange(soci::into(range.from_ms));
  rows.exchange(soci::into(range.to_ms));
  run_statement(rows,
                "SELECT recording_id, from_ms, to_ms FROM recording_withdrawals"
                " WHERE given_back_ms = 0 AND recording_id IN (" +
                    sql_list("v", ids.size()) + ") ORDER BY position");
  while (rows.fetch())
    found[id].push_back(range);
  return found;
}

std::vector<recording::TimeRange> RecordingTable::ranges_of(const std::string& id,
                                                            const std::string& condition) {
  std::vector<recording::TimeRange> ranges;
  recording::TimeRange row;
  soci::statement rows =
      (sql_.prepare << "SELECT from_ms, to_ms FROM recording_withdrawals WHERE recording_id = :id"
                       " AND "
                    << condition << " ORDER BY position",
       soci::use(id), soci::into(row.from_ms), soci::into(row.to_ms));
  rows.execute();
  while (rows.fetch())
    ranges.push_back(row);
  return ranges;
}

std::optional<StoredRecording> RecordingTable::by_id(const std::string& id) {
  auto found = select("recordings.start_ms < :before AND recordings.id = :id", {id}, INT64_MAX);
  if (found.empty()) return std::nullopt;
  found.front().withdrawn = withdrawn_of(id);
  return std::move(found.front());
}

std::vector<StoredRecording> RecordingTable::of_ids(const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  return select(
      "recordings.start_ms < :before AND recordings.id IN (" + sql_list("v", ids.size()) + ")", ids,
      INT64_MAX);
}

std::vector<StoredRecording> RecordingTable::page(const RecordingQuery& query) {
  std::string condition =
      "recordings.start_ms < :before AND recordings.removed_ms = 0 AND recordings.state <> 'gone'";
  std::vector<std::string> texts;
  if (!query.audience.everything) {
    condition += " AND (channels.access = 'open' OR channels.id = :may_watch)";
    texts.push_back(query.audience.channel);
  }
  if (!query.id.empty()) {
    condition += " AND recordings.id = :id";
    texts.push_back(query.id);
  }
  if (!query.channel.empty()) {
    condition += " AND recordings.channel_id = :channel";
    texts.push_back(query.channel);
  }
  if (!query.series.empty()) {
    condition += " AND sessions.series_id = :series";
    texts.push_back(query.series);
  }
  condition += fmt::format(" ORDER BY recordings.start_ms DESC, recordings.id LIMIT {}",
                           std::clamp(query.limit, 1, kMaxRecordingPage));
  auto found = select(condition, texts, query.before_ms);
  if (query.audience.everything) {
    for (StoredRecording& each : found)
      each.withdrawn = withdrawn_of(each.report.id);
  }
  return found;
}

void RecordingTable::report(const std::string& node, const RecordingReport& report,
                            int64_t now_ms) {
  // The row stays, so that the numbers of orders never come twice.
  if (report.state == "gone") {
    const auto before = by_id(report.id);
    sql_ << "UPDATE recordings SET state = 'gone', changed_ms = :now WHERE id = :id"
            " AND node = :node",
        soci::use(now_ms), soci::use(report.id), soci::use(node);
    // Nobody has said so: its age has, or the disk.
    if (before && before->node == node && before->removed_ms == 0 && before->report.state != "gone")
      append_audit(sql_, control_itself(now_ms), "recording.expire", report.id,
                   json::serialize(recording_to_json(*before)), "");
    LibraryIndex(sql_).mark_recording(report.id);
    return;
  }
  const bool is_new_clip = !report.source.empty() && !by_id(report.id);
  const auto bytes = static_cast<int64_t>(report.bytes);
  const int64_t sound_bytes = std::max<int64_t>(0, report.sound_bytes);
  const int is_known = report.sound_bytes >= 0 ? 1 : 0;
  sql_ << "INSERT INTO recordings (id, node, channel_id, session_id, title, series, start_ms,"
          " end_ms, bytes, hole_ms, state, keep, removed_ms, order_number, version, changed_ms,"
          " changed_by, source, segment_ms, courseware, sound_bytes) VALUES (:id, :node,"
          " :channel, :session, :title, :series, :start_ms, :end_ms, :bytes, :hole_ms, :state, 0, "
          "0, 0, 1, :now_ms,"
          " 'recorder', :source, :segment_ms, :courseware, :sound_bytes)"
          " ON CONFLICT (id) DO UPDATE SET channel_id = excluded.channel_id,"
          " session_id = excluded.session_id, title = excluded.title, series = excluded.series,"
          " start_ms = excluded.start_ms, end_ms = excluded.end_ms, bytes = excluded.bytes,"
          " hole_ms = excluded.hole_ms, state = excluded.state, source = excluded.source,"
          " segment_ms = excluded.segment_ms, courseware = excluded.courseware,"
          // A gateway that was started again does not know it.
          " sound_bytes = CASE WHEN :is_known = 0 THEN recordings.sound_bytes"
          " ELSE excluded.sound_bytes END, removed_ms = CASE"
          " WHEN recordings.state = 'gone' THEN 0 ELSE recordings.removed_ms END"
          " WHERE recordings.node = excluded.node",
      soci::use(report.id), soci::use(node), soci::use(report.channel), soci::use(report.session),
      soci::use(report.title), soci::use(report.series), soci::use(report.start_ms),
      soci::use(report.end_ms), soci::use(bytes), soci::use(report.hole_ms),
      soci::use(report.state), soci::use(now_ms), soci::use(report.source),
      soci::use(report.segment_ms), soci::use(report.courseware), soci::use(sound_bytes),
      soci::use(is_known);
  if (!report.cuts.empty()) add_cuts(node, report, now_ms);
  if (is_new_clip) inherit_withdrawals(report, now_ms);
  LibraryIndex(sql_).mark_recording(report.id);
  // What was said before it was there: chapters, and how long the series is kept.
  if (int chapters = 0, series = 0; !report.session.empty()) {
    sql_ << "SELECT COUNT(*) FROM recordings r JOIN chapters c ON c.session_id = r.session_id"
            " WHERE r.id = :id AND r.order_number = 0",
        soci::use(report.id), soci::into(chapters);
    sql_ << "SELECT COUNT(*) FROM recordings r JOIN sessions s ON s.id = r.session_id"
            " JOIN series ON series.id = s.series_id"
            " WHERE r.id = :id AND r.order_number = 0 AND series.keep_days <> 0",
        soci::use(report.id), soci::into(series);
    if (chapters + series > 0) order_chapters(report.session);
  }
}

// What was withdrawn of its source while it was being made.
void RecordingTable::inherit_withdrawals(const RecordingReport& clip, int64_t now_ms) {
  const Actor control = control_itself(now_ms);
  for (const WithdrawnRange& each : withdrawn_of(clip.source)) {
    if (each.range.to_ms <= clip.start_ms || each.range.from_ms >= clip.end_ms) continue;
    const auto now = by_id(clip.id);
    if (now) withdraw(clip.id, each.range, control, now->row.next(control));
  }
}

// Whoever looked at the recording before has not seen them, so it is another version.
void RecordingTable::add_cuts(const std::string& node, const RecordingReport& report,
                              int64_t now_ms) {
  if (const auto row = by_id(report.id); !row || row->node != node) return;
  const auto known = ranges_of(report.id, "by_cut = 1");
  for (const recording::TimeRange& cut : report.cuts) {
    if (std::ranges::find(known, cut) != known.end()) continue;
    const int position = next_position(report.id);
    sql_ << "INSERT INTO recording_withdrawals (recording_id, position, from_ms, to_ms, made_ms,"
            " made_by, by_cut, given_back_ms) VALUES (:id, :position, :from_ms, :to_ms, :now_ms,"
            " '', 1, 0)",
        soci::use(report.id), soci::use(position), soci::use(cut.from_ms), soci::use(cut.to_ms),
        soci::use(now_ms);
    sql_ << "UPDATE recordings SET version = version + 1, changed_ms = :now_ms,"
            " changed_by = 'recorder' WHERE id = :id",
        soci::use(now_ms), soci::use(report.id);
  }
}

int RecordingTable::next_position(const std::string& id) {
  int position = 0;
  sql_ << "SELECT COALESCE(MAX(position), 0) + 1 FROM recording_withdrawals"
          " WHERE recording_id = :id",
      soci::into(position), soci::use(id);
  return position;
}

void RecordingTable::touch(const std::string& id, const RowVersion& row) {
  const int64_t order = newest_order() + 1;
  sql_ << "UPDATE recordings SET order_number = :number, version = :version,"
          " changed_ms = :changed, changed_by = :by WHERE id = :id",
      soci::use(order), soci::use(row.version), soci::use(row.changed_ms),
      soci::use(row.changed_by), soci::use(id);
  LibraryIndex(sql_).mark_recording(id);
}

void RecordingTable::set_keep(const std::string& id, bool keep, const RowVersion& row) {
  const int value = keep;
  sql_ << "UPDATE recordings SET keep = :keep WHERE id = :id", soci::use(value), soci::use(id);
  touch(id, row);
}

void RecordingTable::set_shown(const std::string& id, const recording::TimeRange& shown,
                               const RowVersion& row) {
  sql_ << "UPDATE recordings SET shown_from_ms = :from, shown_to_ms = :to WHERE id = :id",
      soci::use(shown.from_ms), soci::use(shown.to_ms), soci::use(id);
  touch(id, row);
}

void RecordingTable::set_removed(const std::string& id, const RowVersion& row) {
  sql_ << "UPDATE recordings SET removed_ms = :now WHERE id = :id", soci::use(row.changed_ms),
      soci::use(id);
  touch(id, row);
}

void RecordingTable::withdraw(const std::string& id, const recording::TimeRange& range,
                              const Actor& actor, const RowVersion& row) {
  const int position = next_position(id);
  sql_ << "INSERT INTO recording_withdrawals (recording_id, position, from_ms, to_ms, made_ms,"
          " made_by, by_cut, given_back_ms) VALUES (:id, :position, :from_ms, :to_ms, :now_ms, :by,"
          " 0, 0)",
      soci::use(id), soci::use(position), soci::use(range.from_ms), soci::use(range.to_ms),
      soci::use(actor.now_ms), soci::use(actor.name);
  touch(id, row);
}

void RecordingTable::give_back(const std::string& id, const RowVersion& row) {
  sql_ << "DELETE FROM recording_withdrawals WHERE recording_id = :id AND by_cut = 0",
      soci::use(id);
  // The gateway is told which of its own are meant.
  sql_ << "UPDATE recording_withdrawals SET given_back_ms = :now_ms WHERE recording_id = :id"
          " AND given_back_ms = 0",
      soci::use(row.changed_ms), soci::use(id);
  touch(id, row);
}

int64_t RecordingTable::newest_order() {
  int64_t newest = 0;
  sql_ << "SELECT COALESCE(MAX(order_number), 0) FROM recordings", soci::into(newest);
  return newest;
}

RecordingSyncResponse RecordingTable::orders(int64_t known) {
  RecordingSyncResponse response;
  std::vector<std::string> sessions;
  std::vector<int64_t> numbers;
  std::string id, session;
  int keep = 0, keep_days = 0;
  int64_t removed_ms = 0;
  int64_t number = 0;
  recording::TimeRange shown;
  soci::statement rows =
      (sql_.prepare << fmt::format("SELECT r.id, r.session_id, r.keep, r.removed_ms,"
                                   " r.order_number, r.shown_from_ms, r.shown_to_ms,"
                                   " COALESCE(series.keep_days, 0)"
                                   " FROM recordings r LEFT JOIN sessions s ON s.id = r.session_id"
                                   " LEFT JOIN series ON series.id = s.series_id"
                                   " WHERE r.order_number > :known"
                                   " ORDER BY r.order_number LIMIT {}",
                                   kMaxOrdersAtOnce),
       soci::use(known), soci::into(id), soci::into(session), soci::into(keep),
       soci::into(removed_ms), soci::into(number), soci::into(shown.from_ms),
       soci::into(shown.to_ms), soci::into(keep_days));
  rows.execute();
  while (rows.fetch()) {
    response.orders.push_back({id, keep != 0, removed_ms != 0, {}, {}, {}, shown, keep_days});
    sessions.push_back(session);
    numbers.push_back(number);
  }
  response.newest = response.orders.size() < kMaxOrdersAtOnce ? newest_order() : numbers.back();
  size_t chapters = 0;
  for (size_t i = 0; i < response.orders.size(); ++i) {
    RecordingOrder& order = response.orders[i];
    order.withdrawn = ranges_of(order.id, "given_back_ms = 0");
    order.given_back = ranges_of(order.id, "given_back_ms <> 0");
    if (sessions[i].empty()) continue;
    for (const Chapter& each : ChapterTable(sql_).of_session(sessions[i]))
      order.chapters.push_back({each.id, each.at_ms, each.title, each.row.version});
    chapters += order.chapters.size();
    if (chapters < kMaxOrderedChapters || i + 1 == response.orders.size()) continue;
    response.orders.resize(i + 1);
    response.newest = numbers[i];
  }
  return response;
}

void RecordingTable::order_chapters(const std::string& session) {
  if (!session.empty()) order_all("session_id = :session", session);
}

void RecordingTable::order_series(const std::string& series) {
  order_all("session_id IN (SELECT id FROM sessions WHERE series_id = :series)", series);
}

std::vector<std::string> RecordingTable::clips_of(const std::string& source) {
  std::vector<std::string> ids;
  std::string id;
  soci::statement rows = (sql_.prepare << "SELECT id FROM recordings WHERE source = :source",
                          soci::use(source), soci::into(id));
  rows.execute();
  while (rows.fetch())
    ids.push_back(id);
  return ids;
}

void RecordingTable::order_all(const std::string& condition, const std::string& value) {
  std::vector<std::string> ids;
  std::string id;
  soci::statement rows =
      (sql_.prepare << "SELECT id FROM recordings WHERE state <> 'gone' AND " + condition,
       soci::use(value), soci::into(id));
  rows.execute();
  while (rows.fetch())
    ids.push_back(id);
  int64_t order = newest_order();
  for (const std::string& each : ids) {
    ++order;
    sql_ << "UPDATE recordings SET order_number = :number WHERE id = :id", soci::use(order),
        soci::use(each);
  }
}

}  // namespace longmen

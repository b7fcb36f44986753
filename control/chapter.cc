#include "control/chapter.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <boost/json/serialize.hpp>

#include "control/air_delay_table.h"
#include "control/library_index.h"
#include "control/recording_table.h"
#include "control/run_statement.h"
#include "control/secret.h"
#include "control/session_table.h"
#include "control/sql_list.h"
#include "control/text_rules.h"
#include "core/recording/chapter_track.h"

namespace longmen {
namespace json = boost::json;
namespace {

// A session's instants are the wall clock's, a chapter's the media clock's: they may be that far
// apart (core/time/media_clock_keeper.h), and who marks one may be that quick.
constexpr int64_t kChapterSlackMs = 2'000;

std::string shown(const Chapter& chapter) {
  return json::serialize(chapter_to_json(chapter));
}

Decided<bool> check(soci::session& sql, const Chapter& chapter, int64_t now_ms) {
  if (const auto fault = fault_of_title("title", chapter.title)) return refuse(422, *fault);
  const auto session = SessionTable(sql).by_id(chapter.session);
  if (!session) return refuse(404, "there is no such session");
  if (session->life.live_ms == 0) return refuse(409, "a session has chapters once it is live");
  const int64_t on_air_ms = now_ms + AirDelayTable(sql).delay_of(session->channel).count();
  const int64_t end_ms = session->life.ended_ms > 0 ? session->life.ended_ms : on_air_ms;
  if (chapter.at_ms < session->life.live_ms - kChapterSlackMs ||
      chapter.at_ms > end_ms + kChapterSlackMs)
    return refuse(422, "at_ms: an instant at which the session was live is allowed");
  return true;
}

Decided<Chapter> find_seen_chapter(soci::session& sql, const ScheduleContext& context,
                                   const std::string& id, const SeenVersion& seen) {
  auto chapter = ChapterTable(sql).by_id(id);
  if (!chapter) return refuse(404, "there is no such chapter");
  if (auto stale = outdated(sql, seen, chapter->row, {"chapter", id}, context.settings.zone))
    return tl::unexpected(*stale);
  return std::move(*chapter);
}

}  // namespace

json::object chapter_to_json(const Chapter& chapter) {
  return {{"id", chapter.id},
          {"session", chapter.session},
          {"at_ms", chapter.at_ms},
          {"title", chapter.title},
          {"version", chapter.row.version},
          {"changed_ms", chapter.row.changed_ms},
          {"changed_by", chapter.row.changed_by}};
}

std::vector<Chapter> ChapterTable::select(const std::string& condition, const std::string& value) {
  std::vector<Chapter> found;
  Chapter row;
  soci::statement rows =
      (sql_.prepare
           << "SELECT id, session_id, at_ms, title, version, changed_ms, changed_by FROM chapters "
           << condition,
       soci::use(value), soci::into(row.id), soci::into(row.session), soci::into(row.at_ms),
       soci::into(row.title), soci::into(row.row.version), soci::into(row.row.changed_ms),
       soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch())
    found.push_back(row);
  return found;
}

std::optional<Chapter> ChapterTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Chapter> ChapterTable::of_session(const std::string& session) {
  return select("WHERE session_id = :v ORDER BY at_ms, id", session);
}

std::vector<Chapter> ChapterTable::shown_of(const std::vector<std::string>& sessions, int limit) {
  std::vector<Chapter> found;
  if (sessions.empty()) return found;
  Chapter row;
  soci::statement rows(sql_);
  for (const std::string& each : sessions)
    rows.exchange(soci::use(each));
  for (std::string* text : {&row.id, &row.session})
    rows.exchange(soci::into(*text));
  rows.exchange(soci::into(row.at_ms));
  rows.exchange(soci::into(row.title));
  rows.exchange(soci::into(row.row.version));
  run_statement(rows,
                fmt::format("SELECT id, session_id, at_ms, title, version FROM chapters"
                            " WHERE session_id IN ({}) AND NOT EXISTS (SELECT 1 FROM recordings r"
                            " JOIN recording_withdrawals w ON w.recording_id = r.id"
                            " WHERE r.session_id = chapters.session_id AND w.given_back_ms = 0"
                            " AND w.from_ms <= chapters.at_ms AND w.to_ms > chapters.at_ms)"
                            // Of several recordings each has a part of the session's time. What was
                            // marked before the start means the start.
                            " AND NOT EXISTS (SELECT 1 FROM recordings r"
                            " WHERE r.session_id = chapters.session_id AND r.shown_to_ms > 0"
                            " AND chapters.at_ms >= r.start_ms - {} AND chapters.at_ms < r.end_ms"
                            " AND (chapters.at_ms >= r.shown_to_ms OR (r.shown_from_ms > r.start_ms"
                            " AND chapters.at_ms < r.shown_from_ms)))"
                            " ORDER BY session_id, at_ms, id LIMIT {}",
                            sql_list("s", sessions.size()), recording::kChapterSlackMs, limit));
  while (rows.fetch())
    found.push_back(row);
  return found;
}

void ChapterTable::tell(const std::string& session) {
  RecordingTable(sql_).order_chapters(session);
  LibraryIndex(sql_).mark_session(session);
}

void ChapterTable::insert(const Chapter& chapter) {
  sql_ << "INSERT INTO chapters (id, session_id, at_ms, title, version, changed_ms, changed_by)"
          " VALUES (:id, :session, :at, :title, :version, :changed, :by)",
      soci::use(chapter.id), soci::use(chapter.session), soci::use(chapter.at_ms),
      soci::use(chapter.title), soci::use(chapter.row.version), soci::use(chapter.row.changed_ms),
      soci::use(chapter.row.changed_by);
  tell(chapter.session);
}

void ChapterTable::update(const Chapter& chapter) {
  sql_ << "UPDATE chapters SET at_ms = :at, title = :title, version = :version,"
          " changed_ms = :changed, changed_by = :by WHERE id = :id",
      soci::use(chapter.at_ms), soci::use(chapter.title), soci::use(chapter.row.version),
      soci::use(chapter.row.changed_ms), soci::use(chapter.row.changed_by), soci::use(chapter.id);
  tell(chapter.session);
}

void ChapterTable::remove(const Chapter& chapter) {
  sql_ << "DELETE FROM chapters WHERE id = :id", soci::use(chapter.id);
  tell(chapter.session);
}

Decided<Chapter> mark_chapter(soci::session& sql, const ScheduleContext& context,
                              const std::string& session, const ChapterWish& wish,
                              int64_t media_now_ms) {
  ChapterTable table(sql);
  Chapter chapter;
  chapter.id = make_id(context.random);
  chapter.session = session;
  // At this moment: of the programme as it is made, so where it is on air.
  int64_t delay_ms = 0;
  if (const auto of = SessionTable(sql).by_id(session))
    delay_ms = AirDelayTable(sql).delay_of(of->channel).count();
  chapter.at_ms = wish.at_ms.value_or(media_now_ms + delay_ms);
  chapter.title = wish.title.value_or("");
  chapter.row = RowVersion::first(context.actor);
  if (auto checked = check(sql, chapter, context.actor.now_ms); !checked)
    return tl::unexpected(checked.error());
  if (table.of_session(session).size() >= static_cast<size_t>(kMaxChapters))
    return refuse(409, fmt::format("the session has {} chapters; remove one", kMaxChapters));
  table.insert(chapter);
  append_audit(sql, context.actor, "chapter.mark", chapter.id, "", shown(chapter));
  return chapter;
}

Decided<Chapter> change_chapter(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                const ChapterWish& wish) {
  auto before = find_seen_chapter(sql, context, id, seen);
  if (!before) return before;
  Chapter after = *before;
  after.title = wish.title.value_or(after.title);
  after.at_ms = wish.at_ms.value_or(after.at_ms);
  if (after.title == before->title && after.at_ms == before->at_ms) return after;
  if (auto checked = check(sql, after, context.actor.now_ms); !checked)
    return tl::unexpected(checked.error());
  after.row = before->row.next(context.actor);
  ChapterTable(sql).update(after);
  append_audit(sql, context.actor, "chapter.change", id, shown(*before), shown(after));
  return after;
}

Decided<Chapter> remove_chapter(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen) {
  auto before = find_seen_chapter(sql, context, id, seen);
  if (!before) return before;
  ChapterTable(sql).remove(*before);
  append_audit(sql, context.actor, "chapter.remove", id, shown(*before), "");
  return before;
}

}  // namespace longmen

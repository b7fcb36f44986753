// Chapters of a session: places in its media by which people find what was said. Marked while it is
// live, or set right afterwards. The table, and what can be done with it, each with its row of the
// audit. An instant is one of the media clock, in milliseconds since 1970, so that it names the
// same picture in a recording. Bound: kMaxChapters a session. Every function throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/row_version.h"
#include "control/schedule_context.h"
#include "core/recording/recording_info.h"

namespace longmen {

inline constexpr int kMaxChapters = static_cast<int>(recording::kMaxChapters);

struct Chapter {
  std::string id;
  std::string session;
  int64_t at_ms = 0;
  std::string title;
  RowVersion row;
};
boost::json::object chapter_to_json(const Chapter& chapter);

class ChapterTable {
 public:
  explicit ChapterTable(soci::session& sql) : sql_(sql) {}
  std::optional<Chapter> by_id(const std::string& id);
  std::vector<Chapter> of_session(const std::string& session);  // by their instants
  // Of several sessions, by session and instant, `limit` in all: without those whose instant was
  // withdrawn from the session's recording, or trimmed off.
  std::vector<Chapter> shown_of(const std::vector<std::string>& sessions, int limit);
  void insert(const Chapter& chapter);
  void update(const Chapter& chapter);
  void remove(const Chapter& chapter);

 private:
  // Whoever has the recording hears of it, and it is found by it.
  void tell(const std::string& session);
  std::vector<Chapter> select(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

struct ChapterWish {
  std::optional<std::string> title;
  std::optional<int64_t> at_ms;  // when it is made without: `media_now_ms`
};
// 409 unless the session is live or has ended; 422 for an instant at which it was not live.
Decided<Chapter> mark_chapter(soci::session& sql, const ScheduleContext& context,
                              const std::string& session, const ChapterWish& wish,
                              int64_t media_now_ms);
Decided<Chapter> change_chapter(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen,
                                const ChapterWish& wish);
Decided<Chapter> remove_chapter(soci::session& sql, const ScheduleContext& context,
                                const std::string& id, const SeenVersion& seen);

}  // namespace longmen

// What is said of a talk beside its media: title, series, theme, speakers, and so on, its chapters.
// It goes with a recording's package, and is filed where one arrives: series and themes by their
// titles, which are made when they are missing. Inside the caller's transaction; every function
// throws as SOCI does.
#pragma once

#include "control/decided.h"
#include "control/recording_table.h"
#include "control/schedule_context.h"
#include "control/session_table.h"

namespace longmen {

struct KeptTalk {
  std::string title, description;
  std::string series, theme;  // titles; or empty
  std::vector<std::string> speakers;
  std::string language, place;
  std::vector<recording::RecordedChapter> chapters;  // only instants and titles count
};
boost::json::object to_json(const KeptTalk& talk);
// What is absent or of another kind is empty; file_talk() says what is wrong with the rest.
KeptTalk kept_talk_from_json(const boost::json::object& object);

KeptTalk talk_of(soci::session& sql, const StoredRecording& recording);

// As a session of `channel` that has been. Without a series it is filed under kUnfiled.
inline constexpr const char* kUnfiled = "未分类 Unfiled";
Decided<Session> file_talk(soci::session& sql, const ScheduleContext& context,
                           const std::string& channel, const KeptTalk& talk,
                           const recording::TimeRange& times);
// `wanted`, when it is a session's id, as a recording of one has, and nobody has it or had it; or
// else `otherwise`.
std::string free_recording_id(soci::session& sql, const std::string& wanted,
                              const std::string& otherwise);

}  // namespace longmen

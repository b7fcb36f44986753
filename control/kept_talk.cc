#include "control/kept_talk.h"

#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "control/chapter.h"
#include "control/secret.h"
#include "control/series.h"
#include "control/session_actions.h"
#include "control/text_rules.h"
#include "control/theme.h"
#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;

json::object to_json(const KeptTalk& talk) {
  json::array chapters;
  for (const recording::RecordedChapter& chapter : talk.chapters)
    chapters.push_back(json::object{{"at_ms", chapter.at_ms}, {"title", chapter.title}});
  return {{"title", talk.title},
          {"description", talk.description},
          {"series", talk.series},
          {"theme", talk.theme},
          {"speakers", json::array(talk.speakers.begin(), talk.speakers.end())},
          {"language", talk.language},
          {"place", talk.place},
          {"chapters", std::move(chapters)}};
}

KeptTalk kept_talk_from_json(const json::object& object) {
  const JsonFields fields{json::object(object)};
  KeptTalk talk;
  fields.read("title", talk.title);
  fields.read("description", talk.description);
  fields.read("series", talk.series);
  fields.read("theme", talk.theme);
  fields.read("speakers", talk.speakers);
  fields.read("language", talk.language);
  fields.read("place", talk.place);
  fields.each("chapters", [&](const JsonFields& item) {
    recording::RecordedChapter& chapter = talk.chapters.emplace_back();
    item.read("at_ms", chapter.at_ms);
    item.read("title", chapter.title);
  });
  return talk;
}

KeptTalk talk_of(soci::session& sql, const StoredRecording& recording) {
  KeptTalk talk;
  talk.title = recording.report.title;
  talk.series = recording.report.series;
  talk.theme = recording.theme;
  talk.speakers = recording.speakers;
  talk.place = recording.place;
  if (const auto session = SessionTable(sql).by_id(recording.report.session)) {
    talk.description = session->description;
    talk.language = session->language;
  }
  for (const Chapter& chapter : ChapterTable(sql).of_session(recording.report.session))
    talk.chapters.push_back({chapter.id, chapter.at_ms, chapter.title, chapter.row.version});
  return talk;
}

Decided<Session> file_talk(soci::session& sql, const ScheduleContext& context,
                           const std::string& channel, const KeptTalk& talk,
                           const recording::TimeRange& times) {
  if (talk.chapters.size() > kMaxChapters)
    return refuse(422, fmt::format("chapters: {} are allowed", kMaxChapters));
  Session session;
  session.channel = channel;
  session.title = talk.title;
  session.description = talk.description;
  session.speakers = talk.speakers;
  session.language = talk.language;
  session.place = talk.place;
  session.life.live_ms = times.from_ms;
  session.life.ended_ms = times.to_ms;
  const std::string series = talk.series.empty() ? kUnfiled : talk.series;
  if (const auto known = SeriesTable(sql).by_title(series)) {
    session.series = known->id;
  } else {
    const auto made = create_series(sql, context, {series, std::nullopt, std::nullopt});
    if (!made) return tl::unexpected(made.error());
    session.series = made->id;
  }
  if (!talk.theme.empty()) {
    if (const auto known = ThemeTable(sql).by_title(talk.theme)) {
      session.theme = known->id;
    } else {
      const auto made = create_theme(sql, context, talk.theme);
      if (!made) return tl::unexpected(made.error());
      session.theme = made->id;
    }
  }
  auto filed = file_session(sql, context, session);
  if (!filed) return filed;
  for (const recording::RecordedChapter& each : talk.chapters) {
    if (const auto fault = fault_of_title("chapters", each.title)) return refuse(422, *fault);
    if (each.at_ms < times.from_ms - 2'000 || each.at_ms >= times.to_ms) continue;
    ChapterTable(sql).insert({make_id(context.random), filed->id, each.at_ms, each.title,
                              RowVersion::first(context.actor)});
  }
  return filed;
}

std::string free_recording_id(soci::session& sql, const std::string& wanted,
                              const std::string& otherwise) {
  // Of others, such as that of a channel's day, another recording may come to be here.
  const bool fits = wanted.size() == otherwise.size() &&
                    wanted.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!fits) return otherwise;
  int taken = 0;
  sql << "SELECT (SELECT COUNT(*) FROM recordings WHERE id = :id)"
         " + (SELECT COUNT(*) FROM sessions WHERE id = :same)",
      soci::into(taken), soci::use(wanted), soci::use(wanted);
  return taken == 0 ? wanted : otherwise;
}

}  // namespace longmen

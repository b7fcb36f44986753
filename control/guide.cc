#include "control/guide.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "control/or_null.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kSelect =
    "SELECT sessions.id, sessions.channel_id, channels.name, sessions.series_id, series.title,"
    " sessions.title, sessions.description, sessions.speakers, COALESCE(sessions.theme_id, ''),"
    " COALESCE(themes.title, ''), sessions.language, sessions.place, sessions.state,"
    " sessions.start_ms, sessions.end_ms, sessions.live_ms, sessions.ended_ms, sessions.version,"
    " sessions.changed_ms FROM sessions JOIN channels ON channels.id = sessions.channel_id"
    " JOIN series ON series.id = sessions.series_id"
    " LEFT JOIN themes ON themes.id = sessions.theme_id WHERE ";

std::vector<GuideEntry> select(soci::session& sql, const std::string& condition,
                               const GuideQuery& query) {
  std::vector<GuideEntry> found;
  GuideEntry row;
  std::string speakers;
  soci::statement rows(sql);
  rows.exchange(soci::use(query.from_ms));
  rows.exchange(soci::use(query.to_ms));
  if (!query.channel.empty()) rows.exchange(soci::use(query.channel));
  if (!query.series.empty()) rows.exchange(soci::use(query.series));
  for (std::string* text : {&row.id, &row.channel, &row.channel_name, &row.series,
                            &row.series_title, &row.title, &row.description, &speakers, &row.theme,
                            &row.theme_title, &row.language, &row.place, &row.state})
    rows.exchange(soci::into(*text));
  for (int64_t* number :
       {&row.start_ms, &row.end_ms, &row.live_ms, &row.ended_ms, &row.version, &row.changed_ms})
    rows.exchange(soci::into(*number));
  rows.alloc();
  rows.prepare(kSelect + condition);
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    row.speakers.clear();
    boost::system::error_code error;
    const auto list = json::parse(speakers, error);
    if (!error && list.is_array()) {
      for (const auto& item : list.as_array()) {
        if (item.is_string()) row.speakers.emplace_back(item.as_string());
      }
    }
    found.push_back(row);
  }
  return found;
}

}  // namespace

std::vector<GuideEntry> guide_entries(soci::session& sql, const GuideQuery& query) {
  std::string condition =
      "(sessions.end_ms > :from OR sessions.state = 'live') AND sessions.start_ms < :to"
      " AND sessions.state <> 'missed'";
  if (!query.channel.empty()) condition += " AND sessions.channel_id = :channel";
  if (!query.series.empty()) condition += " AND sessions.series_id = :series";
  condition += fmt::format(" ORDER BY sessions.start_ms, sessions.id LIMIT {}",
                           std::clamp(query.limit, 1, kMaxGuideEntries));
  return select(sql, condition, query);
}

std::map<std::string, GuideEntry> live_sessions(soci::session& sql) {
  GuideQuery any;
  any.from_ms = INT64_MIN;
  std::map<std::string, GuideEntry> live;
  for (GuideEntry& entry : select(sql,
                                  "sessions.end_ms > :from AND sessions.start_ms < :to"
                                  " AND sessions.state = 'live'",
                                  any))
    live.emplace(entry.channel, std::move(entry));
  return live;
}

std::vector<std::pair<std::string, std::string>> guide_channels(soci::session& sql) {
  std::vector<std::pair<std::string, std::string>> channels;
  std::string id, name;
  soci::statement rows = (sql.prepare << "SELECT id, name FROM channels ORDER BY position",
                          soci::into(id), soci::into(name));
  rows.execute();
  while (rows.fetch())
    channels.emplace_back(id, name);
  return channels;
}

json::object guide_entry_to_json(const GuideEntry& entry) {
  json::object object;
  object["id"] = entry.id;
  object["channel"] = json::object{{"id", entry.channel}, {"name", entry.channel_name}};
  object["series"] = json::object{{"id", entry.series}, {"title", entry.series_title}};
  object["title"] = entry.title;
  object["description"] = entry.description;
  object["speakers"] = json::array(entry.speakers.begin(), entry.speakers.end());
  object["theme"] =
      entry.theme.empty()
          ? json::value(nullptr)
          : json::value(json::object{{"id", entry.theme}, {"title", entry.theme_title}});
  object["language"] = entry.language;
  object["place"] = entry.place;
  object["state"] = entry.state;
  object["start_ms"] = entry.start_ms;
  object["end_ms"] = entry.end_ms;
  object["live_ms"] = or_null(entry.live_ms);
  object["ended_ms"] = or_null(entry.ended_ms);
  return object;
}

}  // namespace longmen

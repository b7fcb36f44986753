#include "control/session_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/library_index.h"
#include "control/or_null.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kSessionColumns =
    "id, channel_id, series_id, COALESCE(theme_id, ''), title, description, speakers, language,"
    " place, slates, state, start_ms, end_ms, live_ms, ended_ms, auto_start, auto_end, repeat_id,"
    " version, changed_ms, changed_by";

std::vector<std::string> speakers_of(const std::string& text) {
  std::vector<std::string> speakers;
  boost::system::error_code error;
  const auto list = json::parse(text, error);
  if (error || !list.is_array()) return speakers;
  for (const auto& item : list.as_array()) {
    if (item.is_string()) speakers.emplace_back(item.as_string());
  }
  return speakers;
}

std::string text_of(const std::vector<std::string>& speakers) {
  return json::serialize(json::array(speakers.begin(), speakers.end()));
}

}  // namespace

ChosenSlates chosen_slates_in(const std::string& column) {
  if (column.empty()) return {};
  boost::system::error_code error;
  const auto value = json::parse(column, error);
  if (error || !value.is_object()) return {};
  return read_chosen_slates(value.as_object(), {}).value_or(ChosenSlates());
}

std::string column_of(const ChosenSlates& chosen) {
  return chosen == ChosenSlates() ? "" : json::serialize(to_json(chosen));
}

json::object session_to_json(const Session& session, std::chrono::milliseconds reopen_within) {
  json::object object;
  object["id"] = session.id;
  object["channel"] = session.channel;
  object["series"] = session.series;
  object["title"] = session.title;
  object["description"] = session.description;
  object["speakers"] = json::array(session.speakers.begin(), session.speakers.end());
  object["theme"] = or_null(session.theme);
  object["language"] = session.language;
  object["place"] = session.place;
  object["slates"] = to_json(session.slates);
  object["state"] = name_of(session.life.state);
  object["start_ms"] = session.life.planned_start_ms;
  object["end_ms"] = session.life.planned_end_ms;
  object["live_ms"] = or_null(session.life.live_ms);
  object["ended_ms"] = or_null(session.life.ended_ms);
  object["reopen_until_ms"] = or_null(reopen_until_ms(session.life, reopen_within));
  object["auto_start"] = session.life.auto_start;
  object["auto_end"] = session.life.auto_end;
  object["repeat"] = or_null(session.repeat);
  object["version"] = session.row.version;
  object["changed_ms"] = session.row.changed_ms;
  object["changed_by"] = session.row.changed_by;
  return object;
}

std::vector<Session> SessionTable::select(const std::string& condition, std::vector<Value> values) {
  std::vector<Session> found;
  Session row;
  std::string speakers, slates, state;
  int auto_start = 0, auto_end = 0;
  soci::statement rows(sql_);
  for (Value& value : values)
    std::visit([&](auto& each) { rows.exchange(soci::use(each)); }, value);
  for (std::string* text :
       {&row.id, &row.channel, &row.series, &row.theme, &row.title, &row.description, &speakers,
        &row.language, &row.place, &slates, &state})
    rows.exchange(soci::into(*text));
  for (int64_t* number : {&row.life.planned_start_ms, &row.life.planned_end_ms, &row.life.live_ms,
                          &row.life.ended_ms})
    rows.exchange(soci::into(*number));
  rows.exchange(soci::into(auto_start));
  rows.exchange(soci::into(auto_end));
  rows.exchange(soci::into(row.repeat));
  rows.exchange(soci::into(row.row.version));
  rows.exchange(soci::into(row.row.changed_ms));
  rows.exchange(soci::into(row.row.changed_by));
  rows.alloc();
  rows.prepare(fmt::format("SELECT {} FROM sessions {}", kSessionColumns, condition));
  rows.define_and_bind();
  rows.execute();
  while (rows.fetch()) {
    row.speakers = speakers_of(speakers);
    row.slates = chosen_slates_in(slates);
    // A state of a later version: nothing is done with it.
    row.life.state = session_state_named(state).value_or(SessionState::kCancelled);
    row.life.auto_start = auto_start != 0;
    row.life.auto_end = auto_end != 0;
    found.push_back(row);
  }
  return found;
}

std::optional<Session> SessionTable::first(const std::string& condition,
                                           std::vector<Value> values) {
  auto found = select(condition + " LIMIT 1", std::move(values));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Session> SessionTable::by_id(const std::string& id) {
  return first("WHERE id = :id", {id});
}

std::vector<Session> SessionTable::page(const SessionQuery& query) {
  std::string condition =
      "WHERE end_ms > :from AND start_ms < :to"
      " AND (start_ms > :after OR (start_ms = :same AND id > :id))";
  std::vector<Value> values{query.from_ms, query.to_ms, query.after_start_ms, query.after_start_ms,
                            query.after_id};
  const auto narrow = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    condition += fmt::format(" AND {} = :{}", column, column);
    values.emplace_back(value);
  };
  narrow("channel_id", query.channel);
  narrow("series_id", query.series);
  narrow("theme_id", query.theme);
  narrow("state", query.state);
  condition +=
      fmt::format(" ORDER BY start_ms, id LIMIT {}", std::clamp(query.limit, 1, kMaxSessionPage));
  return select(condition, std::move(values));
}

std::optional<Session> SessionTable::live_on(const std::string& channel) {
  return first("WHERE channel_id = :channel AND state = 'live'", {channel});
}

std::optional<Session> SessionTable::overlapping(const std::string& channel, int64_t start_ms,
                                                 int64_t end_ms, const std::string& except_id) {
  return first(
      "WHERE channel_id = :channel AND state IN ('scheduled', 'live') AND start_ms < :end"
      " AND end_ms > :start AND id <> :id ORDER BY start_ms, id",
      {channel, end_ms, start_ms, except_id});
}

std::optional<Session> SessionTable::same(const std::string& channel, int64_t start_ms,
                                          const std::string& title) {
  return first(
      "WHERE channel_id = :channel AND start_ms = :start AND title = :title"
      " AND state <> 'cancelled'",
      {channel, start_ms, title});
}

std::vector<Session> SessionTable::of_repeat(const std::string& repeat, int64_t from_start_ms) {
  return select("WHERE repeat_id = :repeat AND start_ms >= :start ORDER BY start_ms, id",
                {repeat, from_start_ms});
}

std::vector<Session> SessionTable::due(int64_t now_ms, int limit) {
  return select(fmt::format("WHERE (state = 'live' AND auto_end = 1 AND end_ms <= :ended)"
                            " OR (state = 'scheduled' AND (end_ms <= :missed"
                            " OR (auto_start = 1 AND start_ms <= :started)))"
                            " ORDER BY state, start_ms, id LIMIT {}",
                            limit),
                {now_ms, now_ms, now_ms});
}

std::vector<Session> SessionTable::to_come_with_slates(const std::string& channel) {
  return select(
      "WHERE channel_id = :channel AND state IN ('scheduled', 'live') AND slates <> ''"
      " ORDER BY start_ms, id",
      {channel});
}

int SessionTable::planned() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM sessions WHERE state = 'scheduled'", soci::into(count);
  return count;
}

void SessionTable::insert(const Session& session) {
  sql_ << "INSERT INTO sessions (id, channel_id, series_id, title, description, speakers, language,"
          " place, state, start_ms, end_ms, live_ms, ended_ms, auto_start, auto_end, repeat_id,"
          " version, changed_ms, changed_by) VALUES (:id, :channel, :series, '', '', '[]', '', '',"
          " 'cancelled', 0, 0, 0, 0, 0, 0, :repeat, 0, 0, '')",
      soci::use(session.id), soci::use(session.channel), soci::use(session.series),
      soci::use(session.repeat);
  update(session);
}

void SessionTable::update(const Session& session) {
  const std::string speakers = text_of(session.speakers), state(name_of(session.life.state));
  const std::string slates = column_of(session.slates);
  const int auto_start = session.life.auto_start, auto_end = session.life.auto_end;
  sql_ << "UPDATE sessions SET channel_id = :channel, series_id = :series,"
          " theme_id = NULLIF(:theme, ''), title = :title, description = :description,"
          " speakers = :speakers, language = :language, place = :place, slates = :slates,"
          " state = :state,"
          " start_ms = :start, end_ms = :end, live_ms = :live, ended_ms = :ended,"
          " auto_start = :auto_start, auto_end = :auto_end, version = :version,"
          " changed_ms = :changed_ms, changed_by = :changed_by WHERE id = :id",
      soci::use(session.channel), soci::use(session.series), soci::use(session.theme),
      soci::use(session.title), soci::use(session.description), soci::use(speakers),
      soci::use(session.language), soci::use(session.place), soci::use(slates), soci::use(state),
      soci::use(session.life.planned_start_ms), soci::use(session.life.planned_end_ms),
      soci::use(session.life.live_ms), soci::use(session.life.ended_ms), soci::use(auto_start),
      soci::use(auto_end), soci::use(session.row.version), soci::use(session.row.changed_ms),
      soci::use(session.row.changed_by), soci::use(session.id);
  LibraryIndex(sql_).mark_session(session.id);
}

void SessionTable::remove(const std::string& id) {
  sql_ << "DELETE FROM sessions WHERE id = :id", soci::use(id);
  LibraryIndex(sql_).mark_session(id);
}

}  // namespace longmen

#include "control/series.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "control/account_table.h"
#include "control/library_index.h"
#include "control/recording_table.h"
#include "control/secret.h"
#include "control/text_rules.h"

namespace longmen {
namespace json = boost::json;
namespace {

std::string shown(const Series& series) {
  return json::serialize(series_to_json(series));
}

// What does not fit is no number of days, and refused.
int keep_days_of(const SeriesWish& wish, int otherwise) {
  const int64_t days = wish.keep_days.value_or(otherwise);
  return days < -1 || days > kMaxKeepDays ? kMaxKeepDays + 1 : static_cast<int>(days);
}

Decided<Series> no_series(const std::string& id) {
  return refuse(404, fmt::format("there is no series \"{}\"", id));
}

Decided<bool> check(SeriesTable& table, const Series& series) {
  if (const auto fault = fault_of_title("title", series.title)) return refuse(422, *fault);
  if (const auto fault = fault_of_text("description", series.description, kMaxDescriptionBytes,
                                       LineBreaks::kAllowed))
    return refuse(422, *fault);
  if (series.keep_days < -1 || series.keep_days > kMaxKeepDays)
    return refuse(422, fmt::format("keep_days: 1 to {}, 0 as the node says, or -1 for ever are "
                                   "allowed",
                                   kMaxKeepDays));
  const auto other = table.by_title(series.title);
  if (other && other->id != series.id)
    return refuse(409, fmt::format("there is a series \"{}\" already", other->title));
  return true;
}

}  // namespace

json::object series_to_json(const Series& series) {
  return {{"id", series.id},
          {"title", series.title},
          {"description", series.description},
          {"keep_days", series.keep_days},
          {"version", series.row.version},
          {"changed_ms", series.row.changed_ms},
          {"changed_by", series.row.changed_by}};
}

std::vector<Series> SeriesTable::select(const std::string& condition, const std::string& value) {
  std::vector<Series> found;
  Series row;
  soci::statement rows =
      (sql_.prepare << "SELECT id, title, description, keep_days, version, changed_ms, changed_by "
                       "FROM series "
                    << condition,
       soci::use(value), soci::into(row.id), soci::into(row.title), soci::into(row.description),
       soci::into(row.keep_days), soci::into(row.row.version), soci::into(row.row.changed_ms),
       soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch())
    found.push_back(row);
  return found;
}

std::optional<Series> SeriesTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Series> SeriesTable::by_title(std::string_view title) {
  auto found = select("WHERE title_key = :v", name_key(title));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Series> SeriesTable::page(std::string_view after_title, int limit) {
  return select(fmt::format("WHERE title_key > :v ORDER BY title_key LIMIT {}",
                            std::clamp(limit, 1, kMaxSeriesPage)),
                name_key(after_title));
}

int SeriesTable::count() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM series", soci::into(count);
  return count;
}

int SeriesTable::sessions_of(const std::string& id) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM sessions WHERE series_id = :id", soci::into(count), soci::use(id);
  return count;
}

void SeriesTable::insert(const Series& series) {
  const std::string key = name_key(series.title);
  sql_ << "INSERT INTO series (id, title, title_key, description, keep_days, version, changed_ms,"
          " changed_by) VALUES (:id, :title, :title_key, :description, :keep_days, :version,"
          " :changed_ms, :changed_by)",
      soci::use(series.id), soci::use(series.title), soci::use(key), soci::use(series.description),
      soci::use(series.keep_days), soci::use(series.row.version), soci::use(series.row.changed_ms),
      soci::use(series.row.changed_by);
}

void SeriesTable::update(const Series& series) {
  const std::string key = name_key(series.title);
  sql_ << "UPDATE series SET title = :title, title_key = :title_key, description = :description,"
          " keep_days = :keep_days, version = :version, changed_ms = :changed_ms,"
          " changed_by = :changed_by WHERE id = :id",
      soci::use(series.title), soci::use(key), soci::use(series.description),
      soci::use(series.keep_days), soci::use(series.row.version), soci::use(series.row.changed_ms),
      soci::use(series.row.changed_by), soci::use(series.id);
  LibraryIndex(sql_).mark_series(series.id);
}

void SeriesTable::remove(const std::string& id) {
  sql_ << "DELETE FROM series WHERE id = :id", soci::use(id);
}

Decided<Series> create_series(soci::session& sql, const ScheduleContext& context,
                              const SeriesWish& wish) {
  SeriesTable table(sql);
  Series series;
  series.id = make_id(context.random);
  series.title = wish.title.value_or("");
  series.description = wish.description.value_or("");
  series.keep_days = keep_days_of(wish, 0);
  series.row = RowVersion::first(context.actor);
  if (auto checked = check(table, series); !checked) return tl::unexpected(checked.error());
  if (table.count() >= kMaxSeries) {
    return refuse(409, fmt::format("there are {} series, and no more are possible; remove one "
                                   "that has no sessions",
                                   kMaxSeries));
  }
  table.insert(series);
  append_audit(sql, context.actor, "series.create", series.id, "", shown(series));
  return series;
}

Decided<Series> change_series(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen,
                              const SeriesWish& wish) {
  SeriesTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_series(id);
  if (auto stale = outdated(sql, seen, found->row, {"series", id}, context.settings.zone))
    return tl::unexpected(*stale);
  Series series = *found;
  series.title = wish.title.value_or(series.title);
  series.description = wish.description.value_or(series.description);
  series.keep_days = keep_days_of(wish, series.keep_days);
  if (series.title == found->title && series.description == found->description &&
      series.keep_days == found->keep_days)
    return series;
  if (auto checked = check(table, series); !checked) return tl::unexpected(checked.error());
  series.row = found->row.next(context.actor);
  table.update(series);
  if (series.keep_days != found->keep_days) RecordingTable(sql).order_series(id);
  append_audit(sql, context.actor, "series.change", id, shown(*found), shown(series));
  return series;
}

Decided<Series> remove_series(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen) {
  SeriesTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_series(id);
  if (auto stale = outdated(sql, seen, found->row, {"series", id}, context.settings.zone))
    return tl::unexpected(*stale);
  if (const int sessions = table.sessions_of(id); sessions > 0) {
    return refuse(409, fmt::format("the series has {} sessions; remove them, or move them to "
                                   "another series, first",
                                   sessions));
  }
  table.remove(id);
  append_audit(sql, context.actor, "series.remove", id, shown(*found), "");
  return *found;
}

}  // namespace longmen

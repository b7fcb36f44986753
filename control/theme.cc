#include "control/theme.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "control/account_table.h"
#include "control/library_index.h"
#include "control/secret.h"
#include "control/text_rules.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 6> kCoreThemes{"理论学习", "党性教育", "基层治理",
                                                      "乡村振兴", "实务技能", "典型经验"};

std::string shown(const Theme& theme) {
  return json::serialize(theme_to_json(theme));
}

Decided<Theme> no_theme(const std::string& id) {
  return refuse(404, fmt::format("there is no theme \"{}\"", id));
}

Decided<bool> check(ThemeTable& table, const Theme& theme) {
  if (const auto fault = fault_of_title("title", theme.title)) return refuse(422, *fault);
  const auto other = table.by_title(theme.title);
  if (other && other->id != theme.id)
    return refuse(409, fmt::format("there is a theme \"{}\" already", other->title));
  return true;
}

}  // namespace

json::object theme_to_json(const Theme& theme) {
  return {{"id", theme.id},
          {"title", theme.title},
          {"core", theme.core},
          {"version", theme.row.version},
          {"changed_ms", theme.row.changed_ms},
          {"changed_by", theme.row.changed_by}};
}

std::vector<Theme> ThemeTable::select(const std::string& condition, const std::string& value) {
  std::vector<Theme> found;
  Theme row;
  int core = 0;
  soci::statement rows =
      (sql_.prepare
           << "SELECT id, title, core, position, version, changed_ms, changed_by FROM themes "
           << condition,
       soci::use(value), soci::into(row.id), soci::into(row.title), soci::into(core),
       soci::into(row.position), soci::into(row.row.version), soci::into(row.row.changed_ms),
       soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch()) {
    row.core = core != 0;
    found.push_back(row);
  }
  return found;
}

std::optional<Theme> ThemeTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Theme> ThemeTable::by_title(std::string_view title) {
  auto found = select("WHERE title_key = :v", name_key(title));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Theme> ThemeTable::all() {
  return select("WHERE id <> :v ORDER BY core DESC, position, id", "");
}

int ThemeTable::sessions_of(const std::string& id) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM sessions WHERE theme_id = :id", soci::into(count), soci::use(id);
  return count;
}

void ThemeTable::insert(const Theme& theme) {
  const std::string key = name_key(theme.title);
  const int core = theme.core;
  sql_ << "INSERT INTO themes (id, title, title_key, core, position, version, changed_ms,"
          " changed_by) VALUES (:id, :title, :title_key, :core, :position, :version, :changed_ms,"
          " :changed_by)",
      soci::use(theme.id), soci::use(theme.title), soci::use(key), soci::use(core),
      soci::use(theme.position), soci::use(theme.row.version), soci::use(theme.row.changed_ms),
      soci::use(theme.row.changed_by);
}

void ThemeTable::update(const Theme& theme) {
  const std::string key = name_key(theme.title);
  sql_ << "UPDATE themes SET title = :title, title_key = :title_key, version = :version,"
          " changed_ms = :changed_ms, changed_by = :changed_by WHERE id = :id",
      soci::use(theme.title), soci::use(key), soci::use(theme.row.version),
      soci::use(theme.row.changed_ms), soci::use(theme.row.changed_by), soci::use(theme.id);
  LibraryIndex(sql_).mark_theme(theme.id);
}

void ThemeTable::remove(const std::string& id) {
  sql_ << "DELETE FROM themes WHERE id = :id", soci::use(id);
}

bool make_core_themes(soci::session& sql, int64_t now_ms) {
  ThemeTable table(sql);
  if (!table.all().empty()) return false;
  const Actor control{"", "control", "local", now_ms};
  int position = 0;
  for (std::string_view title : kCoreThemes) {
    Theme theme;
    theme.position = ++position;
    theme.id = fmt::format("core-{}", position);
    theme.title = title;
    theme.core = true;
    theme.row = RowVersion::first(control);
    table.insert(theme);
  }
  return true;
}

Decided<Theme> create_theme(soci::session& sql, const ScheduleContext& context,
                            const std::string& title) {
  ThemeTable table(sql);
  const auto themes = table.all();
  if (themes.size() >= kMaxThemes) {
    return refuse(
        409, fmt::format("there are {} themes, and no more are possible; remove one", kMaxThemes));
  }
  Theme theme;
  theme.id = make_id(context.random);
  theme.title = title;
  for (const Theme& each : themes)
    theme.position = std::max(theme.position, each.position + 1);
  theme.row = RowVersion::first(context.actor);
  if (auto checked = check(table, theme); !checked) return tl::unexpected(checked.error());
  table.insert(theme);
  append_audit(sql, context.actor, "theme.create", theme.id, "", shown(theme));
  return theme;
}

Decided<Theme> change_theme(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen,
                            const std::string& title) {
  ThemeTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_theme(id);
  if (auto stale = outdated(sql, seen, found->row, {"theme", id}, context.settings.zone))
    return tl::unexpected(*stale);
  Theme theme = *found;
  theme.title = title;
  if (theme.title == found->title) return theme;
  if (auto checked = check(table, theme); !checked) return tl::unexpected(checked.error());
  theme.row = found->row.next(context.actor);
  table.update(theme);
  append_audit(sql, context.actor, "theme.change", id, shown(*found), shown(theme));
  return theme;
}

Decided<Theme> remove_theme(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen) {
  ThemeTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return no_theme(id);
  if (auto stale = outdated(sql, seen, found->row, {"theme", id}, context.settings.zone))
    return tl::unexpected(*stale);
  if (found->core) return refuse(409, "the six core themes stay; give it another title");
  if (const int sessions = table.sessions_of(id); sessions > 0) {
    return refuse(
        409, fmt::format("{} sessions are filed under it; file them elsewhere first", sessions));
  }
  table.remove(id);
  append_audit(sql, context.actor, "theme.remove", id, shown(*found), "");
  return *found;
}

}  // namespace longmen

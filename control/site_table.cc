#include "control/site_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>

#include "control/account_name.h"
#include "control/run_statement.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kSiteColumns =
    "sites.id, sites.code, sites.name, sites.tier, COALESCE(sites.parent_id, ''), sites.address,"
    " sites.notes, sites.version, sites.changed_ms, sites.changed_by";

std::string search_key(const Site& site) {
  return name_key(fmt::format("{}\n{}\n{}", site.name, site.code, site.address));
}

// As SOCI fills it.
struct SiteRow {
  Site site;
  int tier = 0;

  void exchange(soci::statement& rows) {
    for (std::string* text : {&site.id, &site.code, &site.name})
      rows.exchange(soci::into(*text));
    rows.exchange(soci::into(tier));
    for (std::string* text : {&site.parent, &site.address, &site.notes})
      rows.exchange(soci::into(*text));
    rows.exchange(soci::into(site.row.version));
    rows.exchange(soci::into(site.row.changed_ms));
    rows.exchange(soci::into(site.row.changed_by));
  }
  Site got() const {
    Site copy = site;
    copy.tier = static_cast<SiteTier>(std::clamp(tier, 0, 3));
    return copy;
  }
};

}  // namespace

json::object site_to_json(const Site& site) {
  return {{"id", site.id},
          {"code", site.code},
          {"name", site.name},
          {"tier", name_of(site.tier)},
          {"parent", site.parent.empty() ? json::value(nullptr) : json::value(site.parent)},
          {"address", site.address},
          {"notes", site.notes},
          {"version", site.row.version},
          {"changed_ms", site.row.changed_ms},
          {"changed_by", site.row.changed_by}};
}

std::string like_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : name_key(text)) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

std::vector<Site> SiteTable::select(const std::string& condition,
                                    const std::vector<std::string>& values) {
  std::vector<Site> found;
  SiteRow row;
  soci::statement rows(sql_);
  for (const std::string& value : values)
    rows.exchange(soci::use(value));
  row.exchange(rows);
  run_statement(rows, fmt::format("SELECT {} FROM sites {}", kSiteColumns, condition));
  while (rows.fetch())
    found.push_back(row.got());
  return found;
}

std::optional<Site> SiteTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", {id});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Site> SiteTable::by_code(const std::string& code) {
  if (code.empty()) return std::nullopt;
  auto found = select("WHERE code = :v", {code});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Site> SiteTable::by_name(const std::string& parent, std::string_view name) {
  auto found =
      select("WHERE COALESCE(parent_id, '') = :p AND name_key = :v", {parent, name_key(name)});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<ListedSite> SiteTable::list(const SiteQuery& query) {
  std::string condition = "(sites.name_key > :a OR (sites.name_key = :b AND sites.id > :c))";
  std::vector<std::string> values{query.after_name_key, query.after_name_key, query.after_id};
  if (!query.search.empty()) {
    condition += " AND sites.search_key LIKE :s ESCAPE '!'";
    values.push_back(like_pattern(query.search));
  }
  if (!query.parent.empty()) {
    condition += " AND sites.parent_id = :p";
    values.push_back(query.parent);
  }
  if (query.tier) condition += fmt::format(" AND sites.tier = {}", static_cast<int>(*query.tier));
  if (query.unenrolled) {
    condition +=
        " AND EXISTS (SELECT 1 FROM screens WHERE screens.site_id = sites.id AND NOT EXISTS"
        " (SELECT 1 FROM screen_credentials WHERE screen_id = screens.id))";
  }
  std::vector<ListedSite> found;
  SiteRow row;
  ListedSite listed;
  soci::statement rows(sql_);
  for (const std::string& value : values)
    rows.exchange(soci::use(value));
  row.exchange(rows);
  rows.exchange(soci::into(listed.parent_name));
  rows.exchange(soci::into(listed.screens));
  rows.exchange(soci::into(listed.children));
  run_statement(rows,
                fmt::format("SELECT {}, COALESCE(above.name, ''),"
                            " (SELECT COUNT(*) FROM screens WHERE screens.site_id = sites.id),"
                            " (SELECT COUNT(*) FROM sites below WHERE below.parent_id = sites.id)"
                            " FROM sites LEFT JOIN sites above ON above.id = sites.parent_id"
                            " WHERE {} ORDER BY sites.name_key, sites.id LIMIT {}",
                            kSiteColumns, condition, std::clamp(query.limit, 1, kMaxSites)));
  while (rows.fetch()) {
    listed.site = row.got();
    found.push_back(listed);
  }
  return found;
}

std::vector<ListedSite> SiteTable::page(const SiteQuery& query,
                                        const std::function<bool(const Site&)>& wanted) {
  if (!wanted) return list(query);
  constexpr int kReadAtOnce = 2000;
  std::vector<ListedSite> found;
  SiteQuery part = query;
  part.limit = kReadAtOnce;
  for (;;) {
    auto read = list(part);
    for (ListedSite& each : read) {
      if (!wanted(each.site)) continue;
      found.push_back(each);
      if (static_cast<int>(found.size()) == query.limit) return found;
    }
    if (read.size() < kReadAtOnce) return found;
    part.after_name_key = name_key(read.back().site.name);
    part.after_id = read.back().site.id;
  }
}

std::vector<Site> SiteTable::all() {
  return select("ORDER BY tier, name_key, id", {});
}

int SiteTable::count() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM sites", soci::into(count);
  return count;
}

int SiteTable::screens_of(const std::string& id) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM screens WHERE site_id = :id", soci::into(count), soci::use(id);
  return count;
}

int SiteTable::children_of(const std::string& id) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM sites WHERE parent_id = :id", soci::into(count), soci::use(id);
  return count;
}

std::optional<SiteTier> SiteTable::highest_child(const std::string& id) {
  int tier = -1;
  sql_ << "SELECT COALESCE(MIN(tier), -1) FROM sites WHERE parent_id = :id", soci::into(tier),
      soci::use(id);
  if (tier < 0) return std::nullopt;
  return static_cast<SiteTier>(tier);
}

void SiteTable::insert(const Site& site) {
  const std::string key = name_key(site.name), search = search_key(site);
  const int tier = static_cast<int>(site.tier);
  soci::indicator parent = site.parent.empty() ? soci::i_null : soci::i_ok;
  sql_ << "INSERT INTO sites (id, code, name, name_key, search_key, tier, parent_id, address,"
          " notes, version, changed_ms, changed_by) VALUES (:id, :code, :name, :key, :search,"
          " :tier, :parent, :address, :notes, :version, :changed_ms, :changed_by)",
      soci::use(site.id), soci::use(site.code), soci::use(site.name), soci::use(key),
      soci::use(search), soci::use(tier), soci::use(site.parent, parent), soci::use(site.address),
      soci::use(site.notes), soci::use(site.row.version), soci::use(site.row.changed_ms),
      soci::use(site.row.changed_by);
}

void SiteTable::update(const Site& site) {
  const std::string key = name_key(site.name), search = search_key(site);
  const int tier = static_cast<int>(site.tier);
  soci::indicator parent = site.parent.empty() ? soci::i_null : soci::i_ok;
  sql_ << "UPDATE sites SET code = :code, name = :name, name_key = :key, search_key = :search,"
          " tier = :tier, parent_id = :parent, address = :address, notes = :notes,"
          " version = :version, changed_ms = :changed_ms, changed_by = :changed_by WHERE id = :id",
      soci::use(site.code), soci::use(site.name), soci::use(key), soci::use(search),
      soci::use(tier), soci::use(site.parent, parent), soci::use(site.address),
      soci::use(site.notes), soci::use(site.row.version), soci::use(site.row.changed_ms),
      soci::use(site.row.changed_by), soci::use(site.id);
}

void SiteTable::remove(const std::string& id) {
  sql_ << "DELETE FROM sites WHERE id = :id", soci::use(id);
}

}  // namespace longmen

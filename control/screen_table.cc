#include "control/screen_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>

#include "control/account_name.h"
#include "control/run_statement.h"
#include "control/site_table.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 3> kRules{"own", "start", "fixed"};

constexpr const char* kScreenColumns =
    "screens.id, screens.site_id, screens.name, screens.channel_id, screens.test,"
    " screens.volume_rule, screens.volume_percent, screens.audio, screens.version,"
    " screens.changed_ms, screens.changed_by";

// As SOCI fills it.
struct ScreenRow {
  Screen screen;
  int test = 0;
  std::string rule;

  void exchange(soci::statement& rows) {
    for (std::string* text : {&screen.id, &screen.site, &screen.name, &screen.channel})
      rows.exchange(soci::into(*text));
    rows.exchange(soci::into(test));
    rows.exchange(soci::into(rule));
    rows.exchange(soci::into(screen.volume_percent));
    rows.exchange(soci::into(screen.audio));
    rows.exchange(soci::into(screen.row.version));
    rows.exchange(soci::into(screen.row.changed_ms));
    rows.exchange(soci::into(screen.row.changed_by));
  }
  Screen got() const {
    Screen copy = screen;
    copy.test = test != 0;
    copy.volume_rule = volume_rule_named(rule).value_or(VolumeRule::kOwn);
    return copy;
  }
};

}  // namespace

std::string_view name_of(VolumeRule rule) {
  return kRules[static_cast<size_t>(rule)];
}

std::optional<VolumeRule> volume_rule_named(std::string_view name) {
  const auto found = std::find(kRules.begin(), kRules.end(), name);
  if (found == kRules.end()) return std::nullopt;
  return static_cast<VolumeRule>(found - kRules.begin());
}

json::object screen_to_json(const Screen& screen) {
  return {{"id", screen.id},
          {"site", screen.site},
          {"name", screen.name},
          {"channel", screen.channel},
          {"test", screen.test},
          {"volume_rule", name_of(screen.volume_rule)},
          {"volume_percent", screen.volume_percent},
          {"audio", screen.audio},
          {"version", screen.row.version},
          {"changed_ms", screen.row.changed_ms},
          {"changed_by", screen.row.changed_by}};
}

std::vector<Screen> ScreenTable::select(const std::string& condition,
                                        const std::vector<std::string>& values) {
  std::vector<Screen> found;
  ScreenRow row;
  soci::statement rows(sql_);
  for (const std::string& value : values)
    rows.exchange(soci::use(value));
  row.exchange(rows);
  run_statement(rows, fmt::format("SELECT {} FROM screens {}", kScreenColumns, condition));
  while (rows.fetch())
    found.push_back(row.got());
  return found;
}

std::optional<Screen> ScreenTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", {id});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Screen> ScreenTable::by_name(const std::string& site, std::string_view name) {
  auto found = select("WHERE site_id = :s AND name_key = :v", {site, name_key(name)});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Screen> ScreenTable::all() {
  return select("ORDER BY site_id, name_key, id", {});
}

std::vector<ListedScreen> ScreenTable::list(const ScreenQuery& query) {
  std::string condition = "(screens.name_key > :a OR (screens.name_key = :b AND screens.id > :c))";
  std::vector<std::string> values{query.after_name_key, query.after_name_key, query.after_id};
  if (!query.site.empty()) {
    condition += " AND screens.site_id = :site";
    values.push_back(query.site);
  }
  if (!query.search.empty()) {
    condition +=
        " AND (screens.name_key LIKE :s ESCAPE '!' OR sites.search_key LIKE :t ESCAPE '!')";
    values.push_back(like_pattern(query.search));
    values.push_back(values.back());
  }
  std::vector<ListedScreen> found;
  ScreenRow row;
  ListedScreen listed;
  soci::statement rows(sql_);
  for (const std::string& value : values)
    rows.exchange(soci::use(value));
  row.exchange(rows);
  rows.exchange(soci::into(listed.site_name));
  rows.exchange(soci::into(listed.enrolled_ms));
  rows.exchange(soci::into(listed.enrolled_by));
  run_statement(rows,
                fmt::format("SELECT {}, sites.name, COALESCE(c.enrolled_ms, 0),"
                            " COALESCE(c.enrolled_by, '') FROM screens"
                            " JOIN sites ON sites.id = screens.site_id"
                            " LEFT JOIN screen_credentials c ON c.screen_id = screens.id"
                            " WHERE {} ORDER BY screens.name_key, screens.id LIMIT {}",
                            kScreenColumns, condition, std::clamp(query.limit, 1, kMaxScreens)));
  while (rows.fetch()) {
    listed.screen = row.got();
    found.push_back(listed);
  }
  return found;
}

std::vector<ListedScreen> ScreenTable::page(
    const ScreenQuery& query, const std::function<bool(const ListedScreen&)>& wanted) {
  if (!wanted) return list(query);
  constexpr int kReadAtOnce = 2000;
  std::vector<ListedScreen> found;
  ScreenQuery part = query;
  part.limit = kReadAtOnce;
  for (;;) {
    auto read = list(part);
    for (ListedScreen& each : read) {
      if (!wanted(each)) continue;
      found.push_back(each);
      if (static_cast<int>(found.size()) == query.limit) return found;
    }
    if (read.size() < kReadAtOnce) return found;
    part.after_name_key = name_key(read.back().screen.name);
    part.after_id = read.back().screen.id;
  }
}

int ScreenTable::count() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM screens", soci::into(count);
  return count;
}

void ScreenTable::insert(const Screen& screen) {
  const std::string key = name_key(screen.name), rule(name_of(screen.volume_rule));
  const int test = screen.test;
  sql_ << "INSERT INTO screens (id, site_id, name, name_key, channel_id, test, volume_rule,"
          " volume_percent, audio, version, changed_ms, changed_by) VALUES (:id, :site, :name,"
          " :key, :channel, :test, :rule, :percent, :audio, :version, :changed_ms, :changed_by)",
      soci::use(screen.id), soci::use(screen.site), soci::use(screen.name), soci::use(key),
      soci::use(screen.channel), soci::use(test), soci::use(rule), soci::use(screen.volume_percent),
      soci::use(screen.audio), soci::use(screen.row.version), soci::use(screen.row.changed_ms),
      soci::use(screen.row.changed_by);
}

void ScreenTable::update(const Screen& screen) {
  const std::string key = name_key(screen.name), rule(name_of(screen.volume_rule));
  const int test = screen.test;
  sql_ << "UPDATE screens SET site_id = :site, name = :name, name_key = :key,"
          " channel_id = :channel, test = :test, volume_rule = :rule, volume_percent = :percent,"
          " audio = :audio, version = :version, changed_ms = :changed_ms, changed_by = :changed_by "
          "WHERE id = :id",
      soci::use(screen.site), soci::use(screen.name), soci::use(key), soci::use(screen.channel),
      soci::use(test), soci::use(rule), soci::use(screen.volume_percent), soci::use(screen.audio),
      soci::use(screen.row.version), soci::use(screen.row.changed_ms),
      soci::use(screen.row.changed_by), soci::use(screen.id);
}

void ScreenTable::remove(const std::string& id) {
  sql_ << "DELETE FROM screens WHERE id = :id", soci::use(id);
}

std::optional<ScreenCredential> ScreenTable::select_credential(const std::string& condition,
                                                               const std::string& value) {
  ScreenCredential found;
  sql_ << "SELECT hash, screen_id, enrolled_ms, enrolled_by FROM screen_credentials " + condition,
      soci::use(value), soci::into(found.hash), soci::into(found.screen),
      soci::into(found.enrolled_ms), soci::into(found.enrolled_by);
  if (!sql_.got_data()) return std::nullopt;
  return found;
}

std::optional<ScreenCredential> ScreenTable::credential(const std::string& hash) {
  return select_credential("WHERE hash = :v", hash);
}

std::optional<ScreenCredential> ScreenTable::credential_of(const std::string& screen) {
  return select_credential("WHERE screen_id = :v", screen);
}

void ScreenTable::insert_credential(const ScreenCredential& credential) {
  sql_ << "INSERT INTO screen_credentials (hash, screen_id, enrolled_ms, enrolled_by, seen_ms,"
          " condition) VALUES (:hash, :screen, :enrolled_ms, :enrolled_by, 0, '')",
      soci::use(credential.hash), soci::use(credential.screen), soci::use(credential.enrolled_ms),
      soci::use(credential.enrolled_by);
}

void ScreenTable::remove_credential_of(const std::string& screen) {
  sql_ << "DELETE FROM screen_credentials WHERE screen_id = :id", soci::use(screen);
}

std::vector<EnrolledScreen> ScreenTable::select_enrolled(const std::string& condition,
                                                         const std::vector<std::string>& values) {
  std::vector<EnrolledScreen> found;
  EnrolledScreen row;
  int test = 0, rehearsal = 0;
  int64_t of_screen = 0, of_site = 0, of_channel = 0;
  soci::statement rows(sql_);
  for (const std::string& value : values)
    rows.exchange(soci::use(value));
  for (std::string* text : {&row.hash, &row.screen, &row.site, &row.channel})
    rows.exchange(soci::into(*text));
  rows.exchange(soci::into(test));
  rows.exchange(soci::into(rehearsal));
  for (int64_t* version : {&of_screen, &of_site, &of_channel})
    rows.exchange(soci::into(*version));
  rows.exchange(soci::into(row.seen_ms));
  rows.exchange(soci::into(row.condition));
  run_statement(rows,
                "SELECT c.hash, c.screen_id, screens.site_id, screens.channel_id, screens.test,"
                " COALESCE(air_orders.rehearsal, 0), screens.version, sites.version, "
                "channels.version, c.seen_ms, c.condition"
                " FROM screen_credentials c JOIN screens ON screens.id = c.screen_id"
                " JOIN sites ON sites.id = screens.site_id"
                " JOIN channels ON channels.id = screens.channel_id"
                " LEFT JOIN air_orders ON air_orders.channel_id = screens.channel_id " +
                    condition);
  while (rows.fetch()) {
    row.test = test != 0;
    row.rehearses = row.test && rehearsal != 0;
    row.version =
        fmt::format("{}.{}.{}{}", of_screen, of_site, of_channel, row.rehearses ? ".r" : "");
    found.push_back(row);
  }
  return found;
}

std::vector<EnrolledScreen> ScreenTable::enrolled() {
  return select_enrolled("", {});
}

std::optional<EnrolledScreen> ScreenTable::enrolled(const std::string& hash) {
  auto found = select_enrolled("WHERE c.hash = :v", {hash});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void ScreenTable::note_seen(const std::vector<Seen>& seen) {
  struct {
    Seen seen;
    int64_t ahead_ms = 0;
  } row;
  soci::statement update =
      (sql_.prepare << "UPDATE screen_credentials SET seen_ms = :at, condition = :condition"
                       " WHERE hash = :hash AND (seen_ms < :before OR seen_ms > :ahead)",
       soci::use(row.seen.seen_ms), soci::use(row.seen.condition), soci::use(row.seen.hash),
       soci::use(row.seen.seen_ms), soci::use(row.ahead_ms));
  for (const Seen& each : seen) {
    row = {each, each.seen_ms + kClockSlack.count()};
    update.execute(true);
  }
}

}  // namespace longmen

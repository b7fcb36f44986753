#include "control/site_import.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "control/guide.h"
#include "control/screen_actions.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kChanged =
    "it was changed by somebody while the table was read; bring the table in again";

json::object to_json(const Site& site) {
  return site_to_json(site);
}
json::object to_json(const Screen& screen) {
  return screen_to_json(screen);
}

void follow(soci::session&, const ScheduleContext&, const Site&, const Site&) {}
void follow(soci::session& sql, const ScheduleContext& context, const Screen& before,
            const Screen& after) {
  follow_channel(sql, context, before, after);
}

// Whether it was as planned.
template <class Table, class Row>
bool write_row(soci::session& sql, const ScheduleContext& context, const std::string& kind,
               const PlannedRow<Row>& planned) {
  Table table(sql);
  if (planned.before) {
    const auto now = table.by_id(planned.after.id);
    if (!now || now->row.version != planned.before->row.version) return false;
    table.update(planned.after);
    follow(sql, context, *planned.before, planned.after);
  } else {
    table.insert(planned.after);
  }
  append_audit(sql, context.actor, kind + (planned.before ? ".change" : ".create"),
               planned.after.id,
               planned.before ? json::serialize(to_json(*planned.before)) : std::string(),
               json::serialize(to_json(planned.after)));
  return true;
}

// A parent is looked for at the end of the transaction alone, where it would take the other lines
// with it.
bool has_parent(soci::session& sql, const Site& site) {
  return site.parent.empty() || SiteTable(sql).by_id(site.parent).has_value();
}

bool write_line(soci::session& sql, const ScheduleContext& context, const PlannedLine& line) {
  if (line.site && !has_parent(sql, line.site->after)) return false;
  if (line.site && !write_row<SiteTable>(sql, context, "site", *line.site)) return false;
  return !line.screen || write_row<ScreenTable>(sql, context, "screen", *line.screen);
}

}  // namespace

SiteSnapshot site_snapshot(soci::session& sql) {
  return {SiteTable(sql).all(), ScreenTable(sql).all(), guide_channels(sql)};
}

std::vector<ImportMistake> write_planned(soci::session& sql, const ScheduleContext& context,
                                         std::span<const PlannedLine> lines) {
  std::vector<ImportMistake> mistakes;
  for (const PlannedLine& line : lines) {
    sql << "SAVEPOINT line";
    bool written = false;
    try {
      written = write_line(sql, context, line);
    } catch (const soci::soci_error&) {
      // What is no longer possible, as a name that somebody took; a connection that is lost throws
      // again in the next statement.
    }
    if (!written) {
      sql << "ROLLBACK TO SAVEPOINT line";
      ImportMistake mistake;
      mistake.line = line.line;
      mistake.words = kChanged;
      mistakes.push_back(std::move(mistake));
    }
    sql << "RELEASE SAVEPOINT line";
  }
  return mistakes;
}

void take_back(SitePlan& plan, const std::vector<ImportMistake>& mistakes) {
  auto line = plan.lines.begin();
  for (const ImportMistake& mistake : mistakes) {
    line = std::find_if(line, plan.lines.end(),
                        [&](const auto& each) { return each.line == mistake.line; });
    if (line == plan.lines.end()) return;
    if (line->site) --(line->site->before ? plan.sites_changed : plan.sites_made);
    if (line->screen) --(line->screen->before ? plan.screens_changed : plan.screens_made);
    plan.mistakes.push_back(mistake);
  }
}

json::object site_import_report(const SitePlan& plan, bool done) {
  std::vector<ImportMistake> mistakes = plan.mistakes;
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  json::array list;
  for (const ImportMistake& mistake : mistakes) {
    if (list.size() == kMaxToldSiteMistakes) break;
    list.push_back(
        json::object{{"line", mistake.line == 0 ? json::value(nullptr) : json::value(mistake.line)},
                     {"words", mistake.words}});
  }
  return {{"done", done},
          {"sites_made", plan.sites_made},
          {"sites_changed", plan.sites_changed},
          {"screens_made", plan.screens_made},
          {"screens_changed", plan.screens_changed},
          {"unchanged", plan.unchanged},
          {"mistakes", std::move(list)},
          {"mistakes_in_all", mistakes.size()}};
}

}  // namespace longmen

#include "control/guide_import.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "control/account_table.h"
#include "control/guide.h"
#include "control/series.h"
#include "control/session_actions.h"
#include "control/theme.h"

namespace longmen {
namespace json = boost::json;
namespace {

class Import {
 public:
  Import(soci::session& sql, const ScheduleContext& context, const ImportFile& file)
      : sql_(sql), context_(context), mistakes_(file.mistakes) {
    for (const auto& [id, name] : guide_channels(sql)) {
      channels_.emplace(id, id);
      channels_.emplace(name, id);
    }
  }

  // What is wrong with one leaves no trace of it.
  void take(const ImportLine& line) {
    sql_ << "SAVEPOINT line";
    const Decided<bool> taken = schedule(line);
    if (taken) {
      ++(*taken ? scheduled_ : unchanged_);
    } else {
      sql_ << "ROLLBACK TO SAVEPOINT line";
      mistakes_.push_back({line.line, taken.error().words});
      new_series_.clear();
    }
    sql_ << "RELEASE SAVEPOINT line";
    series_made_.insert(series_made_.end(), new_series_.begin(), new_series_.end());
    new_series_.clear();
  }

  bool is_right() const { return mistakes_.empty(); }

  json::object report(ImportMode mode) {
    std::stable_sort(mistakes_.begin(), mistakes_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    json::array list;
    for (const ImportMistake& mistake : mistakes_) {
      if (list.size() == kMaxToldMistakes) break;
      list.push_back(json::object{
          {"line", mistake.line == 0 ? json::value(nullptr) : json::value(mistake.line)},
          {"words", mistake.words}});
    }
    const bool done =
        mode == ImportMode::kWhatIsRight || (mode == ImportMode::kAllOrNothing && is_right());
    return {{"done", done},
            {"scheduled", scheduled_},
            {"unchanged", unchanged_},
            {"series_made", json::array(series_made_.begin(), series_made_.end())},
            {"mistakes", std::move(list)},
            {"mistakes_in_all", mistakes_.size()}};
  }

 private:
  Decided<std::string> series_of(const ImportLine& line) {
    if (line.series.empty()) return refuse(422, "series: a title is needed");
    if (const auto known = SeriesTable(sql_).by_title(line.series)) return known->id;
    const auto made = create_series(sql_, context_, {line.series, std::nullopt});
    if (!made) return refuse(made.error().status, "series: " + made.error().words);
    new_series_.push_back(made->title);
    return made->id;
  }

  // False: it is there already.
  Decided<bool> schedule(const ImportLine& line) {
    const auto channel = channels_.find(line.channel);
    if (channel == channels_.end())
      return refuse(422, fmt::format("channel: there is no channel \"{}\"", line.channel));
    if (SessionTable(sql_).same(channel->second, line.start_ms, line.title)) return false;
    SessionWish wish;
    if (!line.theme.empty()) {
      const auto theme = ThemeTable(sql_).by_title(line.theme);
      if (!theme) return refuse(422, fmt::format("theme: there is no theme \"{}\"", line.theme));
      wish.theme = theme->id;
    }
    const auto series = series_of(line);
    if (!series) return tl::unexpected(series.error());
    wish.channel = channel->second;
    wish.series = *series;
    wish.title = line.title;
    wish.description = line.description;
    wish.speakers = line.speakers;
    wish.language = line.language;
    wish.place = line.place;
    wish.start_ms = line.start_ms;
    wish.end_ms = line.end_ms;
    wish.auto_start = line.auto_start;
    wish.auto_end = line.auto_end;
    const auto scheduled = schedule_sessions(sql_, context_, wish, std::nullopt);
    if (!scheduled) return tl::unexpected(scheduled.error());
    return true;
  }

  soci::session& sql_;
  const ScheduleContext& context_;
  std::map<std::string, std::string, std::less<>> channels_;  // id or name: id
  std::vector<ImportMistake> mistakes_;
  std::vector<std::string> series_made_, new_series_;  // all; of this line
  int scheduled_ = 0, unchanged_ = 0;
};

}  // namespace

Result<json::object> import_guide(Database& database, const ScheduleContext& context,
                                  const ImportFile& file, ImportMode mode) {
  json::object report;
  bool looked = false;
  const auto kept = database.write("import", [&](soci::session& sql) -> Result<bool> {
    Import import(sql, context, file);
    for (const ImportLine& line : file.lines)
      import.take(line);
    report = import.report(mode);
    looked = true;
    if (!report.at("done").as_bool()) return fail("nothing is to be kept");
    return true;
  });
  if (!kept && !looked) return tl::unexpected(kept.error());
  if (!kept && report.at("done").as_bool()) return tl::unexpected(kept.error());  // the commit
  return report;
}

}  // namespace longmen

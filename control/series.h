// Series (栏目): the programmes that sessions belong to, such as Secretary Talk. What is in the
// table, and what can be done with it, each with its row of the audit. Inside the caller's
// transaction; every function throws as SOCI does. Bound: kMaxSeries.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/row_version.h"
#include "control/schedule_context.h"

namespace longmen {

inline constexpr int kMaxSeries = 2000;
inline constexpr int kMaxSeriesPage = 200;
inline constexpr int kMaxKeepDays = 36'500;

struct Series {
  std::string id;
  std::string title;
  std::string description;
  int keep_days = 0;  // its recordings; 0: as the node says, -1: for ever
  RowVersion row;
};
boost::json::object series_to_json(const Series& series);

class SeriesTable {
 public:
  explicit SeriesTable(soci::session& sql) : sql_(sql) {}
  std::optional<Series> by_id(const std::string& id);
  std::optional<Series> by_title(std::string_view title);  // Latin letters of either case
  // In the order of titles, after that title.
  std::vector<Series> page(std::string_view after_title, int limit);
  int count();
  int sessions_of(const std::string& id);
  void insert(const Series& series);
  void update(const Series& series);
  void remove(const std::string& id);

 private:
  std::vector<Series> select(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

struct SeriesWish {
  std::optional<std::string> title, description;
  std::optional<int64_t> keep_days;
};
Decided<Series> create_series(soci::session& sql, const ScheduleContext& context,
                              const SeriesWish& wish);
Decided<Series> change_series(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen,
                              const SeriesWish& wish);
// One with sessions stays.
Decided<Series> remove_series(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen);

}  // namespace longmen

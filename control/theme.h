// Themes: what sessions are filed under. Six core themes, which can be renamed and stay six, and
// special ones besides, which come and go. The first start names the six. Inside the caller's
// transaction; every function throws as SOCI does. Bound: kMaxThemes.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/row_version.h"
#include "control/schedule_context.h"

namespace longmen {

inline constexpr int kMaxThemes = 200;

struct Theme {
  std::string id;  // "core-1" … "core-6" for those
  std::string title;
  bool core = false;
  int position = 0;
  RowVersion row;
};
boost::json::object theme_to_json(const Theme& theme);

class ThemeTable {
 public:
  explicit ThemeTable(soci::session& sql) : sql_(sql) {}
  std::optional<Theme> by_id(const std::string& id);
  std::optional<Theme> by_title(std::string_view title);
  std::vector<Theme> all();  // in their order, core themes first
  int sessions_of(const std::string& id);
  void insert(const Theme& theme);
  void update(const Theme& theme);
  void remove(const std::string& id);

 private:
  std::vector<Theme> select(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

// On a database without themes. Whether it was one.
bool make_core_themes(soci::session& sql, int64_t now_ms);

Decided<Theme> create_theme(soci::session& sql, const ScheduleContext& context,
                            const std::string& title);
Decided<Theme> change_theme(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen,
                            const std::string& title);
Decided<Theme> remove_theme(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen);

}  // namespace longmen

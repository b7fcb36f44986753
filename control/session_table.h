// The table of sessions (场次), as it stands in the database: what is read and written, not who may
// nor what may follow what (control/session_actions.h, core/session/session_life.h). Every function
// throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control/row_version.h"
#include "core/session/session_life.h"
#include "core/slate/slate_choice.h"

namespace longmen {

inline constexpr int kMaxSessionPage = 200;
inline constexpr int kMaxPlannedSessions = 20'000;  // that are still to come

struct Session {
  std::string id;
  std::string channel, series;
  std::string theme;  // empty: none
  std::string title, description;
  std::vector<std::string> speakers;
  std::string language, place;
  ChosenSlates slates;  // over the channel's
  SessionLife life;
  std::string repeat;  // the same for all that were scheduled together; empty: one alone
  RowVersion row;
};
boost::json::object session_to_json(const Session& session,
                                    std::chrono::milliseconds reopen_within);

// A column of chosen slates, and back. What cannot be read is nothing chosen.
ChosenSlates chosen_slates_in(const std::string& column);
std::string column_of(const ChosenSlates& chosen);

struct SessionQuery {
  std::string channel, series, theme, state;  // empty: any
  int64_t from_ms = 0;                        // that end after it
  int64_t to_ms = INT64_MAX;                  // that begin before it
  // Behind this place in the order by planned start, then id.
  int64_t after_start_ms = INT64_MIN;
  std::string after_id;
  int limit = kMaxSessionPage;
};

class SessionTable {
 public:
  explicit SessionTable(soci::session& sql) : sql_(sql) {}
  std::optional<Session> by_id(const std::string& id);
  std::vector<Session> page(const SessionQuery& query);
  std::optional<Session> live_on(const std::string& channel);
  // The first one of the channel that is scheduled or live and whose planned time meets this one.
  std::optional<Session> overlapping(const std::string& channel, int64_t start_ms, int64_t end_ms,
                                     const std::string& except_id);
  std::optional<Session> same(const std::string& channel, int64_t start_ms,
                              const std::string& title);
  std::vector<Session> of_repeat(const std::string& repeat, int64_t from_start_ms);
  // For the clock: live ones that it ends, then those that are due to start or were missed.
  std::vector<Session> due(int64_t now_ms, int limit);
  // Scheduled or live on the channel, with slates of their own.
  std::vector<Session> to_come_with_slates(const std::string& channel);
  int planned();
  void insert(const Session& session);
  void update(const Session& session);
  void remove(const std::string& id);

 private:
  using Value = std::variant<std::string, int64_t>;
  std::vector<Session> select(const std::string& condition, std::vector<Value> values);
  std::optional<Session> first(const std::string& condition, std::vector<Value> values);
  soci::session& sql_;
};

}  // namespace longmen

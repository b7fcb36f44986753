// For how long each channel's programme is held before it airs (docs/TIMELINE.md §13), as it stands
// in the database, and the one action that changes it, with its row of the audit. While a feed may
// be public another delay is a jump that everybody sees, and what is held is lost: it is refused
// unless whoever asks says so. Every function throws as SOCI does; transactions are the caller's.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/row_version.h"
#include "control/schedule_context.h"
#include "core/node/channel.h"

namespace longmen {

struct AirDelayRow {
  std::string channel;
  std::chrono::milliseconds delay{0};
  RowVersion row{1, 0, "configuration"};
};

boost::json::object air_delay_to_json(const AirDelayRow& row);

class AirDelayTable {
 public:
  explicit AirDelayTable(soci::session& sql) : sql_(sql) {}
  // Of a channel that nobody has set one for: none.
  AirDelayRow of(const std::string& channel);
  std::chrono::milliseconds delay_of(const std::string& channel) { return of(channel).delay; }
  void put(const AirDelayRow& row);
  void fill(std::vector<Channel>& channels);

 private:
  std::vector<AirDelayRow> select(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

struct AirDelayWish {
  std::optional<int64_t> delay_ms;
  bool now = false;  // although a feed may be on air
};
Decided<boost::json::object> show_air_delay(soci::session& sql, const std::string& channel);
// `has_feed`: somebody sends to the channel.
Decided<boost::json::object> change_air_delay(soci::session& sql, const ScheduleContext& context,
                                              const std::string& channel, const SeenVersion& seen,
                                              const AirDelayWish& wish, bool has_feed);

}  // namespace longmen

// What the operators of a channel have ordered for its air, as it stands in the database; and the
// one place that makes of it, and of whether a session of it is live, what is in force and why.
// Every function throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/row_version.h"
#include "core/node/channel.h"

namespace longmen {

enum class OrderedAir { kAuto, kSlate, kPrimary, kBackup };
std::string_view name_of(OrderedAir order);
std::optional<OrderedAir> ordered_air_named(std::string_view name);

inline constexpr const char* kStandbySlate = "standby";  // the one that the channel has for it

struct AirRow {
  std::string channel;
  OrderedAir order = OrderedAir::kAuto;
  std::string order_slate;  // which one kSlate shows, by its id; empty: the channel's for a break
  bool cut = false;         // on top of the order, which is back in force without it
  std::string cut_slate = kStandbySlate;
  bool rehearsal = false;      // the studio and test screens see the feed, the public its slate
  bool needs_session = false;  // the feed is public while a session is live only
  // Who asked for a cut that a second person has to confirm, and until when; no id: nobody.
  struct CutAsked {
    std::string id, by;
    int64_t until_ms = 0;
    bool stands(int64_t now_ms) const { return !id.empty() && now_ms < until_ms; }
  } cut_asked;
  RowVersion row{1, 0, "configuration"};
};

struct AirInForce {
  AirRule rule = AirRule::kFeed;
  // "cut", "rehearsal", "ordered_slate", "ordered_primary", "ordered_backup", "no_session", "auto".
  std::string_view reason = "auto";
  std::optional<ChannelInput> input = std::nullopt;  // that the streamer is to show
};
AirInForce in_force(const AirRow& row, bool session_is_live);

boost::json::object air_to_json(const AirRow& row, bool session_is_live);

class AirTable {
 public:
  explicit AirTable(soci::session& sql) : sql_(sql) {}
  // Of a channel that nobody has given an order for, what holds then.
  AirRow of(const std::string& channel);
  std::map<std::string, AirRow> all();  // that somebody has given an order for
  void put(const AirRow& row);
  std::set<std::string> channels_with_live_session();

 private:
  std::vector<AirRow> select(const std::string& condition, std::string value);
  soci::session& sql_;
};

// All channels, each with the rule and the input that are in force, and whose leave to watch it was
// taken back: what whoever tells of channels begins with.
std::vector<Channel> channels_in_force(soci::session& sql);

}  // namespace longmen

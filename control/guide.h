// What the public may know of the schedule: sessions with the names of their channel, series and
// theme. Missed ones are left out, and so is who planned them. Throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/guide/guide_entry.h"

namespace soci {
class session;
}

namespace longmen {

inline constexpr int kMaxGuideEntries = 1000;

struct GuideQuery {
  std::string channel, series;  // empty: any
  int64_t from_ms = 0;          // that end after it, as planned, or are live
  int64_t to_ms = INT64_MAX;    // that begin before it
  int limit = kMaxGuideEntries;
};
// In the order of their planned start.
std::vector<GuideEntry> guide_entries(soci::session& sql, const GuideQuery& query);
// By channel.
std::map<std::string, GuideEntry> live_sessions(soci::session& sql);
// Id and name, in their order.
std::vector<std::pair<std::string, std::string>> guide_channels(soci::session& sql);

boost::json::object guide_entry_to_json(const GuideEntry& entry);

}  // namespace longmen

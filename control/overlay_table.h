// What is laid over each channel's programme (core/node/overlay.h), as it stands in the database,
// the logo's PNG with it, and the actions that change it, each with its row of the audit. Every
// function throws as SOCI does; transactions are the caller's.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/row_version.h"
#include "control/schedule_context.h"
#include "core/node/channel.h"

namespace longmen {

struct OverlayRow {
  std::string channel;
  Overlay overlay;
  RowVersion row{1, 0, "configuration"};
};

boost::json::object overlay_to_json(const OverlayRow& row);

class OverlayTable {
 public:
  explicit OverlayTable(soci::session& sql) : sql_(sql) {}
  // Of a channel that nobody has set one for: nothing is laid over.
  OverlayRow of(const std::string& channel);
  // PNG; empty: it has none.
  Bytes logo_of(const std::string& channel);
  void put(const OverlayRow& row, const Bytes& logo);
  // Each channel's; a logo is kept as a file below `folder` for the streamer, under its digest's
  // name, and one that no channel has any more is removed. What cannot be written is told, and that
  // channel has no logo.
  std::vector<std::string> fill(std::vector<Channel>& channels, const std::string& folder);

 private:
  std::vector<OverlayRow> select(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

Decided<boost::json::object> show_overlay(soci::session& sql, const std::string& channel);
Decided<boost::json::object> change_overlay(soci::session& sql, const ScheduleContext& context,
                                            const std::string& channel, const SeenVersion& seen,
                                            const boost::json::object& wish);
// An empty one: none any more.
Decided<boost::json::object> change_logo(soci::session& sql, const ScheduleContext& context,
                                         const std::string& channel, const SeenVersion& seen,
                                         const Bytes& png);

}  // namespace longmen

// What the studio tells machines of others when it happens: an event of a channel, or of the node.
// Plain values. Whoever is told it twice knows so by its id, which says what happened and not when
// it was sent.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace longmen {

// What can be asked for. "test" comes beside these, by hand.
inline constexpr std::array<std::string_view, 11> kNoticeKinds{
    "switch", "feed_up",      "feed_down",     "backup_up", "backup_down", "on_air",
    "order",  "session_live", "session_ended", "process",   "recorder"};
bool is_notice_kind(std::string_view kind);

struct Notice {
  std::string id;  // "evt_..."
  std::string kind;
  std::string channel;  // empty: of the node
  std::string node;
  int64_t at_ms = 0;
  std::string who, detail;
  boost::json::object more;  // of a kind that says more, its fields
};

// By what makes it the one that it is: its node, channel, kind, and when or which.
std::string notice_id(std::string_view what);
// As it is sent: {"id":...,"kind":"switch","channel":"main",...,"from":"primary","to":"backup"}.
std::string notice_to_json(const Notice& notice);

}  // namespace longmen

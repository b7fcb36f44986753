// What control knows of the node at this moment, as the supervisor told it last (kNodeState): which
// processes run, which feeds are up, what is on air. Kept as plain values; what is missing in a
// message stays unknown. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/node/channel_input.h"

namespace longmen {

struct NodeState {
  struct Role {
    std::string role;
    std::string channel;  // empty: not of one channel
    std::string state;
    int restarts = 0;
    std::string last_end;  // why it was started again
  };
  struct Feed {
    std::string protocol;
    std::string sender, encoder;  // for the studio alone
  };
  struct OnAir {
    std::string source = "none";  // "live", "slate", "none"
    std::string rule;             // the order that the relay obeys; empty: not told
    uint64_t generation = 0;
    std::optional<uint64_t> viewers;
  };

  // Of a slate that was given, on this node.
  struct SlateToMake {
    std::string channel, sha256;
    bool failed = false;  // for now
  };

  std::string name;
  bool ready = false;
  std::optional<uint64_t> viewers;  // of all channels, as the relay tells

  bool has_feed(const std::string& channel) const { return inputs.contains(channel); }
  // Null: none comes in.
  const Feed* feed(const std::string& channel, ChannelInput input) const {
    const auto found = inputs.find(channel);
    return found == inputs.end() || !found->second[input] ? nullptr : &*found->second[input];
  }
  // "live", "slate" or "none". A streamer outlives its feeds for a while, and shows the slate's
  // picture when they are too bad; it is live for the relay meanwhile.
  std::string source_of(const std::string& channel) const;
  // The primary, if it comes in.
  const Feed* first_feed(const std::string& channel) const {
    const Feed* const primary = feed(channel, ChannelInput::kPrimary);
    return primary ? primary : feed(channel, ChannelInput::kBackup);
  }

  int http_port = 0, https_port = 0;  // 0: none, or not told yet
  std::vector<Role> roles;
  std::vector<SlateToMake> slates_to_make;
  std::map<std::string, OfInputs<std::optional<Feed>>> inputs;  // by channel; of those with a feed
  std::map<std::string, OnAir> on_air;                          // by channel
  // What the channel's streamer shows: "primary", "backup", "slate"; by channel, while it has one.
  std::map<std::string, std::string> shown;
  // The same of what is on air meanwhile, of channels whose programme is held before it airs.
  std::map<std::string, std::string> airs;
};

Result<NodeState> node_state_from_json(std::string_view json);

}  // namespace longmen

// The relay's main thread: configuration, channels, links to streamers and gateways, shards, joins,
// metrics. It decides which shard takes a viewer (the one with the fewest) and whether there is
// room (Admission, and no shard may be busier than max_busy_percent with those who watch); it hands
// each unit once to each shard. Viewers belong to shards and outlive the gateway
// that asked for them. Bounds: kMaxChannels channels, 64 shards, max_viewers of the configuration.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/access/watch_rule.h"
#include "net/role.h"
#include "relay/admission.h"
#include "relay/channel_slots.h"
#include "relay/channel_source.h"
#include "relay/feed_preview.h"
#include "relay/relay_metrics.h"
#include "relay/shard.h"

namespace longmen {

class RelayProcess {
 public:
  explicit RelayProcess(Role& role);
  ~RelayProcess();

  RoleHandlers handlers();

 private:
  // What the supervisor knows of a channel.
  struct ToldOnAir {
    OnAirSource source = OnAirSource::kNone;
    Generation generation;
    AirRule rule = AirRule::kFeed;
    OnAirSource preview = OnAirSource::kNone;
    uint64_t viewers = 0;
    bool operator==(const ToldOnAir&) const = default;
  };
  struct ChannelState {
    size_t slot = 0;
    size_t preview_slot = 0;
    Channel channel;
    std::string slate_file;  // that was tried
    ChannelSource source;
    FeedPreview preview;
    // The last that is held before it airs: the preview has it as it is made.
    Generation held_generation;
    std::shared_ptr<Link> streamer;
    std::optional<ToldOnAir> told;
    std::optional<Monotonic> keyframe_requested;
    std::shared_ptr<const WatchRule> rule;
    std::set<int> without_rule;  // shards that it was not handed to yet
  };
  // A channel as viewers ask for it: itself, or its preview.
  struct Served {
    ChannelState* state = nullptr;  // null: there is no such channel
    bool preview = false;
    size_t slot() const { return preview ? state->preview_slot : state->slot; }
    OnAirSource source() const {
      return preview ? state->preview.source() : state->source.source();
    }
    // Of the rung of that name.
    std::optional<RenditionId> find_rung(std::string_view name) const;
  };
  using Channels = std::map<std::string, ChannelState, std::less<>>;

  void configure(const NodeConfig& config, const std::vector<Channel>& channels);
  void update_channel(const Channel& channel);
  ChannelState* add_channel(const std::string& id);
  void follow_air(ChannelState& state);
  void follow_rule(ChannelState& state);
  void tell_rule(ChannelState& state);
  Served find_served(std::string_view name);
  void load_slate(ChannelState& state);
  void remove_channel(Channels::iterator channel);
  void tell_ends();
  void listen(const std::string& name, UniqueFd socket);
  void become_ready();
  void stop();

  void take_link(const std::string& peer, const std::string& channel,
                 const std::shared_ptr<Link>& link);
  void take_streamer(const std::string& channel, const std::shared_ptr<Link>& link);
  void take_gateway(const std::shared_ptr<Link>& link);
  void from_streamer(ChannelState& state, MessageKind kind, ByteSpan body);
  void take_generation(ChannelState& state, MessageKind kind, ByteSpan body);
  void from_gateway(const std::shared_ptr<Link>& link, MessageKind kind, ByteSpan body);
  void request_keyframe(size_t slot);

  JoinAnswer join(const JoinRequest& request);
  JoinAnswer hand_to_shard(const Served& served, const JoinRequest& request,
                           const Fingerprint& fingerprint, Admission::Place place);
  // The one with the fewest viewers of those that have time for another one.
  Shard* shard_with_time() const;
  // The shard of a viewer, if it may be one of that channel's.
  Shard* shard_of(std::string_view viewer, const std::string& channel) const;
  void leave(const std::shared_ptr<Link>& link, LeaveRequest request);
  void restart_ice(const std::shared_ptr<Link>& link, IceRestartRequest request);
  void select(const std::shared_ptr<Link>& link, SelectRequest request);

  void drive(ChannelState& state);        // hands out what the source gave
  void tell_on_air(ChannelState& state);  // when something of it is another
  uint64_t viewers_of(size_t slot) const;
  void tell_figures();
  int viewers() const;  // of all shards, those that are still connecting included
  void arm_source_timer();
  void handle_source_timer();
  void beat();
  void give_memory_back();
  void tell_status();

  Role& role_;
  std::unique_ptr<RelayMetrics> metrics_;
  std::shared_ptr<const DtlsCertificate> certificate_;
  bool configured_ = false;
  bool ready_ = false;
  bool stopping_ = false;
  NodeConfig config_;
  Channels channels_;
  ChannelSlots slots_;
  std::array<ChannelState*, kMaxServed> by_slot_{};
  std::vector<std::shared_ptr<Link>> gateways_;
  Admission admission_;
  std::map<int, std::unique_ptr<Shard>> shards_;
  boost::asio::steady_timer source_timer_;
  boost::asio::steady_timer beat_timer_;
  std::string status_;
  uint64_t beats_ = 0;
  // Since memory was given back last.
  struct Crowd {
    int viewers = 0;
    int joined = 0;
    int calm_seconds = 0;
  } crowd_;
};

}  // namespace longmen

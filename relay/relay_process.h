// The relay's main thread: configuration, channels, links to streamers and gateways, shards, joins,
// metrics. It decides which shard takes a viewer (the one with the fewest) and whether there is
// room (Admission, and no shard may be busier than max_busy_percent with those who watch); it hands
// each unit once to each shard. Viewers belong to shards and outlive the gateway
// that asked for them. Bounds: kMaxChannels channels, 64 shards, max_viewers of the configuration.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/access/watch_rule.h"
#include "core/node/hidden_channel.h"
#include "net/role.h"
#include "net/slate_shelf.h"
#include "relay/admission.h"
#include "relay/channel_slots.h"
#include "relay/channel_source.h"
#include "relay/feed_preview.h"
#include "relay/relay_metrics.h"
#include "relay/shard.h"

namespace longmen {

class RelayProcess {
 public:
  // So long after its last viewer an input's preview is still encoded.
  static constexpr std::chrono::seconds kPreviewLinger{10};

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
  // One of the channel's hidden pictures.
  struct HiddenState {
    size_t slot = 0;
    FeedPreview preview;
    Monotonic wanted_until;  // of an input's: somebody watches, or did a moment ago
  };
  struct ChannelState {
    size_t slot = 0;
    std::array<HiddenState, kHiddenPictures.size()> hidden;  // by HiddenPicture
    Channel channel;
    SlateSet slates;  // that the source was given
    ChannelSource source;
    // The last that is held before it airs: the studio has it as it is made.
    Generation held_generation;
    std::shared_ptr<Link> streamer;
    std::string previews_told;  // to that streamer
    std::optional<ToldOnAir> told;
    std::optional<Monotonic> keyframe_requested;
    std::shared_ptr<const WatchRule> rule;
    std::set<int> without_rule;  // shards that it was not handed to yet

    HiddenState& of(HiddenPicture picture) { return hidden[static_cast<size_t>(picture)]; }
    const HiddenState& of(HiddenPicture picture) const {
      return hidden[static_cast<size_t>(picture)];
    }
  };
  // A channel as viewers ask for it: itself, or a hidden picture of it.
  struct Served {
    ChannelState* state = nullptr;  // null: there is no such channel
    std::optional<HiddenPicture> hidden;
    size_t slot() const { return hidden ? state->of(*hidden).slot : state->slot; }
    OnAirSource source() const {
      return hidden ? state->of(*hidden).preview.source() : state->source.source();
    }
    // Of the rung of that name.
    std::optional<RenditionId> find_rung(std::string_view name) const;
    RenditionId find_sound(std::string_view language) const;  // as Opus
  };
  using Channels = std::map<std::string, ChannelState, std::less<>>;

  void configure(const NodeConfig& config, const std::vector<Channel>& channels);
  void update_channel(const Channel& channel);
  ChannelState* add_channel(const std::string& id);
  void follow_air(ChannelState& state);
  void follow_rule(ChannelState& state);
  void follow_languages(const ChannelState& state, const std::vector<SoundLanguage>& before);
  void tell_rule(ChannelState& state);
  Served find_served(std::string_view name);
  void follow_slates();
  void follow_slates(ChannelState& state);
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
  void close_live(ChannelState& state);  // its streamer is gone, or another one comes
  void from_preview(ChannelState& state, MessageKind kind, ByteSpan body);
  void tell_previews(ChannelState& state);  // the streamer, which of them somebody watches
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

  // Both hand out what the source gave, which came at `arrived`, or just so.
  void drive(ChannelState& state, Monotonic arrived);
  void drive(ChannelState& state) { drive(state, role_.now()); }
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
  SlateShelf shelf_;
  bool slates_wait_ = false;  // for the media clock
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

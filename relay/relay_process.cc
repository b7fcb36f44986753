#include "relay/relay_process.h"

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <charconv>

#include "core/media/preview_message.h"
#include "relay/relay.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kBeat = 100ms;
constexpr uint64_t kBeatsPerCensus = 10;  // how many watch is told once a second
constexpr auto kShardSilence = 500ms;     // then the process does not say any more that it lives
constexpr auto kKeyframeRequestSpacing = 1s;
constexpr int kCrowd = 100;      // joins that are worth giving memory back for
constexpr int kCalmSeconds = 5;  // without one, and then it is done
constexpr std::string_view kSocketName = "udp";

}  // namespace

int run_relay(UniqueFd supervisor) {
  Role role("relay", "", std::move(supervisor));
  role.own_heartbeat(true);
  RelayProcess relay(role);
  return role.run(relay.handlers());
}

RelayProcess::RelayProcess(Role& role)
    : role_(role),
      metrics_(std::make_unique<RelayMetrics>(role.metrics())),
      shelf_(role.io(), kOpusRendition, [this] { follow_slates(); }),
      source_timer_(role.io()),
      beat_timer_(role.io()) {
  auto certificate = DtlsCertificate::make();
  if (!certificate) throw std::runtime_error(certificate.error().message);
  certificate_ = std::move(*certificate);
  beat();
}

RelayProcess::~RelayProcess() = default;

RoleHandlers RelayProcess::handlers() {
  RoleHandlers handlers;
  handlers.configure = [this](const NodeConfig& config, const std::vector<Channel>& channels) {
    configure(config, channels);
  };
  handlers.listen = [this](const std::string& name, UniqueFd socket) {
    listen(name, std::move(socket));
  };
  handlers.link = [this](const std::string& peer, const std::string& channel,
                         const std::shared_ptr<Link>& link) { take_link(peer, channel, link); };
  handlers.stop = [this] { stop(); };
  handlers.refresh_metrics = [this] {
    std::vector<const ShardTotals*> shards;
    for (const auto& [number, shard] : shards_)
      shards.push_back(&shard->totals());
    std::vector<RelayMetrics::ChannelView> channels;
    for (const auto& [id, state] : channels_) {
      channels.push_back({id, state.slot, state.source.source(), state.source.refused_units()});
      for (const HiddenPicture picture : kHiddenPictures) {
        const HiddenState& hidden = state.of(picture);
        channels.push_back({hidden_channel(id, picture), hidden.slot, hidden.preview.source(), 0});
      }
    }
    metrics_->refresh(shards, channels, admission_.pending());
  };
  return handlers;
}

// ---- configuration

void RelayProcess::configure(const NodeConfig& config, const std::vector<Channel>& channels) {
  config_ = config;
  configured_ = true;
  for (auto entry = channels_.begin(); entry != channels_.end();) {
    const auto current = entry++;
    if (std::ranges::none_of(channels, [&](const Channel& c) { return c.id == current->first; }))
      remove_channel(current);
  }
  shelf_.want(channels);
  for (const Channel& channel : channels)
    update_channel(channel);
  arm_source_timer();
  become_ready();
}

void RelayProcess::update_channel(const Channel& channel) {
  const auto found = channels_.find(channel.id);
  ChannelState* const state = found == channels_.end() ? add_channel(channel.id) : &found->second;
  if (!state) return spdlog::error("too many channels channel={}", channel.id);
  const std::vector<SoundLanguage> languages = languages_on_air(state->channel.sound);
  state->channel = channel;
  follow_rule(*state);
  follow_languages(*state, languages);
  follow_slates(*state);  // before the order, which shows one of them
  follow_air(*state);
  drive(*state);
}

RelayProcess::ChannelState* RelayProcess::add_channel(const std::string& id) {
  std::vector<size_t> taken;
  while (taken.size() < 1 + kHiddenPictures.size()) {
    const auto slot = slots_.take();
    if (!slot) {
      for (const size_t each : taken)
        slots_.end(each, {});
      return nullptr;
    }
    taken.push_back(*slot);
  }
  ChannelState& state = channels_[id];
  for (const size_t slot : taken)
    by_slot_[slot] = &state;
  state.slot = taken.front();
  for (size_t i = 0; i < state.hidden.size(); ++i)
    state.hidden[i].slot = taken[i + 1];
  return &state;
}

void RelayProcess::follow_air(ChannelState& state) {
  const AirOrder before = state.source.air();
  const AirOrder& air = state.channel.air;
  state.source.set_air(air, slate_moment_of(state.channel), role_.media_now());
  if (air == before) return;
  spdlog::info("order channel={} air={}", state.channel.id, name_of(air.rule));
  // The feed comes back with pictures from now on: at once, not where the next GOP begins.
  if (!before.holds_feed() || air.holds_feed()) return;
  state.keyframe_requested.reset();
  request_keyframe(state.slot);
}

// Whoever hears a language goes on in it wherever it is now; where it is gone, in the first.
void RelayProcess::follow_languages(const ChannelState& state,
                                    const std::vector<SoundLanguage>& before) {
  const std::vector<SoundLanguage> now = languages_on_air(state.channel.sound);
  if (before.empty() || now == before) return;
  Shard::SoundsInput sounds;
  for (size_t sound = 0; sound < before.size(); ++sound)
    sounds.become[sound] = find_language(now, before[sound].tag).value_or(0);
  for (const auto& [number, shard] : shards_) {
    if (!shard->hand({state.slot, Shard::SoundsInput(sounds)}))
      spdlog::warn("a shard is too busy to hear of languages channel={} shard={}", state.channel.id,
                   number);
  }
}

void RelayProcess::follow_rule(ChannelState& state) {
  WatchRule rule(state.channel);
  if (state.rule && *state.rule == rule) return;
  state.rule = std::make_shared<const WatchRule>(std::move(rule));
  for (const auto& [number, shard] : shards_)
    state.without_rule.insert(number);
  tell_rule(state);
}

// A shard whose inbox is full hears of it at the next beat, behind the joins that are in there.
void RelayProcess::tell_rule(ChannelState& state) {
  std::erase_if(state.without_rule, [&](int number) {
    Shard& shard = *shards_.at(number);
    return shard.hand({state.slot, Shard::RuleInput{state.rule, false}}) &&
           std::ranges::all_of(state.hidden, [&](const HiddenState& hidden) {
             return shard.hand({hidden.slot, Shard::RuleInput{state.rule, true}});
           });
  });
}

void RelayProcess::follow_slates() {
  for (auto& [id, state] : channels_) {
    follow_slates(state);
    drive(state);
  }
  arm_source_timer();
}

// Without the media clock nobody knows where in its loop a slate is: beat() tries again. What was
// there before is better than none.
void RelayProcess::follow_slates(ChannelState& state) {
  if (!role_.clock().is_set()) {
    slates_wait_ = true;
    return;
  }
  const MediaTime now = role_.media_now();
  SlateSet slates = shelf_.slates_of(state.channel);
  for (const SlateOccasion occasion : kSlateOccasions) {
    if (!slates[occasion]) slates[occasion] = state.slates[occasion];
    if (!slates[occasion]) slates[occasion] = shelf_.card_of(state.channel);
  }
  if (const auto card = shelf_.card_of(state.channel)) {
    for (HiddenState& hidden : state.hidden)
      hidden.preview.set_slate(card, now);
  }
  if (slates == state.slates) return;
  state.slates = slates;
  state.source.set_slates(slates, now);
}

void RelayProcess::remove_channel(Channels::iterator channel) {
  ChannelState& state = channel->second;
  if (state.streamer) state.streamer->close();
  std::vector<int> shards;
  for (const auto& [number, shard] : shards_)
    shards.push_back(number);
  const auto end = [&](size_t slot) {
    slots_.end(slot, shards);
    by_slot_[slot] = nullptr;
  };
  end(state.slot);
  for (const HiddenState& hidden : state.hidden)
    end(hidden.slot);
  channels_.erase(channel);
  tell_ends();
}

void RelayProcess::tell_ends() {
  slots_.tell_ends([this](int shard, size_t slot) {
    return shards_.at(shard)->hand({slot, Shard::EndChannel{}});
  });
}

void RelayProcess::listen(const std::string& name, UniqueFd socket) {
  int number = -1;
  if (name.starts_with(kSocketName))
    std::from_chars(name.data() + kSocketName.size(), name.data() + name.size(), number);
  if (number < 0 || shards_.contains(number)) {
    return spdlog::error("socket {} is not for a shard", name);
  }
  Shard::Settings settings;
  settings.number = number;
  settings.certificate = certificate_;
  settings.clock = &role_.clock();
  settings.on_first_picture = [this](std::chrono::nanoseconds since_join) {
    metrics_->observe_first_picture(since_join);
  };
  settings.on_keyframe_needed = [this](size_t slot) {
    boost::asio::post(role_.io(), [this, slot] { request_keyframe(slot); });
  };
  auto shard = Shard::make(std::move(settings), std::move(socket));
  if (!shard) return spdlog::error("shard {}: {}", number, shard.error().message);
  spdlog::info("shard {} serves UDP port {}", number, (*shard)->address().port);
  (*shard)->start();
  shards_[number] = std::move(*shard);
  for (auto& [id, state] : channels_) {
    state.without_rule.insert(number);
    tell_rule(state);
  }
  become_ready();
}

void RelayProcess::become_ready() {
  const auto expected = static_cast<size_t>(std::max(1, config_.relay.shards));
  if (ready_ || !configured_ || shards_.size() < expected) return;
  ready_ = true;
  role_.ready();
  tell_status();
}

void RelayProcess::stop() {
  stopping_ = true;
  source_timer_.cancel();
  beat_timer_.cancel();
  for (const auto& [number, shard] : shards_)
    if (shard->hand({0, Shard::StopInput{}})) shard->join();
  role_.finished();
}

// ---- links

void RelayProcess::take_link(const std::string& peer, const std::string& channel,
                             const std::shared_ptr<Link>& link) {
  if (peer == "streamer") return take_streamer(channel, link);
  if (peer == "gateway") return take_gateway(link);
  spdlog::warn("a link to {} is of no use here", peer);
}

void RelayProcess::take_streamer(const std::string& channel, const std::shared_ptr<Link>& link) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return spdlog::warn("streamer of no channel channel={}", channel);
  ChannelState& state = found->second;
  if (state.streamer) {
    state.streamer->close();
    close_live(state);
  }
  state.streamer = link;
  state.previews_told.clear();
  drive(state);
  // The channel may be gone when something comes: it is looked up each time.
  const auto current = [this, channel, weak = std::weak_ptr(link)]() -> ChannelState* {
    const auto entry = channels_.find(channel);
    const bool same =
        entry != channels_.end() && entry->second.streamer && entry->second.streamer == weak.lock();
    return same ? &entry->second : nullptr;
  };
  link->start(
      [this, current](MessageKind kind, ByteSpan body, UniqueFd) {
        if (ChannelState* mine = current()) from_streamer(*mine, kind, body);
      },
      [this, current] {
        ChannelState* mine = current();
        if (!mine) return;
        mine->streamer.reset();
        close_live(*mine);
        drive(*mine);
        arm_source_timer();
      });
}

void RelayProcess::close_live(ChannelState& state) {
  state.source.handle_link_closed(role_.media_now());
  for (HiddenState& hidden : state.hidden)
    hidden.preview.handle_link_closed(role_.media_now());
}

void RelayProcess::from_streamer(ChannelState& state, MessageKind kind, ByteSpan body) {
  FeedPreview& programme = state.of(HiddenPicture::kProgramme).preview;
  if (kind == MessageKind::kGeneration || kind == MessageKind::kProgrammeGeneration) {
    take_generation(state, kind, body);
  } else if (kind == MessageKind::kMediaUnit || kind == MessageKind::kProgrammeUnit) {
    const Monotonic now = role_.now();
    auto unit = read_media_unit(body);
    if (!unit) return metrics_->count_drop(unit.error());
    const MediaTime media_now = role_.media_at(now);
    auto shared = std::make_shared<const MediaUnit>(std::move(*unit));
    const bool held = shared->generation == state.held_generation;
    if (held == (kind == MessageKind::kProgrammeUnit))
      programme.handle_unit(shared, now, media_now);
    if (kind == MessageKind::kMediaUnit) state.source.handle_unit(shared, now, media_now);
    drive(state, now);
    arm_source_timer();
  } else if (kind == MessageKind::kPreviewGeneration || kind == MessageKind::kPreviewUnit) {
    from_preview(state, kind, body);
  } else {
    metrics_->count_drop(DropReason::kUnsupported);
  }
}

void RelayProcess::take_generation(ChannelState& state, MessageKind kind, ByteSpan body) {
  auto announcement = generation_announcement_from_json(as_text(body));
  if (!announcement) {
    return spdlog::error("{} channel={}", announcement.error().message, state.channel.id);
  }
  FeedPreview& programme = state.of(HiddenPicture::kProgramme).preview;
  if (kind == MessageKind::kProgrammeGeneration) {
    state.held_generation = announcement->generation;
    return programme.handle_announcement(*announcement);
  }
  state.source.handle_announcement(*announcement);
  if (announcement->generation != state.held_generation)
    programme.handle_announcement(*announcement);
}

void RelayProcess::from_preview(ChannelState& state, MessageKind kind, ByteSpan body) {
  const auto message = read_preview_message(body);
  if (!message) return metrics_->count_drop(message.error());
  FeedPreview& preview = state.of(preview_of(message->input)).preview;
  if (kind == MessageKind::kPreviewGeneration) {
    auto announcement = generation_announcement_from_json(as_text(message->body));
    if (!announcement)
      return spdlog::error("{} channel={}", announcement.error().message, state.channel.id);
    return preview.handle_announcement(*announcement);
  }
  const Monotonic now = role_.now();
  auto unit = read_media_unit(message->body);
  if (!unit) return metrics_->count_drop(unit.error());
  preview.handle_unit(std::make_shared<const MediaUnit>(std::move(*unit)), now,
                      role_.media_at(now));
  drive(state, now);
  arm_source_timer();
}

// Said again to each new streamer; a moment longer than somebody watches, so that a page that is
// loaded again begins with a picture.
void RelayProcess::tell_previews(ChannelState& state) {
  const Monotonic now = role_.now();
  boost::json::array inputs;
  for (const ChannelInput input : kChannelInputs) {
    HiddenState& hidden = state.of(preview_of(input));
    if (viewers_of(hidden.slot) > 0) hidden.wanted_until = now + kPreviewLinger;
    if (now < hidden.wanted_until) inputs.emplace_back(name_of(input));
  }
  if (!state.streamer) return;
  std::string wanted = boost::json::serialize(boost::json::object{{"inputs", std::move(inputs)}});
  if (wanted == state.previews_told) return;
  if (state.streamer->send(MessageKind::kPreviewsWanted, wanted))
    state.previews_told = std::move(wanted);
}

void RelayProcess::request_keyframe(size_t slot) {
  ChannelState* state = by_slot_[slot];
  const Monotonic now = role_.now();
  if (!state || !state->streamer || stopping_) return;
  // An input's preview has one each second; its viewers are no reason for one of the programme's.
  const bool of_programme =
      slot == state->slot || slot == state->of(HiddenPicture::kProgramme).slot;
  if (!of_programme) return;
  if (state->keyframe_requested && now - *state->keyframe_requested < kKeyframeRequestSpacing)
    return;
  state->keyframe_requested = now;
  spdlog::info("asking for a keyframe channel={}", state->channel.id);
  state->streamer->send(MessageKind::kKeyframeRequest, ByteSpan());
}

void RelayProcess::take_gateway(const std::shared_ptr<Link>& link) {
  gateways_.push_back(link);
  link->start(
      [this, weak = std::weak_ptr(link)](MessageKind kind, ByteSpan body, UniqueFd) {
        if (const auto alive = weak.lock()) from_gateway(alive, kind, body);
      },
      [this, weak = std::weak_ptr(link)] { std::erase(gateways_, weak.lock()); });
}

// ---- what is on air

void RelayProcess::drive(ChannelState& state, Monotonic arrived) {
  const auto hand_out = [this, arrived](size_t slot, const ChannelSource::Output& output) {
    for (const auto& [number, shard] : shards_) {
      // A shard that is that late misses the unit, and goes on at the next keyframe.
      if (!shard->hand({slot, Shard::UnitInput{output.on_air, output.unit, arrived}}))
        metrics_->count_drop(DropReason::kQueueFull);
    }
  };
  while (const auto output = state.source.poll_output())
    hand_out(state.slot, *output);
  for (HiddenState& hidden : state.hidden) {
    while (const auto output = hidden.preview.poll_output())
      hand_out(hidden.slot, *output);
  }
  tell_on_air(state);
}

void RelayProcess::tell_on_air(ChannelState& state) {
  const OnAirSource source = state.source.source();
  const Generation generation = state.source.generation();
  const std::string_view rule = name_of(state.source.air().rule);
  const OnAirSource feed = state.of(HiddenPicture::kProgramme).preview.source();
  const uint64_t viewers = viewers_of(state.slot);
  const ToldOnAir now{source, generation, state.source.air().rule, feed, viewers};
  if (state.told == now) return;
  const bool same =
      state.told && state.told->source == source && state.told->generation == generation;
  state.told = now;
  if (!same)
    spdlog::info("on air channel={} source={} generation={}", state.channel.id,
                 on_air_source_name(source), generation.value);
  role_.tell(MessageKind::kOnAir,
             boost::json::serialize(boost::json::object{{"channel", state.channel.id},
                                                        {"source", on_air_source_name(source)},
                                                        {"generation", generation.value},
                                                        {"rule", rule},
                                                        {"preview", on_air_source_name(feed)},
                                                        {"viewers", viewers}}));
}

uint64_t RelayProcess::viewers_of(size_t slot) const {
  uint64_t viewers = 0;
  for (const auto& [number, shard] : shards_)
    viewers += shard->totals().viewers[slot].value();
  return viewers;
}

// Once a second, for whoever looks at the channel.
void RelayProcess::tell_figures() {
  boost::json::array list;
  for (const auto& [id, state] : channels_) {
    std::array<uint64_t, kMaxVideoRenditions + 1> watching{};
    uint64_t packets = 0, nacked = 0, late_stops = 0;
    for (const auto& [number, shard] : shards_) {
      const ShardTotals::OfChannel& of = shard->totals().channels[state.slot];
      packets += of.packets.value();
      nacked += of.nacked.value();
      late_stops += of.late_stops.value();
      for (size_t i = 0; i < watching.size(); ++i)
        watching[i] += of.watching[i].value();
    }
    uint64_t previews = 0;
    for (const HiddenState& hidden : state.hidden)
      previews += viewers_of(hidden.slot);
    boost::json::object by_rendition;
    for (size_t rung = 0; rung < state.channel.video.size(); ++rung)
      by_rendition[state.channel.video[rung].name] = watching[rung];
    by_rendition["audio"] = watching.back();
    list.push_back(boost::json::object{{"channel", id},
                                       {"webrtc", std::move(by_rendition)},
                                       {"preview_viewers", previews},
                                       {"packets", packets},
                                       {"nacked", nacked},
                                       {"late_stops", late_stops}});
  }
  role_.tell(MessageKind::kFigures,
             boost::json::serialize(boost::json::object{{"relay", std::move(list)}}));
}

int RelayProcess::viewers() const {
  int count = 0;
  for (const auto& [number, shard] : shards_)
    count += shard->viewers();
  return count;
}

void RelayProcess::arm_source_timer() {
  std::optional<Monotonic> next;
  const auto consider = [&next](Monotonic at) { next = next ? std::min(*next, at) : at; };
  for (const auto& [id, state] : channels_) {
    const auto consider_both = [&](const auto& source) {
      if (const auto live = source.live_deadline()) consider(*live);
      if (const auto slate = source.slate_due()) consider(role_.clock().monotonic_at(*slate));
    };
    consider_both(state.source);
    for (const HiddenState& hidden : state.hidden)
      consider_both(hidden.preview);
  }
  if (!next || stopping_) return;
  source_timer_.expires_at(
      std::chrono::time_point_cast<std::chrono::steady_clock::duration>(*next));
  source_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) handle_source_timer();
  });
}

void RelayProcess::handle_source_timer() {
  const Monotonic now = role_.now();
  const MediaTime media_now = role_.media_at(now);
  for (auto& [id, state] : channels_) {
    state.source.handle_timeout(now, media_now);
    for (HiddenState& hidden : state.hidden)
      hidden.preview.handle_timeout(now, media_now);
    drive(state, now);
  }
  arm_source_timer();
}

// ---- life

// The process lives when its main thread and all its shards do.
void RelayProcess::beat() {
  const Monotonic now = role_.now();
  const bool all_live = std::ranges::all_of(
      shards_, [&](const auto& entry) { return now - entry.second->last_beat() < kShardSilence; });
  if (all_live) role_.alive();
  tell_ends();
  for (auto& [id, state] : channels_) {
    if (!state.without_rule.empty()) tell_rule(state);
    tell_previews(state);
  }
  if (slates_wait_ && role_.clock().is_set()) {
    slates_wait_ = false;
    follow_slates();
  }
  if (++beats_ % kBeatsPerCensus == 0) {
    for (auto& [id, state] : channels_)
      tell_on_air(state);
    tell_figures();
    give_memory_back();
  }
  tell_status();
  beat_timer_.expires_after(kBeat);
  beat_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) beat();
  });
}

// Handshakes in a crowd leave 30 kB a viewer free, which the allocator would keep. Once the crowd
// is in: shards, which wait for it meanwhile when they allocate, do not when they send.
void RelayProcess::give_memory_back() {
  const int now_here = viewers();
  const int joined = std::max(0, now_here - crowd_.viewers);
  crowd_.joined += joined;
  crowd_.viewers = now_here;
  crowd_.calm_seconds = joined > 0 ? 0 : crowd_.calm_seconds + 1;
  if (crowd_.joined < kCrowd || crowd_.calm_seconds < kCalmSeconds) return;
  crowd_.joined = 0;
  malloc_trim(0);
}

void RelayProcess::tell_status() {
  if (!ready_) return;
  const int watching = viewers();
  std::string text = fmt::format("{} viewers, {} shards", watching, shards_.size());
  for (const auto& [id, state] : channels_)
    text += fmt::format(", {} {}", id, on_air_source_name(state.source.source()));
  if (text == status_) return;
  status_ = text;
  role_.status(boost::json::serialize(boost::json::object{{"text", text}, {"viewers", watching}}));
}

}  // namespace longmen

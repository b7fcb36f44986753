// A programme with its feed side in one process, and everything that comes out of it. Feeds are
// played in real time on the calling thread; a machine that is too busy for that is noticed, the
// broadcast tried again, and in the end not judged by its times.
#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/time/media_clock.h"
#include "streamer/feed_inputs.h"
#include "streamer/gst_setup.h"
#include "streamer/programme.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen::test {

using namespace std::chrono_literals;

inline Channel small_channel(int frames_per_second = 30) {
  Channel channel;
  channel.id = "test";
  channel.name = "Test";
  channel.frames_per_second = frames_per_second;
  channel.video = {{"360p", 640, 360, 900}, {"216p", 384, 216, 400}};
  return channel;
}

class Broadcast {
 public:
  // What is made is on air `ahead` later.
  explicit Broadcast(Channel channel = small_channel(), Flicks ahead = Flicks(0))
      : channel_(std::move(channel)), metrics_(registry_, channel_) {
    EXPECT_TRUE(set_up_gstreamer());
    const Monotonic now = std::chrono::steady_clock::now();
    clock_.set({{now, MediaTime(1'764'000'000s + 377ms), 0}, std::nullopt});
    Programme::Hooks hooks;
    hooks.outputs.unit = [this](MediaUnit unit) {
      const std::lock_guard lock(mutex_);
      units_[unit.rendition].push_back(std::move(unit));
    };
    hooks.outputs.announced = [this](const GenerationAnnouncement& announcement) {
      const std::lock_guard lock(mutex_);
      announcement_ = announcement;
    };
    hooks.alive = [this] { ++alive_; };
    hooks.failed = [](const std::string& words) { ADD_FAILURE() << words; };
    hooks.switched = [this](const SwitchReport& report) {
      const std::lock_guard lock(mutex_);
      switches_.push_back(report);
    };
    const AirClock clock(clock_, ahead);
    programme_ = std::make_unique<Programme>(channel_, 7, clock, metrics_, std::move(hooks));
    input_ = std::make_unique<FeedInputs>(channel_, clock, *programme_, metrics_);
    input_->begin(now);
  }

  void send(const FeedTrack& track, ChannelInput input = ChannelInput::kPrimary) {
    Bytes body;
    write_feed_track(input, track, body);
    input_->message(MessageKind::kFeedTrack, body, std::chrono::steady_clock::now());
  }
  void send(const FeedUnit& unit, ChannelInput input = ChannelInput::kPrimary) {
    Bytes body;
    write_feed_unit(input, unit, body);
    input_->message(MessageKind::kFeedUnit, body, std::chrono::steady_clock::now());
  }
  void send_end(ChannelInput input = ChannelInput::kPrimary) {
    Bytes body;
    write_feed_end(input, body);
    input_->message(MessageKind::kFeedEnd, body, std::chrono::steady_clock::now());
  }

  // As a sender does, with every unit `delay(unit)` after its decoding time.
  template <class Delay>
  void play(const RecordedFeed& feed, Delay delay) {
    for (const FeedTrack& track : feed.tracks)
      send(track);
    std::vector<std::pair<Flicks, const FeedUnit*>> order;
    for (const FeedUnit& unit : feed.units)
      order.emplace_back(unit.dts + delay(unit), &unit);
    std::ranges::stable_sort(order, {}, [](const auto& entry) { return entry.first; });
    const Monotonic start = std::chrono::steady_clock::now();
    for (const auto& [due, unit] : order) {
      const Monotonic arrival = start + floor_nanoseconds(due - order.front().first);
      wait_until(arrival);
      FeedUnit sent = *unit;
      sent.arrival = std::chrono::steady_clock::now();
      send(sent);
    }
  }
  void play(const RecordedFeed& feed) {
    play(feed, [](const FeedUnit&) { return Flicks(0); });
  }

  void wait_until(Monotonic time) {
    std::this_thread::sleep_until(time);
    worst_lateness_ = std::max(worst_lateness_, std::chrono::steady_clock::now() - time);
  }
  // Half of what the retimers wait for a picture that is late.
  bool calm() const { return worst_lateness_ < 30ms && metrics_.dropped.Value() == 0; }

  // Ends everything; what came out stays. AAC and decoders are given a moment to finish.
  void finish() {
    std::this_thread::sleep_for(200ms);
    last_state_ = programme_->state();
    input_.reset();
    programme_.reset();
  }

  Programme& programme() { return *programme_; }
  const ProgrammeState& last_state() const { return last_state_; }  // once it is finished
  StreamerMetrics& metrics() { return metrics_; }
  const SharedMediaClock& clock() const { return clock_; }
  const Channel& channel() const { return channel_; }
  int alive() const { return alive_; }
  std::optional<GenerationAnnouncement> announcement() {
    const std::lock_guard lock(mutex_);
    return announcement_;
  }
  std::vector<SwitchReport> switches() {
    const std::lock_guard lock(mutex_);
    return switches_;
  }
  std::vector<MediaUnit> units(RenditionId rendition) {
    const std::lock_guard lock(mutex_);
    return units_[rendition];
  }

 private:
  Channel channel_;
  prometheus::Registry registry_;
  StreamerMetrics metrics_;
  SharedMediaClock clock_;
  std::mutex mutex_;
  std::map<RenditionId, std::vector<MediaUnit>> units_;
  std::optional<GenerationAnnouncement> announcement_;
  std::atomic<int> alive_{0};
  std::chrono::nanoseconds worst_lateness_{0};
  std::unique_ptr<Programme> programme_;
  std::vector<SwitchReport> switches_;
  ProgrammeState last_state_;
  std::unique_ptr<FeedInputs> input_;
};

template <class Play>
std::unique_ptr<Broadcast> broadcast(const Channel& channel, Play play) {
  for (int attempt = 1;; ++attempt) {
    auto made = std::make_unique<Broadcast>(channel);
    play(*made);
    made->finish();
    if (made->calm() || attempt == 3) return made;
  }
}
inline std::unique_ptr<Broadcast> broadcast(const Channel& channel, const RecordedFeed& feed) {
  return broadcast(channel, [&](Broadcast& on) { on.play(feed); });
}

}  // namespace longmen::test

// A channel, its viewers in core/, a network and a player for each, in virtual time. Handshakes are
// stubbed: both sides are given the keys. The source is switched as a relay does it: begin the
// generation, push its units since the keyframe, poll the viewers in rotating order.
#pragma once

#include <cstdlib>
#include <memory>
#include <numeric>
#include <vector>

#include "tests/sim/network.h"
#include "tests/sim/sent_record.h"
#include "tests/support/receiver.h"

namespace longmen::sim {

// 1 to `count`, or the one that LONGMEN_SIM_SEED names.
inline std::vector<uint64_t> seeds(uint64_t count) {
  if (const char* seed = std::getenv("LONGMEN_SIM_SEED")) return {std::strtoull(seed, nullptr, 10)};
  std::vector<uint64_t> all(count);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

inline constexpr std::chrono::nanoseconds kStep = std::chrono::milliseconds(5);
// Live and slate units arrive this long after their media time.
inline constexpr std::chrono::nanoseconds kLatency = std::chrono::milliseconds(40);

struct SimulatedViewer {
  SimulatedViewer(const JoinRequest& request, const ViewerIdentity& identity, const SrtpKeys& keys,
                  RenditionId rendition, const LinkQuality& link)
      : ssrc(identity),
        quality(link),
        up_quality(link),
        viewer(request, identity, rendition, std::chrono::milliseconds(5)),
        receiver(request, identity, keys, std::chrono::milliseconds(50)),
        sent(identity.video_ssrc) {
    EXPECT_TRUE(viewer.start(keys));
  }

  ViewerIdentity ssrc;
  LinkQuality quality;
  LinkQuality up_quality;
  std::optional<Bottleneck> bottleneck;  // towards the viewer
  Monotonic down_outage{};
  Monotonic up_outage{};
  Viewer viewer;
  test::Receiver receiver;
  SentRecord sent;
};

class Broadcast {
 public:
  Broadcast(uint64_t seed, MediaTime start)
      : random_(seed),
        network_(seed + 1),
        offset_(start - media_of(Monotonic{})),
        buffer_(kTrainBufferBytes) {}

  // Sequence numbers begin at random below 2^15, or where `first_sequence` says.
  SimulatedViewer& add_viewer(SrtpProfile profile, RenditionId rendition,
                              const LinkQuality& quality,
                              std::optional<uint16_t> first_sequence = {},
                              const JoinRequest& request = test::player_request()) {
    ViewerIdentity identity;
    identity.video_ssrc = static_cast<uint32_t>(3 * viewers_.size() + 1);
    identity.video_rtx_ssrc = identity.video_ssrc + 1;
    identity.audio_ssrc = identity.video_ssrc + 2;
    for (uint16_t& sequence : identity.first_sequences)
      sequence = first_sequence.value_or(static_cast<uint16_t>(random_()));
    identity.cname = "simulation";
    viewers_.push_back(std::make_unique<SimulatedViewer>(
        request, identity, test::random_srtp_keys(profile, random_()), rendition, quality));
    viewers_.back()->receiver.set_media_offset(offset_);
    return *viewers_.back();
  }

  // Puts the programme on air from the last keyframe before now; null: nothing comes any more.
  void switch_to(test::Programme* programme) {
    programme_ = programme;
    if (programme == nullptr) return;
    channel_.begin_generation(programme->generation(), programme->renditions());
    const MediaTime shown = media_now() - floor_flicks(kLatency);
    next_frame_ = static_cast<uint64_t>(shown.time_since_epoch() / test::kFrameDuration) /
                  test::kGopFrames * test::kGopFrames;
    next_sound_ = static_cast<uint64_t>(shown.time_since_epoch() / test::kSoundDuration);
  }

  void run(std::chrono::nanoseconds duration) {
    for (const Monotonic end = now_ + duration; now_ < end; now_ += kStep) {
      push_due_units();
      while (const auto datagram = network_.receive(now_))
        deliver(*datagram);
      ++rotation_;
      for (size_t i = 0; i < viewers_.size(); ++i) {
        const size_t which = (i + rotation_) % viewers_.size();
        transmit(which);
        SimulatedViewer& viewer = *viewers_[which];
        Bytes rtcp = viewer.receiver.poll_rtcp(now_);
        if (!rtcp.empty()) send_back(viewer, which, std::move(rtcp));
        Bytes feedback = viewer.receiver.poll_feedback(now_);
        if (!feedback.empty()) send_back(viewer, which, std::move(feedback));
      }
    }
  }

  std::vector<std::unique_ptr<SimulatedViewer>>& viewers() { return viewers_; }
  Monotonic now() const { return now_; }
  MediaTime media_now() const { return media_of(now_) + offset_; }
  const Network& network() const { return network_; }
  std::mt19937_64& random() { return random_; }

 private:
  static MediaTime media_of(Monotonic now) {
    return MediaTime(floor_flicks(now.time_since_epoch()));
  }

  void push_due_units() {
    if (programme_ == nullptr) return;
    const MediaTime due = media_now() - floor_flicks(kLatency);
    for (; MediaTime(static_cast<int64_t>(next_frame_) * test::kFrameDuration) <= due;
         ++next_frame_)
      for (RenditionId rendition : programme_->renditions()) {
        if (!is_video(rendition)) continue;
        ASSERT_TRUE(channel_.push(programme_->frame(rendition.value, next_frame_)));
      }
    for (; MediaTime(static_cast<int64_t>(next_sound_) * test::kSoundDuration) <= due;
         ++next_sound_)
      ASSERT_TRUE(channel_.push(programme_->sound(next_sound_)));
  }

  void send_back(SimulatedViewer& viewer, size_t which, Bytes rtcp) {
    network_.send(viewer.up_quality, viewer.up_outage, {{}, 0, which, false, std::move(rtcp)},
                  now_);
  }

  void transmit(size_t which) {
    SimulatedViewer& viewer = *viewers_[which];
    bool through = false;
    while (const auto train = viewer.viewer.poll_transmit(channel_, now_, media_now(), buffer_)) {
      ASSERT_FALSE(through) << "there was more to send";
      through = viewer.viewer.is_through(channel_, now_);
      ByteSpan rest = ByteSpan(buffer_).first(train->bytes);
      while (!rest.empty()) {
        const ByteSpan datagram = rest.first(std::min(train->segment_bytes, rest.size()));
        rest = rest.subspan(datagram.size());
        viewer.sent.add(datagram);
        network_.send(viewer.quality, viewer.down_outage,
                      {{}, 0, which, true, Bytes(datagram.begin(), datagram.end())}, now_,
                      viewer.bottleneck ? &*viewer.bottleneck : nullptr);
      }
    }
  }

  void deliver(const Datagram& datagram) {
    SimulatedViewer& viewer = *viewers_[datagram.viewer];
    if (datagram.to_viewer) return viewer.receiver.handle_datagram(datagram.bytes, datagram.at);
    Bytes rtcp = datagram.bytes;
    (void)viewer.viewer.handle_srtcp(rtcp, now_, media_now());  // duplicates are refused
  }

  std::mt19937_64 random_;
  Network network_;
  Flicks offset_;
  Bytes buffer_;
  Monotonic now_{std::chrono::seconds(1)};
  ChannelCache channel_;
  std::vector<std::unique_ptr<SimulatedViewer>> viewers_;
  test::Programme* programme_ = nullptr;
  uint64_t next_frame_ = 0;
  uint64_t next_sound_ = 0;
  size_t rotation_ = 0;
};

}  // namespace longmen::sim

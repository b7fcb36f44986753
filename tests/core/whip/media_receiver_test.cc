#include "core/whip/media_receiver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/support/media_sender.h"

namespace longmen::whip {
namespace {

using namespace std::chrono_literals;
using test::MediaSender;

// A sender and a receiver with a path between them that loses and delays, on a clock of the test's.
class MediaReceiverTest : public testing::Test {
 protected:
  MediaReceiverTest() { begin(); }
  void begin() {
    options_.own_ssrc = 0x44444444;
    options_.cname = "receiver";
    receiver_.emplace(options_, now_);
  }

  bool lost() { return std::uniform_real_distribution(0.0, 1.0)(random_) < loss_; }
  void to_receiver() {
    for (Bytes& packet : sender_.take())
      if (!lost()) onward_.emplace(now_ + way_, std::move(packet));
  }
  void flush() {
    while (auto compound = receiver_->poll_rtcp())
      if (!lost()) back_.emplace(now_ + way_, std::move(*compound));
    while (auto item = receiver_->poll_feed(now_)) {
      if (const auto* track = std::get_if<FeedTrack>(&*item)) tracks_.push_back(*track);
      if (const auto* unit = std::get_if<FeedUnit>(&*item)) units_.push_back(*unit);
    }
  }
  // 30 pictures and 50 sounds a second.
  void run(std::chrono::milliseconds time) {
    const Monotonic end = now_ + time;
    for (; now_ < end; now_ += 1ms) {
      const auto ms = now_.time_since_epoch() / 1ms;
      if (ms % 33 == 0) sender_.picture(now_);
      if (ms % 20 == 0) sender_.sound(now_);
      if (ms % 500 == 0) sender_.probe();
      if (ms % 1000 == 7) reports_.emplace(now_ + way_, sender_.reports(now_));
      to_receiver();
      for (; !reports_.empty() && reports_.begin()->first <= now_; reports_.erase(reports_.begin()))
        EXPECT_TRUE(receiver_->handle_rtcp(reports_.begin()->second, now_));
      for (; !onward_.empty() && onward_.begin()->first <= now_; onward_.erase(onward_.begin()))
        EXPECT_TRUE(receiver_->handle_rtp(onward_.begin()->second, now_));
      if (receiver_->next_timeout() <= now_) receiver_->handle_timeout(now_);
      flush();
      for (; !back_.empty() && back_.begin()->first <= now_; back_.erase(back_.begin()))
        sender_.handle_rtcp(back_.begin()->second, now_);
    }
  }
  std::vector<FeedUnit> of(FeedCodec codec) const {
    std::vector<FeedUnit> all;
    for (const FeedUnit& unit : units_)
      if (unit.codec == codec) all.push_back(unit);
    return all;
  }

  MediaOptions options_{.video = MediaSender::video_media(), .audio = MediaSender::audio_media()};
  Monotonic now_{1000s};
  MediaSender sender_;
  std::optional<MediaReceiver> receiver_;
  std::mt19937_64 random_{7};
  double loss_ = 0;
  std::chrono::milliseconds way_{5};
  std::multimap<Monotonic, Bytes> onward_, back_, reports_;
  std::vector<FeedTrack> tracks_;
  std::vector<FeedUnit> units_;
};

TEST_F(MediaReceiverTest, AGoodPathCostsNoTimeAndNothingIsAskedFor) {
  run(5s);
  ASSERT_EQ(tracks_.size(), 2u);
  EXPECT_NE(tracks_[0].codec, tracks_[1].codec);
  const auto pictures = of(FeedCodec::kH264);
  const auto sounds = of(FeedCodec::kOpus);
  EXPECT_EQ(pictures.size(), sender_.pictures);
  EXPECT_NEAR(static_cast<double>(sounds.size()), 250, 2);
  EXPECT_TRUE(pictures.front().keyframe);
  EXPECT_EQ(sounds[1].data, (Bytes{0x78, 1, 2, 3}));
  EXPECT_EQ(pictures[9].dts - pictures[8].dts, Flicks(33ms));
  EXPECT_EQ(receiver_->delay(), 0ms);
  EXPECT_EQ(sender_.repeats, 0u);
  EXPECT_EQ(sender_.keyframes, 1u);
  EXPECT_EQ(sender_.told_lost, 0u);
  EXPECT_GT(sender_.feedbacks, 50u);
  EXPECT_GE(sender_.report_blocks, 8u);
  ASSERT_TRUE(receiver_->round_trip());
  EXPECT_NEAR(static_cast<double>(*receiver_->round_trip() / 1us), 10'000, 1'100);
}

// The figure that the project promises, here on a seeded path; tests/e2e/whip.test.mjs has
// Chromium.
TEST_F(MediaReceiverTest, At5PercentLossAnd80MsRoundTrip99PercentOfFramesAreWhole) {
  loss_ = 0.05;
  way_ = 40ms;
  run(60s);
  const MediaCounters counted = receiver_->counters();
  const double whole = static_cast<double>(counted.frames) / static_cast<double>(sender_.pictures);
  RecordProperty("whole_per_mille", static_cast<int>(whole * 1000));
  EXPECT_GT(whole, 0.99) << counted.frames << " of " << sender_.pictures;
  EXPECT_GT(counted.missed, counted.packets / 25);
  EXPECT_GT(counted.repaired * 100, counted.missed * 95);
  // Sound is mended, too, as it was sent.
  EXPECT_GT(of(FeedCodec::kOpus).size(), 2970u);
  // Asked for little more often than it was lost, on both ways.
  EXPECT_LT(sender_.repeats, counted.missed * 3 / 2);
  // And it goes on evenly: arrival against feed time is what nobody downstream has to level.
  size_t late = 0;
  const auto pictures = of(FeedCodec::kH264);
  for (size_t i = 600; i < pictures.size(); ++i) {
    const auto lateness =
        (pictures[i].arrival.time_since_epoch() - floor_nanoseconds(pictures[i].dts)) -
        (pictures[599].arrival.time_since_epoch() - floor_nanoseconds(pictures[599].dts));
    late += std::chrono::abs(lateness) > PlayoutBuffer::kTolerated;
  }
  EXPECT_LT(late * 50, pictures.size());
  EXPECT_LE(receiver_->delay(), 500ms);
}

TEST_F(MediaReceiverTest, WhatCannotBeMendedCostsAKeyframe) {
  run(1s);
  sender_.mends = false;
  loss_ = 1;
  run(100ms);
  loss_ = 0;
  run(2s);
  EXPECT_GE(sender_.picture_losses, 1u);
  EXPECT_LE(sender_.picture_losses, 3u);
  EXPECT_EQ(sender_.keyframes, 2u);
  EXPECT_GE(receiver_->counters().broken, 1u);
  // Nothing is given between the hole and that keyframe.
  const auto pictures = of(FeedCodec::kH264);
  for (size_t i = 1; i < pictures.size(); ++i)
    EXPECT_TRUE(pictures[i].dts - pictures[i - 1].dts < Flicks(50ms) || pictures[i].keyframe);
}

TEST_F(MediaReceiverTest, WithoutNackNothingIsWaitedFor) {
  options_.audio = MediaSender::audio_media(false);
  begin();
  loss_ = 0.05;
  run(10s);
  EXPECT_NEAR(static_cast<double>(of(FeedCodec::kOpus).size()), 475, 25);
}

TEST_F(MediaReceiverTest, SoundIsPutToThePictureByReports) {
  // Of the sound, the first 80 ms are late; it would be taken for as much later than it is.
  run(3s);
  const auto picture = of(FeedCodec::kH264).back();
  const auto sound = of(FeedCodec::kOpus).back();
  // Both were sent as they were made.
  const Flicks apart = (picture.dts - floor_flicks(picture.arrival.time_since_epoch())) -
                       (sound.dts - floor_flicks(sound.arrival.time_since_epoch()));
  EXPECT_LT(std::chrono::abs(apart), Flicks(RtpFeedClock::kTolerated));
}

TEST_F(MediaReceiverTest, AKeyframeIsAskedForNowAndThen) {
  run(25s);
  EXPECT_EQ(sender_.keyframes, 3u);
  receiver_->request_keyframe();
  run(100ms);
  EXPECT_EQ(sender_.keyframes, 4u);
}

TEST_F(MediaReceiverTest, AnotherStreamTakesThePlaceOfTheFirst) {
  run(1s);
  const MediaCounters before = receiver_->counters();
  RtpHeader header{.payload_type = MediaSender::kVideoType, .sequence = 5, .ssrc = 9};
  uint8_t written[kMaxRtpHeaderBytes];
  const size_t bytes = write_rtp_header(header, {}, {}, written);
  Bytes packet(written, written + bytes);
  packet.push_back(0x41);
  EXPECT_TRUE(receiver_->handle_rtp(packet, now_));
  EXPECT_EQ(receiver_->counters().packets, before.packets + 1);
  EXPECT_EQ(receiver_->counters().frames, before.frames);
}

TEST_F(MediaReceiverTest, PicturesWithoutParameterSetsAreCounted) {
  sender_.tells_sets = false;
  run(1s);
  EXPECT_TRUE(of(FeedCodec::kH264).empty());
  EXPECT_EQ(receiver_->counters().undecodable, sender_.pictures);
  sender_.tells_sets = true;
  run(MediaReceiver::kKeyframeEvery);
  const uint64_t counted = receiver_->counters().undecodable;
  EXPECT_EQ(of(FeedCodec::kH264).size(), sender_.pictures - counted);
  run(1s);
  EXPECT_EQ(receiver_->counters().undecodable, counted);
}

TEST_F(MediaReceiverTest, FramesOfVp8GoOnFromTheFirstKeyframe) {
  options_.video->video_codec = RtpVideo::kVp8;
  begin();
  const auto push = [&](uint16_t sequence, bool marker, Bytes payload) {
    uint8_t written[kMaxRtpHeaderBytes];
    const RtpHeader header{.marker = marker,
                           .payload_type = MediaSender::kVideoType,
                           .sequence = sequence,
                           .timestamp = sequence * 1500u,
                           .ssrc = 9};
    Bytes packet(written, written + write_rtp_header(header, {}, {}, written));
    packet.insert(packet.end(), payload.begin(), payload.end());
    EXPECT_TRUE(receiver_->handle_rtp(packet, now_));
    flush();
  };
  push(1, true, {0x10, 0x01, 1, 2});  // follows from what is not there
  push(2, true, {0x10, 0x00, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 1, 0x68, 1, 7});
  push(3, true, {0x10, 0x01, 3, 4});
  ASSERT_EQ(tracks_.size(), 1u);
  EXPECT_EQ(tracks_[0].codec, FeedCodec::kVp8);
  EXPECT_TRUE(tracks_[0].config.empty());
  ASSERT_EQ(units_.size(), 2u);
  EXPECT_TRUE(units_[0].keyframe);
  EXPECT_FALSE(units_[1].keyframe);
  EXPECT_EQ(units_[1].data, (Bytes{0x01, 3, 4}));
}

TEST_F(MediaReceiverTest, GoodbyeIsSaidForAllStreams) {
  run(200ms);
  const auto bye = [&](uint32_t ssrc) {
    Bytes out;
    rtcp::write_bye(std::span(&ssrc, 1), "", out);
    EXPECT_TRUE(receiver_->handle_rtcp(out, now_));
  };
  bye(MediaSender::kVideoSsrc);
  EXPECT_FALSE(receiver_->said_goodbye());
  bye(MediaSender::kAudioSsrc);
  EXPECT_TRUE(receiver_->said_goodbye());
  run(50ms);  // one that is switched on again
  EXPECT_FALSE(receiver_->said_goodbye());
}

TEST_F(MediaReceiverTest, WhatIsNotAgreedOnIsDropped) {
  const auto packet_of = [](uint8_t type, ByteSpan payload) {
    uint8_t written[kMaxRtpHeaderBytes];
    const size_t bytes = write_rtp_header({.payload_type = type, .ssrc = 9}, {}, {}, written);
    Bytes packet(written, written + bytes);
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
  };
  const Bytes one{1};
  EXPECT_EQ(receiver_->handle_rtp(packet_of(99, one), now_).error(), DropReason::kUnsupported);
  EXPECT_EQ(receiver_->handle_rtp(packet_of(MediaSender::kRtxType, one), now_).error(),
            DropReason::kTruncated);
  EXPECT_EQ(receiver_->handle_rtp(packet_of(MediaSender::kRtxType, Bytes{0, 1, 2}), now_).error(),
            DropReason::kWrongState);
  EXPECT_EQ(receiver_->handle_rtp({}, now_).error(), DropReason::kTruncated);
}

}  // namespace
}  // namespace longmen::whip

#include "core/rtsp/record_media.h"

#include <gtest/gtest.h>

#include "core/rtp/header.h"
#include "core/rtp/packetizer.h"
#include "core/rtp/rtcp.h"
#include "tests/core/rtsp/announcements.h"
#include "tests/support/hex.h"
#include "tests/support/ts_writer.h"

namespace longmen::rtsp {
namespace {

using namespace std::chrono_literals;
using test::from_hex;

constexpr uint32_t kSsrc = 0x1234;
constexpr size_t kVideo = 0, kAudio = 1;

class RtspRecordMedia : public testing::Test {
 protected:
  void begin(std::vector<AnnouncedTrack> tracks, std::chrono::nanoseconds patience = 200ms) {
    tracks_ = std::move(tracks);
    media_.emplace(tracks_, patience, 7, now_);
  }
  void begin_as_ffmpeg() { begin(*read_announcement(test::kFfmpegAnnouncement)); }
  Parsed<void> push(size_t track, uint16_t sequence, uint32_t timestamp, bool marker,
                    ByteSpan payload, uint32_t ssrc = kSsrc) {
    const RtpHeader header{.marker = marker,
                           .payload_type = tracks_.at(track).payload_type,
                           .sequence = sequence,
                           .timestamp = timestamp,
                           .ssrc = ssrc};
    uint8_t written[kMaxRtpHeaderBytes];
    Bytes packet(written, written + write_rtp_header(header, {}, {}, written));
    packet.insert(packet.end(), payload.begin(), payload.end());
    const auto handled = media_->handle_rtp(track, packet, now_);
    take();
    return handled;
  }
  // A whole picture in its packets, from that sequence number on.
  void picture(uint16_t& sequence, uint32_t timestamp, const Bytes& annex_b, int left_out = -1) {
    const auto unit = packetizer_.h264(annex_b, MediaTime(Flicks(0)));
    int index = 0;
    for (const MediaPacket& packet : unit->packets) {
      if (index++ != left_out) {
        EXPECT_TRUE(push(kVideo, sequence, timestamp, packet.marker, unit->payload(packet)));
      }
      ++sequence;
    }
  }
  void take() {
    while (auto item = media_->poll_feed()) {
      if (const auto* track = std::get_if<FeedTrack>(&*item)) described_.push_back(*track);
      if (const auto* unit = std::get_if<FeedUnit>(&*item)) units_.push_back(*unit);
    }
  }
  void report(size_t track, Monotonic instant, uint32_t timestamp) {
    rtcp::SenderReport sent;
    sent.ssrc = kSsrc;
    sent.ntp = to_ntp(MediaTime(floor_flicks(instant.time_since_epoch())));
    sent.rtp_timestamp = timestamp;
    Bytes compound;
    rtcp::write_sender_report(sent, compound);
    EXPECT_TRUE(media_->handle_rtcp(track, compound, now_));
  }

  Monotonic now_{1000s};
  std::vector<AnnouncedTrack> tracks_;
  std::optional<RecordMedia> media_;
  Packetizer packetizer_{Generation{1}, RenditionId{0}};
  std::vector<FeedTrack> described_;
  std::vector<FeedUnit> units_;
};

TEST_F(RtspRecordMedia, PicturesAndSoundOfOneTime) {
  begin_as_ffmpeg();
  uint16_t sequence = 65'530;
  for (int count = 0; count < 10; ++count, now_ += 40ms)
    picture(sequence, 3600 * count,
            count == 0 ? test::annex_b_keyframe(4000) : test::annex_b_picture(4000));
  // Two AAC frames a packet: 4 bits of 13 of size 3 each.
  ASSERT_TRUE(push(kAudio, 1, 5000, true, from_hex("0020 0018 0018 aabbcc ddeeff")));
  ASSERT_EQ(described_.size(), 2u);
  EXPECT_EQ(described_[0].codec, FeedCodec::kH264);
  EXPECT_EQ(described_[1].config, (Bytes{0x11, 0x90}));
  ASSERT_EQ(units_.size(), 12u);
  EXPECT_TRUE(units_[0].keyframe);
  EXPECT_EQ(units_[9].dts - units_[0].dts, Flicks(360ms));
  EXPECT_EQ(units_[10].data, (Bytes{0xAA, 0xBB, 0xCC}));
  EXPECT_EQ(units_[11].data, (Bytes{0xDD, 0xEE, 0xFF}));
  EXPECT_EQ((units_[11].dts - units_[10].dts).count(), Flicks::period::den * 1024 / 48'000);
  // What is said of both by reports counts: this sound was made with the first picture.
  report(kVideo, Monotonic(5000s), 0);
  report(kAudio, Monotonic(5000s), 6024);
  ASSERT_TRUE(push(kAudio, 2, 6024, true, from_hex("0010 0018 aabbcc")));
  EXPECT_EQ(units_[12].dts, units_[0].dts);
}

TEST_F(RtspRecordMedia, PicturesThatAreReorderedHaveDecodingTimes) {
  begin_as_ffmpeg();
  uint16_t sequence = 1;
  int number = 0;
  for (const int shown : {0, 3, 1, 2, 6, 4, 5, 9, 7, 8})
    picture(sequence, 3600 * shown,
            number++ == 0 ? test::annex_b_keyframe(400) : test::annex_b_picture(400));
  ASSERT_EQ(units_.size(), 10u);
  for (size_t i = 5; i < units_.size(); ++i)
    EXPECT_EQ(units_[i].dts - units_[0].dts, Flicks(40ms * (static_cast<int>(i) - 1))) << i;
  EXPECT_EQ(units_[7].pts - units_[0].pts, Flicks(360ms));
}

// Nothing is asked for again: by UDP a hole costs what follows up to the next keyframe.
TEST_F(RtspRecordMedia, WhatIsMissingIsWaitedForThenLeftOut) {
  begin_as_ffmpeg();
  uint16_t sequence = 10;
  picture(sequence, 0, test::annex_b_keyframe(4000));
  picture(sequence, 3600, test::annex_b_picture(4000), 1);
  picture(sequence, 7200, test::annex_b_picture(4000));
  EXPECT_EQ(units_.size(), 1u);
  now_ += 199ms;
  media_->handle_timeout(now_);
  take();
  EXPECT_EQ(media_->counters().lost, 0u);
  now_ += 1ms;
  media_->handle_timeout(now_);
  take();
  EXPECT_EQ(media_->counters().lost, 1u);
  EXPECT_EQ(media_->counters().broken, 1u);
  EXPECT_EQ(media_->counters().undecodable, 1u);
  EXPECT_EQ(units_.size(), 1u);
  picture(sequence, 10'800, test::annex_b_keyframe(4000));
  ASSERT_EQ(units_.size(), 2u);
  EXPECT_TRUE(units_[1].keyframe);
}

TEST_F(RtspRecordMedia, AKeyframeOfH265HasItsParameterSets) {
  AnnouncedTrack video;
  video.video = true;
  video.payload_type = 96;
  video.codec = FeedCodec::kH265;
  video.video_codec = RtpVideo::kH265;
  video.parameter_sets = from_hex("00000001 420101");
  begin({video});
  ASSERT_TRUE(push(kVideo, 1, 0, true, from_hex("2601 aabb")));
  ASSERT_TRUE(push(kVideo, 2, 3600, true, from_hex("0201 aabb")));
  ASSERT_EQ(units_.size(), 2u);
  EXPECT_EQ(units_[0].data, from_hex("00000001 420101 00000001 2601aabb"));
  EXPECT_EQ(units_[1].data, from_hex("00000001 0201aabb"));
}

TEST_F(RtspRecordMedia, SoundOfCamerasAndAnotherStreamInItsPlace) {
  AnnouncedTrack audio;
  audio.codec = FeedCodec::kPcma;
  audio.payload_type = 8;
  audio.clock_rate = 8000;
  begin({audio});
  ASSERT_TRUE(push(0, 1, 0, true, Bytes(160, 0x55)));
  now_ += 20ms;
  ASSERT_TRUE(push(0, 2, 160, false, Bytes(160, 0x55)));
  ASSERT_EQ(units_.size(), 2u);
  EXPECT_EQ(units_[1].dts - units_[0].dts, Flicks(20ms));
  // One packet that is somebody else's changes nothing; a stream that lasts does.
  EXPECT_EQ(push(0, 7, 7, true, Bytes(160, 0x55), kSsrc + 7).error(), DropReason::kUnknownPeer);
  now_ += 20ms;
  for (uint16_t count = 1; count < RecordMedia::kStrangersInARow; ++count)
    EXPECT_FALSE(
        push(0, static_cast<uint16_t>(895 + count), 76'000, true, Bytes(160, 0x55), kSsrc + 1));
  ASSERT_TRUE(push(0, 900, 77'000, true, Bytes(160, 0x55), kSsrc + 1));
  ASSERT_EQ(units_.size(), 3u);
  EXPECT_EQ(units_[2].dts - units_[1].dts, Flicks(20ms));
  EXPECT_EQ(media_->counters().packets, 3u);
  EXPECT_EQ(described_.size(), 1u);
}

TEST_F(RtspRecordMedia, WhoSendsIsReportedTo) {
  begin_as_ffmpeg();
  uint16_t sequence = 10;
  picture(sequence, 0, test::annex_b_keyframe(4000));
  EXPECT_LE(media_->next_timeout(), now_ + RecordMedia::kReportEvery);
  now_ += RecordMedia::kReportEvery;
  media_->handle_timeout(now_);
  const auto report = media_->poll_rtcp();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->track, kVideo);
  rtcp::Reader reader(report->compound);
  const auto packet = reader.next();
  ASSERT_TRUE(packet && std::holds_alternative<rtcp::ReceiverReport>(*packet));
  EXPECT_EQ(std::get<rtcp::ReceiverReport>(*packet).blocks.count, 1u);
  EXPECT_FALSE(media_->poll_rtcp());
}

TEST_F(RtspRecordMedia, WhatWasNotAnnouncedIsDropped) {
  begin_as_ffmpeg();
  EXPECT_EQ(media_->handle_rtp(kVideo, {}, now_).error(), DropReason::kTruncated);
  tracks_[kVideo].payload_type = 99;
  EXPECT_EQ(push(kVideo, 1, 0, true, from_hex("65aa")).error(), DropReason::kUnsupported);
  ASSERT_TRUE(push(kAudio, 1, 0, true, from_hex("0013 0018 aabbcc")));  // headers that do not fit
  EXPECT_EQ(media_->counters().broken, 1u);
}

TEST(Mpeg4Audio, PiecesOfOneFrameAndWhatDoesNotFit) {
  Mpeg4Audio audio(13, 3, 3);
  auto frames = audio.push(from_hex("0010 0028 aabb"));
  ASSERT_TRUE(frames);
  EXPECT_TRUE(frames->empty());
  frames = audio.push(from_hex("0010 0028 ccddee"));
  ASSERT_TRUE(frames && frames->size() == 1);
  EXPECT_EQ(frames->front(), from_hex("aabbccddee"));
  // After a hole the rest of a frame is no frame.
  ASSERT_TRUE(audio.push(from_hex("0010 0028 aabb")));
  audio.lose();
  frames = audio.push(from_hex("0010 0028 ccddee"));
  ASSERT_TRUE(frames);
  EXPECT_TRUE(frames->empty());
  audio.lose();
  EXPECT_EQ(audio.push(from_hex("0010")).error(), DropReason::kTruncated);
  EXPECT_EQ(audio.push(from_hex("0000 aa")).error(), DropReason::kUnsupported);
  EXPECT_EQ(audio.push(from_hex("0010 0000 aa")).error(), DropReason::kMalformed);
  EXPECT_EQ(audio.push(from_hex("0010 0009 aa")).error(), DropReason::kUnsupported);
  EXPECT_EQ(audio.push(from_hex("0020 0008 0018 aabb")).error(), DropReason::kTruncated);
  EXPECT_EQ(Mpeg4Audio(16, 0, 0).push(from_hex("0010 ffff aa")).error(), DropReason::kTooLarge);
}

}  // namespace
}  // namespace longmen::rtsp

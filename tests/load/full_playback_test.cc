#include "load/full_playback.h"

#include <gtest/gtest.h>

#include "core/rtp/rtcp.h"
#include "tests/load/udp_pair.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::kAudio;
using test::kRepeat;
using test::kVideo;

constexpr uint32_t kOwnSsrc = 5;

sdp::WhepAnswer answer() {
  sdp::WhepAnswer answer;
  answer.video.emplace();
  answer.video->media.payload_type = kVideo;
  answer.video->media.rtx_payload_type = kRepeat;
  answer.video->media.transport_cc_extension = test::kTransportCcId;
  answer.video->media.nack = true;
  answer.audio.emplace();
  answer.audio->media.payload_type = kAudio;
  return answer;
}

class FullPlaybackTest : public testing::Test {
 protected:
  void receive(uint8_t type, uint16_t sequence, uint16_t transport_sequence) {
    now_ += 1ms;
    (void)playback_.handle_rtp(test::rtp_packet({type, sequence, 3000, transport_sequence}), now_,
                               0ns);
  }
  std::optional<rtcp::TransportFeedback> feedback() {
    Bytes out;
    if (!playback_.write_feedback(out)) return {};
    rtcp::TransportFeedback read;
    EXPECT_EQ(rtcp::decode_transport_feedback(out, read), DropReason::kNone);
    return read;
  }

  FullPlayback playback_{answer(), kOwnSsrc};
  Monotonic now_{100s};
};

TEST_F(FullPlaybackTest, FeedbackTellsEachPacketOnceAndWhatIsMissing) {
  EXPECT_FALSE(feedback());
  receive(kVideo, 1, 65'534);
  receive(kAudio, 1, 65'535);
  receive(kVideo, 2, 1);  // 0 is missing
  auto told = feedback();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->sender_ssrc, kOwnSsrc);
  EXPECT_EQ(told->media_ssrc, 1000u + kVideo);
  EXPECT_EQ(told->base_sequence, 65'534);
  ASSERT_EQ(told->packets.size(), 4u);
  EXPECT_TRUE(told->packets[0].received && told->packets[1].received);
  EXPECT_FALSE(told->packets[2].received);
  EXPECT_EQ(told->packets[3].arrival - told->packets[0].arrival, 2ms);
  EXPECT_FALSE(feedback());

  receive(kVideo, 5, 5);  // 2 to 4 are missing
  receive(kVideo, 0, 0);  // was told to be lost
  told = feedback();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->base_sequence, 0);
  EXPECT_EQ(told->feedback_count, 1);
  ASSERT_EQ(told->packets.size(), 6u);
  EXPECT_TRUE(told->packets[0].received) << "it came after all";
  EXPECT_FALSE(told->packets[2].received);
  EXPECT_TRUE(told->packets[5].received);
}

TEST_F(FullPlaybackTest, GapsAreAskedForByNack) {
  receive(kVideo, 10, 1);
  receive(kVideo, 13, 2);
  EXPECT_TRUE(playback_.handle_timeout(now_).empty());
  ASSERT_TRUE(playback_.next_timeout());
  const Bytes asked = playback_.handle_timeout(*playback_.next_timeout());
  rtcp::Reader reader(asked);
  ASSERT_TRUE(std::holds_alternative<rtcp::ReceiverReport>(reader.next().value()));
  const auto nack = std::get<rtcp::Nack>(reader.next().value());
  EXPECT_EQ(nack.media_ssrc, 1000u + kVideo);
  std::vector<uint16_t> sequences;
  nack.for_each([&](uint16_t sequence) { sequences.push_back(sequence); });
  EXPECT_EQ(sequences, (std::vector<uint16_t>{11, 12}));
}

TEST_F(FullPlaybackTest, ProgressAndReportsKnowBothStreams) {
  for (uint16_t i = 0; i < 10; ++i) {
    if (i != 4) receive(kVideo, i, i);
    receive(kAudio, static_cast<uint16_t>(65'530 + i), static_cast<uint16_t>(100 + i));
  }
  receive(77, 1, 200);
  const Progress progress = playback_.progress(now_);
  EXPECT_EQ(progress.packets, 20u);
  EXPECT_EQ(progress.others, 1u);
  EXPECT_EQ(progress.video.packets, 9u);
  EXPECT_EQ(progress.video.highest, 9);
  EXPECT_EQ(progress.audio.packets, 10u);
  Bytes out;
  playback_.write_report(out, now_);
  rtcp::Reader reader(out);
  const auto report = std::get<rtcp::ReceiverReport>(reader.next().value());
  ASSERT_EQ(report.blocks.count, 2u);
  EXPECT_EQ(report.blocks.values[0].ssrc, 1000u + kVideo);
  EXPECT_EQ(report.blocks.values[0].cumulative_lost, 1);
  EXPECT_EQ(report.blocks.values[1].ssrc, 1000u + kAudio);
  EXPECT_EQ(report.blocks.values[1].cumulative_lost, 0);
  EXPECT_EQ(report.blocks.values[1].extended_highest_sequence, 65'539u);
}

TEST_F(FullPlaybackTest, JunkIsRefused) {
  EXPECT_FALSE(playback_.handle_rtp({}, now_, 0ns));
  EXPECT_FALSE(playback_.handle_rtp(Bytes(11, 0x80), now_, 0ns));
  playback_.handle_rtcp(Bytes(7, 0x80), now_);
  EXPECT_EQ(playback_.progress(now_).packets, 0u);
}

}  // namespace
}  // namespace longmen

#include "core/mpegts/demuxer.h"

#include <gtest/gtest.h>

#include <random>

#include "core/codec/aac.h"
#include "tests/support/ts_writer.h"

namespace longmen::mpegts {
namespace {

using namespace std::chrono_literals;
using test::adts_frame;
using test::annex_b_keyframe;
using test::annex_b_picture;
using test::from_hex;
using test::kAudioPid;
using test::kMapPid;
using test::kVideoPid;
using test::TsWriter;

constexpr char kCapture[] =
#include "tests/core/mpegts/ffmpeg_capture.inc"
    ;

class DemuxerTest : public testing::Test {
 protected:
  void push(ByteSpan bytes, Monotonic arrival = Monotonic(1s)) {
    demuxer_.push(bytes, arrival);
    drain();
  }
  void push(const std::vector<TsWriter::Packet>& packets, Monotonic arrival = Monotonic(1s)) {
    for (const auto& packet : packets)
      push(packet, arrival);
  }
  void drain() {
    while (auto event = demuxer_.poll_event()) {
      if (auto* track = std::get_if<FeedTrack>(&*event)) tracks_.push_back(*track);
      if (auto* unit = std::get_if<FeedUnit>(&*event))
        (is_video(unit->codec) ? video_ : audio_).push_back(*unit);
      if (auto* found = std::get_if<ProgramFound>(&*event)) found_.push_back(*found);
      if (auto* codec = std::get_if<UnsupportedCodec>(&*event)) unsupported_.push_back(*codec);
    }
  }
  uint32_t dropped(DropReason reason) {
    return demuxer_.take_dropped()[static_cast<size_t>(reason)];
  }
  static Flicks ticks(int64_t count) { return Ticks90k(count); }

  Demuxer demuxer_;
  TsWriter writer_;
  std::vector<FeedTrack> tracks_;
  std::vector<FeedUnit> video_, audio_;
  std::vector<ProgramFound> found_;
  std::vector<UnsupportedCodec> unsupported_;
};

TEST_F(DemuxerTest, TakesWhatFfmpegWrites) {
  push(from_hex(kCapture));
  ASSERT_EQ(found_.size(), 1u);
  EXPECT_EQ(found_[0].number, 1);
  EXPECT_EQ(found_[0].streams, "H.264 on 256, AAC on 257");
  ASSERT_EQ(tracks_.size(), 2u);
  const auto config = h264::read_decoder_configuration(tracks_[0].config);
  ASSERT_TRUE(config);
  const auto picture = h264::parse_sps(config->sps[0]);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->width, 64);
  EXPECT_EQ(picture->height, 48);
  const auto sound = aac::read_audio_config(tracks_[1].config);
  ASSERT_TRUE(sound);
  EXPECT_EQ(sound->sample_rate, 44100);
  EXPECT_EQ(sound->channels, 1);

  // As ffprobe reads the same file; the last picture ends with the next packet, which never comes,
  // unless its padding ends it.
  const int64_t dts[] = {126000, 135000, 144000, 153000, 162000, 171000};
  const int64_t pts[] = {144000, 171000, 153000, 162000, 189000, 180000};
  ASSERT_EQ(video_.size(), 6u);
  for (size_t i = 0; i < video_.size(); ++i) {
    EXPECT_EQ(video_[i].dts, ticks(dts[i])) << i;
    EXPECT_EQ(video_[i].pts, ticks(pts[i])) << i;
    EXPECT_EQ(video_[i].keyframe, i == 0) << i;
    std::vector<ByteSpan> nals;
    EXPECT_TRUE(h264::split_avcc(video_[i].data, 4, nals)) << i;
  }
  ASSERT_EQ(audio_.size(), 26u);  // the first frame alone proves no configuration
  EXPECT_EQ(audio_[0].data.size(), 168u - 7);
  EXPECT_NEAR(double((audio_[25].pts - ticks(196245)).count()), 0, double(ticks(2).count()));
  EXPECT_EQ(demuxer_.counters().packets, 43u);
  EXPECT_EQ(demuxer_.counters().lost + demuxer_.counters().damaged, 0u);
  EXPECT_EQ(demuxer_.counters().left_out + demuxer_.counters().resyncs, 0u);
}

TEST_F(DemuxerTest, DoesNotMindHowBytesAreCutUp) {
  const Bytes all = from_hex(kCapture);
  for (size_t begin = 0; begin < all.size(); begin += 101)
    push(ByteSpan(all).subspan(begin, std::min<size_t>(101, all.size() - begin)));
  EXPECT_EQ(video_.size(), 6u);
  EXPECT_EQ(audio_.size(), 26u);
  EXPECT_EQ(demuxer_.counters().packets, 43u);
}

TEST_F(DemuxerTest, FindsPacketsBehindOtherBytes) {
  Bytes bytes = from_hex("47 00 47 ff 12");
  const Bytes all = from_hex(kCapture);
  bytes.insert(bytes.end(), all.begin(), all.end());
  push(bytes);
  EXPECT_EQ(video_.size(), 6u);
  EXPECT_EQ(demuxer_.counters().packets, 43u);
}

TEST_F(DemuxerTest, ADamagedSyncByteCostsItsPacketAlone) {
  Bytes all = from_hex(kCapture);
  all[20 * kPacketBytes] = 0x48;
  push(all);
  EXPECT_EQ(demuxer_.counters().packets, 43u);
  EXPECT_EQ(demuxer_.counters().damaged, 1u);
  EXPECT_EQ(demuxer_.counters().resyncs, 0u);
}

TEST_F(DemuxerTest, APictureIsGivenWithItsLastPacketNotWithTheNextPicture) {
  push(writer_.tables());
  push(writer_.video(9000, annex_b_keyframe(500)), Monotonic(7s));
  ASSERT_EQ(video_.size(), 1u);
  EXPECT_TRUE(video_[0].keyframe);
  EXPECT_EQ(video_[0].arrival, Monotonic(7s));
  EXPECT_EQ(video_[0].dts, ticks(9000));
  std::vector<ByteSpan> nals;
  ASSERT_TRUE(h264::split_avcc(video_[0].data, 4, nals));
  ASSERT_EQ(nals.size(), 1u);  // delimiter and parameter sets are left out
  EXPECT_EQ(nals[0].size(), 502u);
}

TEST_F(DemuxerTest, OneThatFillsItsPacketsIsGivenWithTheNext) {
  push(writer_.tables());
  const Bytes whole = TsWriter::pes(0xE0, 9000, std::nullopt, annex_b_keyframe(0));
  push(writer_.video(9000, annex_b_keyframe(2 * 184 - whole.size())));
  EXPECT_TRUE(video_.empty());
  push(writer_.video(12600, annex_b_picture()));
  EXPECT_EQ(video_.size(), 2u);
}

TEST_F(DemuxerTest, PaddingInTheMiddleOfAPictureIsLearnt) {
  push(writer_.tables());
  const auto padded = [&](uint64_t pts, const Bytes& data) {
    const Bytes pes = TsWriter::pes(0xE0, pts, std::nullopt, data);
    push(writer_.packet(kVideoPid, true, ByteSpan(pes).first(100)));
    push(writer_.packet(kVideoPid, false, ByteSpan(pes).subspan(100)));
  };
  padded(9000, annex_b_keyframe(100));
  EXPECT_EQ(demuxer_.counters().left_out, 1u);
  video_.clear();
  padded(12600, annex_b_keyframe(100));
  padded(16200, annex_b_picture(100));
  ASSERT_EQ(video_.size(), 1u);
  EXPECT_EQ(video_[0].dts, ticks(12600));
  EXPECT_EQ(video_[0].data.size(), 4 + 102u);
  EXPECT_EQ(demuxer_.counters().left_out, 1u);
}

TEST_F(DemuxerTest, PaddingIsTrustedAgainAfterAWhile) {
  push(writer_.tables());
  const Bytes pes = TsWriter::pes(0xE0, 9000, std::nullopt, annex_b_keyframe(100));
  push(writer_.packet(kVideoPid, true, ByteSpan(pes).first(100)));
  push(writer_.packet(kVideoPid, false, ByteSpan(pes).subspan(100)));
  video_.clear();
  uint64_t pts = 9000;
  push(writer_.video(pts += 3600, annex_b_keyframe()));
  EXPECT_TRUE(video_.empty()) << "it is waited for";
  for (int count = 0; count < 200; ++count)
    push(writer_.video(pts += 3600, annex_b_picture()));
  push(writer_.video(pts += 3600, annex_b_picture()));
  ASSERT_FALSE(video_.empty());
  EXPECT_EQ(video_.back().dts, ticks(static_cast<int64_t>(pts))) << "it is given at once";
}

TEST_F(DemuxerTest, AMissingPacketCostsItsPictureAlone) {
  push(writer_.tables());
  push(writer_.video(9000, annex_b_keyframe()));
  auto packets = writer_.video(12600, annex_b_picture(1000));
  packets.erase(packets.begin() + 2);
  push(packets);
  EXPECT_EQ(video_.size(), 1u);
  push(writer_.video(16200, annex_b_picture()));
  ASSERT_EQ(video_.size(), 2u);
  EXPECT_EQ(video_[1].dts, ticks(16200));
  EXPECT_EQ(demuxer_.counters().lost, 1u);
  EXPECT_EQ(demuxer_.counters().left_out, 1u);
  EXPECT_EQ(dropped(DropReason::kTruncated), 1u);
}

TEST_F(DemuxerTest, APacketSentTwiceIsTakenOnce) {
  push(writer_.tables());
  for (const auto& packet : writer_.video(9000, annex_b_keyframe(600))) {
    push(packet);
    push(packet);
  }
  ASSERT_EQ(video_.size(), 1u);
  EXPECT_EQ(video_[0].data.size(), 4 + 602u);
  EXPECT_EQ(demuxer_.counters().lost, 0u);
}

TEST_F(DemuxerTest, LengthsThatLieAreFoundOut) {
  push(writer_.tables({{0x0F, kAudioPid}}));
  Bytes frames = adts_frame(50);
  const Bytes more = adts_frame(60);
  frames.insert(frames.end(), more.begin(), more.end());
  // It says more than comes: left out when the next one begins.
  push(writer_.split(kAudioPid, TsWriter::pes(0xC0, 9000, std::nullopt, frames, 5000)));
  EXPECT_TRUE(audio_.empty());
  push(writer_.audio(18000, frames));
  EXPECT_EQ(audio_.size(), 1u);
  EXPECT_EQ(demuxer_.counters().left_out, 1u);
  // It says less: cut there, and what is behind is passed over.
  push(writer_.split(kAudioPid, TsWriter::pes(0xC0, 27000, std::nullopt, frames, 8 + 57)));
  EXPECT_EQ(audio_.size(), 2u);
  push(writer_.split(kAudioPid, TsWriter::pes(0xC0, 36000, std::nullopt, frames, 1)));
  push(writer_.audio(45000, frames));
  EXPECT_EQ(audio_.size(), 4u);
  EXPECT_EQ(audio_.back().pts, ticks(45000) + Flicks(15'052'800));
}

TEST_F(DemuxerTest, TimeRunsOnWhereTimestampsWrap) {
  push(writer_.tables());
  constexpr int64_t kTurn = int64_t{1} << 33;
  push(writer_.video(kTurn - 3600, annex_b_keyframe(), kTurn - 7200));
  push(writer_.audio(kTurn - 1800, adts_frame(50)));
  push(writer_.audio(120, adts_frame(50)));
  push(writer_.video(3600, annex_b_picture(), kTurn - 3600));  // its PTS alone has wrapped
  push(writer_.video(0, annex_b_picture(), 0));
  ASSERT_EQ(video_.size(), 3u);
  EXPECT_EQ(video_[0].dts, ticks(kTurn - 7200));
  EXPECT_EQ(video_[1].dts, ticks(kTurn - 3600));
  EXPECT_EQ(video_[1].pts, ticks(kTurn + 3600));
  EXPECT_EQ(video_[2].dts, ticks(kTurn));
  ASSERT_EQ(audio_.size(), 1u);
  EXPECT_EQ(audio_[0].pts, ticks(kTurn + 120));
}

TEST_F(DemuxerTest, ALoneJumpIsNotBelievedOneThatLastsIs) {
  push(writer_.tables());
  push(writer_.video(90'000, annex_b_keyframe()));
  push(writer_.video(500'000'000, annex_b_picture()));
  push(writer_.video(97'200, annex_b_picture()));
  ASSERT_EQ(video_.size(), 2u);
  EXPECT_EQ(video_[1].dts, ticks(97'200));
  push(writer_.video(700'000'000, annex_b_picture()));
  push(writer_.video(700'003'600, annex_b_picture()));
  ASSERT_EQ(video_.size(), 3u);
  EXPECT_EQ(video_[2].dts, ticks(700'003'600));
}

TEST_F(DemuxerTest, AnAnnouncedJumpIsBelievedAtOnce) {
  push(writer_.tables());
  push(writer_.video(90'000, annex_b_keyframe()));
  push(writer_.packet(kVideoPid, false, {}, 0x80));
  writer_.continuity[kVideoPid] = 11;
  push(writer_.video(500'000'000, annex_b_picture()));
  ASSERT_EQ(video_.size(), 2u);
  EXPECT_EQ(video_[1].dts, ticks(500'000'000));
  EXPECT_EQ(demuxer_.counters().lost, 0u);
}

TEST_F(DemuxerTest, FramesOfSoundMayLieAcrossPackets) {
  push(writer_.tables({{0x0F, kAudioPid}}));
  Bytes frames;
  for (int count = 0; count < 4; ++count) {
    const Bytes frame = adts_frame(100);
    frames.insert(frames.end(), frame.begin(), frame.end());
  }
  push(writer_.audio(9000, ByteSpan(frames).first(250)));
  push(writer_.audio(90'000, ByteSpan(frames).subspan(250)));
  ASSERT_EQ(audio_.size(), 3u);  // the first frame is but a claim
  const Flicks frame(15'052'800);
  EXPECT_EQ(audio_[0].pts, ticks(9000) + frame);
  EXPECT_EQ(audio_[1].pts, ticks(9000) + 2 * frame) << "it began in the first packet";
  EXPECT_EQ(audio_[2].pts, ticks(90'000)) << "the first to begin in the second";
  for (const FeedUnit& unit : audio_)
    EXPECT_EQ(unit.data, Bytes(100, 0x21));
}

TEST_F(DemuxerTest, ANewRateOfSoundIsATrackOnceTwoFramesSaySo) {
  push(writer_.tables({{0x0F, kAudioPid}}));
  for (int count = 0; count < 3; ++count)
    push(writer_.audio(9000 + 1920 * count, adts_frame(50)));
  push(writer_.audio(20'000, adts_frame(50, 4)));  // one that is damaged
  push(writer_.audio(21'920, adts_frame(50)));
  EXPECT_EQ(tracks_.size(), 1u);
  push(writer_.audio(30'000, adts_frame(50, 4)));
  push(writer_.audio(32'090, adts_frame(50, 4)));
  ASSERT_EQ(tracks_.size(), 2u);
  EXPECT_EQ(aac::read_audio_config(tracks_[1].config)->sample_rate, 44100);
}

TEST_F(DemuxerTest, NothingComesBeforeAKeyframeWithItsParameterSets) {
  push(writer_.tables());
  push(writer_.video(9000, annex_b_picture()));
  push(writer_.video(12600, from_hex("000001 6588840000")));
  EXPECT_TRUE(video_.empty());
  push(writer_.video(16200, annex_b_keyframe()));
  ASSERT_EQ(tracks_.size(), 1u);
  EXPECT_EQ(video_.size(), 1u);
}

TEST_F(DemuxerTest, ANewPictureSizeIsANewTrackFromItsKeyframeOn) {
  push(writer_.tables());
  push(writer_.video(9000, annex_b_keyframe()));
  push(writer_.video(12600, annex_b_keyframe()));
  EXPECT_EQ(tracks_.size(), 1u);
  push(writer_.video(16200, from_hex("000001 674d4020eca02802dd8088000003000800000303c078c18cb0"
                                     "000001 68ce3c80 000001 6588aabb")));
  ASSERT_EQ(tracks_.size(), 2u);
  const auto config = h264::read_decoder_configuration(tracks_[1].config);
  EXPECT_EQ(h264::parse_sps(config->sps[0])->width, 1280);
  EXPECT_EQ(video_.size(), 3u);
}

TEST_F(DemuxerTest, ARecoveryPointByItselfIsAKeyframe) {
  push(writer_.tables());
  const std::string sets =
      "000001 6742c01eda0280bfe5c044000003000400000300c83c58ba80 000001 68ce3c80";
  push(writer_.video(9000, from_hex(sets + "000001 0606012680 000001 419a01")));  // in 18 pictures
  EXPECT_TRUE(video_.empty());
  push(writer_.video(12600, from_hex(sets + "000001 060601c480 000001 419a01")));
  ASSERT_EQ(video_.size(), 1u);
  EXPECT_TRUE(video_[0].keyframe);
}

TEST_F(DemuxerTest, SeveralPicturesInAPacketFollowAtTheStreamsRate) {
  push(writer_.tables());
  Bytes two = from_hex(
      "000001 674d4020eca02802dd8088000003000800000303c078c18cb0 000001 68ce3c80 000001 6588aabb");
  const Bytes second = annex_b_picture();
  two.insert(two.end(), second.begin(), second.end());
  const Bytes slice = from_hex("000001 411a00");  // of the same picture: not its first macroblock
  two.insert(two.end(), slice.begin(), slice.end());
  push(writer_.video(9000, two));
  ASSERT_EQ(video_.size(), 2u);
  EXPECT_EQ(video_[1].dts - video_[0].dts, Flicks(11'760'000)) << "60 a second, its parameters say";
}

TEST_F(DemuxerTest, OfSeveralProgrammesTheFirstOrTheOneThatWasAskedFor) {
  const auto stream = [&](Demuxer& demuxer) {
    TsWriter writer;
    const auto give = [&](const Bytes& bytes) { demuxer.push(bytes, Monotonic(1s)); };
    give(writer.table(kPatPid, TsWriter::association({{0, 0x10}, {7, 0x1007}, {9, 0x1009}})));
    give(writer.table(0x1007, TsWriter::map(7, {{0x1B, 0x107}})));
    give(writer.table(0x1009, TsWriter::map(9, {{0x1B, 0x109}})));
    uint16_t number = 0;
    while (auto event = demuxer.poll_event()) {
      if (auto* found = std::get_if<ProgramFound>(&*event)) number = found->number;
    }
    return number;
  };
  Demuxer first, ninth(9), none(8);
  EXPECT_EQ(stream(first), 7);
  EXPECT_EQ(stream(ninth), 9);
  EXPECT_EQ(stream(none), 0);
}

TEST_F(DemuxerTest, AProgrammeThatIsNotThereIsToldOnceForEachList) {
  Demuxer ninth(9);
  TsWriter writer;
  std::string told;
  const auto give = [&](const std::vector<std::pair<uint16_t, uint16_t>>& programs) {
    ninth.push(writer.table(kPatPid, TsWriter::association(programs)), Monotonic(1s));
    while (auto event = ninth.poll_event()) {
      if (auto* missing = std::get_if<ProgramMissing>(&*event)) told += "[" + missing->there + "]";
    }
  };
  give({{0, 0x10}, {7, 0x1007}, {8, 0x1008}});
  give({{0, 0x10}, {7, 0x1007}, {8, 0x1008}});
  EXPECT_EQ(told, "[7, 8]");
  give({});
  EXPECT_EQ(told, "[7, 8][]");
  give({{9, 0x1009}});
  give({});
  EXPECT_EQ(told, "[7, 8][][]") << "it was there meanwhile";
}

TEST_F(DemuxerTest, TheFirstProgrammeStandsInTheFirstOfSeveralSections) {
  const Bytes later = TsWriter::with_crc(from_hex("00 0000 0001 c1 01 01 0005 f005"));
  push(writer_.table(kPatPid, TsWriter::association({{1, kMapPid}})));
  push(writer_.table(kPatPid, later));
  push(writer_.table(kMapPid, TsWriter::map(1, {{0x1B, kVideoPid}})));
  ASSERT_EQ(found_.size(), 1u);
  EXPECT_EQ(found_[0].number, 1);

  Demuxer fifth(5);
  fifth.push(writer_.table(kPatPid, later), Monotonic(1s));
  fifth.push(writer_.table(0x1005, TsWriter::map(5, {{0x1B, kVideoPid}})), Monotonic(1s));
  EXPECT_TRUE(fifth.poll_event());
}

TEST_F(DemuxerTest, CodecsThatAreNotSpokenAreNamed) {
  const struct {
    TsWriter::Stream stream;
    bool video;
    const char* codec;
  } cases[] = {
      {{0x21, 0x100}, true, "JPEG 2000"},
      {{0x11, 0x101}, false, "AAC in LATM"},
      {{0x06, 0x101, from_hex("0504 4f707573 7f02 8006")}, false, "Opus of several streams"},
      {{0x06, 0x101, from_hex("7b00")}, false, "DTS"}};
  for (const auto& each : cases) {
    Demuxer demuxer;
    TsWriter writer;
    demuxer.push(writer.tables({each.stream}), Monotonic(1s));
    std::optional<UnsupportedCodec> told;
    while (auto event = demuxer.poll_event()) {
      if (auto* codec = std::get_if<UnsupportedCodec>(&*event)) told = *codec;
    }
    ASSERT_TRUE(told) << each.codec;
    EXPECT_EQ(told->video, each.video);
    EXPECT_EQ(told->codec, each.codec);
    EXPECT_TRUE(told->alone);
  }
}

// Two packets of 20 ms in one PES packet, the first with all that a control header can have; a
// third that is not as long as it says.
TEST_F(DemuxerTest, OpusPacketsAreTakenOutOfTheirControlHeaders) {
  push(writer_.tables({{0x06, kAudioPid, from_hex("0504 4f707573 7f02 8002")}}));
  Bytes first(300, 0x11), second(5, 0x22);
  first[0] = second[0] = 0xFC;  // one frame of 20 ms, stereo
  Bytes payload = from_hex("7ffc ff 2d 0138 0010 02 aaaa");
  payload.insert(payload.end(), first.begin(), first.end());
  const Bytes header = from_hex("7fe0 05"), broken = from_hex("7fe0 09 fc");
  payload.insert(payload.end(), header.begin(), header.end());
  payload.insert(payload.end(), second.begin(), second.end());
  payload.insert(payload.end(), broken.begin(), broken.end());
  const auto send = [&](uint64_t pts, const Bytes& data) {
    const Bytes pes = TsWriter::pes(0xBD, pts, std::nullopt, data);
    push(writer_.split(kAudioPid, TsWriter::pes(0xBD, pts, std::nullopt, data, pes.size() - 6)));
  };
  send(9000, payload);
  ASSERT_EQ(audio_.size(), 2u);
  ASSERT_EQ(tracks_.size(), 1u);
  EXPECT_EQ(tracks_[0].codec, FeedCodec::kOpus);
  EXPECT_EQ(audio_[0].data, first);
  EXPECT_EQ(audio_[1].data, second);
  EXPECT_EQ(audio_[0].pts, ticks(9000));
  EXPECT_EQ(audio_[1].pts, ticks(9000 + 1800));
  EXPECT_EQ(dropped(DropReason::kTruncated), 1u);
  send(12'600, Bytes(20, 0xFC));
  EXPECT_EQ(audio_.size(), 2u);
  EXPECT_EQ(dropped(DropReason::kMalformed), 1u);
}

TEST_F(DemuxerTest, ASoundThatIsNotSpokenBesidePicturesIsNotAlone) {
  push(writer_.tables({{0x1B, test::kVideoPid}, {0x11, test::kAudioPid}}));
  ASSERT_EQ(unsupported_.size(), 1u);
  EXPECT_FALSE(unsupported_[0].alone);
  push(writer_.tables({{0x1B, test::kVideoPid}, {0x11, test::kAudioPid}}));
  EXPECT_EQ(unsupported_.size(), 1u) << "it is told once";
}

TEST_F(DemuxerTest, OtherCodecsArePassedOnFromAPictureThatADecoderCanBeginWith) {
  const struct {
    uint8_t type;
    FeedCodec codec;
    const char* other;
    const char* key;
  } cases[] = {{0x24, FeedCodec::kH265, "000001 0201 aabb", "000001 4201 01 000001 2601 aabb"},
               {0x02, FeedCodec::kMpegVideo, "000001 00 aabb", "000001 b3 1400 000001 00 aabb"}};
  for (const auto& each : cases) {
    video_.clear(), audio_.clear(), tracks_.clear();
    demuxer_ = Demuxer();
    writer_ = TsWriter();
    push(writer_.tables({{each.type, kVideoPid}, {0x03, kAudioPid}}));
    push(writer_.video(9000, from_hex(each.other)));
    EXPECT_TRUE(video_.empty());
    push(writer_.video(12600, from_hex(each.key)));
    push(writer_.video(16200, from_hex(each.other)));
    push(writer_.audio(9000, from_hex("fffd9000")));
    ASSERT_EQ(video_.size(), 2u);
    EXPECT_EQ(video_[0].codec, each.codec);
    EXPECT_TRUE(video_[0].keyframe);
    EXPECT_EQ(video_[0].data, from_hex(each.key));
    EXPECT_FALSE(video_[1].keyframe);
    ASSERT_EQ(audio_.size(), 1u);
    EXPECT_EQ(audio_[0].codec, FeedCodec::kMpegAudio);
    ASSERT_EQ(tracks_.size(), 2u);
    EXPECT_TRUE(tracks_[0].config.empty());
  }
}

TEST_F(DemuxerTest, OfSeveralSoundsAacIsTakenFirst) {
  push(writer_.tables({{0x03, 0x120}, {0x81, 0x121}, {0x0F, kAudioPid}}));
  push(writer_.audio(9000, adts_frame(50)));
  push(writer_.audio(10920, adts_frame(50)));
  ASSERT_EQ(tracks_.size(), 1u);
  EXPECT_EQ(tracks_[0].codec, FeedCodec::kAac);
}

TEST_F(DemuxerTest, SubtitlesAndASecondSoundDisturbNothing) {
  push(writer_.tables(
      {{0x06, 0x120, from_hex("5900")}, {0x81, 0x102}, {0x1B, kVideoPid}, {0x0F, kAudioPid}}));
  EXPECT_TRUE(unsupported_.empty());
  push(writer_.video(9000, annex_b_keyframe()));
  EXPECT_EQ(video_.size(), 1u);
}

TEST_F(DemuxerTest, ATrackThatMovesToAnotherPidIsFollowed) {
  push(writer_.tables());
  push(writer_.video(9000, annex_b_keyframe()));
  push(writer_.table(kMapPid, TsWriter::map(1, {{0x1B, 0x200}, {0x0F, kAudioPid}})));
  push(writer_.video(12600, annex_b_picture()));
  EXPECT_EQ(video_.size(), 1u);
  push(writer_.split(0x200, TsWriter::pes(0xE0, 16200, std::nullopt, annex_b_keyframe())));
  EXPECT_EQ(video_.size(), 2u);
  EXPECT_EQ(found_.size(), 2u);
}

TEST_F(DemuxerTest, ATableWithAWrongChecksumIsNotBelieved) {
  Bytes section = TsWriter::map(1, {{0x1B, 0x300}});
  push(writer_.tables());
  section[10] ^= 1;
  push(writer_.table(kMapPid, section));
  EXPECT_EQ(found_.size(), 1u);
  EXPECT_EQ(dropped(DropReason::kNotAuthenticated), 1u);
}

TEST_F(DemuxerTest, ATableMayLieAcrossPackets) {
  std::vector<TsWriter::Stream> streams{{0x1B, kVideoPid}};
  for (uint16_t number = 0; number < 30; ++number)
    streams.push_back(
        {0x06, static_cast<uint16_t>(0x300 + number), from_hex("5906 0000000000 00")});
  push(writer_.table(kPatPid, TsWriter::association({{1, kMapPid}})));
  Bytes section{0};
  const Bytes map = TsWriter::map(1, streams);
  section.insert(section.end(), map.begin(), map.end());
  ASSERT_GT(section.size(), 184u);
  push(writer_.split(kMapPid, section));
  EXPECT_EQ(found_.size(), 1u);
}

// Each of the packets of a minute of picture and sound is damaged with a chance of one in a
// hundred.
TEST_F(DemuxerTest, OfAStreamWithDamagedPacketsThePictureGoesOn) {
  std::mt19937 random(7);
  std::vector<Bytes> stream;
  const auto add = [&](const std::vector<TsWriter::Packet>& packets) {
    stream.insert(stream.end(), packets.begin(), packets.end());
  };
  for (uint64_t frame = 0; frame < 1500; ++frame) {
    if (frame % 10 == 0) add({writer_.table(kPatPid, TsWriter::association({{1, kMapPid}}))});
    if (frame % 10 == 0)
      add({writer_.table(kMapPid, TsWriter::map(1, {{0x1B, kVideoPid}, {0x0F, kAudioPid}}))});
    add(writer_.video(frame * 3600,
                      frame % 25 == 0 ? annex_b_keyframe(3000) : annex_b_picture(900)));
    add(writer_.audio(frame * 3600, adts_frame(150)));
    add(writer_.audio(frame * 3600 + 1920, adts_frame(150)));
  }
  for (Bytes& packet : stream) {
    if (random() % 100 == 0) packet[random() % packet.size()] = static_cast<uint8_t>(random());
  }
  for (const Bytes& packet : stream)
    push(packet);
  EXPECT_GT(video_.size(), 1300u);
  EXPECT_GT(audio_.size(), 2700u);
  EXPECT_LT(tracks_.size(), 8u);
  for (const auto* units : {&video_, &audio_}) {
    int backwards = 0;
    for (size_t i = 1; i < units->size(); ++i)
      backwards += (*units)[i].dts < (*units)[i - 1].dts;
    EXPECT_LT(backwards, 10);
  }
  EXPECT_GT(demuxer_.counters().left_out, 0u);
}

TEST(TsPacket, SaysWhatIsInIt) {
  Bytes bytes = from_hex("47 4100 37 05 82 aa bb cc dd");
  bytes.resize(kPacketBytes, 0x11);
  auto packet = read_ts_packet(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->pid, 0x100);
  EXPECT_EQ(packet->continuity, 7);
  EXPECT_TRUE(packet->unit_start && packet->discontinuity);
  EXPECT_FALSE(packet->stuffed) << "private data accounts for it";
  EXPECT_EQ(packet->payload.size(), 188u - 4 - 6);
  bytes[5] = 0x10;  // a PCR would be six bytes
  EXPECT_FALSE(read_ts_packet(bytes)->stuffed);
  bytes[4] = 8;
  EXPECT_TRUE(read_ts_packet(bytes)->stuffed);
  bytes[4] = 183;
  EXPECT_EQ(read_ts_packet(bytes).error(), DropReason::kMalformed) << "a payload of no bytes";
  bytes[4] = 255;
  EXPECT_EQ(read_ts_packet(bytes).error(), DropReason::kMalformed);
  bytes[3] = 0xB7;
  EXPECT_EQ(read_ts_packet(bytes).error(), DropReason::kUnsupported);
  bytes[3] = 0x07;
  EXPECT_EQ(read_ts_packet(bytes).error(), DropReason::kMalformed);
  bytes[1] |= 0x80;
  EXPECT_EQ(read_ts_packet(bytes).error(), DropReason::kNotAuthenticated);
}

TEST(Pes, TimestampsHave33BitsAndTheirMarkers) {
  const uint64_t far = (uint64_t{1} << 33) - 1;
  const Bytes bytes = TsWriter::pes(0xE0, far, 0x1'2345'6789, from_hex("aa"));
  const auto pes = read_pes(bytes);
  ASSERT_TRUE(pes);
  EXPECT_EQ(pes->pts_90khz, far);
  EXPECT_EQ(pes->dts_90khz, 0x1'2345'6789u);
  EXPECT_EQ(pes->payload.size(), 1u);
  for (const size_t at : {9u, 11u, 13u, 14u}) {
    Bytes damaged = bytes;
    damaged[at] ^= 1;
    EXPECT_EQ(read_pes(damaged).error(), DropReason::kMalformed) << at;
  }
  for (size_t size = 0; size < 19; ++size)
    EXPECT_FALSE(read_pes(ByteSpan(bytes).first(size))) << size;
}

TEST(Section, CrcIsThatOfTheStandard) {
  EXPECT_EQ(crc32_mpeg(as_bytes("123456789")), 0x0376E6E7u);
}

}  // namespace
}  // namespace longmen::mpegts

#include "streamer/feed_decoder.h"

#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>

#include "core/mpegts/demuxer.h"
#include "core/rtp/frame_assembler.h"
#include "core/rtp/header.h"
#include "streamer/gst_setup.h"
#include "streamer/speaker_layout.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using namespace test;

// Counts what came out, and waits for it.
class Output {
 public:
  FeedDecoder::OnDecoded callback() {
    return [this](GstSample* sample, Flicks time) {
      const std::lock_guard lock(mutex_);
      times_.push_back(time);
      GstBuffer* buffer = gst_sample_get_buffer(sample);
      bytes_.push_back(gst_buffer_get_size(buffer));
      speakers_ = speakers_of(gst_sample_get_caps(sample));
      if (speakers_.empty()) {
        came_.notify_all();
        return;
      }
      const MappedBuffer map(buffer, GST_MAP_READ);
      std::vector<float> samples(map.size() / sizeof(float));
      std::memcpy(samples.data(), map.data(), map.size());
      const auto stereo = downmix_to_stereo(speakers_, samples);
      stereo_.insert(stereo_.end(), stereo.begin(), stereo.end());
      came_.notify_all();
    };
  }
  bool wait_for(size_t count, std::chrono::milliseconds within = 3000ms) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, within, [&] { return times_.size() >= count; });
  }
  std::vector<Flicks> times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  std::vector<size_t> bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  // Of sound: what its channels are for, and left and right of all of it.
  std::vector<Speaker> speakers() {
    const std::lock_guard lock(mutex_);
    return speakers_;
  }
  std::vector<float> stereo() {
    const std::lock_guard lock(mutex_);
    return stereo_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Flicks> times_;
  std::vector<size_t> bytes_;
  std::vector<Speaker> speakers_;
  std::vector<float> stereo_;
};

class FeedDecoderTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(set_up_gstreamer()); }

  std::unique_ptr<FeedDecoder> start(const FeedTrack& track) {
    auto decoder = FeedDecoder::start(track, {640, 360}, output_.callback());
    EXPECT_TRUE(decoder) << decoder.error().message;
    return decoder ? std::move(*decoder) : nullptr;
  }

  Output output_;
};

FeedRecipe pictures_only(const std::string& x264) {
  FeedRecipe recipe;
  recipe.audio = false;
  recipe.seconds = 1;
  recipe.x264 = x264;
  return recipe;
}

TEST_F(FeedDecoderTest, EachPictureComesOutBeforeTheNextGoesIn) {
  for (const char* x264 : {"-preset ultrafast -tune zerolatency",
                           "-preset ultrafast -tune zerolatency -x264-params slices=4"}) {
    const RecordedFeed feed = record(pictures_only(x264));
    Output output;
    auto decoder = FeedDecoder::start(feed.tracks.at(0), {640, 360}, output.callback());
    ASSERT_TRUE(decoder) << decoder.error().message;
    for (size_t i = 0; i < feed.units.size(); ++i) {
      ASSERT_EQ((*decoder)->push(feed.units[i], false), FeedDecoder::Taken::kYes);
      ASSERT_TRUE(output.wait_for(i + 1)) << "picture " << i << " is held back, " << x264;
      ASSERT_EQ(output.times().back(), feed.units[i].pts);
    }
  }
}

TEST_F(FeedDecoderTest, BFramesComeOutInDisplayOrderWithinTheirReordering) {
  const RecordedFeed feed =
      record(pictures_only("-preset ultrafast -bf 2 -b_strategy 0 -x264-params b-pyramid=0"));
  const auto decoder = start(feed.tracks.at(0));
  constexpr size_t kReordering = 1;  // what such a stream says of itself
  for (size_t i = 0; i < feed.units.size(); ++i) {
    ASSERT_EQ(decoder->push(feed.units[i], false), FeedDecoder::Taken::kYes);
    const size_t due = i < kReordering ? 0 : i + 1 - kReordering;
    ASSERT_TRUE(output_.wait_for(due)) << i;
  }
  const auto times = output_.times();
  EXPECT_TRUE(std::ranges::is_sorted(times));
}

// What comes in MPEG-TS beside H.264 and AAC.
TEST_F(FeedDecoderTest, CodecsOfTransportStreamsAreDecoded) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "feed.ts").string();
  for (const char* codecs :
       {"-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=15 -c:a mp2",
        "-c:v mpeg2video -bf 2 -g 15 -c:a ac3", "-c:v mpeg2video -g 15 -c:a eac3",
        "-c:v mpeg2video -g 15 -c:a libopus -ac 2"}) {
    const std::string command = fmt::format(
        "ffmpeg -v error -y -f lavfi -i testsrc=size=320x180:rate=25 -f lavfi -i sine=440 -t 1.2 "
        "-pix_fmt yuv420p {} -f mpegts {}",
        codecs, file);
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream stream(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
    mpegts::Demuxer demuxer;
    demuxer.push(bytes, {});
    Output pictures, sound;
    std::map<bool, std::unique_ptr<FeedDecoder>> decoders;
    size_t units = 0;
    while (auto event = demuxer.poll_event()) {
      if (const auto* track = std::get_if<FeedTrack>(&*event)) {
        const bool video = is_video(track->codec);
        auto decoder =
            FeedDecoder::start(*track, {320, 180}, (video ? pictures : sound).callback());
        ASSERT_TRUE(decoder) << codecs << decoder.error().message;
        decoders[video] = std::move(*decoder);
      } else if (const auto* unit = std::get_if<FeedUnit>(&*event)) {
        units += is_video(unit->codec);
        ASSERT_EQ(decoders.at(is_video(unit->codec))->push(*unit, false), FeedDecoder::Taken::kYes)
            << codecs << decoders.at(is_video(unit->codec))->error();
      }
    }
    EXPECT_GE(units, 25u) << codecs;
    EXPECT_TRUE(pictures.wait_for(20)) << codecs << pictures.times().size();
    EXPECT_TRUE(sound.wait_for(15)) << codecs << sound.times().size();
    EXPECT_TRUE(std::ranges::is_sorted(pictures.times())) << codecs;
    EXPECT_TRUE(std::ranges::is_sorted(sound.times())) << codecs;
  }
}

// Temporal units as SVT-AV1 makes them, out of an IVF file: a header of 32 bytes, then each behind
// its size and its time, of 12.
TEST_F(FeedDecoderTest, Av1IsDecoded) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "units.ivf").string();
  const std::string command =
      "ffmpeg -v error -f lavfi -i testsrc=size=320x180:rate=25 -frames:v 30 -pix_fmt yuv420p "
      "-c:v libsvtav1 -preset 12 -g 10 " +
      file + " >/dev/null 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  std::ifstream stream(file, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
  Output output;
  auto decoder = FeedDecoder::start({FeedCodec::kAv1, {}}, {320, 180}, output.callback());
  ASSERT_TRUE(decoder) << decoder.error().message;
  ByteReader reader(bytes);
  reader.skip(32);
  size_t units = 0;
  for (; !reader.at_end(); ++units) {
    const uint32_t size = __builtin_bswap32(reader.u32());
    reader.skip(8);
    const ByteSpan data = reader.take(size);
    ASSERT_TRUE(reader.ok());
    FeedUnit unit;
    unit.codec = FeedCodec::kAv1;
    unit.pts = unit.dts = 40ms * units;
    unit.keyframe = units % 10 == 0;
    unit.data.assign(data.begin(), data.end());
    ASSERT_EQ((*decoder)->push(unit, units == 0), FeedDecoder::Taken::kYes);
  }
  EXPECT_EQ(units, 30u);
  EXPECT_TRUE(output.wait_for(25, 10s)) << output.times().size() << (*decoder)->error();
  EXPECT_EQ(output.bytes().front(), 320u * 180 * 3 / 2);
  EXPECT_TRUE(std::ranges::is_sorted(output.times()));
}

// What comes by RTP beside H.264, as GStreamer's payloaders send it.
TEST_F(FeedDecoderTest, FramesPutTogetherFromRtpAreDecoded) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "packets").string();
  const struct {
    RtpVideo codec;
    const char* elements;
  } senders[] = {{RtpVideo::kVp8, "vp8enc deadline=1 keyframe-max-dist=5 ! rtpvp8pay"},
                 {RtpVideo::kVp9, "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=5 ! rtpvp9pay"},
                 {RtpVideo::kH265,
                  "x265enc speed-preset=ultrafast tune=zerolatency key-int-max=5 ! rtph265pay "
                  "config-interval=-1"}};
  for (const auto& sender : senders) {
    // Each packet behind its length (RFC 4571).
    const std::string command = fmt::format(
        // Our own plug-ins are chosen by the environment; a foreign sender's are all there are.
        "env -u GST_PLUGIN_SYSTEM_PATH_1_0 -u GST_REGISTRY_UPDATE -u GST_REGISTRY_1_0 "
        "gst-launch-1.0 -q videotestsrc num-buffers=20 ! video/x-raw,width=320,height=180,"
        "framerate=25/1 ! {} mtu=500 ! rtpstreampay ! filesink location={}",
        sender.elements, file);
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream stream(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
    Output output;
    const FeedCodec codec = feed_codec_of(sender.codec);
    auto decoder = FeedDecoder::start({codec, {}}, {320, 180}, output.callback());
    ASSERT_TRUE(decoder) << decoder.error().message;
    FrameAssembler assembler(sender.codec);
    size_t packets = 0, frames = 0, keyframes = 0;
    for (ByteReader reader(bytes); !reader.at_end();) {
      const auto packet = read_rtp(reader.take(reader.u16()));
      ASSERT_TRUE(packet);
      ++packets;
      ASSERT_TRUE(assembler.push(packet->payload)) << sender.elements << packets;
      if (!packet->header.marker) continue;
      auto frame = assembler.finish();
      ASSERT_TRUE(frame) << sender.elements << packets;
      FeedUnit unit;
      unit.codec = codec;
      unit.pts = unit.dts = 40ms * frames;
      unit.keyframe = assembler.is_keyframe(*frame);
      unit.data = std::move(*frame);
      keyframes += unit.keyframe;
      ASSERT_TRUE(frames > 0 || unit.keyframe);
      ASSERT_EQ((*decoder)->push(unit, frames == 0), FeedDecoder::Taken::kYes);
      ++frames;
    }
    EXPECT_GT(packets, frames) << "some are in pieces";
    EXPECT_EQ(frames, 20u) << sender.elements;
    EXPECT_GE(keyframes, 3u) << sender.elements;
    EXPECT_LT(keyframes, 20u) << sender.elements;
    EXPECT_TRUE(output.wait_for(19)) << sender.elements << output.times().size();
  }
}

TEST_F(FeedDecoderTest, SoundOfCamerasIsDecoded) {
  for (const FeedCodec codec : {FeedCodec::kPcma, FeedCodec::kPcmu}) {
    Output output;
    auto decoder = FeedDecoder::start({codec, {}}, {640, 360}, output.callback());
    ASSERT_TRUE(decoder) << decoder.error().message;
    for (int count = 0; count < 10; ++count) {
      FeedUnit unit;
      unit.codec = codec;
      unit.pts = unit.dts = 20ms * count;
      unit.data = Bytes(160, 0x55);
      ASSERT_EQ((*decoder)->push(unit, count == 0), FeedDecoder::Taken::kYes);
    }
    EXPECT_TRUE(output.wait_for(8));
  }
}

TEST_F(FeedDecoderTest, SoundKeepsItsTimeThroughResampling) {
  FeedRecipe recipe;
  recipe.video = false;
  recipe.audio_rate = 44'100;
  recipe.audio_channels = 1;
  recipe.seconds = 2;
  const RecordedFeed feed = record(recipe);
  const auto decoder = start(feed.tracks.at(0));
  for (const FeedUnit& unit : feed.units)
    ASSERT_EQ(decoder->push(unit, false), FeedDecoder::Taken::kYes);
  ASSERT_TRUE(output_.wait_for(feed.units.size() - 1));
  const auto times = output_.times();
  const auto bytes = output_.bytes();
  EXPECT_EQ(times.front(), feed.units.front().pts);
  double samples = 0;
  for (size_t i = 0; i + 1 < times.size(); ++i) {
    // Times follow the samples, not FLV's whole milliseconds.
    samples += static_cast<double>(bytes[i]) / sizeof(float);
    const double elapsed = std::chrono::duration<double>(times[i + 1] - times[0]).count();
    ASSERT_NEAR(elapsed * 48'000, samples, 1.5);
  }
  EXPECT_NEAR(samples, static_cast<double>(times.size() - 1) * 1024 * 480 / 441, 100);
}

// Of 5.1 the centre is heard on both sides and the left surround on the left, each 3 dB down.
TEST_F(FeedDecoderTest, EachChannelOfSurroundSoundComesWithItsPlace) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "feed.ts").string();
  for (const char* codec : {"ac3 -b:a 448k", "aac -b:a 512k"}) {
    // In the order of ffmpeg's 5.1: left, right, centre, low frequencies, left and right surround.
    const std::string command = fmt::format(
        "ffmpeg -v error -y -f lavfi -i 'aevalsrc=0|0|0.4*sin(2*PI*500*t)|0.9*sin(2*PI*60*t)|"
        "0.2*sin(2*PI*500*t)|0:c=5.1:s=48000:d=1' -c:a {} -f mpegts {}",
        codec, file);
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream stream(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
    mpegts::Demuxer demuxer;
    demuxer.push(bytes, {});
    Output output;
    std::unique_ptr<FeedDecoder> decoder;
    while (auto event = demuxer.poll_event()) {
      if (const auto* track = std::get_if<FeedTrack>(&*event)) {
        auto started = FeedDecoder::start(*track, {640, 360}, output.callback());
        ASSERT_TRUE(started) << codec << started.error().message;
        decoder = std::move(*started);
      } else if (const auto* unit = std::get_if<FeedUnit>(&*event)) {
        ASSERT_EQ(decoder->push(*unit, false), FeedDecoder::Taken::kYes) << codec;
      }
    }
    ASSERT_TRUE(output.wait_for(25)) << codec << output.times().size();
    EXPECT_EQ(output.speakers().size(), 6U) << codec;
    const auto sound = output.stereo();
    float left = 0, right = 0;
    for (size_t i = sound.size() / 2; i + 1 < sound.size() - 9'600; i += 2) {
      left = std::max(left, std::abs(sound[i]));
      right = std::max(right, std::abs(sound[i + 1]));
    }
    EXPECT_NEAR(left, 0.6 * std::sqrt(0.5), 0.03) << codec;
    EXPECT_NEAR(right, 0.4 * std::sqrt(0.5), 0.03) << codec;
  }
}

TEST_F(FeedDecoderTest, PicturesHaveTheTopSize) {
  FeedRecipe recipe = pictures_only("-preset ultrafast -tune zerolatency");
  recipe.width = 322;
  recipe.height = 242;
  const RecordedFeed feed = record(recipe);
  const auto decoder = start(feed.tracks.at(0));
  ASSERT_EQ(decoder->push(feed.units.at(0), false), FeedDecoder::Taken::kYes);
  ASSERT_TRUE(output_.wait_for(1));
  EXPECT_EQ(output_.bytes().at(0), 640U * 360 * 3 / 2);
}

TEST_F(FeedDecoderTest, TimesFarApartAskForANewDecoder) {
  const RecordedFeed feed = record(pictures_only("-preset ultrafast -tune zerolatency"));
  const auto decoder = start(feed.tracks.at(0));
  FeedUnit unit = feed.units.at(0);
  EXPECT_EQ(decoder->push(unit, false), FeedDecoder::Taken::kYes);
  unit.dts = unit.pts = unit.dts - 48h;
  EXPECT_EQ(decoder->push(unit, false), FeedDecoder::Taken::kFailed);
}

TEST_F(FeedDecoderTest, ANonsenseConfigurationIsRefusedWithWords) {
  Output output;
  for (FeedCodec codec : {FeedCodec::kH264, FeedCodec::kAac}) {
    const auto decoder = FeedDecoder::start({codec, {0xFF}}, {640, 360}, output.callback());
    ASSERT_FALSE(decoder);
    EXPECT_NE(decoder.error().message.find("malformed"), std::string::npos);
  }
}

TEST_F(FeedDecoderTest, NonsenseInsteadOfUnitsEndsNothing) {
  const RecordedFeed feed = record(FeedRecipe{.seconds = 0.5});
  for (const FeedTrack& track : feed.tracks) {
    const auto decoder = start(track);
    for (FeedUnit unit : feed.units) {
      if (unit.codec != track.codec) continue;
      for (size_t i = 0; i < unit.data.size(); ++i)
        unit.data[i] = static_cast<uint8_t>(i * 37 + 11);
      if (decoder->push(unit, false) == FeedDecoder::Taken::kFailed) break;
    }
  }
}

// As a line does that corrects nothing, in the picture data behind the slice's header.
void damage(RecordedFeed& feed) {
  for (size_t i = 5; i < feed.units.size(); i += 4) {
    Bytes& data = feed.units[i].data;
    for (size_t at = data.size() / 2; at < std::min(data.size(), data.size() / 2 + 24); ++at)
      data[at] ^= 0x5a;
  }
}

TEST_F(FeedDecoderTest, SaysWhenItWasGivenDamagedData) {
  for (const char* x264 : {"-preset ultrafast -tune zerolatency",
                           "-preset ultrafast -tune zerolatency -x264-params slices=4"}) {
    const RecordedFeed whole = record(pictures_only(x264));
    RecordedFeed damaged = whole;
    damage(damaged);
    Output output, other;
    auto decoder = FeedDecoder::start(damaged.tracks.at(0), {640, 360}, output.callback());
    auto beside = FeedDecoder::start(whole.tracks.at(0), {640, 360}, other.callback());
    ASSERT_TRUE(decoder && beside);
    for (size_t i = 0; i < whole.units.size(); ++i) {
      (*decoder)->push(damaged.units[i], i == 0);
      (*beside)->push(whole.units[i], i == 0);
    }
    EXPECT_TRUE(other.wait_for(whole.units.size()));
    EXPECT_TRUE(output.wait_for(whole.units.size())) << "it is shown all the same";
    EXPECT_GE((*decoder)->complaints(), 3u) << x264;
    EXPECT_EQ((*beside)->complaints(), 0u) << "they are told apart";
  }
}

}  // namespace
}  // namespace longmen

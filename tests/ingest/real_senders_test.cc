// Real encoders publish to the listener; what a streamer would get is looked at. Tests of programs
// that the machine does not have are skipped.
#include <gtest/gtest.h>

#include "tests/ingest/ingest_fixture.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::make_channel;
using test::Received;
using test::Sender;

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

class RealSenders : public test::IngestTest {
 protected:
  void SetUp() override { start({make_channel("main", {"test-key", "other-key"}, second_)}); }

  static std::string picture(const std::string& size, const std::string& rate) {
    return "ffmpeg -v error -re -f lavfi -i testsrc=size=" + size + ":rate=" + rate + " ";
  }
  static std::string tone(int rate) {
    return "-re -f lavfi -i sine=frequency=1000:sample_rate=" + std::to_string(rate) + " ";
  }
  std::string to(const std::string& key) const { return " -f flv " + url(key); }

  // Runs the sender to its end.
  void send(const std::string& command) {
    connect_link("main", received_);
    Sender sender(words(command));
    ASSERT_TRUE(run_until([&] { return sender.ended(); }));
    EXPECT_TRUE(sender.succeeded()) << sender.log();
    EXPECT_TRUE(run_until([&] { return received_.ends == 1; })) << received_.order;
  }
  // What must hold of every feed of about `frames` frames.
  void expect_video(size_t frames) const {
    const auto video = received_.of(FeedCodec::kH264);
    ASSERT_GE(video.size() + 1, frames);
    EXPECT_LE(video.size(), frames + 1);
    EXPECT_TRUE(video.front().keyframe);
    expect_order(video);
    ASSERT_FALSE(received_.tracks.empty());
    EXPECT_EQ(received_.tracks[0].codec, FeedCodec::kH264);
    EXPECT_EQ(received_.tracks[0].config.at(0), 1);
  }
  void expect_order(const std::vector<FeedUnit>& units) const {
    for (size_t index = 0; index < units.size(); ++index) {
      EXPECT_GE(units[index].pts, units[index].dts) << index;
      if (index == 0) continue;
      const bool ascends = units[index].dts > units[index - 1].dts;
      const bool stays = units[index].dts == units[index - 1].dts;
      EXPECT_TRUE(ascends || (stays && times_may_stay_)) << index;
      EXPECT_GE(units[index].arrival, units[index - 1].arrival) << index;
    }
  }
  // AudioSpecificConfig: object type 5, frequency index 4, channels 4.
  void expect_audio(unsigned frequency_index, unsigned channels, size_t frames) const {
    const auto audio = received_.of(FeedCodec::kAac);
    EXPECT_GE(audio.size(), frames);
    expect_order(audio);
    ASSERT_EQ(received_.tracks.size(), 2u);
    const Bytes& config = received_.tracks[1].config;
    ASSERT_GE(config.size(), 2u);
    EXPECT_EQ((config[0] & 7) << 1 | config[1] >> 7, static_cast<int>(frequency_index));
    EXPECT_EQ(config[1] >> 3 & 15, static_cast<int>(channels));
  }

  SecondPublisher second_ = SecondPublisher::kRefuse;
  // flvmux gives a live buffer that is late the time of the one before it.
  bool times_may_stay_ = false;
  Received received_;
};

TEST_F(RealSenders, FfmpegWithoutBFramesMono44100) {
  send(picture("320x180", "30") + tone(44100) +
       "-t 1 -c:v libx264 -preset ultrafast -tune zerolatency -g 15 -c:a aac -ac 1" +
       to("test-key"));
  expect_video(30);
  expect_audio(4, 1, 42);
  EXPECT_EQ(std::count(received_.order.begin(), received_.order.end(), 'K'), 2);
  for (const FeedUnit& unit : received_.of(FeedCodec::kH264))
    EXPECT_EQ(unit.pts, unit.dts);
}

TEST_F(RealSenders, FfmpegWithBFramesStereo48000) {
  send(picture("640x360", "25") + tone(48000) +
       "-t 1 -c:v libx264 -preset veryfast -bf 3 -g 25 -c:a aac -ac 2" + to("test-key"));
  expect_video(25);
  expect_audio(3, 2, 45);
  const auto video = received_.of(FeedCodec::kH264);
  EXPECT_TRUE(std::any_of(video.begin(), video.end(),
                          [](const FeedUnit& unit) { return unit.pts > unit.dts; }));
}

TEST_F(RealSenders, FfmpegOddSizeNtscRateNoAudio) {
  send(picture("321x179", "30000/1001") +
       "-t 1 -c:v libx264 -preset ultrafast -pix_fmt yuv444p -g 30" + to("test-key"));
  expect_video(30);
  EXPECT_EQ(received_.tracks.size(), 1u);
  EXPECT_TRUE(received_.of(FeedCodec::kAac).empty());
}

TEST_F(RealSenders, Ffmpeg50FramesASecondAboveThe24BitTimestamp) {
  // 4.66 hours in: every header has an extended timestamp.
  send(picture("320x180", "50") + tone(48000) +
       "-t 1 -c:v libx264 -preset ultrafast -b:v 4M -g 50 -c:a aac -output_ts_offset 17000" +
       to("test-key"));
  expect_video(50);
  EXPECT_GE(received_.units.front().dts, Flicks(16777s));
}

TEST_F(RealSenders, FfmpegAudioAlone) {
  send("ffmpeg -v error " + tone(44100) + "-t 0.5 -c:a aac -ac 2" + to("test-key"));
  ASSERT_EQ(received_.tracks.size(), 1u);
  EXPECT_EQ(received_.tracks[0].codec, FeedCodec::kAac);
  EXPECT_GE(received_.units.size(), 20u);
}

TEST_F(RealSenders, FfmpegIsToldThatItsKeyIsWrong) {
  Sender sender(words(picture("320x180", "30") + "-t 5 -c:v libx264" + to("bad-key?x=y")));
  ASSERT_TRUE(run_until([&] { return sender.ended(); }));
  EXPECT_FALSE(sender.succeeded());
  EXPECT_NE(sender.log().find("wrong stream key"), std::string::npos) << sender.log();
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kWrongKey), 1);
}

TEST_F(RealSenders, FfmpegIsToldThatTheApplicationIsWrong) {
  std::string elsewhere = url("test-key");
  elsewhere.replace(elsewhere.find("/live/"), 6, "/app/");
  Sender sender(words(picture("320x180", "30") + "-t 5 -c:v libx264 -f flv " + elsewhere));
  ASSERT_TRUE(run_until([&] { return sender.ended(); }));
  EXPECT_NE(sender.log().find("there is no application \"app\""), std::string::npos)
      << sender.log();
}

TEST_F(RealSenders, FfmpegIsToldThatItsCodecIsNotSupported) {
  Sender sender(words(picture("320x180", "30") + tone(44100) +
                      "-t 5 -c:v libx264 -preset ultrafast -c:a libmp3lame" + to("test-key")));
  ASSERT_TRUE(run_until([&] { return sender.ended(); }));
  EXPECT_NE(sender.log().find("audio codec MP3 is not supported"), std::string::npos)
      << sender.log();
}

TEST_F(RealSenders, SecondFfmpegIsToldThatTheChannelIsBusy) {
  connect_link("main", received_);
  const std::string command = picture("320x180", "30") + "-t 8 -c:v libx264 -preset ultrafast";
  Sender first(words(command + to("test-key")));
  ASSERT_TRUE(run_until([&] { return received_.units.size() > 5; }));
  Sender second(words(command + to("other-key")));
  ASSERT_TRUE(run_until([&] { return second.ended(); }));
  EXPECT_NE(second.log().find("already publishing"), std::string::npos) << second.log();
  EXPECT_FALSE(first.ended());
  first.kill();
  EXPECT_TRUE(run_until([&] { return received_.ends == 1; }));
}

TEST_F(RealSenders, SecondFfmpegTakesOver) {
  channels_[0].second_publisher = SecondPublisher::kTakeOver;
  feeds_.configure(channels_, 10);
  connect_link("main", received_);
  const std::string command = picture("320x180", "30") + "-t 8 -c:v libx264 -preset ultrafast";
  Sender first(words(command + to("test-key")));
  ASSERT_TRUE(run_until([&] { return received_.units.size() > 5; }));
  Sender second(words(command + to("other-key")));
  ASSERT_TRUE(run_until([&] { return first.ended(); }));
  EXPECT_TRUE(run_until([&] { return received_.order.find("ETK") != std::string::npos; }))
      << received_.order;
  EXPECT_FALSE(second.ended());
}

class GStreamer : public RealSenders {
 protected:
  void SetUp() override {
    RealSenders::SetUp();
    times_may_stay_ = true;
    for (const char* element : {"x264enc", "voaacenc", "flvmux", "rtmp2sink"}) {
      Sender inspect({"gst-inspect-1.0", "--exists", element});
      (void)run_until([&] { return inspect.ended(); });
      if (!inspect.succeeded()) GTEST_SKIP() << "no " << element;
    }
  }
  static std::string pipeline(const std::string& sink) {
    return "gst-launch-1.0 -q videotestsrc is-live=true num-buffers=30 ! "
           "video/x-raw,width=160,height=90,framerate=30/1 ! "
           "x264enc tune=zerolatency key-int-max=15 ! flvmux name=m streamable=true ! " +
           sink +
           " audiotestsrc is-live=true num-buffers=45 samplesperbuffer=1024 ! "
           "audio/x-raw,rate=44100,channels=2 ! voaacenc ! m.";
  }
};

TEST_F(GStreamer, Rtmp2sink) {
  send(pipeline("rtmp2sink location=" + url("test-key")));
  expect_video(30);
  expect_audio(4, 2, 40);
}

TEST_F(GStreamer, Rtmp2sinkIsDeniedWithAWrongKey) {
  Sender sender(words(pipeline("rtmp2sink location=" + url("bad-key"))));
  ASSERT_TRUE(run_until([&] { return sender.ended(); }));
  EXPECT_FALSE(sender.succeeded());
  EXPECT_NE(sender.log().find("enied"), std::string::npos) << sender.log();
}

// librtmp, from which OBS's own copy descends.
TEST_F(GStreamer, RtmpsinkOfLibrtmp) {
  Sender inspect({"gst-inspect-1.0", "--exists", "rtmpsink"});
  (void)run_until([&] { return inspect.ended(); });
  if (!inspect.succeeded()) GTEST_SKIP() << "no rtmpsink";
  send(pipeline("rtmpsink location=" + url("test-key")));
  expect_video(30);
  expect_audio(4, 2, 40);
}

}  // namespace
}  // namespace longmen

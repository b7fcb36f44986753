// Senders that push by RTSP: foreign ones, and hand-made ones that do what those do not.
#include <gtest/gtest.h>

#include <array>

#include "ingest/rtsp_listener.h"
#include "tests/ingest/ingest_fixture.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using test::make_channel;
using test::Received;
using test::Sender;

std::vector<std::string> split_words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string ffmpeg(const std::string& encoders, const std::string& transport,
                   const std::string& url) {
  return "ffmpeg -v error -re -f lavfi -i testsrc=size=320x180:rate=25 -re -f lavfi -i "
         "sine=frequency=1000:sample_rate=48000 -t 20 " +
         encoders + " -f rtsp -rtsp_transport " + transport + " " + url;
}
constexpr char kH264[] = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -g 25 ";

// A client that says by hand what it says.
class Talker {
 public:
  Talker(boost::asio::io_context& io, uint16_t port) : socket_(io) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.non_blocking(true);
  }
  void say(const std::string& text) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(text), ignored);
  }
  // All that was answered so far.
  const std::string& heard() {
    std::array<char, 4096> buffer;
    boost::system::error_code error;
    for (size_t bytes = 1; bytes > 0 && !error;) {
      bytes = socket_.read_some(boost::asio::buffer(buffer), error);
      heard_.append(buffer.data(), bytes);
    }
    closed_ = closed_ || error != boost::asio::error::would_block;
    return heard_;
  }
  bool hears(const std::string& words) { return heard().find(words) != std::string::npos; }
  bool closed() {
    (void)heard();
    return closed_;
  }

 private:
  tcp::socket socket_;
  std::string heard_;
  bool closed_ = false;
};

class RtspPush : public test::IngestTest {
 protected:
  void SetUp() override {
    start({make_channel("main", {"the-key"}, SecondPublisher::kTakeOver)});
    connect_link("main", received_);
    listen({});
  }
  void TearDown() override {
    rtsp_.reset();
    IngestTest::TearDown();
  }
  void listen(RtspSettings settings) {
    rtsp_.emplace(io_, feeds_, metrics_, settings);
    tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    rtsp_port_ = acceptor.local_endpoint().port();
    ASSERT_TRUE(rtsp_->start(UniqueFd(acceptor.release())));
  }
  std::string at(const std::string& path, const std::string& who = "") const {
    return "rtsp://" + who + "127.0.0.1:" + std::to_string(rtsp_port_) + path;
  }
  size_t count(FeedCodec codec) const { return received_.of(codec).size(); }
  bool comes(FeedCodec video, FeedCodec audio, size_t units = 20) {
    return run_until([&] { return count(video) >= units && count(audio) >= units; }, 12s);
  }
  // In order without holes, and of one time.
  void expect_whole(FeedCodec picture, FeedCodec sound) const {
    const auto video = received_.of(picture), audio = received_.of(sound);
    ASSERT_FALSE(video.empty() || audio.empty());
    EXPECT_TRUE(video.front().keyframe);
    for (const auto* units : {&video, &audio}) {
      size_t holes = 0;
      for (size_t i = 1; i < units->size(); ++i) {
        const auto step = (*units)[i].dts - (*units)[i - 1].dts;
        holes += step < Flicks(0) || step > Flicks(65ms);
      }
      EXPECT_LE(holes, 1u) << "where the first report puts sound to the picture";
    }
    EXPECT_LT(std::chrono::abs(video.back().pts - audio.back().pts), Flicks(400ms));
  }
  const Publisher& publisher() const { return feeds_.find("main")->publisher(); }
  std::string announce(const std::string& path, int cseq = 1) const {
    const std::string sdp =
        "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\na=control:0\r\n";
    return "ANNOUNCE " + at(path) + " RTSP/1.0\r\nCSeq: " + std::to_string(cseq) +
           "\r\nContent-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) +
           "\r\n\r\n" + sdp;
  }
  // Of G.711, by TCP, up to RECORD.
  std::string record() const {
    const std::string url = at("/live/the-key");
    return announce("/live/the-key") + "SETUP " + url +
           "/0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n" +
           "RECORD " + url + " RTSP/1.0\r\nCSeq: 3\r\n\r\n";
  }
  static std::string packet(uint8_t sequence) {
    std::string text("$\x00\x00\xAC\x80\x88\x00", 7);
    text += static_cast<char>(sequence);
    text += std::string("\x00\x00\x00", 3) + static_cast<char>(sequence) +
            std::string("\x00\x00\x00\x01", 4) + std::string(160, '\x55');
    return text;
  }

  Received received_;
  std::optional<RtspListener> rtsp_;
  uint16_t rtsp_port_ = 0;
};

TEST_F(RtspPush, FfmpegByTcpThenByUdpInItsPlace) {
  Sender first(split_words(ffmpeg(std::string(kH264) + "-c:a aac", "tcp", at("/live/the-key"))));
  EXPECT_TRUE(comes(FeedCodec::kH264, FeedCodec::kAac)) << first.log();
  EXPECT_EQ(publisher().protocol, "rtsp");
  EXPECT_EQ(publisher().encoder.substr(0, 4), "Lavf");
  expect_whole(FeedCodec::kH264, FeedCodec::kAac);
  received_.units.clear();
  Sender second(
      split_words(ffmpeg("-c:v libx265 -preset ultrafast -tune zerolatency -x265-params "
                         "log-level=none:keyint=25 -c:a libopus",
                         "udp", at("/main", "main:the-key@"))));
  EXPECT_TRUE(comes(FeedCodec::kH265, FeedCodec::kOpus)) << second.log();
  EXPECT_TRUE(run_until([&] { return first.ended(); })) << "it is hung up on";
  expect_whole(FeedCodec::kH265, FeedCodec::kOpus);
  EXPECT_TRUE(run_until([&] { return feeds_.find("main")->figures().path.has_value(); }));
  // A key that is revoked ends it.
  channels_[0].key_hashes = {};
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(run_until([&] { return second.ended(); }));
}

TEST_F(RtspPush, GStreamerWithSoundOfATelephone) {
  Sender sender(split_words(
      "gst-launch-1.0 -q rtspclientsink name=sink protocols=tcp location=" + at("/live/the-key") +
      " videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc "
      "tune=zerolatency speed-preset=ultrafast key-int-max=25 ! sink. audiotestsrc is-live=true ! "
      "audio/x-raw,rate=8000,channels=1 ! alawenc ! sink."));
  EXPECT_TRUE(comes(FeedCodec::kH264, FeedCodec::kPcma)) << sender.log();
}

TEST_F(RtspPush, FfmpegByRtspsIsToldWhatIsWrong) {
  const test::TemporaryFolder folder;
  auto tls = std::make_shared<TlsServer>();
  ASSERT_TRUE(
      tls->load({"", "", folder.path() / "tls", {"127.0.0.1"}}, std::chrono::system_clock::now()));
  tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
  const auto port = rtsp_->start(UniqueFd(acceptor.release()), tls);
  ASSERT_TRUE(port);
  const std::string url = "rtsps://127.0.0.1:" + std::to_string(*port) + "/live/";
  Sender wrong(split_words(ffmpeg(std::string(kH264) + "-c:a aac", "tcp", url + "another-key")));
  EXPECT_TRUE(run_until([&] { return wrong.ended(); }));
  EXPECT_NE(wrong.log().find("wrong stream key"), std::string::npos) << wrong.log();
  Sender codec(split_words(ffmpeg(std::string(kH264) + "-c:a mp2", "tcp", url + "the-key")));
  EXPECT_TRUE(run_until([&] { return codec.ended(); }));
  EXPECT_NE(codec.log().find("audio codec MPA is not supported"), std::string::npos) << codec.log();
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kUnsupportedCodec), 1);
  Sender sender(split_words(ffmpeg(std::string(kH264) + "-c:a aac", "tcp", url + "the-key")));
  EXPECT_TRUE(comes(FeedCodec::kH264, FeedCodec::kAac)) << sender.log();
  EXPECT_EQ(publisher().protocol, "rtsps");
}

TEST_F(RtspPush, PacketsBecomeUnitsUntilTeardown) {
  Talker talker(io_, rtsp_port_);
  talker.say(record() + packet(1) + packet(2) + "$\x09" + std::string("\x00\x01x", 3));
  EXPECT_TRUE(run_until([&] { return count(FeedCodec::kPcma) == 2; })) << talker.heard();
  EXPECT_EQ(received_.of(FeedCodec::kPcma)[0].data, Bytes(160, 0x55));
  EXPECT_EQ(metrics_.dropped_count(DropReason::kUnknownPeer), 1) << "of a channel of nobody's";
  talker.say("TEARDOWN " + at("/live/the-key") + " RTSP/1.0\r\nCSeq: 4\r\n\r\n");
  EXPECT_TRUE(run_until([&] { return received_.ends == 1 && talker.hears("CSeq: 4"); }));
}

TEST_F(RtspPush, EveryStepHasADeadline) {
  RtspSettings settings;
  settings.publish = settings.silence = 150ms;
  settings.linger = 50ms;
  listen(settings);
  Talker slow(io_, rtsp_port_), silent(io_, rtsp_port_);
  slow.say(announce("/live/the-key"));
  silent.say(record() + packet(1));
  EXPECT_TRUE(run_until([&] { return feeds_.find("main")->up(); })) << silent.heard();
  EXPECT_TRUE(run_until([&] { return slow.closed() && silent.closed(); }));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooSlow), 1);
  EXPECT_EQ(metrics_.cut_count(CutReason::kSilent), 1);
  // Neither has hung up: their places are free all the same.
  EXPECT_TRUE(run_until([&] { return rtsp_->connections() == 0; }));
}

TEST_F(RtspPush, WrongKeysAndConnectionsAreBounded) {
  Talker talker(io_, rtsp_port_);
  for (int count = 1; count <= 11; ++count)
    talker.say(announce("/live/wrong", count));
  EXPECT_TRUE(run_until([&] { return talker.hears("CSeq: 11\r\n"); }));
  EXPECT_TRUE(talker.hears("RTSP/1.0 403 wrong stream key\r\n"));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kWrongKey), 10);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyWrongKeys), 1);
  rtsp_->set_max_connections(100, 2);
  Talker second(io_, rtsp_port_), third(io_, rtsp_port_);
  EXPECT_TRUE(run_until([&] { return third.closed(); }));
  EXPECT_FALSE(second.closed());
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyConnections), 1);
  second.say("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(run_until([&] { return second.closed(); }));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kNotUnderstood), 1);
}

}  // namespace
}  // namespace longmen

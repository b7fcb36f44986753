// Foreign programs by every way in beside RTMP: they send, or serve what the node pulls; what a
// streamer would get is looked at.
#include <gtest/gtest.h>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read_until.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

#include "ingest/pulls.h"
#include "ingest/srt_listener.h"
#include "tests/ingest/ingest_fixture.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;
using test::from_hex;
using test::make_channel;
using test::Received;
using test::Sender;

constexpr char kPicture[] = "-f lavfi -i testsrc=size=320x180:rate=25 ";
constexpr char kTone[] = "-f lavfi -i sine=frequency=1000:sample_rate=48000 ";
constexpr char kEncoders[] =
    "-c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -ac 2 -flush_packets 1 ";

std::vector<std::string> split_words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

class RealWays : public test::IngestTest {
 protected:
  void SetUp() override {
    char name[] = "/tmp/longmen-ways-XXXXXX";
    folder_ = ::mkdtemp(name);
    start({make_channel("main", {"the-key"})});
    connect_link("main", received_);
    srt_.emplace(io_, feeds_, metrics_);
    SrtConfig config;
    config.keys = {{stream_key_hash("the-key"), "a-passphrase"}};
    srt_->configure(config);
    srt_port_ = free_port();
    udp::socket socket(io_, {boost::asio::ip::address_v4::loopback(), srt_port_});
    srt_->start(UniqueFd(socket.release()));
    pulls_.emplace(io_, feeds_, metrics_);
  }
  void TearDown() override {
    pulls_.reset();
    srt_.reset();
    IngestTest::TearDown();
    std::filesystem::remove_all(folder_);
  }
  uint16_t free_port() {
    udp::socket probe(io_, {boost::asio::ip::address_v4::loopback(), 0});
    return probe.local_endpoint().port();
  }
  static std::string ffmpeg(const std::string& seconds) {
    return std::string("ffmpeg -v error -re ") + kPicture + "-re " + kTone + "-t " + seconds + " " +
           kEncoders;
  }
  std::string srt_url() const { return "srt://127.0.0.1:" + std::to_string(srt_port_); }
  void pull(PullConfig config) {
    config.channel = "main";
    pulls_->configure({config});
  }
  static PullConfig from(const std::string& url) {
    PullConfig config;
    config.url = url;
    return config;
  }
  size_t count(FeedCodec codec) const { return received_.of(codec).size(); }
  bool comes(size_t pictures, size_t sounds, std::chrono::milliseconds limit = 12s) {
    return run_until(
        [&] { return count(FeedCodec::kH264) >= pictures && count(FeedCodec::kAac) >= sounds; },
        limit);
  }
  // Of what has come: in order, no hole longer than a picture, sound and picture of one time.
  void expect_whole() const {
    const auto video = received_.of(FeedCodec::kH264), audio = received_.of(FeedCodec::kAac);
    ASSERT_FALSE(video.empty() || audio.empty());
    EXPECT_TRUE(video.front().keyframe);
    for (const auto* units : {&video, &audio}) {
      for (size_t i = 1; i < units->size(); ++i) {
        const auto step = (*units)[i].dts - (*units)[i - 1].dts;
        EXPECT_GT(step, Flicks(0)) << i;
        EXPECT_LT(step, Flicks(65ms)) << i;
      }
    }
    EXPECT_LT(std::chrono::abs(video.back().pts - audio.back().pts), Flicks(400ms));
  }

  std::string folder_;
  Received received_;
  std::optional<SrtListener> srt_;
  std::optional<Pulls> pulls_;
  uint16_t srt_port_ = 0;
};

TEST_F(RealWays, FfmpegBySrt) {
  Sender sender(split_words(ffmpeg("2") + "-f mpegts " + srt_url() +
                            "?streamid=#!::r=main,m=publish,s=the-key&passphrase=a-passphrase"));
  ASSERT_TRUE(run_until([&] { return sender.ended(); }));
  EXPECT_TRUE(sender.succeeded()) << sender.log();
  EXPECT_TRUE(run_until([&] { return received_.ends == 1; }));
  // What is under way when it hangs up is lost: the latency, and what the muxer has held back.
  EXPECT_GE(count(FeedCodec::kH264), 25u);
  EXPECT_GE(count(FeedCodec::kAac), 40u);
  expect_whole();
}

TEST_F(RealWays, FfmpegIsRefusedInTheHandshake) {
  Sender sender(split_words(ffmpeg("5") + "-f mpegts " + srt_url() + "?streamid=wrong-key"));
  ASSERT_TRUE(run_until([&] { return sender.ended(); }));
  EXPECT_FALSE(sender.succeeded());
  EXPECT_GE(metrics_.refused_count(RefusalReason::kWrongKey), 1);
}

TEST_F(RealWays, SrtLiveTransmitThenGStreamerTakesOver) {
  channels_[0].second_publisher = SecondPublisher::kTakeOver;
  feeds_.configure(channels_, 10);
  const uint16_t relayed = free_port();
  Sender transmit({"srt-live-transmit", "udp://127.0.0.1:" + std::to_string(relayed),
                   srt_url() + "?streamid=the-key&passphrase=a-passphrase"});
  Sender sender(split_words(ffmpeg("20") + "-f mpegts udp://127.0.0.1:" + std::to_string(relayed) +
                            "?pkt_size=1316"));
  EXPECT_TRUE(comes(20, 20)) << transmit.log() << sender.log();
  Sender gstreamer(split_words(
      "gst-launch-1.0 -q mpegtsmux name=mux alignment=7 ! srtsink uri=" + srt_url() +
      "?mode=caller&streamid=the-key&passphrase=a-passphrase "
      "videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc "
      "tune=zerolatency speed-preset=ultrafast key-int-max=25 ! h264parse ! mux. "
      "audiotestsrc is-live=true ! avenc_aac ! aacparse ! mux."));
  EXPECT_TRUE(run_until([&] { return received_.ends == 1; })) << gstreamer.log();
  received_.units.clear();
  EXPECT_TRUE(comes(20, 20)) << gstreamer.log();
}

TEST_F(RealWays, FfmpegByRtmps) {
  auto tls = std::make_shared<TlsServer>();
  ASSERT_TRUE(
      tls->load({"", "", folder_ + "/tls", {"127.0.0.1"}}, std::chrono::system_clock::now()));
  boost::asio::ip::tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
  const auto port = listener_->start(UniqueFd(acceptor.release()), tls);
  ASSERT_TRUE(port);
  const std::string url = "rtmps://127.0.0.1:" + std::to_string(*port) + "/live/";
  {
    Sender sender(split_words(ffmpeg("5") + "-f flv " + url + "wrong-key"));
    ASSERT_TRUE(run_until([&] { return sender.ended(); }));
    EXPECT_NE(sender.log().find("wrong stream key"), std::string::npos) << sender.log();
  }
  Sender sender(split_words(ffmpeg("20") + "-f flv " + url + "the-key"));
  EXPECT_TRUE(comes(20, 20)) << sender.log();
  EXPECT_EQ(feeds_.find("main")->publisher().protocol, "rtmps");
  expect_whole();
  // Cut, it is told so and hung up on.
  channels_[0].key_hashes = {};
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(run_until([&] { return sender.ended(); })) << sender.log();
  // What is no TLS is no reason to stumble.
  test::RawSender raw(io_, *port);
  raw.send(test::RtmpClient::handshake());
  EXPECT_TRUE(run_until([&] { return raw.closed(); }));
}

TEST_F(RealWays, FfmpegByRtpIsPulled) {
  const uint16_t port = free_port();
  pull(from("rtp://127.0.0.1:" + std::to_string(port)));
  settle();
  Sender sender(
      split_words(ffmpeg("20") + "-f rtp_mpegts rtp://127.0.0.1:" + std::to_string(port)));
  EXPECT_TRUE(comes(30, 30)) << sender.log();
  expect_whole();
}

TEST_F(RealWays, AnSrtListenerIsCalled) {
  const uint16_t port = free_port();
  PullConfig config = from("srt://127.0.0.1:" + std::to_string(port));
  config.passphrase = "another-passphrase";
  Sender sender(split_words(ffmpeg("30") + "-f mpegts srt://127.0.0.1:" + std::to_string(port) +
                            "?mode=listener&passphrase=another-passphrase"));
  pull(config);
  EXPECT_TRUE(comes(20, 20)) << sender.log();
  expect_whole();
}

TEST_F(RealWays, APullThatListensIsCalled) {
  const std::string at = "srt://127.0.0.1:" + std::to_string(free_port());
  PullConfig config = from(at + "?mode=listener");
  config.passphrase = "another-passphrase";
  config.stream_id = "camera-7";
  pull(config);
  settle();
  const std::string known = at + "?passphrase=another-passphrase&streamid=camera-7";
  Sender stranger(split_words(ffmpeg("5") + "-f mpegts " + at + "?passphrase=another-passphrase"));
  ASSERT_TRUE(run_until([&] { return stranger.ended(); }));
  EXPECT_FALSE(stranger.succeeded());
  {
    Sender sender(split_words(ffmpeg("2") + "-f mpegts " + known));
    EXPECT_TRUE(comes(20, 20)) << sender.log();
    expect_whole();
    EXPECT_TRUE(feeds_.find("main")->figures().stream_errors);
  }
  ASSERT_TRUE(run_until([&] { return !feeds_.find("main")->up(); })) << "it has hung up";
  received_.units.clear();
  Sender again(split_words(ffmpeg("30") + "-f mpegts " + known));
  EXPECT_TRUE(comes(20, 20)) << again.log();
}

// GLib's locks are its own: to the thread sanitizer what GStreamer hands over is a race.
class RealWaysByGStreamer : public RealWays {
 protected:
  void SetUp() override {
    RealWays::SetUp();
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "under the thread sanitizer";
#endif
  }
};

TEST_F(RealWaysByGStreamer, FilesArePlayedOneAfterTheOtherAtTheirPace) {
  PullConfig config;
  for (const char* name : {"/one.mp4", "/two.ts"}) {
    const std::string file = folder_ + name;
    Sender maker(split_words(std::string("ffmpeg -v error ") + kPicture + kTone + "-t 1 " +
                             kEncoders + file));
    ASSERT_TRUE(run_until([&] { return maker.ended(); }));
    ASSERT_TRUE(maker.succeeded()) << maker.log();
    config.items.push_back({.file = file});
  }
  const std::string broken = folder_ + "/broken.mp4";
  std::ofstream(broken) << "this is no film";
  config.items.insert(config.items.begin() + 1,
                      {{.file = broken}, {.file = folder_ + "/missing.mp4"}});
  config.repeat = "once";
  const auto begin = std::chrono::steady_clock::now();
  pull(config);
  ASSERT_TRUE(run_until([&] { return received_.ends == 1; }, 12s));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1500ms) << "at their pace";
  EXPECT_GE(count(FeedCodec::kH264), 48u);
  EXPECT_GE(count(FeedCodec::kAac), 88u);
  const auto video = received_.of(FeedCodec::kH264);
  EXPECT_GT(video.back().pts - video.front().pts, Flicks(1800ms)) << "one line of time";
}

// Three seconds of pictures, each unlike the others, with a keyframe every second.
class RealWaysByCues : public RealWaysByGStreamer {
 protected:
  void make(const std::string& name, const std::string& encoders = kEncoders) {
    Sender maker(split_words(std::string("ffmpeg -v error ") + kPicture + kTone + "-t 3 " +
                             encoders + folder_ + name));
    ASSERT_TRUE(run_until([&] { return maker.ended(); }));
    ASSERT_TRUE(maker.succeeded()) << maker.log();
  }
  void play(std::vector<PlaylistItem> items) {
    for (PlaylistItem& item : items)
      item.file = folder_ + item.file;
    PullConfig config;
    config.items = std::move(items);
    config.repeat = "once";
    pull(config);
  }
  static CueTime from_now(std::chrono::milliseconds after) {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + after;
  }
  // Of what has been received, the pictures of that time of the line.
  std::vector<FeedUnit> pictures(Flicks from, Flicks to) const {
    std::vector<FeedUnit> found = received_.of(FeedCodec::kH264);
    std::erase_if(found, [&](const FeedUnit& unit) { return unit.pts < from || unit.pts >= to; });
    return found;
  }
};

TEST_F(RealWaysByCues, FilesOfOtherCodecs) {
  const struct {
    const char* name;
    const char* encoders;
    FeedCodec video, audio;
  } films[] = {
      {"/film.mp4", "-pix_fmt yuv420p -c:v libsvtav1 -preset 12 -g 25 -c:a aac ", FeedCodec::kAv1,
       FeedCodec::kAac},
      {"/film.mkv", "-pix_fmt yuv420p -c:v libsvtav1 -preset 12 -g 25 -c:a libopus ",
       FeedCodec::kAv1, FeedCodec::kOpus},
      {"/vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -c:a libopus ",
       FeedCodec::kVp9, FeedCodec::kOpus},
      {"/vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -g 25 -c:a libopus ",
       FeedCodec::kVp8, FeedCodec::kOpus},
  };
  for (const auto& film : films) {
    SCOPED_TRACE(film.name);
    received_ = {};
    make(film.name, film.encoders);
    play({{.file = film.name, .from = 1500ms}});
    ASSERT_TRUE(run_until([&] { return received_.ends == 1; }, 12s));
    const auto video = received_.of(film.video);
    ASSERT_GE(video.size(), 35u);
    EXPECT_LE(video.size(), 75u);
    EXPECT_TRUE(video.front().keyframe);
    EXPECT_FALSE(video[1].keyframe);
    EXPECT_GE(received_.of(film.audio).size(), 60u);
    pulls_->configure({});
  }
}

TEST_F(RealWaysByCues, FromAPlaceInAFileToAnother) {
  make("/film.mp4");
  play({{.file = "/film.mp4"}, {.file = "/film.mp4", .from = 1500ms, .to = 2500ms}});
  ASSERT_TRUE(run_until([&] { return received_.ends == 1; }, 12s));
  const auto video = received_.of(FeedCodec::kH264);
  ASSERT_GT(video.size(), 100u);
  // All of it, then from the keyframe before the place on.
  const auto second = video.begin() + 75;
  const auto wanted = second + 13;
  EXPECT_TRUE(second->keyframe);
  EXPECT_EQ(second->data, video[25].data);
  for (auto early = second; early != wanted; ++early) {
    EXPECT_LT(early->pts, video[74].pts) << "too late to be seen";
    EXPECT_LT(std::chrono::abs(early->pts - second->pts), Flicks(2ms)) << "all at once";
  }
  EXPECT_GT(wanted->pts, video[74].pts);
  const Flicks length = video.back().pts - wanted->pts;
  EXPECT_NEAR(static_cast<double>(length / Flicks(1ms)), 960, 100);
  const auto audio = received_.of(FeedCodec::kAac);
  EXPECT_LT(std::chrono::abs(video.back().pts - audio.back().pts), Flicks(150ms));
  for (size_t i = 1; i < audio.size(); ++i)
    EXPECT_GE(audio[i].pts, audio[i - 1].pts) << "no sound from before the place";
}

// Matroska does not say when a picture is to be decoded, and in a transport stream a place is
// looked for by bytes.
TEST_F(RealWaysByCues, InOtherContainersAPlaceIsLessExact) {
  for (const std::string name : {"/film.mkv", "/film.ts"}) {
    SCOPED_TRACE(name);
    received_ = {};
    make(name);
    play({{.file = name, .from = 1500ms, .to = 2500ms}});
    ASSERT_TRUE(run_until([&] { return received_.ends == 1; }, 12s));
    const auto all = received_.of(FeedCodec::kH264);
    ASSERT_FALSE(all.empty());
    EXPECT_TRUE(all.front().keyframe);
    EXPECT_LT(all.front().pts, Flicks(0)) << "ahead of the place";
    const auto wanted = pictures(Flicks(0), Flicks(10s));
    EXPECT_NEAR(static_cast<double>(wanted.size()), 25, 6);
    pulls_->configure({});
  }
}

TEST_F(RealWaysByCues, ACueCutsAndNothingComesBetweenFiles) {
  make("/film.mp4");
  play({{.file = "/film.mp4"},
        {.file = "/film.mp4", .at = from_now(2s), .to = 500ms},
        {.file = "/film.mp4", .at = from_now(5s), .to = 500ms}});
  ASSERT_TRUE(run_until([&] { return received_.ends == 1; }, 12s));
  const size_t before = count(FeedCodec::kH264);
  EXPECT_GE(before, 13u);
  EXPECT_LT(before, 75u) << "it was cut before its end";
  EXPECT_EQ(received_.tracks.size(), 4u);
  EXPECT_FALSE(feeds_.find("main")->up());
  EXPECT_NE(feeds_.status().find("the next file begins at"), std::string::npos);
  ASSERT_TRUE(run_until([&] { return received_.ends == 2; }, 12s));
  EXPECT_EQ(received_.tracks.size(), 6u);
  const auto video = received_.of(FeedCodec::kH264);
  EXPECT_NEAR(static_cast<double>(video.size() - before), 13, 2);
  EXPECT_EQ(video[before].data, video[0].data) << "from its beginning";
}

TEST_F(RealWaysByCues, WhoComesLateJoinsInTheMiddle) {
  make("/film.mp4");
  // The first is over, which its file has to be asked for; the second has been on for a while.
  play({{.file = "/film.mp4", .at = from_now(-4500ms)}, {.file = "/film.mp4"}});
  ASSERT_TRUE(run_until([&] { return received_.ends == 1; }, 12s));
  const auto wanted = pictures(Flicks(0), Flicks(10s));
  EXPECT_GE(wanted.size(), 1u);
  EXPECT_LE(wanted.size(), 38u);
  EXPECT_LT(wanted.back().pts, Flicks(1500ms));
  EXPECT_FALSE(pictures(Flicks(-2s), Flicks(0)).empty() && wanted.front().keyframe == false);
}

TEST_F(RealWaysByCues, WhatIsOverIsNotPlayed) {
  make("/film.mp4");
  play({{.file = "/film.mp4", .at = from_now(-1h)}, {.file = "/film.mp4", .to = 10min}});
  run_until([] { return false; }, 1500ms);
  EXPECT_EQ(received_.order, "");
  EXPECT_EQ(feeds_.status(), R"({"text":"no feed","feeds":[]})") << "it is not tried again";
}

TEST_F(RealWaysByGStreamer, HlsIsPulled) {
  Sender maker(split_words(std::string("ffmpeg -v error ") + kPicture + kTone + "-t 4 " +
                           kEncoders + "-f hls -hls_time 1 -hls_list_size 0 " + folder_ +
                           "/index.m3u8"));
  ASSERT_TRUE(run_until([&] { return maker.ended(); }));
  ASSERT_TRUE(maker.succeeded()) << maker.log();
  // "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
  Sender server({"python3", "-u", "-m", "http.server", "-b", "127.0.0.1", "-d", folder_, "0"});
  ASSERT_TRUE(run_until([&] { return server.log().find("/) ...") != std::string::npos; }));
  const std::string words = server.log();
  const size_t begin = words.find("http://"), end = words.find(") ...", begin);
  pull(from(words.substr(begin, end - begin) + "index.m3u8"));
  EXPECT_TRUE(comes(20, 20)) << server.log();
  expect_whole();
}

TEST_F(RealWaysByGStreamer, RtspIsPulledByTcpAndUdpWithAPassword) {
  const auto camera = [this](const std::string& port, const char* sound) {
    return std::vector<std::string>{
        "/usr/bin/python3",
        std::string(LONGMEN_SOURCE_DIR) + "/tests/support/rtsp_server.py",
        port,
        "anna",
        "secret",
        sound};
  };
  const auto port_of = [this](Sender& serves) {
    const std::regex ready("ready (\\d+)\n");
    std::smatch found;
    std::string log;
    EXPECT_TRUE(run_until([&] { return std::regex_search(log = serves.log(), found, ready); }))
        << log;
    return found.empty() ? "0" : found.str(1);
  };
  {
    Sender serves(camera("0", "avenc_aac ! aacparse ! rtpmp4gpay pt=97"));
    const std::string port = port_of(serves);
    pull(from("rtsp://anna:secret@127.0.0.1:" + port + "/hall"));
    EXPECT_TRUE(comes(20, 20)) << serves.log();
    EXPECT_EQ(feeds_.find("main")->publisher().sender, "rtsp://127.0.0.1:" + port + "/hall");
    serves.kill();
    EXPECT_TRUE(run_until([&] { return !feeds_.find("main")->up(); }, 15s));
    // It is back: nobody has to ask for it.
    received_.units.clear();
    Sender again(camera(port, "avenc_aac ! aacparse ! rtpmp4gpay pt=97"));
    EXPECT_TRUE(comes(20, 20, 30s)) << again.log();
  }
  // As cameras are: by UDP, with G.711.
  received_.units.clear();
  Sender serves(camera("0", "audioconvert ! audioresample ! alawenc ! rtppcmapay pt=8"));
  PullConfig config = from("rtsp://anna:secret@127.0.0.1:" + port_of(serves) + "/hall");
  config.transport = "udp";
  pull(config);
  EXPECT_TRUE(run_until(
      [&] { return count(FeedCodec::kH264) >= 20 && count(FeedCodec::kPcma) >= 20; }, 12s))
      << serves.log();
  const auto& path = feeds_.find("main")->figures().path;
  EXPECT_TRUE(run_until([&] { return path && path->packets > 20; }));
  EXPECT_EQ(path->lost, 0u);
}

// What a server may answer that has been broken into, or is none: the pull says why there is no
// feed, and the next one is tried.
TEST_F(RealWaysByGStreamer, AnRtspServerThatLiesHurtsNobody) {
  const std::string sdp =
      "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/0\r\na=fmtp:96 "
      "sprop-parameter-sets=,,,;packetization-mode=9\r\nm=audio 99999 RTP/AVP\r\n";
  const std::string options = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE\r\n\r\n";
  const std::string replies[] = {
      "this is no RTSP" + std::string(100'000, 'x'),
      "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 18446744073709551615\r\n\r\n",
      std::string("$\x00\xFF\xFF", 4) + std::string(200, '\xFF'),
      options + "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: " +
          std::to_string(sdp.size()) + "\r\n\r\n" + sdp};
  for (const std::string& reply : replies) {
    using boost::asio::ip::tcp;
    tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    tcp::socket server(io_);
    acceptor.async_accept(server, [&](boost::system::error_code error) {
      boost::asio::write(server, boost::asio::buffer(reply), error);
      server.shutdown(tcp::socket::shutdown_send, error);
    });
    const int before = status_changes_;
    pull(from("rtsp://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/hall"));
    EXPECT_TRUE(run_until([&] { return status_changes_ > before; }, 12s)) << reply.substr(0, 80);
    EXPECT_NE(feeds_.status().find("no feed ("), std::string::npos);
    pulls_->configure({});
  }
}

// One that keeps to the protocol up to PLAY, and hangs up behind what it plays.
class LyingCamera {
 public:
  LyingCamera(std::string transport, std::string played)
      : transport_(std::move(transport)),
        played_(std::move(played)),
        thread_([this] { serve(); }) {}
  ~LyingCamera() {
    boost::system::error_code ignored;
    if (!accepted_) tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);
  }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  bool has_played() const { return has_played_; }

 private:
  using tcp = boost::asio::ip::tcp;
  void serve() {
    boost::system::error_code error;
    tcp::socket client(io_);
    acceptor_.accept(client, error);
    accepted_ = true;
    std::string asked;
    while (!error) {
      const size_t end =
          boost::asio::read_until(client, boost::asio::dynamic_buffer(asked), "\r\n\r\n", error);
      if (error) break;
      const std::string request = asked.substr(0, end);
      asked.erase(0, end);
      boost::asio::write(client, boost::asio::buffer(reply(request)), error);
      if (!request.starts_with("PLAY ")) continue;
      boost::asio::write(client, boost::asio::buffer(played_), error);
      has_played_ = true;
      client.shutdown(tcp::socket::shutdown_send, error);
    }
  }
  std::string reply(const std::string& request) const {
    const size_t at = request.find("CSeq:");
    std::string fields = request.substr(at, request.find("\r\n", at) + 2 - at);
    std::string body;
    if (request.starts_with("OPTIONS ")) fields += "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n";
    if (request.starts_with("DESCRIBE ")) {
      body =
          "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=hall\r\nt=0 0\r\na=control:*\r\n"
          "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
          "a=control:video\r\n";
      fields += "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n";
    }
    if (request.starts_with("SETUP ")) fields += "Transport: " + transport_ + "\r\n";
    if (!request.starts_with("OPTIONS ")) fields += "Session: 1\r\n";
    return "RTSP/1.0 200 OK\r\n" + fields + "\r\n" + body;
  }

  const std::string transport_, played_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> accepted_{false}, has_played_{false};
  std::jthread thread_;
};

TEST_F(RealWaysByGStreamer, WhatALyingCameraPlaysHurtsNobody) {
  const auto framed = [](uint8_t channel, const std::string& hex, size_t said = 0) {
    const Bytes packet = from_hex(hex);
    const size_t bytes = said ? said : packet.size();
    return std::string{'$', char(channel), char(bytes >> 8), char(bytes)} +
           std::string(packet.begin(), packet.end());
  };
  const std::string rtp = "80e0 0001 00000000 00000007 ", later = "80e0 0002 00000e10 00000007 ";
  const std::string played = framed(0, rtp + "78 ffff 65")           // STAP-A: longer than it is
                             + framed(0, later + "78 0000 0001 67")  // an empty unit, one of a byte
                             + framed(0, "80e0 0003 00001c20 00000007 7c")  // FU-A without header
                             +
                             framed(0, "80e0 0004 00002a30 00000007 7c45")  // an end, no beginning
                             + framed(0, "bfff 0005 00000000 00000007 ffff")  // CSRCs, extension
                             + framed(1, "81c8 ffff 00000007") + framed(1, "ff")  // RTCP
                             + framed(200, rtp + "65") + framed(0, "", 0)         // whose channel?
                             + framed(0, rtp + "65", 65'535);                     // and hangs up
  for (const char* transport : {"RTP/AVP/TCP;unicast;interleaved=0-1", ""}) {
    LyingCamera camera(transport, played);
    const int before = status_changes_;
    pull(from("rtsp://127.0.0.1:" + camera.port() + "/hall"));
    EXPECT_TRUE(run_until([&] { return status_changes_ > before; }, 15s)) << transport;
    EXPECT_NE(feeds_.status().find("no feed ("), std::string::npos) << feeds_.status();
    EXPECT_EQ(camera.has_played(), std::string(transport) != "");
    pulls_->configure({});
    settle();
  }
  EXPECT_TRUE(received_.of(FeedCodec::kH264).empty()) << "nothing of it was a picture";
}

}  // namespace
}  // namespace longmen

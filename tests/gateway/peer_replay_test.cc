// Gateways' replays in one process, each with its own folder and its own real HTTP, of which one
// has a recording and others serve it.
#include "gateway/peer_replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "core/access/watch_token.h"
#include "core/base/hex.h"
#include "gateway/courseware_shelf.h"
#include "gateway/recording_writer.h"
#include "net/http_server.h"
#include "net/state_file.h"
#include "tests/core/recording/made_up_recording.h"
#include "tests/net/loopback.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using std::chrono::seconds;
using test::IoThread;
using test::kN0;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kTalkStartMs = kN0 * 1000;
constexpr int kTalkSeconds = 30;  // a download is more than a block
const Generation kOfTalk = generation_started_at(test::kStartOf2026, 7);

std::string content_after_fields(const std::string& response) {
  const size_t at = response.find("\r\n\r\n");
  return at == std::string::npos ? "" : response.substr(at + 4);
}
std::string field_named(const std::string& response, const std::string& name) {
  const size_t at = response.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t from = at + name.size() + 4;
  return response.substr(from, response.find("\r\n", from) - from);
}
std::string segment_of_talk(int64_t number, std::string_view rendition = "v0") {
  return fmt::format("/replay/talk/{}/{}-1-5/{}.m4s", rendition, kOfTalk.value, number);
}

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// All of its members are the io thread's.
class Node {
 public:
  using Instant = PeerRecordings::Instant;
  Node(asio::io_context& io, const SharedMediaClock& clock, std::function<Instant()> now)
      : gate(clock),
        disk(io),
        recordings(io, disk),
        replay(io, recordings, disk),
        courseware(replay, disk, leave, [](const std::string&) {}),
        peers(io, recordings, replay, gate, disk, std::move(now)),
        bell(io) {
    config.data_dir = folder.path();
    config.recording.reserve_mb = 0;
    courseware.add_routes(router, gate);
    replay.add_routes(router, gate);
    set_channel(test::made_up_channel());
    auto listening = test::listen_on_loopback();
    port = listening.port;
    server = std::make_unique<HttpServer>(
        io, HttpServerLimits{}, [this](HttpRequest request) { return answer(std::move(request)); });
    EXPECT_TRUE(server->listen(std::move(listening.socket)));
  }
  void set_channel(const Channel& channel) {
    gate.set_channels({channel});
    replay.set_channels({channel});
  }
  void set_peers(const std::vector<uint16_t>& ports) {
    config.recording.peers.clear();
    for (const uint16_t of : ports)
      config.recording.peers.push_back({fmt::format("http://127.0.0.1:{}", of), "", ""});
    peers.configure(config);
  }
  // Until it is let go; what is asked for then waits.
  void hold(std::string end) { held = std::move(end); }
  void let_go() {
    held.clear();
    bell.ring();
  }
  std::string root() const { return folder.path().string() + "/recordings"; }
  std::string cache() const { return folder.path().string() + "/replay-cache/longmen-peers"; }

  test::TemporaryFolder folder;
  NodeConfig config;
  WatchGate gate;
  DiskPool disk;
  Recordings recordings;
  Replay replay;
  StudioLeave leave;
  CoursewareShelf courseware;
  PeerReplay peers;
  HttpRouter router;
  Bell bell;
  std::string held;
  std::map<std::string, int> asked;  // by other nodes
  uint16_t port = 0;
  std::unique_ptr<HttpServer> server;

 private:
  asio::awaitable<HttpResponse> answer(HttpRequest request) {
    if (request.fields.contains(kFromPeerField)) ++asked[request.target.path];
    const auto deadline = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    while (!held.empty() && request.target.path.ends_with(held) &&
           std::chrono::steady_clock::now() < deadline)
      co_await bell.wait(deadline);
    HttpResponse response;
    if (peers.takes(request))
      response = co_await peers.answer(std::move(request));
    else
      response = co_await router.handle(std::move(request));
    co_return response;
  }
};

class PeerReplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.set(
        {{std::chrono::steady_clock::now(), test::kStartOf2026 + seconds(60), 0}, std::nullopt});
    thread_.run([this] {
      for (auto* node : {&origin_, &edge_})
        *node = std::make_unique<Node>(thread_.io(), clock_,
                                       [this] { return Node::Instant(seconds(1000 + passed_)); });
    });
    write_talk(origin_->root());
    for (Node* node : {origin_.get(), edge_.get()})
      asio::co_spawn(thread_.io(), node->recordings.list(node->root()), asio::use_future).get();
    // What is in its folder is looked through first, and what is half written there then goes.
    fs::create_directories(edge_->cache() + "/seed");
    ASSERT_TRUE(write_state_file(edge_->cache() + "/place", "peers//"));
    ASSERT_TRUE(write_state_file(edge_->cache() + "/seed/block.0", "of another day"));
    thread_.run([this] { edge_->set_peers({origin_->port}); });
    ASSERT_TRUE(comes_true(
        [this] { return thread_.run([this] { return edge_->peers.reads().bytes > 0; }); }));
  }
  void TearDown() override {
    thread_.run([this] {
      for (auto* node : {&edge_, &origin_})
        (*node)->peers.stop();
      edge_.reset();
      origin_.reset();
    });
    thread_.stop();
  }

  static void write_talk(const std::string& root) {
    recording::RecordingInfo info = test::MadeUpRecording().info;
    info.title = "书记龙门阵";
    WriterEvents events;
    events.opened = [](const std::string&, const LoadedRecording&) {};
    events.init = [](const std::string&, uint64_t, std::shared_ptr<const Bytes>) {};
    events.segment = [](const std::string&, const recording::RecordedSegment&) {};
    events.closed = [](const std::string&, const Result<recording::RecordingInfo>& closed) {
      EXPECT_TRUE(closed);
    };
    events.removed = [](const std::string&) {};
    events.state = [](const WriterState&) {};
    RecordingWriter writer(std::move(events));
    writer.set({root, SyncRule::kOff, 0});
    writer.open(info);
    for (const test::MadeUpPart& part : test::made_up_parts(kTalkSeconds, kOfTalk))
      ASSERT_TRUE(writer.write({"talk", part.track, part.record, part.bytes, part.init}));
    info.end_ms = kTalkStartMs + (kTalkSeconds - 1) * 1'000;
    info.chapters = {{"c1", kTalkStartMs + 1'500, "开场", 1}};
    writer.close(info);
  }

  std::string ask(const Node& node, std::string_view target, std::string_view fields = "",
                  std::string_view method = "GET") {
    RawClient client(node.port);
    client.say(fmt::format("{} {} HTTP/1.1\r\nHost: a\r\n{}\r\n", method, target, fields));
    return client.read_response(method == "HEAD");
  }
  int times_asked(const Node& node, const std::string& path) {
    return thread_.run([&] { return node.asked.contains(path) ? node.asked.at(path) : 0; });
  }
  int times_asked(const Node& node) {
    return thread_.run([&] {
      int sum = 0;
      for (const auto& [path, times] : node.asked)
        sum += times;
      return sum;
    });
  }
  // Whatever a node believed of another one, it does not any more.
  void let_time_pass() { passed_ += 6; }
  void withdraw(recording::TimeRange range) {
    thread_.run([&] {
      const auto talk = origin_->recordings.find("talk");
      talk->info.withdrawn.push_back(range);
      ++talk->version;
      ++talk->withdrawals;
    });
  }
  std::vector<std::string> ask_at_once(const std::string& target, int count,
                                       const std::function<bool()>& all_wait) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<RawClient>(edge_->port));
      clients.back()->say(fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", target));
    }
    EXPECT_TRUE(comes_true([&] { return thread_.run(all_wait); }));
    thread_.run([this] { origin_->let_go(); });
    std::vector<std::string> responses;
    for (const auto& client : clients)
      responses.push_back(client->read_response());
    return responses;
  }

  SharedMediaClock clock_;
  std::atomic<int> passed_ = 0;
  IoThread thread_;
  std::unique_ptr<Node> origin_, edge_;
};

TEST_F(PeerReplayTest, AllOfItHasTheSameBytesAndIsFetchedOnce) {
  const std::string list = content_after_fields(ask(*origin_, "/replay/talk/v0/index.m3u8"));
  ASSERT_THAT(list, HasSubstr("#EXT-X-ENDLIST"));
  const size_t init = list.find("init-");
  ASSERT_NE(init, std::string::npos);
  const std::string segment = segment_of_talk(kN0 + 2);
  const std::vector<std::string> all{
      "/replay/talk/index.m3u8",
      "/replay/talk/index.m3u8?t=2.5",
      "/replay/talk/index.m3u8?t=2.5&sound_alone=1",
      fmt::format("/replay/talk/index.m3u8?at={}", kTalkStartMs + 1'500),
      "/replay/talk/v0/index.m3u8",
      "/replay/talk/audio/index.m3u8",
      "/replay/talk/chapters.vtt",
      "/replay/talk/chapters.json",
      "/replay/talk/manifest.json",
      "/replay/talk/v0/" + list.substr(init, list.find('"', init) - init),
      segment,
      segment_of_talk(kN0 + 2, "audio"),
      segment.substr(0, segment.size() - 4) + ".1.m4s",
      "/replay/talk/download.mp4",
      "/replay/talk/download.mp4?rendition=360p",
      "/replay/talk/download.mp4?rendition=audio"};
  const auto expect_same = [&](std::string_view fields) {
    for (const std::string& target : all) {
      const std::string here = ask(*edge_, target, fields), there = ask(*origin_, target, fields);
      EXPECT_EQ(status_of(here), 200) << target;
      EXPECT_EQ(content_after_fields(here), content_after_fields(there)) << target;
      for (const char* field : {"Content-Type", "Cache-Control", "ETag", "Content-Disposition",
                                "Content-Encoding", "Vary", "Accept-Ranges"})
        EXPECT_EQ(field_named(here, field), field_named(there, field)) << target << ' ' << field;
    }
  };
  expect_same("");
  const int before = times_asked(*origin_);
  expect_same("Accept-Encoding: gzip\r\n");
  EXPECT_EQ(times_asked(*origin_), before) << "it is here";
  EXPECT_EQ(times_asked(*origin_, "/replay/talk/state.json"), 1);
  // What is on the disk is there for longer.
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, segment)), 200);
  EXPECT_EQ(times_asked(*origin_, segment), 1);
  EXPECT_EQ(times_asked(*origin_, "/replay/talk/state.json"), 2);
  for (const char* nothing : {"/replay/talk/v9/index.m3u8", "/replay/talk/download.mp4?audio=fr"})
    EXPECT_EQ(status_of(ask(*edge_, nothing)), 404) << nothing;
  EXPECT_EQ(status_of(ask(*edge_, segment_of_talk(kN0 + 500))), 404);
  EXPECT_EQ(status_of(ask(*edge_, segment_of_talk(kN0 + 500))), 404);
  EXPECT_EQ(times_asked(*origin_, segment_of_talk(kN0 + 500)), 1);
}

TEST_F(PeerReplayTest, ItsCoursewareIsGivenUntilItIsTakenAwayThere) {
  std::string slides = "%PDF-1.7 ";
  while (slides.size() < 2 * BlockCache::kBlockBytes)
    slides += std::to_string(slides.size());
  const std::string folder = origin_->root() + "/talk/";
  const auto attach = [&](const std::vector<recording::Courseware>& files) {
    ASSERT_TRUE(write_state_file(folder + "courseware.json", recording::write_courseware(files)));
  };
  ASSERT_TRUE(write_state_file(folder + courseware_file_name("c0ffee"), slides));
  attach({{"c0ffee", "讲义.pdf", "application/pdf", slides.size(),
           lower_hex(sha256_digest(as_bytes(slides))), 1}});
  const std::string list = "/replay/talk/courseware.json", file = "/replay/talk/courseware/c0ffee";
  EXPECT_EQ(content_after_fields(ask(*edge_, list)), content_after_fields(ask(*origin_, list)));
  for (const char* fields : {"", "Range: bytes=1048000-1049000\r\n", "Range: bytes=-7\r\n"}) {
    const std::string here = ask(*edge_, file, fields), there = ask(*origin_, file, fields);
    EXPECT_EQ(status_of(here), *fields == '\0' ? 200 : 206);
    EXPECT_TRUE(content_after_fields(here) == content_after_fields(there)) << fields;
    for (const char* field :
         {"Content-Type", "Cache-Control", "ETag", "Content-Disposition", "Accept-Ranges",
          "Content-Range", "X-Content-Type-Options", "Content-Security-Policy"})
      EXPECT_EQ(field_named(here, field), field_named(there, field)) << field;
  }
  EXPECT_TRUE(content_after_fields(ask(*edge_, file)) == slides);
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/courseware/other")), 404);
  attach({});
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, file)), 404);
}

TEST_F(PeerReplayTest, ADownloadHasTheRangesOfTheOneThatItIs) {
  const std::string target = "/replay/talk/download.mp4?rendition=480p";
  const std::string whole = ask(*origin_, target);
  const std::string tag = field_named(whole, "ETag");
  const uint64_t bytes = content_after_fields(whole).size();
  EXPECT_EQ(field_named(ask(*edge_, target, "", "HEAD"), "Content-Length"), std::to_string(bytes));
  const std::vector<std::string> asked{"Range: bytes=0-9\r\n",
                                       "Range: bytes=-7\r\n",
                                       fmt::format("Range: bytes={}-\r\n", bytes / 2),
                                       fmt::format("Range: bytes={}-\r\n", bytes),
                                       "Range: bytes=5-900\r\nIf-Range: " + tag + "\r\n",
                                       "Range: bytes=5-900\r\nIf-Range: \"other\"\r\n",
                                       "If-None-Match: " + tag + "\r\n"};
  for (const std::string& fields : asked) {
    const std::string here = ask(*edge_, target, fields), there = ask(*origin_, target, fields);
    EXPECT_EQ(status_of(here), status_of(there)) << fields;
    EXPECT_EQ(field_named(here, "Content-Range"), field_named(there, "Content-Range")) << fields;
    EXPECT_TRUE(content_after_fields(here) == content_after_fields(there)) << fields;
  }
  const uint64_t blocks = (bytes + BlockCache::kBlockBytes - 1) / BlockCache::kBlockBytes;
  EXPECT_EQ(times_asked(*origin_, "/replay/talk/download.mp4"), static_cast<int>(blocks + 1))
      << "its length, and each block";
}

TEST_F(PeerReplayTest, WhatIsWithdrawnThereIsNotShownHereAndLeavesTheDisk) {
  const std::string segment = segment_of_talk(kN0 + 2);
  EXPECT_EQ(status_of(ask(*edge_, segment)), 200);
  EXPECT_THAT(ask(*edge_, "/replay/talk/v0/index.m3u8"), Not(HasSubstr("GAP")));
  const auto kept = [&] {
    int files = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator at(edge_->cache(), error), end; !error && at != end;
         at.increment(error))
      files += at->path().string().find(std::to_string(kN0 + 2)) != std::string::npos;
    return files;
  };
  EXPECT_EQ(kept(), 1);
  withdraw({kTalkStartMs + 2'200, kTalkStartMs + 2'300});
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, segment)), 404);
  EXPECT_EQ(status_of(ask(*edge_, segment_of_talk(kN0 + 3))), 200);
  EXPECT_THAT(ask(*edge_, "/replay/talk/v0/index.m3u8"), HasSubstr("GAP"));
  EXPECT_TRUE(comes_true([&] { return kept() == 0; }));
}

TEST_F(PeerReplayTest, ADownloadEndsWhenSomethingOfItIsTakenBackThere) {
  const HttpResponse response = asio::co_spawn(
                                    thread_.io(),
                                    [this]() -> asio::awaitable<HttpResponse> {
                                      HttpRequest request;
                                      request.method = "GET";
                                      request.target =
                                          parse_http_target("/replay/talk/download.mp4").value();
                                      co_return co_await edge_->peers.answer(std::move(request));
                                    },
                                    asio::use_future)
                                    .get();
  ASSERT_EQ(response.status, 200);
  const auto read = [&] {
    return asio::co_spawn(thread_.io(), response.stream->read(), asio::use_future).get();
  };
  EXPECT_TRUE(read());
  withdraw({kTalkStartMs + 2'200, kTalkStartMs + 2'300});
  let_time_pass();
  EXPECT_FALSE(read());
}

TEST_F(PeerReplayTest, WhatIsRemovedThereIsGoneHere) {
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 200);
  EXPECT_EQ(status_of(ask(*edge_, segment_of_talk(kN0 + 2))), 200);
  thread_.run([this] { origin_->recordings.find("talk")->removed = true; });
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 404);
  EXPECT_EQ(status_of(ask(*edge_, segment_of_talk(kN0 + 2))), 404);
}

TEST_F(PeerReplayTest, ManyWhoAskForTheSameMakeOneRequest) {
  constexpr int kMany = 20;
  thread_.run([this] { origin_->hold("state.json"); });
  for (const std::string& response : ask_at_once("/replay/talk/index.m3u8", kMany, [this] {
         return origin_->asked.contains("/replay/talk/state.json");
       }))
    EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(times_asked(*origin_, "/replay/talk/state.json"), 1);
  EXPECT_EQ(times_asked(*origin_, "/replay/talk/index.m3u8"), 1);

  const std::string list = "/replay/talk/v0/index.m3u8", segment = segment_of_talk(kN0 + 2);
  thread_.run([this] { origin_->hold("v0/index.m3u8"); });
  const uint64_t joined = thread_.run([this] { return edge_->peers.figures().joined; });
  for (const std::string& response : ask_at_once(list, kMany, [this, joined] {
         return edge_->peers.figures().joined == joined + kMany - 1;
       }))
    EXPECT_THAT(response, HasSubstr("#EXT-X-ENDLIST"));
  EXPECT_EQ(times_asked(*origin_, list), 1);

  thread_.run([this] { origin_->hold(".m4s"); });
  const auto responses =
      ask_at_once(segment, kMany, [this] { return edge_->peers.reads().joined == kMany - 1; });
  for (const std::string& response : responses)
    EXPECT_TRUE(response == responses.front());
  EXPECT_EQ(status_of(responses.front()), 200);
  EXPECT_EQ(times_asked(*origin_, segment), 1);
}

TEST_F(PeerReplayTest, WhatNobodyHasIsRememberedAndAFloodOfItDoesNotGoOn) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(status_of(ask(*edge_, "/replay/nothing/index.m3u8")), 404);
  EXPECT_EQ(times_asked(*origin_), 1);
  EXPECT_EQ(status_of(ask(*edge_, "/replay/No.Recording/index.m3u8")), 404);
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/../../etc/passwd")), 404);
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/recording.json")), 404);
  EXPECT_EQ(times_asked(*origin_), 1) << "no other node has what has no name";
  int refused = 0;
  for (int i = 0; i < PeerRecordings::kMaxLookupsASecond + 5; ++i)
    refused += status_of(ask(*edge_, fmt::format("/replay/r{}/index.m3u8", i))) == 503;
  EXPECT_EQ(refused, 6);
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 200);
}

TEST_F(PeerReplayTest, APeerThatIsAwayIsPassedOverAndWithoutAnotherTheWordsSayIt) {
  uint16_t nobody = 0;
  {
    const auto listening = test::listen_on_loopback();
    nobody = listening.port;
  }
  thread_.run([&] { edge_->set_peers({nobody, origin_->port}); });
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 200);
  EXPECT_EQ(status_of(ask(*edge_, "/replay/nothing/index.m3u8")), 503) << "who knows";
  thread_.run([&] { edge_->set_peers({nobody}); });
  const std::string away = ask(*edge_, "/replay/talk/index.m3u8");
  EXPECT_EQ(status_of(away), 503);
  EXPECT_THAT(away, HasSubstr("does not answer"));
  EXPECT_THAT(away, HasSubstr("Retry-After: "));
  // It goes while somebody watches.
  thread_.run([&] { edge_->set_peers({origin_->port}); });
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 200);
  thread_.run([&] { origin_->server.reset(); });
  EXPECT_EQ(status_of(ask(*edge_, segment_of_talk(kN0 + 3))), 503);
}

TEST_F(PeerReplayTest, NodesThatNameEachOtherDoNotAskInCircles) {
  thread_.run([this] { origin_->set_peers({edge_->port, origin_->port}); });
  EXPECT_EQ(status_of(ask(*edge_, "/replay/nothing/index.m3u8")), 404);
  EXPECT_EQ(times_asked(*origin_), 1);
  EXPECT_EQ(times_asked(*edge_), 0);
}

TEST_F(PeerReplayTest, WhoMayWatchIsHeldAgainstTheChannelHere) {
  const WatchKeys keys =
      make_watch_keys([](std::span<uint8_t> bytes) { std::ranges::fill(bytes, uint8_t{9}); });
  Channel closed = test::made_up_channel();
  closed.access = Access::kToken;
  closed.watch_key = keys.public_key;
  thread_.run([&] { edge_->set_channel(closed); });
  const WatchGrant::Instant expires(
      std::chrono::floor<seconds>(test::kStartOf2026.time_since_epoch()) + std::chrono::hours(1));
  const std::string token =
      sign_watch_token({"main", WatchBearer::kPerson, "li", expires}, keys.private_key).value();
  for (const std::string& target :
       {std::string("/replay/talk/index.m3u8"), std::string("/replay/talk/download.mp4"),
        segment_of_talk(kN0 + 2)}) {
    EXPECT_EQ(status_of(ask(*edge_, target)), 401) << target;
    EXPECT_EQ(status_of(ask(*edge_, target + "?token=" + token)), 200) << target;
  }
  EXPECT_THAT(ask(*edge_, segment_of_talk(kN0 + 2) + "?token=" + token),
              HasSubstr("Cache-Control: private"));
  // A node that does not give it to this one.
  thread_.run([&] { origin_->set_channel(closed); });
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8?token=" + token)), 502);
  // And a channel that this node does not have is nobody's.
  thread_.run([&] {
    origin_->set_channel(test::made_up_channel());
    Channel other = test::made_up_channel();
    other.id = "other";
    edge_->set_channel(other);
  });
  let_time_pass();
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 403);
}

TEST_F(PeerReplayTest, WithoutRoomForItNothingOfOthersIsServed) {
  thread_.run([this] {
    edge_->config.recording.peer_cache_gb = 0;
    edge_->set_peers({origin_->port});
  });
  EXPECT_EQ(status_of(ask(*edge_, "/replay/talk/index.m3u8")), 404);
  EXPECT_EQ(times_asked(*origin_), 0);
}

}  // namespace
}  // namespace longmen

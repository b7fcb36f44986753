// Recordings of a gateway whose streamer is the test: real files in a folder of their own, real
// HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "core/access/watch_token.h"
#include "core/base/hex.h"
#include "gateway/check_recording.h"
#include "gateway/replay.h"
#include "gateway/rewind.h"
#include "gateway/thumbnails.h"
#include "net/http_server.h"
#include "net/state_file.h"
#include "tests/core/picture/made_up_tile.h"
#include "tests/core/recording/made_up_recording.h"
#include "tests/net/gunzip.h"
#include "tests/net/loopback.h"

namespace {
std::atomic<int> data_syncs{0};
}
// In the place of the system's, to be counted.
extern "C" int fdatasync(int file) {
  ++data_syncs;
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::kN0;

using test::IoThread;
using test::MadeUpPart;
using test::RawClient;
using test::status_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Generation kOnAir = generation_started_at(test::kStartOf2026, 7);
constexpr int64_t kStartMs = kN0 * 1000;

std::string content_in(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}
std::string field_in(const std::string& response, const std::string& name) {
  const size_t at = response.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t from = at + name.size() + 4;
  return response.substr(from, response.find("\r\n", from) - from);
}
void truncate_file(const std::string& path, uint64_t bytes) {
  fs::resize_file(path, bytes);
}

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "longmen-recording-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  std::string path;
};

// ---- the writer alone

class WriterTest : public ::testing::Test {
 protected:
  struct Seen {
    std::mutex mutex;
    int opened = 0;
    std::vector<recording::RecordedSegment> segments;
    std::vector<WriterState> states;
    std::vector<Result<recording::RecordingInfo>> closed;
  };

  std::unique_ptr<RecordingWriter> make_writer(uint64_t reserve = 0) {
    WriterEvents events;
    events.opened = [this](const std::string&, const LoadedRecording&) {
      const std::lock_guard lock(seen_.mutex);
      ++seen_.opened;
    };
    events.init = [](const std::string&, uint64_t, std::shared_ptr<const Bytes>) {};
    events.segment = [this](const std::string&, recording::RecordedSegment segment) {
      const std::lock_guard lock(seen_.mutex);
      seen_.segments.push_back(std::move(segment));
    };
    events.closed = [this](const std::string&, Result<recording::RecordingInfo> info) {
      const std::lock_guard lock(seen_.mutex);
      seen_.closed.push_back(std::move(info));
    };
    events.removed = [](const std::string&) {};
    events.state = [this](const WriterState& state) {
      const std::lock_guard lock(seen_.mutex);
      seen_.states.push_back(state);
    };
    auto writer = std::make_unique<RecordingWriter>(std::move(events));
    writer->set({folder_.path, SyncRule::kPart, reserve});
    return writer;
  }
  // All parts, of a recording that ends then.
  void write_until(int64_t end_ms) {
    recording::RecordingInfo ended = info_;
    ended.end_ms = end_ms;
    const auto writer = make_writer();
    writer->open(info_);
    write(*writer, parts_);
    writer->close(ended);
  }
  static void write(RecordingWriter& writer, const std::vector<MadeUpPart>& parts) {
    for (const MadeUpPart& part : parts)
      ASSERT_TRUE(writer.write({"talk", part.track, part.record, part.bytes, part.init}));
  }
  std::string talk() const { return folder_.path + "/talk"; }
  // What is in the files is what was handed over.
  void expect_all(const LoadedRecording& loaded, const std::vector<MadeUpPart>& parts) {
    for (const MadeUpPart& part : parts) {
      const auto* segment =
          loaded.tracks[part.track].recorded.find(part.record.number.media_sequence);
      ASSERT_TRUE(segment);
      const auto& recorded = segment->parts[static_cast<size_t>(part.record.number.part)];
      ASSERT_EQ(recorded.bytes, part.bytes->size());
      FileSource source(talk() + "/" +
                        media_file_name(loaded.info.tracks[part.track].name, segment->file()));
      Bytes bytes(recorded.bytes);
      ASSERT_TRUE(source.read(recorded.offset, bytes));
      ASSERT_EQ(as_text(bytes), as_text(*part.bytes));
    }
  }

  Folder folder_;
  Seen seen_;
  const recording::RecordingInfo info_ = test::MadeUpRecording().info;
  const std::vector<MadeUpPart> parts_ = test::made_up_parts(4, kOnAir);
};

TEST_F(WriterTest, WhatWasWrittenIsReadAgainWithAndWithoutItsIndex) {
  auto writer = make_writer();
  writer->open(info_);
  write(*writer, parts_);
  writer.reset();
  EXPECT_EQ(seen_.opened, 1);
  const auto loaded = load_recording(talk());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->found, 0U);
  EXPECT_EQ(loaded->info, info_);
  expect_all(*loaded, parts_);
  const auto rebuilt = load_recording(talk(), IndexUse::kIgnored);
  ASSERT_TRUE(rebuilt);
  EXPECT_EQ(rebuilt->found, parts_.size());
  expect_all(*rebuilt, parts_);
}

TEST_F(WriterTest, AnIndexThatIsTornAnywhereCostsNothing) {
  auto writer = make_writer();
  writer->open(info_);
  write(*writer, parts_);
  writer.reset();
  const std::string index = talk() + "/" + index_file_name("v0");
  const uint64_t whole = fs::file_size(index);
  for (uint64_t end = whole; end > 13; end -= 13) {
    truncate_file(index, end);
    const auto loaded = load_recording(talk());
    ASSERT_TRUE(loaded);
    expect_all(*loaded, parts_);
  }
}

TEST_F(WriterTest, AMediaFileThatIsTornLosesItsLastPartAndIsFilledAgain) {
  auto writer = make_writer();
  writer->open(info_);
  write(*writer, parts_);
  writer.reset();
  const std::string media = talk() + "/" + media_file_name("v1", kN0 / recording::kSegmentsInFile);
  truncate_file(media, fs::file_size(media) - 100);
  auto torn = load_recording(talk());
  ASSERT_TRUE(torn);
  EXPECT_EQ(torn->tracks[1].recorded.find(kN0 + 3)->whole_parts(), 4);
  EXPECT_TRUE(torn->tracks[1].recorded.find(kN0 + 2)->is_whole());
  writer = make_writer();
  writer->open(info_);
  write(*writer, parts_);  // the streamer's link gives it once more
  writer.reset();
  const auto mended = load_recording(talk());
  ASSERT_TRUE(mended);
  expect_all(*mended, parts_);
  EXPECT_TRUE(mended->tracks[1].recorded.find(kN0 + 3)->is_whole());
  const auto rebuilt = load_recording(talk(), IndexUse::kIgnored);
  ASSERT_TRUE(rebuilt);
  EXPECT_EQ(rebuilt->found, parts_.size());  // nothing stands twice
}

TEST_F(WriterTest, WhatTheIndexSaysAndNoFileHoldsIsAHole) {
  auto writer = make_writer();
  writer->open(info_);
  write(*writer, parts_);
  writer.reset();
  fs::remove(talk() + "/" + media_file_name("audio", kN0 / recording::kSegmentsInFile));
  const auto loaded = load_recording(talk());
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->tracks[2].recorded.segments().empty());
  EXPECT_EQ(loaded->tracks[0].recorded.segments().size(), 4U);
}

TEST_F(WriterTest, AFullDiskStopsRecordingAndRoomLetsItGoOn) {
  auto writer = make_writer(uint64_t{1} << 60);
  writer->open(info_);
  write(*writer, parts_);
  const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
  while (writer->figures().left_out < parts_.size())
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
  EXPECT_EQ(writer->figures().parts, 0U);
  writer->set({folder_.path, SyncRule::kPart, 0});
  write(*writer, parts_);
  writer.reset();
  ASSERT_EQ(seen_.states.size(), 2U);
  EXPECT_EQ(seen_.states[0].kind, WriterState::Kind::kFull);
  EXPECT_EQ(seen_.states[1].kind, WriterState::Kind::kReady);
  const auto loaded = load_recording(talk());
  ASSERT_TRUE(loaded);
  expect_all(*loaded, parts_);
}

TEST_F(WriterTest, AFolderThatCannotBeWrittenIsTriedAgain) {
  std::ofstream(talk()) << "no folder";
  auto writer = make_writer();
  writer->open(info_);
  const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
  while (true) {
    const std::lock_guard lock(seen_.mutex);
    if (!seen_.states.empty()) break;
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
  }
  EXPECT_EQ(seen_.states[0].kind, WriterState::Kind::kFailed);
  fs::remove(talk());
  while (writer->figures().parts == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
    if (writer->figures().queued_bytes == 0) write(*writer, {parts_.front()});
    std::this_thread::yield();
  }
  write(*writer, parts_);
  writer.reset();
  const auto loaded = load_recording(talk());
  ASSERT_TRUE(loaded);
  expect_all(*loaded, parts_);
  EXPECT_EQ(seen_.states.back().kind, WriterState::Kind::kReady);
}

TEST_F(WriterTest, IsSyncedAsTheConfigurationSays) {
  // After each part of a segment, and after the end.
  const auto syncs_of = [this](SyncRule rule) {
    fs::remove_all(talk());
    auto writer = make_writer();
    writer->set({folder_.path, rule, 0});
    writer->open(info_);
    std::vector<int> syncs;
    const int before = data_syncs;
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    for (const MadeUpPart& part : parts_) {
      if (part.track != 0 || part.record.number.media_sequence != kN0) continue;
      write(*writer, {part});
      while (writer->figures().syncs <= syncs.size() && std::chrono::steady_clock::now() < patience)
        std::this_thread::yield();
      syncs.push_back(data_syncs - before);
    }
    writer.reset();
    syncs.push_back(data_syncs - before);
    return syncs;
  };
  const std::vector<int> by_part = syncs_of(SyncRule::kPart);
  ASSERT_EQ(by_part.size(), 6U);
  for (size_t part = 0; part < 5; ++part)
    EXPECT_GT(by_part[part], static_cast<int>(part)) << part;
  const std::vector<int> by_segment = syncs_of(SyncRule::kSegment);
  ASSERT_EQ(by_segment.size(), 6U);
  EXPECT_EQ(by_segment[3], 0);
  EXPECT_GT(by_segment[4], 0);
  EXPECT_EQ(syncs_of(SyncRule::kOff).back(), 0);
}

TEST_F(WriterTest, AnEndedRecordingHasItsManifestAndNothingThatIsNotShown) {
  write_until(kStartMs + 2'500);
  ASSERT_EQ(seen_.closed.size(), 1U);
  ASSERT_TRUE(seen_.closed[0]) << seen_.closed[0].error().message;
  EXPECT_GT(seen_.closed[0]->bytes, 0U);
  EXPECT_EQ(seen_.closed[0]->hole_ms, 0);
  const auto loaded = load_recording(talk());
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->has_manifest);
  EXPECT_TRUE(loaded->tracks[0].recorded.find(kN0 + 2)->is_whole());
  EXPECT_NE(loaded->tracks[0].recorded.find(kN0 + 2)->sha256, Sha256Digest{});
}

TEST_F(WriterTest, ASegmentThatIsInNoIndexIsToldOfARecordingThatIsClosed) {
  write_until(kStartMs + 4'000);
  auto verdict = check_recording(talk(), Repair::kNo);
  ASSERT_TRUE(verdict);
  EXPECT_THAT(verdict->wrong, IsEmpty());
  // The first record of an index is lost.
  const std::string index = talk() + "/" + index_file_name("v1");
  const std::string records = read_state_file(index).value();
  const auto first = recording::read_segment_record(as_bytes(records));
  ASSERT_TRUE(first);
  ASSERT_TRUE(write_state_file(index, records.substr(first->bytes)));
  verdict = check_recording(talk(), Repair::kNo);
  EXPECT_THAT(verdict->wrong, ElementsAre(fmt::format("v1 {}: is in no index", kN0)));
  // While it is being written, an index is behind its media.
  fs::remove(talk() + "/manifest.json");
  verdict = check_recording(talk(), Repair::kNo);
  EXPECT_THAT(verdict->wrong, IsEmpty());
  ASSERT_TRUE(check_recording(talk(), Repair::kYes));
  verdict = check_recording(talk(), Repair::kNo);
  EXPECT_TRUE(verdict->has_manifest);
  EXPECT_THAT(verdict->wrong, IsEmpty());
}

TEST_F(WriterTest, AManifestOfADayIsReadAndOneBeyondItsBoundIsToldOf) {
  write_until(kStartMs + 4'000);
  const std::string path = talk() + "/manifest.json";
  std::string manifest = read_state_file(path).value();
  // As large as that of a day in five renditions; JSON ends with any white space.
  manifest.append(80 << 20, ' ');
  ASSERT_TRUE(write_state_file(path, manifest));
  EXPECT_FALSE(read_state_file(path)) << "it is too large for what a node keeps of itself";
  auto verdict = check_recording(talk(), Repair::kNo);
  ASSERT_TRUE(verdict);
  EXPECT_THAT(verdict->wrong, IsEmpty());
  fs::resize_file(path, recording::kMaxManifestBytes + 1);
  verdict = check_recording(talk(), Repair::kNo);
  ASSERT_TRUE(verdict);
  EXPECT_THAT(verdict->wrong, ElementsAre(HasSubstr("manifest.json: larger than 256 MiB")));
}

// ---- all of it

class RecordingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.set(
        {{std::chrono::steady_clock::now(), test::kStartOf2026 - seconds(60), 0}, std::nullopt});
    config_.data_dir = folder_.path;
    config_.recording.reserve_mb = 0;
    channel_ = test::made_up_channel();
    channel_.session = ChannelSession{"s1", "第一期", "书记龙门阵", kStartMs + 1'000, 0};
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      start_gateway();
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) { return router_.handle(std::move(request)); },
          HttpServerEvents{},
          [this](HttpRequest& request) {
            std::optional<HttpResponse> response = router_.answer_at_once(request);
            at_once_ += response.has_value();
            return response;
          });
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
    });
  }
  void TearDown() override {
    stop_stills();
    thread_.run([this] {
      server_.reset();
      stop_gateway();
    });
    thread_.stop();
  }
  void stop_stills() {
    thread_.run([this] { stills_->stop(); });
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    while (thread_.run([this] { return stills_->is_running(); }))
      ASSERT_LT(std::chrono::steady_clock::now(), patience);
  }

  // In the io thread.
  void start_gateway() {
    router_ = HttpRouter();
    hls_ = std::make_unique<Hls>(thread_.io(), clock_, metrics_);
    disk_ = std::make_unique<DiskPool>(thread_.io());
    recordings_ = std::make_unique<Recordings>(thread_.io(), *disk_);
    const auto wall = [this] {
      return std::chrono::floor<milliseconds>(
                 clock_.media_at(std::chrono::steady_clock::now()).time_since_epoch() + wall_ahead_)
          .count();
    };
    recorder_ = std::make_unique<Recorder>(thread_.io(), Recorder::Clocks{clock_, wall},
                                           *recordings_, *hls_);
    rewind_ = std::make_unique<Rewind>(*hls_, *recorder_, *recordings_, *disk_);
    replay_ = std::make_unique<Replay>(thread_.io(), *recordings_, *disk_);
    // Its process makes nothing: the test does.
    stills_ = std::make_unique<Stills>(thread_.io(), *recordings_, *disk_, "/bin/true");
    thumbnails_ =
        std::make_unique<Thumbnails>(*stills_, *replay_, *recorder_, *recordings_, *disk_);
    stills_->configure(2);
    thumbnails_->add_routes(router_, gate_);
    rewind_->add_routes(router_, gate_);
    hls_->add_routes(router_, gate_);
    replay_->add_routes(router_, gate_);
    Hls::Kept kept;
    kept.published = [this](const HlsChannel& channel, const hls::LiveChannel::Published& part) {
      recorder_->handle_published(channel, part);
    };
    kept.late = [this](const HlsChannel& channel, hls::LiveChannel::Late late) {
      recorder_->handle_late(channel, std::move(late));
    };
    kept.media = [this](const HlsChannel& channel, size_t rendition, const hls::MediaName& name) {
      return rewind_->media(channel.channel().id, rendition, name);
    };
    kept.withdrawn = [this](const HlsChannel& channel, int64_t number) {
      return rewind_->is_withdrawn(channel, number);
    };
    hls_->set_kept(std::move(kept));
    configure();
    auto ends = Link::pair();
    ASSERT_TRUE(ends);
    streamer_ = std::make_shared<Link>(thread_.io(), std::move(ends->first));
    streamer_->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
    hls_->take_streamer("main", std::make_shared<Link>(thread_.io(), std::move(ends->second)));
    streamer_->send(MessageKind::kGeneration, to_json(test::announcement_of(kOnAir)));
  }
  void configure() {
    hls_->set_channels({channel_}, milliseconds(200));
    replay_->set_channels({channel_});
    recorder_->configure(config_, {channel_});
  }
  void stop_gateway() {
    hls_->stop();
    recorder_->stop();
    streamer_->close();
    thumbnails_.reset();
    stills_.reset();
    replay_.reset();
    rewind_.reset();
    recorder_.reset();
    recordings_.reset();
    disk_.reset();
    hls_.reset();
  }
  void wait_until_gone(const std::string& id) {
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    while (thread_.run([&] { return recordings_->find(id) != nullptr; }))
      ASSERT_LT(std::chrono::steady_clock::now(), patience);
    EXPECT_FALSE(fs::exists(folder_.path + "/recordings/" + id));
  }
  static RecordingOrder removal_of(const std::string& id) {
    RecordingOrder order;
    order.id = id;
    order.remove = true;
    return order;
  }
  void set_session_end(int64_t ms) {
    channel_.session->ended_ms = ms;
    thread_.run([this] { configure(); });
  }
  // Nobody can open its session any more.
  void close_recording() {
    channel_.session.reset();
    thread_.run([this] { configure(); });
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    while (thread_.run([this] { return recordings_->find("s1")->writing; }))
      ASSERT_LT(std::chrono::steady_clock::now(), patience);
  }

  void play(MediaTime from, MediaTime until) {
    thread_.run([&] {
      for (const MediaUnit& unit : programme_) {
        if (unit.time < from || unit.time >= until) continue;
        Bytes message;
        write_media_unit(unit, message);
        ASSERT_TRUE(streamer_->send(MessageKind::kMediaUnit, message));
      }
    });
  }
  std::string ask(std::string_view target, std::string_view fields = "",
                  std::string_view method = "GET") {
    RawClient client(port_);
    client.say(fmt::format("{} {} HTTP/1.1\r\nHost: a\r\n{}\r\n", method, target, fields));
    return client.read_response(method == "HEAD");
  }
  std::string ask_until(const std::string& target,
                        const std::function<bool(const std::string&)>& is) {
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    for (;;) {
      const std::string response = ask(target);
      if (is(response)) return response;
      EXPECT_LT(std::chrono::steady_clock::now(), patience) << target << '\n' << response;
      if (std::chrono::steady_clock::now() >= patience) return response;
    }
  }
  // Stills whose rows say which ones they are: '1' is the one of kN0 + 1.
  void write_pack(const std::vector<int64_t>& numbers) {
    Bytes pack;
    for (const int64_t number : numbers)
      recording::write_still(
          recording::StillKind::kStill, number, {100, 50},
          test::made_up_tile(recording::kStillSize, static_cast<uint8_t>('0' + number - kN0)),
          pack);
    const std::string folder = folder_.path + "/recordings/s1";
    fs::create_directories(folder);
    ASSERT_TRUE(write_state_file(folder + "/" + recording::kPackName, as_text(pack)));
  }
  // Of a sheet.
  static std::vector<char> stills_in(const std::string& sheet) {
    std::set<char> found;
    for (size_t i = 0; i + 2 < sheet.size(); ++i)
      if (sheet[i] >= '0' && sheet[i] <= '9' && sheet[i + 1] == '\xFF' && sheet[i + 2] == '\0')
        found.insert(sheet[i]);
    return {found.begin(), found.end()};
  }
  std::string segment(int64_t number, std::string_view at = "/hls/main/v0") const {
    return fmt::format("{}/{}-1-5/{}.m4s", at, kOnAir.value, number);
  }
  // Until every rendition of the replay has that segment.
  void wait_for(int64_t number) {
    const std::string name = fmt::format("\n{}-1-5/{}.m4s\n", kOnAir.value, number);
    for (const char* rendition : {"v0", "v1", "audio"})
      ask_until(fmt::format("/replay/s1/{}/index.m3u8", rendition),
                [&](const std::string& text) { return text.find(name) != std::string::npos; });
  }

  std::vector<MediaUnit> programme_ = test::programme(kOnAir, test::kStartOf2026, seconds(12));
  Folder folder_;
  IoThread thread_;
  SharedMediaClock clock_;
  milliseconds wall_ahead_{};  // of the media clock
  NodeConfig config_;
  Channel channel_;
  prometheus::Registry registry_;
  HlsMetrics metrics_{registry_};
  WatchGate gate_{clock_};
  HttpRouter router_;
  std::unique_ptr<Hls> hls_;
  std::unique_ptr<DiskPool> disk_;
  std::unique_ptr<Recordings> recordings_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Rewind> rewind_;
  std::unique_ptr<Replay> replay_;
  std::unique_ptr<Stills> stills_;
  std::unique_ptr<Thumbnails> thumbnails_;
  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<Link> streamer_;
  uint16_t port_ = 0;
  std::atomic<int> at_once_ = 0;  // answers that took no coroutine
};

TEST_F(RecordingTest, ASessionIsRewoundWhileLiveAndReplayedWithTheSameBytes) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(6));
  wait_for(kN0 + 4);
  const std::string rewind = ask_until("/hls/main/v0/rewind.m3u8", [](const std::string& text) {
    return text.find("/1767225605.4.m4s") != std::string::npos;
  });
  EXPECT_THAT(rewind, HasSubstr("#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:1767225601\n"));
  EXPECT_THAT(rewind, Not(HasSubstr("/1767225600.m4s")));
  EXPECT_THAT(rewind, HasSubstr("../audio/rewind.m3u8"));
  EXPECT_THAT(ask("/hls/main/rewind.m3u8?t=2.5"),
              HasSubstr("#EXT-X-START:TIME-OFFSET=2.500,PRECISE=YES\n"));
  EXPECT_THAT(ask("/hls/main/rewind.m3u8?t=1m2s"), HasSubstr("#EXT-X-START:TIME-OFFSET=62.000,"));
  for (const char* wrong : {"/hls/main/rewind.m3u8?t=1:30", "/replay/s1/index.m3u8?t=x",
                            "/replay/s1/index.m3u8?at=noon"})
    EXPECT_EQ(status_of(ask(wrong)), 400) << wrong;
  EXPECT_EQ(status_of(ask("/replay/s2/index.m3u8")), 404);
  for (const char* all : {"/hls/main/rewind.m3u8", "/replay/s1/index.m3u8"}) {
    const std::string small = ask(all, "Accept-Encoding: gzip\r\n");
    EXPECT_THAT(small, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_EQ(content_in(small).substr(0, 2), "\x1f\x8b");
    EXPECT_EQ(field_in(ask(all), "Vary"), "Accept-Encoding, User-Agent");
    EXPECT_THAT(ask(all), Not(HasSubstr("\naudio/")));
    EXPECT_THAT(ask(std::string(all) + "?sound_alone=1"), HasSubstr("\naudio/"));
  }
  const std::string live = content_in(ask(segment(kN0 + 3)));
  EXPECT_EQ(content_in(ask(segment(kN0 + 3, "/replay/s1/v0"))), live);
  const std::string going_on = ask("/replay/s1/v0/index.m3u8");
  EXPECT_THAT(going_on, HasSubstr("#EXT-X-PLAYLIST-TYPE:EVENT\n"));
  EXPECT_EQ(status_of(ask("/replay/s1/download.mp4")), 409);

  set_session_end(kStartMs + 5'000);
  const std::string ended = ask("/hls/main/v0/rewind.m3u8");
  EXPECT_THAT(ended, HasSubstr("/1767225604.m4s\n#EXT-X-ENDLIST\n"));
  // Nothing of it is left to wait for, or to leave out.
  for (const char* asked : {"_HLS_skip=YES", "_HLS_msn=1767225700", "_HLS_msn=1767225605"})
    EXPECT_EQ(content_in(ask(std::string("/hls/main/v0/rewind.m3u8?") + asked)), content_in(ended));
  const std::string replay = ask("/replay/s1/v0/index.m3u8");
  EXPECT_THAT(replay, HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD\n"));
  EXPECT_THAT(replay, HasSubstr("/1767225604.m4s\n#EXT-X-ENDLIST\n"));
  EXPECT_THAT(ask("/replay/s1/index.m3u8"), HasSubstr("CODECS=\"avc1.64001f,mp4a.40.2\""));

  // Opened again: no hole, and no end.
  set_session_end(0);
  play(test::kStartOf2026 + seconds(6), test::kStartOf2026 + seconds(9));
  wait_for(kN0 + 7);
  EXPECT_THAT(ask("/hls/main/v0/rewind.m3u8"), Not(HasSubstr("GAP")));

  // Nobody can open it any more.
  channel_.session->ended_ms = kStartMs + 8'000;
  thread_.run([this] {
    configure();
    channel_.session.reset();
    configure();
  });
  ask_until("/replay/s1/manifest.json", [&](const std::string&) {
    return fs::exists(folder_.path + "/recordings/s1/manifest.json");
  });
  const int before = at_once_;
  // Once what it has is read again.
  ask_until(segment(kN0 + 3, "/replay/s1/v0"), [&](const std::string& answer) {
    EXPECT_EQ(content_in(answer), live);
    return at_once_ > before;
  });
  EXPECT_EQ(status_of(ask(segment(kN0 + 8, "/replay/s1/v0"))), 404);
  EXPECT_EQ(status_of(ask("/hls/main/v0/rewind.m3u8")), 404);
  const std::string manifest = ask("/replay/s1/manifest.json");
  EXPECT_THAT(manifest, HasSubstr(lower_hex(sha256_digest(as_bytes(live)))));
}

TEST(Recordings, AReadThatIsUnderWayWhenTheyAreGoneEndsInWords) {
  boost::asio::io_context io;
  DiskPool disk(io, 1);
  std::promise<void> turn;
  const auto slow = [&] {
    turn.get_future().wait();
    return Result<void>();
  };
  boost::asio::co_spawn(io, disk.run(slow), boost::asio::detached);
  auto recordings = std::make_unique<Recordings>(io, disk);
  std::vector<std::string> words;
  const auto load = [&] {
    recording::RecordingInfo info;
    info.id = "talk";
    boost::asio::co_spawn(io, recordings->load(recordings->add(info)),
                          [&](const std::exception_ptr&, const Result<void>& loaded) {
                            words.push_back(loaded ? "" : loaded.error().message);
                          });
  };
  load();
  load();  // waits for the first one
  io.poll();
  recordings.reset();
  turn.set_value();
  io.run();
  EXPECT_THAT(words, testing::Each(testing::StrEq("the gateway ends")));
  EXPECT_EQ(words.size(), 2U);
}

// What is in front of the window is written once and goes on from there.
TEST_F(RecordingTest, ARewindThatGrowsHasAllThatWasAndNothingThatIsWithdrawn) {
  const auto rewind_until = [&](const std::string& what) {
    const std::string target = "/hls/main/v0/rewind.m3u8";
    return content_in(ask_until(target, [&](const std::string& response) {
      const std::string small = ask(target, "Accept-Encoding: gzip\r\n");
      return content_in(response).find(what) != std::string::npos &&
             test::gunzip(content_in(small)) == content_in(response);
    }));
  };
  const auto line_of = [](int64_t number) {
    return fmt::format("#EXTINF:1.00000,\n{}-1-5/{}.m4s\n", kOnAir.value, number);
  };
  play(test::kStartOf2026, test::kStartOf2026 + seconds(6));
  wait_for(kN0 + 4);
  stop_stills();
  thread_.run([this] {
    stop_gateway();
    start_gateway();
  });
  // Of which the window has what comes now.
  play(test::kStartOf2026 + seconds(5), test::kStartOf2026 + seconds(10));
  wait_for(kN0 + 8);
  rewind_until("/1767225609.4.m4s");
  play(test::kStartOf2026 + seconds(10), test::kStartOf2026 + seconds(12));
  wait_for(kN0 + 10);
  const std::string all = rewind_until("/1767225611.4.m4s");
  for (int64_t number = kN0 + 1; number <= kN0 + 10; ++number)
    EXPECT_THAT(all, HasSubstr(line_of(number)));
  EXPECT_THAT(all, Not(HasSubstr("GAP")));
  RecordingOrder order;
  order.id = "s1";
  order.withdrawn = {{kStartMs + 2'200, kStartMs + 2'300}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_THAT(content_in(ask("/hls/main/v0/rewind.m3u8")),
              HasSubstr("#EXT-X-GAP\n" + line_of(kN0 + 2)));
  EXPECT_THAT(rewind_until("#EXT-X-GAP\n"), HasSubstr(line_of(kN0 + 3)));
}

// What live does not have any more is listed and written once, and goes on from there.
TEST_F(RecordingTest, AReplayThatGrowsHasAllThatWasAndNothingThatIsWithdrawn) {
  programme_ = test::programme(kOnAir, test::kStartOf2026, seconds(30));
  const auto line_of = [](int64_t number) {
    return fmt::format("#EXTINF:1.00000,\n{}-1-5/{}.m4s\n", kOnAir.value, number);
  };
  const auto replay_until = [&](const std::string& what) {
    const std::string target = "/replay/s1/v0/index.m3u8";
    return content_in(ask_until(target, [&](const std::string& response) {
      const std::string small = ask(target, "Accept-Encoding: gzip\r\n");
      return content_in(response).find(what) != std::string::npos &&
             test::gunzip(content_in(small)) == content_in(response);
    }));
  };
  play(test::kStartOf2026, test::kStartOf2026 + seconds(20));
  wait_for(kN0 + 18);
  stop_stills();
  thread_.run([this] {
    stop_gateway();
    start_gateway();
  });
  // Of which the window has what comes now.
  play(test::kStartOf2026 + seconds(19), test::kStartOf2026 + seconds(28));
  wait_for(kN0 + 26);
  EXPECT_THAT(replay_until(line_of(kN0 + 26)), HasSubstr("#EXT-X-PLAYLIST-TYPE:EVENT\n"));
  play(test::kStartOf2026 + seconds(28), test::kStartOf2026 + seconds(30));
  wait_for(kN0 + 28);
  const std::string all = replay_until(line_of(kN0 + 28));
  for (int64_t number = kN0 + 1; number <= kN0 + 28; ++number)
    EXPECT_THAT(all, HasSubstr(line_of(number)));
  EXPECT_THAT(all, Not(HasSubstr("GAP")));
  RecordingOrder order;
  order.id = "s1";
  order.withdrawn = {{kStartMs + 2'200, kStartMs + 2'300}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_THAT(content_in(ask("/replay/s1/v0/index.m3u8")), HasSubstr("#EXT-X-GAP\n#EXTINF"));
  EXPECT_THAT(replay_until("#EXT-X-GAP\n"), HasSubstr(line_of(kN0 + 3)));
  EXPECT_THAT(ask(fmt::format("/replay/s1/index.m3u8?at={}", kStartMs + 3'500)),
              HasSubstr("#EXT-X-START:TIME-OFFSET=2.500,PRECISE=YES\n"));
  // As it is read again from the files.
  set_session_end(kStartMs + 27'000);
  const std::string ended = content_in(ask("/replay/s1/v0/index.m3u8"));
  EXPECT_THAT(ended, HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD\n"));
  close_recording();
  EXPECT_EQ(content_in(ask("/replay/s1/v0/index.m3u8")), ended);
}

TEST_F(RecordingTest, ADownloadHasRangesThatFitTogether) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(5));
  wait_for(kN0 + 3);
  set_session_end(kStartMs + 4'000);
  const std::string whole = ask("/replay/s1/download.mp4?rendition=360p");
  EXPECT_EQ(status_of(whole), 200);
  EXPECT_THAT(whole, HasSubstr("Accept-Ranges: bytes\r\n"));
  EXPECT_THAT(whole, HasSubstr("Content-Type: video/mp4\r\n"));
  EXPECT_THAT(whole, HasSubstr("filename*=UTF-8''%E7%AC%AC"));
  const std::string bytes = content_in(whole);
  const std::string tag = field_in(whole, "ETag");
  EXPECT_EQ(field_in(ask("/replay/s1/download.mp4?rendition=360p", "", "HEAD"), "Content-Length"),
            std::to_string(bytes.size()));
  for (size_t from : {size_t{0}, size_t{7}, size_t{2'000}, bytes.size() / 2, bytes.size() - 1}) {
    const size_t to = std::min(bytes.size() - 1, from + 70'000);
    const std::string part =
        ask("/replay/s1/download.mp4?rendition=360p",
            fmt::format("Range: bytes={}-{}\r\nIf-Range: {}\r\n", from, to, tag));
    EXPECT_EQ(status_of(part), 206);
    EXPECT_THAT(
        part, HasSubstr(fmt::format("Content-Range: bytes {}-{}/{}\r\n", from, to, bytes.size())));
    EXPECT_EQ(content_in(part), bytes.substr(from, to - from + 1));
  }
  EXPECT_EQ(status_of(ask("/replay/s1/download.mp4?rendition=360p",
                          "Range: bytes=0-9\r\nIf-Range: \"other\"\r\n")),
            200);
  EXPECT_EQ(status_of(ask("/replay/s1/download.mp4?rendition=360p",
                          fmt::format("If-None-Match: {}\r\n", tag))),
            304);
  const std::string beyond = ask("/replay/s1/download.mp4?rendition=360p",
                                 fmt::format("Range: bytes={}-\r\n", bytes.size()));
  EXPECT_EQ(status_of(beyond), 416);
  EXPECT_THAT(beyond, HasSubstr(fmt::format("Content-Range: bytes */{}\r\n", bytes.size())));
  EXPECT_EQ(status_of(ask("/replay/s1/download.mp4?rendition=4k")), 404);
}

TEST_F(RecordingTest, ControlIsToldHowLongTheDownloadOfItsSoundIs) {
  const auto told = [this](const std::function<bool(int64_t)>& is) {
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    for (int64_t bytes = -1; std::chrono::steady_clock::now() < patience;) {
      const auto reports = thread_.run([this] { return recorder_->take_reports(); });
      for (const RecordingReport& report : reports)
        bytes = report.sound_bytes;
      if (is(bytes)) return bytes;
    }
    return int64_t{-1};
  };
  const auto length = [this] {
    const std::string head = ask("/replay/s1/download.mp4?rendition=audio", "", "HEAD");
    return std::strtoll(field_in(head, "Content-Length").c_str(), nullptr, 10);
  };
  play(test::kStartOf2026, test::kStartOf2026 + seconds(6));
  wait_for(kN0 + 4);
  EXPECT_EQ(told([](int64_t bytes) { return bytes == 0; }), 0) << "it goes on";
  set_session_end(kStartMs + 5'000);
  close_recording();
  const int64_t whole = told([](int64_t bytes) { return bytes > 0; });
  EXPECT_EQ(whole, length());
  RecordingOrder order;
  order.id = "s1";
  order.shown = {kStartMs + 2'000, kStartMs + 4'000};
  thread_.run([&] { recorder_->handle_order(order); });
  const int64_t trimmed = told([&](int64_t bytes) { return bytes > 0 && bytes < whole; });
  EXPECT_GT(trimmed, 0);
  EXPECT_EQ(trimmed, length());
}

TEST_F(RecordingTest, AReplayTellsWhatItsBytesNeedOfALine) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(6));
  wait_for(kN0 + 4);
  set_session_end(kStartMs + 5'000);
  close_recording();
  uint64_t average = 0, peak = 0;
  for (const char* track : {"/replay/s1/v0", "/replay/s1/audio"}) {
    uint64_t all = 0, largest = 0;
    for (int64_t number = kN0 + 1; number < kN0 + 5; ++number) {
      const uint64_t bytes = content_in(ask(segment(number, track))).size();
      all += bytes;
      largest = std::max(largest, bytes);
    }
    average += 8 * all / 4;
    peak += 8 * largest;
  }
  EXPECT_THAT(ask("/replay/s1/index.m3u8"),
              HasSubstr(fmt::format(":BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"avc1.64001f,"
                                    "mp4a.40.2\"",
                                    peak, average)));
}

TEST_F(RecordingTest, WhatIsWithdrawnIsServedNowhere) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(5));
  wait_for(kN0 + 3);
  EXPECT_EQ(status_of(ask(segment(kN0 + 2))), 200);
  EXPECT_THAT(ask("/hls/main/v0/index.m3u8"), Not(HasSubstr("GAP")));
  RecordingOrder order;
  order.id = "s1";
  order.withdrawn = {{kStartMs + 2'200, kStartMs + 2'300}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_EQ(status_of(ask(segment(kN0 + 2))), 410);
  EXPECT_EQ(status_of(ask(segment(kN0 + 2, "/replay/s1/v0"))), 404);
  EXPECT_EQ(status_of(ask(fmt::format("/hls/main/v0/{}-1-5/{}.1.m4s", kOnAir.value, kN0 + 2))),
            410);
  EXPECT_EQ(status_of(ask(segment(kN0 + 3))), 200);
  EXPECT_THAT(ask("/hls/main/v0/rewind.m3u8"), HasSubstr("#EXT-X-GAP\n#EXTINF:1.00000,\n"));
  EXPECT_THAT(ask("/replay/s1/v0/index.m3u8"), HasSubstr("#EXT-X-GAP\n#EXTINF:1.00000,\n"));
  // Live tells so with its next part.
  play(test::kStartOf2026 + seconds(5), test::kStartOf2026 + seconds(7));
  const std::string gap =
      fmt::format("#EXT-X-GAP\n#EXTINF:1.00000,\n{}-1-5/{}.m4s\n", kOnAir.value, kN0 + 2);
  ask_until("/hls/main/v0/index.m3u8",
            [&](const std::string& text) { return text.find(gap) != std::string::npos; });
  // Also after the gateway is another one.
  ask_until("/replay/s1/v0/index.m3u8", [&](const std::string&) {
    const auto info = load_recording_info(folder_.path + "/recordings/s1");
    return info && !info->withdrawn.empty();
  });
}

TEST_F(RecordingTest, ChaptersAreToldOfAsTheyAreMarkedAndSetRight) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(5));
  wait_for(kN0 + 3);
  EXPECT_EQ(content_in(ask("/replay/s1/chapters.vtt")), "WEBVTT\n");
  EXPECT_THAT(ask("/replay/s1/index.m3u8"), Not(HasSubstr("SESSION-DATA")));
  RecordingOrder order;
  order.id = "s1";
  order.chapters = {{"c1", kStartMs + 1'500, "开场", 1}, {"c2", kStartMs + 3'200, "问答", 2}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_THAT(ask("/hls/main/v0/rewind.m3u8"),
              HasSubstr("#EXT-X-DATERANGE:ID=\"c2-2\",CLASS=\"chapter\",START-DATE="
                        "\"2026-01-01T00:00:03.200Z\",END-ON-NEXT=YES,X-TITLE=\"问答\"\n"));
  EXPECT_THAT(ask("/hls/main/v0/index.m3u8"), Not(HasSubstr("DATERANGE"))) << "live has none";
  ask_until("/replay/s1/chapters.vtt", [](const std::string& text) {
    return text.find("\nc2\n00:00:02.200 --> ") != std::string::npos;
  });
  EXPECT_THAT(ask("/replay/s1/v1/index.m3u8"), HasSubstr("X-TITLE=\"开场\""));
  EXPECT_THAT(ask("/replay/s1/index.m3u8"), HasSubstr("URI=\"chapters.json\""));
  EXPECT_THAT(ask("/replay/s1/chapters.json"), HasSubstr("\"start-time\":5E-1"));
  EXPECT_THAT(ask(fmt::format("/replay/s1/index.m3u8?at={}", kStartMs + 3'200)),
              HasSubstr("#EXT-X-START:TIME-OFFSET=2.200,PRECISE=YES\n"));
  EXPECT_THAT(ask("/replay/s1/index.m3u8?at=-1"), Not(HasSubstr("START")));
  // What must not be seen has no title either.
  order.withdrawn = {{kStartMs + 3'100, kStartMs + 3'300}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_THAT(ask("/hls/main/v0/rewind.m3u8"), Not(HasSubstr("问答")));
  EXPECT_THAT(ask("/replay/s1/chapters.vtt"), Not(HasSubstr("问答")));
  // Also after the gateway is another one.
  ask_until("/replay/s1/chapters.vtt", [&](const std::string&) {
    const auto info = load_recording_info(folder_.path + "/recordings/s1");
    return info && info->chapters == order.chapters;
  });
}

TEST_F(RecordingTest, AGatewayThatWasStartedAgainGoesOnWithTheSameRecording) {
  play(test::kStartOf2026, test::kStartOf2026 + milliseconds(4'400));
  wait_for(kN0 + 3);
  stop_stills();
  thread_.run([this] {
    stop_gateway();
    start_gateway();
  });
  // The streamer's link begins with what it has kept.
  play(test::kStartOf2026 + seconds(2), test::kStartOf2026 + seconds(8));
  wait_for(kN0 + 6);
  const std::string rewind = ask("/hls/main/v0/rewind.m3u8");
  EXPECT_THAT(rewind, HasSubstr("#EXT-X-MEDIA-SEQUENCE:1767225601\n"));
  EXPECT_THAT(rewind, Not(HasSubstr("GAP")));
  EXPECT_EQ(status_of(ask(segment(kN0 + 1))), 200);  // of the recording alone
  EXPECT_EQ(content_in(ask(segment(kN0 + 4))), content_in(ask(segment(kN0 + 4, "/replay/s1/v0"))));
}

// Who rewound has the list of a session that has ended meanwhile, and goes on to its end.
TEST_F(RecordingTest, WhatARewindToldIsThereWhenTheSessionHasEnded) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(5));
  wait_for(kN0 + 3);
  const std::string live = content_in(ask(segment(kN0 + 2)));
  const std::string list = ask("/hls/main/v0/rewind.m3u8");
  const size_t named = list.find("init-");
  const std::string init = list.substr(named, list.find('"', named) - named);
  channel_.session->ended_ms = kStartMs + 5'000;
  thread_.run([this] {
    configure();
    channel_.session.reset();
    configure();
  });
  ask_until("/replay/s1/manifest.json", [&](const std::string&) {
    return fs::exists(folder_.path + "/recordings/s1/manifest.json");
  });
  // The window knows nothing of it any more.
  stop_stills();
  thread_.run([this] {
    stop_gateway();
    start_gateway();
  });
  play(test::kStartOf2026 + seconds(8), test::kStartOf2026 + seconds(11));
  ask_until(segment(kN0 + 9), [](const std::string& answer) { return status_of(answer) == 200; });
  EXPECT_EQ(status_of(ask("/hls/main/v0/rewind.m3u8")), 404);
  // Once it knows what it has.
  ask_until(segment(kN0 + 2), [](const std::string& answer) { return status_of(answer) == 200; });
  EXPECT_EQ(content_in(ask(segment(kN0 + 2))), live);
  EXPECT_EQ(status_of(ask("/hls/main/v0/" + init)), 200);
  EXPECT_EQ(status_of(ask(segment(kN0 + 6))), 404);
  thread_.run([&] { recorder_->handle_order(removal_of("s1")); });
  EXPECT_EQ(status_of(ask(segment(kN0 + 2))), 404);
}

TEST_F(RecordingTest, ControlIsToldAndARecordingIsRemoved) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(3));
  wait_for(kN0 + 1);
  const auto told = thread_.run([this] { return recorder_->take_reports(); });
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().id, "s1");
  EXPECT_EQ(told.back().state, "recording");
  EXPECT_EQ(told.back().title, "第一期");
  thread_.run([&] { recorder_->handle_order(removal_of("s1")); });
  EXPECT_THAT(ask("/replay/s1/index.m3u8"), HasSubstr("no such recording"));
  EXPECT_EQ(status_of(ask("/hls/main/v0/rewind.m3u8")), 404);
  // The session goes on, and what comes from now on is another recording.
  thread_.run([this] { configure(); });
  wait_until_gone("s1");
  EXPECT_EQ(thread_.run([this] { return recorder_->recording_of("main")->info.id; }), "s1-2");
  const auto gone = thread_.run([this] { return recorder_->take_reports(); });
  ASSERT_FALSE(gone.empty());
  EXPECT_EQ(gone.front().id, "s1");
  EXPECT_EQ(gone.front().state, "gone");
}

TEST_F(RecordingTest, ARecordingIsRemovedWhenNobodyCanOpenItsSessionAgain) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(3));
  wait_for(kN0 + 1);
  set_session_end(kStartMs + 2'000);
  thread_.run([&] { recorder_->handle_order(removal_of("s1")); });
  EXPECT_EQ(status_of(ask("/replay/s1/v0/index.m3u8")), 404);
  EXPECT_EQ(status_of(ask("/replay/s1/download.mp4")), 404);
  EXPECT_TRUE(fs::exists(folder_.path + "/recordings/s1")) << "it is still being written";
  thread_.run([this] {
    channel_.session.reset();
    configure();
  });
  wait_until_gone("s1");
  EXPECT_EQ(thread_.run([this] { return recordings_->all().size(); }), 0U);
}

TEST_F(RecordingTest, AWallClockThatStepsMakesNoRecordingOld) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(3));
  wait_for(kN0 + 1);
  config_.recording.keep_days = 30;
  close_recording();
  const auto expired = [this] { return thread_.run([this] { return recorder_->expired(); }); };
  thread_.run([this] { wall_ahead_ = std::chrono::days(366); });
  EXPECT_THAT(expired(), IsEmpty());
  thread_.run([this] {
    recordings_->find("s1")->info.end_ms -= milliseconds(std::chrono::days(31)).count();
  });
  EXPECT_THAT(expired(), ElementsAre("s1"));
}

TEST_F(RecordingTest, WhatACutTakesBackIsShownNowhereAndWhatWasBeforeIs) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(6));
  wait_for(kN0 + 4);
  // A cut that reaches back to three seconds from the start.
  const MediaTime cut_at = test::kStartOf2026 + seconds(3) + hls::RenditionWindow::kLength;
  const auto seen = [&](int64_t number, std::string_view at) {
    return status_of(ask(segment(number, at)));
  };
  const auto expect_cut = [&] {
    EXPECT_EQ(seen(kN0 + 2, "/hls/main/v0"), 200) << "it had been public for long";
    EXPECT_EQ(seen(kN0 + 2, "/replay/s1/v0"), 200);
    EXPECT_EQ(seen(kN0 + 3, "/hls/main/v0"), 410);
    EXPECT_EQ(seen(kN0 + 3, "/replay/s1/v0"), 404);
    EXPECT_THAT(ask("/replay/s1/v0/index.m3u8"), Not(HasSubstr("/1767225603.m4s")));
  };
  EXPECT_EQ(seen(kN0 + 3, "/hls/main/v0"), 200);
  channel_.air = {AirRule::kCut, cut_at, cut_at};
  thread_.run([this] { configure(); });
  expect_cut();
  EXPECT_THAT(ask("/hls/main/v0/rewind.m3u8"), HasSubstr("#EXT-X-GAP\n#EXTINF:1.00000,\n"));
  const auto told = thread_.run([this] { return recorder_->take_reports(); });
  ASSERT_FALSE(told.empty());
  ASSERT_EQ(told.back().cuts.size(), 1U);
  const recording::TimeRange cut = told.back().cuts.front();
  EXPECT_EQ(cut.from_ms, kStartMs + 3'000);

  // Another order of control, that does not know of the cut, and another gateway after its end.
  RecordingOrder order;
  order.id = "s1";
  order.keep = true;
  thread_.run([&] { recorder_->handle_order(order); });
  expect_cut();
  channel_.air.rule = AirRule::kFeed;
  stop_stills();
  thread_.run([this] {
    stop_gateway();
    start_gateway();
  });
  ask_until("/replay/s1/v0/index.m3u8",
            [](const std::string& response) { return status_of(response) == 200; });
  EXPECT_EQ(seen(kN0 + 2, "/replay/s1/v0"), 200);
  EXPECT_EQ(seen(kN0 + 3, "/replay/s1/v0"), 404);

  order.given_back = {cut};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_EQ(seen(kN0 + 3, "/replay/s1/v0"), 200);
  thread_.run([this] { configure(); });
  EXPECT_EQ(seen(kN0 + 3, "/replay/s1/v0"), 200) << "the order for the air is still known";
}

TEST_F(RecordingTest, ACutWhileNoGatewayWasThereIsTakenBackToo) {
  play(test::kStartOf2026, test::kStartOf2026 + seconds(5));
  wait_for(kN0 + 3);
  channel_.air = {AirRule::kFeed, test::kStartOf2026 + seconds(30),
                  test::kStartOf2026 + seconds(20)};
  stop_stills();
  thread_.run([this] {
    stop_gateway();
    start_gateway();
  });
  ask_until("/replay/s1/v0/index.m3u8",
            [](const std::string& response) { return status_of(response) != 503; });
  EXPECT_EQ(status_of(ask(segment(kN0 + 2, "/replay/s1/v0"))), 404);
}

TEST_F(RecordingTest, StillsAreToldOfInATrackAndStandInSheets) {
  write_pack({kN0 + 1, kN0 + 2, kN0 + 4});
  play(test::kStartOf2026, test::kStartOf2026 + seconds(6));
  wait_for(kN0 + 4);
  const std::string sheet = fmt::format("thumbnails/2-{}.jpg", kN0 / 2 / 25);
  const int64_t tile = kN0 / 2 % 25;  // the first one's; it begins at kN0 + 1
  const auto cue = [&](std::string_view times, int64_t at, int in_sheet) {
    return fmt::format("\n{}\n{}?n={}#xywh={},{},256,144\n", times, sheet, in_sheet, at % 5 * 256,
                       at / 5 * 144);
  };
  const auto has = [](const std::string& what) {
    return [what](const std::string& text) { return text.find(what) != std::string::npos; };
  };
  for (const char* track : {"/replay/s1/thumbnails.vtt", "/hls/main/thumbnails.vtt"}) {
    const std::string text =
        ask_until(track, has(cue("00:00:01.000 --> 00:00:03.000", tile + 1, 3)));
    EXPECT_THAT(text, HasSubstr("WEBVTT\n" + cue("00:00:00.000 --> 00:00:01.000", tile, 3)));
    EXPECT_THAT(text, HasSubstr("text/vtt"));
  }
  for (const char* folder : {"/replay/s1/", "/hls/main/"}) {
    const std::string response = ask(folder + sheet + "?n=3");
    EXPECT_EQ(status_of(response), 200);
    EXPECT_EQ(field_in(response, "Content-Type"), "image/jpeg");
    EXPECT_EQ(stills_in(content_in(response)), (std::vector<char>{'1', '2', '4'}));
  }
  EXPECT_EQ(status_of(ask("/replay/s1/thumbnails/4-1.jpg")), 404);
  EXPECT_EQ(status_of(ask("/replay/s1/thumbnails/x")), 404);
  EXPECT_EQ(field_in(ask("/replay/s1/poster.jpg"), "Content-Type"), "image/jpeg");
  // What is withdrawn is in none of it, and the slot's next picture stands for it.
  RecordingOrder order;
  order.id = "s1";
  order.withdrawn = {{kStartMs + 2'100, kStartMs + 2'200}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_EQ(stills_in(content_in(ask("/replay/s1/" + sheet))), (std::vector<char>{'1', '4'}));
  ask_until("/replay/s1/thumbnails.vtt", has(cue("00:00:00.000 --> 00:00:03.000", tile, 2)));
  order.withdrawn = {{kStartMs, kStartMs + 100'000}};
  thread_.run([&] { recorder_->handle_order(order); });
  EXPECT_EQ(status_of(ask("/replay/s1/" + sheet)), 404);
  EXPECT_EQ(status_of(ask("/hls/main/" + sheet)), 404);
  EXPECT_EQ(status_of(ask("/replay/s1/poster.jpg")), 204);
}

TEST_F(RecordingTest, WhoMayNotWatchTheChannelMayNotWatchItsRecordings) {
  write_pack({kN0 + 1, kN0 + 2});
  play(test::kStartOf2026, test::kStartOf2026 + seconds(5));
  wait_for(kN0 + 3);
  set_session_end(kStartMs + 4'000);
  const WatchKeys keys =
      make_watch_keys([](std::span<uint8_t> bytes) { std::ranges::fill(bytes, uint8_t{9}); });
  channel_.access = Access::kToken;
  channel_.watch_key = keys.public_key;
  thread_.run([this] { gate_.set_channels({channel_}); });
  const std::vector<std::string> all{"/replay/s1/index.m3u8",
                                     "/replay/s1/v0/index.m3u8",
                                     "/replay/s1/download.mp4",
                                     "/replay/s1/manifest.json",
                                     segment(kN0 + 2, "/replay/s1/v0"),
                                     "/hls/main/rewind.m3u8",
                                     "/hls/main/v0/rewind.m3u8",
                                     segment(kN0 + 2),
                                     "/replay/s1/thumbnails.vtt",
                                     "/replay/s1/poster.jpg",
                                     fmt::format("/replay/s1/thumbnails/2-{}.jpg", kN0 / 50),
                                     "/hls/main/thumbnails.vtt"};
  const WatchGrant::Instant expires(
      std::chrono::floor<seconds>(test::kStartOf2026.time_since_epoch()) + std::chrono::hours(1));
  const std::string token =
      sign_watch_token({"main", WatchBearer::kPerson, "li", expires}, keys.private_key).value();
  for (const std::string& target : all) {
    EXPECT_EQ(status_of(ask(target)), 401) << target;
    EXPECT_EQ(status_of(ask(target + "?token=" + token)), 200) << target;
  }
  const std::string opened = ask("/replay/s1/index.m3u8?token=" + token);
  EXPECT_THAT(opened, HasSubstr("; Path=/replay/s1/; "));
  EXPECT_EQ(status_of(ask(segment(kN0 + 2, "/replay/s1/v0"),
                          fmt::format("Cookie: longmen-watch={}\r\n", token))),
            200);
}

TEST_F(RecordingTest, ADownloadEndsWhenSomethingOfItIsTakenBack) {
  const std::string path = folder_.path + "/media";
  std::ofstream(path) << std::string(3 * kMaxBodyPieceBytes, 'x');
  bool shown = true;
  FileBody body(*disk_, {{nullptr, served_file(path), 0, 3 * kMaxBodyPieceBytes}},
                [&shown] { return shown; });
  const auto read = [&] {
    return asio::co_spawn(thread_.io(), body.read(), asio::use_future).get();
  };
  const auto first = read();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), kMaxBodyPieceBytes);
  shown = false;
  EXPECT_FALSE(read());
}

}  // namespace
}  // namespace longmen

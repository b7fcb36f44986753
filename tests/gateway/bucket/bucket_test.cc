// Recordings and a bucket that is as bad as servers are: tests/gateway/bucket/fake_s3.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/recording/local_copies.h"
#include "gateway/bucket/block_cache.h"
#include "gateway/bucket/bucket_source.h"
#include "gateway/bucket/bucket_uploader.h"
#include "gateway/bucket/object_upload.h"
#include "gateway/bucket/s3_credentials.h"
#include "gateway/file_body.h"
#include "gateway/recording_files.h"
#include "net/state_file.h"
#include "tests/core/recording/made_up_recording.h"
#include "tests/gateway/bucket/fake_s3.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::FakeS3;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr S3Patience kHasty{2'000ms, 1s, 3, 5ms};
constexpr const char* kKey = "AKID-of-tests";
constexpr const char* kSecret = "secret-of-tests";

std::string made_up_bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<char>((i * 2'654'435'761U) >> 13);
  return bytes;
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

FakeS3::Fault always(int status, std::string code) {
  return [status, code](const FakeS3::Request&) {
    return FakeS3::Answer{status, "<Error><Code>" + code + "</Code></Error>", ""};
  };
}
// `count` times, then as is right.
FakeS3::Fault some_times(int count, const FakeS3::Answer& answer, const std::string& method) {
  const auto left = std::make_shared<std::atomic<int>>(count);
  return [left, answer, method](const FakeS3::Request& request) -> std::optional<FakeS3::Answer> {
    if (request.method != method || (*left)-- <= 0) return std::nullopt;
    return answer;
  };
}

class BucketTest : public ::testing::Test {
 protected:
  BucketTest() {
    credentials_ = folder_.path().string() + "/keys";
    write_file(credentials_, std::string("[default]\naws_access_key_id = ") + kKey +
                                 "\naws_secret_access_key=" + kSecret + "\n");
  }
  S3Place place() const {
    S3Place place = server_.place();
    place.credentials_file = credentials_;
    return place;
  }
  S3Client client() const { return S3Client(place(), kHasty, stop_.get_token()); }

  test::TemporaryFolder folder_;
  std::string credentials_;
  FakeS3 server_;
  std::stop_source stop_;
};

// ---- answers and keys

TEST(S3Answers, AListIsReadWithNamespacesAndTokens) {
  const auto list = read_s3_objects(
      "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Name>b</Name><Contents><Key>a/1</Key><ETag>&quot;abc&quot;</ETag><Size>5</Size></Contents>"
      "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"
      "<NextContinuationToken>t==</NextContinuationToken></ListBucketResult>");
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_THAT(list->objects, ElementsAre(S3Object{"a/1", 5, "abc"}));
  EXPECT_THAT(list->folders, ElementsAre("a/"));
  EXPECT_EQ(list->next, "t==");
}

TEST(S3Answers, WhatIsNoAnswerIsRefused) {
  EXPECT_FALSE(read_s3_objects("<html><body>proxy</body></html>"));
  EXPECT_FALSE(read_s3_objects("<ListBucketResult><Contents>"));
  EXPECT_FALSE(
      read_s3_objects("<ListBucketResult><Contents><Size>-1</Size></Contents></ListBucketResult>"));
  EXPECT_FALSE(read_s3_objects("<!DOCTYPE a [<!ENTITY b \"cc\">]><ListBucketResult/>"));
  EXPECT_FALSE(read_s3_objects("<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>"));
  EXPECT_FALSE(read_s3_objects("<ListBucketResult><Name>" + std::string(kMaxS3Text + 1, 'x') +
                               "</Name></ListBucketResult>"));
  EXPECT_EQ(read_s3_error_code("<Error><Code>SlowDown</Code></Error>"), "SlowDown");
  EXPECT_EQ(read_s3_error_code("<Error><Code>a b\nc</Code></Error>"), "");
  EXPECT_EQ(read_s3_error_code(""), "");
}

TEST(S3Credentials, AreReadAsOtherToolsWriteThem) {
  const auto found = s3_credentials_in(
      "# mine\n[default]\r\naws_access_key_id=A\r\n  aws_secret_access_key = b=c \r\n[other]\n"
      "aws_access_key_id = X\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key_id, "A");
  EXPECT_EQ(found->secret, "b=c");
  const auto half = s3_credentials_in("aws_secret_access_key = hidden");
  ASSERT_FALSE(half);
  EXPECT_THAT(half.error().message, Not(HasSubstr("hidden")));
}

TEST(LocalCopies, LeaveByAgeAndOldestFirstForRoom) {
  const auto copy = [](const char* id, int64_t end_ms, bool in_bucket = true) {
    return recording::LocalCopy{id, end_ms, 100, false, in_bucket};
  };
  std::vector<recording::LocalCopy> all{copy("new", 900), copy("old", 100), copy("middle", 500),
                                        copy("waits", 50, false), copy("on", 0)};
  all.push_back({"written", 10, 100, true, true});
  using recording::copies_to_drop;
  EXPECT_THAT(copies_to_drop(all, {500, 0}, 1'000), ElementsAre("old", "middle"));
  EXPECT_THAT(copies_to_drop(all, {5'000, 0}, 1'000), IsEmpty());
  EXPECT_THAT(copies_to_drop(all, {5'000, 101}, 1'000), ElementsAre("old", "middle"));
}

// ---- one request

TEST_F(BucketTest, WhatPassesIsTriedAgain) {
  for (const FakeS3::Answer& fault :
       {FakeS3::Answer{500, "", ""},
        FakeS3::Answer{503, "<Error><Code>SlowDown</Code></Error>", ""}}) {
    server_.set_fault(some_times(2, fault, "PUT"));
    const auto put = client().put("a", as_bytes("words"));
    ASSERT_TRUE(put) << put.error().words;
    EXPECT_EQ(server_.objects()["test/a"], "words");
  }
  EXPECT_EQ(server_.count("PUT"), 6);
}

TEST_F(BucketTest, WhatIsRefusedIsNotAndTheWordsHaveNoKeys) {
  server_.set_fault(always(403, "SignatureDoesNotMatch"));
  const auto put = client().put("a", as_bytes("words"));
  ASSERT_FALSE(put);
  EXPECT_FALSE(put.error().passes);
  EXPECT_THAT(put.error().words, HasSubstr("403 SignatureDoesNotMatch"));
  EXPECT_THAT(put.error().words, HasSubstr("recordings/test/a"));
  EXPECT_THAT(put.error().words, Not(HasSubstr(kSecret)));
  EXPECT_THAT(put.error().words, Not(HasSubstr(kKey)));
  EXPECT_EQ(server_.count("PUT"), 1);
}

TEST_F(BucketTest, ACutAnswerAndASlowOneAreNoBlock) {
  server_.put("test/a", made_up_bytes(1000));
  FakeS3::Answer cut{206, made_up_bytes(1000), "Content-Range: bytes 0-999/1000\r\n"};
  cut.cut = true;
  server_.set_fault(some_times(1, cut, "GET"));
  const auto got = client().get("a", 0, 1000);
  ASSERT_TRUE(got) << got.error().words;
  EXPECT_EQ(got->content, made_up_bytes(1000));
  EXPECT_EQ(server_.count("GET"), 2);
  FakeS3::Answer slow{206, "x", "Content-Range: bytes 0-0/1\r\n"};
  slow.late = 30'000ms;
  server_.set_fault([slow](const FakeS3::Request&) { return std::optional(slow); });
  S3Client one(place(), {2'000ms, 1s, 1, 5ms}, stop_.get_token());
  const auto never = one.get("a", 0, 1);
  ASSERT_FALSE(never);
  EXPECT_TRUE(never.error().passes);
}

TEST_F(BucketTest, AnotherRangeThanWasAskedIsRefused) {
  server_.put("test/a", made_up_bytes(1000));
  for (const FakeS3::Answer& wrong :
       {FakeS3::Answer{200, made_up_bytes(10), ""},
        FakeS3::Answer{206, made_up_bytes(10), "Content-Range: bytes 1-10/1000\r\n"},
        FakeS3::Answer{206, made_up_bytes(9), "Content-Range: bytes 0-9/1000\r\n"},
        FakeS3::Answer{206, made_up_bytes(5), "Content-Range: bytes 0-4/1000\r\n"}}) {
    server_.set_fault([wrong](const FakeS3::Request&) { return std::optional(wrong); });
    EXPECT_FALSE(client().get("a", 0, 10));
  }
  server_.set_fault(nullptr);
  const auto end = client().get("a", 990, 100);
  ASSERT_TRUE(end) << end.error().words;
  EXPECT_EQ(end->content, made_up_bytes(1000).substr(990));
}

TEST_F(BucketTest, AFileGoesInPartsAndIsLookedAtAfterwards) {
  const std::string content = made_up_bytes(200'000);
  const std::string folder = folder_.path();
  write_file(folder + "/v0-1.m4s", content);
  S3Client to = client();
  const auto sent = upload_file(to, folder, "v0-1.m4s", "r/v0-1.m4s");
  ASSERT_TRUE(sent) << sent.error().words;
  EXPECT_EQ(server_.objects()["test/r/v0-1.m4s"], content);
  EXPECT_EQ(sent->bytes, content.size());
  EXPECT_EQ(sent->sha256, sha256_hex(content));
  EXPECT_THAT(sent->etag, HasSubstr("-4"));
  EXPECT_EQ(server_.uploads(), 0U);
  // A server that has something else is not believed.
  server_.set_fault(
      some_times(1, {200, "", "ETag: \"0123\"\r\nContent-Length: 200000\r\n"}, "HEAD"));
  const auto wrong = upload_file(to, folder, "v0-1.m4s", "r/v0-1.m4s");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().words, HasSubstr("another ETag"));
  EXPECT_FALSE(wrong.error().passes);
  // What fails in the middle leaves no parts behind.
  server_.set_fault([](const FakeS3::Request& request) -> std::optional<FakeS3::Answer> {
    if (request.query.find("partNumber=3") == std::string::npos) return std::nullopt;
    return FakeS3::Answer{500, "", ""};
  });
  EXPECT_FALSE(upload_file(to, folder, "v0-1.m4s", "r/v0-1.m4s"));
  EXPECT_EQ(server_.uploads(), 0U);
}

TEST_F(BucketTest, StoppingEndsWhatIsUnderWay) {
  FakeS3::Answer slow{200, "", ""};
  slow.late = 60'000ms;
  server_.set_fault([slow](const FakeS3::Request&) { return std::optional(slow); });
  S3Client patient(place(), {2'000ms, 60s, 9, 5ms}, stop_.get_token());
  std::thread stopper([this] {
    EXPECT_TRUE(eventually([this] { return server_.count("HEAD") > 0; }));
    stop_.request_stop();
  });
  EXPECT_FALSE(patient.head("a"));
  stopper.join();
  EXPECT_EQ(server_.count("HEAD"), 1);
}

// ---- recordings

class UploaderTest : public BucketTest {
 protected:
  UploaderTest() : root_(folder_.path().string() + "/recordings") { fs::create_directories(root_); }

  recording::RecordingInfo info_of(const std::string& id, bool ended) const {
    recording::RecordingInfo info =
        recording::info_of_channel(test::made_up_channel(), /*parts_per_segment=*/5);
    info.id = id;
    info.start_ms = test::kN0 * 1000;
    info.end_ms = ended ? info.start_ms + 5'000 : 0;
    return info;
  }
  int64_t first_file() const { return test::kN0 / recording::kSegmentsInFile; }
  std::string folder(const std::string& id) const { return root_ + "/" + id; }
  std::string media(int64_t file) const { return media_file_name("v0", file); }

  void make_recording(const std::string& id, bool ended) {
    fs::create_directories(folder(id));
    write_file(folder(id) + "/recording.json", to_json(info_of(id, ended)));
    write_file(folder(id) + "/init-aa.mp4", "init");
    write_file(folder(id) + "/v0.index", "index");
    write_file(folder(id) + "/" + media(first_file()), made_up_bytes(150'000));
    write_file(folder(id) + "/" + media(first_file() + 1), made_up_bytes(1'000));
    if (ended) write_file(folder(id) + "/manifest.json", "{}");
  }

  struct Seen {
    std::mutex mutex;
    std::vector<recording::LocalCopy> copies;
    std::vector<BucketState> states;
    std::vector<std::string> found;
    std::map<std::string, bool> dropped;
  };
  std::unique_ptr<BucketUploader> make_uploader() {
    UploaderEvents events;
    events.looked = [this](std::vector<recording::LocalCopy> copies) {
      const std::lock_guard lock(seen_.mutex);
      seen_.copies = std::move(copies);
    };
    events.dropped = [this](const std::string& id, bool dropped) {
      const std::lock_guard lock(seen_.mutex);
      seen_.dropped[id] = dropped;
    };
    events.found = [this](const recording::RecordingInfo& info) {
      const std::lock_guard lock(seen_.mutex);
      seen_.found.push_back(info.id);
    };
    events.state = [this](const BucketState& state) {
      const std::lock_guard lock(seen_.mutex);
      seen_.states.push_back(state);
    };
    auto uploader = std::make_unique<BucketUploader>(std::move(events));
    uploader->set({root_, place(), kHasty, 10ms, 20ms});
    return uploader;
  }
  bool in_bucket(const std::string& id) {
    const std::lock_guard lock(seen_.mutex);
    return std::ranges::any_of(seen_.copies, [&](const recording::LocalCopy& copy) {
      return copy.id == id && copy.in_bucket;
    });
  }
  std::optional<bool> dropped(const std::string& id) {
    const std::lock_guard lock(seen_.mutex);
    const auto found = seen_.dropped.find(id);
    return found == seen_.dropped.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::string> names_of(const std::string& id) {
    std::vector<std::string> names;
    const std::string begin = "test/" + id + "/";
    for (const auto& [key, content] : server_.objects())
      if (key.starts_with(begin)) names.push_back(key.substr(begin.size()));
    return names;
  }

  std::string root_;
  Seen seen_;
};

TEST_F(UploaderTest, WhatEndedGoesWholeAndItsMediaLeaveThisDiskWhenTold) {
  server_.begin_upload("test/left-behind");
  server_.begin_upload("other/not-ours");
  make_recording("talk", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return in_bucket("talk"); }));
  EXPECT_EQ(server_.uploads(), 1U) << "what an earlier process left is given up, nobody else's is";
  EXPECT_THAT(names_of("talk"),
              ElementsAre("init-aa.mp4", "manifest.json", "recording.json", media(first_file()),
                          media(first_file() + 1), "v0.index"));
  uploader->drop("talk");
  ASSERT_TRUE(eventually([&] { return dropped("talk").has_value(); }));
  EXPECT_TRUE(*dropped("talk"));
  EXPECT_FALSE(fs::exists(folder("talk") + "/" + media(first_file())));
  EXPECT_TRUE(fs::exists(folder("talk") + "/v0.index"));
  const auto copy = load_bucket_copy(folder("talk"));
  ASSERT_TRUE(copy);
  EXPECT_TRUE(copy->dropped);
  EXPECT_EQ(copy->files.at(media(first_file())).bytes, 150'000U);
  // What is ordered afterwards arrives, too.
  recording::RecordingInfo info = info_of("talk", true);
  info.withdrawn = {{info.start_ms, info.start_ms + 1}};
  ASSERT_TRUE(write_state_file(folder("talk") + "/recording.json", to_json(info)));
  EXPECT_TRUE(
      eventually([&] { return server_.objects()["test/talk/recording.json"] == to_json(info); }));
  EXPECT_FALSE(in_bucket("talk")) << "there is nothing to drop any more";
}

TEST_F(UploaderTest, OfWhatGoesOnTheNewestFileWaits) {
  make_recording("talk", false);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return names_of("talk").size() == 3; }));
  EXPECT_THAT(names_of("talk"), ElementsAre("init-aa.mp4", "recording.json", media(first_file())));
  // A file that was written to again is uploaded again, and so is the rest at the end.
  write_file(folder("talk") + "/" + media(first_file()), made_up_bytes(151'000));
  EXPECT_TRUE(eventually(
      [&] { return server_.objects()["test/talk/" + media(first_file())].size() == 151'000; }));
  make_recording("talk", true);
  EXPECT_TRUE(eventually([&] { return in_bucket("talk"); }));
}

TEST_F(UploaderTest, WhileTheBucketIsAwayThingsWaitAndThenArrive) {
  server_.set_fault(always(503, "SlowDown"));
  make_recording("talk", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(seen_.mutex);
    return !seen_.states.empty() && seen_.states.back().kind == BucketState::Kind::kAway;
  }));
  EXPECT_TRUE(eventually([&] { return uploader->figures().waiting_bytes > 151'000; }));
  EXPECT_GT(uploader->figures().waiting_since_ms, 0);
  EXPECT_EQ(uploader->figures().waiting_files, 6U);
  uploader->drop("talk");
  ASSERT_TRUE(eventually([&] { return dropped("talk").has_value() || !server_.seen().empty(); }));
  EXPECT_TRUE(fs::exists(folder("talk") + "/" + media(first_file())));
  server_.set_fault(nullptr);
  ASSERT_TRUE(eventually([&] { return names_of("talk").size() == 6; }));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(seen_.mutex);
    return seen_.states.back().kind == BucketState::Kind::kReady;
  }));
  EXPECT_TRUE(eventually([&] { return uploader->figures().waiting_bytes == 0; }));
}

TEST_F(UploaderTest, WhatSomebodyTookOutOfTheBucketStaysHere) {
  make_recording("talk", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return in_bucket("talk"); }));
  S3Client other = client();
  ASSERT_TRUE(other.remove("talk/" + media(first_file())));
  uploader->drop("talk");
  ASSERT_TRUE(eventually([&] { return dropped("talk").has_value(); }));
  EXPECT_FALSE(*dropped("talk"));
  EXPECT_TRUE(fs::exists(folder("talk") + "/" + media(first_file())));
  EXPECT_TRUE(eventually([&] { return names_of("talk").size() == 6; })) << "and goes there again";
}

TEST_F(UploaderTest, WhatIsRemovedHereIsRemovedThereAlsoLater) {
  make_recording("talk", true);
  make_recording("other", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return in_bucket("talk") && in_bucket("other"); }));
  server_.set_fault(always(500, ""));
  ASSERT_TRUE(remove_recording(root_, "talk"));
  uploader.reset();
  finish_removing(root_);
  EXPECT_TRUE(fs::exists(folder("talk") + ".removed/bucket.json"));
  EXPECT_FALSE(fs::exists(folder("talk") + ".removed/recording.json"));
  server_.set_fault(nullptr);
  uploader = make_uploader();
  EXPECT_TRUE(eventually([&] { return names_of("talk").empty(); }));
  EXPECT_TRUE(eventually([&] { return !fs::exists(folder("talk") + ".removed"); }));
  EXPECT_EQ(names_of("other").size(), 6U);
  const std::lock_guard lock(seen_.mutex);
  EXPECT_THAT(seen_.found, IsEmpty()) << "nothing that was removed comes back";
}

TEST_F(UploaderTest, AFileThatTheBucketRefusesHoldsUpNoOther) {
  server_.set_fault([](const FakeS3::Request& request) -> std::optional<FakeS3::Answer> {
    if (request.method != "PUT" || !request.path.ends_with("v0.index")) return std::nullopt;
    return FakeS3::Answer{403, "<Error><Code>AccessDenied</Code></Error>", ""};
  });
  make_recording("talk", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return names_of("talk").size() == 5; }));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(seen_.mutex);
    return !seen_.states.empty() && seen_.states.back().kind == BucketState::Kind::kRefused;
  }));
  make_recording("later", true);
  EXPECT_TRUE(eventually([&] { return names_of("later").size() == 5; }));
  EXPECT_FALSE(in_bucket("talk"));
  server_.set_fault(nullptr);
  EXPECT_TRUE(eventually([&] { return in_bucket("talk") && in_bucket("later"); }));
}

TEST_F(UploaderTest, WhatTheBucketHasOfBeforeIsNotWrittenOver) {
  const std::string before = "test/talk/" + media(first_file());
  server_.put(before, made_up_bytes(160'000));
  make_recording("talk", false);
  make_recording("other", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return in_bucket("other"); }));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(seen_.mutex);
    return !seen_.states.empty() && seen_.states.back().kind == BucketState::Kind::kRefused &&
           seen_.states.back().words.find("an earlier one") != std::string::npos;
  }));
  EXPECT_EQ(server_.objects()[before].size(), 160'000U);
  EXPECT_EQ(names_of("talk").size(), 1U);
}

TEST_F(UploaderTest, WhatWasAttachedGoesAndComesWithTheFolder) {
  make_recording("talk", true);
  const std::string attached = folder("talk") + "/courseware-1";
  write_file(attached, "slides");
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return in_bucket("talk"); }));
  EXPECT_EQ(server_.objects()["test/talk/courseware-1"], "slides");
  fs::remove(attached);
  EXPECT_TRUE(eventually([&] { return !server_.objects().contains("test/talk/courseware-1"); }));
  // A lost index is a disk's fault, and nobody's wish.
  fs::remove(folder("talk") + "/v0.index");
  write_file(attached, "others");
  EXPECT_TRUE(eventually([&] { return server_.objects().contains("test/talk/courseware-1"); }));
  EXPECT_TRUE(server_.objects().contains("test/talk/v0.index"));
}

TEST_F(UploaderTest, MediaThatAnotherRecordingSharesStayHere) {
  make_recording("talk", true);
  make_recording("clip", true);
  const std::string shared = "/" + media(first_file());
  fs::remove(folder("clip") + shared);
  fs::create_hard_link(folder("talk") + shared, folder("clip") + shared);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return names_of("talk").size() == 6; }));
  uploader->drop("talk");
  ASSERT_TRUE(eventually([&] { return dropped("talk").has_value(); }));
  EXPECT_FALSE(*dropped("talk"));
  EXPECT_TRUE(fs::exists(folder("talk") + shared));
}

TEST_F(UploaderTest, AfterTheLossOfADiskRecordingsAreFoundInTheBucket) {
  make_recording("talk", true);
  auto uploader = make_uploader();
  ASSERT_TRUE(eventually([&] { return in_bucket("talk"); }));
  uploader.reset();
  fs::remove_all(root_);
  fs::create_directories(root_);
  server_.put("test/half/recording.json", "{}");
  server_.put("test/evil/../../x", "x");
  uploader = make_uploader();
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(seen_.mutex);
    return !seen_.found.empty();
  }));
  const auto info = load_recording_info(folder("talk"));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->id, "talk");
  const auto copy = load_bucket_copy(folder("talk"));
  ASSERT_TRUE(copy);
  EXPECT_TRUE(copy->dropped);
  EXPECT_FALSE(fs::exists(folder("talk") + "/" + media(first_file())));
  EXPECT_FALSE(fs::exists(folder("half")));
  // And its media are read from there.
  S3Client from = client();
  BucketSource source(from, "talk/" + media(first_file()), 150'000);
  Bytes bytes(1'000);
  ASSERT_TRUE(source.read(149'000, bytes));
  EXPECT_EQ(as_text(bytes), made_up_bytes(150'000).substr(149'000));
  EXPECT_FALSE(source.read(149'001, bytes));
}

// ---- reading

class BlockCacheTest : public BucketTest {
 protected:
  static constexpr uint64_t kBlock = BlockCache::kBlockBytes;

  BlockCacheTest() : directory_(folder_.path().string() + "/cache") {
    server_.put("test/talk/v0-1.m4s", content_);
    start();
  }
  ~BlockCacheTest() override { end(); }
  void start() {
    disk_ = std::make_unique<DiskPool>(thread_.io());
    thread_.run([this] {
      cache_ = std::make_unique<BlockCache>(thread_.io(), *disk_);
      configure();
    });
    // A folder that was another bucket's, or is new, is made first.
    EXPECT_TRUE(eventually([this] { return fs::exists(directory_ + "/place"); }));
  }
  void end() {
    disk_->join();
    thread_.run([this] { cache_.reset(); });
  }
  void configure() {
    BlockCacheSettings settings;
    settings.place = place();
    settings.directory = directory_;
    settings.max_bytes = max_bytes_;
    settings.patience = kHasty;
    cache_->configure(settings);
  }
  std::future<BlockCache::BlockResult> ask(uint64_t number) {
    return asio::co_spawn(thread_.io(), cache_->block("talk/v0-1.m4s", number), asio::use_future);
  }
  std::string bytes_of(const BlockCache::Block& block) {
    std::string bytes(block.bytes, '\0');
    EXPECT_EQ(::pread(block.file->fd(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    return bytes;
  }
  std::string read(uint64_t number) {
    const auto block = ask(number).get();
    return block ? bytes_of(*block) : block.error().words;
  }
  BlockCacheFigures figures() {
    return thread_.run([this] { return cache_->figures(); });
  }

  const std::string content_ = made_up_bytes(4 * kBlock + 123);
  std::string directory_;
  uint64_t max_bytes_ = 100 * kBlock;
  test::IoThread thread_;
  std::unique_ptr<DiskPool> disk_;
  std::unique_ptr<BlockCache> cache_;
};

TEST_F(BlockCacheTest, ManyWhoAskForABlockMakeOneRequest) {
  FakeS3::Answer late;
  server_.set_fault([this](const FakeS3::Request& request) -> std::optional<FakeS3::Answer> {
    // Until all have asked.
    EXPECT_TRUE(eventually([this] { return figures().joined == 19; }));
    (void)request;
    return std::nullopt;
  });
  std::vector<std::future<BlockCache::BlockResult>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(ask(1));
  for (auto& each : all) {
    const auto block = each.get();
    ASSERT_TRUE(block) << block.error().words;
    EXPECT_EQ(bytes_of(*block), content_.substr(kBlock, kBlock));
  }
  EXPECT_EQ(server_.count("GET"), 1);
  server_.set_fault(nullptr);
  EXPECT_EQ(read(1), content_.substr(kBlock, kBlock));
  EXPECT_EQ(server_.count("GET"), 1) << "it is on this disk";
  EXPECT_EQ(read(4), content_.substr(4 * kBlock)) << "the last one is shorter";
}

TEST_F(BlockCacheTest, WhatWasUsedLongestAgoMakesRoom) {
  max_bytes_ = 2 * kBlock;
  thread_.run([this] { configure(); });
  read(0);
  read(1);
  read(0);
  read(2);
  EXPECT_EQ(figures().evicted, 1U);
  EXPECT_EQ(figures().bytes, 2 * kBlock);
  const int before = server_.count("GET");
  read(0);
  EXPECT_EQ(server_.count("GET"), before);
  EXPECT_EQ(read(1), content_.substr(kBlock, kBlock));
  EXPECT_EQ(server_.count("GET"), before + 1);
  EXPECT_TRUE(eventually([this] {
    size_t files = 0;
    for (const auto& each : fs::recursive_directory_iterator(directory_))
      files += each.is_regular_file();
    return files == 3;  // two blocks, and whose they are
  }));
}

TEST_F(BlockCacheTest, AnotherProcessTakesOverWhatIsWholeAndNothingElse) {
  read(0);
  read(3);
  end();
  const std::string half = directory_ + "/talk/v0-1.m4s.1.part";
  write_file(half, "half of a block");
  start();
  ASSERT_TRUE(eventually([this] { return figures().bytes == 2 * kBlock; }));
  const int before = server_.count("GET");
  EXPECT_EQ(read(3), content_.substr(3 * kBlock, kBlock));
  EXPECT_EQ(server_.count("GET"), before);
  EXPECT_EQ(read(1), content_.substr(kBlock, kBlock));
  EXPECT_EQ(server_.count("GET"), before + 1);
  EXPECT_FALSE(fs::exists(half));
}

TEST_F(BlockCacheTest, WhatCannotBeHadIsAnsweredInWordsAndCounted) {
  server_.set_fault(always(503, "SlowDown"));
  const auto away = ask(0).get();
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().status, 503);
  server_.set_fault(always(403, "AccessDenied"));
  EXPECT_EQ(ask(0).get().error().status, 502);
  server_.set_fault(nullptr);
  EXPECT_EQ(ask(9).get().error().status, 502) << "behind the end";
  EXPECT_EQ(figures().failed, 3U);
  EXPECT_EQ(read(0), content_.substr(0, kBlock)) << "and then it goes on";
}

TEST_F(BlockCacheTest, ADiskThatTakesNoBlockHoldsUpNobody) {
  read(0);
  fs::remove_all(directory_);
  write_file(directory_, "a file in its place");
  EXPECT_EQ(read(1), content_.substr(kBlock, kBlock));
  EXPECT_EQ(figures().uncached, 1U);
  EXPECT_EQ(read(0), content_.substr(0, kBlock)) << "what somebody removed is fetched again";
}

TEST_F(BlockCacheTest, ABodyOfAFileThatIsNotHereComesFromTheBucket) {
  const std::string path = folder_.path().string() + "/recordings/talk/v0-1.m4s";
  const auto head = std::make_shared<const Bytes>(Bytes{'h', 'e', 'a', 'd'});
  const auto file = served_file(path);
  file->far = cache_.get();
  const auto make_body = [&] {
    return std::make_shared<FileBody>(
        *disk_,
        std::vector<FilePiece>{whole_piece(head), {nullptr, file, kBlock - 100, kBlock + 300}},
        nullptr);
  };
  const auto read_all = [](std::shared_ptr<FileBody> body) -> asio::awaitable<std::string> {
    std::string all;
    for (;;) {
      const HttpBodyPiece piece = co_await body->read();
      if (!piece) co_return "failed: " + piece.error().words;
      if (piece->empty()) co_return all;
      all += *piece;
    }
  };
  EXPECT_EQ(asio::co_spawn(thread_.io(), read_all(make_body()), asio::use_future).get(),
            "head" + content_.substr(kBlock - 100, kBlock + 300));
  EXPECT_EQ(server_.count("GET"), 3) << "each block once";
  // What cannot be had is known before anything is answered.
  thread_.run([this] { cache_->forget("talk"); });
  server_.set_fault(always(503, "SlowDown"));
  const auto begin_and_read = [](FilePiece piece, DiskPool& disk) -> asio::awaitable<int> {
    FileBody body(disk, {std::move(piece)}, nullptr);
    const auto begun = co_await body.begin();
    co_return begun ? 200 : begun.error().status;
  };
  const FilePiece piece{nullptr, file, 0, 10};
  EXPECT_EQ(asio::co_spawn(thread_.io(), begin_and_read(piece, *disk_), asio::use_future).get(),
            503);
  server_.set_fault(nullptr);
  EXPECT_EQ(asio::co_spawn(thread_.io(), begin_and_read(piece, *disk_), asio::use_future).get(),
            200);
}

TEST_F(BlockCacheTest, OfARecordingThatIsGoneNothingStays) {
  read(0);
  thread_.run([this] { cache_->forget("talk"); });
  EXPECT_EQ(figures().bytes, 0U);
  EXPECT_TRUE(eventually([this] { return !fs::exists(directory_ + "/talk"); }));
}

}  // namespace
}  // namespace longmen

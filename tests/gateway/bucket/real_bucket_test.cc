// The same against a real S3 server: OpenStack Swift in one process, tests/support/s3_server.py, of
// Debian's python3-swift. So libcurl's signatures are believed, and uploads in parts,
// lists and ranges that are understood as the server means them.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/node/json_fields.h"
#include "gateway/bucket/bucket_uploader.h"
#include "gateway/bucket/object_upload.h"
#include "gateway/recording_files.h"
#include "tests/core/recording/made_up_recording.h"
#include "tests/net/loopback.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kServerPatience = 90s;
constexpr S3Patience kCalm{5'000ms, 20s, 3, 100ms};

class RealBucketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    start();
    std::string url = endpoint_;
    url.insert(url.find("://") + 3, "test%3Alongmen:" + secret_ + "@");
    const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const std::string make =
        "curl -sf --max-time 60 --aws-sigv4 aws:amz:us-east-1:s3 -X PUT "
        "-H x-amz-content-sha256:" +
        empty + " " + url + "/recordings";
    ASSERT_EQ(std::system(make.c_str()), 0);
    std::ofstream(folder_.path().string() + "/keys")
        << "aws_access_key_id = " << key_id_ << "\naws_secret_access_key = " << secret_ << "\n";
    fs::create_directories(root());
  }
  void TearDown() override { kill(); }

  void start() {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string script = std::string(LONGMEN_SOURCE_DIR) + "/tests/support/s3_server.py";
    const std::string folder = folder_.path().string() + "/swift";
    const std::string port = std::to_string(port_);
    server_ = ::fork();
    if (server_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl("/usr/bin/python3", "python3", script.c_str(), folder.c_str(), port.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    std::string line;
    char byte = 0;
    while (::read(ends[0], &byte, 1) == 1 && byte != '\n')
      line.push_back(byte);
    ::close(ends[0]);
    const auto told = JsonFields::parse(line);
    ASSERT_TRUE(told) << "python3-swift is wanted: " << line;
    told->read("endpoint", endpoint_);
    told->read("key_id", key_id_);
    told->read("secret", secret_);
    port_ = std::atoi(endpoint_.substr(endpoint_.rfind(':') + 1).c_str());
  }
  void kill() {
    if (server_ <= 0) return;
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
    server_ = 0;
  }
  S3Place place() const {
    S3Place place;
    place.endpoint = endpoint_;
    place.region = "us-east-1";
    place.bucket = "recordings";
    place.prefix = "node/a_b/";
    place.credentials_file = folder_.path().string() + "/keys";
    place.part_bytes = 5 << 20;  // the least that S3 takes
    return place;
  }
  std::string root() const { return folder_.path().string() + "/recordings"; }

  template <class Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kServerPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  }
  static std::string some_bytes(size_t count) {
    std::string bytes(count, '\0');
    for (size_t i = 0; i < count; ++i)
      bytes[i] = static_cast<char>((i * 2'654'435'761U) >> 13);
    return bytes;
  }

  test::TemporaryFolder folder_;
  pid_t server_ = 0;
  int port_ = 0;
  std::string endpoint_, key_id_, secret_;
};

TEST_F(RealBucketTest, ARecordingGoesThereThroughADeathOfTheServerAndComesBack) {
  recording::RecordingInfo info = recording::info_of_channel(test::made_up_channel(), 5);
  info.id = "talk";
  info.start_ms = test::kN0 * 1000;
  info.end_ms = info.start_ms + 5'000;
  const std::string folder = root() + "/talk";
  const std::string media = media_file_name("v0", test::kN0 / recording::kSegmentsInFile);
  const std::string content = some_bytes((11 << 20) + 1);
  fs::create_directories(folder);
  std::ofstream(folder + "/recording.json") << to_json(info);
  std::ofstream(folder + "/manifest.json") << "{}";
  std::ofstream(folder + "/" + media, std::ios::binary) << content;
  std::ofstream(folder + "/empty.vtt");

  std::mutex mutex;
  std::vector<recording::LocalCopy> seen;
  std::vector<std::string> found;
  std::vector<bool> dropped;
  std::vector<BucketState::Kind> states;
  const auto start_uploader = [&] {
    UploaderEvents events;
    events.looked = [&](std::vector<recording::LocalCopy> copies) {
      const std::lock_guard lock(mutex);
      seen = std::move(copies);
    };
    events.dropped = [&](const std::string&, bool done) {
      const std::lock_guard lock(mutex);
      dropped.push_back(done);
    };
    events.found = [&](const recording::RecordingInfo& of) {
      const std::lock_guard lock(mutex);
      found.push_back(of.id);
    };
    events.state = [&](const BucketState& state) {
      const std::lock_guard lock(mutex);
      states.push_back(state.kind);
    };
    auto uploader = std::make_unique<BucketUploader>(std::move(events));
    uploader->set({root(), place(), kCalm, 50ms, 200ms});
    return uploader;
  };
  const auto locked = [&](auto look) {
    return [&mutex, look] {
      const std::lock_guard lock(mutex);
      return look();
    };
  };

  kill();
  auto uploader = start_uploader();
  ASSERT_TRUE(eventually(locked([&] { return !states.empty(); })));
  start();
  ASSERT_TRUE(eventually(locked([&] { return seen.size() == 1 && seen[0].in_bucket; })));
  uploader->drop("talk");
  ASSERT_TRUE(eventually(locked([&] { return !dropped.empty(); })));
  ASSERT_TRUE(dropped[0]);
  EXPECT_FALSE(fs::exists(folder + "/" + media));

  std::stop_source stop;
  S3Client client(place(), kCalm, stop.get_token());
  const auto range = client.get("talk/" + media, (5 << 20) - 10, 20);
  ASSERT_TRUE(range) << range.error().words;
  EXPECT_EQ(range->content, content.substr((5 << 20) - 10, 20)) << "across two parts";
  EXPECT_EQ(range->object_bytes, content.size());
  const auto end = client.get("talk/" + media, 11 << 20, 1 << 20);
  ASSERT_TRUE(end) << end.error().words;
  EXPECT_EQ(end->content, content.substr(11 << 20));
  EXPECT_EQ(client.head("talk/nothing").error().status, 404);

  // What was left in the middle of an upload is given up, and a lost disk is no loss.
  uploader.reset();
  ASSERT_TRUE(client.begin_parts("talk/left"));
  fs::remove_all(folder);
  uploader = start_uploader();
  ASSERT_TRUE(eventually(locked([&] { return !found.empty(); })));
  EXPECT_EQ(uploader->figures().given_up, 1U);
  const auto again = load_recording_info(folder);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_json(*again), to_json(info));
  EXPECT_TRUE(fs::exists(folder + "/empty.vtt"));

  ASSERT_TRUE(remove_recording(root(), "talk"));
  uploader->poke();
  ASSERT_TRUE(eventually([&] { return !fs::exists(folder + ".removed"); }));
  size_t left = 0;
  const auto listed =
      client.list("", false, [&](const S3ObjectList& page) { left += page.objects.size(); });
  ASSERT_TRUE(listed) << listed.error().words;
  EXPECT_EQ(left, 0U);
}

TEST_F(RealBucketTest, WrongKeysAreSaidInWordsThatHaveNone) {
  std::ofstream(folder_.path().string() + "/keys")
      << "aws_access_key_id = test:longmen\naws_secret_access_key = not-the-secret\n";
  std::stop_source stop;
  S3Client client(place(), kCalm, stop.get_token());
  const auto refused = client.list("", false, [](const S3ObjectList&) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 403);
  EXPECT_FALSE(refused.error().passes);
  EXPECT_EQ(refused.error().words.find("not-the-secret"), std::string::npos);
}

}  // namespace
}  // namespace longmen

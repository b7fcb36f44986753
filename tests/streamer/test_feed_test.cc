#include "streamer/test_feed.h"

#include <gst/video/video.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <thread>

#include "net/unique_fd.h"
#include "streamer/feed_decoder.h"
#include "streamer/gst_setup.h"
#include "streamer/picture_reference.h"
#include "streamer/test_picture.h"
#include "streamer/test_sound.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST(TestFeed, OptionsAreReadOrRefusedWithWords) {
  EXPECT_EQ(parse_frame_rate("30000/1001"), (FrameRate{30000, 1001}));
  EXPECT_EQ(parse_frame_rate("25"), (FrameRate{25, 1}));
  for (const char* wrong : {"", "0", "30/0", "-30", "1000", "30fps", "30/", "1/2"})
    EXPECT_FALSE(parse_frame_rate(wrong)) << wrong;
  EXPECT_EQ(parse_picture_size("1920x1080"), (PictureSize{1920, 1080}));
  for (const char* wrong : {"", "1280", "1281x720", "x", "1280x", "99999x99999", "1280x720p"})
    EXPECT_FALSE(parse_picture_size(wrong)) << wrong;
  EXPECT_EQ(run_test_feed({.url = "rtmp://127.0.0.1:1/live/k", .fps = "no"}), 2);
}

TEST(TestPicture, HasItsMarkerAndMoves) {
  for (I420Layout layout : {I420Layout{1280, 720}, {640, 360}, {320, 180}, {854, 480}}) {
    const TestPicture picture("书记龙门阵", layout);
    std::vector<uint8_t> one(layout.bytes()), two(layout.bytes());
    const Marker marker{1234567, 1'764'000'001'050};
    picture.paint(marker, "2025-11-24", "16:00:01", one.data());
    EXPECT_EQ(read_marker({one.data(), layout.width, layout.height, layout.luma_stride()}), marker);
    picture.paint({1234567, 1'764'000'001'950}, "2025-11-24", "16:00:01", two.data());
    const auto below = static_cast<ptrdiff_t>(layout.luma_stride() * marker_height(layout.height));
    EXPECT_FALSE(std::equal(one.begin() + below, one.end(), two.begin() + below));
  }
}

TEST(TestSound, BeepsAtEachSecondAndIsQuietOtherwise) {
  const TestSound sound;
  constexpr int64_t kSecond = 1'764'000'000LL * 48'000;
  std::vector<float> second(2 * 48'000);
  sound.fill(kSecond, second);
  double beep = 0, pad = 0;
  float loudest = 0;
  for (size_t i = 0; i < 48'000; ++i) {
    (i < 4'800 ? beep : pad) += second[2 * i] * second[2 * i];
    loudest = std::max(loudest, std::abs(second[2 * i]));
  }
  EXPECT_GT(std::sqrt(beep / 4'800), 4 * std::sqrt(pad / 43'200));
  EXPECT_GT(pad, 0);
  EXPECT_LT(loudest, 0.5F);
  std::vector<float> piece(2 * 1000);  // any stretch is the same wherever it is cut
  sound.fill(kSecond + 4'000, piece);
  EXPECT_TRUE(std::equal(piece.begin(), piece.end(), second.begin() + 2 * 4'000));
}

int free_port() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// Loudness of 1 kHz in 2 ms from `at` on.
double beep_level(const std::vector<float>& left, size_t at) {
  double real = 0, imaginary = 0;
  for (size_t i = 0; i < 96; ++i) {
    real += left[at + i] * std::cos(2 * M_PI * static_cast<double>(i) / 48);
    imaginary += left[at + i] * std::sin(2 * M_PI * static_cast<double>(i) / 48);
  }
  return std::hypot(real, imaginary) / 48;
}

struct Recording {
  std::vector<double> offsets;  // wall clock minus feed time, of each picture, in seconds
  std::vector<uint64_t> counters;
  std::vector<float> left;
  double first_sound = -1;
};

// By a foreign RTMP server.
void record_test_feed(Recording& recording) {
  auto& [offsets, counters, left, first_sound] = recording;
  const TemporaryFolder folder;
  const std::string url = fmt::format("rtmp://127.0.0.1:{}/live/key", free_port());
  const std::string flv = folder.path() / "out.flv";
  std::thread server([&] {
    const std::string command =
        "timeout 20 ffmpeg -v error -y -listen 1 -i " + url + " -t 3.5 -c copy " + flv;
    EXPECT_EQ(std::system(command.c_str()), 0);
  });
  std::thread studio(
      [&] { EXPECT_EQ(run_test_feed({.url = url, .fps = "30", .size = "640x360"}), 0); });
  server.join();
  ::raise(SIGTERM);
  studio.join();

  std::ifstream in(flv, std::ios::binary);
  const RecordedFeed feed = take_flv_apart(Bytes(std::istreambuf_iterator<char>(in), {}));
  ASSERT_EQ(feed.tracks.size(), 2U);
  std::mutex mutex;
  auto seconds = [](Flicks time) { return std::chrono::duration<double>(time).count(); };
  ASSERT_TRUE(set_up_gstreamer());
  for (const FeedTrack& track : feed.tracks) {
    auto decoder = FeedDecoder::start(track, {640, 360}, [&](GstSample* decoded, Flicks time) {
      const std::lock_guard lock(mutex);
      GstBuffer* buffer = gst_sample_get_buffer(decoded);
      const MappedBuffer map(buffer, GST_MAP_READ);
      if (!is_video(track.codec)) {
        if (first_sound < 0) first_sound = seconds(time);
        for (size_t at = 0; at + 8 <= map.size(); at += 8) {
          float sample;
          std::memcpy(&sample, map.data() + at, sizeof sample);
          left.push_back(sample);
        }
        return;
      }
      const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
      const int stride = meta ? meta->stride[0] : 640;
      const auto marker =
          read_marker({map.data() + (meta ? meta->offset[0] : 0), 640, 360, stride});
      ASSERT_TRUE(marker);
      offsets.push_back(static_cast<double>(marker->epoch_ms) / 1000 - seconds(time));
      counters.push_back(marker->counter);
    });
    ASSERT_TRUE(decoder) << decoder.error().message;
    size_t sent = 0;
    for (const FeedUnit& unit : feed.units) {
      if (unit.codec == track.codec && ++sent > 0) (*decoder)->push(unit, false);
    }
    for (int wait = 0; wait < 1000 && (*decoder)->backlog() > 0ns; ++wait)
      std::this_thread::sleep_for(2ms);
    std::this_thread::sleep_for(100ms);
  }
}

// Words about what is not as it should be; none when all is.
std::string trouble(Recording recording) {
  auto& [offsets, counters, left, first_sound] = recording;
  if (counters.size() <= 60) return fmt::format("{} pictures", counters.size());
  for (size_t i = 1; i < counters.size(); ++i) {
    if (counters[i] != counters[i - 1] + 1) return "not each picture that is made is sent";
  }
  std::ranges::sort(offsets);
  const double offset = offsets[offsets.size() / 2];
  size_t beeps = 0;
  for (size_t at = 480; at + 96 < left.size(); ++at) {
    if (beep_level(left, at) < 0.11 || beep_level(left, at - 480) > 0.02) continue;
    const double wall = first_sound + static_cast<double>(at + 48) / 48'000 + offset;
    if (std::abs(wall - std::round(wall)) > 0.012) return fmt::format("a beep at {}", wall);
    ++beeps;
    at += 24'000;
  }
  return beeps >= 2 ? "" : fmt::format("{} beeps", beeps);
}

// The sound must be where the picture says the second is. A live source that gets no processor time
// is not steady, and neither is what it sends: the best of a few recordings counts.
TEST(TestFeed, ReachesAForeignServerAndBeepsAtTheSecondOfItsPictures) {
  std::string words;
  for (int tries = 0; tries < 4; ++tries) {
    Recording recording;
    record_test_feed(recording);
    if (HasFatalFailure()) return;
    words = trouble(std::move(recording));
    if (words.empty()) return;
  }
  FAIL() << words;
}

}  // namespace
}  // namespace longmen

// What people give as slates, made by FFmpeg: looked at, encoded, and shown again by the streamer.
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "streamer/check_slate.h"
#include "streamer/gst_setup.h"
#include "streamer/make_slate.h"
#include "streamer/slate_playback.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::TemporaryFolder;

struct Yuv3 {
  int y = 0, u = 0, v = 0;
};
std::ostream& operator<<(std::ostream& out, const Yuv3& colour) {
  return out << colour.y << " " << colour.u << " " << colour.v;
}

// At parts of width and height.
Yuv3 colour_at(GstBuffer* buffer, int width, int height, double x, double y) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, static_cast<guint>(width),
                            static_cast<guint>(height));
  GstVideoFrame frame;
  if (!gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ)) return {-1, -1, -1};
  const auto at = [&](guint plane, int down) {
    const auto* pixels = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
    const int column = static_cast<int>(x * width) / down,
              row = static_cast<int>(y * height) / down;
    return int(pixels[row * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane) + column]);
  };
  const Yuv3 colour{at(0, 1), at(1, 2), at(2, 2)};
  gst_video_frame_unmap(&frame);
  return colour;
}
bool is_near(const Yuv3& one, const Yuv3& other, int distance = 6) {
  return std::abs(one.y - other.y) <= distance && std::abs(one.u - other.u) <= distance &&
         std::abs(one.v - other.v) <= distance;
}
// sRGB 0xC81E1E by BT.709 in limited range.
constexpr Yuv3 kRed{66, 106, 210}, kBlack{16, 128, 128}, kGreen{150, 60, 48};

class GivenSlateTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() / name; }
  std::string ffmpeg(const std::string& options, const std::string& name) const {
    const std::string command = fmt::format("ffmpeg -v error -y {} {}", options, path(name));
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return path(name);
  }
  std::string still(const std::string& name, const std::string& size = "640x640",
                    const std::string& more = "") const {
    return ffmpeg(fmt::format("-f lavfi -i color=c=0xC81E1E:s={} -frames:v 1 {}", size, more),
                  name);
  }
  // Two seconds of red, then green, with a tone, at a rate that is no channel's.
  std::string clip(const std::string& name,
                   const std::string& more = "-c:v libx264 -c:a aac") const {
    return ffmpeg(
        "-f lavfi -i "
        "\"color=c=0xC81E1E:s=320x180:r=24:d=2[a];color=c=0x14B414:s=320x180:r=24:d=1[b];"
        "[a][b]concat\" -f lavfi -i sine=frequency=440:sample_rate=44100:duration=3 "
        "-pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709 "
        "-vf scale=out_color_matrix=bt709 " +
            more,
        name);
  }
  std::string first_bytes(const std::string& of, double part, const std::string& name) const {
    std::ifstream in(of, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    bytes.resize(static_cast<size_t>(static_cast<double>(bytes.size()) * part));
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  static Channel channel() {
    Channel channel;
    channel.id = "main";
    channel.name = "main";
    channel.frames_per_second = 25;
    channel.video = {{"216p", 384, 216, 300}, {"144p", 256, 144, 150}};
    return channel;
  }
  static SlateWish given(const std::string& file, bool is_clip) {
    return {SlateContent::kGiven, {std::string(64, 'a'), is_clip, ""}, file};
  }
  static std::unique_ptr<SlatePlayback> playback(const SlateWish& wish) {
    const auto bytes = encode_slate(channel(), wish);
    EXPECT_TRUE(bytes) << bytes.error().message;
    if (!bytes) return nullptr;
    auto slate = Slate::parse(*bytes);
    EXPECT_TRUE(slate);
    auto made = SlatePlayback::make(*slate, channel());
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : nullptr;
  }
  // The colour of the middle in that slot, once the decoder has come so far.
  static Yuv3 middle_at(SlatePlayback& playback, SlotIndex slot) {
    Yuv3 colour;
    for (int wait = 0; wait < 200; ++wait) {
      GstBuffer* const picture = playback.picture_at(slot++);
      colour = colour_at(picture, 384, 216, 0.5, 0.5);
      g_usleep(5'000);
      if (wait >= SlatePlayback::kAhead) break;
    }
    return colour;
  }

  TemporaryFolder folder_;
};

TEST_F(GivenSlateTest, StillsOfEveryKindAreLookedAt) {
  for (const auto& [name, kind] : {std::pair{"a.png", GivenKind::kPng},
                                   {"a.jpg", GivenKind::kJpeg},
                                   {"a.webp", GivenKind::kWebp}}) {
    const auto report = check_given(still(name), 60);
    ASSERT_TRUE(report) << name << ": " << report.error().message;
    EXPECT_EQ(report->kind, kind);
    EXPECT_EQ(report->size, (PictureSize{640, 640}));
    EXPECT_FALSE(report->sound);
    EXPECT_TRUE(given_kind(report->thumbnail).value() == GivenKind::kJpeg);
    EXPECT_EQ(still_size(GivenKind::kJpeg, report->thumbnail).value(), (PictureSize{320, 180}));
  }
}

TEST_F(GivenSlateTest, ClipsAreLookedAtToTheirEnd) {
  const auto report = check_given(clip("a.mp4"), 60);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->kind, GivenKind::kMp4);
  EXPECT_EQ(report->size, (PictureSize{320, 180}));
  EXPECT_NEAR(static_cast<double>(report->duration_ms), 3000, 80);
  EXPECT_TRUE(report->sound);
  const auto silent = check_given(clip("a.mkv", "-c:v libx264 -an"), 60);
  ASSERT_TRUE(silent) << silent.error().message;
  EXPECT_EQ(silent->kind, GivenKind::kMatroska);
  EXPECT_FALSE(silent->sound);
  const auto webm = check_given(clip("a.webm", "-c:v libvpx -c:a libopus -deadline realtime"), 60);
  EXPECT_TRUE(webm && webm->sound) << webm.error().message;
}

TEST_F(GivenSlateTest, WhatIsWrongIsSaid) {
  const auto fault = [](const Result<GivenReport>& report) {
    return report ? std::string("taken") : report.error().message;
  };
  const std::string good = clip("good.mp4", "-c:v libx264 -c:a aac -movflags +faststart");
  EXPECT_EQ(fault(check_given(good, 2)), "the clip is longer than 2 s, which are taken");
  EXPECT_NE(fault(check_given(first_bytes(good, 0.6, "cut.mp4"), 60)), "taken");
  EXPECT_NE(fault(check_given(first_bytes(clip("b.mp4"), 0.6, "headless.mp4"), 60)), "taken");
  EXPECT_NE(fault(check_given(first_bytes(still("a.png"), 0.9, "cut.png"), 60)), "taken");
  EXPECT_NE(fault(check_given(first_bytes(still("a.jpg"), 0.9, "cut.jpg"), 60)), "taken");
  EXPECT_EQ(fault(check_given(ffmpeg("-f lavfi -i sine=duration=2 -c:a aac", "sound.mp4"), 60)),
            "there is no picture in it");
  std::ofstream(path("words.mp4")) << "this is no clip, whatever it is called";
  EXPECT_NE(fault(check_given(path("words.mp4"), 60)).find("no picture and no clip"),
            std::string::npos);
  // A header that is right, and behind it nothing that is.
  std::string bytes(still("b.png").size(), ' ');
  std::ifstream in(path("b.png"), std::ios::binary);
  bytes.assign(std::istreambuf_iterator<char>(in), {});
  std::fill(bytes.begin() + 60, bytes.end() - 20, 'x');
  std::ofstream(path("b.png"), std::ios::binary) << bytes;
  EXPECT_NE(fault(check_given(path("b.png"), 60)), "taken");
  EXPECT_EQ(fault(check_given(
                ffmpeg("-f lavfi -i color=s=320x180:r=25:d=0.2 -c:v libx264", "short.mp4"), 60)),
            "the clip is too short: half a second at least");
}

TEST_F(GivenSlateTest, AStillKeepsItsShapeAndItsColours) {
  for (const char* name : {"a.png", "a.jpg", "a.webp"}) {
    const auto shown = playback(given(still(name), false));
    ASSERT_TRUE(shown);
    EXPECT_FALSE(shown->has_sound());
    GstBuffer* const picture = shown->picture_at(45'000'000'000);
    EXPECT_TRUE(is_near(colour_at(picture, 384, 216, 0.5, 0.5), kRed))
        << name << ": " << colour_at(picture, 384, 216, 0.5, 0.5);
    // A square in a wide picture: borders of 84 pixels left and right.
    EXPECT_TRUE(is_near(colour_at(picture, 384, 216, 0.1, 0.5), kBlack)) << name;
    EXPECT_TRUE(is_near(colour_at(picture, 384, 216, 0.9, 0.5), kBlack)) << name;
    EXPECT_TRUE(is_near(colour_at(picture, 384, 216, 0.25, 0.05), kRed)) << name;
  }
}

TEST_F(GivenSlateTest, AClipLoopsWithItsSound) {
  const auto bytes = encode_slate(channel(), given(clip("a.mp4"), true));
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto slate = Slate::parse(*bytes);
  ASSERT_TRUE(slate) << slate.error().message;
  EXPECT_FALSE((*slate)->is_still());
  // Three seconds: eight rounds are 24 s.
  EXPECT_EQ((*slate)->loop(), Flicks(24s));
  EXPECT_EQ((*slate)->units(RenditionId{1}, MediaTime(), MediaTime(24s)).size(), 24U * 25);
  EXPECT_EQ((*slate)->units(kOpusRendition, MediaTime(), MediaTime(24s)).size(), 24U * 50);
  const auto aac = Slate::parse(*bytes, kAacRendition);
  ASSERT_TRUE(aac);
  EXPECT_EQ((*aac)->units(kAacRendition, MediaTime(), MediaTime(24s)).size(), 24U * 375 / 8);
  auto made = SlatePlayback::make(*slate, channel());
  ASSERT_TRUE(made) << made.error().message;
  SlatePlayback& shown = **made;
  ASSERT_TRUE(shown.has_sound());
  // The clip begins anew at every third second of the loop, wherever the epoch is.
  const int64_t loop = 75'000'000;
  for (const auto& [second, colour] : {std::pair{0.3, kRed}, {2.0, kGreen}, {3.2, kRed}})
    EXPECT_TRUE(is_near(middle_at(shown, loop * 600 + static_cast<SlotIndex>(second * 25)), colour))
        << second << ": " << middle_at(shown, loop * 600 + static_cast<SlotIndex>(second * 25));
  std::vector<float> sound(2 * 4800);
  shown.fill_sound(loop * 24 * 48'000 + 48'000, sound);
  float peak = 0;
  for (const float sample : sound)
    peak = std::max(peak, std::abs(sample));
  EXPECT_NEAR(peak, 0.125F, 0.02F) << "FFmpeg's sine is at -18 dBFS, and stays there";
}

}  // namespace
}  // namespace longmen

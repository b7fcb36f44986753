#include "streamer/i420.h"

#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "streamer/canvas.h"
#include "streamer/studio_art.h"

namespace longmen {
namespace {

TEST(I420Layout, IsGStreamersOwn) {
  for (auto [width, height] : {std::pair{1280, 720}, {854, 480}, {426, 240}, {641, 361}}) {
    GstVideoInfo info;
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, static_cast<guint>(width),
                              static_cast<guint>(height));
    const I420Layout layout{width, height};
    EXPECT_EQ(layout.bytes(), info.size) << width;
    EXPECT_EQ(layout.luma_stride(), info.stride[0]);
    EXPECT_EQ(layout.chroma_stride(), info.stride[1]);
    EXPECT_EQ(layout.luma_bytes(), info.offset[1]);
    EXPECT_EQ(layout.luma_bytes() + layout.chroma_bytes(), info.offset[2]);
  }
}

TEST(I420, DrawingIsClippedToThePicture) {
  const I420Layout layout{64, 48};
  constexpr size_t kGuard = 4096;
  std::vector<uint8_t> memory(layout.bytes() + 2 * kGuard, 77);
  const I420View view(layout, memory.data() + kGuard);
  const AlphaMask dot = dot_mask(10, 3);
  for (int x = -30; x < 90; x += 7) {
    for (int y = -30; y < 70; y += 7) {
      blend_mask(view, dot, x, y, yuv_from_rgb(255, 0, 0));
      fill_rectangle(view, x, y, 9, 9, Yuv{});
    }
  }
  EXPECT_TRUE(
      std::all_of(memory.begin(), memory.begin() + kGuard, [](uint8_t b) { return b == 77; }));
  EXPECT_TRUE(std::all_of(memory.end() - kGuard, memory.end(), [](uint8_t b) { return b == 77; }));
}

TEST(I420, ColoursAreBt709LimitedRange) {
  const Yuv white = yuv_from_rgb(255, 255, 255), red = yuv_from_rgb(255, 0, 0);
  EXPECT_EQ(white.y, 235);
  EXPECT_EQ(white.u, 128);
  EXPECT_EQ(red.y, 63);
  EXPECT_EQ(red.v, 240);
}

TEST(StudioArt, TheSlateHasWordsOnDarkBlue) {
  const I420Layout layout{640, 360};
  auto with_name = draw_slate("书记龙门阵", "", 640, 360), other = draw_slate("Main", "", 640, 360);
  ASSERT_EQ(with_name.size(), layout.bytes());
  EXPECT_NE(with_name, other);
  const I420View view(layout, with_name.data());
  EXPECT_LT(view.y[5 * 640 + 5], 45) << "dark";
  EXPECT_GT(view.u[5 * 320 + 5], 132) << "blue";
  const auto bright = std::count_if(with_name.begin(), with_name.begin() + 640 * 360,
                                    [](uint8_t luma) { return luma > 180; });
  EXPECT_GT(bright, 1000) << "letters";
}

}  // namespace
}  // namespace longmen

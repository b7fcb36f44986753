// What is laid over the picture: exact where it is, nothing elsewhere, and the same for whoever
// else has the picture.
#include <cairo.h>
#include <gtest/gtest.h>

#include <cmath>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "streamer/gst_setup.h"
#include "streamer/overlay_artist.h"
#include "streamer/overlay_stage.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr I420Layout kLayout{640, 360};

// A picture of one colour.
struct Picture {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kLayout.bytes());
  I420View view{kLayout, bytes.data()};

  explicit Picture(Yuv colour) {
    fill_rectangle(view, 0, 0, kLayout.width, kLayout.height, colour);
  }
  PicturePlanes planes() {
    return {view.y,        view.u,        view.v, kLayout.luma_stride(), kLayout.chroma_stride(),
            kLayout.width, kLayout.height};
  }
  Yuv at(int x, int y) const {
    return {view.y[y * kLayout.luma_stride() + x], view.u[y / 2 * kLayout.chroma_stride() + x / 2],
            view.v[y / 2 * kLayout.chroma_stride() + x / 2]};
  }
};

void expect_near(Yuv got, Yuv wanted, int within) {
  EXPECT_NEAR(got.y, wanted.y, within);
  EXPECT_NEAR(got.u, wanted.u, within);
  EXPECT_NEAR(got.v, wanted.v, within);
}

// Where two pictures are not the same.
struct Box {
  int left = 1 << 20, top = 1 << 20, right = 0, bottom = 0;
  bool empty() const { return right == 0; }
};
Box difference(const Picture& one, const Picture& other) {
  Box box;
  for (int y = 0; y < kLayout.height; ++y) {
    for (int x = 0; x < kLayout.width; ++x) {
      const Yuv a = one.at(x, y), b = other.at(x, y);
      if (a.y == b.y && a.u == b.u && a.v == b.v) continue;
      box.left = std::min(box.left, x);
      box.top = std::min(box.top, y);
      box.right = std::max(box.right, x + 1);
      box.bottom = std::max(box.bottom, y + 1);
    }
  }
  return box;
}

OverlayPatch plain_patch(uint32_t argb, int width, int height, int x, int y, double opacity = 1) {
  const std::vector<uint32_t> pixels(static_cast<size_t>(width * height), argb);
  return OverlayPatch::make(reinterpret_cast<const uint8_t*>(pixels.data()), width, height,
                            ptrdiff_t{4} * width, x, y, opacity, kLayout.width, kLayout.height);
}

const Yuv kGrey{120, 140, 110};

TEST(OverlayPatch, CoversWithItsColourAndTouchesNothingElse) {
  Picture picture(kGrey), before(kGrey);
  plain_patch(0xFFFF0000, 40, 20, 100, 50).lay_over(picture.planes());
  expect_near(picture.at(110, 60), yuv_from_rgb(255, 0, 0), 1);
  const Box box = difference(picture, before);
  EXPECT_EQ(std::tuple(box.left, box.top, box.right, box.bottom), std::tuple(100, 50, 140, 70));
}

TEST(OverlayPatch, WhatIsHalfTransparentIsHalfOfBoth) {
  Picture picture(kGrey);
  plain_patch(0xFFFFFFFF, 40, 20, 100, 50, 0.5).lay_over(picture.planes());
  expect_near(picture.at(110, 60), {(120 + 235) / 2, (140 + 128) / 2, (110 + 128) / 2}, 1);
  Picture same(kGrey);
  plain_patch(0x00000000, 40, 20, 100, 50).lay_over(same.planes());
  EXPECT_TRUE(difference(same, Picture(kGrey)).empty());
}

TEST(OverlayPatch, IsClippedToThePicture) {
  for (const auto& [x, y] : {std::pair(-20, -10), std::pair(630, 355), std::pair(-500, 0),
                             std::pair(0, 1000), std::pair(639, 359), std::pair(101, 51)}) {
    Picture picture(kGrey);
    plain_patch(0xFFFF0000, 41, 21, x, y).lay_over(picture.planes());
    const Box box = difference(picture, Picture(kGrey));
    if (box.empty()) continue;
    EXPECT_GE(box.left, std::max(0, x - 1));
    EXPECT_LE(box.right, std::min(640, x + 43));
  }
}

// ---- what is drawn

Overlay text_overlay(std::string words, OverlayPlace place = OverlayPlace::kLowerThird) {
  Overlay overlay;
  overlay.text = {true, std::move(words), place, 6};
  return overlay;
}

Picture drawn(const Overlay& overlay, bool from_files = false) {
  Picture picture(kGrey);
  draw_overlay(overlay, kLayout.width, kLayout.height).lay_over(picture.planes(), from_files);
  return picture;
}

TEST(OverlayArt, EverythingStandsInTheSafeArea) {
  const std::string longest(290, 'W');
  for (const OverlayPlace place :
       {OverlayPlace::kTopLeft, OverlayPlace::kTopRight, OverlayPlace::kBottomLeft,
        OverlayPlace::kBottomRight, OverlayPlace::kLowerThird}) {
    for (const std::string& words : {std::string("龙门"), longest}) {
      Overlay overlay = text_overlay(words, place);
      overlay.mark.rule = MarkRule::kAuto;
      overlay.margin_percent = 5;
      const Box box = difference(drawn(overlay), Picture(kGrey));
      ASSERT_FALSE(box.empty());
      EXPECT_GE(box.left, 640 * 5 / 100 - 1);
      EXPECT_LE(box.right, 640 - 640 * 5 / 100 + 1);
      EXPECT_GE(box.top, 360 * 5 / 100 - 1);
      EXPECT_LE(box.bottom, 360 - 360 * 5 / 100 + 1);
    }
  }
}

// Without a Chinese font all of them would be the same box.
TEST(OverlayArt, ChineseIsDrawn) {
  const Picture one = drawn(text_overlay("党")), other = drawn(text_overlay("员"));
  EXPECT_FALSE(difference(one, other).empty());
  const Box box = difference(one, other);
  EXPECT_GT(box.right - box.left, 8);
}

TEST(OverlayArt, MarkupIsText) {
  const auto width = [](const std::string& words) {
    const Box box = difference(drawn(text_overlay(words)), Picture(kGrey));
    return box.right - box.left;
  };
  EXPECT_GT(width("<b>治水</b>"), width("治水") + 40);
  EXPECT_GT(width("&lt;&amp;"), width("<&") + 40);
}

TEST(OverlayArt, WhatSharesACornerStandsOneBelowTheOther) {
  Overlay overlay = text_overlay("第一行", OverlayPlace::kTopLeft);
  const Box alone = difference(drawn(overlay), Picture(kGrey));
  overlay.mark = {MarkRule::kLive, OverlayPlace::kTopLeft};
  const OverlayArt art = draw_overlay(overlay, kLayout.width, kLayout.height);
  ASSERT_EQ(art.always.size(), 1U);
  EXPECT_GE(art.always[0].y(), art.live.y() + art.live.height());
  EXPECT_GT(art.always[0].y(), alone.top);
}

TEST(OverlayArt, TheMarkSaysWhatThePictureIs) {
  Overlay overlay;
  overlay.mark = {MarkRule::kAuto, OverlayPlace::kTopLeft};
  const Picture live = drawn(overlay, false), recorded = drawn(overlay, true);
  EXPECT_FALSE(difference(live, recorded).empty());
  overlay.mark.rule = MarkRule::kLive;
  EXPECT_TRUE(difference(drawn(overlay, true), live).empty());
  overlay.mark.rule = MarkRule::kRecorded;
  EXPECT_TRUE(difference(drawn(overlay, false), recorded).empty());
  // A red plate.
  const Box box = difference(live, Picture(kGrey));
  EXPECT_GT(live.at(box.left + 3, (box.top + box.bottom) / 2).v, 160);
}

class LogoTest : public testing::Test {
 protected:
  // Its left half is green, its right half transparent.
  void SetUp() override {
    cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 80, 40);
    cairo_t* cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 0, 1, 0);
    cairo_rectangle(cairo, 0, 0, 40, 40);
    cairo_fill(cairo);
    cairo_destroy(cairo);
    ASSERT_EQ(cairo_surface_write_to_png(surface, file().c_str()), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
  }
  std::string file() const { return (folder_.path() / "logo.png").string(); }
  Overlay overlay() const {
    Overlay overlay;
    overlay.logo.digest = "00";
    overlay.logo.file = file();
    overlay.logo.place = OverlayPlace::kTopRight;
    overlay.logo.height_percent = 20;
    return overlay;
  }

  TemporaryFolder folder_;
};

TEST_F(LogoTest, IsScaledAndItsTransparencyKept) {
  const OverlayArt art = draw_overlay(overlay(), kLayout.width, kLayout.height);
  EXPECT_EQ(art.fault, "");
  ASSERT_EQ(art.always.size(), 1U);
  EXPECT_NEAR(art.always[0].height(), 72, 2);
  EXPECT_NEAR(art.always[0].width(), 144, 2);
  Picture picture(kGrey);
  art.lay_over(picture.planes(), false);
  const int y = art.always[0].y() + 36, x = art.always[0].x();
  expect_near(picture.at(x + 36, y), yuv_from_rgb(0, 255, 0), 2);
  expect_near(picture.at(x + 108, y), kGrey, 1);
  Overlay half = overlay();
  half.logo.opacity_percent = 50;
  Picture pale(kGrey);
  draw_overlay(half, kLayout.width, kLayout.height).lay_over(pale.planes(), false);
  const Yuv green = yuv_from_rgb(0, 255, 0);
  expect_near(
      pale.at(x + 36, y),
      {static_cast<uint8_t>((kGrey.y + green.y) / 2), static_cast<uint8_t>((kGrey.u + green.u) / 2),
       static_cast<uint8_t>((kGrey.v + green.v) / 2)},
      2);
}

TEST_F(LogoTest, OneThatCannotBeReadIsLeftOutAndSaidSo) {
  Overlay both = overlay();
  both.text = {true, "龙门", OverlayPlace::kLowerThird, 5};
  std::ofstream(file(), std::ios::binary) << "no picture";
  const OverlayArt art = draw_overlay(both, kLayout.width, kLayout.height);
  EXPECT_NE(art.fault.find("no PNG"), std::string::npos) << art.fault;
  EXPECT_EQ(art.always.size(), 1U) << "the text is there";
  both.logo.file = "/nowhere.png";
  EXPECT_NE(draw_overlay(both, 640, 360).fault.find("/nowhere.png"), std::string::npos);
}

// ---- on its way to the encoders

TEST(OverlayStage, AnotherPictureIsLaidOverAndTheDecodersStaysAsItIs) {
  ASSERT_TRUE(set_up_gstreamer());
  const Picture grey(kGrey);
  BufferPtr decoded(gst_buffer_new_memdup(grey.bytes.data(), grey.bytes.size()));
  OverlayStage stage(kLayout);
  EXPECT_FALSE(stage.active());
  EXPECT_EQ(stage.lay_over(decoded.get(), false), decoded.get());
  stage.set_art(std::make_shared<const OverlayArt>(draw_overlay(text_overlay("龙门"), 640, 360)));
  GstBuffer* const over = stage.lay_over(decoded.get(), false);
  ASSERT_NE(over, decoded.get());
  EXPECT_EQ(stage.lay_over(decoded.get(), false), over) << "shown again, it is not laid over again";
  const auto bytes_of = [](GstBuffer* buffer) {
    Picture picture({});
    const MappedBuffer bytes(buffer, GST_MAP_READ);
    EXPECT_EQ(bytes.size(), picture.bytes.size());
    std::copy_n(bytes.data(), bytes.size(), picture.bytes.data());
    return picture.bytes;
  };
  EXPECT_EQ(bytes_of(decoded.get()), grey.bytes);
  const auto laid = bytes_of(over);
  const OverlayArt art = draw_overlay(text_overlay("龙门"), 640, 360);
  Picture expected(kGrey);
  art.lay_over(expected.planes(), false);
  EXPECT_EQ(laid, expected.bytes);
  stage.set_art(nullptr);
  EXPECT_EQ(stage.lay_over(decoded.get(), false), decoded.get());
}

TEST(OverlayArtist, TheLatestWishIsDrawn) {
  std::mutex mutex;
  std::condition_variable came;
  std::shared_ptr<const OverlayArt> last;
  OverlayArtist artist(640, 360, [&](std::shared_ptr<const OverlayArt> art) {
    const std::lock_guard lock(mutex);
    last = std::move(art);
    came.notify_all();
  });
  for (int i = 0; i < 20; ++i)
    artist.draw(text_overlay(std::string(static_cast<size_t>(i + 1), 'W')));
  const int widest = draw_overlay(text_overlay(std::string(20, 'W')), 640, 360).always[0].width();
  std::unique_lock lock(mutex);
  EXPECT_TRUE(came.wait_for(lock, 5s, [&] { return last && last->always[0].width() == widest; }));
}

}  // namespace
}  // namespace longmen

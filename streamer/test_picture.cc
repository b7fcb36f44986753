#include "streamer/test_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string_view>

#include "streamer/canvas.h"
#include "streamer/studio_art.h"
#include "streamer/test_sound.h"

namespace longmen {
namespace {

constexpr std::string_view kGlyphs = "0123456789:.-#";
constexpr int kTurnMs = 4000;

size_t index_of(char glyph) {
  return static_cast<unsigned char>(glyph) & 127;
}

const Yuv kYuvWhite = yuv_from_rgb(245, 247, 255);
const Yuv kYuvGold = yuv_from_rgb(240, 196, 105);
const Yuv kYuvPale = yuv_from_rgb(150, 180, 225);

}  // namespace

TestPicture::Glyphs TestPicture::make_glyphs(int pixel_height) {
  Glyphs glyphs;
  for (char glyph : kGlyphs) {
    AlphaMask& mask = glyphs.masks[index_of(glyph)];
    mask = text_mask(std::string(1, glyph), "Noto Sans CJK SC, Sans Medium", pixel_height);
    if (glyph >= '0' && glyph <= '9') glyphs.advance = std::max(glyphs.advance, mask.width);
  }
  return glyphs;
}

TestPicture::TestPicture(const std::string& channel_name, I420Layout layout)
    : layout_(layout),
      backdrop_(draw_test_backdrop(channel_name, layout.width, layout.height)),
      large_(make_glyphs(layout.height * 17 / 100)),
      small_(make_glyphs(layout.height * 5 / 100)),
      tick_(dot_mask(layout.height * 0.004, 1.5)),
      orb_(dot_mask(layout.height * 0.012, layout.height * 0.012)),
      flash_(dot_mask(layout.height * 0.05, layout.height * 0.04)),
      ripple_{1, std::max(layout.height / 90, 3), {}} {
  for (int line = 0; line < ripple_.height; ++line) {
    const double from_middle = std::abs(2.0 * line / (ripple_.height - 1) - 1);
    ripple_.alpha.push_back(static_cast<uint8_t>(255 * (1 - from_middle) * (1 - from_middle)));
  }
}

int TestPicture::advance(const Glyphs& glyphs, char glyph) {
  const bool digit = glyph >= '0' && glyph <= '9';
  return digit ? glyphs.advance : glyphs.masks[index_of(glyph)].width;
}

int TestPicture::write(const I420View& view, const Glyphs& glyphs, const std::string& text, int x,
                       int y, Yuv colour, int opacity) const {
  for (char glyph : text) {
    const AlphaMask& mask = glyphs.masks[index_of(glyph)];
    const int cell = advance(glyphs, glyph);
    blend_mask(view, mask, x + (cell - mask.width) / 2, y, colour, opacity);
    x += cell;
  }
  return x;
}

void TestPicture::draw_ring(const I420View& view, uint64_t epoch_ms) const {
  const double centre_x = layout_.width * 0.755, centre_y = layout_.height * 0.46;
  const double radius = layout_.height * 0.27;
  auto place = [&](const AlphaMask& mask, double turn, Yuv colour, int opacity, double reach) {
    const double angle = 2 * std::numbers::pi * turn;
    blend_mask(view, mask,
               static_cast<int>(std::lround(centre_x + reach * std::sin(angle))) - mask.width / 2,
               static_cast<int>(std::lround(centre_y - reach * std::cos(angle))) - mask.height / 2,
               colour, opacity);
  };
  const auto second = static_cast<int>(epoch_ms / 1000 % 60);
  for (int tick = 0; tick < 60; ++tick) {
    const bool past = tick <= second;
    place(tick_, tick / 60.0, past ? kYuvGold : kYuvPale, past ? 256 : 110, radius);
  }
  const double turn = static_cast<double>(epoch_ms % kTurnMs) / kTurnMs;
  for (int tail = 7; tail >= 0; --tail)
    place(orb_, turn - tail * 0.012, kYuvWhite, 256 >> tail, radius * 0.82);
  if (static_cast<int>(epoch_ms % 1000) < TestSound::kBeepMs) place(flash_, 0, kYuvGold, 256, 0);
}

void TestPicture::draw_water(const I420View& view, uint64_t epoch_ms) const {
  const double seconds = static_cast<double>(epoch_ms % 3'600'000) / 1000;
  const double width = layout_.width;
  for (int line = 0; line < 3; ++line) {
    const double base = layout_.height * (0.865 + 0.04 * line);
    const double swing = layout_.height * (0.012 - 0.002 * line);
    for (int x = 0; x < layout_.width; ++x) {
      const double phase = x / width * (11 + 4 * line) + seconds * (1.3 - 0.35 * line) + line;
      blend_mask(view, ripple_, x, static_cast<int>(base + swing * std::sin(phase)), kYuvPale,
                 120 - 30 * line);
    }
  }
}

void TestPicture::paint(const Marker& marker, const std::string& date,
                        const std::string& clock_text, uint8_t* pixels) const {
  std::memcpy(pixels, backdrop_.data(), backdrop_.size());
  const I420View view(layout_, pixels);
  draw_water(view, marker.epoch_ms);
  draw_ring(view, marker.epoch_ms);
  const int left = layout_.width * 65 / 1000;
  const int end = write(view, large_, clock_text, left, layout_.height * 37 / 100, kYuvWhite, 256);
  write(view, small_, fmt::format(".{:03}", marker.epoch_ms % 1000), end, layout_.height * 49 / 100,
        kYuvPale, 256);
  const int small_line = layout_.height * 64 / 100;
  const int after = write(view, small_, date, left, small_line, kYuvPale, 256);
  write(view, small_, fmt::format("#{}", marker.counter), after + small_.advance, small_line,
        kYuvGold, 256);
  draw_marker(view, marker);
}

}  // namespace longmen

#include "streamer/studio_art.h"

#include <algorithm>
#include <cmath>

#include "streamer/canvas.h"
#include "streamer/paifang.h"

namespace longmen {
namespace {

constexpr Colour kWhite{0.96, 0.97, 1.0};
constexpr Colour kGold{0.93, 0.76, 0.42};
constexpr const char* kFont = "Noto Sans CJK SC, Sans Medium";
constexpr const char* kTitleFont = "Noto Serif CJK SC, Serif Bold";

void fill_gradient(const Canvas& canvas) {
  cairo_t* cairo = canvas.cairo();
  const double width = canvas.width(), height = canvas.height();
  cairo_pattern_t* sky = cairo_pattern_create_linear(0, 0, 0, height);
  cairo_pattern_add_color_stop_rgb(sky, 0.0, 0.035, 0.075, 0.165);
  cairo_pattern_add_color_stop_rgb(sky, 0.6, 0.055, 0.145, 0.290);
  cairo_pattern_add_color_stop_rgb(sky, 1.0, 0.025, 0.060, 0.135);
  cairo_set_source(cairo, sky);
  cairo_paint(cairo);
  cairo_pattern_destroy(sky);

  cairo_pattern_t* glow = cairo_pattern_create_radial(width * 0.5, height * 0.45, 0, width * 0.5,
                                                      height * 0.45, width * 0.55);
  cairo_pattern_add_color_stop_rgba(glow, 0.0, 0.20, 0.42, 0.75, 0.38);
  cairo_pattern_add_color_stop_rgba(glow, 1.0, 0.20, 0.42, 0.75, 0.0);
  cairo_set_source(cairo, glow);
  cairo_paint(cairo);
  cairo_pattern_destroy(glow);
}

void draw_water(const Canvas& canvas, double top) {
  cairo_t* cairo = canvas.cairo();
  const double width = canvas.width(), height = canvas.height();
  for (int band = 0; band < 3; ++band) {
    const double y = top + band * height * 0.035;
    cairo_move_to(cairo, 0, height);
    for (int step = 0; step <= canvas.width(); step += 4) {
      const double x = step;
      cairo_line_to(cairo, x,
                    y + height * 0.010 * std::sin(x / width * (14 + 5 * band) + band * 1.7));
    }
    cairo_line_to(cairo, width, height);
    cairo_close_path(cairo);
    cairo_set_source_rgba(cairo, 0.02, 0.07, 0.17, 0.45);
    cairo_fill(cairo);
  }
}

void draw_studio(const Canvas& canvas, double gate_x, double gate_opacity) {
  fill_gradient(canvas);
  const double height = canvas.height();
  draw_paifang(canvas.cairo(), canvas.width() * gate_x, height * 0.86, height * 0.66, gate_opacity);
  draw_water(canvas, height * 0.84);
}

void draw_rule(const Canvas& canvas, double x, double y, double width, double thick) {
  cairo_t* cairo = canvas.cairo();
  cairo_pattern_t* fade = cairo_pattern_create_linear(x, y, x + width, y);
  for (auto [at, opacity] : {std::pair{0.0, 0.0}, {0.5, 0.9}, {1.0, 0.0}})
    cairo_pattern_add_color_stop_rgba(fade, at, kGold.red, kGold.green, kGold.blue, opacity);
  cairo_set_source(cairo, fade);
  cairo_rectangle(cairo, x, y, width, thick);
  cairo_fill(cairo);
  cairo_pattern_destroy(fade);
}

}  // namespace

std::vector<uint8_t> draw_slate(const std::string& channel_name, const std::string& title,
                                int width, int height) {
  Canvas canvas(width, height);
  draw_studio(canvas, 0.5, 0.20);
  const double w = width, h = height;
  using Align = Canvas::Align;
  canvas.text("龙门", kTitleFont, h * 0.20, w / 2, h * 0.17, Align::kCentre, kGold, 1.0, w * 0.8);
  canvas.text(channel_name, kFont, h * 0.075, w / 2, h * 0.475, Align::kCentre, kWhite, 1.0,
              w * 0.84);
  const double down = title.empty() ? 0 : h * 0.09;
  if (!title.empty())
    canvas.text(title, kFont, h * 0.06, w / 2, h * 0.595, Align::kCentre, kGold, 1.0, w * 0.84);
  draw_rule(canvas, w * 0.3, h * 0.625 + down, w * 0.4, std::max(h * 0.004, 1.0));
  canvas.text("稍候  Stand by", kFont, h * 0.06, w / 2, h * 0.665 + down, Align::kCentre, kWhite,
              0.85, w * 0.8);
  return canvas.to_i420();
}

std::vector<uint8_t> draw_test_backdrop(const std::string& channel_name, int width, int height) {
  Canvas canvas(width, height);
  draw_studio(canvas, 0.755, 0.17);
  const double w = width, h = height;
  using Align = Canvas::Align;
  const double left = w * 0.065;
  canvas.text(channel_name, kFont, h * 0.085, left, h * 0.125, Align::kLeft, kWhite, 1.0, w * 0.5);
  canvas.text("龙门 Longmen · 测试节目 test programme", kFont, h * 0.036, left, h * 0.265,
              Align::kLeft, kGold, 1.0, w * 0.5);
  draw_rule(canvas, left - w * 0.16, h * 0.345, w * 0.55, std::max(h * 0.003, 1.0));
  return canvas.to_i420();
}

}  // namespace longmen

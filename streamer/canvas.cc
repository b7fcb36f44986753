#include "streamer/canvas.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>

namespace longmen {
namespace {

using Layout = std::unique_ptr<PangoLayout, void (*)(gpointer)>;

Layout make_layout(cairo_t* cairo, const std::string& words, const std::string& font,
                   double pixel_height) {
  Layout layout(pango_cairo_create_layout(cairo), g_object_unref);
  std::unique_ptr<PangoFontDescription, void (*)(PangoFontDescription*)> description(
      pango_font_description_from_string(font.c_str()), pango_font_description_free);
  pango_font_description_set_absolute_size(description.get(), pixel_height * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), description.get());
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_text(layout.get(), words.data(), static_cast<int>(words.size()));
  return layout;
}

struct Size {
  int width;
  int height;
};
Size size_of(PangoLayout* layout) {
  Size size{};
  pango_layout_get_pixel_size(layout, &size.width, &size.height);
  return size;
}

// Of an A8 surface, without its stride.
AlphaMask mask_of(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  AlphaMask mask{
      cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const uint8_t* data = cairo_image_surface_get_data(surface);
  if (!data) return {};
  const ptrdiff_t stride = cairo_image_surface_get_stride(surface);
  for (int line = 0; line < mask.height; ++line)
    mask.alpha.insert(mask.alpha.end(), data + line * stride, data + line * stride + mask.width);
  return mask;
}

int channel(uint32_t pixel, int shift) {
  return static_cast<int>(pixel >> shift & 255);
}

// Ordered 4x4 dither, in units of 1/16 of a step.
int dither(int x, int y) {
  static constexpr int kBayer[4][4] = {
      {0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
  return kBayer[y & 3][x & 3];
}

}  // namespace

AlphaMask text_mask(const std::string& text, const std::string& font, int pixel_height) {
  Canvas measure(8, 8);
  const Size size = size_of(make_layout(measure.cairo(), text, font, pixel_height).get());
  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_image_surface_create(CAIRO_FORMAT_A8, std::max(size.width, 1),
                                 std::max(size.height, 1)),
      cairo_surface_destroy);
  std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo(cairo_create(surface.get()), cairo_destroy);
  pango_cairo_show_layout(cairo.get(), make_layout(cairo.get(), text, font, pixel_height).get());
  return mask_of(surface.get());
}

AlphaMask dot_mask(double radius, double softness) {
  const int size = 2 * static_cast<int>(std::ceil(radius + softness)) + 1;
  AlphaMask mask{size, size, {}};
  const double centre = (size - 1) / 2.0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double beyond = std::hypot(x - centre, y - centre) - radius;
      const double inside = std::clamp(1 - beyond / std::max(softness, 1.0), 0.0, 1.0);
      mask.alpha.push_back(static_cast<uint8_t>(255 * inside * inside));
    }
  }
  return mask;
}

Canvas::Canvas(int width, int height)
    : width_(width),
      height_(height),
      surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height),
               cairo_surface_destroy),
      cairo_(cairo_create(surface_.get()), cairo_destroy) {}

void Canvas::text(const std::string& words, const std::string& font, double pixel_height, double x,
                  double y, Align align, Colour colour, double opacity, double max_width) {
  Layout layout = make_layout(cairo(), words, font, pixel_height);
  Size size = size_of(layout.get());
  if (size.width > max_width) {
    layout = make_layout(cairo(), words, font, pixel_height * max_width / size.width);
    size = size_of(layout.get());
  }
  if (align == Align::kCentre) x -= size.width / 2.0;
  if (align == Align::kRight) x -= size.width;
  cairo_set_source_rgba(cairo(), colour.red, colour.green, colour.blue, opacity);
  cairo_move_to(cairo(), x, y);
  pango_cairo_show_layout(cairo(), layout.get());
}

std::vector<uint8_t> Canvas::to_i420() const {
  cairo_surface_flush(surface_.get());
  const uint8_t* pixels = cairo_image_surface_get_data(surface_.get());
  const int stride = cairo_image_surface_get_stride(surface_.get());
  const I420Layout layout{width_, height_};
  std::vector<uint8_t> out(layout.bytes(), 128);
  if (!pixels) return out;
  const I420View view(layout, out.data());
  auto rgb = [&](int x, int y) {
    return reinterpret_cast<const uint32_t*>(pixels + static_cast<ptrdiff_t>(y) * stride)[x];
  };
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const uint32_t p = rgb(x, y);
      // 16.4 fixed point of 16 + 219 * Y'.
      const auto luma = static_cast<int>(
          256 + ((p >> 16 & 255) * 2.9213 + (p >> 8 & 255) * 9.8279 + (p & 255) * 0.99212));
      view.y[y * layout.luma_stride() + x] = static_cast<uint8_t>((luma + dither(x, y)) >> 4);
    }
  }
  for (int y = 0; y < (height_ + 1) / 2; ++y) {
    for (int x = 0; x < (width_ + 1) / 2; ++x) {
      const uint32_t p = rgb(2 * x, 2 * y);
      const Yuv colour = yuv_from_rgb(channel(p, 16), channel(p, 8), channel(p, 0));
      view.u[y * layout.chroma_stride() + x] = colour.u;
      view.v[y * layout.chroma_stride() + x] = colour.v;
    }
  }
  return out;
}

}  // namespace longmen

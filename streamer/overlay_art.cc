#include "streamer/overlay_art.h"

#include <cairo.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "core/picture/png_header.h"

namespace longmen {
namespace {

using OverlaySurface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;
using OverlayCairo = std::unique_ptr<cairo_t, void (*)(cairo_t*)>;
using OverlayLine = std::unique_ptr<PangoLayout, void (*)(gpointer)>;

constexpr const char* kTextFont = "Noto Sans CJK SC, Sans Medium";
constexpr const char* kMarkFont = "Noto Sans CJK SC, Sans Bold";
constexpr double kMarkHeight = 0.045;  // of the picture's
constexpr double kGap = 0.012;         // between what stands in one corner, likewise
constexpr double kLetters = 0.66;      // of the height of a line's plate
constexpr double kMostMarkWidth = 0.5;

struct PlateColour {
  double red, green, blue, alpha;
};
constexpr PlateColour kPlate{0.02, 0.03, 0.06, 0.62};
constexpr PlateColour kLivePlate{0.76, 0.09, 0.07, 0.95};
constexpr PlateColour kRecordedPlate{0.16, 0.20, 0.27, 0.92};

OverlaySurface make_overlay_surface(int width, int height) {
  return {cairo_image_surface_create(CAIRO_FORMAT_ARGB32, std::max(width, 1), std::max(height, 1)),
          cairo_surface_destroy};
}

int surface_width(const OverlaySurface& surface) {
  return cairo_image_surface_get_width(surface.get());
}
int surface_height(const OverlaySurface& surface) {
  return cairo_image_surface_get_height(surface.get());
}

OverlayLine make_overlay_line(cairo_t* cairo, const std::string& words, const char* font,
                              double letters, int max_width) {
  OverlayLine layout(pango_cairo_create_layout(cairo), g_object_unref);
  const std::unique_ptr<PangoFontDescription, void (*)(PangoFontDescription*)> description(
      pango_font_description_from_string(font), pango_font_description_free);
  pango_font_description_set_absolute_size(description.get(), letters * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), description.get());
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  pango_layout_set_text(layout.get(), words.data(), static_cast<int>(words.size()));
  int width = 0;
  pango_layout_get_pixel_size(layout.get(), &width, nullptr);
  if (width > max_width) pango_layout_set_width(layout.get(), max_width * PANGO_SCALE);
  return layout;
}

void round_rectangle(cairo_t* cairo, double width, double height, double radius) {
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, width - radius, radius, radius, -M_PI / 2, 0);
  cairo_arc(cairo, width - radius, height - radius, radius, 0, M_PI / 2);
  cairo_arc(cairo, radius, height - radius, radius, M_PI / 2, M_PI);
  cairo_arc(cairo, radius, radius, radius, M_PI, 3 * M_PI / 2);
  cairo_close_path(cairo);
}

// A line on a plate that is `height` high and as wide as it needs, `max_width` at most.
OverlaySurface draw_overlay_line(const std::string& words, const char* font, double height,
                                 double max_width, const PlateColour& plate) {
  const double padding = 0.36 * height;
  const int room = std::max(1, static_cast<int>(max_width - 2 * padding));
  const OverlaySurface measure = make_overlay_surface(1, 1);
  const OverlayCairo measuring(cairo_create(measure.get()), cairo_destroy);
  int text_width = 0, text_height = 0;
  pango_layout_get_pixel_size(
      make_overlay_line(measuring.get(), words, font, kLetters * height, room).get(), &text_width,
      &text_height);
  OverlaySurface surface = make_overlay_surface(
      static_cast<int>(std::ceil(text_width + 2 * padding)), static_cast<int>(std::ceil(height)));
  const OverlayCairo cairo(cairo_create(surface.get()), cairo_destroy);
  round_rectangle(cairo.get(), surface_width(surface), surface_height(surface), 0.16 * height);
  cairo_set_source_rgba(cairo.get(), plate.red, plate.green, plate.blue, plate.alpha);
  cairo_fill(cairo.get());
  cairo_set_source_rgba(cairo.get(), 0.98, 0.98, 0.98, 1);
  cairo_move_to(cairo.get(), padding, (height - text_height) / 2);
  pango_cairo_show_layout(
      cairo.get(), make_overlay_line(cairo.get(), words, font, kLetters * height, room).get());
  cairo_surface_flush(surface.get());
  return surface;
}

struct PngBytes {
  ByteSpan left;
};

cairo_status_t read_png_bytes(void* closure, unsigned char* data, unsigned int length) {
  auto& bytes = *static_cast<PngBytes*>(closure);
  if (length > bytes.left.size()) return CAIRO_STATUS_READ_ERROR;
  std::copy_n(bytes.left.begin(), length, data);
  bytes.left = bytes.left.subspan(length);
  return CAIRO_STATUS_SUCCESS;
}

Result<OverlaySurface> draw_logo(const Overlay::Logo& logo, double height, double max_width) {
  std::ifstream in(logo.file, std::ios::binary);
  if (!in) return fail(fmt::format("the logo {} cannot be read", logo.file));
  const Bytes png(std::istreambuf_iterator<char>(in), {});
  // Before a decoder sees it: what it says of its size is what it takes.
  if (const auto header = read_png_header(png); !header)
    return fail(fmt::format("the logo {}: {}", logo.file, header.error().message));
  PngBytes bytes{png};
  const OverlaySurface image(cairo_image_surface_create_from_png_stream(read_png_bytes, &bytes),
                             cairo_surface_destroy);
  if (cairo_surface_status(image.get()) != CAIRO_STATUS_SUCCESS) {
    return fail(fmt::format("the logo {}: {}", logo.file,
                            cairo_status_to_string(cairo_surface_status(image.get()))));
  }
  const double scale =
      std::min(height / surface_height(image), max_width / std::max(1, surface_width(image)));
  OverlaySurface surface =
      make_overlay_surface(static_cast<int>(std::lround(surface_width(image) * scale)),
                           static_cast<int>(std::lround(surface_height(image) * scale)));
  const OverlayCairo cairo(cairo_create(surface.get()), cairo_destroy);
  cairo_scale(cairo.get(), scale, scale);
  cairo_set_source_surface(cairo.get(), image.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo.get()), CAIRO_FILTER_BEST);
  cairo_paint(cairo.get());
  cairo_surface_flush(surface.get());
  return surface;
}

// Where the next thing of each corner goes.
class SafeArea {
 public:
  SafeArea(int width, int height, int margin_percent)
      : picture_width_(width),
        picture_height_(height),
        left_(width * margin_percent / 100),
        top_(height * margin_percent / 100) {}

  double width() const { return picture_width_ - 2.0 * left_; }
  double height() const { return picture_height_ - 2.0 * top_; }

  struct Spot {
    int x = 0, y = 0;
  };
  // `height` is taken of the corner's room.
  Spot take(OverlayPlace place, int width, int height) {
    const bool right = place == OverlayPlace::kTopRight || place == OverlayPlace::kBottomRight;
    const bool top = place == OverlayPlace::kTopLeft || place == OverlayPlace::kTopRight;
    int& taken = taken_[place];
    Spot spot;
    spot.x = right ? picture_width_ - left_ - width : left_;
    spot.y = top ? top_ + taken : picture_height_ - top_ - taken - height;
    const int used = height + static_cast<int>(kGap * picture_height_);
    taken += used;
    // The lower third reaches from side to side.
    if (place == OverlayPlace::kLowerThird) {
      taken_[OverlayPlace::kBottomLeft] += used;
      taken_[OverlayPlace::kBottomRight] += used;
    }
    return spot;
  }

 private:
  int picture_width_, picture_height_, left_, top_;
  std::map<OverlayPlace, int> taken_;
};

OverlayPatch as_patch(const OverlaySurface& surface, SafeArea::Spot spot, double opacity, int width,
                      int height) {
  const uint8_t* data = cairo_image_surface_get_data(surface.get());
  if (!data) return {};
  return OverlayPatch::make(data, surface_width(surface), surface_height(surface),
                            cairo_image_surface_get_stride(surface.get()), spot.x, spot.y, opacity,
                            width, height);
}

}  // namespace

void OverlayArt::lay_over(const PicturePlanes& picture, bool from_files) const {
  for (const OverlayPatch& patch : always)
    patch.lay_over(picture);
  if (mark == MarkRule::kOff) return;
  const bool says_recorded = mark == MarkRule::kRecorded || (mark == MarkRule::kAuto && from_files);
  (says_recorded ? recorded : live).lay_over(picture);
}

OverlayArt draw_overlay(const Overlay& overlay, int width, int height) {
  OverlayArt art;
  SafeArea area(width, height, overlay.margin_percent);
  const auto put = [&](const OverlaySurface& surface, OverlayPlace place, double opacity) {
    art.always.push_back(as_patch(surface,
                                  area.take(place, surface_width(surface), surface_height(surface)),
                                  opacity, width, height));
  };
  // The lower third first: what stands in the corners beside it stands above it.
  const auto text_of = [&] {
    return draw_overlay_line(overlay.text.words, kTextFont,
                             height * overlay.text.height_percent / 100.0 * 1.4, area.width(),
                             kPlate);
  };
  const bool low = overlay.text.place == OverlayPlace::kLowerThird;
  if (overlay.shows_text() && low) put(text_of(), overlay.text.place, 1);
  if (overlay.shows_logo()) {
    const auto logo =
        draw_logo(overlay.logo, height * overlay.logo.height_percent / 100.0, area.width());
    if (logo) {
      put(*logo, overlay.logo.place, overlay.logo.opacity_percent / 100.0);
    } else {
      art.fault = logo.error().message;
    }
  }
  if (overlay.shows_mark()) {
    art.mark = overlay.mark.rule;
    const auto draw = [&](const char* words, const PlateColour& plate) {
      return draw_overlay_line(words, kMarkFont, height * kMarkHeight,
                               kMostMarkWidth * area.width(), plate);
    };
    const OverlaySurface live = draw("直播 LIVE", kLivePlate);
    const OverlaySurface recorded = draw("录播 RECORDED", kRecordedPlate);
    const int line = surface_height(live);
    const SafeArea::Spot wide =
        area.take(overlay.mark.place, std::max(surface_width(live), surface_width(recorded)), line);
    const bool right = overlay.mark.place == OverlayPlace::kTopRight ||
                       overlay.mark.place == OverlayPlace::kBottomRight;
    const int widest = std::max(surface_width(live), surface_width(recorded));
    const auto beside = [&](const OverlaySurface& surface) {
      return SafeArea::Spot{right ? wide.x + widest - surface_width(surface) : wide.x, wide.y};
    };
    art.live = as_patch(live, beside(live), 1, width, height);
    art.recorded = as_patch(recorded, beside(recorded), 1, width, height);
  }
  if (overlay.shows_text() && !low) put(text_of(), overlay.text.place, 1);
  return art;
}

}  // namespace longmen

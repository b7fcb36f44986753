// Drawing that is done once and may take its time: letters (Pango, so Chinese and Latin alike, in
// whatever fonts the machine has) and whole pictures (Cairo), converted to I420. Sizes in pixels.
// Cairo's and Pango's own errors leave the picture without what failed; nothing throws.
#pragma once

#include <cairo.h>

#include <memory>
#include <string>
#include <vector>

#include "streamer/i420.h"

namespace longmen {

struct Colour {  // 0..1
  double red = 1;
  double green = 1;
  double blue = 1;
};

// A line of text as coverage, as large as its ink and advance; `font` is Pango's ("Sans Bold").
AlphaMask text_mask(const std::string& text, const std::string& font, int pixel_height);
// A round dot with a soft edge.
AlphaMask dot_mask(double radius, double softness);

class Canvas {
 public:
  Canvas(int width, int height);

  cairo_t* cairo() const { return cairo_.get(); }
  int width() const { return width_; }
  int height() const { return height_; }

  enum class Align { kLeft, kCentre, kRight };
  // `y` is the top of the line. Text wider than `max_width` is made smaller until it fits.
  void text(const std::string& words, const std::string& font, double pixel_height, double x,
            double y, Align align, Colour colour, double opacity, double max_width);

  // In I420Layout's layout; dithered, so that dark gradients do not show bands.
  std::vector<uint8_t> to_i420() const;

 private:
  int width_;
  int height_;
  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface_;
  std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo_;
};

}  // namespace longmen

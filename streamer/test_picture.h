// The moving picture of the test programme: the marker (core/media/marker.h), a running clock, a
// frame counter, a ring that turns once in four seconds and flashes with the beep, and water. What
// it paints depends on its arguments alone. About a millisecond of processor time at 1280x720.
// One thread.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/media/marker.h"
#include "streamer/i420.h"

namespace longmen {

class TestPicture {
 public:
  TestPicture(const std::string& channel_name, I420Layout layout);

  const I420Layout& layout() const { return layout_; }
  // `pixels` has layout().bytes() bytes. `clock_text` is "hh:mm:ss", local time.
  void paint(const Marker& marker, const std::string& date, const std::string& clock_text,
             uint8_t* pixels) const;

 private:
  struct Glyphs {
    std::array<AlphaMask, 128> masks;
    int advance = 0;  // digits are set at equal widths
  };
  static Glyphs make_glyphs(int pixel_height);
  static int advance(const Glyphs& glyphs, char glyph);
  int write(const I420View& view, const Glyphs& glyphs, const std::string& text, int x, int y,
            Yuv colour, int opacity) const;
  void draw_ring(const I420View& view, uint64_t epoch_ms) const;
  void draw_water(const I420View& view, uint64_t epoch_ms) const;

  I420Layout layout_;
  std::vector<uint8_t> backdrop_;
  Glyphs large_;
  Glyphs small_;
  AlphaMask tick_;
  AlphaMask orb_;
  AlphaMask flash_;
  AlphaMask ripple_;
};

}  // namespace longmen

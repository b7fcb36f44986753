// Draws what is laid over a programme (core/node/overlay.h) for one size of picture: the logo from
// its PNG, the line of text on a plate that is readable on any picture, the mark of what is live or
// recorded. What stands in the same corner stands below the other, away from the edge; a line that
// is too long is cut short with an ellipsis. Text is text: no markup is read in it. It may take its
// time, so it is never called where pictures pass (overlay_artist.h). A logo that cannot be read
// is left out, and `fault` says why. Bounds: Overlay's, and kMaxLogoBytes of a file.
#pragma once

#include <string>
#include <vector>

#include "core/node/overlay.h"
#include "streamer/overlay_patch.h"

namespace longmen {

struct OverlayArt {
  std::vector<OverlayPatch> always;
  // The mark, of which one or none is laid over each picture.
  OverlayPatch live, recorded;
  MarkRule mark = MarkRule::kOff;
  std::string fault;

  bool empty() const { return always.empty() && mark == MarkRule::kOff; }
  // `from_files`: the picture comes from a recording.
  void lay_over(const PicturePlanes& picture, bool from_files) const;
};

OverlayArt draw_overlay(const Overlay& overlay, int width, int height);

}  // namespace longmen

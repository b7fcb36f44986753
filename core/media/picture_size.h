// Of a picture, in pixels.
#pragma once

namespace longmen {

struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

}  // namespace longmen

// What somebody gives as a slate, before anything decodes it: never a crash, and a size that is
// taken is within the bounds.
#include "core/base/invariant.h"
#include "core/slate/given_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const ByteSpan file(data, size);
  const auto kind = given_kind(file);
  if (!kind || !is_still(*kind)) return 0;
  if (const auto picture = still_size(*kind, file)) {
    invariant(picture->width >= kLeastGivenSide && picture->width <= kMostGivenSide &&
                  picture->height >= kLeastGivenSide && picture->height <= kMostGivenSide &&
                  int64_t{picture->width} * picture->height <= kMostGivenPixels,
              "a still that is taken is within the bounds");
  }
  return 0;
}

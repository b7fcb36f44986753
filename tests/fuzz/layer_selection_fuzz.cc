// What a player posts to choose a layer.
#include <cstdint>
#include <string_view>

#include "core/base/invariant.h"
#include "core/whep/layer_selection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto selection = read_layer_selection(text);
  if (!selection) {
    invariant(!selection.error().message.empty(), "what is refused is said");
    return 0;
  }
  invariant(selection->rendition.size() <= kMaxLayerNameBytes, "a name is bounded");
  return 0;
}

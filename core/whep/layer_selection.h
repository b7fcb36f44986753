// What a player asks for by WHEP's layer extension: a rendition, or the server's choice again, or a
// language. It decides what the request's JSON means; it does not know which of them there are.
// Bounds: what is read is at most kMaxLayerSelectionBytes; a name at most kMaxLayerNameBytes.
// urn:ietf:params:whep:ext:core:layer. draft-murillo-whep and the players that follow it name the
// layer "encodingId", later texts "rid"; both are read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

inline constexpr std::string_view kLayerExtension = "urn:ietf:params:whep:ext:core:layer";
inline constexpr size_t kMaxLayerSelectionBytes = 4096;
inline constexpr size_t kMaxLayerNameBytes = 64;

struct LayerSelection {
  std::string rendition;  // "": the server's choice
  // Of sound, a tag of BCP 47; "": the channel's first; none: as it is.
  std::optional<std::string> language;
  bool keeps_video = false;  // a language alone was asked for, which says nothing of pictures
};

// An empty text, or an object without a layer, is the server's choice. "mediaId" is not looked at:
// a session has one video. Limits that hold for every rendition (layers 0 of one spatial and one
// temporal layer) are accepted. "audio", a language's tag, is our own: with it, and with none of
// "mediaId", "encodingId" and "rid", pictures stay as they are. Errors are words for a person.
Result<LayerSelection> read_layer_selection(std::string_view text);

}  // namespace longmen

// What a streamer tells the relay of the preview of one of its channel's inputs: of which input,
// and then what it would tell of a programme: a generation's announcement, or a unit.
// Wire form (link between processes): u8 input, then the body of kGeneration or kMediaUnit.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/node/channel_input.h"

namespace longmen {

struct PreviewMessage {
  ChannelInput input = ChannelInput::kPrimary;
  ByteSpan body;
};

inline void begin_preview_message(ChannelInput input, Bytes& out) {
  out.push_back(static_cast<uint8_t>(input));
}

inline Parsed<PreviewMessage> read_preview_message(ByteSpan bytes) {
  if (bytes.empty()) return drop(DropReason::kTruncated);
  if (bytes[0] >= kChannelInputs.size()) return drop(DropReason::kUnsupported);
  return PreviewMessage{static_cast<ChannelInput>(bytes[0]), bytes.subspan(1)};
}

}  // namespace longmen

// The previews of a channel's two inputs.
#pragma once

#include <functional>

#include "streamer/input_preview.h"

namespace longmen {

struct InputPreviews {
  using OutputsOf = std::function<ProgrammeEncoder::Outputs(ChannelInput)>;

  InputPreviews(const Channel& channel, uint16_t node_tag, const SharedMediaClock& clock,
                StreamerMetrics& metrics, const OutputsOf& outputs)
      : primary(channel, ChannelInput::kPrimary, node_tag, clock, metrics,
                outputs(ChannelInput::kPrimary)),
        backup(channel, ChannelInput::kBackup, node_tag, clock, metrics,
               outputs(ChannelInput::kBackup)) {}

  void want(const OfInputs<bool>& wanted) {
    primary.want(wanted[ChannelInput::kPrimary]);
    backup.want(wanted[ChannelInput::kBackup]);
  }

  InputPreview primary;
  InputPreview backup;
};

}  // namespace longmen

#include "streamer/speaker_layout.h"

#include <gst/audio/audio.h>

namespace longmen {
namespace {

Speaker speaker_at(GstAudioChannelPosition position) {
  switch (position) {
    case GST_AUDIO_CHANNEL_POSITION_MONO:
      return Speaker::kMono;
    case GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT_OF_CENTER:
    case GST_AUDIO_CHANNEL_POSITION_WIDE_LEFT:
      return Speaker::kLeft;
    case GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT:
    case GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT_OF_CENTER:
    case GST_AUDIO_CHANNEL_POSITION_WIDE_RIGHT:
      return Speaker::kRight;
    case GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER:
      return Speaker::kCentre;
    case GST_AUDIO_CHANNEL_POSITION_LFE1:
    case GST_AUDIO_CHANNEL_POSITION_LFE2:
      return Speaker::kLowFrequency;
    case GST_AUDIO_CHANNEL_POSITION_REAR_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_SIDE_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_SURROUND_LEFT:
      return Speaker::kSurroundLeft;
    case GST_AUDIO_CHANNEL_POSITION_REAR_RIGHT:
    case GST_AUDIO_CHANNEL_POSITION_SIDE_RIGHT:
    case GST_AUDIO_CHANNEL_POSITION_SURROUND_RIGHT:
      return Speaker::kSurroundRight;
    case GST_AUDIO_CHANNEL_POSITION_REAR_CENTER:
      return Speaker::kSurroundCentre;
    default:
      return Speaker::kUnknown;
  }
}

}  // namespace

std::vector<Speaker> speakers_of(const GstCaps* caps) {
  GstAudioInfo info;
  if (!caps || !gst_audio_info_from_caps(&info, caps)) return {};
  std::vector<Speaker> speakers;
  for (int i = 0; i < GST_AUDIO_INFO_CHANNELS(&info); ++i)
    speakers.push_back(speaker_at(info.position[i]));
  return speakers;
}

}  // namespace longmen

// All encoders of a channel's generation: pictures and sound in, MediaUnits of every rendition out,
// packetised once. The same for the live programme and for a slate that is encoded ahead. It knows
// slots and samples, not what the present is.
// Threads: offer_picture() and push_sound() from one; outputs come on the encoders' own threads, in
// order within a rendition.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"
#include "core/rtp/packetizer.h"
#include "streamer/sound_encoder.h"
#include "streamer/streamer_metrics.h"
#include "streamer/video_ladder.h"

namespace longmen {

class ProgrammeEncoder {
 public:
  struct Outputs {
    std::function<void(MediaUnit)> unit;
    // Once, when every rung has given its first keyframe, whose codec string it names.
    std::function<void(const GenerationAnnouncement&)> announced;
  };

  // Sound begins at or shortly after `first_sample`. `metrics` may be null. A channel of which
  // aac_kbps is 0 has no AAC; one of two languages has two sounds.
  static Result<std::unique_ptr<ProgrammeEncoder>> start(
      const Channel& channel, Generation generation, SlotIndex first_slot, SampleIndex first_sample,
      Outputs outputs, StreamerMetrics* metrics, LadderSource source = {});

  // False: the encoders are behind; the whole slot is left out, in every rendition.
  bool offer_picture(SlotIndex slot, GstBuffer* picture, bool idr, Monotonic now,
                     ByteSpan captions = {}) {
    return ladder_->offer(slot, picture, idr, now, captions);
  }
  void push_sound(SampleIndex first, std::span<const float> samples, size_t sound = 0);
  int64_t queued_samples() const;

  VideoLadder& ladder() { return *ladder_; }
  bool failed() const;
  std::string error() const;

 private:
  ProgrammeEncoder(const Channel& channel, Generation generation, Outputs outputs,
                   StreamerMetrics* metrics);
  // One sound of the channel.
  struct Sound {
    Packetizer opus_packetizer, aac_packetizer;
    std::unique_ptr<SoundEncoder> opus;
    std::unique_ptr<SoundEncoder> aac;  // or none
  };
  Result<void> start_sound(size_t sound, const Channel& channel, SampleIndex first_sample);
  void on_picture(const EncodedPicture& picture);
  void on_sound(RenditionId rendition, AudioFrameIndex frame, ByteSpan packet);
  void learn_codec(size_t rung, ByteSpan annex_b);
  void put_out(Parsed<MediaUnit> unit, RenditionId rendition);

  FrameGrid grid_;
  Outputs outputs_;
  StreamerMetrics* metrics_;
  std::vector<Packetizer> video_packetizers_;
  std::mutex announcement_mutex_;
  GenerationAnnouncement announcement_;  // codecs of rungs are empty until known
  std::vector<char> codec_known_;        // a rung's thread looks at its own only
  std::unique_ptr<VideoLadder> ladder_;
  std::vector<Sound> sounds_;  // last: their encoders' threads use the rest
};

}  // namespace longmen

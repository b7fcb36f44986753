// What is on air on one channel, for the viewers of one shard: the generation, its renditions, and
// a GopCache for each. The relay decides which source is on air (live or slate) and says so with
// begin_generation(); units of any other generation are refused. Histories survive the change, so
// that packets lost just before it are still repeated. It does not know viewers. One thread. Of the
// newest two packets of a sound it makes one for those whom both wait for.
#pragma once

#include <array>
#include <span>

#include "core/viewer/gop_cache.h"

namespace longmen {

class ChannelCache {
 public:
  // Puts a generation on air with the renditions that it announced (video and audio). Call it when
  // its first keyframe is at hand, since viewers leave the previous generation at once.
  void begin_generation(Generation generation, std::span<const RenditionId> renditions);
  // kStale: not of the generation on air, or of a rendition that it did not announce; kMalformed:
  // its packets do not make trains that fit a datagram each.
  Parsed<void> push(MediaUnitPtr unit);

  Generation generation() const { return generation_; }  // zero before the first
  bool has(RenditionId rendition) const;                 // in the generation on air
  // The wanted rung, or the next smaller one that is on air, or the smallest; none without video.
  std::optional<RenditionId> nearest_video(RenditionId wanted) const;
  // Empty until something was pushed, then for ever.
  const GopCache& cache(RenditionId rendition) const { return caches_[slot(rendition)]; }
  // The wanted Opus, or the first where it is not on air: a slate has one sound.
  RenditionId nearest_sound(RenditionId wanted) const {
    return has(wanted) ? wanted : kOpusRendition;
  }
  // The newest two units of that Opus as a unit of one packet, with the first one's time and
  // number; null when they do not follow each other or do not go together. Until the next push().
  const MediaUnit* sound_pair(RenditionId opus) const {
    const SoundPair& pair = sound_pairs_[sound_of(opus)];
    return pair.is_there ? &pair.unit : nullptr;
  }

 private:
  static constexpr size_t kSlots = kMaxVideoRenditions + 2 * kMaxSounds;
  static size_t slot(RenditionId rendition);  // kSlots for an unknown id

  struct SoundPair {
    bool is_there = false;
    MediaUnit unit;  // kept for its capacity
  };
  void make_sound_pair(RenditionId opus);

  Generation generation_;
  std::array<bool, kSlots> on_air_{};
  std::array<GopCache, kSlots + 1> caches_;  // the last one stays empty
  std::array<SoundPair, kMaxSounds> sound_pairs_;
};

}  // namespace longmen

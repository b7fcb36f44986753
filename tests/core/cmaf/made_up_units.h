// Units of one generation, made by the real packetizer, for tests of what is made of them: pictures
// whose bytes say which they are, with a keyframe each second, and AAC frames.
#pragma once

#include <fmt/format.h>

#include <random>
#include <vector>

#include "core/codec/h264.h"
#include "core/rtp/packetizer.h"
#include "core/time/audio_grid.h"
#include "core/time/frame_grid.h"
#include "tests/support/hex.h"
#include "tests/support/start_of_2026.h"

namespace longmen::test {

inline constexpr int64_t kN0 = 1'767'225'600;  // its segment of one second

// x264's for 854x480 at 50, High profile.
inline Bytes made_up_sps() {
  return from_hex("6764001facd940d83de6f011000003000100000300640f183196");
}
inline Bytes made_up_pps() {
  return from_hex("68ebe3cb22c0");
}

inline Bytes picture(int64_t slot, bool keyframe, uint32_t salt = 0) {
  Bytes annex_b;
  if (keyframe) {
    h264::append_annex_b(made_up_sps(), annex_b);
    h264::append_annex_b(made_up_pps(), annex_b);
  }
  std::string slice(1, keyframe ? '\x65' : '\x41');
  slice += fmt::format("slot {} salt {}.", slot, salt);
  std::minstd_rand random(static_cast<uint32_t>(slot) + salt + 1);
  const size_t bytes = (keyframe ? 4000 : 500) + random() % 900;
  while (slice.size() < bytes)
    slice.push_back(static_cast<char>(random() % 255 + 1));
  h264::append_annex_b(as_bytes(slice), annex_b);
  return annex_b;
}

inline Bytes sound_frame(int64_t frame) {
  const std::string text = fmt::format("frame {}.", frame) + std::string(300 + frame % 50, 'a');
  return Bytes(text.begin(), text.end());
}

// `frames` slots from the first one at or after `from`; keyframes where seconds begin.
inline std::vector<MediaUnit> pictures(Generation generation, RenditionId rendition, int fps,
                                       MediaTime from, int64_t frames,
                                       const std::vector<int64_t>& left_out = {}) {
  const FrameGrid grid(fps);
  Packetizer packetizer(generation, rendition);
  std::vector<MediaUnit> units;
  const SlotIndex first = grid.first_slot_from(from);
  for (SlotIndex slot = first; slot < first + frames; ++slot) {
    if (std::find(left_out.begin(), left_out.end(), slot - first) != left_out.end()) continue;
    const bool keyframe = slot % fps == 0 || units.empty();
    units.push_back(*packetizer.h264(picture(slot, keyframe, rendition.value), grid.time_of(slot)));
  }
  return units;
}

inline std::vector<MediaUnit> sounds(Generation generation, MediaTime from, int64_t frames) {
  Packetizer packetizer(generation, kAacRendition);
  std::vector<MediaUnit> units;
  const AudioFrameIndex first = kAacGrid.first_frame_from(from);
  for (AudioFrameIndex frame = first; frame < first + frames; ++frame)
    units.push_back(*packetizer.aac(sound_frame(frame), kAacGrid.time_of(frame)));
  return units;
}

}  // namespace longmen::test

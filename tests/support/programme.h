// A made-up programme of one generation, through the real packetizer: frames and sound that say
// which they are and that can be made again, so that a receiver can check every byte it got.
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>

#include "core/codec/h264.h"
#include "core/rtp/packetizer.h"

namespace longmen::test {

inline constexpr Flicks kFrameDuration{Flicks::period::den / 30};
inline constexpr Flicks kSoundDuration = std::chrono::milliseconds(20);
inline constexpr uint64_t kGopFrames = 30;

// What a frame says of itself.
struct FrameName {
  uint64_t generation = 0;
  uint8_t rendition = 0;
  uint64_t number = 0;
  auto operator<=>(const FrameName&) const = default;
  bool keyframe() const { return number % kGopFrames == 0; }
};

// Generations from this on have the rates of the default ladder (2000, 1000, 500 kbit/s) in GOPs of
// 1 s; a keyframe takes 180 ms of its rung's rate. Others are smaller, for tests of many viewers.
inline constexpr uint64_t kFirstLadderGeneration = 1000;
// From this on, those of a ladder of 1080p: three times as much.
inline constexpr uint64_t kFirstWideLadderGeneration = 100'000;

inline size_t ladder_frame_bytes(const FrameName& name) {
  const size_t times = name.generation >= kFirstWideLadderGeneration ? 3 : 1;
  const size_t gop = times * size_t{250'000} >> name.rendition;
  const size_t keyframe = times * size_t{45'000} >> name.rendition;
  const size_t other = (gop - keyframe) / (kGopFrames - 1);
  const size_t mean = name.keyframe() ? keyframe : other;
  return mean * 4 / 5 + (name.number * 2654435761u >> 7) % (mean * 2 / 5);
}

inline size_t frame_bytes(const FrameName& name) {
  if (name.generation >= kFirstLadderGeneration) return ladder_frame_bytes(name);
  const size_t scale = size_t{12} >> name.rendition;
  const size_t wobble = (name.number * 2654435761u) % 700;
  return name.keyframe() ? 2000 * scale + wobble : 250 * scale + wobble;
}

// Annex B: parameter sets before a keyframe, one slice.
inline Bytes frame_content(const FrameName& name) {
  Bytes out;
  if (name.keyframe()) {
    h264::append_annex_b(as_bytes("\x67SPS of the programme"), out);
    h264::append_annex_b(as_bytes("\x68PPS"), out);
  }
  std::string slice(1, name.keyframe() ? '\x65' : '\x41');
  slice += fmt::format("{:016x}{:02x}{:016x}", name.generation, name.rendition, name.number);
  std::minstd_rand random(static_cast<uint32_t>(name.number * 8 + name.rendition + 1));
  while (slice.size() < frame_bytes(name))
    slice.push_back(static_cast<char>(random() % 255 + 1));
  h264::append_annex_b(as_bytes(slice), out);
  return out;
}

// Of the slice, which is the last NAL unit of an access unit.
inline std::optional<FrameName> read_frame_name(ByteSpan annex_b) {
  std::vector<ByteSpan> nals;
  if (!h264::split_annex_b(annex_b, nals) || nals.empty() || nals.back().size() < 35) return {};
  const std::string digits(as_text(nals.back().subspan(1, 34)));
  if (digits.find_first_not_of("0123456789abcdef") != std::string::npos) return {};
  return FrameName{std::stoull(digits.substr(0, 16), nullptr, 16),
                   static_cast<uint8_t>(std::stoul(digits.substr(16, 2), nullptr, 16)),
                   std::stoull(digits.substr(18), nullptr, 16)};
}

class Programme {
 public:
  Programme(Generation generation, uint8_t rungs, size_t sounds = 1) : generation_(generation) {
    for (uint8_t rung = 0; rung < rungs; ++rung) {
      renditions_.push_back(RenditionId{rung});
      video_.emplace_back(generation, RenditionId{rung});
    }
    for (size_t sound = 0; sound < sounds; ++sound) {
      renditions_.push_back(opus_rendition(sound));
      opus_.emplace_back(generation, opus_rendition(sound));
    }
  }

  Generation generation() const { return generation_; }
  const std::vector<RenditionId>& renditions() const { return renditions_; }

  // Frame n is at n / 30 s, sound n at n * 20 ms of media time. Call in order.
  MediaUnitPtr frame(uint8_t rung, uint64_t number) {
    const FrameName name{generation_.value, rung, number};
    return std::make_shared<const MediaUnit>(*video_[rung].h264(
        frame_content(name), MediaTime(static_cast<int64_t>(number) * kFrameDuration)));
  }
  MediaUnitPtr sound(uint64_t number, size_t of = 0) {
    const std::string text = fmt::format("\xfc{:016x}{:016x}", generation_.value, number) +
                             std::string(180 + number % 40, of == 0 ? 's' : 't');
    return std::make_shared<const MediaUnit>(
        *opus_[of].opus(as_bytes(text), MediaTime(static_cast<int64_t>(number) * kSoundDuration)));
  }

 private:
  Generation generation_;
  std::vector<RenditionId> renditions_;
  std::vector<Packetizer> video_;
  std::vector<Packetizer> opus_;
};

}  // namespace longmen::test

#include "core/sound/stereo_downmix.h"

#include <algorithm>
#include <numbers>

namespace longmen {
namespace {

struct Share {
  float left = 0, right = 0;
};

constexpr float kThreeDown = std::numbers::sqrt2_v<float> / 2;

Share share_of(Speaker speaker) {
  switch (speaker) {
    case Speaker::kMono:
      return {1, 1};
    case Speaker::kLeft:
      return {1, 0};
    case Speaker::kRight:
      return {0, 1};
    case Speaker::kCentre:
      return {kThreeDown, kThreeDown};
    case Speaker::kSurroundLeft:
      return {kThreeDown, 0};
    case Speaker::kSurroundRight:
      return {0, kThreeDown};
    case Speaker::kSurroundCentre:
      return {0.5F, 0.5F};
    case Speaker::kLowFrequency:
    case Speaker::kUnknown:
      break;
  }
  return {};
}

std::vector<Share> shares_of(std::span<const Speaker> speakers) {
  std::vector<Share> shares;
  for (const Speaker speaker : speakers)
    shares.push_back(share_of(speaker));
  const bool placed =
      std::ranges::any_of(speakers, [](Speaker speaker) { return speaker != Speaker::kUnknown; });
  if (placed) return shares;
  if (shares.size() == 1) shares[0] = share_of(Speaker::kMono);
  if (shares.size() >= 2) {
    shares[0] = share_of(Speaker::kLeft);
    shares[1] = share_of(Speaker::kRight);
  }
  return shares;
}

}  // namespace

std::vector<float> downmix_to_stereo(std::span<const Speaker> speakers,
                                     std::span<const float> samples) {
  if (speakers.empty()) return {};
  const std::vector<Share> shares = shares_of(speakers);
  std::vector<float> stereo(samples.size() / speakers.size() * 2, 0.0F);
  for (size_t frame = 0; frame < stereo.size() / 2; ++frame) {
    const auto from = samples.subspan(frame * speakers.size(), speakers.size());
    for (size_t i = 0; i < shares.size(); ++i) {
      stereo[2 * frame] += shares[i].left * from[i];
      stereo[2 * frame + 1] += shares[i].right * from[i];
    }
  }
  return stereo;
}

}  // namespace longmen

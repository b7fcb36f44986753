// Pictures of a channel that are the studio's alone, each watched like a channel by a name of its
// own that stands in no list and always asks for a token: the programme as it would be, whatever
// is ordered for the air, and each input as it comes in, before the programme's choice. Which of
// them somebody may see is control's and the gate's to say; here are their names, and the one rung
// that an input's preview has. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/node/channel.h"

namespace longmen {

enum class HiddenPicture : uint8_t { kPrimary = 0, kBackup = 1, kProgramme = 2 };

inline constexpr std::array kHiddenPictures{HiddenPicture::kPrimary, HiddenPicture::kBackup,
                                            HiddenPicture::kProgramme};
static_assert(kMaxServed == (1 + kHiddenPictures.size()) * kMaxChannels);

std::string_view name_of(HiddenPicture picture);  // "primary", "backup", "programme"
std::optional<HiddenPicture> hidden_picture_named(std::string_view name);

constexpr HiddenPicture preview_of(ChannelInput input) {
  return input == ChannelInput::kPrimary ? HiddenPicture::kPrimary : HiddenPicture::kBackup;
}
// Nothing: it is the programme.
constexpr std::optional<ChannelInput> input_of(HiddenPicture picture) {
  if (picture == HiddenPicture::kProgramme) return std::nullopt;
  return picture == HiddenPicture::kPrimary ? ChannelInput::kPrimary : ChannelInput::kBackup;
}

// "main" and kPrimary <-> "main~primary". No channel's own name has a '~'.
std::string hidden_channel(std::string_view channel, HiddenPicture picture);
struct HiddenChannel {
  std::string_view channel;
  HiddenPicture picture;
};
std::optional<HiddenChannel> read_hidden_channel(std::string_view name);

// How an input's preview is encoded: one rung, of 360 lines at most in the channel's shape, at no
// more than 30 pictures a second, a keyframe each second, and small sound.
Channel input_preview(const Channel& channel);

}  // namespace longmen

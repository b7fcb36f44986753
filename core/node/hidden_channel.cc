#include "core/node/hidden_channel.h"

#include <algorithm>

#include "core/base/names.h"

namespace longmen {
namespace {

constexpr char kHiddenMark = '~';
constexpr std::array kHiddenNames{Named{HiddenPicture::kPrimary, "primary"},
                                  Named{HiddenPicture::kBackup, "backup"},
                                  Named{HiddenPicture::kProgramme, "programme"}};

constexpr int kPreviewHeight = 360;
constexpr int kLeastWidth = 64;
constexpr int kPreviewKbps = 400;
constexpr int kPreviewOpusKbps = 64;
constexpr int kMaxFramesPerSecond = 30;

}  // namespace

std::string_view name_of(HiddenPicture picture) {
  return name_in(kHiddenNames, picture);
}

std::optional<HiddenPicture> hidden_picture_named(std::string_view name) {
  return value_in<HiddenPicture>(kHiddenNames, name);
}

std::string hidden_channel(std::string_view channel, HiddenPicture picture) {
  return std::string(channel) + kHiddenMark + std::string(name_of(picture));
}

std::optional<HiddenChannel> read_hidden_channel(std::string_view name) {
  const size_t mark = name.find(kHiddenMark);
  if (mark == std::string_view::npos || mark == 0) return std::nullopt;
  const auto picture = hidden_picture_named(name.substr(mark + 1));
  if (!picture) return std::nullopt;
  return HiddenChannel{name.substr(0, mark), *picture};
}

Channel input_preview(const Channel& channel) {
  Channel preview;
  preview.id = channel.id;
  preview.name = channel.name;
  const bool half = channel.frames_per_second > kMaxFramesPerSecond;
  preview.frames_per_second = half ? channel.frames_per_second / 2 : channel.frames_per_second;
  preview.gop_seconds = 1;
  const VideoRung& top = channel.video.front();
  const int height = std::min(top.height, kPreviewHeight);
  // Even, as 4:2:0 asks for.
  const int width = std::max((top.width * height / top.height + 1) / 2 * 2, kLeastWidth);
  preview.video = {{std::to_string(height) + "p", std::min(width, top.width), height,
                    std::min(kPreviewKbps, top.bitrate_kbps)}};
  preview.opus_kbps = std::min(kPreviewOpusKbps, channel.opus_kbps);
  preview.aac_kbps = 0;
  return preview;
}

}  // namespace longmen

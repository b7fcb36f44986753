// A channel with two rungs at 30 pictures a second, its live generations and its slate, for tests
// of what is made of them for HLS.
#pragma once

#include <algorithm>
#include <map>

#include "core/media/slate.h"
#include "core/node/channel.h"
#include "tests/core/cmaf/made_up_units.h"

namespace longmen::test {

inline Channel made_up_channel() {
  Channel channel;
  channel.id = "main";
  channel.name = "Main";
  channel.video = {{"480p", 854, 480, 1000}, {"360p", 640, 360, 500}};
  return channel;
}

// With a language on each side.
inline Channel made_up_channel_of_two() {
  Channel channel = made_up_channel();
  channel.sound.languages = {{"zh", "普通话"}, {"ug", "ئۇيغۇرچە"}};
  channel.sound.mapping[ChannelInput::kPrimary] = SoundMapping::kLanguages;
  return channel;
}
inline std::vector<MediaUnit> with_second_sound(const std::vector<MediaUnit>& units) {
  std::vector<MediaUnit> all;
  for (const MediaUnit& unit : units) {
    all.push_back(unit);
    if (!is_aac(unit.rendition)) continue;
    all.push_back(unit);
    all.back().rendition = aac_rendition(1);
  }
  return all;
}

inline GenerationAnnouncement announcement_of(Generation generation) {
  GenerationAnnouncement announcement{generation, {}};
  announcement.renditions = {{RenditionId{0}, "480p", "video", 854, 480, 30, 1000, "avc1.64001f"},
                             {RenditionId{1}, "360p", "video", 640, 360, 30, 500, "avc1.64001f"},
                             {kAacRendition, "aac", "audio", 0, 0, 0, 128, "mp4a.40.2"}};
  return announcement;
}

// Every rendition's units that start within [from, from + length), by time.
inline std::vector<MediaUnit> programme(Generation generation, MediaTime from, Flicks length) {
  std::vector<MediaUnit> all;
  const auto add = [&](std::vector<MediaUnit> units) {
    for (MediaUnit& unit : units)
      if (unit.time < from + length) all.push_back(std::move(unit));
  };
  const int64_t seconds = length / std::chrono::seconds(1) + 1;
  for (const uint8_t rung : {0, 1})
    add(pictures(generation, RenditionId{rung}, 30, from, 30 * seconds));
  add(sounds(generation, from, 47 * seconds));
  std::ranges::stable_sort(all, {}, &MediaUnit::time);
  return all;
}

inline std::shared_ptr<const Slate> made_up_slate(Generation generation) {
  Bytes file;
  ByteWriter writer(file);
  writer.text(kSlateMagic);
  const std::string json = to_json(announcement_of(generation));
  writer.u32(json.size());
  writer.text(json);
  for (const MediaUnit& unit : programme(generation, MediaTime(), kSlateLoop)) {
    Bytes body;
    write_media_unit(unit, body);
    writer.u32(body.size());
    writer.bytes(body);
  }
  return Slate::parse(file, kAacRendition).value();
}

}  // namespace longmen::test

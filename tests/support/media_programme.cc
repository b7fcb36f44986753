#include "tests/support/media_programme.h"

#include <algorithm>

#include "core/media/slate.h"

namespace longmen::test {
namespace {

constexpr uint16_t kFuA = 0x7C05;

}  // namespace

MediaProgramme::MediaProgramme(Generation generation, int rungs, size_t packets_per_frame,
                               size_t payload_bytes, size_t sounds)
    : generation_(generation),
      rungs_(rungs),
      packets_per_frame_(packets_per_frame),
      payload_bytes_(payload_bytes),
      sounds_(sounds) {}

GenerationAnnouncement MediaProgramme::announcement() const {
  GenerationAnnouncement announcement{generation_, {}};
  for (int rung = 0; rung < rungs_; ++rung) {
    announcement.renditions.push_back({RenditionId{static_cast<uint8_t>(rung)},
                                       "rung" + std::to_string(rung), "video", 640, 360, 30, 500,
                                       "avc1.42e01f"});
  }
  for (size_t of = 0; of < sounds_; ++of)
    announcement.renditions.push_back({opus_rendition(of), "opus", "audio", 0, 0, 0, 96, "opus"});
  return announcement;
}

MediaUnitPtr MediaProgramme::make(RenditionId rendition, MediaTime time, bool keyframe,
                                  size_t packets, size_t payload_bytes) {
  auto unit = std::make_shared<MediaUnit>();
  unit->generation = generation_;
  unit->rendition = rendition;
  unit->time = time;
  unit->keyframe = keyframe;
  unit->first_sequence = next_sequence_[rendition];
  next_sequence_[rendition] += packets;
  for (size_t i = 0; i < packets; ++i) {
    MediaPacket packet;
    packet.offset = static_cast<uint32_t>(unit->payloads.size());
    packet.payload_bytes = static_cast<uint16_t>(payload_bytes);
    packet.marker = i + 1 == packets;
    // A keyframe's parameter sets are a train of their own.
    packet.starts_train = i == 0 || (i == 1 && is_video(rendition) && keyframe);
    ByteWriter writer(unit->payloads);
    writer.u16(kFuA);
    writer.u64(generation_.value);
    writer.u8(rendition.value);
    writer.u8(keyframe);
    writer.u64(static_cast<uint64_t>(time.time_since_epoch().count()));
    writer.u16(i);
    writer.u16(packets);
    unit->payloads.resize(packet.offset + payload_bytes, static_cast<uint8_t>(i));
    unit->packets.push_back(packet);
  }
  return unit;
}

MediaUnitPtr MediaProgramme::frame(RenditionId rendition, MediaTime time, bool keyframe) {
  return make(rendition, time, keyframe, keyframe ? 2 * packets_per_frame_ : packets_per_frame_,
              payload_bytes_);
}

MediaUnitPtr MediaProgramme::sound(MediaTime time, size_t of) {
  return make(opus_rendition(of), time, true, 1, 200);
}

std::vector<MediaUnitPtr> MediaProgramme::units(MediaTime from, MediaTime until) {
  std::vector<MediaUnitPtr> all;
  const auto first_after = [&](Flicks grid) {
    const int64_t count = from.time_since_epoch().count();
    return (count + grid.count() - 1) / grid.count();
  };
  int64_t frame_number = first_after(kFrame);
  int64_t sound_number = first_after(kOpusFrame);
  for (;;) {
    const MediaTime frame_time(frame_number * kFrame);
    const MediaTime sound_time(sound_number * kOpusFrame);
    if (std::min(frame_time, sound_time) >= until) return all;
    if (frame_time <= sound_time) {
      for (int rung = 0; rung < rungs_; ++rung)
        all.push_back(
            frame(RenditionId{static_cast<uint8_t>(rung)}, frame_time, frame_number % 30 == 0));
      ++frame_number;
    } else {
      for (size_t of = 0; of < sounds_; ++of)
        all.push_back(sound(sound_time, of));
      ++sound_number;
    }
  }
}

Bytes MediaProgramme::slate_file(Generation generation, int rungs) {
  MediaProgramme programme(generation, rungs, 2, 300);
  Bytes file;
  ByteWriter writer(file);
  writer.text(kSlateMagic);
  const std::string json = to_json(programme.announcement());
  writer.u32(json.size());
  writer.text(json);
  for (const MediaUnitPtr& unit : programme.units(MediaTime(), MediaTime(kSlateLoop))) {
    Bytes body;
    write_media_unit(*unit, body);
    writer.u32(body.size());
    writer.bytes(body);
  }
  return file;
}

std::optional<PacketMark> read_mark(ByteSpan payload) {
  ByteReader reader(payload);
  if (reader.u16() != kFuA) return {};
  PacketMark mark;
  mark.generation = reader.u64();
  mark.rendition = reader.u8();
  mark.keyframe = reader.u8();
  mark.time = MediaTime(Flicks(static_cast<int64_t>(reader.u64())));
  mark.packet = reader.u16();
  mark.packets = reader.u16();
  if (!reader.ok()) return {};
  return mark;
}

}  // namespace longmen::test

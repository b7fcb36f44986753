// Media units as they come over a link, and what a relay does with them: cache and depacketise.
#include "core/base/invariant.h"
#include "core/rtp/depacketizer.h"
#include "core/viewer/channel_cache.h"

using namespace longmen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto unit = read_media_unit(ByteSpan(data, size));
  if (!unit) return 0;
  Bytes written;
  write_media_unit(*unit, written);
  invariant(written.size() == size, "the wire form has no slack");
  const auto again = read_media_unit(written);
  invariant(again && again->payloads == unit->payloads && again->time == unit->time,
            "what is written is read");
  (void)h264_access_unit(*unit);
  (void)aac_frame(*unit);
  (void)opus_packet(*unit);

  ChannelCache channel;
  const RenditionId renditions[] = {unit->rendition};
  channel.begin_generation(unit->generation, renditions);
  const PacketSequence sequence = unit->first_sequence;
  const Generation generation = unit->generation;
  const RenditionId rendition = unit->rendition;
  if (channel.push(std::make_shared<const MediaUnit>(std::move(*unit)))) {
    const auto found = channel.cache(rendition).find(generation, sequence);
    invariant(found && found->index == 0, "what is cached is found");
  }
  return 0;
}

#include "core/cmaf/chunk.h"

#include "core/cmaf/box_writer.h"
#include "core/cmaf/fragment_flags.h"
#include "core/cmaf/init_segment.h"
#include "core/rtp/ntp_time.h"

namespace longmen::cmaf {
namespace {

constexpr uint32_t kDependsOnNone = 0x02000000;    // §8.8.3.1
constexpr uint32_t kDependsOnOthers = 0x01010000;  // and is no sync sample
constexpr uint32_t kMdatHeaderBytes = 8;

// Times of encoder input (flags 0), 64-bit.
void write_reference_time(BoxWriter& out, const Chunk& chunk) {
  out.full_box("prft", 1, 0, [&] {
    out.u32(kTrackId);
    out.u64(to_ntp(chunk.capture).value);
    out.u64(chunk.decode_time);
  });
}

// Where the offset of the media stands, for who knows the size of all.
size_t write_run(BoxWriter& out, std::span<const ChunkSample> samples) {
  size_t offset_at = 0;
  out.full_box("trun", 0, kDataOffset | kSampleDuration | kSampleSize | kSampleFlags, [&] {
    out.u32(samples.size());
    offset_at = out.size();
    out.u32(0);
    for (const ChunkSample& sample : samples) {
      out.u32(sample.duration);
      out.u32(sample.bytes);
      out.u32(sample.sync ? kDependsOnNone : kDependsOnOthers);
    }
  });
  return offset_at;
}

}  // namespace

Bytes write_chunk(const Chunk& chunk) {
  Bytes bytes;
  bytes.reserve(160 + 12 * chunk.samples.size() + chunk.media.size());
  BoxWriter out(bytes);
  write_reference_time(out, chunk);
  const size_t moof_at = out.size();
  size_t offset_at = 0;
  out.box("moof", [&] {
    out.full_box("mfhd", 0, 0, [&] { out.u32(chunk.sequence); });
    out.box("traf", [&] {
      out.full_box("tfhd", 0, kDefaultBaseIsMoof, [&] { out.u32(kTrackId); });
      out.full_box("tfdt", 1, 0, [&] { out.u64(chunk.decode_time); });
      offset_at = write_run(out, chunk.samples);
    });
  });
  out.patch_u32(offset_at, out.size() - moof_at + kMdatHeaderBytes);
  out.box("mdat", [&] { out.bytes(chunk.media); });
  return bytes;
}

}  // namespace longmen::cmaf

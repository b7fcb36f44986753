// AVCDecoderConfigurationRecord: ISO/IEC 14496-15 §5.3.3.1.2.
//   u8 version=1, u8 profile, u8 compatibility, u8 level, 6 bits 1, 2 bits length size - 1,
//   3 bits 1, 5 bits SPS count, each u16 length and NAL; u8 PPS count, each u16 length and NAL;
//   for the High profiles a chroma tail follows, which is read past and not written: readers take
//   what it says from the SPS.
#include "core/codec/h264.h"

namespace longmen::h264 {
namespace {

Parsed<void> read_sets(ByteReader& reader, size_t count, NalType type, std::vector<Bytes>& out) {
  if (count > kMaxParameterSets) return drop(DropReason::kTooLarge);
  for (size_t i = 0; i < count; ++i) {
    const ByteSpan nal = reader.take(reader.u16());
    if (!reader.ok()) return drop(DropReason::kTruncated);
    if (nal.size() > kMaxParameterSetBytes) return drop(DropReason::kTooLarge);
    if (nal.empty() || nal_type(nal) != type) return drop(DropReason::kMalformed);
    if (type == NalType::kSps && nal.size() < 4) return drop(DropReason::kMalformed);
    out.emplace_back(nal.begin(), nal.end());
  }
  return {};
}

}  // namespace

Parsed<DecoderConfiguration> read_decoder_configuration(ByteSpan record) {
  ByteReader reader(record);
  const uint8_t version = reader.u8();
  reader.skip(3);
  const uint8_t length_size = reader.u8() & 3;
  const size_t sps_count = reader.u8() & 0x1f;
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (version != 1) return drop(DropReason::kUnsupported);
  if (length_size == 2) return drop(DropReason::kMalformed);

  DecoderConfiguration configuration;
  configuration.nal_length_bytes = static_cast<uint8_t>(length_size + 1);
  if (auto read = read_sets(reader, sps_count, NalType::kSps, configuration.sps); !read)
    return drop(read.error());
  const size_t pps_count = reader.u8();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (auto read = read_sets(reader, pps_count, NalType::kPps, configuration.pps); !read)
    return drop(read.error());
  if (configuration.sps.empty() || configuration.pps.empty()) return drop(DropReason::kMalformed);
  return configuration;
}

Bytes write_decoder_configuration(const DecoderConfiguration& configuration) {
  Bytes out;
  ByteWriter writer(out);
  const Bytes& sps = configuration.sps.at(0);
  writer.u8(1);
  writer.bytes(ByteSpan(sps).subspan(1, 3));
  writer.u8(0xfc | (configuration.nal_length_bytes - 1));
  writer.u8(0xe0 | configuration.sps.size());
  for (const Bytes& set : configuration.sps) {
    writer.u16(set.size());
    writer.bytes(set);
  }
  writer.u8(configuration.pps.size());
  for (const Bytes& set : configuration.pps) {
    writer.u16(set.size());
    writer.bytes(set);
  }
  return out;
}

}  // namespace longmen::h264

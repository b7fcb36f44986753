// H.264 bytes: NAL units, the two ways of framing them, the decoder configuration record and what a
// server must read of a sequence parameter set. It decodes no picture and keeps no state.
// Bounds: kMaxNalUnits in one access unit, kMaxParameterSets of each kind; spans point into the
// caller's bytes, nothing is copied. All functions are pure. Sources: ITU-T H.264 (08/2021) §7.3,
// §7.4.1, annexes B and E; ISO/IEC 14496-15 §5.3.3.1; RFC 6381 §3.3 (codec string).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::h264 {

inline constexpr size_t kMaxNalUnits = 512;
inline constexpr size_t kMaxParameterSets = 32;
inline constexpr size_t kMaxParameterSetBytes = 4096;

enum class NalType : uint8_t {
  kSlice = 1,
  kPartitionA = 2,
  kPartitionB = 3,
  kPartitionC = 4,
  kIdr = 5,
  kSei = 6,
  kSps = 7,
  kPps = 8,
  kAccessUnitDelimiter = 9,
  kEndOfSequence = 10,
  kEndOfStream = 11,
  kFiller = 12,
  kStapA = 24,  // RFC 6184 §5.7.1
  kFuA = 28,    // RFC 6184 §5.8
};

// Of an FU header, RFC 6184 §5.8.
inline constexpr uint8_t kFuStart = 0x80;
inline constexpr uint8_t kFuEnd = 0x40;

// Of a NAL unit, which has at least one byte.
constexpr NalType nal_type(ByteSpan nal) {
  return static_cast<NalType>(nal[0] & 0x1f);
}
// False for what no viewer needs: delimiters, SEI, filler, end marks, and numbers that H.264 leaves
// unspecified.
bool worth_sending(NalType type);

// Appends the NAL units of an access unit to `nals` (without start codes, lengths or trailing
// zeros); empty ones are left out. kMalformed: no start code at the beginning; kTruncated: a length
// beyond the end; kTooLarge: more than kMaxNalUnits.
Parsed<void> split_annex_b(ByteSpan access_unit, std::vector<ByteSpan>& nals);
// `length_bytes` is 1, 2 or 4, from the configuration record.
Parsed<void> split_avcc(ByteSpan access_unit, size_t length_bytes, std::vector<ByteSpan>& nals);

void append_annex_b(ByteSpan nal, Bytes& out);  // with a four-byte start code
void append_avcc(ByteSpan nal, Bytes& out);     // with a four-byte length

// What an encoder says of the stream in its sequence parameter set.
struct SequenceParameters {
  uint8_t profile_idc = 0;
  uint8_t constraints = 0;  // constraint_set0..5 flags in the upper six bits
  uint8_t level_idc = 0;
  uint8_t id = 0;
  int width = 0;   // cropped, luma samples
  int height = 0;  // cropped
  bool interlaced = false;
  uint8_t chroma_format = 1;  // chroma_format_idc: 1 is 4:2:0
  uint8_t luma_bits = 8;
  uint8_t chroma_bits = 8;
  uint8_t max_reference_frames = 0;
  // From the VUI, when it is there: frames a second = time_scale / (2 * units_in_tick).
  uint32_t units_in_tick = 0;
  uint32_t time_scale = 0;
  bool fixed_frame_rate = false;
  std::optional<uint8_t> max_reorder_frames;  // 0: no B-frames
};
Parsed<SequenceParameters> parse_sps(ByteSpan nal);
// Whether sequence parameter sets of that profile say their chroma format and depths (§7.3.2.1.1).
bool has_chroma_format(uint8_t profile_idc);

// "avc1.PPCCLL" of an SPS NAL unit of at least four bytes.
Parsed<std::string> codec_string(ByteSpan sps);

// AVCDecoderConfigurationRecord: `config` of an H.264 feed track, body of an avcC box.
struct DecoderConfiguration {
  uint8_t nal_length_bytes = 4;  // 1, 2 or 4
  std::vector<Bytes> sps;        // at least one, of at least four bytes
  std::vector<Bytes> pps;        // at least one
  bool operator==(const DecoderConfiguration&) const = default;
};
Parsed<DecoderConfiguration> read_decoder_configuration(ByteSpan record);
Bytes write_decoder_configuration(const DecoderConfiguration& configuration);

}  // namespace longmen::h264

// H.265 as MP4 and RTMP frame it, with lengths and its parameter sets aside, and as a feed has it,
// with start codes and these in band. Pure. Source: ISO/IEC 14496-15 §8.3.2 (HVCC); ITU-T H.265
// Annex B.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::h265 {

struct DecoderConfiguration {
  size_t nal_length_bytes = 4;  // 1, 2 or 4
  Bytes parameter_sets;         // each behind a start code
};

// Of an HEVCDecoderConfigurationRecord. kMalformed: it has no SPS, or another version.
Parsed<DecoderConfiguration> read_decoder_configuration(ByteSpan record);

// Appends the NAL units, of which each has its length before it. kTruncated: one does not fit.
Parsed<void> append_annex_b(ByteSpan with_lengths, size_t nal_length_bytes, Bytes& out);

// Whether there is an SPS behind a start code.
bool has_sps(ByteSpan annex_b);

}  // namespace longmen::h265

// Sequence parameter sets: ITU-T H.264 §7.3.2.1.1 and annex E.1.
#include "core/codec/bit_reader.h"
#include "core/codec/h264.h"

namespace longmen::h264 {
namespace {

constexpr uint32_t kMaxMacroblocksAcross = 1024;  // 16384 luma samples, beyond any level
constexpr uint8_t kExtendedSar = 255;

void skip_scaling_list(BitReader& reader, int size) {
  int last = 8;
  int next = 8;
  for (int i = 0; i < size && reader.ok(); ++i) {
    if (next != 0) next = (last + static_cast<int>(reader.se() % 256) + 256) % 256;
    if (next != 0) last = next;
  }
}

// False when the chroma format or a depth is none.
bool read_chroma_and_scaling(BitReader& reader, SequenceParameters& parameters, bool& separate) {
  const uint32_t chroma_format_idc = reader.ue();
  if (chroma_format_idc > 3) return false;
  if (chroma_format_idc == 3) separate = reader.flag();
  const uint32_t luma_minus8 = reader.ue();
  const uint32_t chroma_minus8 = reader.ue();
  if (luma_minus8 > 6 || chroma_minus8 > 6) return false;
  parameters.chroma_format = static_cast<uint8_t>(chroma_format_idc);
  parameters.luma_bits = static_cast<uint8_t>(8 + luma_minus8);
  parameters.chroma_bits = static_cast<uint8_t>(8 + chroma_minus8);
  reader.skip(1);                   // qpprime_y_zero_transform_bypass_flag
  if (!reader.flag()) return true;  // seq_scaling_matrix_present_flag
  const int lists = chroma_format_idc == 3 ? 12 : 8;
  for (int i = 0; i < lists; ++i)
    if (reader.flag()) skip_scaling_list(reader, i < 6 ? 16 : 64);
  return true;
}

bool skip_picture_order(BitReader& reader) {
  switch (reader.ue()) {
    case 0:
      reader.ue();  // log2_max_pic_order_cnt_lsb_minus4
      return true;
    case 1: {
      reader.skip(1);  // delta_pic_order_always_zero_flag
      reader.se();
      reader.se();
      const uint32_t cycle = reader.ue();
      if (cycle > 255) return false;
      for (uint32_t i = 0; i < cycle; ++i)
        reader.se();
      return true;
    }
    case 2:
      return true;
    default:
      return false;
  }
}

bool skip_hrd(BitReader& reader) {
  const uint32_t count_minus1 = reader.ue();
  if (count_minus1 > 31) return false;
  reader.skip(8);  // bit_rate_scale, cpb_size_scale
  for (uint32_t i = 0; i <= count_minus1; ++i) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20);
  return reader.ok();
}

bool read_vui(BitReader& reader, SequenceParameters& parameters) {
  if (reader.flag() && reader.bits(8) == kExtendedSar) reader.skip(32);
  if (reader.flag()) reader.skip(1);  // overscan
  if (reader.flag()) {                // video_signal_type
    reader.skip(4);
    if (reader.flag()) reader.skip(24);
  }
  if (reader.flag()) {  // chroma_loc_info
    reader.ue();
    reader.ue();
  }
  if (reader.flag()) {  // timing_info
    parameters.units_in_tick = reader.bits(32);
    parameters.time_scale = reader.bits(32);
    parameters.fixed_frame_rate = reader.flag();
  }
  const bool nal_hrd = reader.flag();
  if (nal_hrd && !skip_hrd(reader)) return false;
  const bool vcl_hrd = reader.flag();
  if (vcl_hrd && !skip_hrd(reader)) return false;
  if (nal_hrd || vcl_hrd) reader.skip(1);
  reader.skip(1);       // pic_struct_present_flag
  if (reader.flag()) {  // bitstream_restriction
    reader.skip(1);
    for (int i = 0; i < 4; ++i)
      reader.ue();
    const uint32_t reorder = reader.ue();
    reader.ue();  // max_dec_frame_buffering
    if (reader.ok() && reorder <= 16) parameters.max_reorder_frames = static_cast<uint8_t>(reorder);
  }
  return reader.ok();
}

}  // namespace

bool has_chroma_format(uint8_t profile_idc) {
  switch (profile_idc) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135:
      return true;
    default:
      return false;
  }
}

Parsed<SequenceParameters> parse_sps(ByteSpan nal) {
  if (nal.size() < 4) return drop(DropReason::kTruncated);
  if (nal.size() > kMaxParameterSetBytes) return drop(DropReason::kTooLarge);
  if (nal_type(nal) != NalType::kSps) return drop(DropReason::kMalformed);

  BitReader reader(nal.subspan(1), BitReader::Escapes::kEmulationPrevention);
  SequenceParameters parameters;
  parameters.profile_idc = static_cast<uint8_t>(reader.bits(8));
  parameters.constraints = static_cast<uint8_t>(reader.bits(8));
  parameters.level_idc = static_cast<uint8_t>(reader.bits(8));
  const uint32_t id = reader.ue();
  if (id > 31) return drop(DropReason::kMalformed);
  parameters.id = static_cast<uint8_t>(id);

  bool separate_planes = false;
  if (has_chroma_format(parameters.profile_idc) &&
      !read_chroma_and_scaling(reader, parameters, separate_planes))
    return drop(DropReason::kMalformed);
  const uint8_t chroma_format_idc = parameters.chroma_format;
  reader.ue();  // log2_max_frame_num_minus4
  if (!skip_picture_order(reader)) return drop(DropReason::kMalformed);
  const uint32_t reference_frames = reader.ue();
  if (reference_frames > 16) return drop(DropReason::kMalformed);
  parameters.max_reference_frames = static_cast<uint8_t>(reference_frames);
  reader.skip(1);  // gaps_in_frame_num_value_allowed_flag

  const uint32_t width_minus1 = reader.ue();
  const uint32_t height_minus1 = reader.ue();
  parameters.interlaced = !reader.flag();
  if (parameters.interlaced) reader.skip(1);
  reader.skip(1);  // direct_8x8_inference_flag
  if (width_minus1 >= kMaxMacroblocksAcross || height_minus1 >= kMaxMacroblocksAcross)
    return drop(DropReason::kMalformed);
  const int field_factor = parameters.interlaced ? 2 : 1;
  parameters.width = static_cast<int>(width_minus1 + 1) * 16;
  parameters.height = static_cast<int>(height_minus1 + 1) * 16 * field_factor;
  if (reader.flag()) {  // frame_cropping
    const bool monochrome = chroma_format_idc == 0 || separate_planes;
    const int64_t unit_x = !monochrome && chroma_format_idc != 3 ? 2 : 1;
    const int64_t unit_y = int64_t{!monochrome && chroma_format_idc == 1 ? 2 : 1} * field_factor;
    const int64_t across = int64_t{reader.ue()} + reader.ue();
    const int64_t down = int64_t{reader.ue()} + reader.ue();
    if (across * unit_x >= parameters.width || down * unit_y >= parameters.height)
      return drop(DropReason::kMalformed);
    parameters.width -= static_cast<int>(across * unit_x);
    parameters.height -= static_cast<int>(down * unit_y);
  }
  const bool has_vui = reader.flag();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  // Some encoders cut their VUI short; the picture is known all the same.
  if (SequenceParameters with_vui = parameters; has_vui && read_vui(reader, with_vui))
    parameters = with_vui;
  return parameters;
}

}  // namespace longmen::h264

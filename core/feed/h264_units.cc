#include "core/feed/h264_units.h"

#include "core/codec/bit_reader.h"

namespace longmen {
namespace {

using h264::NalType;

constexpr uint32_t kRecoveryPoint = 6;  // SEI payload type
constexpr uint32_t kMaxPictureSetId = 255;

bool is_slice(NalType type) {
  return type >= NalType::kSlice && type <= NalType::kIdr;
}

// first_mb_in_slice, ue(v), is 0 when its first bit is 1.
bool begins_picture(ByteSpan nal) {
  const NalType type = h264::nal_type(nal);
  const bool has_address =
      type == NalType::kSlice || type == NalType::kPartitionA || type == NalType::kIdr;
  return has_address && nal.size() > 1 && (nal[1] & 0x80);
}

// Whether what may only stand before the slices of an access unit begins another one (§7.4.1.2.3).
bool begins_unit(NalType type) {
  const auto number = static_cast<int>(type);
  return type == NalType::kAccessUnitDelimiter || type == NalType::kSps || type == NalType::kPps ||
         type == NalType::kSei || (number >= 14 && number <= 18);
}

// A recovery point after which nothing has to be waited for.
bool has_recovery_point(ByteSpan sei) {
  ByteReader reader(sei.subspan(1));
  while (reader.remaining() > 2) {
    uint32_t type = 0, size = 0;
    uint8_t byte = 0xFF;
    while (byte == 0xFF && reader.ok())
      type += byte = reader.u8();
    byte = 0xFF;
    while (byte == 0xFF && reader.ok())
      size += byte = reader.u8();
    const ByteSpan body = reader.take(size);
    if (!reader.ok()) return false;
    if (type == kRecoveryPoint) return !body.empty() && (body[0] & 0x80);
  }
  return false;
}

bool carries_nothing(NalType type) {
  return type == NalType::kAccessUnitDelimiter || type == NalType::kFiller ||
         type == NalType::kEndOfSequence || type == NalType::kEndOfStream ||
         type == NalType::kSps || type == NalType::kPps;
}

}  // namespace

struct H264Units::Picture {
  Bytes data;
  bool has_slices = false;
  bool keyframe = false;
};

Parsed<void> H264Units::push(ByteSpan annex_b, Flicks pts, Flicks dts, Monotonic arrival,
                             std::vector<FeedItem>& out) {
  nals_.clear();
  if (const auto split = h264::split_annex_b(annex_b, nals_); !split) return split;
  bool sets_are_good = true;
  Picture picture;
  for (const ByteSpan nal : nals_) {
    const NalType type = h264::nal_type(nal);
    if (picture.has_slices && (begins_unit(type) || begins_picture(nal))) {
      finish(picture, pts, dts, arrival, out);
      picture = {};
      pts += picture_duration_;
      dts += picture_duration_;
    }
    if (type == NalType::kSps) sets_are_good &= keep_sps(nal);
    if (type == NalType::kPps) sets_are_good &= keep_pps(nal);
    if (carries_nothing(type)) continue;
    picture.has_slices |= is_slice(type);
    picture.keyframe |= type == NalType::kIdr || (type == NalType::kSei && has_recovery_point(nal));
    h264::append_avcc(nal, picture.data);
  }
  if (picture.has_slices) finish(picture, pts, dts, arrival, out);
  if (!sets_are_good) return drop(DropReason::kMalformed);
  return {};
}

void H264Units::finish(const Picture& picture, Flicks pts, Flicks dts, Monotonic arrival,
                       std::vector<FeedItem>& out) {
  if (picture.keyframe && sets_changed_ && !sps_.empty() && !pps_.empty()) {
    h264::DecoderConfiguration configuration;
    for (const auto& [id, nal] : sps_)
      configuration.sps.push_back(nal);
    for (const auto& [id, set] : pps_)
      configuration.pps.push_back(set.nal);
    Bytes config = h264::write_decoder_configuration(configuration);
    sets_changed_ = false;
    if (config != config_) out.emplace_back(FeedTrack{FeedCodec::kH264, config});
    config_ = std::move(config);
  }
  configured_ = configured_ || (picture.keyframe && !config_.empty());
  if (!configured_ || picture.data.size() > kMaxFeedUnitBytes) return;
  FeedUnit unit;
  unit.codec = FeedCodec::kH264;
  unit.pts = pts;
  unit.dts = dts;
  unit.arrival = arrival;
  unit.keyframe = picture.keyframe;
  unit.data = picture.data;
  out.emplace_back(std::move(unit));
}

bool H264Units::keep_sps(ByteSpan nal) {
  const auto parameters = h264::parse_sps(nal);
  if (!parameters) return false;
  Bytes& known = sps_[parameters->id];
  if (ByteSpan(known).size() == nal.size() && std::equal(nal.begin(), nal.end(), known.begin()))
    return true;
  known.assign(nal.begin(), nal.end());
  std::erase_if(pps_, [&](const auto& set) { return set.second.sps_id == parameters->id; });
  sets_changed_ = true;
  if (parameters->units_in_tick > 0 && parameters->time_scale > 0) {
    // A tick is a field's time (E.2.1); an interlaced picture may be a field.
    const int64_t ticks = parameters->interlaced ? 1 : 2;
    const Flicks duration(Flicks::period::den * ticks * parameters->units_in_tick /
                          parameters->time_scale);
    if (duration > Flicks(0) && duration <= std::chrono::seconds(1)) picture_duration_ = duration;
  }
  return true;
}

bool H264Units::keep_pps(ByteSpan nal) {
  if (nal.size() > h264::kMaxParameterSetBytes) return false;
  BitReader reader(nal.subspan(1), BitReader::Escapes::kEmulationPrevention);
  const uint32_t id = reader.ue();
  const uint32_t sps_id = reader.ue();
  if (!reader.ok() || id > kMaxPictureSetId || !sps_.contains(sps_id)) return false;
  if (!pps_.contains(id) && pps_.size() >= h264::kMaxParameterSets) return false;
  const Bytes bytes(nal.begin(), nal.end());
  const auto known = pps_.find(id);
  if (known != pps_.end() && known->second.nal == bytes) return true;
  pps_[id] = {sps_id, bytes};
  sets_changed_ = true;
  return true;
}

}  // namespace longmen

#include "core/rtmp/flv_feed.h"

#include <chrono>
#include <utility>

#include "core/codec/av1.h"
#include "core/codec/h265.h"
#include "core/codec/h265_configuration.h"

namespace longmen::rtmp {
namespace {

constexpr size_t kMinAudioConfigBytes = 2;
constexpr uint8_t kNalIdr = 5;
constexpr int64_t kFarthestMs = int64_t{1}
                                << 42;  // 139 years; a sender that jumps about starts anew

// version 8 = 1, profile 8, compatibility 8, level 8, ones 6, NAL length size - 1 2, ones 3,
// SPS count 5, then each SPS with its length 16, PPS count 8, then each PPS likewise.
// Gives the size of the NAL lengths.
Parsed<size_t> read_avc_config(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != 1) return drop(DropReason::kMalformed);
  reader.skip(3);
  const size_t nal_length_bytes = (reader.u8() & 3) + size_t{1};
  const auto read_sets = [&reader](unsigned count) {
    for (unsigned index = 0; index < count && reader.ok(); ++index)
      reader.skip(reader.u16());
    return count > 0;
  };
  const bool sps = read_sets(reader.u8() & 0x1F);
  const bool pps = read_sets(reader.u8());
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (!sps || !pps || nal_length_bytes == 3) return drop(DropReason::kMalformed);
  return nal_length_bytes;
}

// Whether there is an IDR picture among the NAL units; an error if their lengths do not fit.
Parsed<bool> has_idr(ByteSpan bytes, size_t nal_length_bytes) {
  ByteReader reader(bytes);
  bool found = false;
  while (!reader.at_end()) {
    size_t length = 0;
    for (uint8_t byte : reader.take(nal_length_bytes))
      length = length << 8 | byte;
    const ByteSpan nal = reader.take(length);
    if (!reader.ok()) return drop(DropReason::kTruncated);
    found = found || (!nal.empty() && (nal[0] & 0x1F) == kNalIdr);
  }
  return found;
}

}  // namespace

FlvResult<FlvFeed::Item> FlvFeed::video(uint32_t timestamp_ms, ByteSpan payload,
                                        Monotonic arrival) {
  const Flicks dts = unwrap(timestamp_ms);
  const FlvResult<FlvTag> tag = read_video_tag(payload);
  if (!tag) return tl::unexpected<FlvProblem>(tag.error());
  if (tag->kind == FlvTag::Kind::kConfig) return configure(*tag);
  if (tag->kind != FlvTag::Kind::kFrame || tag->body.empty()) return Item();
  if (video_config_.empty() || tag->codec != video_codec_)
    return flv_problem(DropReason::kWrongState);
  FeedUnit frame = unit(*tag, dts, arrival);
  if (const auto framed = frame_video(*tag, frame); !framed)
    return tl::unexpected<FlvProblem>(framed.error());
  if (frame.data.empty()) return Item();
  return frame;
}

// As the feed has it: RTMP leaves what a decoder begins with to the configuration.
FlvResult<void> FlvFeed::frame_video(const FlvTag& tag, FeedUnit& frame) const {
  size_t before = 0;
  bool complete = true;
  if (tag.codec == FeedCodec::kH264) {
    const Parsed<bool> idr = has_idr(tag.body, nal_length_bytes_);
    if (!idr) return flv_problem(idr.error());
    frame.keyframe = tag.keyframe || *idr;
  } else if (tag.codec == FeedCodec::kH265) {
    frame.data.clear();
    const Parsed<void> read = h265::append_annex_b(tag.body, nal_length_bytes_, frame.data);
    if (!read) return flv_problem(read.error());
    frame.keyframe = h265::has_irap(frame.data);
    complete = h265::has_sps(frame.data);
  } else {
    const auto first = av1::first_obu(tag.body);
    if (!first) return flv_problem(DropReason::kTruncated);
    if (first->type == av1::kTemporalDelimiter) before = first->bytes;
    complete = av1::has_sequence_header(tag.body);
  }
  if (frame.keyframe && !complete && !frame.data.empty())
    frame.data.insert(frame.data.begin() + static_cast<ptrdiff_t>(before),
                      before_keyframes_.begin(), before_keyframes_.end());
  if (frame.data.size() > kMaxFeedUnitBytes) return flv_problem(DropReason::kTooLarge);
  return {};
}

FlvResult<FlvFeed::Item> FlvFeed::audio(uint32_t timestamp_ms, ByteSpan payload,
                                        Monotonic arrival) {
  const Flicks dts = unwrap(timestamp_ms);
  const FlvResult<FlvTag> tag = read_audio_tag(payload);
  if (!tag) return tl::unexpected<FlvProblem>(tag.error());
  if (tag->kind == FlvTag::Kind::kConfig) return configure(*tag);
  if (tag->kind != FlvTag::Kind::kFrame || tag->body.empty()) return Item();
  if (audio_config_.empty()) return flv_problem(DropReason::kWrongState);
  return unit(*tag, dts, arrival);
}

FlvResult<void> FlvFeed::configure_video(const FlvTag& tag) {
  if (tag.codec == FeedCodec::kH264) {
    const Parsed<size_t> nal_length_bytes = read_avc_config(tag.body);
    if (!nal_length_bytes) return flv_problem(nal_length_bytes.error());
    nal_length_bytes_ = *nal_length_bytes;
  } else if (tag.codec == FeedCodec::kH265) {
    Parsed<h265::DecoderConfiguration> read = h265::read_decoder_configuration(tag.body);
    if (!read) return flv_problem(read.error());
    nal_length_bytes_ = read->nal_length_bytes;
    before_keyframes_ = std::move(read->parameter_sets);
  } else {
    if (tag.body.size() < av1::kConfigurationHeaderBytes)
      return flv_problem(DropReason::kTruncated);
    if (tag.body[0] != av1::kMarkerAndVersion) return flv_problem(DropReason::kMalformed);
    const ByteSpan obus = tag.body.subspan(av1::kConfigurationHeaderBytes);
    before_keyframes_.assign(obus.begin(), obus.end());
  }
  video_codec_ = tag.codec;
  return {};
}

FlvResult<FlvFeed::Item> FlvFeed::configure(const FlvTag& tag) {
  if (tag.body.size() > kMaxCodecConfigBytes) return flv_problem(DropReason::kTooLarge);
  const bool video = is_video(tag.codec);
  const bool another = video && tag.codec != video_codec_;
  if (video) {
    if (const auto read = configure_video(tag); !read)
      return tl::unexpected<FlvProblem>(read.error());
  } else if (tag.body.size() < kMinAudioConfigBytes) {
    return flv_problem(DropReason::kTruncated);
  }
  Bytes& known = video ? video_config_ : audio_config_;
  Bytes config(tag.body.begin(), tag.body.end());
  if (config == known && !another) return Item();
  known = config;
  const bool in_band = video && tag.codec != FeedCodec::kH264;
  return FeedTrack{tag.codec, in_band ? Bytes() : std::move(config)};
}

FeedUnit FlvFeed::unit(const FlvTag& tag, Flicks dts, Monotonic arrival) const {
  FeedUnit unit;
  unit.codec = tag.codec;
  unit.dts = dts + floor_flicks(std::chrono::nanoseconds(tag.nanoseconds));
  unit.pts = unit.dts + std::chrono::milliseconds(tag.composition_ms);
  unit.arrival = arrival;
  unit.keyframe = tag.keyframe;
  unit.data.assign(tag.body.begin(), tag.body.end());
  return unit;
}

// The nearest instant with these low 32 bits: the clock wraps after 49.7 days, and audio and video
// that are interleaved loosely may cross the wrap to and fro.
Flicks FlvFeed::unwrap(uint32_t timestamp_ms) {
  if (!last_ms_) last_ms_ = timestamp_ms;
  const auto step = static_cast<int32_t>(timestamp_ms - static_cast<uint32_t>(*last_ms_));
  *last_ms_ += step;
  if (*last_ms_ > kFarthestMs || *last_ms_ < -kFarthestMs) last_ms_ = timestamp_ms;
  return std::chrono::milliseconds(*last_ms_);
}

}  // namespace longmen::rtmp

#include "core/mpegts/aac_units.h"

#include <array>
#include <utility>

#include "core/codec/aac.h"

namespace longmen::mpegts {
namespace {

constexpr std::array kSampleRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                  22050, 16000, 12000, 11025, 8000,  7350};
constexpr int kCrcBytes = 2;

Flicks duration_of(const AdtsHeader& header) {
  return Flicks(Flicks::period::den * aac::kFrameSamples / header.sample_rate);
}

}  // namespace

// sync 12, id 1, layer 2, protection_absent 1, profile 2, rate 4, private 1, channels 3, original
// 1, home 1, copyright 2, frame length 13, fullness 11, raw blocks - 1 2.
Parsed<AdtsHeader> read_adts_header(ByteSpan bytes) {
  if (bytes.size() < kAdtsHeaderBytes) return drop(DropReason::kTruncated);
  if (bytes[0] != 0xFF || (bytes[1] & 0xF6) != 0xF0) return drop(DropReason::kMalformed);
  AdtsHeader header;
  const bool with_crc = !(bytes[1] & 1);
  header.object_type = static_cast<uint8_t>((bytes[2] >> 6) + 1);
  const size_t rate = bytes[2] >> 2 & 15;
  header.channel_configuration = static_cast<uint8_t>((bytes[2] & 1) << 2 | bytes[3] >> 6);
  header.frame_bytes =
      static_cast<size_t>(bytes[3] & 3) << 11 | static_cast<size_t>(bytes[4]) << 3 | bytes[5] >> 5;
  header.header_bytes = kAdtsHeaderBytes + (with_crc ? kCrcBytes : 0);
  if (rate >= kSampleRates.size() || header.frame_bytes <= header.header_bytes)
    return drop(DropReason::kMalformed);
  header.sample_rate = kSampleRates[rate];
  if ((bytes[6] & 3) != 0 || header.channel_configuration == 0 || header.object_type == 3)
    return drop(DropReason::kUnsupported);
  return header;
}

Parsed<void> AacUnits::push(ByteSpan payload, std::optional<Flicks> pts, Monotonic arrival,
                            std::vector<FeedItem>& out) {
  Bytes joined;
  ByteSpan bytes = payload;
  const size_t owed = rest_.size();  // bytes in front that came before this packet
  if (!rest_.empty()) {
    joined = std::move(rest_);
    joined.insert(joined.end(), payload.begin(), payload.end());
    bytes = joined;
    rest_.clear();
  }
  std::optional<DropReason> passed_over;
  size_t at = 0;
  while (bytes.size() - at >= kAdtsHeaderBytes) {
    // The packet's time is that of the first frame that begins in it.
    if (pts && at >= owed) next_pts_ = *std::exchange(pts, std::nullopt);
    const auto header = read_adts_header(bytes.subspan(at));
    if (!header) {
      passed_over = header.error();
      ++at;
      continue;
    }
    if (at + header->frame_bytes > bytes.size()) break;
    give(*header, bytes.subspan(at, header->frame_bytes), next_pts_, arrival, out);
    next_pts_ += duration_of(*header);
    at += header->frame_bytes;
  }
  if (pts && at >= owed) next_pts_ = *pts;
  const size_t left = bytes.size() - at;
  if (left > kMaxAdtsFrameBytes) return drop(DropReason::kTooLarge);
  rest_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
  if (passed_over) return drop(*passed_over);
  return {};
}

void AacUnits::give(const AdtsHeader& header, ByteSpan frame, Flicks pts, Monotonic arrival,
                    std::vector<FeedItem>& out) {
  const bool confirmed = last_ && header.same_stream(*last_);
  last_ = header;
  if (!configured_ || !header.same_stream(*configured_)) {
    if (!confirmed) return;
    aac::AudioConfig config;
    config.object_type = header.object_type;
    config.sample_rate = header.sample_rate;
    config.channels = header.channel_configuration == 7 ? 8 : header.channel_configuration;
    configured_ = header;
    out.emplace_back(FeedTrack{FeedCodec::kAac, aac::write_audio_config(config)});
  }
  FeedUnit unit;
  unit.codec = FeedCodec::kAac;
  unit.pts = unit.dts = pts;
  unit.arrival = arrival;
  unit.keyframe = true;
  const ByteSpan raw = frame.subspan(header.header_bytes);
  unit.data.assign(raw.begin(), raw.end());
  out.emplace_back(std::move(unit));
}

}  // namespace longmen::mpegts

// A run of audio and video messages into one feed: u8 kind (bit 0 video), u8 size, u16 timestamp
// step (shifted by bits 1..4 of the kind), body; and so on.
#include <cstdlib>

#include "core/rtmp/flv_feed.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  rtmp::FlvFeed feed;
  ByteReader reader(ByteSpan(data, size));
  uint32_t timestamp_ms = 0;
  while (!reader.at_end()) {
    const uint8_t kind = reader.u8();
    const size_t body_bytes = reader.u8();
    timestamp_ms += uint32_t{reader.u16()} << (kind >> 1 & 15);
    const ByteSpan body = reader.take(std::min(body_bytes, reader.remaining()));
    const auto item =
        kind & 1 ? feed.video(timestamp_ms, body, {}) : feed.audio(timestamp_ms, body, {});
    if (!item) continue;
    const auto* unit = std::get_if<FeedUnit>(&*item);
    // A start code for each length, and the configuration before a keyframe.
    const size_t most = 4 * body.size() + 2 * UINT8_MAX;
    if (unit && (unit->data.empty() || unit->data.size() > most)) std::abort();
    const auto* track = std::get_if<FeedTrack>(&*item);
    const bool in_band =
        track && (track->codec == FeedCodec::kH265 || track->codec == FeedCodec::kAv1);
    if (track && (track->config.empty() != in_band || track->config.size() > kMaxCodecConfigBytes))
      std::abort();
  }
  return 0;
}

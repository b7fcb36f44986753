// Turns the audio and video messages of one publication into the tracks and units of a feed:
// remembers each track's configuration, unwraps the 32-bit millisecond clock that both share, and
// lets through only what a decoder can be given (a configuration that parses, frames that come
// after it and whose NAL lengths fit). H.265 and AV1 leave as the feed has them, with what a
// decoder begins with before each keyframe. One message gives at most one track or unit. A
// configuration repeated unchanged gives nothing; a changed one, or a track that begins late, gives
// a FeedTrack. Keeps two configurations (kMaxCodecConfigBytes each). FLV 10.1 Annex E; ISO/IEC
// 14496-15 §5.3.3, §8.3.2.
#pragma once

#include <optional>
#include <variant>

#include "core/feed/feed_unit.h"
#include "core/rtmp/flv_tag.h"

namespace longmen::rtmp {

class FlvFeed {
 public:
  using Item = std::variant<std::monostate, FeedTrack, FeedUnit>;

  // A problem with a codec in it ends the feed; any other concerns this message alone.
  FlvResult<Item> video(uint32_t timestamp_ms, ByteSpan payload, Monotonic arrival);
  FlvResult<Item> audio(uint32_t timestamp_ms, ByteSpan payload, Monotonic arrival);

 private:
  FlvResult<Item> configure(const FlvTag& tag);
  FlvResult<void> configure_video(const FlvTag& tag);
  FlvResult<void> frame_video(const FlvTag& tag, FeedUnit& frame) const;
  FeedUnit unit(const FlvTag& tag, Flicks dts, Monotonic arrival) const;
  Flicks unwrap(uint32_t timestamp_ms);

  std::optional<int64_t> last_ms_;
  Bytes video_config_;  // empty: none yet
  FeedCodec video_codec_ = FeedCodec::kH264;
  Bytes before_keyframes_;  // of H.265 and AV1, out of the configuration
  Bytes audio_config_;
  size_t nal_length_bytes_ = 4;
};

}  // namespace longmen::rtmp

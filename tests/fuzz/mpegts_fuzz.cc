// Any bytes as a transport stream, in pieces of a size that the first byte says: units are whole,
// of a track that was announced, and within their bounds.
#include <cstdlib>

#include "core/codec/aac.h"
#include "core/mpegts/demuxer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  if (size == 0) return 0;
  const size_t piece_bytes = data[0] < 8 ? size_t{188} * (data[0] + 1) : data[0];
  ByteSpan rest(data + 1, size - 1);
  mpegts::Demuxer demuxer;
  bool video = false, audio = false;
  while (!rest.empty()) {
    demuxer.push(rest.first(std::min(piece_bytes, rest.size())), {});
    rest = rest.subspan(std::min(piece_bytes, rest.size()));
    while (const auto event = demuxer.poll_event()) {
      if (const auto* track = std::get_if<FeedTrack>(&*event)) {
        (is_video(track->codec) ? video : audio) = true;
        if (track->codec == FeedCodec::kAac && !aac::read_audio_config(track->config)) std::abort();
        if (track->codec == FeedCodec::kH264 && !h264::read_decoder_configuration(track->config))
          std::abort();
      }
      if (const auto* unit = std::get_if<FeedUnit>(&*event)) {
        if (!(is_video(unit->codec) ? video : audio)) std::abort();
        if (unit->data.empty() || unit->data.size() > kMaxFeedUnitBytes) std::abort();
        std::vector<ByteSpan> nals;
        if (unit->codec == FeedCodec::kH264 && !h264::split_avcc(unit->data, 4, nals)) std::abort();
      }
    }
  }
  return 0;
}

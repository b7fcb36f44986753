#include "ingest/ts_feed.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace longmen {

TsFeed::Taken TsFeed::push(ByteSpan bytes, Monotonic arrival, Publication& publication) {
  demuxer_.push(bytes, arrival);
  Taken taken = Taken::kNothing;
  while (auto event = demuxer_.poll_event()) {
    if (const auto* unit = std::get_if<FeedUnit>(&*event)) {
      publication.unit(*unit);
      if (taken == Taken::kNothing) taken = Taken::kMedia;
    } else if (const auto* track = std::get_if<FeedTrack>(&*event)) {
      publication.track(*track);
    } else if (const auto* found = std::get_if<mpegts::ProgramFound>(&*event)) {
      spdlog::info("{} has programme {}: {} channel={}", sender_, found->number, found->streams,
                   publication.channel());
    } else if (const auto* codec = std::get_if<mpegts::UnsupportedCodec>(&*event)) {
      metrics_.refused(RefusalReason::kUnsupportedCodec);
      spdlog::warn("{} refused: {} codec {} is not supported; send {} channel={}", sender_,
                   codec->video ? "video" : "audio", codec->codec,
                   codec->video ? "H.264, H.265 or MPEG-2" : "AAC (ADTS), MPEG audio or AC-3",
                   publication.channel());
      taken = Taken::kUnsupported;
    }
  }
  count_errors(publication);
  return taken;
}

void TsFeed::count_errors(Publication& publication) {
  const mpegts::DemuxerCounters& now = demuxer_.counters();
  publication.stream_errors(StreamError::kLost, now.lost - counted_.lost);
  publication.stream_errors(StreamError::kDamaged, now.damaged - counted_.damaged);
  publication.stream_errors(StreamError::kLeftOut, now.left_out - counted_.left_out);
  publication.stream_errors(StreamError::kResync, now.resyncs - counted_.resyncs);
  counted_ = now;
  const auto dropped = demuxer_.take_dropped();
  for (size_t reason = 0; reason < dropped.size(); ++reason) {
    for (uint32_t count = 0; count < dropped[reason]; ++count)
      metrics_.dropped(static_cast<DropReason>(reason));
  }
}

}  // namespace longmen

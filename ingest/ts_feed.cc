#include "ingest/ts_feed.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace longmen {

TsFeed::Taken TsFeed::push(ByteSpan bytes, Monotonic arrival, const Place& place) {
  demuxer_.push(bytes, arrival);
  Taken taken = Taken::kNothing;
  while (auto event = demuxer_.poll_event()) {
    const auto* unit = std::get_if<FeedUnit>(&*event);
    const auto* track = std::get_if<FeedTrack>(&*event);
    if (taken == Taken::kUnsupported || taken == Taken::kNoPlace) continue;
    if ((unit || track) && !publication_) publication_ = place();
    if ((unit || track) && !publication_) {
      taken = Taken::kNoPlace;
    } else if (unit) {
      publication_->unit(*unit);
      taken = Taken::kMedia;
    } else if (track) {
      publication_->track(*track);
    } else if (const auto* found = std::get_if<mpegts::ProgramFound>(&*event)) {
      spdlog::info("{} has programme {}: {} channel={}", sender_, found->number, found->streams,
                   channel_);
    } else if (const auto* missing = std::get_if<mpegts::ProgramMissing>(&*event)) {
      spdlog::warn("{} lacks programme {}: there is {} channel={}", sender_, program_,
                   missing->there.empty() ? "none" : missing->there, channel_);
    } else if (const auto* codec = std::get_if<mpegts::UnsupportedCodec>(&*event)) {
      if (refuse(*codec)) taken = Taken::kUnsupported;
    }
  }
  count_errors();
  return taken;
}

// Whether the feed is to end. Pictures are wanted without sound, and no channel without pictures.
bool TsFeed::refuse(const mpegts::UnsupportedCodec& codec) {
  const bool ends = codec.video || codec.alone;
  metrics_.refused(RefusalReason::kUnsupportedCodec);
  spdlog::warn("{} {}: {} codec {} is not supported; send {} channel={}", sender_,
               ends ? "refused" : "goes on without sound", codec.video ? "video" : "audio",
               codec.codec,
               codec.video ? "H.264, H.265 or MPEG-2" : "AAC (ADTS), MPEG audio or AC-3", channel_);
  return ends;
}

void TsFeed::count_errors() {
  const mpegts::DemuxerCounters& now = demuxer_.counters();
  if (publication_) {
    publication_->stream_errors(StreamError::kLost, now.lost - counted_.lost);
    publication_->stream_errors(StreamError::kDamaged, now.damaged - counted_.damaged);
    publication_->stream_errors(StreamError::kLeftOut, now.left_out - counted_.left_out);
    publication_->stream_errors(StreamError::kResync, now.resyncs - counted_.resyncs);
  }
  counted_ = now;
  const auto dropped = demuxer_.take_dropped();
  for (size_t reason = 0; reason < dropped.size(); ++reason) {
    if (dropped[reason] > 0) metrics_.dropped(static_cast<DropReason>(reason), dropped[reason]);
  }
}

}  // namespace longmen

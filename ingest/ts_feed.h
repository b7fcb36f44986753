// What stands between the bytes of a transport stream and a feed, whoever brought them:
// demultiplexes them, asks for the publication when the first of a track is there and fills it,
// counts what was wrong with them, and says when the feed cannot go on because its codecs are not
// spoken here: that of its pictures, or all of them. Without a sound that is not spoken it goes on.
// Bounds: those of core/mpegts/demuxer.h. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/mpegts/demuxer.h"
#include "ingest/feeds.h"

namespace longmen {

class TsFeed {
 public:
  using Place = std::function<Publication*()>;
  // `sender` and `channel` are for the log: "srt sender 192.0.2.1:5000". `program`, of several; 0:
  // the first.
  TsFeed(std::string sender, std::string channel, IngestMetrics& metrics, int program = 0)
      : sender_(std::move(sender)),
        channel_(std::move(channel)),
        metrics_(metrics),
        program_(program),
        demuxer_(program == 0 ? std::nullopt : std::optional(static_cast<uint16_t>(program))) {}

  enum class Taken { kNothing, kMedia, kUnsupported, kNoPlace };
  // kMedia: at least one unit was in it. kUnsupported: counted and logged; the feed is to end, as
  // it is when there is no place for it.
  Taken push(ByteSpan bytes, Monotonic arrival, const Place& place);
  // Bytes are missing before the next ones.
  void lose() { demuxer_.lose(); }

  void measured(const PathHealth& health) {
    if (publication_) publication_->measured(health);
  }

  const mpegts::DemuxerCounters& counters() const { return demuxer_.counters(); }

 private:
  bool refuse(const mpegts::UnsupportedCodec& codec);
  void count_errors();

  std::string sender_, channel_;
  IngestMetrics& metrics_;
  int program_;
  mpegts::Demuxer demuxer_;
  mpegts::DemuxerCounters counted_;
  Publication* publication_ = nullptr;  // once it was asked for
};

}  // namespace longmen

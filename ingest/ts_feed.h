// What stands between the bytes of a transport stream and a feed, whoever brought them:
// demultiplexes them, fills the publication, counts what was wrong with them, and says when the
// feed cannot go on because its codecs are not spoken here. Bounds: those of core/mpegts/demuxer.h.
// One thread.
#pragma once

#include <string>

#include "core/mpegts/demuxer.h"
#include "ingest/feeds.h"

namespace longmen {

class TsFeed {
 public:
  // `sender` is for the log: "srt sender 192.0.2.1:5000".
  TsFeed(std::string sender, IngestMetrics& metrics, std::optional<uint16_t> program = std::nullopt)
      : sender_(std::move(sender)), metrics_(metrics), demuxer_(program) {}

  enum class Taken { kNothing, kMedia, kUnsupported };
  // kMedia: at least one unit was in it. kUnsupported: counted and logged; the feed is to end.
  Taken push(ByteSpan bytes, Monotonic arrival, Publication& publication);
  // Bytes are missing before the next ones.
  void lose() { demuxer_.lose(); }

  const mpegts::DemuxerCounters& counters() const { return demuxer_.counters(); }

 private:
  void count_errors(Publication& publication);

  std::string sender_;
  IngestMetrics& metrics_;
  mpegts::Demuxer demuxer_;
  mpegts::DemuxerCounters counted_;
};

}  // namespace longmen

// What is read back from a recording's folder: media files without an index, records of an index,
// recording.json and manifests; and what is made of all that.
#include <cstdint>
#include <string>

#include "core/base/invariant.h"
#include "core/cmaf/chunk_reader.h"
#include "core/recording/manifest.h"
#include "core/recording/media_scan.h"
#include "core/recording/progressive_mp4.h"
#include "core/recording/replay_outline.h"

using namespace longmen;
using namespace longmen::recording;

namespace {

class Memory : public ByteSource {
 public:
  explicit Memory(ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  bool read(uint64_t offset, std::span<uint8_t> into) override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) return false;
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), into.size(), into.begin());
    return true;
  }

 private:
  ByteSpan bytes_;
};

RecordingInfo some_info() {
  Channel channel;
  channel.id = "main";
  channel.video = {{"480p", 854, 480, 1000}};
  RecordingInfo info = info_of_channel(channel, 5);
  info.id = "talk";
  return info;
}

void make_all(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks) {
  const ReplayOutline outline(info, tracks, info.end_ms == 0);
  for (size_t i = 0; i < tracks.size(); ++i)
    (void)write_replay_playlist(info, outline, i, tracks[i]);
  InitBytes inits;
  for (const auto& [number, segment] : tracks[0].segments())
    inits[segment.init] = std::make_shared<const Bytes>(100, uint8_t{7});
  (void)ProgressiveMp4Layout(info, outline).lay_out({{0, &tracks[0]}}, inits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan bytes(data, size);
  RecordingInfo info = some_info();
  std::vector<RecordedTrack> tracks{{RenditionId{0}, 5}, {kAacRendition, 5}};

  Memory source(bytes);
  const MediaScan scan = scan_media(source, 0, [&](const ScannedPart& part) {
    invariant(part.offset + part.bytes.size() + kPartTrailerBytes <= size, "a part is in its file");
    auto described = describe_chunk(part.bytes, part.offset, 3000);
    if (described && tracks[0].wants(part.record))
      tracks[0].add(part.record, std::move(*described));
  });
  invariant(scan.end <= size, "what is whole ends in the file");

  ByteSpan rest = bytes;
  while (const auto record = read_segment_record(rest)) {
    Bytes again;
    write_segment_record(record->segment, again);
    (void)again;
    rest = rest.subspan(record->bytes);
    for (RecordedTrack& track : tracks)
      track.put(record->segment);
  }
  if (!tracks[0].segments().empty()) {
    info.start_ms = 1000 * std::min<int64_t>(tracks[0].segments().begin()->first, int64_t{1} << 32);
    info.end_ms = info.start_ms + 5000;
    make_all(info, tracks);
  }

  const std::string text(as_text(bytes));
  if (const auto read = recording_info_from_json(text)) {
    invariant(recording_info_from_json(to_json(*read)).value() == *read, "an info is kept");
    std::vector<RecordedTrack> none;
    for (const TrackInfo& track : read->tracks)
      none.emplace_back(track.id, read->parts_per_segment);
    make_all(*read, none);
  }
  (void)compare_with_manifest(text, info, tracks, 10);
  (void)cmaf::split_chunks(bytes, kMaxPartsInSegment);
  return 0;
}

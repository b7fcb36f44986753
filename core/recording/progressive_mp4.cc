#include "core/recording/progressive_mp4.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/cmaf/box_writer.h"
#include "core/cmaf/chunk_reader.h"

namespace longmen::recording {
namespace {

using cmaf::BoxWriter;

constexpr uint32_t kMovieTimescale = 90'000;
constexpr uint64_t kSecondsFrom1904 = 2'082'844'800;  // to 1970
constexpr uint32_t kFixedOne = 0x00010000;
// tkhd: what is not enabled is played when it is chosen, of one group one at a time.
constexpr uint32_t kTrackEnabled = 0x000001;
constexpr uint32_t kTrackInMovie = 0x000002;
constexpr uint16_t kSoundGroup = 1;
constexpr size_t kMdatHeaderBytes = 16;
constexpr size_t kVisualSizeAt = 8 + 8 + 16;  // in a sample entry with its own header

// A run of samples that lie one after the other in the MP4: what a part has.
struct Group {
  uint32_t samples = 0;
  uint32_t entry = 1;
  size_t piece = 0;     // that it is in
  uint64_t offset = 0;  // in the piece
  uint64_t at = 0;      // in the MP4; known last
};

struct Sample {
  uint64_t start = 0;  // ticks on the replay's timeline
  uint32_t duration = 0;
  uint32_t bytes = 0;
  bool sync = false;
};

struct Track {
  size_t index = 0;
  bool video = false;
  uint32_t timescale = 0;
  std::string_view language;  // a tag of BCP 47, or empty
  std::string_view name = {};
  bool enabled = true;
  uint16_t group = 0;           // of those of which one is played; 0: none
  std::vector<uint64_t> inits;  // of the sample entries
  std::vector<Bytes> entries;
  std::vector<Sample> samples;
  std::vector<Group> groups;

  uint64_t start() const { return samples.front().start; }
  uint64_t duration() const { return samples.back().start + samples.back().duration - start(); }
};

uint64_t to_movie(uint64_t ticks, uint32_t timescale) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(ticks) * kMovieTimescale / timescale);
}

std::optional<uint32_t> entry_of(Track& track, uint64_t init, const InitBytes& inits) {
  const auto known = std::ranges::find(track.inits, init);
  if (known != track.inits.end()) return static_cast<uint32_t>(known - track.inits.begin()) + 1;
  const auto found = inits.find(init);
  if (found == inits.end() || track.inits.size() >= ProgressiveMp4Layout::kMaxEntries) return {};
  const auto entry = cmaf::find_sample_entry(*found->second);
  if (!entry) return {};
  track.inits.push_back(init);
  track.entries.emplace_back(entry->begin(), entry->end());
  return static_cast<uint32_t>(track.inits.size());
}

// Appends what of a segment is played; `earlier`: by how many ticks it is earlier on the replay's
// timeline than since 1970. Parts that follow each other in their file are one piece, with what
// lies between them.
bool append(Track& track, const RecordedSegment& segment, uint64_t earlier,
            const cmaf::TrackGrid& grid, const InitBytes& inits, std::vector<Mp4Piece>& pieces) {
  const auto entry = entry_of(track, segment.init, inits);
  if (!entry) return false;
  for (int number = 0; number < segment.playable_parts(); ++number) {
    const RecordedPart& part = segment.parts[static_cast<size_t>(number)];
    if (part.samples.empty()) continue;
    uint64_t start =
        grid.ticks_of(grid.frames_of({segment.media_sequence, number}).first) - earlier;
    for (const RecordedSample& sample : part.samples) {
      const uint32_t duration = sample.frames * grid.frame_ticks();
      track.samples.push_back({start, duration, sample.bytes, sample.sync});
      start += duration;
    }
    const uint64_t end = part.offset + part.bytes;
    const uint64_t media = end - part.media_bytes;
    const auto is_followed = [&](const Mp4Piece& piece) {
      return piece.track == track.index && piece.file == segment.file() &&
             piece.offset + piece.bytes + kPartTrailerBytes == part.offset;
    };
    if (pieces.empty() || !is_followed(pieces.back()))
      pieces.push_back({0, track.index, segment.file(), media, 0});
    Mp4Piece& piece = pieces.back();
    track.groups.push_back({static_cast<uint32_t>(part.samples.size()), *entry, pieces.size() - 1,
                            media - piece.offset});
    piece.bytes = end - piece.offset;
  }
  return true;
}

// What is before a hole lasts until what is behind it.
void join(Track& track) {
  for (size_t i = 0; i + 1 < track.samples.size(); ++i)
    track.samples[i].duration = static_cast<uint32_t>(
        std::min<uint64_t>(track.samples[i + 1].start - track.samples[i].start, UINT32_MAX));
}

void choose_between_sounds(std::vector<Track>& tracks) {
  if (std::ranges::count(tracks, false, &Track::video) < 2) return;
  bool first = true;
  for (Track& track : tracks) {
    if (track.video) continue;
    track.group = kSoundGroup;
    track.enabled = std::exchange(first, false);
  }
}

void write_matrix(BoxWriter& out) {
  for (const uint32_t value : {kFixedOne, 0U, 0U, 0U, kFixedOne, 0U, 0U, 0U, 0x40000000U})
    out.u32(value);
}

void write_edits(BoxWriter& out, const Track& track, uint64_t delay) {
  out.box("edts", [&] {
    out.full_box("elst", 1, 0, [&] {
      out.u32(delay > 0 ? 2 : 1);
      if (delay > 0) {
        out.u64(delay);
        out.u64(UINT64_MAX);  // nothing is shown
        out.u32(kFixedOne);
      }
      out.u64(to_movie(track.duration(), track.timescale));
      out.u64(0);
      out.u32(kFixedOne);
    });
  });
}

// Runs of equal values.
template <class Value, class Of, class Write>
void write_runs(BoxWriter& out, size_t count, Of of, Write write) {
  const size_t count_at = out.size();
  out.u32(0);
  size_t runs = 0;
  for (size_t i = 0; i < count; ++runs) {
    const Value value = of(i);
    const size_t first = i;
    while (i < count && of(i) == value)
      ++i;
    write(first, i - first, value);
  }
  out.patch_u32(count_at, runs);
}

void write_sample_table(BoxWriter& out, const Track& track) {
  out.box("stbl", [&] {
    out.full_box("stsd", 0, 0, [&] {
      out.u32(track.entries.size());
      for (const Bytes& entry : track.entries)
        out.bytes(entry);
    });
    out.full_box("stts", 0, 0, [&] {
      write_runs<uint32_t>(
          out, track.samples.size(), [&](size_t i) { return track.samples[i].duration; },
          [&](size_t, size_t run, uint32_t duration) {
            out.u32(run);
            out.u32(duration);
          });
    });
    if (track.video) {
      out.full_box("stss", 0, 0, [&] {
        const size_t count_at = out.size();
        out.u32(0);
        size_t count = 0;
        for (size_t i = 0; i < track.samples.size(); ++i) {
          if (!track.samples[i].sync) continue;
          out.u32(i + 1);
          ++count;
        }
        out.patch_u32(count_at, count);
      });
    }
    out.full_box("stsc", 0, 0, [&] {
      using Chunk = std::pair<uint32_t, uint32_t>;
      write_runs<Chunk>(
          out, track.groups.size(),
          [&](size_t i) {
            return Chunk{track.groups[i].samples, track.groups[i].entry};
          },
          [&](size_t first, size_t, const Chunk& chunk) {
            out.u32(first + 1);
            out.u32(chunk.first);
            out.u32(chunk.second);
          });
    });
    out.full_box("stsz", 0, 0, [&] {
      out.u32(0);
      out.u32(track.samples.size());
      for (const Sample& sample : track.samples)
        out.u32(sample.bytes);
    });
    out.full_box("co64", 0, 0, [&] {
      out.u32(track.groups.size());
      for (const Group& group : track.groups)
        out.u64(group.at);
    });
  });
}

void write_track(BoxWriter& out, const Track& track, uint32_t id, uint64_t delay,
                 uint64_t made_at) {
  out.box("trak", [&] {
    out.full_box("tkhd", 1, kTrackInMovie | (track.enabled ? kTrackEnabled : 0), [&] {
      out.u64(made_at);
      out.u64(made_at);
      out.u32(id);
      out.u32(0);
      out.u64(delay + to_movie(track.duration(), track.timescale));
      out.zeros(8);
      out.u16(0);
      out.u16(track.group);
      out.u16(track.video ? 0 : 0x0100);
      out.u16(0);
      write_matrix(out);
      ByteReader size(ByteSpan(track.entries.front()).subspan(kVisualSizeAt));
      out.u32(track.video ? uint32_t{size.u16()} << 16 : 0);
      out.u32(track.video ? uint32_t{size.u16()} << 16 : 0);
    });
    write_edits(out, track, delay);
    out.box("mdia", [&] {
      out.full_box("mdhd", 1, 0, [&] {
        out.u64(made_at);
        out.u64(made_at);
        out.u32(track.timescale);
        out.u64(track.duration());
        out.u16(packed_language(track.language));
        out.u16(0);
      });
      out.full_box("hdlr", 0, 0, [&] {
        out.u32(0);
        out.text(track.video ? "vide" : "soun");
        out.zeros(12);
        out.text(track.name);
        out.u8(0);
      });
      out.box("minf", [&] {
        if (track.video)
          out.full_box("vmhd", 0, 1, [&] { out.zeros(8); });
        else
          out.full_box("smhd", 0, 0, [&] { out.zeros(4); });
        out.box("dinf", [&] {
          out.full_box("dref", 0, 0, [&] {
            out.u32(1);
            out.full_box("url ", 0, 1, [] {});
          });
        });
        write_sample_table(out, track);
      });
    });
  });
}

// With the groups' places as they are: of the same size whatever those are.
Bytes write_header(const std::vector<Track>& tracks, uint64_t media_bytes, uint64_t made_at) {
  Bytes bytes;
  BoxWriter out(bytes);
  out.box("ftyp", [&] {
    out.text("isom");
    out.u32(0x200);
    for (const char* brand : {"isom", "iso2", "avc1", "mp41"})
      out.text(brand);
  });
  uint64_t longest = 0;
  const auto delay_of = [](const Track& track) { return to_movie(track.start(), track.timescale); };
  for (const Track& track : tracks)
    longest = std::max(longest, delay_of(track) + to_movie(track.duration(), track.timescale));
  out.box("moov", [&] {
    out.full_box("mvhd", 1, 0, [&] {
      out.u64(made_at);
      out.u64(made_at);
      out.u32(kMovieTimescale);
      out.u64(longest);
      out.u32(kFixedOne);
      out.u16(0x0100);
      out.zeros(10);
      write_matrix(out);
      out.zeros(24);
      out.u32(tracks.size() + 1);
    });
    uint32_t id = 0;
    for (const Track& track : tracks)
      write_track(out, track, ++id, delay_of(track), made_at);
  });
  out.u32(1);  // the size follows as 64 bits
  out.text("mdat");
  out.u64(media_bytes + kMdatHeaderBytes);
  return bytes;
}

}  // namespace

Parsed<ProgressiveMp4> ProgressiveMp4Layout::lay_out(
    const std::vector<std::pair<size_t, const RecordedTrack*>>& wanted,
    const InitBytes& inits) const {
  std::vector<Track> tracks;
  for (const auto& [index, track] : wanted) {
    const cmaf::TrackGrid grid = info_.track_grid(index);
    Track& made = tracks.emplace_back();
    made.index = index;
    made.video = grid.is_video();
    made.timescale = made.video ? cmaf::kVideoTimescale : cmaf::kAudioTimescale;
    made.name = made.video ? "video" : "sound";
    const TrackInfo& about = info_.tracks[index];
    if (!about.language.empty()) {
      made.language = about.language;
      made.name = about.label;
    }
  }
  ProgressiveMp4 mp4;
  uint64_t listed = 0;
  for (const OutlineEntry& entry : outline_.entries()) {
    const uint64_t left_out = static_cast<uint64_t>(entry.media_sequence) - listed++;
    for (size_t i = 0; i < tracks.size(); ++i) {
      const RecordedSegment* segment = find_shown(info_, *wanted[i].second, entry.media_sequence);
      const uint64_t earlier =
          left_out * static_cast<uint64_t>(info_.gop_seconds) * tracks[i].timescale;
      if (segment && !append(tracks[i], *segment, earlier, info_.track_grid(tracks[i].index), inits,
                             mp4.pieces))
        return drop(DropReason::kMalformed);
    }
  }
  // One may have nothing at all.
  std::erase_if(tracks, [](const Track& track) { return track.samples.empty(); });
  if (tracks.empty()) return drop(DropReason::kNotInCache);
  choose_between_sounds(tracks);
  uint64_t media_bytes = 0;
  for (const Mp4Piece& piece : mp4.pieces)
    media_bytes += piece.bytes;
  for (Track& track : tracks)
    join(track);
  const uint64_t made_at = static_cast<uint64_t>(info_.start_ms / 1000) + kSecondsFrom1904;
  mp4.bytes = write_header(tracks, media_bytes, made_at).size();
  for (Mp4Piece& piece : mp4.pieces)
    piece.at = std::exchange(mp4.bytes, mp4.bytes + piece.bytes);
  for (Track& track : tracks)
    for (Group& group : track.groups)
      group.at = mp4.pieces[group.piece].at + group.offset;
  mp4.header = write_header(tracks, media_bytes, made_at);
  return mp4;
}

}  // namespace longmen::recording

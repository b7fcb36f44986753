#include "core/cmaf/chunk_reader.h"

#include <string_view>

#include "core/base/hex.h"
#include "core/cmaf/fragment_flags.h"

namespace longmen::cmaf {
namespace {

constexpr uint32_t kNotSync = 0x00010000;  // sample_is_non_sync_sample

struct Box {
  std::string_view type;
  ByteSpan body;
};

// The next one; nothing at the end or when its size is none.
std::optional<Box> next_box(ByteReader& reader) {
  if (reader.at_end()) return {};
  uint64_t size = reader.u32();
  Box box;
  box.type = as_text(reader.take(4));
  uint64_t header = 8;
  if (size == 1) {
    size = reader.u64();
    header = 16;
  }
  if (size == 0) size = header + reader.remaining();
  if (!reader.ok() || size < header) return {};
  box.body = reader.take(size - header);
  if (!reader.ok()) return {};
  return box;
}

std::optional<ByteSpan> find_box(ByteSpan bytes, std::string_view type) {
  ByteReader reader(bytes);
  while (const auto box = next_box(reader))
    if (box->type == type) return box->body;
  return {};
}

std::optional<ByteSpan> find_path(ByteSpan bytes, std::initializer_list<std::string_view> path) {
  std::optional<ByteSpan> at = bytes;
  for (const std::string_view type : path) {
    at = find_box(*at, type);
    if (!at) return {};
  }
  return at;
}

struct Defaults {
  uint32_t duration = 0;
  uint32_t flags = 0;
};

bool read_track_fragment_header(ByteSpan body, Defaults& defaults, bool& base_is_moof) {
  ByteReader reader(body);
  const uint32_t flags = reader.u32() & 0xFFFFFF;
  reader.skip(4);
  if (flags & kBaseDataOffset) reader.skip(8);
  if (flags & kSampleDescription) reader.skip(4);
  if (flags & kDefaultDuration) defaults.duration = reader.u32();
  if (flags & kDefaultSize) reader.skip(4);
  if (flags & kDefaultFlags) defaults.flags = reader.u32();
  base_is_moof = base_is_moof && (flags & kDefaultBaseIsMoof);
  return reader.ok();
}

bool read_run(ByteSpan body, const Defaults& defaults, ChunkTiming& timing) {
  ByteReader reader(body);
  const uint32_t flags = reader.u32() & 0xFFFFFF;
  const uint32_t count = reader.u32();
  if (count > kMaxSamples || timing.samples + count > kMaxSamples) return false;
  if (flags & kDataOffset) reader.skip(4);
  std::optional<uint32_t> first_flags;
  if (flags & kFirstSampleFlags) first_flags = reader.u32();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    timing.duration += flags & kSampleDuration ? reader.u32() : defaults.duration;
    if (flags & kSampleSize) reader.skip(4);
    uint32_t sample_flags = flags & kSampleFlags ? reader.u32() : defaults.flags;
    if (i == 0 && first_flags) sample_flags = *first_flags;
    if (flags & kCompositionOffset) reader.skip(4);
    if (timing.samples++ == 0) timing.independent = !(sample_flags & kNotSync);
  }
  return reader.ok();
}

// 64 bits in version 1, else 32.
std::optional<uint64_t> read_decode_time(ByteSpan body) {
  ByteReader reader(body);
  const uint8_t version = reader.u8();
  reader.skip(3);
  const uint64_t time = version == 1 ? reader.u64() : reader.u32();
  if (!reader.ok()) return {};
  return time;
}

bool read_track_fragment(ByteSpan body, const TrackHeader& track, ChunkTiming& timing) {
  Defaults defaults{track.default_duration, track.default_flags};
  const auto header = find_box(body, "tfhd");
  const auto decode = find_box(body, "tfdt");
  if (!header || !decode) return false;
  if (!read_track_fragment_header(*header, defaults, timing.default_base_is_moof)) return false;
  const auto time = read_decode_time(*decode);
  if (!time) return false;
  if (timing.samples == 0) timing.decode_time = *time;
  if (*time != timing.decode_time + timing.duration) return false;
  ByteReader reader(body);
  while (const auto box = next_box(reader))
    if (box->type == "trun" && !read_run(box->body, defaults, timing)) return false;
  return true;
}

// "encv" and its like hide in sinf what it was.
std::string format_of(const Box& entry) {
  constexpr size_t kSoundBytes = 28, kPictureBytes = 78, kOtherBytes = 8;  // up to the boxes
  const size_t fields = entry.type == "encv"   ? kPictureBytes
                        : entry.type == "enca" ? kSoundBytes
                                               : kOtherBytes;
  if (!entry.type.starts_with("enc") || entry.body.size() < fields) return std::string(entry.type);
  const auto original = find_path(entry.body.subspan(fields), {"sinf", "frma"});
  return original && original->size() == 4 ? std::string(as_text(*original))
                                           : std::string(entry.type);
}

bool is_shown_or_heard(ByteSpan track) {
  constexpr size_t kHandlerAt = 8;
  const auto handler = find_path(track, {"mdia", "hdlr"});
  if (!handler || handler->size() < kHandlerAt + 4) return false;
  const std::string_view type = as_text(handler->subspan(kHandlerAt, 4));
  return type == "vide" || type == "soun" || type == "subt" || type == "text";
}

}  // namespace

Parsed<TrackHeader> read_track_header(ByteSpan init_segment) {
  const auto media = find_path(init_segment, {"moov", "trak", "mdia", "mdhd"});
  if (!media) return drop(DropReason::kMalformed);
  TrackHeader track;
  ByteReader reader(*media);
  const uint8_t version = reader.u8();
  reader.skip(3 + (version == 1 ? 16 : 8));
  track.timescale = reader.u32();
  if (!reader.ok() || track.timescale == 0) return drop(DropReason::kMalformed);
  if (const auto extends = find_path(init_segment, {"moov", "mvex", "trex"})) {
    ByteReader defaults(*extends);
    defaults.skip(12);
    track.default_duration = defaults.u32();
    defaults.skip(4);
    track.default_flags = defaults.u32();
  }
  return track;
}

Parsed<ByteSpan> find_sample_entry(ByteSpan init_segment) {
  constexpr size_t kBeforeEntries = 8;     // version, flags, count
  constexpr size_t kLeastEntryBytes = 36;  // of sound; a picture's is longer
  const auto table = find_path(init_segment, {"moov", "trak", "mdia", "minf", "stbl", "stsd"});
  if (!table || table->size() < kBeforeEntries) return drop(DropReason::kMalformed);
  const ByteSpan entries = table->subspan(kBeforeEntries);
  ByteReader reader(entries);
  const size_t bytes = reader.u32();
  if (!reader.ok() || bytes < kLeastEntryBytes || bytes > entries.size())
    return drop(DropReason::kMalformed);
  return entries.first(bytes);
}

std::set<std::string> read_sample_formats(ByteSpan init_segment) {
  constexpr size_t kBeforeEntries = 8;  // version, flags, count
  std::set<std::string> formats;
  const auto movie = find_box(init_segment, "moov");
  if (!movie) return formats;
  ByteReader tracks(*movie);
  while (const auto track = next_box(tracks)) {
    if (track->type != "trak" || !is_shown_or_heard(track->body)) continue;
    const auto table = find_path(track->body, {"mdia", "minf", "stbl", "stsd"});
    if (!table || table->size() < kBeforeEntries) continue;
    ByteReader entries(table->subspan(kBeforeEntries));
    for (auto entry = next_box(entries); entry && formats.size() < kMaxFormats;
         entry = next_box(entries))
      formats.insert(format_of(*entry));
  }
  return formats;
}

Parsed<ByteSpan> find_avc_configuration(ByteSpan init_segment) {
  constexpr size_t kVisualEntryBytes = 86;  // up to the boxes in it
  const auto entry = find_sample_entry(init_segment);
  if (!entry) return drop(entry.error());
  if (as_text(entry->subspan(4, 4)) != "avc1" || entry->size() < kVisualEntryBytes)
    return drop(DropReason::kUnsupported);
  const auto configuration = find_box(entry->subspan(kVisualEntryBytes), "avcC");
  if (!configuration || configuration->size() < 4) return drop(DropReason::kUnsupported);
  return *configuration;
}

Parsed<std::string> read_codec(ByteSpan init_segment) {
  const auto entry = find_sample_entry(init_segment);
  if (!entry) return drop(entry.error());
  if (as_text(entry->subspan(4, 4)) == "mp4a") return std::string("mp4a.40.2");
  const auto configuration = find_avc_configuration(init_segment);
  if (!configuration) return drop(configuration.error());
  return "avc1." + lower_hex(configuration->subspan(1, 3));
}

Parsed<std::vector<ByteSpan>> split_chunks(ByteSpan segment, size_t most) {
  std::vector<ByteSpan> chunks;
  ByteReader reader(segment);
  size_t begin = 0;
  while (const auto box = next_box(reader)) {
    if (box->type != "mdat") continue;
    if (chunks.size() == most) return drop(DropReason::kTooLarge);
    const size_t end = segment.size() - reader.remaining();
    chunks.push_back(segment.subspan(begin, end - begin));
    begin = end;
  }
  if (begin != segment.size()) return drop(DropReason::kMalformed);
  return chunks;
}

Parsed<ChunkSamples> read_chunk_samples(ByteSpan chunk) {
  ByteReader reader(chunk);
  const auto reference = next_box(reader);
  const auto movie = next_box(reader);
  const auto media = next_box(reader);
  if (!reference || reference->type != "prft" || !movie || movie->type != "moof" || !media ||
      media->type != "mdat" || !reader.at_end() || media->body.size() > UINT32_MAX)
    return drop(DropReason::kMalformed);
  const auto decode = find_path(movie->body, {"traf", "tfdt"});
  const auto run = find_path(movie->body, {"traf", "trun"});
  if (!decode || !run) return drop(DropReason::kMalformed);
  const auto time = read_decode_time(*decode);
  ByteReader samples(*run);
  constexpr uint32_t kOurs = kDataOffset | kSampleDuration | kSampleSize | kSampleFlags;
  const uint32_t flags = samples.u32();
  const uint32_t count = samples.u32();
  samples.skip(4);
  if (!time || flags != kOurs) return drop(DropReason::kMalformed);
  if (count > kMaxSamples) return drop(DropReason::kTooLarge);
  ChunkSamples read{*time, {}, static_cast<uint32_t>(media->body.size())};
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count && samples.ok(); ++i) {
    ChunkSample& sample = read.samples.emplace_back();
    sample.duration = samples.u32();
    sample.bytes = samples.u32();
    sample.sync = !(samples.u32() & kNotSync);
    bytes += sample.bytes;
  }
  if (!samples.ok() || !samples.at_end() || count == 0 || bytes != read.media_bytes)
    return drop(DropReason::kMalformed);
  return read;
}

Parsed<ChunkTiming> read_chunk_timing(ByteSpan part, const TrackHeader& track) {
  ChunkTiming timing;
  ByteReader reader(part);
  while (const auto box = next_box(reader)) {
    if (box->type != "moof") continue;
    const auto fragment = find_box(box->body, "traf");
    if (!fragment || !read_track_fragment(*fragment, track, timing))
      return drop(DropReason::kMalformed);
  }
  if (timing.samples == 0) return drop(DropReason::kMalformed);
  return timing;
}

}  // namespace longmen::cmaf

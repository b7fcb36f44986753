#include "core/mpegts/demuxer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace longmen::mpegts {
namespace {

constexpr size_t kSectionNumberAt = 6, kLastSectionNumberAt = 7;

// In order of preference.
constexpr std::array kPictures{StreamKind::kH264, StreamKind::kH265, StreamKind::kMpegVideo};
constexpr std::array kSounds{StreamKind::kAacAdts, StreamKind::kMpegAudio, StreamKind::kAc3,
                             StreamKind::kEac3, StreamKind::kOpus};

const ElementaryStream* first_of(const ProgramMap& map, std::span<const StreamKind> kinds) {
  for (const StreamKind kind : kinds) {
    const auto found = std::find_if(map.streams.begin(), map.streams.end(),
                                    [kind](const auto& stream) { return stream.kind == kind; });
    if (found != map.streams.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

Demuxer::Continuity::Seen Demuxer::Continuity::see(const TsPacket& packet) {
  const bool first = !last;
  const bool next = last && packet.continuity == ((*last + 1) & 0x0F);
  const bool same = last && packet.continuity == *last;
  last = packet.continuity;
  if (same && !repeated && !packet.discontinuity) {  // sent twice, as is allowed
    repeated = true;
    return Seen::kRepeated;
  }
  repeated = false;
  return first || next || packet.discontinuity ? Seen::kNext : Seen::kAfterLoss;
}

std::optional<DemuxerEvent> Demuxer::poll_event() {
  if (events_.empty()) return std::nullopt;
  DemuxerEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::array<uint32_t, size_t(DropReason::kCount)> Demuxer::take_dropped() {
  return std::exchange(dropped_, {});
}

void Demuxer::drop_one(DropReason reason, uint64_t DemuxerCounters::*counter) {
  ++(counters_.*counter);
  ++dropped_[static_cast<size_t>(reason)];
}

void Demuxer::push(ByteSpan bytes, Monotonic arrival) {
  while (!bytes.empty()) {
    if (!partial_.empty()) {
      const ByteSpan more = bytes.first(std::min(kPacketBytes - partial_.size(), bytes.size()));
      partial_.insert(partial_.end(), more.begin(), more.end());
      bytes = bytes.subspan(more.size());
      if (partial_.size() < kPacketBytes) return;
      take_packet(partial_, arrival);
      partial_.clear();
      continue;
    }
    // A packet whose first byte alone is damaged has another one behind it.
    const bool another_follows = bytes.size() > kPacketBytes && bytes[kPacketBytes] == kSyncByte;
    const bool fills_the_rest = in_sync_ && bytes.size() == kPacketBytes;
    if (bytes[0] != kSyncByte && !another_follows && !fills_the_rest) {
      if (std::exchange(in_sync_, false))
        drop_one(DropReason::kMalformed, &DemuxerCounters::resyncs);
      const auto next = std::find(bytes.begin() + 1, bytes.end(), kSyncByte);
      bytes = bytes.subspan(static_cast<size_t>(next - bytes.begin()));
      continue;
    }
    if (bytes.size() < kPacketBytes) {
      partial_.assign(bytes.begin(), bytes.end());
      return;
    }
    if (!in_sync_ && bytes.size() > kPacketBytes && !another_follows) {  // a payload's byte
      bytes = bytes.subspan(1);
      continue;
    }
    in_sync_ = true;
    take_packet(bytes.first(kPacketBytes), arrival);
    bytes = bytes.subspan(kPacketBytes);
  }
}

void Demuxer::take_packet(ByteSpan bytes, Monotonic arrival) {
  ++counters_.packets;
  const auto packet = read_ts_packet(bytes);
  if (!packet) return drop_one(packet.error(), &DemuxerCounters::damaged);
  if (packet->pid == kPatPid) return take_table(association_, *packet, false);
  if (program_ && packet->pid == program_->map_pid) return take_table(map_, *packet, true);
  for (Track* track : {video_.get(), audio_.get()}) {
    if (track && packet->pid == track->stream.pid) return take_media(*track, *packet, arrival);
  }
}

void Demuxer::take_table(Table& table, const TsPacket& packet, bool map) {
  if (packet.payload.empty()) return;
  const auto seen = table.continuity.see(packet);
  if (seen == Continuity::Seen::kRepeated) return;
  if (seen == Continuity::Seen::kAfterLoss) {
    ++counters_.lost;
    table.sections.lose();
  }
  const int broken = table.sections.push(packet, [&](ByteSpan section) {
    map ? take_program_map(section) : take_program_association(section);
  });
  for (int count = 0; count < broken; ++count)
    drop_one(DropReason::kNotAuthenticated, &DemuxerCounters::damaged);
}

void Demuxer::take_program_association(ByteSpan section) {
  const auto programs = read_program_association(section);
  if (!programs) return;
  // A long list comes in several sections; the first programme stands in the first.
  if (!wanted_ && section[kSectionNumberAt] != 0) return;
  const auto chosen = std::find_if(programs->begin(), programs->end(), [this](const auto& program) {
    return !wanted_ || program.number == *wanted_;
  });
  if (chosen == programs->end()) {
    if (section[kLastSectionNumberAt] == 0) tell_missing(*programs);
    return;
  }
  told_missing_.reset();
  if (program_ && program_->number == chosen->number && program_->map_pid == chosen->map_pid)
    return;
  program_ = *chosen;
  map_ = {};
  known_map_.clear();
}

void Demuxer::tell_missing(const std::vector<ProgramEntry>& programs) {
  std::string there;
  for (const ProgramEntry& program : programs)
    there += (there.empty() ? "" : ", ") + std::to_string(program.number);
  if (told_missing_ == there) return;
  told_missing_ = there;
  events_.emplace_back(ProgramMissing{std::move(there)});
}

void Demuxer::take_program_map(ByteSpan section) {
  if (std::equal(section.begin(), section.end(), known_map_.begin(), known_map_.end())) return;
  const auto map = read_program_map(section);
  if (!map || map->number != program_->number) return;
  known_map_.assign(section.begin(), section.end());

  const ElementaryStream* video = first_of(*map, kPictures);
  const ElementaryStream* audio = first_of(*map, kSounds);
  follow(video_, video);
  follow(audio_, audio);
  ProgramFound found;
  found.number = map->number;
  for (const ElementaryStream& stream : map->streams) {
    found.streams +=
        fmt::format("{}{} on {}", found.streams.empty() ? "" : ", ",
                    stream.codec.empty() ? std::string_view("data") : stream.codec, stream.pid);
  }
  events_.emplace_back(std::move(found));
  for (const ElementaryStream& stream : map->streams) {
    const bool latm = stream.kind == StreamKind::kAacLatm;
    if (!video && stream.kind == StreamKind::kOtherVideo) {
      events_.emplace_back(UnsupportedCodec{true, !audio, stream.codec});
    } else if (!audio && (latm || stream.kind == StreamKind::kOtherAudio)) {
      events_.emplace_back(UnsupportedCodec{false, !video, latm ? "AAC in LATM" : stream.codec});
    } else {
      continue;
    }
    break;
  }
}

// A stream that stays goes on undisturbed.
void Demuxer::follow(std::unique_ptr<Track>& track, const ElementaryStream* stream) {
  if (!stream) return track.reset();
  if (track && track->stream.pid == stream->pid && track->stream.kind == stream->kind) return;
  track = std::make_unique<Track>();
  track->stream = *stream;
  switch (stream->kind) {
    case StreamKind::kAacAdts:
      track->units.emplace<AacUnits>();
      return;
    case StreamKind::kOpus:
      track->units.emplace<OpusUnits>();
      return;
    case StreamKind::kH265:
      track->units.emplace<WholeUnits>(FeedCodec::kH265);
      return;
    case StreamKind::kMpegVideo:
      track->units.emplace<WholeUnits>(FeedCodec::kMpegVideo);
      return;
    case StreamKind::kMpegAudio:
      track->units.emplace<WholeUnits>(FeedCodec::kMpegAudio);
      return;
    case StreamKind::kAc3:
      track->units.emplace<WholeUnits>(FeedCodec::kAc3);
      return;
    case StreamKind::kEac3:
      track->units.emplace<WholeUnits>(FeedCodec::kEac3);
      return;
    default:
      return;  // H.264
  }
}

void Demuxer::take_media(Track& track, const TsPacket& packet, Monotonic arrival) {
  if (packet.discontinuity) track.times.jump_announced = true;
  if (packet.payload.empty()) {
    if (packet.discontinuity) track.continuity.last.reset();
    return;
  }
  const auto seen = track.continuity.see(packet);
  if (seen == Continuity::Seen::kRepeated) return;
  const bool lost = seen == Continuity::Seen::kAfterLoss;
  if (lost) ++counters_.lost;
  track.pes.push(
      packet, lost, arrival, [&](const PesPacket& pes) { take_pes(track, pes); },
      [&](DropReason reason) {
        drop_one(reason, &DemuxerCounters::left_out);
        if (auto* audio = std::get_if<AacUnits>(&track.units)) audio->lose();
      });
}

void Demuxer::take_pes(Track& track, const PesPacket& pes) {
  std::optional<Flicks> pts, dts;
  if (pes.pts_90khz) {
    const auto decoding = clock_.decoding_time(pes.dts_90khz.value_or(*pes.pts_90khz), track.times);
    if (!decoding) return drop_one(DropReason::kMalformed, &DemuxerCounters::left_out);
    dts = *decoding;
    pts = ProgramClock::presentation_time(*pes.pts_90khz, *decoding);
  }
  items_.clear();
  Parsed<void> read;
  if (auto* h264 = std::get_if<H264Units>(&track.units)) {
    read = pts ? h264->push(pes.payload, *pts, *dts, pes.arrival, items_)
               : Parsed<void>(drop(DropReason::kUnsupported));
  } else if (auto* aac = std::get_if<AacUnits>(&track.units)) {
    read = aac->push(pes.payload, pts, pes.arrival, items_);
  } else if (auto* opus = std::get_if<OpusUnits>(&track.units)) {
    read = opus->push(pes.payload, pts, pes.arrival, items_);
  } else {
    read = std::get<WholeUnits>(track.units).push(pes.payload, pts, dts, pes.arrival, items_);
  }
  if (!read) drop_one(read.error(), &DemuxerCounters::left_out);
  for (FeedItem& item : items_)
    std::visit([this](auto& each) { events_.emplace_back(std::move(each)); }, item);
}

}  // namespace longmen::mpegts

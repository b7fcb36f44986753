#include "core/viewer/viewer.h"

#include <algorithm>
#include <utility>

#include "core/base/invariant.h"
#include "core/base/prefetch.h"

namespace longmen {
namespace {

constexpr uint32_t kVideoClockRate = 90'000;
constexpr uint32_t kOpusClockRate = 48'000;
constexpr size_t kReportBytes = 512;

uint64_t first_index(uint16_t random) {
  return random & 0x7fff;
}

uint8_t extension_id(std::optional<uint8_t> negotiated) {
  return negotiated && *negotiated >= 1 && *negotiated <= 14 ? *negotiated : 0;
}

StreamParameters video_parameters(const JoinMedia& media, const ViewerIdentity& identity) {
  StreamParameters parameters;
  parameters.ssrc = identity.video_ssrc;
  parameters.rtx_ssrc = identity.video_rtx_ssrc;
  parameters.payload_type = media.payload_type;
  if (media.nack) parameters.rtx_payload_type = media.rtx_payload_type;
  parameters.clock_rate = kVideoClockRate;
  parameters.first_index = first_index(identity.first_sequences[0]);
  parameters.rtx_first_index = first_index(identity.first_sequences[1]);
  return parameters;
}

StreamParameters audio_parameters(const JoinMedia& media, const ViewerIdentity& identity) {
  StreamParameters parameters;
  parameters.ssrc = identity.audio_ssrc;
  parameters.payload_type = media.payload_type;
  parameters.clock_rate = kOpusClockRate;
  parameters.first_index = first_index(identity.first_sequences[2]);
  return parameters;
}

// Whether the train that begins at `packet` has room for every extension.
bool has_room_for_extensions(const MediaPacket& packet) {
  return size_t{packet.payload_bytes} + packet.padding_bytes <= kMaxExtendedPayloadBytes;
}

}  // namespace

Viewer::Outgoing::Outgoing(const JoinMedia& media, const StreamParameters& parameters)
    : stream(parameters),
      ids{extension_id(media.mid_extension), extension_id(media.transport_cc_extension),
          extension_id(media.playout_delay_extension), extension_id(media.capture_time_extension)},
      mid(media.mid) {}

Viewer::Viewer(const JoinRequest& request, const ViewerIdentity& identity, RenditionId rendition,
               std::chrono::nanoseconds pacing)
    : selected_video_(rendition),
      automatic_(request.rendition.empty()),
      joins_sound_(request.audio && request.audio->varied_duration),
      cname_(identity.cname),
      pacer_(pacing) {
  if (request.video) video_.emplace(*request.video, video_parameters(*request.video, identity));
  if (request.audio) audio_.emplace(*request.audio, audio_parameters(*request.audio, identity));
  report_.reserve(kReportBytes);
}

Result<void> Viewer::start(const SrtpKeys& keys) {
  if (transport_) return fail("the viewer has its keys already");
  auto rtp = RtpSealer::create(keys.profile, keys.server);
  if (!rtp) return fail(rtp.error().message);
  auto rtcp = RtcpSealer::create(keys);
  if (!rtcp) return fail(rtcp.error().message);
  transport_.emplace(Transport{std::move(*rtp), std::move(*rtcp)});
  return {};
}

std::optional<RenditionId> Viewer::video_rendition() const {
  if (!video_ || video_->cursor.generation == Generation{}) return std::nullopt;
  return video_->cursor.rendition;
}

// All but the ring of what was sent, of which one place is written.
void Viewer::prefetch() const {
  const auto* begin = reinterpret_cast<const char*>(this);
  const auto* trains = reinterpret_cast<const char*>(&estimator_);
  longmen::prefetch(begin, static_cast<size_t>(trains - begin));
  const char* behind = trains + sizeof(SentTrains);
  longmen::prefetch(behind, static_cast<size_t>(begin + sizeof(Viewer) - behind));
}

void Viewer::prefetch_owned() const {
  estimator_.prefetch();
  if (video_) video_->stream.prefetch();
  if (transport_) transport_->rtp.prefetch();
}

// ---- what is next

// Another generation at once; another rendition at its keyframe; a restart for a lost picture.
void Viewer::choose_video(const ChannelCache& channel, Monotonic now) {
  const std::optional<RenditionId> rendition = channel.nearest_video(wanted_video());
  if (!rendition) return;
  const Cursor& cursor = video_->cursor;
  if (automatic_ && choice_.sound_only()) return hold_video(false);
  if (automatic_ && cursor.generation == Generation{}) return join_video(channel, *rendition, now);
  const GopCache& cache = channel.cache(*rendition);
  if (!is_joinable(cache, channel)) return;
  if (held_) return resume_video(cache, *rendition, now);
  if (cursor.generation != channel.generation()) return start_video(cache, *rendition, now);
  if (cursor.rendition != *rendition) {
    const MediaTime keyframe = cache.at(*cache.gop_begin())->time;
    const bool goes_on = !video_->newest || keyframe >= *video_->newest;
    if (goes_on ? may_switch(cache, *rendition, now) : may_leave_at_once(cache, *rendition, now))
      return start_video(cache, *rendition, now);
  }
  if (picture_lost_) mend_picture(channel.cache(cursor.rendition), now);
}

void Viewer::start_video(const GopCache& cache, RenditionId rendition, Monotonic now) {
  Cursor& cursor = video_->cursor;
  if (cursor.generation != Generation{} && !held_) count_switch(cursor.rendition, rendition);
  if (std::exchange(sound_alone_, false)) ++counters_.switches_up;
  held_ = false;
  choice_.note_shown(rendition, now);
  cursor.generation = cache.generation();
  cursor.rendition = rendition;
  cursor.position = *cache.gop_begin();
  cursor.backlog_end = cache.end();
  cursor.backlog_newest = cache.at(cache.end() - 1)->time;
  cursor.needs_keyframe = true;
  last_gop_start_ = now;
  ++counters_.gop_starts;
}

// To the newest keyframe, or, where that is no better, to the next one.
void Viewer::skip_overdue(const GopCache& cache) {
  Cursor& cursor = video_->cursor;
  if (cache.end() - cursor.position < 2) return;
  const MediaTime newest = cache.at(cache.end() - 1)->time;
  const auto overdue = [&](uint64_t position) {
    const bool backlog = position < cursor.backlog_end;  // which is shown as of its newest one
    return newest - (backlog ? cursor.backlog_newest : cache.at(position)->time) > kMaxVideoAge;
  };
  if (!overdue(cursor.position)) return;
  uint64_t next = cache.gop_begin().value_or(cursor.position);
  if (next <= cursor.position || overdue(next)) next = cache.end();
  counters_.skipped_video_units += next - cursor.position;
  ++counters_.late_stops;
  cursor.position = next;
  cursor.needs_keyframe = true;
}

const MediaUnit* Viewer::next_video(const ChannelCache& channel, Monotonic now) {
  if (!video_) return nullptr;
  Cursor& cursor = video_->cursor;
  // A frame that was begun is sent to its end, even when its generation is not on air any more.
  if (cursor.placed) {
    const GopCache& cache = channel.cache(cursor.rendition);
    if (cursor.position >= cache.begin()) {
      const bool waits = cursor.placed->next_packet > 0 && now < pacer_.next();
      return waits ? nullptr : cache.at(cursor.position).get();
    }
    cursor.placed.reset();
    cursor.needs_keyframe = true;
  }
  choose_video(channel, now);
  if (held_ || cursor.generation != channel.generation() || cursor.generation == Generation{})
    return nullptr;
  const GopCache& cache = channel.cache(cursor.rendition);
  if (cache.generation() != cursor.generation) return nullptr;
  if (cursor.position < cache.begin()) {
    counters_.skipped_video_units += cache.begin() - cursor.position;
    cursor.position = cache.begin();
    cursor.needs_keyframe = true;
  }
  if (cursor.position < cache.end() && would_be_late(now)) {
    hold_video(true);
    return nullptr;
  }
  if (const auto keyframe = cache.gop_begin();
      keyframe && *keyframe > cursor.position + kMaxVideoLag) {
    counters_.skipped_video_units += *keyframe - cursor.position;
    cursor.position = *keyframe;
  }
  skip_overdue(cache);
  for (; cursor.position < cache.end(); ++cursor.position) {
    const MediaUnit& unit = *cache.at(cursor.position);
    const bool follows = !cursor.needs_keyframe && unit.generation == cursor.generation &&
                         unit.first_sequence == cursor.expected;
    if (follows || (unit.keyframe && unit.generation == cursor.generation)) {
      if (unit.keyframe) picture_lost_ = false;
      return place_next(*video_, cache);
    }
    cursor.needs_keyframe = true;
    ++counters_.skipped_video_units;
  }
  return nullptr;
}

// From the newest units that may still be heard; of who joins, the newest one.
bool Viewer::start_audio(const ChannelCache& channel) {
  const RenditionId rendition = channel.nearest_sound(selected_sound_);
  const GopCache& cache = channel.cache(rendition);
  const Generation generation = channel.generation();
  if (cache.generation() != generation) return false;
  Cursor& cursor = audio_->cursor;
  cursor.generation = generation;
  cursor.rendition = rendition;
  cursor.position = audio_->newest ? cache.end() : cache.end() - 1;
  cursor.needs_keyframe = false;
  const auto follows = [&](const MediaUnit& unit) {
    return unit.generation == generation && unit.time > *audio_->newest;
  };
  while (audio_->newest && cursor.position > cache.begin() &&
         cache.end() - cursor.position < kMaxAudioLag && follows(*cache.at(cursor.position - 1)))
    --cursor.position;
  return true;
}

// What was heard of the one sound is left out of the other: start_audio() begins behind it.
void Viewer::select_sound(RenditionId opus) {
  if (opus == selected_sound_) return;
  selected_sound_ = opus;
  if (audio_) audio_->cursor.generation = {};
}

const MediaUnit* Viewer::next_audio(const ChannelCache& channel) {
  if (!audio_) return nullptr;
  Cursor& cursor = audio_->cursor;
  if (cursor.placed) {
    const GopCache& cache = channel.cache(cursor.rendition);
    if (cursor.position >= cache.begin()) return cache.at(cursor.position).get();
    cursor.placed.reset();
  }
  if (channel.generation() == Generation{}) return nullptr;
  if (cursor.generation != channel.generation() && !start_audio(channel)) return nullptr;
  const GopCache& cache = channel.cache(cursor.rendition);
  if (cache.end() - cursor.position > kMaxAudioLag) {
    counters_.skipped_audio_units += cache.end() - kMaxAudioLag - cursor.position;
    cursor.position = cache.end() - kMaxAudioLag;
  }
  for (; cursor.position < cache.end(); ++cursor.position) {
    const MediaUnit& unit = *cache.at(cursor.position);
    if (unit.generation == cursor.generation && (!audio_->newest || unit.time > *audio_->newest))
      return place_next(*audio_, cache);
    ++counters_.skipped_audio_units;
  }
  return nullptr;
}

const MediaUnit* Viewer::place_next(Outgoing& outgoing, const GopCache& cache) {
  Cursor& cursor = outgoing.cursor;
  const MediaUnit& unit = *cache.at(cursor.position);
  const uint64_t after = cursor.position + 1;
  const size_t backlog = after < cursor.backlog_end ? cursor.backlog_end - after : 0;
  cursor.placed = Placed{outgoing.stream.place(unit, backlog, cursor.backlog_newest), 0};
  cursor.expected = unit.first_sequence + unit.packets.size();
  cursor.needs_keyframe = false;
  outgoing.newest = unit.time;
  return &unit;
}

// ---- sending

std::optional<Train> Viewer::poll_transmit(const ChannelCache& channel, Monotonic now,
                                           MediaTime media_now, std::span<uint8_t> out) {
  if (!transport_) return std::nullopt;
  if (feedback_came_ || now >= next_adapt_) adapt(channel, now);
  const uint16_t first_sequence = transport_->transport_sequence;
  const MediaUnit* video = next_video(channel, now);
  const MediaUnit* audio = next_audio(channel);
  TrainBuilder builder(transport_->rtp, transport_->transport_sequence, out);
  // Audio rides when it is the only packet that waits; more than one means that it is late already.
  const bool rides =
      video != nullptr && audio != nullptr &&
      (channel.cache(audio_->cursor.rendition).end() - audio_->cursor.position == 1 ||
       waiting_sound_pair(channel) != nullptr);
  if (audio != nullptr && !rides) {
    add_late_audio(builder, channel, *audio);
  } else if (add_repeats(builder, channel)) {
    return count(builder.train(), first_sequence, now);
  } else if (video != nullptr) {
    add_video(builder, *video, now);
    if (audio != nullptr) add_audio(builder, channel, *audio);
  } else if (!add_probe(builder, channel, now)) {
    return report(now, media_now, out);
  }
  return count(builder.train(), first_sequence, now);
}

// The usual case alone, which is looked at a thousand times a picture: the rendition that is wanted
// is being sent, nothing is lost, late, probed or due, and both cursors are at their ends.
bool Viewer::is_through(const ChannelCache& channel, Monotonic now) const {
  if (!transport_ || feedback_came_ || now >= next_adapt_ || now >= next_report_ ||
      probe_.under_way())
    return false;
  const auto is_at_end = [&](const Outgoing& outgoing) {
    const Cursor& cursor = outgoing.cursor;
    return !cursor.placed && cursor.generation == channel.generation() &&
           cursor.position == channel.cache(cursor.rendition).end() &&
           (outgoing.reported || outgoing.stream.sent_packets() == 0);
  };
  if (audio_ && !is_at_end(*audio_)) return false;
  if (!video_) return true;
  const RenditionId rendition = video_->cursor.rendition;
  return is_at_end(*video_) && !held_ && !picture_lost_ && rendition == wanted_video() &&
         channel.has(rendition) && !(automatic_ && choice_.sound_only()) &&
         !video_->stream.pending_repeat();
}

bool Viewer::add_repeats(TrainBuilder& builder, const ChannelCache& channel) {
  if (!video_) return false;
  ViewerStream& stream = video_->stream;
  while (const std::optional<SentPacket> sent = stream.pending_repeat()) {
    const std::optional<CachedPacket> cached =
        channel.cache(sent->rendition).find(sent->generation, sent->sequence);
    if (!cached) {
      ++counters_.unrepeatable_packets;
      stream.pop_repeat();
      continue;
    }
    if (!builder.add_repeat(stream, video_->ids, *cached->unit, cached->index, *sent)) break;
    stream.pop_repeat();
    ++counters_.repeated_packets;
  }
  return builder.train().segments > 0;
}

void Viewer::add_video(TrainBuilder& builder, const MediaUnit& unit, Monotonic now) {
  const Placed& placed = *video_->cursor.placed;
  RtpExtensions common;
  if (unit.keyframe && placed.next_packet == 0 && has_room_for_extensions(unit.packets.front())) {
    common.capture_time = to_ntp(placed.placement.time);
    common.least_playout_delay = true;
    common.mid = video_->mid;
  }
  const std::optional<Bitrate> rate = estimator_.capacity();
  note_sent(*video_,
            builder.add_packets(video_->stream, video_->ids, unit, placed.placement,
                                placed.next_packet, common, pacer_.max_packets(rate)),
            unit);
  if (video_->cursor.placed)
    pacer_.note_sent(builder.train().bytes, unit.payloads.size(), rate.value_or(kAssumedCapacity),
                     now);
}

std::optional<Monotonic> Viewer::next_timeout() const {
  if (!video_ || !video_->cursor.placed || video_->cursor.placed->next_packet == 0)
    return std::nullopt;
  return pacer_.next();
}

// Of the placed unit and the one behind it, when no other waits and the player takes it.
const MediaUnit* Viewer::waiting_sound_pair(const ChannelCache& channel) const {
  const Cursor& cursor = audio_->cursor;
  const bool two = channel.cache(cursor.rendition).end() - cursor.position == 2;
  return joins_sound_ && two ? channel.sound_pair(cursor.rendition) : nullptr;
}

// Together with the unit behind it, if that makes one packet that fits.
void Viewer::add_audio(TrainBuilder& builder, const ChannelCache& channel, const MediaUnit& unit) {
  const MediaUnit* pair = waiting_sound_pair(channel);
  if (pair == nullptr || !add_audio_packet(builder, *pair)) {
    add_audio_packet(builder, unit);
    return;
  }
  Cursor& cursor = audio_->cursor;
  audio_->newest = channel.cache(cursor.rendition).at(cursor.position++)->time;
}

// Alone, or as the last segment of the train that is there; stays where it is when it does not fit.
bool Viewer::add_audio_packet(TrainBuilder& builder, const MediaUnit& unit) {
  const Placed& placed = *audio_->cursor.placed;
  RtpExtensions common;
  const bool capture_time_due =
      !last_audio_capture_ || unit.time - *last_audio_capture_ >= kAudioCaptureTimeInterval;
  if (capture_time_due && has_room_for_extensions(unit.packets.front())) {
    common.capture_time = to_ntp(placed.placement.time);
    common.mid = audio_->mid;
  }
  const size_t next_packet = builder.add_packets(audio_->stream, audio_->ids, unit,
                                                 placed.placement, placed.next_packet, common);
  if (next_packet == placed.next_packet) return false;
  if (common.capture_time) last_audio_capture_ = unit.time;
  note_sent(*audio_, next_packet, unit);
  return true;
}

// Two that wait leave together, in a train if not in a packet: a send costs as much as sealing six.
void Viewer::add_late_audio(TrainBuilder& builder, const ChannelCache& channel,
                            const MediaUnit& unit) {
  if (waiting_sound_pair(channel) != nullptr) return add_audio(builder, channel, unit);
  const GopCache& cache = channel.cache(audio_->cursor.rendition);
  if (const uint64_t next = audio_->cursor.position + 1; next < cache.end())
    builder.make_room_behind_first(cache.at(next)->packets.front().payload_bytes);
  add_audio_packet(builder, unit);
  if (audio_->cursor.placed) return;  // it has more packets
  if (const MediaUnit* behind = next_audio(channel)) add_audio_packet(builder, *behind);
}

void Viewer::note_sent(Outgoing& outgoing, size_t next_packet, const MediaUnit& unit) {
  Cursor& cursor = outgoing.cursor;
  cursor.placed->next_packet = next_packet;
  if (next_packet < unit.packets.size()) return;
  cursor.placed.reset();
  ++cursor.position;
}

Train Viewer::count(const Train& train, uint16_t first_transport_sequence, Monotonic now) {
  ++counters_.trains;
  counters_.packets += train.segments;
  counters_.bytes += train.bytes;
  BandwidthEstimator::Sent sent;
  sent.first_sequence = first_transport_sequence;
  sent.numbered = static_cast<uint16_t>(transport_->transport_sequence - first_transport_sequence);
  sent.segments = train.segments;
  sent.segment_bytes = train.segment_bytes;
  sent.last_segment_bytes = train.last_segment_bytes;
  estimator_.note_sent(sent, now);
  return train;
}

// One compound for both streams (RFC 8108 §5.3): SR, SR, SDES.
std::optional<Train> Viewer::report(Monotonic now, MediaTime media_now, std::span<uint8_t> out) {
  const auto unreported = [](const std::optional<Outgoing>& outgoing) {
    return outgoing && !outgoing->reported && outgoing->stream.sent_packets() > 0;
  };
  if (now < next_report_ && !unreported(video_) && !unreported(audio_)) return std::nullopt;
  report_.clear();
  uint32_t ssrc = 0;
  for (std::optional<Outgoing>* outgoing : {&video_, &audio_}) {
    if (!*outgoing || (*outgoing)->stream.sent_packets() == 0) continue;
    const ViewerStream& stream = (*outgoing)->stream;
    (*outgoing)->reported = true;
    rtcp::SenderReport sender;
    sender.ssrc = stream.parameters().ssrc;
    sender.ntp = to_ntp(media_now);
    sender.rtp_timestamp = stream.timestamp(media_now);
    sender.packets = stream.sent_packets();
    sender.octets = stream.sent_octets();
    rtcp::write_sender_report(sender, report_);
    if (ssrc == 0) ssrc = sender.ssrc;
  }
  if (report_.empty()) return std::nullopt;
  next_report_ = now + kReportInterval;
  rtcp::write_source_description(ssrc, cname_, report_);
  std::copy(report_.begin(), report_.end(), out.begin());
  const auto sealed = transport_->rtcp.seal(out, report_.size());
  if (!sealed) return std::nullopt;
  return Train{*sealed, *sealed, *sealed, 1};
}

// ---- RTCP from the viewer

Parsed<void> Viewer::handle_srtcp(std::span<uint8_t> datagram, Monotonic now, MediaTime media_now) {
  if (!transport_) return drop(DropReason::kWrongState);
  const auto plain = transport_->rtcp.open(datagram);
  if (!plain) {
    ++counters_.rejected_rtcp;
    return drop(plain.error());
  }
  rtcp::Reader reader(*plain);
  while (const auto packet = reader.next())
    handle(*packet, now, media_now);
  if (reader.problem() != DropReason::kNone) ++counters_.rejected_rtcp;
  return {};
}

void Viewer::handle(const rtcp::Packet& packet, Monotonic now, MediaTime media_now) {
  if (const auto* receiver = std::get_if<rtcp::ReceiverReport>(&packet)) {
    handle_blocks(receiver->blocks.span(), media_now);
  } else if (const auto* sender = std::get_if<rtcp::SenderReport>(&packet)) {
    handle_blocks(sender->blocks.span(), media_now);
  } else if (const auto* nack = std::get_if<rtcp::Nack>(&packet)) {
    handle_nack(*nack, now);
  } else if (std::holds_alternative<rtcp::PictureLoss>(packet) ||
             std::holds_alternative<rtcp::FullIntraRequest>(packet)) {
    ++counters_.picture_losses;
    const std::chrono::nanoseconds round_trip = quality_.round_trip.value_or(kAssumedRoundTrip);
    if (!last_gop_start_ || now - *last_gop_start_ >= round_trip) picture_lost_ = true;
  } else if (const auto* feedback = std::get_if<rtcp::TransportCc>(&packet)) {
    handle_transport_feedback(*feedback, now);
  } else if (const auto* remb = std::get_if<rtcp::Remb>(&packet)) {
    estimator_.handle_remb(Bitrate{static_cast<double>(remb->bitrate_bps)});
  } else if (std::holds_alternative<rtcp::Bye>(packet)) {
    said_goodbye_ = true;
  }
}

void Viewer::handle_blocks(std::span<const rtcp::ReportBlock> blocks, MediaTime media_now) {
  for (const rtcp::ReportBlock& block : blocks) {
    if (video_ && block.ssrc == video_->stream.parameters().ssrc) {
      quality_.video_fraction_lost_256 = block.fraction_lost_256;
      estimator_.handle_loss(block.fraction_lost_256 / 256.0);
    } else if (audio_ && block.ssrc == audio_->stream.parameters().ssrc)
      quality_.audio_fraction_lost_256 = block.fraction_lost_256;
    else
      continue;
    if (const auto round_trip = block.round_trip(to_ntp(media_now)))
      quality_.round_trip = round_trip;
  }
}

void Viewer::handle_nack(const rtcp::Nack& nack, Monotonic now) {
  const bool is_video = video_ && nack.media_ssrc == video_->stream.parameters().ssrc;
  const std::chrono::nanoseconds spacing =
      std::max(kMinRepeatSpacing, quality_.round_trip.value_or(kMinRepeatSpacing));
  nack.for_each([&](uint16_t sequence) {
    ++counters_.nacked_packets;
    if (!is_video || !video_->stream.request_repeat(sequence, now, spacing))
      ++counters_.unrepeatable_packets;
  });
}

}  // namespace longmen

#include "core/whip/media_receiver.h"

#include <algorithm>
#include <utility>

#include "core/codec/opus.h"
#include "core/rtp/rtcp.h"

namespace longmen::whip {
namespace {

using namespace std::chrono_literals;

// A packet that is out of order comes within this.
constexpr auto kReorderedWithin = 10ms;
constexpr int kMostRequests = 10;
constexpr auto kKeyframeAgain = 400ms;  // while a picture that cannot be mended waits for one
constexpr auto kAssumedRoundTrip = 60ms;
constexpr auto kShortestRequestInterval = 20ms;
constexpr auto kLongestRequestInterval = 500ms;

std::chrono::nanoseconds request_interval(std::chrono::nanoseconds round_trip) {
  // A browser does not repeat what it has repeated within its own round trip.
  return std::clamp<std::chrono::nanoseconds>(round_trip + round_trip / 10 + 5ms,
                                              kShortestRequestInterval, kLongestRequestInterval);
}

// Without NACK nothing is waited for that is not merely out of order.
RepairOptions repair_options(const std::optional<JoinMedia>& media,
                             std::chrono::nanoseconds patience) {
  RepairOptions options;
  options.first_request = kReorderedWithin;
  options.request_interval = request_interval(kAssumedRoundTrip);
  options.max_requests = media && media->nack ? kMostRequests : 0;
  options.patience = patience;
  return options;
}

VideoReceiverOptions video_options(const MediaOptions& options) {
  return {.codec = options.video ? options.video->video_codec : RtpVideo::kH264,
          .repair = repair_options(options.video, options.most_delay),
          .first_picture_within = kKeyframeAgain,
          .picture_loss_after = 0ns,
          .picture_loss_interval = kKeyframeAgain};
}

// The instant as RTCP writes it; its zero is arbitrary.
NtpTime ntp_of(Monotonic now) {
  return to_ntp(MediaTime(floor_flicks(now.time_since_epoch())));
}

}  // namespace

MediaReceiver::MediaReceiver(MediaOptions options, Monotonic now)
    : options_(std::move(options)),
      video_(video_options(options_)),
      audio_(repair_options(options_.audio, options_.most_delay)),
      playout_(options_.most_delay),
      keyframe_due_(now + kKeyframeEvery),
      feedback_due_(now),
      report_due_(now + kReportEvery / 4) {
  const auto& leading = options_.video ? options_.video : options_.audio;
  if (leading) extensions_.transport_cc = leading->transport_cc_extension.value_or(0);
}

Parsed<void> MediaReceiver::handle_rtp(ByteSpan bytes, Monotonic now) {
  const auto packet = read_rtp(bytes);
  if (!packet) return drop(packet.error());
  before_.bytes += bytes.size();
  if (const auto sequence = read_rtp_extensions(*packet, extensions_).transport_cc) {
    arrivals_.note(*sequence, now);
    if (++arrivals_untold_ >= kFeedbackPackets) send_feedback(now);
  }
  const uint8_t type = packet->header.payload_type;
  if (options_.video && type == options_.video->payload_type) return handle_video(*packet, now);
  if (options_.video && type == options_.video->rtx_payload_type)
    return handle_repeat(*packet, now);
  if (options_.audio && type == options_.audio->payload_type) return handle_audio(*packet, now);
  return drop(DropReason::kUnsupported);
}

Parsed<void> MediaReceiver::handle_video(const RtpPacketView& packet, Monotonic now) {
  const RtpHeader& header = packet.header;
  if (video_stream_.ssrc != header.ssrc) begin_video(header.ssrc);
  video_stream_.goodbye = false;
  video_reception_.note_packet(header.sequence, header.timestamp, now);
  video_.push(header.sequence, header, packet.payload, {}, false, now);
  take_frames(now);
  ask(now);
  return {};
}

// RFC 4588 §4: the original sequence number, then the payload. One without either is padding that
// probes the path.
Parsed<void> MediaReceiver::handle_repeat(const RtpPacketView& packet, Monotonic now) {
  if (packet.payload.empty()) return {};
  ByteReader reader(packet.payload);
  const uint16_t sequence = reader.u16();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (!video_stream_.ssrc) return drop(DropReason::kWrongState);
  video_.push(sequence, packet.header, reader.rest(), {}, true, now);
  take_frames(now);
  return {};
}

Parsed<void> MediaReceiver::handle_audio(const RtpPacketView& packet, Monotonic now) {
  const RtpHeader& header = packet.header;
  if (audio_stream_.ssrc != header.ssrc) begin_audio(header.ssrc);
  audio_stream_.goodbye = false;
  if (!packet.payload.empty() && !opus::packet_duration(packet.payload))
    return drop(DropReason::kMalformed);
  audio_reception_.note_packet(header.sequence, header.timestamp, now);
  audio_.push(header.sequence, header, packet.payload, {}, false, now);
  take_sound(now);
  return {};
}

void MediaReceiver::begin_video(uint32_t ssrc) {
  if (video_stream_.ssrc) {
    const MediaCounters all = counters();
    const RepairCounters audio = audio_.counters();
    before_ = all;
    before_.packets -= audio.packets;
    before_.missed -= audio.missed;
    before_.repaired -= audio.repaired;
    before_.lost -= audio.lost;
  }
  video_stream_.ssrc = ssrc;
  video_ = VideoReceiver(video_options(options_));
  if (round_trip_) video_.set_request_interval(request_interval(*round_trip_));
  video_reception_ = Reception(90'000);
  clock_.restart(true);
  playout_.restart(true);
}

void MediaReceiver::begin_audio(uint32_t ssrc) {
  const RepairCounters counted = audio_.counters();
  before_.packets += counted.packets;
  before_.missed += counted.missed;
  before_.repaired += counted.repaired;
  before_.lost += counted.lost;
  audio_stream_.ssrc = ssrc;
  audio_ = RepairBuffer(repair_options(options_.audio, options_.most_delay));
  if (round_trip_) audio_.set_request_interval(request_interval(*round_trip_));
  audio_reception_ = Reception(48'000);
  clock_.restart(false);
  playout_.restart(false);
}

void MediaReceiver::take_frames(Monotonic now) {
  for (VideoReceiver::Frame& frame : video_.frames()) {
    if (frame.keyframe) {
      keyframe_due_ = now + kKeyframeEvery;
      keyframe_wanted_ = false;
    }
    playout_.push({true, clock_.feed_time(true, frame.timestamp, now), std::move(frame.access_unit),
                   now, frame.keyframe});
  }
  video_.frames().clear();
}

void MediaReceiver::take_sound(Monotonic now) {
  while (auto packet = audio_.poll()) {
    if (packet->payload.empty()) continue;
    playout_.push({false, clock_.feed_time(false, packet->timestamp, now),
                   std::move(packet->payload), now, false});
  }
}

MediaReceiver::Stream* MediaReceiver::stream_of(uint32_t ssrc) {
  if (video_stream_.ssrc == ssrc) return &video_stream_;
  return audio_stream_.ssrc == ssrc ? &audio_stream_ : nullptr;
}

Parsed<void> MediaReceiver::handle_rtcp(ByteSpan compound, Monotonic now) {
  rtcp::Reader reader(compound);
  while (const auto packet = reader.next()) {
    if (const auto* report = std::get_if<rtcp::SenderReport>(&*packet)) {
      handle_report(*report, now);
    } else if (const auto* extended = std::get_if<rtcp::ExtendedReport>(&*packet)) {
      for (const rtcp::ReferenceDelay& delay : extended->delays.span())
        handle_delay(delay, now);
    } else if (const auto* bye = std::get_if<rtcp::Bye>(&*packet)) {
      for (const uint32_t ssrc : bye->ssrcs.span())
        if (Stream* stream = stream_of(ssrc)) stream->goodbye = true;
    }
  }
  if (reader.problem() != DropReason::kNone) return drop(reader.problem());
  return {};
}

void MediaReceiver::handle_report(const rtcp::SenderReport& report, Monotonic now) {
  const Stream* stream = stream_of(report.ssrc);
  if (!stream) return;
  const bool video = stream == &video_stream_;
  (video ? video_reception_ : audio_reception_).note_sender_report(report, now);
  const auto moved = clock_.sender_report(video, report.ntp, report.rtp_timestamp);
  if (moved && *moved) playout_.restart(false);
}

void MediaReceiver::handle_delay(const rtcp::ReferenceDelay& delay, Monotonic now) {
  if (delay.ssrc != options_.own_ssrc) return;
  const auto measured = delay.round_trip(ntp_of(now));
  if (!measured) return;
  round_trip_ = round_trip_ ? *round_trip_ + (*measured - *round_trip_) / 4 : *measured;
  video_.set_request_interval(request_interval(*round_trip_));
  audio_.set_request_interval(request_interval(*round_trip_));
}

void MediaReceiver::handle_timeout(Monotonic now) {
  ask(now);
  if (now >= feedback_due_) send_feedback(now);
  if (now >= report_due_) report(now);
}

void MediaReceiver::ask(Monotonic now) {
  const std::vector<uint16_t> pictures = video_.handle_timeout(now);
  take_frames(now);
  const std::vector<uint16_t> sounds = audio_.handle_timeout(now);
  take_sound(now);
  if (now >= keyframe_due_) {
    keyframe_wanted_ = true;
    keyframe_due_ = now + kKeyframeEvery;
  }
  const bool mends = video_.wants_keyframe(now);
  const bool keyframe = (std::exchange(keyframe_wanted_, false) || mends) && options_.video &&
                        options_.video->pli && video_stream_.ssrc;
  const uint32_t own = options_.own_ssrc;
  if (!pictures.empty() || keyframe) {
    Bytes& out = begin_compound();
    if (!pictures.empty()) rtcp::write_nack(own, *video_stream_.ssrc, pictures, out);
    if (keyframe) rtcp::write_picture_loss({own, *video_stream_.ssrc}, out);
  }
  if (!sounds.empty()) rtcp::write_nack(own, *audio_stream_.ssrc, sounds, begin_compound());
}

// One for each kind, so that each fits a datagram.
Bytes& MediaReceiver::begin_compound() {
  Bytes& out = rtcp_.emplace_back();
  rtcp::write_receiver_report({.ssrc = options_.own_ssrc, .blocks = {}}, out);
  return out;
}

void MediaReceiver::report(Monotonic now) {
  report_due_ = now + kReportEvery;
  rtcp::ReceiverReport report{.ssrc = options_.own_ssrc, .blocks = {}};
  const auto add = [&](const Stream& stream, Reception& reception) {
    if (stream.ssrc && reception.begun())
      report.blocks.values[report.blocks.count++] = reception.next_block(*stream.ssrc, now);
  };
  add(video_stream_, video_reception_);
  add(audio_stream_, audio_reception_);
  Bytes& out = rtcp_.emplace_back();
  rtcp::write_receiver_report(report, out);
  rtcp::write_source_description(options_.own_ssrc, options_.cname, out);
  rtcp::write_reference_time(options_.own_ssrc, ntp_of(now), out);
}

void MediaReceiver::send_feedback(Monotonic now) {
  feedback_due_ = now + kFeedbackEvery;
  if (std::exchange(arrivals_untold_, 0) == 0) return;
  Bytes out;
  rtcp::write_receiver_report({.ssrc = options_.own_ssrc, .blocks = {}}, out);
  const uint32_t media = video_stream_.ssrc.value_or(audio_stream_.ssrc.value_or(0));
  if (arrivals_.write(options_.own_ssrc, media, out)) rtcp_.push_back(std::move(out));
}

std::optional<FeedItem> MediaReceiver::poll_feed(Monotonic now) {
  while (items_.empty()) {
    auto unit = playout_.poll(now);
    if (!unit) return std::nullopt;
    release(std::move(*unit));
  }
  FeedItem item = std::move(items_.front());
  items_.pop_front();
  return item;
}

void MediaReceiver::release(PlayoutBuffer::Unit unit) {
  const RtpVideo codec = options_.video ? options_.video->video_codec : RtpVideo::kH264;
  if (unit.video && codec != RtpVideo::kH264) return release_whole(codec, std::move(unit));
  if (unit.video) {
    released_.clear();
    // Of one with a parameter set that is none, the rest is given all the same.
    if (!units_.push(unit.data, unit.time, unit.time, unit.arrival, released_)) ++before_.broken;
    // Until there are parameter sets, nobody can begin.
    picture_track_told_ = picture_track_told_ || !released_.empty();
    if (!picture_track_told_) ++before_.undecodable;
    for (FeedItem& item : released_)
      items_.push_back(std::move(item));
    return;
  }
  if (!std::exchange(sound_track_told_, true)) items_.emplace_back(FeedTrack{FeedCodec::kOpus, {}});
  FeedUnit sound;
  sound.codec = FeedCodec::kOpus;
  sound.pts = sound.dts = unit.time;
  sound.arrival = unit.arrival;
  sound.data = std::move(unit.data);
  items_.emplace_back(std::move(sound));
}

// Its parameters are in the keyframes.
void MediaReceiver::release_whole(RtpVideo codec, PlayoutBuffer::Unit unit) {
  FeedUnit picture;
  picture.codec = feed_codec_of(codec);
  picture.pts = picture.dts = unit.time;
  picture.arrival = unit.arrival;
  picture.keyframe = unit.keyframe;
  picture.data = std::move(unit.data);
  if (!std::exchange(picture_track_told_, true)) items_.emplace_back(FeedTrack{picture.codec, {}});
  items_.emplace_back(std::move(picture));
}

std::optional<Bytes> MediaReceiver::poll_rtcp() {
  if (rtcp_.empty()) return std::nullopt;
  Bytes compound = std::move(rtcp_.front());
  rtcp_.pop_front();
  return compound;
}

Monotonic MediaReceiver::next_timeout() const {
  Monotonic next = std::min(report_due_, keyframe_due_);
  if (arrivals_untold_ > 0) next = std::min(next, feedback_due_);
  for (const auto& due : {video_.next_timeout(), audio_.next_timeout(), playout_.next_timeout()})
    next = std::min(next, due.value_or(next));
  return next;
}

bool MediaReceiver::said_goodbye() const {
  const auto over = [](const Stream& stream) { return !stream.ssrc || stream.goodbye; };
  return (video_stream_.ssrc || audio_stream_.ssrc) && over(video_stream_) && over(audio_stream_);
}

MediaCounters MediaReceiver::counters() const {
  const VideoCounters video = video_.counters();
  const RepairCounters& audio = audio_.counters();
  MediaCounters all = before_;
  all.packets += video.packets + audio.packets;
  all.missed += video_.missed() + audio.missed;
  all.repaired += video.repaired + audio.repaired;
  all.lost += video.lost + audio.lost;
  all.frames += video.frames;
  all.broken += video.broken;
  all.undecodable += video.undecodable;
  return all;
}

}  // namespace longmen::whip

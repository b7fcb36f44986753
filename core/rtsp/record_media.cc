#include "core/rtsp/record_media.h"

#include <algorithm>
#include <utility>

#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "core/codec/h265_configuration.h"
#include "core/codec/opus.h"
#include "core/rtp/rtcp.h"

namespace longmen::rtsp {
namespace {

uint32_t audio_rate(const std::vector<AnnouncedTrack>& tracks) {
  for (const AnnouncedTrack& track : tracks)
    if (!track.video) return track.clock_rate;
  return 48'000;
}

// What its parameter sets say of it; 0 where they do not.
size_t h264_reordered(ByteSpan annex_b) {
  std::vector<ByteSpan> nals;
  (void)h264::split_annex_b(annex_b, nals);
  size_t reordered = 0;
  for (const ByteSpan nal : nals) {
    if (h264::nal_type(nal) != h264::NalType::kSps) continue;
    if (const auto sps = h264::parse_sps(nal))
      reordered = std::max<size_t>(reordered, sps->max_reorder_frames.value_or(0));
  }
  return reordered;
}

}  // namespace

RecordMedia::RecordMedia(const std::vector<AnnouncedTrack>& tracks,
                         std::chrono::nanoseconds patience, uint32_t own_ssrc, Monotonic now)
    : repair_{.first_request = patience,
              .request_interval = patience,
              .max_requests = 0,
              .patience = patience},
      own_ssrc_(own_ssrc),
      clock_(audio_rate(tracks)),
      audio_(repair_),
      report_due_(now + kReportEvery) {
  for (const AnnouncedTrack& announced : tracks) {
    Track& track = tracks_.emplace_back();
    track.announced = announced;
    track.reception = Reception(announced.clock_rate);
    if (announced.codec == FeedCodec::kAac) {
      aac_.emplace(announced.size_bits, announced.index_bits, announced.index_delta_bits);
      const auto config = aac::read_audio_config(announced.audio_config);
      const int samples = config ? config->frame_samples : aac::kFrameSamples;
      // Of HE-AAC with the rate that is played, a frame is twice as many samples of it.
      const int64_t core_rate = config ? config->sample_rate : announced.clock_rate;
      aac_frame_ = Flicks(Flicks::period::den * samples / core_rate);
    }
    if (announced.codec == FeedCodec::kH265) parameter_sets_ = announced.parameter_sets;
    if (announced.codec == FeedCodec::kH264 && !announced.parameter_sets.empty()) {
      (void)h264_.push(announced.parameter_sets, Flicks(0), Flicks(0), now, released_);
      decoding_times_.expect(h264_reordered(announced.parameter_sets));
    }
    if (announced.video) video_.emplace(VideoReceiverOptions{announced.video_codec, repair_});
  }
}

Parsed<void> RecordMedia::handle_rtp(size_t index, ByteSpan bytes, Monotonic now) {
  Track& track = tracks_.at(index);
  const auto packet = read_rtp(bytes);
  if (!packet) return drop(packet.error());
  const RtpHeader& header = packet->header;
  if (header.payload_type != track.announced.payload_type) return drop(DropReason::kUnsupported);
  before_.bytes += bytes.size();
  if (!believes(track, header.ssrc, now)) return drop(DropReason::kUnknownPeer);
  if (track.ssrc != header.ssrc) begin(track, header.ssrc);
  track.reception.note_packet(header.sequence, header.timestamp, now);
  if (track.announced.video) {
    video_->push(header.sequence, header, packet->payload, {}, false, now);
    take_pictures(now);
  } else {
    audio_.push(header.sequence, header, packet->payload, {}, false, now);
    take_sound(now);
  }
  return {};
}

bool RecordMedia::believes(Track& track, uint32_t ssrc, Monotonic now) {
  const bool other = track.ssrc && track.ssrc != ssrc && now - track.heard_at < kSilence;
  if (other) {
    track.of_stranger = track.stranger == ssrc ? track.of_stranger + 1 : 1;
    track.stranger = ssrc;
    if (track.of_stranger < kStrangersInARow) return false;
  }
  track.of_stranger = 0;
  track.heard_at = now;
  return true;
}

void RecordMedia::begin(Track& track, uint32_t ssrc) {
  const bool replaces = track.ssrc.has_value();
  track.ssrc = ssrc;
  if (!replaces) return;
  track.reception = Reception(track.announced.clock_rate);
  clock_.restart(track.announced.video);
  if (track.announced.video) {
    const VideoCounters counted = video_->counters();
    before_.packets += counted.packets;
    before_.lost += counted.lost;
    before_.broken += counted.broken;
    before_.undecodable += counted.undecodable;
    video_.emplace(VideoReceiverOptions{track.announced.video_codec, repair_});
    decoding_times_ = DecodingTimes();
  } else {
    before_.packets += audio_.counters().packets;
    before_.lost += audio_.counters().lost;
    audio_ = RepairBuffer(repair_);
  }
}

Parsed<void> RecordMedia::handle_rtcp(size_t index, ByteSpan compound, Monotonic now) {
  Track& track = tracks_.at(index);
  rtcp::Reader reader(compound);
  while (const auto packet = reader.next()) {
    const auto* sent = std::get_if<rtcp::SenderReport>(&*packet);
    if (!sent || sent->ssrc != track.ssrc) continue;
    track.reception.note_sender_report(*sent, now);
    (void)clock_.sender_report(track.announced.video, sent->ntp, sent->rtp_timestamp);
  }
  if (reader.problem() != DropReason::kNone) return drop(reader.problem());
  return {};
}

void RecordMedia::handle_timeout(Monotonic now) {
  if (video_) {
    (void)video_->handle_timeout(now);
    take_pictures(now);
  }
  (void)audio_.handle_timeout(now);
  take_sound(now);
  if (now >= report_due_) report(now);
}

void RecordMedia::take_pictures(Monotonic now) {
  for (VideoReceiver::Frame& frame : video_->frames())
    take_picture(std::move(frame), now);
  video_->frames().clear();
}

void RecordMedia::take_picture(VideoReceiver::Frame frame, Monotonic now) {
  const auto track =
      std::ranges::find_if(tracks_, [](const Track& each) { return each.announced.video; });
  const FeedCodec codec = track->announced.codec;
  const Flicks time = clock_.feed_time(true, frame.timestamp, now);
  const bool reorders = codec == FeedCodec::kH264 || codec == FeedCodec::kH265;
  const Flicks decoded_at = reorders ? decoding_times_.next(time) : time;
  if (codec == FeedCodec::kH264) {
    released_.clear();
    // Of one with a parameter set that is none, the rest is given all the same.
    (void)h264_.push(frame.access_unit, time, decoded_at, now, released_);
    for (FeedItem& item : released_)
      items_.push_back(std::move(item));
    return;
  }
  if (!std::exchange(picture_track_told_, true)) items_.emplace_back(FeedTrack{codec, {}});
  FeedUnit unit;
  unit.codec = codec;
  unit.pts = time;
  unit.dts = decoded_at;
  unit.arrival = now;
  unit.keyframe = frame.keyframe;
  if (codec == FeedCodec::kH265 && frame.keyframe && !h265::has_sps(frame.access_unit))
    unit.data = parameter_sets_;
  unit.data.insert(unit.data.end(), frame.access_unit.begin(), frame.access_unit.end());
  items_.emplace_back(std::move(unit));
}

void RecordMedia::take_sound(Monotonic now) {
  while (auto packet = audio_.poll()) {
    if (packet->gap && aac_) aac_->lose();
    if (packet->payload.empty()) continue;
    const Flicks time = clock_.feed_time(false, packet->timestamp, now);
    if (!aac_) {
      give_sound(time, std::move(packet->payload), now);
      continue;
    }
    auto frames = aac_->push(packet->payload);
    if (!frames) {
      ++unreadable_;
      continue;
    }
    for (size_t count = 0; count < frames->size(); ++count)
      give_sound(time + static_cast<int64_t>(count) * aac_frame_, std::move((*frames)[count]), now);
  }
}

void RecordMedia::give_sound(Flicks time, Bytes data, Monotonic now) {
  const auto track =
      std::ranges::find_if(tracks_, [](const Track& each) { return !each.announced.video; });
  const FeedCodec codec = track->announced.codec;
  if (codec == FeedCodec::kOpus && !opus::packet_duration(data)) {
    ++unreadable_;
    return;
  }
  if (!std::exchange(sound_track_told_, true))
    items_.emplace_back(FeedTrack{codec, track->announced.audio_config});
  FeedUnit unit;
  unit.codec = codec;
  unit.pts = unit.dts = time;
  unit.arrival = now;
  unit.data = std::move(data);
  items_.emplace_back(std::move(unit));
}

void RecordMedia::report(Monotonic now) {
  report_due_ = now + kReportEvery;
  for (size_t index = 0; index < tracks_.size(); ++index) {
    Track& track = tracks_[index];
    if (!track.ssrc || !track.reception.begun()) continue;
    rtcp::ReceiverReport receiver{.ssrc = own_ssrc_, .blocks = {}};
    receiver.blocks.values[receiver.blocks.count++] = track.reception.next_block(*track.ssrc, now);
    Report& report = reports_.emplace_back();
    report.track = index;
    rtcp::write_receiver_report(receiver, report.compound);
  }
}

std::optional<FeedItem> RecordMedia::poll_feed() {
  if (items_.empty()) return std::nullopt;
  FeedItem item = std::move(items_.front());
  items_.pop_front();
  return item;
}

std::optional<RecordMedia::Report> RecordMedia::poll_rtcp() {
  if (reports_.empty()) return std::nullopt;
  Report report = std::move(reports_.front());
  reports_.pop_front();
  return report;
}

Monotonic RecordMedia::next_timeout() const {
  Monotonic next = report_due_;
  if (video_) next = std::min(next, video_->next_timeout().value_or(next));
  return std::min(next, audio_.next_timeout().value_or(next));
}

RecordCounters RecordMedia::counters() const {
  const VideoCounters video = video_ ? video_->counters() : VideoCounters{};
  const RepairCounters& audio = audio_.counters();
  RecordCounters all = before_;
  all.packets += video.packets + audio.packets;
  all.lost += video.lost + audio.lost;
  all.broken += video.broken + unreadable_;
  all.undecodable += video.undecodable;
  return all;
}

}  // namespace longmen::rtsp

#include "streamer/feed_input.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/sound/damaged_samples.h"
#include "streamer/speaker_layout.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr std::array kStereoSpeakers{Speaker::kLeft, Speaker::kRight};

const char* name(FeedCodec codec) {
  return is_video(codec) ? "video" : "audio";
}

}  // namespace

FeedInput::FeedInput(ChannelInput input, const Channel& channel, const AirClock& clock,
                     Programme& programme, StreamerMetrics& metrics, InputPreview* preview)
    : input_(input),
      clock_(clock),
      programme_(programme),
      metrics_(metrics),
      preview_(preview),
      channel_(channel.id),
      size_{channel.video.front().width, channel.video.front().height} {}

void FeedInput::begin(Monotonic now) {
  began_ = now;
  stop_decoding(video_);
  stop_decoding(audio_);
  {
    const std::lock_guard lock(mutex_);
    feed_clock_ = FeedClock();
    replaying_ = true;
  }
  programme_.feed_ended(input_);
}

void FeedInput::end(Monotonic now) {
  spdlog::info("the feed has ended channel={} input={}", channel_, name_of(input_));
  video_.config.reset();
  audio_.config.reset();
  begin(now);
}

void FeedInput::leave_out() {
  metrics_.units_dropped.Increment();
  programme_.feed_errors(input_, 1);
}

// What was made of damaged data is shown for want of something better; it is one error a unit,
// however many a decoder finds in it.
void FeedInput::count_complaints(Track& track) {
  if (!track.decoder) return;
  const uint64_t complaints = track.decoder->complaints();
  if (complaints != std::exchange(track.complaints, complaints)) programme_.feed_errors(input_, 1);
}

void FeedInput::give_decoder_up(Track& track, std::string_view why) {
  spdlog::warn("the {} decoder {} channel={} input={}", name(track.config->codec), why, channel_,
               name_of(input_));
  metrics_.decoder_restarts.Increment();
  stop_decoding(track);
}

void FeedInput::stop_decoding(Track& track) {
  track.decoder.reset();
  track.complaints = track.decoded = track.unanswered = 0;
  track.newest.reset();
  track.waiting_for_keyframe = true;
  track.discontinuity = true;
}

void FeedInput::track(FeedTrack config) {
  programme_.feed_has(input_, is_video(config.codec));
  if (is_video(config.codec)) programme_.feed_recorded(input_, config.recorded);
  Track& track = is_video(config.codec) ? video_ : audio_;
  if (track.config && track.config->codec == config.codec && track.config->config == config.config)
    return;
  spdlog::info("feed track {} configuration={} bytes channel={} input={}", name(config.codec),
               config.config.size(), channel_, name_of(input_));
  if (track.decoder) metrics_.decoder_restarts.Increment();
  stop_decoding(track);
  track.next_attempt = {};
  track.config = std::move(config);
}

void FeedInput::unit(const FeedUnit& unit, Monotonic now) {
  const bool video = is_video(unit.codec);
  FeedMapping mapping;
  {
    const std::lock_guard lock(mutex_);
    mapping = feed_clock_.push(video, unit.dts, unit.pts, clock_.media_at(unit.arrival));
  }
  if (mapping.event != FeedClockEvent::kNone) {
    metrics_.feed_steps.Increment();
    if (is_jump(mapping.event)) video_.discontinuity = audio_.discontinuity = true;
    if (mapping.event == FeedClockEvent::kFellBehind)
      spdlog::warn("the feed comes later and later: pauses are made channel={} input={}", channel_,
                   name_of(input_));
    programme_.feed_stepped(input_);
    if (preview_) preview_->stepped();
  }
  Track& track = video ? video_ : audio_;
  count_complaints(track);
  if (video && track.decoder && goes_back(track, unit, now)) {
    give_decoder_up(track, "begins anew: the feed's time goes back");
  }
  if (track.decoder && cannot_keep_up(track, unit, now)) {
    give_decoder_up(track, "cannot keep up: on from the next keyframe");
  }
  if (track.decoder && (!video || unit.keyframe) && gives_nothing(track, now)) {
    give_decoder_up(track, "gives nothing: a new one");
  }
  if (video && track.waiting_for_keyframe && !unit.keyframe)
    return metrics_.units_dropped.Increment();
  if (!have_decoder(track, now)) return leave_out();
  switch (track.decoder->push(unit, track.discontinuity)) {
    case FeedDecoder::Taken::kYes:
      track.waiting_for_keyframe = false;
      track.discontinuity = false;
      track.newest = std::max(track.newest.value_or(unit.dts), unit.dts);
      ++track.unanswered;
      return;
    case FeedDecoder::Taken::kFull:
      track.waiting_for_keyframe = true;
      break;
    case FeedDecoder::Taken::kFailed:
      give_decoder_up(track, "failed: " + track.decoder->error());
      track.next_attempt = now + kRetryAfter;
      break;
  }
  leave_out();
}

bool FeedInput::have_decoder(Track& track, Monotonic now) {
  if (track.decoder) return true;
  if (!track.config || now < track.next_attempt) return false;
  const bool video = is_video(track.config->codec);
  auto decoder = FeedDecoder::start(
      *track.config, size_,
      [this, video](GstSample* sample, Flicks feed_time) { on_decoded(video, sample, feed_time); });
  if (!decoder) {
    spdlog::warn("no {} decoder: {} channel={} input={}", name(track.config->codec),
                 decoder.error().message, channel_, name_of(input_));
    track.next_attempt = now + kRetryAfter;
    return false;
  }
  track.decoder = std::move(*decoder);
  track.begun = track.answered = now;
  return true;
}

// GStreamer gives no picture a time before that of the last one. Two timelines in turn have it both
// ways: a decoder for each unit would be worse than what is shown of them.
bool FeedInput::goes_back(const Track& track, const FeedUnit& unit, Monotonic now) {
  return track.newest && unit.dts < *track.newest - kMostBack && now - track.begun > kRetryAfter;
}

bool FeedInput::gives_nothing(Track& track, Monotonic now) {
  const uint64_t decoded = track.decoder->decoded();
  if (decoded != std::exchange(track.decoded, decoded)) {
    track.unanswered = 0;
    track.answered = now;
  }
  return track.unanswered > kMostUnanswered && now - track.answered > kMuteAfter;
}

bool FeedInput::cannot_keep_up(const Track& track, const FeedUnit& unit, Monotonic now) const {
  const bool replayed = now - began_.load() < kReplayWithin || now - unit.arrival > kMaxBacklog;
  return !replayed && track.decoder->backlog() > kMaxBacklog;
}

bool FeedInput::still_replaying(MediaTime picture, Monotonic now) {
  const bool old = picture < clock_.media_at(now) - kPresent;
  replaying_ = replaying_ && old && now - began_.load() < kReplayWithin;
  return replaying_;
}

void FeedInput::on_decoded(bool video, GstSample* sample, Flicks feed_time) {
  std::optional<MediaTime> time;
  {
    const std::lock_guard lock(mutex_);
    time = feed_clock_.media_time(video, feed_time);
    if (!time) return;
    if (video && still_replaying(*time, std::chrono::steady_clock::now()))
      return metrics_.pictures_unused.Increment();
  }
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (video) {
    if (preview_) preview_->picture(buffer, clock_.made_at(*time));
    return programme_.picture(input_, another_reference(buffer), *time, feed_time);
  }
  const std::vector<Speaker> speakers = speakers_of(gst_sample_get_caps(sample));
  const MappedBuffer bytes(buffer, GST_MAP_READ);
  if (!bytes) return;
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
  const bool stereo = std::ranges::equal(speakers, kStereoSpeakers);
  if (!stereo) samples = downmix_to_stereo(speakers, samples);
  if (mend_samples(samples)) programme_.feed_errors(input_, 1);
  if (preview_) preview_->sound(samples, clock_.made_at(*time));
  programme_.sound(input_, std::move(samples), *time, speakers.size() > kStereoSpeakers.size());
}

}  // namespace longmen

#include "streamer/programme.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/time/generation_time.h"
#include "streamer/i420.h"
#include "streamer/studio_art.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kHeartbeat = 80ms;
constexpr auto kTooFarBehind = 3s;   // of the present: a fresh start is better than catching up
constexpr size_t kJoinFrames = 240;  // 5 ms, to get from one level to another without a click

void count(prometheus::Counter& counter, uint64_t now, uint64_t& before) {
  counter.Increment(static_cast<double>(now - std::exchange(before, now)));
}

}  // namespace

Programme::Programme(Channel channel, uint16_t node_tag, const SharedMediaClock& clock,
                     StreamerMetrics& metrics, Hooks hooks)
    : channel_(std::move(channel)),
      node_tag_(node_tag),
      clock_(clock),
      metrics_(metrics),
      hooks_(std::move(hooks)),
      gops_(FrameGrid(channel_.frames_per_second), channel_.gop_seconds),
      thread_([this] { run(); }) {}

Programme::~Programme() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.stop = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Programme::picture(BufferPtr picture, MediaTime time) {
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.pictures.size() == kMaxPicturesWaiting) {
      inbox_.pictures.pop_front();
      metrics_.pictures_unused.Increment();
    }
    inbox_.pictures.push_back({std::move(picture), time});
  }
  changed_.notify_one();
}

void Programme::sound(std::vector<float> samples, MediaTime time) {
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.sounds.size() == kMaxSoundsWaiting) inbox_.sounds.pop_front();
    inbox_.sounds.push_back({std::move(samples), time});
  }
  changed_.notify_one();
}

void Programme::feed_stepped() {
  const std::lock_guard lock(mutex_);
  inbox_.stepped = true;
}

void Programme::request_keyframe() {
  const std::lock_guard lock(mutex_);
  inbox_.keyframe_asked = true;
}

MediaTime Programme::media_now() const {
  return clock_.media_at(std::chrono::steady_clock::now());
}

void Programme::run() {
  make_slate_picture();
  auto begun = begin();
  if (!begun) return hooks_.failed(begun.error().message);
  while (encoder_) {
    take_inbox();
    put_out_slots();
    if (healthy()) hooks_.alive();
    if (const std::string words = trouble(); !words.empty()) {
      encoder_.reset();
      return hooks_.failed(words);
    }
    const MediaTime deadline = std::min(frames_->next_deadline(), samples_->next_deadline());
    if (!wait_until(
            std::min(clock_.monotonic_at(deadline), std::chrono::steady_clock::now() + kHeartbeat)))
      break;
  }
  encoder_.reset();
}

void Programme::make_slate_picture() {
  const VideoRung& top = channel_.video.front();
  const auto pixels = draw_slate(channel_.name, top.width, top.height);
  slate_.reset(gst_buffer_new_allocate(nullptr, pixels.size(), nullptr));
  gst_buffer_fill(slate_.get(), 0, pixels.data(), pixels.size());
}

Result<void> Programme::begin() {
  const Monotonic latest = std::chrono::steady_clock::now() + kFirstPictureWithin;
  for (;;) {
    hooks_.alive();
    const Monotonic now = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    if (inbox_.stop) return {};
    if (clock_.is_set() && (!inbox_.pictures.empty() || now >= latest)) break;
    changed_.wait_until(lock, std::min(latest, now) + kHeartbeat / 4);
  }
  const MediaTime start = media_now();
  const FrameGrid grid(channel_.frames_per_second);
  frames_ = std::make_unique<FrameRetimer>(grid, start);
  samples_ = std::make_unique<SampleRetimer>(start);
  const Generation generation = generation_started_at(start, node_tag_);
  auto encoder =
      ProgrammeEncoder::start(channel_, generation, frames_->next_slot(), samples_->next_sample(),
                              std::move(hooks_.outputs), &metrics_);
  if (!encoder) return tl::unexpected(encoder.error());
  encoder_ = std::move(*encoder);
  spdlog::info("programme begins channel={} generation={}", channel_.id, generation.value);
  return {};
}

bool Programme::wait_until(Monotonic time) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, time, [this] { return inbox_.anything(); });
  return !inbox_.stop;
}

void Programme::take_inbox() {
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken_, inbox_);
    inbox_.stop = taken_.stop;
  }
  const MediaTime now = media_now();
  if (taken_.stepped) frames_->forget_cadence();
  if (taken_.keyframe_asked && std::chrono::steady_clock::now() >= forced_idr_may_come_) {
    idr_due_ = true;
    forced_idr_may_come_ = std::chrono::steady_clock::now() + kForcedKeyframeEvery;
  }
  for (WaitingPicture& waiting : taken_.pictures) {
    frames_->push(next_token_, waiting.time, now);
    known_.push_back({next_token_++, std::move(waiting.picture)});
  }
  for (WaitingSound& waiting : taken_.sounds) {
    stretch_.process(waiting.samples, samples_->drift_compensation(), stretched_);
    const auto count = static_cast<int64_t>(stretched_.size()) / SoundEncoder::kChannels;
    put_out_sound(samples_->push(waiting.time, count, now), stretched_);
  }
  taken_ = {};
}

void Programme::put_out_slots() {
  const Monotonic now = std::chrono::steady_clock::now();
  while (const auto slot = frames_->poll(clock_.media_at(now)))
    put_out(*slot, now);
  while (const auto silence = samples_->poll(clock_.media_at(now))) {
    stretched_.clear();
    put_out_sound(*silence, stretched_);
  }
  while (!known_.empty() && known_.front().token < frames_->oldest_needed())
    known_.pop_front();
  const FrameRetimerCounts& counts = frames_->counts();
  count(metrics_.repeated, counts.repeated, frame_counts_.repeated);
  count(metrics_.slate, counts.empty, frame_counts_.empty);
  count(metrics_.pictures_unused, counts.dropped, frame_counts_.dropped);
  const SampleRetimerCounts& sounds = samples_->counts();
  count(metrics_.silence, sounds.silent, sample_counts_.silent);
  count(metrics_.sound_splices, sounds.splices, sample_counts_.splices);
}

void Programme::put_out(const FrameSlot& slot, Monotonic now) {
  metrics_.slots.Increment();
  GstBuffer* picture = slate_.get();
  if (slot.picture != SlotPicture::kNone) {
    const auto known = std::ranges::find(known_, slot.token, &KnownPicture::token);
    if (known != known_.end()) picture = known->picture.get();
  }
  idr_due_ = idr_due_ || gops_.starts_gop(slot.slot);
  if (!encoder_->offer_picture(slot.slot, picture, idr_due_, now)) {
    metrics_.dropped.Increment();
    return;
  }
  idr_due_ = false;
}

void Programme::put_out_sound(const SamplePlacement& placement, std::vector<float>& samples) {
  if (placement.silence > 0) {
    silence_.assign(static_cast<size_t>(placement.silence) * SoundEncoder::kChannels, 0.0F);
    join_smoothly(silence_, !std::exchange(after_silence_, true));
    encoder_->push_sound(placement.first, silence_);
  }
  if (placement.copy == 0) return;
  const auto copied =
      std::span(samples).subspan(static_cast<size_t>(placement.skip) * SoundEncoder::kChannels,
                                 static_cast<size_t>(placement.copy) * SoundEncoder::kChannels);
  join_smoothly(copied, placement.spliced || std::exchange(after_silence_, false));
  encoder_->push_sound(placement.first + placement.silence, copied);
}

// After a cut the sound starts at the level at which it stood and glides to its own.
void Programme::join_smoothly(std::span<float> samples, bool cut) {
  const size_t frames = samples.size() / SoundEncoder::kChannels;
  if (frames == 0) return;
  if (cut) {
    const std::array<float, 2> step{last_frame_[0] - samples[0], last_frame_[1] - samples[1]};
    for (size_t i = 0; i < std::min(frames, kJoinFrames); ++i) {
      const float part = 1.0F - static_cast<float>(i) / kJoinFrames;
      samples[2 * i] += step[0] * part;
      samples[2 * i + 1] += step[1] * part;
    }
  }
  last_frame_ = {samples[2 * frames - 2], samples[2 * frames - 1]};
}

bool Programme::healthy() const {
  return encoder_->ladder().in_flight() == 0 ||
         std::chrono::steady_clock::now() - encoder_->ladder().last_progress() < kHungAfter;
}

std::string Programme::trouble() const {
  if (encoder_->failed()) return encoder_->error();
  const auto behind = media_now() - frames_->next_deadline();
  if (behind > kTooFarBehind) return "the programme fell too far behind the clock";
  return {};
}

}  // namespace longmen

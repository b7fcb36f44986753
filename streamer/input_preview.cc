#include "streamer/input_preview.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "core/node/hidden_channel.h"
#include "core/time/generation_time.h"
#include "streamer/picture_reference.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kPreviewWake = 200ms;  // at the latest

LadderSource preview_source(const Channel& channel) {
  const VideoRung& top = channel.video.front();
  return {top.width, top.height, Pipeline::Threads::kLast};
}

}  // namespace

InputPreview::InputPreview(const Channel& channel, ChannelInput input, uint16_t node_tag,
                           const SharedMediaClock& clock, StreamerMetrics& metrics,
                           ProgrammeEncoder::Outputs outputs)
    : channel_(input_preview(channel)),
      source_(preview_source(channel)),
      input_(input),
      node_tag_(node_tag),
      clock_(clock),
      metrics_(metrics),
      outputs_(std::move(outputs)),
      gops_(FrameGrid(channel_.frames_per_second), channel_.gop_seconds),
      thread_([this] { work(); }) {}

InputPreview::~InputPreview() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    wanted_ = false;
  }
  changed_.notify_one();
  thread_.join();
}

void InputPreview::want(bool wanted) {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_ == wanted) return;
    wanted_ = wanted;
    inbox_ = {};
  }
  changed_.notify_one();
}

void InputPreview::picture(GstBuffer* picture, MediaTime time) {
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_) return;
    if (inbox_.pictures.size() == kMaxPictures) {
      inbox_.pictures.pop_front();
      metrics_.preview_dropped[input_]->Increment();
    }
    inbox_.pictures.push_back({another_reference(picture), time});
  }
  changed_.notify_one();
}

void InputPreview::sound(std::span<const float> samples, MediaTime time) {
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_) return;
    if (inbox_.sounds.size() == kMaxSounds) inbox_.sounds.pop_front();
    inbox_.sounds.push_back({{samples.begin(), samples.end()}, time});
  }
  changed_.notify_one();
}

void InputPreview::stepped() {
  const std::lock_guard lock(mutex_);
  inbox_.stepped = true;
}

void InputPreview::work() {
  setpriority(PRIO_PROCESS, 0, Pipeline::kLastNice);  // on Linux of this thread alone
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait(lock, [this] { return stop_ || wanted_; });
    if (stop_) return;
    lock.unlock();
    encode_while_wanted();
    lock.lock();
    // Else the encoders failed: not at once again.
    if (wanted_) changed_.wait_for(lock, kTryAgain, [this] { return stop_ || !wanted_; });
  }
}

void InputPreview::encode_while_wanted() {
  while (!clock_.is_set()) {
    if (!wait_until(std::chrono::steady_clock::now() + kPreviewWake)) return;
  }
  const MediaTime start = clock_.media_at(std::chrono::steady_clock::now());
  Run run(FrameGrid(channel_.frames_per_second), start);
  auto encoder = ProgrammeEncoder::start(channel_, generation_started_at(start, node_tag_),
                                         run.frames.next_slot(), run.samples.next_sample(),
                                         outputs_, nullptr, source_);
  if (!encoder) {
    return spdlog::warn("no preview: {} channel={} input={}", encoder.error().message, channel_.id,
                        name_of(input_));
  }
  run.encoder = std::move(*encoder);
  metrics_.preview_encoding[input_]->Set(1);
  spdlog::info("preview begins channel={} input={}", channel_.id, name_of(input_));
  for (Monotonic wake{}; wait_until(wake);) {
    Inbox inbox;
    {
      const std::lock_guard lock(mutex_);
      std::swap(inbox, inbox_);
    }
    const MediaTime now = clock_.media_at(std::chrono::steady_clock::now());
    take(run, inbox, now);
    put_out(run, now);
    if (run.encoder->failed()) {
      spdlog::warn("the preview's encoders failed: {} channel={} input={}", run.encoder->error(),
                   channel_.id, name_of(input_));
      break;
    }
    const MediaTime next = std::min(run.frames.next_deadline(), run.samples.next_deadline());
    wake = std::min(clock_.monotonic_at(next), std::chrono::steady_clock::now() + kPreviewWake);
  }
  metrics_.preview_encoding[input_]->Set(0);
  spdlog::info("preview ends channel={} input={}", channel_.id, name_of(input_));
}

void InputPreview::take(Run& run, Inbox& inbox, MediaTime now) {
  if (inbox.stepped) {
    run.frames.forget_cadence();
    run.samples.forget();
  }
  for (Picture& picture : inbox.pictures) {
    const FrameToken token = run.next_token++;
    if (run.frames.push(token, picture.time, now))
      run.known.emplace_back(token, std::move(picture.buffer));
  }
  for (const Sound& sound : inbox.sounds) {
    run.frames.heard(now);
    run.stretch.process(sound.samples, run.samples.drift_compensation(), run.stretched);
    const auto count = static_cast<int64_t>(run.stretched.size()) / SoundEncoder::kChannels;
    put_out_sound(run, run.samples.push(sound.time, count, now), run.stretched);
  }
}

void InputPreview::put_out(Run& run, MediaTime now) {
  const Monotonic offered = std::chrono::steady_clock::now();
  while (const auto slot = run.frames.poll(now)) {
    run.idr_due = run.idr_due || gops_.starts_gop(slot->slot);
    if (slot->picture == SlotPicture::kNone) continue;
    const auto known =
        std::ranges::find(run.known, slot->token, &decltype(run.known)::value_type::first);
    if (known == run.known.end()) continue;
    if (run.encoder->offer_picture(slot->slot, known->second.get(), run.idr_due, offered)) {
      run.idr_due = false;
    } else {
      metrics_.preview_dropped[input_]->Increment();
    }
  }
  while (const auto silence = run.samples.poll(now))
    put_out_sound(run, *silence, {});
  while (!run.known.empty() && run.known.front().first < run.frames.oldest_needed())
    run.known.pop_front();
}

void InputPreview::put_out_sound(Run& run, const SamplePlacement& placement,
                                 std::span<const float> samples) {
  if (placement.silence > 0) {
    const std::vector<float> silence(
        static_cast<size_t>(placement.silence) * SoundEncoder::kChannels, 0.0F);
    run.encoder->push_sound(placement.first, silence);
  }
  if (placement.copy == 0) return;
  run.encoder->push_sound(
      placement.first + placement.silence,
      samples.subspan(static_cast<size_t>(placement.skip) * SoundEncoder::kChannels,
                      static_cast<size_t>(placement.copy) * SoundEncoder::kChannels));
}

bool InputPreview::wait_until(Monotonic time) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, time, [this] {
    return !wanted_ || !inbox_.pictures.empty() || !inbox_.sounds.empty();
  });
  return wanted_;
}

}  // namespace longmen

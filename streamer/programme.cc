#include "streamer/programme.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/time/generation_time.h"
#include "streamer/i420.h"
#include "streamer/picture_captions.h"
#include "streamer/studio_art.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kHeartbeat = 80ms;
constexpr auto kStateEvery = 200ms;
constexpr auto kSoundStateEvery = 1s;
constexpr auto kTooFarBehind = 3s;   // of the present: a fresh start is better than catching up
constexpr size_t kJoinFrames = 240;  // 5 ms, to get from one level to another without a click

void count(prometheus::Counter& counter, uint64_t now, uint64_t& before) {
  counter.Increment(static_cast<double>(now - std::exchange(before, now)));
}

}  // namespace

Programme::Programme(Channel channel, uint16_t node_tag, const AirClock& clock,
                     StreamerMetrics& metrics, Hooks hooks)
    : channel_(std::move(channel)),
      node_tag_(node_tag),
      clock_(clock),
      metrics_(metrics),
      hooks_(std::move(hooks)),
      rules_(channel_.failover),
      order_(channel_.air.input),
      sound_rules_(channel_.sound),
      session_(live_session_of(channel_)),
      desk_(FrameGrid(channel_.frames_per_second),
            I420Layout{channel_.video.front().width, channel_.video.front().height},
            channel_.failover),
      sounds_(sounds_of(channel_.sound)),
      gops_(FrameGrid(channel_.frames_per_second), channel_.gop_seconds),
      overlay_(I420Layout{channel_.video.front().width, channel_.video.front().height}),
      captions_(channel_.frames_per_second),
      thread_([this] { run(); }) {}

Programme::~Programme() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.stop = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Programme::picture(ChannelInput input, BufferPtr picture, MediaTime time, Flicks feed_time) {
  {
    const std::lock_guard lock(mutex_);
    auto& pictures = inbox_.inputs[input].pictures;
    if (pictures.size() == kMaxPicturesWaiting) {
      pictures.pop_front();
      metrics_.pictures_unused.Increment();
    }
    pictures.push_back({std::move(picture), time, feed_time});
  }
  changed_.notify_one();
}

void Programme::sound(ChannelInput input, std::vector<float> samples, MediaTime time,
                      bool downmixed) {
  SoundMapping mapping{};
  {
    const std::lock_guard lock(mutex_);
    mapping = mapping_on_air(sound_rules_, input);
  }
  map_sound(mapping, samples);
  float peak = 0;
  for (const float sample : samples)
    peak = std::max(peak, std::abs(sample));
  {
    const std::lock_guard lock(mutex_);
    auto& sounds = inbox_.inputs[input].sounds;
    if (sounds.size() == kMaxSoundsWaiting) sounds.pop_front();
    sounds.push_back({{std::move(samples), time}, peak, downmixed});
  }
  changed_.notify_one();
}

void Programme::feed_stepped(ChannelInput input) {
  const std::lock_guard lock(mutex_);
  inbox_.inputs[input].stepped = true;
}

void Programme::feed_has(ChannelInput input, bool video) {
  const std::lock_guard lock(mutex_);
  (video ? inbox_.inputs[input].has_video : inbox_.inputs[input].has_audio) = true;
}

void Programme::feed_errors(ChannelInput input, uint32_t count) {
  const std::lock_guard lock(mutex_);
  inbox_.inputs[input].errors += count;
}

// What came before it is past.
void Programme::feed_ended(ChannelInput input) {
  {
    const std::lock_guard lock(mutex_);
    InboxOfInput ended;
    ended.ended = ended.stepped = true;
    inbox_.inputs[input] = std::move(ended);
  }
  changed_.notify_one();
}

void Programme::set_slate(std::unique_ptr<SlatePlayback> slate) {
  const std::lock_guard lock(mutex_);
  std::swap(next_slate_, slate);
  slate_waits_ = true;
}

void Programme::set_failover(const FailoverRules& rules, std::optional<ChannelInput> order) {
  {
    const std::lock_guard lock(mutex_);
    rules_ = rules;
    order_ = order;
    inbox_.reordered = true;
  }
  changed_.notify_one();
}

void Programme::set_overlay(std::shared_ptr<const OverlayArt> art) {
  const std::lock_guard lock(mutex_);
  new_art_ = std::move(art);
}

void Programme::set_sound(const SoundRules& rules, const std::string& session) {
  {
    const std::lock_guard lock(mutex_);
    sound_rules_ = rules;
    session_ = session;
    inbox_.sound_set = true;
  }
  changed_.notify_one();
}

ProgrammeState Programme::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
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
    if (!wait_until(next_wake())) break;
  }
  encoder_.reset();
}

Monotonic Programme::next_wake() const {
  MediaTime next = std::min(frames_->next_deadline(), samples_->next_deadline());
  if (const auto release = desk_.next_release()) next = std::min(next, *release);
  return std::min(clock_.monotonic_at(next), std::chrono::steady_clock::now() + kHeartbeat);
}

void Programme::make_slate_picture() {
  const VideoRung& top = channel_.video.front();
  const auto pixels = draw_slate(channel_.name, "", top.width, top.height);
  slate_.reset(gst_buffer_new_allocate(nullptr, pixels.size(), nullptr));
  gst_buffer_fill(slate_.get(), 0, pixels.data(), pixels.size());
}

GstBuffer* Programme::slate_picture(SlotIndex slot) {
  return playback_ ? playback_->picture_at(slot) : slate_.get();
}

Result<void> Programme::begin() {
  const Monotonic latest = std::chrono::steady_clock::now() + kFirstPictureWithin;
  for (;;) {
    hooks_.alive();
    const Monotonic now = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    if (inbox_.stop) return {};
    const bool has_picture =
        std::ranges::any_of(inbox_.inputs, [](const auto& of) { return !of.pictures.empty(); });
    if (clock_.is_set() && (has_picture || now >= latest)) break;
    changed_.wait_until(lock, std::min(latest, now) + kHeartbeat / 4);
  }
  const MediaTime start = media_now();
  const FrameGrid grid(channel_.frames_per_second);
  frames_ = std::make_unique<FrameRetimer>(grid, start);
  samples_ = std::make_unique<SampleRetimer>(start);
  {
    const std::lock_guard lock(mutex_);
    inbox_.sound_set = true;
  }
  // Named by when it was begun: one that is held for less time may follow.
  const Generation generation = generation_started_at(clock_.made_at(start), node_tag_);
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
  std::string session;
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken_, inbox_);
    inbox_.stop = taken_.stop;
    if (new_art_) overlay_.set_art(std::move(*std::exchange(new_art_, std::nullopt)));
    if (std::exchange(slate_waits_, false)) std::swap(playback_, next_slate_);
    if (taken_.reordered) {
      desk_.set_rules(rules_);
      desk_.set_order(order_);
    }
    if (taken_.sound_set) {
      for (ProgrammeSound& sound : sounds_)
        sound.set_rules(sound_rules_);
      session = session_;
    }
  }
  if (taken_.sound_set) take_session(session);
  const Monotonic now = std::chrono::steady_clock::now();
  if (taken_.keyframe_asked && now >= forced_idr_may_come_) {
    idr_due_ = true;
    forced_idr_may_come_ = now + kForcedKeyframeEvery;
  }
  for (const ChannelInput input : kChannelInputs)
    take_input(input, taken_.inputs[input], now);
  taken_ = {};
  const MediaTime media_now = clock_.media_at(now);
  choose_input(now, media_now);
  push_chosen(media_now);
}

void Programme::take_input(ChannelInput input, InboxOfInput& inbox, Monotonic now) {
  if (inbox.ended) {
    desk_.end(input);
    for (ProgrammeSound& sound : sounds_)
      sound.ended(input);
    // Nor is anything to come of what waits to be shown.
    for (KnownPicture& each : known_)
      each.captions_taken = each.captions_taken || each.input == input;
    if (captions_of_ == input) wipe_captions();
  }
  if (inbox.stepped) {
    desk_.stepped(input);
    if (input == desk_.input()) frames_->forget_cadence();
  }
  if (inbox.has_video) desk_.has_track(input, true, now);
  if (inbox.has_audio) desk_.has_track(input, false, now);
  if (inbox.errors > 0) {
    metrics_.input_errors[input]->Increment(inbox.errors);
    desk_.errors(input, inbox.errors, now);
  }
  for (InputHistory::Picture& picture : inbox.pictures)
    desk_.picture(input, std::move(picture), now);
  for (WaitingSound& waiting : inbox.sounds) {
    for (size_t i = 0; i < sounds_.size(); ++i)
      sounds_[i].arrived(input, heard_in(i, waiting.sound.samples), waiting.downmixed);
    desk_.sound(input, std::move(waiting.sound), waiting.peak, now);
  }
}

void Programme::choose_input(Monotonic now, MediaTime media_now) {
  if (desk_.decide(now, media_now)) {
    frames_->forget_cadence();
    samples_->forget();
    stretch_ = {};
  }
  while (auto report = desk_.poll_report()) {
    report->at = clock_.made_at(report->at);
    metrics_.switched(report->what);
    metrics_.switch_repeated.Increment(static_cast<double>(report->stood_slots.value_or(0)));
    metrics_.switch_lost.Increment(
        static_cast<double>(std::max<int64_t>(report->jump_slots.value_or(0), 0)));
    show_state(media_now, &*report);
    if (hooks_.switched) hooks_.switched(*report);
  }
  if (now >= state_due_) show_state(media_now, nullptr);
}

void Programme::show_state(MediaTime now, const SwitchReport* report) {
  state_due_ = std::chrono::steady_clock::now() + kStateEvery;
  metrics_.show(desk_.shown(), {{desk_.state_of(ChannelInput::kPrimary).conditions,
                                 desk_.state_of(ChannelInput::kBackup).conditions}});
  std::vector<SoundState> sounds;
  if (std::chrono::steady_clock::now() >= sound_state_due_) {
    sound_state_due_ = std::chrono::steady_clock::now() + kSoundStateEvery;
    for (ProgrammeSound& sound : sounds_)
      sounds.push_back(sound.take_state());
    metrics_.show(sounds);
  }
  const std::lock_guard lock(mutex_);
  if (!sounds.empty()) state_.sounds = std::move(sounds);
  if (state_.since == MediaTime()) state_.since = clock_.made_at(now);
  state_.shown = desk_.shown();
  state_.order = order_;
  if (report) {
    state_.why = report->what.why;
    state_.since = report->at;
  }
  for (const ChannelInput input : kChannelInputs)
    state_.inputs[input] = desk_.state_of(input);
  state_.backup_is_later = desk_.backup_is_later();
}

void Programme::push_chosen(MediaTime now) {
  while (auto picture = desk_.poll_picture(now)) {
    const FrameToken token = next_token_++;
    if (frames_->push(token, picture->time, now))
      known_.push_back({token, std::move(picture->buffer), desk_.input(), picture->source_time});
  }
  while (auto sound = desk_.poll_sound(now)) {
    frames_->heard(now);
    stretch_.process(sound->samples, samples_->drift_compensation(), stretched_);
    const auto count = static_cast<int64_t>(stretched_.size()) / SoundEncoder::kChannels;
    put_out_sound(samples_->push(sound->time, count, now), stretched_);
  }
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
  GstBuffer* picture = nullptr;
  if (slot.picture != SlotPicture::kNone) {
    const auto known = std::ranges::find(known_, slot.token, &KnownPicture::token);
    if (known != known_.end()) {
      if (desk_.hides_picture()) {
        metrics_.slate.Increment();
      } else {
        picture = laid_over(*known);
        if (slot.picture == SlotPicture::kFrame) take_captions(slot.token);
      }
      if (slot.picture == SlotPicture::kFrame)
        desk_.shown(slot.slot, known->input, known->source_time);
    }
  }
  if (!picture) {
    wipe_captions();
    picture = slate_picture(slot.slot);
  }
  idr_due_ = idr_due_ || gops_.starts_gop(slot.slot);
  const Bytes captions = captions_.next();
  if (!encoder_->offer_picture(slot.slot, picture, idr_due_, now, captions)) {
    metrics_.dropped.Increment();
    return;
  }
  captions_.pop(captions);
  idr_due_ = false;
}

// Those of pictures that were passed over, too: each is put out once, with whatever comes next.
void Programme::take_captions(FrameToken until) {
  for (KnownPicture& each : known_) {
    if (each.token > until) return;
    if (std::exchange(each.captions_taken, true)) continue;
    if (captions_of_ != each.input) wipe_captions();
    captions_of_ = each.input;
    push_captions_of(each.picture.get(), captions_);
  }
}

void Programme::wipe_captions() {
  if (captions_of_) captions_.wipe();
  captions_of_.reset();
}

GstBuffer* Programme::laid_over(const KnownPicture& known) {
  if (!overlay_.active()) return known.picture.get();
  const Monotonic began = std::chrono::steady_clock::now();
  GstBuffer* picture = overlay_.lay_over(known.picture.get(), recorded_[known.input]);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  metrics_.overlay_seconds.Increment(took.count());
  return picture;
}

void Programme::put_out_sound(const SamplePlacement& placement, std::vector<float>& samples) {
  if (placement.silence > 0) {
    silence_.assign(static_cast<size_t>(placement.silence) * SoundEncoder::kChannels, 0.0F);
    // A hole in the sound of an input that is on air is none of the slate's.
    std::optional<ChannelInput> source = desk_.input();
    if (playback_ && playback_->has_sound() && desk_.shown() == Shown::kSlate) {
      playback_->fill_sound(placement.first, silence_);
      if (has_languages()) map_sound(SoundMapping::kMono, silence_);
      source.reset();
    }
    join_smoothly(silence_, !std::exchange(after_silence_, true));
    encode_sound(source, placement.first, silence_);
  }
  if (placement.copy == 0) return;
  const auto copied =
      std::span(samples).subspan(static_cast<size_t>(placement.skip) * SoundEncoder::kChannels,
                                 static_cast<size_t>(placement.copy) * SoundEncoder::kChannels);
  join_smoothly(copied, placement.spliced || std::exchange(after_silence_, false));
  encode_sound(desk_.input(), placement.first + placement.silence, copied);
}

void Programme::encode_sound(std::optional<ChannelInput> source, SampleIndex first,
                             std::span<const float> samples) {
  for (size_t i = 0; i < sounds_.size(); ++i) {
    const ProgrammeSound::Ready ready = sounds_[i].put_out(source, first, heard_in(i, samples));
    encoder_->push_sound(ready.first, ready.samples, i);
  }
}

// Of two languages, one side on both. Valid up to the next call.
std::span<const float> Programme::heard_in(size_t sound, std::span<const float> samples) {
  if (!has_languages()) return samples;
  side_.assign(samples.begin(), samples.end());
  map_sound(sound == 0 ? SoundMapping::kLeft : SoundMapping::kRight, side_);
  return side_;
}

// What a session was like is told when it is over.
void Programme::take_session(const std::string& session) {
  const std::vector<SoundLanguage> languages = languages_on_air(channel_.sound);
  for (size_t i = 0; i < sounds_.size(); ++i) {
    if (session_on_air_.empty() || session == session_on_air_) break;
    spdlog::info("loudness of session {}: {}{} channel={}", session_on_air_,
                 words_of_loudness(sounds_[i].on_air_state()),
                 has_languages() ? " language=" + languages[i].tag : "", channel_.id);
  }
  session_on_air_ = session;
  for (ProgrammeSound& sound : sounds_)
    sound.set_session(session, clock_.made_at(media_now()));
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

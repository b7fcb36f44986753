#include "streamer/slate_playback.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "core/codec/h264.h"
#include "core/rtp/depacketizer.h"
#include "core/time/floor_div.h"
#include "streamer/picture_reference.h"
#include "streamer/sound_encoder.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr RenditionId kTopRung{0};
constexpr auto kDecodedWithin = 20s;  // where others go first
constexpr float kCodecNoise = 1.0F / 8192;

// The picture, with lengths instead of start codes; its parameter sets, when it has them.
Result<Bytes> picture_of(const MediaUnit& unit, h264::DecoderConfiguration* sets) {
  const auto annex_b = h264_access_unit(unit);
  std::vector<ByteSpan> nals;
  if (!annex_b || !h264::split_annex_b(*annex_b, nals)) return fail("a picture cannot be read");
  Bytes picture;
  for (const ByteSpan nal : nals) {
    const h264::NalType type = h264::nal_type(nal);
    if (type == h264::NalType::kSps || type == h264::NalType::kPps) {
      if (sets)
        (type == h264::NalType::kSps ? sets->sps : sets->pps).emplace_back(nal.begin(), nal.end());
    } else {
      h264::append_avcc(nal, picture);
    }
  }
  return picture;
}

FeedUnit feed_unit(FeedCodec codec, Flicks time, bool keyframe, Bytes data) {
  FeedUnit feed;
  feed.codec = codec;
  feed.dts = feed.pts = time;
  feed.keyframe = keyframe;
  feed.data = std::move(data);
  return feed;
}

template <class Condition>
bool wait_for(const FeedDecoder& decoder, Condition condition) {
  const auto latest = std::chrono::steady_clock::now() + kDecodedWithin;
  while (!condition()) {
    if (decoder.failed() || std::chrono::steady_clock::now() > latest) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

}  // namespace

SlatePlayback::SlatePlayback(std::shared_ptr<const Slate> slate, const Channel& channel)
    : slate_(std::move(slate)),
      grid_(channel.frames_per_second),
      size_{channel.video.front().width, channel.video.front().height} {}

Result<std::unique_ptr<SlatePlayback>> SlatePlayback::make(std::shared_ptr<const Slate> slate,
                                                           const Channel& channel) {
  std::unique_ptr<SlatePlayback> playback(new SlatePlayback(std::move(slate), channel));
  const auto& renditions = playback->slate_->announcement().renditions;
  const bool fits = std::any_of(renditions.begin(), renditions.end(), [&](const auto& rendition) {
    return rendition.id == kTopRung && rendition.width == playback->size_.width &&
           rendition.height == playback->size_.height && rendition.fps == channel.frames_per_second;
  });
  if (!fits) return fail("the slate is of another ladder");
  if (auto started = playback->start_decoder(); !started) return tl::unexpected(started.error());
  if (auto decoded = playback->decode_first_picture(); !decoded)
    return tl::unexpected(decoded.error());
  if (playback->slate_->is_still()) {
    playback->decoder_.reset();
    return playback;
  }
  if (auto decoded = playback->decode_sound(); !decoded) return tl::unexpected(decoded.error());
  return playback;
}

Result<void> SlatePlayback::start_decoder() {
  const auto first = slate_->units(kTopRung, MediaTime(), MediaTime(grid_.slot_duration()));
  if (first.empty()) return fail("the slate has no first picture");
  h264::DecoderConfiguration sets;
  if (auto picture = picture_of(*first.front(), &sets); !picture)
    return tl::unexpected(picture.error());
  if (sets.sps.empty() || sets.pps.empty()) return fail("the slate has no parameter sets");
  const FeedTrack track{FeedCodec::kH264, h264::write_decoder_configuration(sets)};
  auto decoder =
      FeedDecoder::start(track, size_, [shelf = shelf_](GstSample* sample, Flicks feed_time) {
        BufferPtr picture = reference_picture(gst_sample_get_buffer(sample));
        if (!picture) return;
        const std::lock_guard lock(shelf->mutex);
        shelf->pictures.push_back({feed_time, std::move(picture)});
        // A GOP is decoded at once when one begins within it.
        while (shelf->pictures.size() > static_cast<size_t>(2 * kAhead))
          shelf->pictures.pop_front();
      });
  if (!decoder) return tl::unexpected(decoder.error());
  decoder_ = std::move(*decoder);
  return {};
}

// Of a still the last one of the first GOP: each picture makes it a little better.
Result<void> SlatePlayback::decode_first_picture() {
  MediaTime until(grid_.slot_duration());
  if (slate_->is_still()) {
    for (const MediaUnitPtr& unit : slate_->units(kTopRung, MediaTime(), MediaTime(1s)))
      until = unit->time + grid_.slot_duration();
  }
  MediaTime last{};
  for (const MediaUnitPtr& unit : slate_->units(kTopRung, MediaTime(), until)) {
    auto picture = picture_of(*unit, nullptr);
    if (!picture) return tl::unexpected(picture.error());
    last = unit->time;
    fed_ = last.time_since_epoch();
    if (decoder_->push(as_feed(*unit, std::move(*picture)), false) != FeedDecoder::Taken::kYes)
      return fail("the slate cannot be decoded: " + decoder_->error());
  }
  const bool decoded = wait_for(*decoder_, [&] {
    const std::lock_guard lock(shelf_->mutex);
    return !shelf_->pictures.empty() &&
           slot_of(shelf_->pictures.back().feed_time) >= grid_.nearest_slot(last);
  });
  if (!decoded) return fail("the slate cannot be decoded: " + decoder_->error());
  const std::lock_guard lock(shelf_->mutex);
  shown_ = std::move(shelf_->pictures.back().picture);
  shelf_->pictures.clear();
  return {};
}

Result<void> SlatePlayback::decode_sound() {
  const auto loop = static_cast<size_t>(slate_->loop() / 1s) * 48'000 * SoundEncoder::kChannels;
  std::vector<float> samples(loop, 0.0F);
  std::mutex mutex;
  SampleIndex end = 0;
  auto decoder =
      FeedDecoder::start({FeedCodec::kOpus, {}}, {}, [&](GstSample* sample, Flicks feed_time) {
        const MappedBuffer mapped(gst_sample_get_buffer(sample), GST_MAP_READ);
        if (!mapped) return;
        const std::lock_guard lock(mutex);
        const SampleIndex first = nearest_sample(MediaTime(feed_time));
        const std::span decoded(reinterpret_cast<const float*>(mapped.data()), mapped.size() / 4);
        for (size_t i = 0; i < decoded.size(); ++i) {
          const int64_t at = first * SoundEncoder::kChannels + static_cast<int64_t>(i);
          if (at >= 0 && static_cast<size_t>(at) < loop)
            samples[static_cast<size_t>(at)] = decoded[i];
        }
        end = std::max(end,
                       first + static_cast<SampleIndex>(decoded.size() / SoundEncoder::kChannels));
      });
  if (!decoder) return tl::unexpected(decoder.error());
  for (const MediaUnitPtr& unit :
       slate_->units(kOpusRendition, MediaTime(), MediaTime(slate_->loop()))) {
    auto packet = opus_packet(*unit);
    if (!packet) return fail("the slate's sound cannot be read");
    const FeedUnit feed =
        feed_unit(FeedCodec::kOpus, unit->time.time_since_epoch(), true, std::move(*packet));
    FeedDecoder::Taken taken = FeedDecoder::Taken::kFull;
    const bool pushed = wait_for(**decoder, [&] {
      taken = (*decoder)->push(feed, false);
      return taken != FeedDecoder::Taken::kFull;
    });
    if (!pushed || taken != FeedDecoder::Taken::kYes)
      return fail("the slate's sound cannot be decoded: " + (*decoder)->error());
  }
  const SampleIndex nearly = slate_->loop() / 1s * 48'000 - 2 * kOpusGrid.samples_per_frame();
  if (!wait_for(**decoder, [&] {
        const std::lock_guard lock(mutex);
        return end >= nearly;
      }))
    return fail("the slate's sound cannot be decoded: " + (*decoder)->error());
  decoder->reset();  // no sample comes after this
  const bool heard = std::any_of(samples.begin(), samples.end(),
                                 [](float sample) { return std::abs(sample) > kCodecNoise; });
  if (heard) sound_ = std::move(samples);
  return {};
}

FeedUnit SlatePlayback::as_feed(const MediaUnit& unit, Bytes data) const {
  return feed_unit(FeedCodec::kH264, unit.time - origin_ + offset_, unit.keyframe, std::move(data));
}

GstBuffer* SlatePlayback::picture_at(SlotIndex slot) {
  if (!decoder_) return shown_.get();
  const bool goes_on = last_slot_ && slot > *last_slot_ && slot - *last_slot_ <= kAhead;
  last_slot_ = slot;
  if (!goes_on) next_.reset();  // it was not wanted for a while
  if (!next_) begin_at(grid_.time_of(slot));
  feed_up_to(grid_.time_of(slot + kAhead));
  const std::lock_guard lock(shelf_->mutex);
  auto& pictures = shelf_->pictures;
  while (!pictures.empty() && slot_of(pictures.front().feed_time) <= slot) {
    // What was on its way when it began anew is of another time.
    if (pictures.front().feed_time >= offset_) shown_ = std::move(pictures.front().picture);
    pictures.pop_front();
  }
  return shown_.get();
}

void SlatePlayback::begin_at(MediaTime time) {
  next_ = slate_->keyframe_before(time);
  origin_ = slate_->time_of(*next_);
  offset_ = fed_ + 1s;
}

void SlatePlayback::feed_up_to(MediaTime time) {
  for (; slate_->time_of(*next_) <= time; next_ = slate_->next(*next_)) {
    const MediaUnitPtr unit = slate_->unit(*next_);
    if (unit->rendition != kTopRung) continue;
    auto picture = picture_of(*unit, nullptr);
    if (!picture) continue;
    const FeedUnit feed = as_feed(*unit, std::move(*picture));
    const auto taken = decoder_->push(feed, unit->time == origin_);
    if (taken == FeedDecoder::Taken::kYes) fed_ = feed.dts;
    if (taken == FeedDecoder::Taken::kFull) return;  // again with the next slot
    if (taken == FeedDecoder::Taken::kFailed) {
      // With another one; the picture stands until then.
      next_.reset();
      if (!start_decoder()) decoder_.reset();
      return;
    }
  }
}

void SlatePlayback::fill_sound(SampleIndex first, std::span<float> out) const {
  if (sound_.empty()) {
    std::ranges::fill(out, 0.0F);
    return;
  }
  const auto loop = static_cast<SampleIndex>(sound_.size() / SoundEncoder::kChannels);
  for (size_t i = 0; i + 1 < out.size(); i += SoundEncoder::kChannels, ++first) {
    const auto at =
        static_cast<size_t>(first - floor_div(first, loop) * loop) * SoundEncoder::kChannels;
    out[i] = sound_[at];
    out[i + 1] = sound_[at + 1];
  }
}

}  // namespace longmen

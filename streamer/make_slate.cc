#include "streamer/make_slate.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "core/time/gop.h"
#include "net/state_file.h"
#include "streamer/gst_setup.h"
#include "streamer/programme_encoder.h"
#include "streamer/studio_art.h"
#include "streamer/test_picture.h"
#include "streamer/test_sound.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kMagic = "LMSLATE1";
constexpr Flicks kLoop = 8s;
constexpr int64_t kSoundLead = 4800;  // of samples before and after, for the encoders' delays
constexpr int64_t kSoundBlock = 960;
constexpr auto kSoundWithin = 30s;

// The same channel has the same slate everywhere: its generation is a hash, below 2^32, so that it
// names a start in 1970 and any live generation is later.
Generation slate_generation(const Channel& channel) {
  uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (char c : channels_to_json({channel}))
    hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211U;
  return Generation{std::max<uint64_t>((hash ^ hash >> 32) & 0xFFFFFFFF, 1)};
}

// Units of the loop, as encoders give them from their threads.
class Collector {
 public:
  ProgrammeEncoder::Outputs outputs() {
    ProgrammeEncoder::Outputs outputs;
    outputs.unit = [this](MediaUnit unit) {
      const Flicks time = unit.time.time_since_epoch();
      if (time < Flicks(0) || time >= kLoop) return;
      const std::lock_guard lock(mutex_);
      units_.push_back(std::move(unit));
    };
    outputs.announced = [this](const GenerationAnnouncement& announcement) {
      const std::lock_guard lock(mutex_);
      announcement_ = announcement;
    };
    return outputs;
  }

  size_t count(RenditionId rendition) {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::ranges::count(units_, rendition, &MediaUnit::rendition));
  }

  // Sound that came before the loop has taken numbers; the file's begin with 0.
  Bytes file() {
    const std::lock_guard lock(mutex_);
    std::ranges::stable_sort(
        units_, {}, [](const MediaUnit& unit) { return std::pair(unit.time, unit.rendition); });
    Bytes bytes(kMagic.begin(), kMagic.end());
    ByteWriter writer(bytes);
    const std::string announcement = to_json(announcement_);
    writer.u32(announcement.size());
    writer.text(announcement);
    std::map<RenditionId, PacketSequence> next;
    for (MediaUnit& unit : units_) {
      unit.first_sequence = next[unit.rendition];
      next[unit.rendition] += unit.packets.size();
      Bytes wire;
      write_media_unit(unit, wire);
      writer.u32(wire.size());
      writer.bytes(wire);
    }
    return bytes;
  }

 private:
  std::mutex mutex_;
  std::vector<MediaUnit> units_;
  GenerationAnnouncement announcement_;
};

BufferPtr picture_of(const std::vector<uint8_t>& pixels) {
  BufferPtr picture(gst_buffer_new_allocate(nullptr, pixels.size(), nullptr));
  gst_buffer_fill(picture.get(), 0, pixels.data(), pixels.size());
  return picture;
}

// What each slot of the loop shows.
class Pictures {
 public:
  Pictures(const Channel& channel, SlateContent content)
      : layout_{channel.video.front().width, channel.video.front().height},
        frames_per_second_(channel.frames_per_second) {
    if (content == SlateContent::kTestProgramme)
      programme_.emplace(channel.name, layout_);
    else
      card_ = picture_of(draw_slate(channel.name, layout_.width, layout_.height));
  }

  BufferPtr at(SlotIndex slot) {
    if (!programme_) return BufferPtr(gst_buffer_ref(card_.get()));
    std::vector<uint8_t> pixels(layout_.bytes());
    const auto epoch_ms = static_cast<uint64_t>(slot * 1000 / frames_per_second_);
    const std::string clock = fmt::format("00:00:{:02}", epoch_ms / 1000);
    programme_->paint({static_cast<uint64_t>(slot), epoch_ms}, "", clock, pixels.data());
    add_grain(pixels);
    return picture_of(pixels);
  }

 private:
  // The marker, which is black and white, survives it.
  void add_grain(std::vector<uint8_t>& pixels) {
    for (size_t i = 0; i < layout_.luma_bytes(); ++i) {
      random_ = random_ * 1664525 + 1013904223;
      pixels[i] = static_cast<uint8_t>(std::clamp(pixels[i] + int(random_ >> 29) - 4, 16, 235));
    }
  }

  I420Layout layout_;
  int frames_per_second_;
  std::optional<TestPicture> programme_;
  BufferPtr card_;
  uint32_t random_ = 1;
};

Result<void> encode_pictures(const Channel& channel, SlateContent content,
                             ProgrammeEncoder& encoder) {
  Pictures pictures(channel, content);
  const GopGrid gops(FrameGrid(channel.frames_per_second), channel.gop_seconds);
  const SlotIndex end = kLoop / 1s * channel.frames_per_second;
  for (SlotIndex slot = 0; slot < end; ++slot) {
    const BufferPtr picture = pictures.at(slot);
    const auto now = std::chrono::steady_clock::now();
    while (!encoder.offer_picture(slot, picture.get(), gops.starts_gop(slot), now)) {
      if (!encoder.ladder().drain()) return fail("the slate's pictures: " + encoder.error());
    }
  }
  if (!encoder.ladder().drain()) return fail("the slate's pictures: " + encoder.error());
  return {};
}

Result<void> encode_sound(SlateContent content, ProgrammeEncoder& encoder, Collector& collector) {
  const auto latest = std::chrono::steady_clock::now() + kSoundWithin;
  const auto wait_until = [&](auto condition) {
    while (!condition()) {
      if (encoder.failed() || std::chrono::steady_clock::now() > latest) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  };
  std::optional<TestSound> programme;
  if (content == SlateContent::kTestProgramme) programme.emplace();
  std::vector<float> block(kSoundBlock * SoundEncoder::kChannels, 0.0F);
  const SampleIndex end = kLoop / 1s * 48'000 + kSoundLead;
  bool done = true;
  for (SampleIndex sample = -kSoundLead; done && sample < end; sample += kSoundBlock) {
    done =
        wait_until([&] { return encoder.queued_samples() < SoundEncoder::kMaxQueuedSamples / 2; });
    // A loop later, so that it has begun before the first sample.
    if (programme) programme->fill(sample + kLoop / 1s * 48'000, block);
    encoder.push_sound(sample, block);
  }
  const auto frames = [](const AudioGrid& grid) {
    return static_cast<size_t>(kLoop / grid.frame_duration());
  };
  done = done && wait_until([&] {
           return collector.count(kOpusRendition) == frames(kOpusGrid) &&
                  collector.count(kAacRendition) == frames(kAacGrid);
         });
  if (!done) return fail("the slate's sound: " + encoder.error());
  return {};
}

Result<Channel> read_channel(const std::string& file) {
  const auto text = read_state_file(file);
  if (!text) return tl::unexpected(text.error());
  auto channels = channels_from_json(*text);
  if (!channels) return tl::unexpected(channels.error());
  if (channels->size() != 1) return fail(fmt::format("{}: one channel was expected", file));
  if (auto checked = check_channel(channels->front()); !checked)
    return tl::unexpected(checked.error());
  return std::move(channels->front());
}

}  // namespace

Result<Bytes> encode_slate(const Channel& channel, SlateContent content) {
  if (auto ready = set_up_gstreamer(); !ready) return tl::unexpected(ready.error());
  Collector collector;
  auto encoder = ProgrammeEncoder::start(channel, slate_generation(channel), 0, -kSoundLead,
                                         collector.outputs(), nullptr);
  if (!encoder) return tl::unexpected(encoder.error());
  if (auto done = encode_pictures(channel, content, **encoder); !done)
    return tl::unexpected(done.error());
  if (auto done = encode_sound(content, **encoder, collector); !done)
    return tl::unexpected(done.error());
  encoder->reset();  // no unit comes after this
  return collector.file();
}

int make_slate(const std::string& channel_json_file, const std::string& out, SlateContent content) {
  const auto channel = read_channel(channel_json_file);
  if (!channel) {
    spdlog::error("make-slate: {}", channel.error().message);
    return 1;
  }
  const auto bytes = encode_slate(*channel, content);
  if (!bytes) {
    spdlog::error("make-slate: {} channel={}", bytes.error().message, channel->id);
    return 1;
  }
  if (auto written = write_state_file(out, as_text(*bytes)); !written) {
    spdlog::error("make-slate: {} channel={}", written.error().message, channel->id);
    return 1;
  }
  spdlog::info("slate made bytes={} channel={}", bytes->size(), channel->id);
  return 0;
}

}  // namespace longmen

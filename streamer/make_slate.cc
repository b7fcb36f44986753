#include "streamer/make_slate.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "core/slate/slate_loop.h"
#include "core/time/floor_div.h"
#include "core/time/gop.h"
#include "net/state_file.h"
#include "streamer/given_slate.h"
#include "streamer/gst_setup.h"
#include "streamer/programme_encoder.h"
#include "streamer/studio_art.h"
#include "streamer/test_picture.h"
#include "streamer/test_sound.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr int kYieldNice = 19;        // to whatever is on air
constexpr int64_t kSoundLead = 4800;  // of samples before and after, for the encoders' delays
constexpr int64_t kSoundBlock = 960;
constexpr auto kSoundWithin = 30s;

// The same channel has the same slate everywhere: its generation is a hash, below 2^32, so that it
// names a start in 1970 and any live generation is later.
Generation slate_generation(const Channel& channel, const SlateSource& source) {
  std::string what = channels_to_json({programme_part(channel)});
  if (!source.is_plain_card()) what += boost::json::serialize(to_json(source));
  uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (char c : what)
    hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211U;
  return Generation{std::max<uint64_t>((hash ^ hash >> 32) & 0xFFFFFFFF, 1)};
}

// Units of the loop, as encoders give them from their threads.
class Collector {
 public:
  explicit Collector(Flicks loop) : loop_(loop) {}

  ProgrammeEncoder::Outputs outputs() {
    ProgrammeEncoder::Outputs outputs;
    outputs.unit = [this](MediaUnit unit) {
      const Flicks time = unit.time.time_since_epoch();
      if (time < Flicks(0) || time >= loop_) return;
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
  Bytes file(bool still) {
    const std::lock_guard lock(mutex_);
    std::ranges::stable_sort(
        units_, {}, [](const MediaUnit& unit) { return std::pair(unit.time, unit.rendition); });
    Bytes bytes(kSlateMagic.begin(), kSlateMagic.end());
    ByteWriter writer(bytes);
    auto about = boost::json::parse(to_json(announcement_)).as_object();
    about["loop_seconds"] = loop_ / 1s;
    about["still"] = still;
    const std::string announcement = boost::json::serialize(about);
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
  const Flicks loop_;
  std::mutex mutex_;
  std::vector<MediaUnit> units_;
  GenerationAnnouncement announcement_;
};

BufferPtr picture_of(const std::vector<uint8_t>& pixels) {
  BufferPtr picture(gst_buffer_new_allocate(nullptr, pixels.size(), nullptr));
  gst_buffer_fill(picture.get(), 0, pixels.data(), pixels.size());
  return picture;
}

// Takes the pictures of the loop in order, and waits for the encoders.
class PictureLine {
 public:
  PictureLine(const Channel& channel, ProgrammeEncoder& encoder)
      : gops_(FrameGrid(channel.frames_per_second), channel.gop_seconds), encoder_(encoder) {}

  Result<void> put(GstBuffer* picture) {
    const auto now = std::chrono::steady_clock::now();
    while (!encoder_.offer_picture(next_, picture, gops_.starts_gop(next_), now)) {
      if (!encoder_.ladder().drain()) return fail("the slate's pictures: " + encoder_.error());
    }
    ++next_;
    return {};
  }
  Result<void> put_up_to(SlotIndex end, GstBuffer* picture) {
    while (next_ < end)
      if (auto done = put(picture); !done) return done;
    return {};
  }
  Result<void> drain() {
    if (!encoder_.ladder().drain()) return fail("the slate's pictures: " + encoder_.error());
    return {};
  }
  SlotIndex next() const { return next_; }

 private:
  GopGrid gops_;
  ProgrammeEncoder& encoder_;
  SlotIndex next_ = 0;
};

// What the loop shows and how it sounds.
class Content {
 public:
  virtual ~Content() = default;
  virtual SlotIndex slots() const = 0;
  virtual bool still() const { return true; }
  virtual Result<void> put_pictures(PictureLine& line) = 0;
  // Frames of left and right from that sample of the loop on, which may lie before its beginning
  // or behind its end.
  virtual void fill_sound(SampleIndex, std::span<float> out) { std::ranges::fill(out, 0.0F); }
};

SlotIndex shortest_loop(const Channel& channel) {
  return kSlateLoop / 1s * channel.frames_per_second;
}

class StillContent : public Content {
 public:
  StillContent(const Channel& channel, BufferPtr picture)
      : slots_(shortest_loop(channel)), picture_(std::move(picture)) {}
  SlotIndex slots() const override { return slots_; }
  Result<void> put_pictures(PictureLine& line) override {
    return line.put_up_to(slots_, picture_.get());
  }

 private:
  SlotIndex slots_;
  BufferPtr picture_;
};

class TestContent : public Content {
 public:
  explicit TestContent(const Channel& channel)
      : slots_(shortest_loop(channel)),
        layout_{channel.video.front().width, channel.video.front().height},
        frames_per_second_(channel.frames_per_second),
        programme_(channel.name, layout_) {}
  SlotIndex slots() const override { return slots_; }
  bool still() const override { return false; }
  Result<void> put_pictures(PictureLine& line) override {
    for (SlotIndex slot = 0; slot < slots_; ++slot) {
      std::vector<uint8_t> pixels(layout_.bytes());
      const auto epoch_ms = static_cast<uint64_t>(slot * 1000 / frames_per_second_);
      const std::string clock = fmt::format("00:00:{:02}", epoch_ms / 1000);
      programme_.paint({static_cast<uint64_t>(slot), epoch_ms}, "", clock, pixels.data());
      add_grain(pixels);
      if (auto done = line.put(picture_of(pixels).get()); !done) return done;
    }
    return {};
  }
  // A loop later, so that it has begun before the first sample.
  void fill_sound(SampleIndex sample, std::span<float> out) override {
    sound_.fill(sample + kSlateLoop / 1s * 48'000, out);
  }

 private:
  // The marker, which is black and white, survives it.
  void add_grain(std::vector<uint8_t>& pixels) {
    for (size_t i = 0; i < layout_.luma_bytes(); ++i) {
      random_ = random_ * 1664525 + 1013904223;
      pixels[i] = static_cast<uint8_t>(std::clamp(pixels[i] + int(random_ >> 29) - 4, 16, 235));
    }
  }

  SlotIndex slots_;
  I420Layout layout_;
  int frames_per_second_;
  TestPicture programme_;
  TestSound sound_;
  uint32_t random_ = 1;
};

// Read once for its length and its sound, and then once a round for its pictures: those of a minute
// do not fit into memory.
class ClipContent : public Content {
 public:
  ClipContent(const Channel& channel, std::string file)
      : file_(std::move(file)),
        layout_{channel.video.front().width, channel.video.front().height},
        frames_per_second_(channel.frames_per_second) {}

  Result<void> measure() {
    constexpr int kSmall = 32;
    GivenHandlers handlers;
    SlotIndex pictures = 0;
    const SlotIndex most = kMaxSlateLoop / 1s * frames_per_second_;
    handlers.picture = [&](GstBuffer*) { return ++pictures < most; };
    handlers.sound = [this, most](int64_t first, std::span<const float> samples) {
      const auto most_floats = static_cast<size_t>(most * 48'000 / frames_per_second_ * 2);
      const auto at = static_cast<size_t>(std::max<int64_t>(first, 0)) * 2;
      const size_t end = std::min(at + samples.size(), most_floats);
      if (at >= end) return;
      sound_.resize(std::max(sound_.size(), end), 0.0F);
      std::copy_n(samples.begin(), end - at, sound_.begin() + static_cast<ptrdiff_t>(at));
    };
    const auto read = read_given(file_, {false, kSmall, kSmall, frames_per_second_}, handlers);
    if (!read) return tl::unexpected(read.error());
    loop_ = slate_loop_of(pictures, FrameGrid(frames_per_second_));
    return {};
  }

  SlotIndex slots() const override { return loop_.slots; }
  bool still() const override { return false; }

  Result<void> put_pictures(PictureLine& line) override {
    BufferPtr last;
    for (int round = 1; round <= loop_.rounds; ++round) {
      const SlotIndex end = round * loop_.clip_slots;
      Result<void> put;
      GivenHandlers handlers;
      handlers.picture = [&](GstBuffer* picture) {
        last = another_reference(picture);
        put = line.put(picture);
        return put && line.next() < end;
      };
      const auto read =
          read_given(file_, {false, layout_.width, layout_.height, frames_per_second_}, handlers);
      if (!put) return put;
      if (!read) return tl::unexpected(read.error());
      if (auto filled = line.put_up_to(end, last.get()); !filled) return filled;
    }
    return line.put_up_to(loop_.slots, last.get());
  }

  void fill_sound(SampleIndex sample, std::span<float> out) override {
    const int64_t length = loop_.slots * 48'000 / frames_per_second_;
    for (size_t i = 0; i < out.size(); i += 2, ++sample) {
      const int64_t turn = floor_div(sample, length);
      const auto at = loop_.sample_at(sample - turn * length, frames_per_second_);
      const bool there = at && static_cast<size_t>(*at) * 2 + 1 < sound_.size();
      out[i] = there ? sound_[static_cast<size_t>(*at) * 2] : 0.0F;
      out[i + 1] = there ? sound_[static_cast<size_t>(*at) * 2 + 1] : 0.0F;
    }
  }

 private:
  std::string file_;
  I420Layout layout_;
  int frames_per_second_;
  SlateLoop loop_;
  std::vector<float> sound_;  // left and right, from the clip's beginning
};

Result<std::unique_ptr<Content>> given_content(const Channel& channel, const SlateWish& wish) {
  if (auto ready = set_up_given_formats(); !ready) return tl::unexpected(ready.error());
  if (wish.source.clip) {
    auto clip = std::make_unique<ClipContent>(channel, wish.given_file);
    if (auto measured = clip->measure(); !measured) return tl::unexpected(measured.error());
    return clip;
  }
  BufferPtr still;
  GivenHandlers handlers;
  handlers.picture = [&](GstBuffer* picture) {
    still = another_reference(picture);
    return false;
  };
  const VideoRung& top = channel.video.front();
  const auto read = read_given(wish.given_file, {true, top.width, top.height}, handlers);
  if (!read) return tl::unexpected(read.error());
  return std::make_unique<StillContent>(channel, std::move(still));
}

Result<std::unique_ptr<Content>> content_of(const Channel& channel, const SlateWish& wish) {
  if (wish.content == SlateContent::kTestProgramme) return std::make_unique<TestContent>(channel);
  if (wish.content == SlateContent::kGiven) return given_content(channel, wish);
  const VideoRung& top = channel.video.front();
  return std::make_unique<StillContent>(
      channel, picture_of(draw_slate(channel.name, wish.source.title, top.width, top.height)));
}

Result<void> encode_sound(Content& content, Flicks loop, ProgrammeEncoder& encoder,
                          Collector& collector) {
  // Of the last progress: a minute of sound takes as long as it takes where others go first.
  auto latest = std::chrono::steady_clock::now() + kSoundWithin;
  const auto wait_until = [&](auto condition) {
    while (!condition()) {
      if (encoder.failed() || std::chrono::steady_clock::now() > latest) return false;
      std::this_thread::sleep_for(2ms);
    }
    latest = std::chrono::steady_clock::now() + kSoundWithin;
    return true;
  };
  std::vector<float> block(kSoundBlock * SoundEncoder::kChannels, 0.0F);
  const SampleIndex end = loop / 1s * 48'000 + kSoundLead;
  bool done = true;
  for (SampleIndex sample = -kSoundLead; done && sample < end; sample += kSoundBlock) {
    done =
        wait_until([&] { return encoder.queued_samples() < SoundEncoder::kMaxQueuedSamples / 2; });
    content.fill_sound(sample, block);
    encoder.push_sound(sample, block);
  }
  const auto frames = [&](const AudioGrid& grid) {
    return static_cast<size_t>(loop / grid.frame_duration());
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

Channel default_channel() {
  Channel channel;
  channel.id = "main";
  channel.name = "Main";
  channel.video = default_ladder();
  return channel;
}

}  // namespace

Result<Bytes> encode_slate(const Channel& its_channel, const SlateWish& wish) {
  Channel channel = its_channel;
  channel.sound = {};  // a slate has one sound, whatever the channel has
  if (auto ready = set_up_gstreamer(); !ready) return tl::unexpected(ready.error());
  const auto content = content_of(channel, wish);
  if (!content) return tl::unexpected(content.error());
  const Flicks loop = (*content)->slots() / channel.frames_per_second * 1s;
  Collector collector(loop);
  auto encoder = ProgrammeEncoder::start(channel, slate_generation(channel, wish.source), 0,
                                         -kSoundLead, collector.outputs(), nullptr);
  if (!encoder) return tl::unexpected(encoder.error());
  PictureLine line(channel, **encoder);
  if (auto done = (*content)->put_pictures(line); !done) return tl::unexpected(done.error());
  if (auto done = line.drain(); !done) return tl::unexpected(done.error());
  if (auto done = encode_sound(**content, loop, **encoder, collector); !done)
    return tl::unexpected(done.error());
  encoder->reset();  // no unit comes after this
  Bytes file = collector.file((*content)->still());
  // Who is to play it does so by the same rules.
  if (const auto read = Slate::parse(file); !read)
    return fail(
        fmt::format("the encoded slate of {} bytes: {}", file.size(), read.error().message));
  if (file.size() > kMaxSlateBytes)
    return fail(
        fmt::format("the encoded slate has {} bytes, at most {} are kept: a shorter clip, "
                    "or lower bit rates",
                    file.size(), kMaxSlateBytes));
  return file;
}

int make_slate(const MakeSlateOptions& options) {
  const auto refuse = [](const Error& error, const std::string& channel) {
    spdlog::error("slate: {} channel={}", error.message, channel);
    return 1;
  };
  const Result<Channel> channel =
      options.channel_json.empty() ? default_channel() : read_channel(options.channel_json);
  if (!channel) return refuse(channel.error(), "");
  SlateWish wish;
  if (options.test_programme) wish.content = SlateContent::kTestProgramme;
  if (!options.source_json.empty()) {
    const auto text = read_state_file(options.source_json);
    if (!text) return refuse(text.error(), channel->id);
    const auto fields = JsonFields::parse(*text);
    if (!fields) return refuse(fields.error(), channel->id);
    wish.source = slate_source_from_json(*fields);
    ::setpriority(PRIO_PROCESS, 0, kYieldNice);
  }
  if (!options.given.empty()) {
    wish.content = SlateContent::kGiven;
    wish.given_file = options.given;
  }
  const auto bytes = encode_slate(*channel, wish);
  if (!bytes) return refuse(bytes.error(), channel->id);
  if (auto written = write_state_file(options.out, as_text(*bytes)); !written)
    return refuse(written.error(), channel->id);
  spdlog::info("slate made bytes={} channel={} sha256={}", bytes->size(), channel->id,
               wish.source.sha256);
  return 0;
}

}  // namespace longmen

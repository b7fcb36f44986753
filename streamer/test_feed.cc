#include "streamer/test_feed.h"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <ctime>
#include <thread>

#include "core/time/audio_grid.h"
#include "streamer/gst_setup.h"
#include "streamer/pipeline.h"
#include "streamer/test_picture.h"
#include "streamer/test_sound.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

constexpr auto kFirstBackoff = 250ms;
constexpr auto kLastBackoff = 2000ms;
constexpr auto kSteadyAfter = 5s;     // a connection that lived this long resets the back-off
constexpr auto kStalledAfter = 3s;    // nothing taken for so long: the server hangs
constexpr unsigned kMaxPictures = 6;  // on their way to the encoder
constexpr int kAacFrame = 1024;
constexpr size_t kAacFloats = size_t{2} * kAacFrame;
constexpr int kAacPriming = 1024;  // samples of delay of avenc_aac: its first packet is silence
// The muxer waits for the track that is behind; sound is made this much earlier than its time, so
// that it never is the one, and pictures leave at once.
constexpr auto kSoundAhead = 130ms;
constexpr nanoseconds kStreamStart = 1s;  // priming needs room before the first instant
constexpr int kVideoKbps = 3000;
constexpr int kAudioKbps = 128;
constexpr uint64_t kMaxQueuedSoundBytes = 1 << 20;

std::atomic<bool> stop_asked{false};

void on_signal(int) {
  stop_asked = true;
}

std::string without_key(const std::string& url) {
  return url.substr(0, url.rfind('/') + 1) + "***";
}

std::string description(FrameRate rate, PictureSize size) {
  return fmt::format(
      "appsrc name=video format=time max-buffers=0 max-bytes=0 "
      "caps=video/x-raw,format=I420,width={},height={},framerate={}/{},pixel-aspect-ratio=1/1,"
      "colorimetry=bt709,interlace-mode=progressive "
      "! x264enc tune=zerolatency speed-preset=ultrafast trellis=false threads=1 bitrate={} "
      "key-int-max={} "
      "option-string=scenecut=0 ! video/x-h264,stream-format=avc,profile=high ! mux. "
      "appsrc name=audio format=time max-bytes=0 "
      "caps=audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved "
      "! avenc_aac bitrate={} aac-coder=fast ! mux. "
      "flvmux name=mux streamable=true ! rtmp2sink name=sink sync=false async=false",
      size.width, size.height, rate.numerator, rate.denominator, kVideoKbps,
      (rate.numerator + rate.denominator / 2) / rate.denominator, kAudioKbps * 1000);
}

// One connection: from the first picture until the server is gone.
class Transmission {
 public:
  Transmission(std::string url, FrameRate rate, const TestPicture& picture, const TestSound& sound,
               uint64_t& counter)
      : url_(std::move(url)), rate_(rate), picture_(picture), sound_(sound), counter_(counter) {}

  // Blocks. The reason for which it ended.
  std::string run() {
    auto parsed = Pipeline::parse(
        "test programme", description(rate_, {picture_.layout().width, picture_.layout().height}));
    if (!parsed) return parsed.error().message;
    pipeline_ = std::move(*parsed);
    g_object_set(pipeline_->element("sink"), "location", url_.c_str(), nullptr);
    make_pool();
    if (!pipeline_->play()) return "the pipeline does not start: " + pipeline_->error();
    start_ = Steady::now();
    last_made_ = start_;
    std::string reason;
    for (int64_t slot = 0; reason.empty(); ++slot) {
      const auto due = start_ + slot_time(slot);
      const auto late = Steady::now() - due;
      if (late > slot_time(1)) continue;  // this one's time is over
      std::this_thread::sleep_until(due);
      send_sound_until(slot_time(slot) + kSoundAhead);
      send_picture(slot);
      reason = trouble();
    }
    pipeline_->stop();
    return reason;
  }

 private:
  nanoseconds slot_time(int64_t slot) const {
    return nanoseconds(slot * 1'000'000'000 * rate_.denominator / rate_.numerator);
  }

  std::string trouble() const {
    if (stop_asked) return "stopped";
    if (pipeline_->failed()) return pipeline_->error();
    if (Steady::now() - last_made_ > kStalledAfter) return "the server takes nothing any more";
    return {};
  }

  void make_pool() {
    pool_.reset(gst_buffer_pool_new());
    GstStructure* config = gst_buffer_pool_get_config(pool_.get());
    const auto bytes = static_cast<guint>(picture_.layout().bytes());
    gst_buffer_pool_config_set_params(config, nullptr, bytes, 0, kMaxPictures);
    gst_buffer_pool_set_config(pool_.get(), config);
    gst_buffer_pool_set_active(pool_.get(), TRUE);
  }

  void send_picture(int64_t slot) {
    GstBufferPoolAcquireParams params{};
    params.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
    GstBuffer* acquired = nullptr;
    if (gst_buffer_pool_acquire_buffer(pool_.get(), &acquired, &params) != GST_FLOW_OK) return;
    BufferPtr buffer(acquired);
    paint(acquired);
    GST_BUFFER_PTS(acquired) = static_cast<GstClockTime>((kStreamStart + slot_time(slot)).count());
    GST_BUFFER_DURATION(acquired) = static_cast<GstClockTime>(slot_time(1).count());
    gst_app_src_push_buffer(GST_APP_SRC(pipeline_->element("video")), buffer.release());
    last_made_ = Steady::now();
  }

  void paint(GstBuffer* buffer) {
    const MappedBuffer pixels(buffer, GST_MAP_WRITE);
    if (!pixels) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto epoch_ms = std::chrono::floor<std::chrono::milliseconds>(now).count();
    const std::time_t seconds = epoch_ms / 1000;
    std::tm local{};
    localtime_r(&seconds, &local);
    char date[16], clock[16];
    std::strftime(date, sizeof date, "%Y-%m-%d", &local);
    std::strftime(clock, sizeof clock, "%H:%M:%S", &local);
    picture_.paint({counter_++, static_cast<uint64_t>(epoch_ms)}, date, clock, pixels.data());
  }

  // Positions on the epoch's sample grid follow the wall clock; a millisecond of slewing is left.
  int64_t epoch_sample(int64_t sample) {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    const nanoseconds origin = wall - (Steady::now() - start_);
    const auto offset = static_cast<int64_t>(
        static_cast<__int128>(std::chrono::nanoseconds(origin).count()) * 48 / 1'000'000);
    if (std::abs(offset - epoch_offset_) > TestSound::kRate / 1000) epoch_offset_ = offset;
    return epoch_offset_ + sample;
  }

  void send_sound_until(nanoseconds time) {
    GstAppSrc* source = GST_APP_SRC(pipeline_->element("audio"));
    const int64_t end = time.count() * 48 / 1'000'000;
    for (; next_sample_ + kAacFrame <= end; next_sample_ += kAacFrame) {
      if (gst_app_src_get_current_level_bytes(source) > kMaxQueuedSoundBytes) continue;
      BufferPtr buffer(gst_buffer_new_allocate(nullptr, kAacFloats * sizeof(float), nullptr));
      {
        const MappedBuffer map(buffer.get(), GST_MAP_WRITE);
        sound_.fill(epoch_sample(next_sample_), {reinterpret_cast<float*>(map.data()), kAacFloats});
      }
      const int64_t shown = (next_sample_ - kAacPriming) * 1'000'000 / 48;
      GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(kStreamStart.count() + shown);
      GST_BUFFER_DURATION(buffer.get()) = kAacFrame * 1'000'000ULL / 48;
      gst_app_src_push_buffer(source, buffer.release());
    }
  }

  std::string url_;
  FrameRate rate_;
  const TestPicture& picture_;
  const TestSound& sound_;
  uint64_t& counter_;
  PoolPtr pool_;
  std::unique_ptr<Pipeline> pipeline_;
  Steady::time_point start_;
  Steady::time_point last_made_;
  int64_t next_sample_ = 0;
  int64_t epoch_offset_ = 0;
};

void wait(nanoseconds duration) {
  const auto end = Steady::now() + duration;
  while (!stop_asked && Steady::now() < end)
    std::this_thread::sleep_for(20ms);
}

bool parse_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<FrameRate> parse_frame_rate(const std::string& text) {
  const auto slash = text.find('/');
  FrameRate rate{0, 1};
  const bool parsed = parse_number(std::string_view(text).substr(0, slash), rate.numerator) &&
                      (slash == std::string::npos ||
                       parse_number(std::string_view(text).substr(slash + 1), rate.denominator));
  if (!parsed || rate.denominator < 1 || rate.numerator < rate.denominator ||
      rate.numerator / rate.denominator > 120) {
    return fail(fmt::format("frame rate \"{}\": 1 to 120 is allowed, as 30 or 30000/1001", text));
  }
  return rate;
}

Result<PictureSize> parse_picture_size(const std::string& text) {
  const auto cross = text.find('x');
  PictureSize size;
  const bool parsed = cross != std::string::npos &&
                      parse_number(std::string_view(text).substr(0, cross), size.width) &&
                      parse_number(std::string_view(text).substr(cross + 1), size.height);
  if (!parsed || size.width < 160 || size.width > 1920 || size.height < 90 || size.height > 1088 ||
      size.width % 2 != 0 || size.height % 2 != 0) {
    return fail(fmt::format(
        "size \"{}\": even numbers from 160x90 to 1920x1088 are allowed, as 1280x720", text));
  }
  return size;
}

int run_test_feed(const TestFeedOptions& options) {
  const auto rate = parse_frame_rate(options.fps);
  const auto size = parse_picture_size(options.size);
  const auto ready = set_up_gstreamer();
  for (const auto& problem : {rate ? "" : rate.error().message, size ? "" : size.error().message,
                              ready ? "" : ready.error().message}) {
    if (problem.empty()) continue;
    spdlog::error("test programme: {}", problem);
    return 2;
  }
  stop_asked = false;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  const TestPicture picture(options.channel_name, {size->width, size->height});
  const TestSound sound;
  uint64_t counter = 0;
  nanoseconds backoff = kFirstBackoff;
  std::string last_reason;
  while (!stop_asked) {
    spdlog::debug("test programme: sending to {}", without_key(options.url));
    const auto began = Steady::now();
    const std::string reason = Transmission(options.url, *rate, picture, sound, counter).run();
    if (stop_asked) break;
    if (Steady::now() - began > kSteadyAfter) backoff = kFirstBackoff;
    // It may be refused for hours, while another sends.
    spdlog::log(reason == last_reason ? spdlog::level::debug : spdlog::level::warn,
                "test programme: {}; again in {} ms", reason, backoff / 1ms);
    last_reason = reason;
    wait(backoff);
    backoff = std::min<nanoseconds>(backoff * 2, kLastBackoff);
  }
  return 0;
}

}  // namespace longmen

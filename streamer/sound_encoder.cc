#include "streamer/sound_encoder.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <cstring>

#include "core/base/invariant.h"

namespace longmen {
namespace {

constexpr int kMaxOpusPacketBytes = 1100;  // one RTP packet (core/rtp/packetizer.h)
constexpr int kMaxOpusKbps = kMaxOpusPacketBytes * 8 / 20;

// avenc_aac codes both sides as middle and difference in every band, if it is let, and loses the
// difference: a quiet side would be the loud one.
std::string description(SoundCodec codec, int kbps) {
  const std::string encoder = codec == SoundCodec::kOpus
                                  ? fmt::format(
                                        "audioconvert dithering=none ! opusenc frame-size=20 "
                                        "bitrate={} inband-fec=true "
                                        "packet-loss-percentage=5 max-payload-size={}",
                                        std::min(kbps, kMaxOpusKbps) * 1000, kMaxOpusPacketBytes)
                                  : fmt::format("avenc_aac aac-ms=false bitrate={}", kbps * 1000);
  return fmt::format(
      "appsrc name=samples format=time max-bytes=0 "
      "caps=audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved ! {} "
      "! appsink name=packets sync=false async=false",
      encoder);
}

}  // namespace

Result<std::unique_ptr<SoundEncoder>> SoundEncoder::start(SoundCodec codec, int kbps,
                                                          SampleIndex from, OnPacket on_packet) {
  const char* name = codec == SoundCodec::kOpus ? "Opus encoder" : "AAC encoder";
  auto pipeline = Pipeline::parse(name, description(codec, kbps));
  if (!pipeline) return tl::unexpected(pipeline.error());
  std::unique_ptr<SoundEncoder> encoder(
      new SoundEncoder(codec, from, std::move(on_packet), std::move(*pipeline)));
  if (!encoder->pipeline_->play()) {
    return fail(fmt::format("{} does not start: {}", name, encoder->pipeline_->error()));
  }
  return encoder;
}

SoundEncoder::SoundEncoder(SoundCodec codec, SampleIndex from, OnPacket on_packet,
                           std::unique_ptr<Pipeline> pipeline)
    : grid_(codec == SoundCodec::kOpus ? kOpusGrid : kAacGrid),
      delay_(codec == SoundCodec::kOpus ? kOpusDelay : kAacDelay),
      start_(grid_.encoder_start(from, delay_)),
      next_(start_),
      on_packet_(std::move(on_packet)),
      pipeline_(std::move(pipeline)) {
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink* sink, gpointer user) {
    const SamplePtr sample(gst_app_sink_pull_sample(sink));
    if (!sample) return GST_FLOW_EOS;
    static_cast<SoundEncoder*>(user)->on_sample(sample.get());
    return GST_FLOW_OK;
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_->element("packets")), &callbacks, this,
                             nullptr);
}

SoundEncoder::~SoundEncoder() {
  pipeline_->stop();
}

void SoundEncoder::push(SampleIndex first, std::span<const float> samples) {
  const auto count = static_cast<int64_t>(samples.size()) / kChannels;
  const int64_t before_start = std::clamp<int64_t>(next_ - first, 0, count);
  samples = samples.subspan(static_cast<size_t>(before_start * kChannels));
  if (samples.empty()) return;
  invariant(first + before_start == next_, "sound is consecutive");
  next_ += count - before_start;
  const auto frame_floats = static_cast<size_t>(grid_.samples_per_frame()) * kChannels;
  while (!samples.empty()) {
    const size_t taken = std::min(samples.size(), frame_floats - frame_.size());
    frame_.insert(frame_.end(), samples.begin(), samples.begin() + static_cast<ptrdiff_t>(taken));
    samples = samples.subspan(taken);
    if (frame_.size() == frame_floats) send_frame();
  }
}

int64_t SoundEncoder::queued_samples() const {
  GstAppSrc* source = GST_APP_SRC(pipeline_->element("samples"));
  return static_cast<int64_t>(gst_app_src_get_current_level_bytes(source) / sizeof(float)) /
         kChannels;
}

void SoundEncoder::send_frame() {
  if (queued_samples() > kMaxQueuedSamples) overrun_ = true;
  GstAppSrc* source = GST_APP_SRC(pipeline_->element("samples"));
  const size_t bytes = frame_.size() * sizeof(float);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
  gst_buffer_fill(buffer, 0, frame_.data(), bytes);
  frame_.clear();
  auto time_ns = [this](int64_t frame) {
    return static_cast<GstClockTime>(frame * grid_.samples_per_frame() * 1'000'000 / 48);
  };
  GST_BUFFER_PTS(buffer) = time_ns(frames_sent_);
  GST_BUFFER_DURATION(buffer) = time_ns(frames_sent_ + 1) - time_ns(frames_sent_);
  ++frames_sent_;
  gst_app_src_push_buffer(source, buffer);
}

// One packet a frame, in order: its number is its place, whatever time the element puts on it.
void SoundEncoder::on_sample(GstSample* sample) {
  const int64_t packet = packets_++;
  if (packet < grid_.first_whole_packet(delay_)) return;
  if (const MappedBuffer bytes(gst_sample_get_buffer(sample), GST_MAP_READ); bytes) {
    on_packet_(grid_.frame_of_packet(start_, delay_, packet), ByteSpan(bytes.data(), bytes.size()));
  }
}

}  // namespace longmen

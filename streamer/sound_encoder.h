// Encodes the channel's sound by one codec, Opus in packets of 20 ms or AAC-LC in frames of 1,024
// samples, so that packets lie on the epoch's grid of that codec and media time of a packet is the
// media time of its sound: the encoder's own delay is measured (below) and taken off. What it gives
// before the sound begins is left out. It knows samples and frames by their index, not time.
// Bounds: kMaxQueuedSamples; more is a failure, since nothing may be left out of a grid.
// Threads: push() and the destructor from one; OnPacket on the encoder's own; failed() from any.
//
// Delays, measured through the decoders of GStreamer and FFmpeg (tests/streamer): opusenc 312
// samples of look-ahead (a WebRTC receiver does not know of pre-skip, so this is all there is to
// correct it), avenc_aac 1,024 samples of priming.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/time/audio_grid.h"
#include "streamer/pipeline.h"

namespace longmen {

enum class SoundCodec { kOpus, kAac };

class SoundEncoder {
 public:
  static constexpr int kChannels = 2;
  static constexpr int kOpusDelay = 312;
  static constexpr int kAacDelay = 1024;
  static constexpr int64_t kMaxQueuedSamples = 288'000;  // more than a stall that is outlived
  using OnPacket = std::function<void(AudioFrameIndex, ByteSpan packet)>;

  // Input begins with the first suitable sample at or after `from`: at most two frames later there
  // are packets.
  static Result<std::unique_ptr<SoundEncoder>> start(SoundCodec codec, int kbps, SampleIndex from,
                                                     OnPacket on_packet);
  ~SoundEncoder();
  SoundEncoder(const SoundEncoder&) = delete;
  SoundEncoder& operator=(const SoundEncoder&) = delete;

  // Left and right interleaved, -1..1; `first` is where the last call ended, or at or before
  // first_input() in the first call.
  void push(SampleIndex first, std::span<const float> samples);

  // For encoding ahead of time: how much waits for the encoder.
  int64_t queued_samples() const;
  SampleIndex first_input() const { return start_; }
  bool failed() const { return overrun_ || pipeline_->failed(); }
  std::string error() const { return overrun_ ? "takes no samples" : pipeline_->error(); }

 private:
  SoundEncoder(SoundCodec codec, SampleIndex from, OnPacket on_packet,
               std::unique_ptr<Pipeline> pipeline);
  void send_frame();
  void on_sample(GstSample* sample);

  AudioGrid grid_;
  int delay_;
  SampleIndex start_;
  SampleIndex next_;  // of what push() takes
  int64_t frames_sent_ = 0;
  std::vector<float> frame_;  // being filled
  OnPacket on_packet_;
  int64_t packets_ = 0;  // the encoder thread's
  std::atomic<bool> overrun_{false};
  std::unique_ptr<Pipeline> pipeline_;  // last: its thread uses the rest
};

}  // namespace longmen

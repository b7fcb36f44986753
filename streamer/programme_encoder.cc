#include "streamer/programme_encoder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/codec/h264.h"

namespace longmen {
namespace {

GenerationAnnouncement announcement_of(const Channel& channel, Generation generation) {
  GenerationAnnouncement announcement{generation, {}};
  for (size_t i = 0; i < channel.video.size(); ++i) {
    const VideoRung& rung = channel.video[i];
    announcement.renditions.push_back({RenditionId{static_cast<uint8_t>(i)}, rung.name, "video",
                                       rung.width, rung.height, channel.frames_per_second,
                                       rung.bitrate_kbps, ""});
  }
  for (size_t sound = 0; sound < sounds_of(channel.sound); ++sound) {
    const std::string number = sound == 0 ? "" : std::to_string(sound + 1);
    announcement.renditions.push_back(
        {opus_rendition(sound), "opus" + number, "audio", 0, 0, 0, channel.opus_kbps, "opus"});
    if (channel.aac_kbps == 0) continue;
    announcement.renditions.push_back(
        {aac_rendition(sound), "aac" + number, "audio", 0, 0, 0, channel.aac_kbps, "mp4a.40.2"});
  }
  return announcement;
}

}  // namespace

ProgrammeEncoder::ProgrammeEncoder(const Channel& channel, Generation generation, Outputs outputs,
                                   StreamerMetrics* metrics)
    : grid_(channel.frames_per_second),
      outputs_(std::move(outputs)),
      metrics_(metrics),
      announcement_(announcement_of(channel, generation)),
      codec_known_(channel.video.size(), 0) {
  for (size_t i = 0; i < channel.video.size(); ++i)
    video_packetizers_.emplace_back(generation, RenditionId{static_cast<uint8_t>(i)});
  for (size_t sound = 0; sound < sounds_of(channel.sound); ++sound) {
    sounds_.push_back({Packetizer(generation, opus_rendition(sound)),
                       Packetizer(generation, aac_rendition(sound)), nullptr, nullptr});
  }
}

Result<std::unique_ptr<ProgrammeEncoder>> ProgrammeEncoder::start(
    const Channel& channel, Generation generation, SlotIndex first_slot, SampleIndex first_sample,
    Outputs outputs, StreamerMetrics* metrics, LadderSource source) {
  std::unique_ptr<ProgrammeEncoder> encoder(
      new ProgrammeEncoder(channel, generation, std::move(outputs), metrics));
  ProgrammeEncoder* self = encoder.get();
  auto ladder = VideoLadder::start(
      channel, first_slot, [self](const EncodedPicture& picture) { self->on_picture(picture); },
      source);
  if (!ladder) return tl::unexpected(ladder.error());
  encoder->ladder_ = std::move(*ladder);
  for (size_t sound = 0; sound < encoder->sounds_.size(); ++sound) {
    if (auto started = encoder->start_sound(sound, channel, first_sample); !started)
      return tl::unexpected(started.error());
  }
  return encoder;
}

Result<void> ProgrammeEncoder::start_sound(size_t sound, const Channel& channel,
                                           SampleIndex first_sample) {
  const auto start = [&](SoundCodec codec, int kbps, RenditionId rendition) {
    return SoundEncoder::start(codec, kbps, first_sample,
                               [this, rendition](AudioFrameIndex frame, ByteSpan packet) {
                                 on_sound(rendition, frame, packet);
                               });
  };
  auto opus = start(SoundCodec::kOpus, channel.opus_kbps, opus_rendition(sound));
  if (!opus) return tl::unexpected(opus.error());
  sounds_[sound].opus = std::move(*opus);
  if (channel.aac_kbps == 0) return {};
  auto aac = start(SoundCodec::kAac, channel.aac_kbps, aac_rendition(sound));
  if (!aac) return tl::unexpected(aac.error());
  sounds_[sound].aac = std::move(*aac);
  return {};
}

void ProgrammeEncoder::push_sound(SampleIndex first, std::span<const float> samples, size_t sound) {
  Sound& of = sounds_[sound];
  of.opus->push(first, samples);
  if (of.aac) of.aac->push(first, samples);
}

int64_t ProgrammeEncoder::queued_samples() const {
  int64_t queued = 0;
  for (const Sound& sound : sounds_) {
    queued = std::max(
        {queued, sound.opus->queued_samples(), sound.aac ? sound.aac->queued_samples() : 0});
  }
  return queued;
}

bool ProgrammeEncoder::failed() const {
  return ladder_->failed() || std::ranges::any_of(sounds_, [](const Sound& sound) {
           return sound.opus->failed() || (sound.aac && sound.aac->failed());
         });
}

std::string ProgrammeEncoder::error() const {
  if (ladder_->failed()) return "video ladder: " + ladder_->error();
  for (const Sound& sound : sounds_) {
    if (sound.opus->failed()) return "Opus encoder: " + sound.opus->error();
    if (sound.aac && sound.aac->failed()) return "AAC encoder: " + sound.aac->error();
  }
  return "";
}

void ProgrammeEncoder::on_picture(const EncodedPicture& picture) {
  const RenditionId rendition{static_cast<uint8_t>(picture.rung)};
  if (!codec_known_[picture.rung]) learn_codec(picture.rung, picture.annex_b);
  if (metrics_) metrics_->encoded(rendition, picture.annex_b.size(), picture.offered);
  put_out(video_packetizers_[picture.rung].h264(picture.annex_b, grid_.time_of(picture.slot)),
          rendition);
}

void ProgrammeEncoder::on_sound(RenditionId rendition, AudioFrameIndex frame, ByteSpan packet) {
  if (metrics_) metrics_->encoded(rendition, packet.size());
  Sound& sound = sounds_[sound_of(rendition)];
  if (is_opus(rendition)) {
    put_out(sound.opus_packetizer.opus(packet, kOpusGrid.time_of(frame)), rendition);
  } else {
    put_out(sound.aac_packetizer.aac(packet, kAacGrid.time_of(frame)), rendition);
  }
}

void ProgrammeEncoder::learn_codec(size_t rung, ByteSpan annex_b) {
  std::vector<ByteSpan> nals;
  if (!h264::split_annex_b(annex_b, nals)) return;
  const auto sps = std::ranges::find_if(
      nals, [](ByteSpan nal) { return h264::nal_type(nal) == h264::NalType::kSps; });
  if (sps == nals.end()) return;
  const auto codec = h264::codec_string(*sps);
  if (!codec) return;
  codec_known_[rung] = 1;
  const std::lock_guard lock(announcement_mutex_);
  announcement_.renditions[rung].codec = *codec;
  const bool all = std::ranges::none_of(
      announcement_.renditions, [](const RenditionInfo& info) { return info.codec.empty(); });
  if (all && outputs_.announced) outputs_.announced(announcement_);
}

void ProgrammeEncoder::put_out(Parsed<MediaUnit> unit, RenditionId rendition) {
  if (!unit) {
    spdlog::error("a packet of rendition {} cannot be sent: {}", rendition.value,
                  drop_reason_name(unit.error()));
    return;
  }
  outputs_.unit(std::move(*unit));
}

}  // namespace longmen

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
  announcement.renditions.push_back(
      {kOpusRendition, "opus", "audio", 0, 0, 0, channel.opus_kbps, "opus"});
  if (channel.aac_kbps == 0) return announcement;
  announcement.renditions.push_back(
      {kAacRendition, "aac", "audio", 0, 0, 0, channel.aac_kbps, "mp4a.40.2"});
  return announcement;
}

}  // namespace

ProgrammeEncoder::ProgrammeEncoder(const Channel& channel, Generation generation, Outputs outputs,
                                   StreamerMetrics* metrics)
    : grid_(channel.frames_per_second),
      outputs_(std::move(outputs)),
      metrics_(metrics),
      opus_packetizer_(generation, kOpusRendition),
      aac_packetizer_(generation, kAacRendition),
      announcement_(announcement_of(channel, generation)),
      codec_known_(channel.video.size(), 0) {
  for (size_t i = 0; i < channel.video.size(); ++i)
    video_packetizers_.emplace_back(generation, RenditionId{static_cast<uint8_t>(i)});
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
  auto opus = SoundEncoder::start(SoundCodec::kOpus, channel.opus_kbps, first_sample,
                                  [self](AudioFrameIndex frame, ByteSpan packet) {
                                    self->on_sound(kOpusRendition, frame, packet);
                                  });
  if (!opus) return tl::unexpected(opus.error());
  encoder->opus_ = std::move(*opus);
  if (channel.aac_kbps == 0) return encoder;
  auto aac = SoundEncoder::start(SoundCodec::kAac, channel.aac_kbps, first_sample,
                                 [self](AudioFrameIndex frame, ByteSpan packet) {
                                   self->on_sound(kAacRendition, frame, packet);
                                 });
  if (!aac) return tl::unexpected(aac.error());
  encoder->aac_ = std::move(*aac);
  return encoder;
}

void ProgrammeEncoder::push_sound(SampleIndex first, std::span<const float> samples) {
  opus_->push(first, samples);
  if (aac_) aac_->push(first, samples);
}

std::string ProgrammeEncoder::error() const {
  if (ladder_->failed()) return "video ladder: " + ladder_->error();
  if (opus_->failed()) return "Opus encoder: " + opus_->error();
  return aac_ && aac_->failed() ? "AAC encoder: " + aac_->error() : "";
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
  if (rendition == kOpusRendition) {
    put_out(opus_packetizer_.opus(packet, kOpusGrid.time_of(frame)), rendition);
  } else {
    put_out(aac_packetizer_.aac(packet, kAacGrid.time_of(frame)), rendition);
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

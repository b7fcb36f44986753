#include "streamer/air_delay.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace longmen {
namespace {

constexpr size_t kHeldSlackBytes = 16 << 20;  // headers, and what an encoder is above its rate

size_t held_size_of(const MediaUnit& unit) {
  return sizeof unit + unit.payloads.size() + unit.packets.size() * sizeof(MediaPacket);
}

}  // namespace

size_t AirDelay::max_bytes(const Channel& channel) {
  size_t kbps =
      sounds_of(channel.sound) * static_cast<size_t>(channel.opus_kbps + channel.aac_kbps);
  for (const VideoRung& rung : channel.video)
    kbps += static_cast<size_t>(rung.bitrate_kbps);
  const auto delay_ms = static_cast<size_t>(channel.air_delay.count());
  return 2 * kbps * delay_ms / 8 + kHeldSlackBytes;
}

ProgrammeEncoder::Outputs AirDelay::begin(std::chrono::milliseconds delay, size_t max_bytes,
                                          ProgrammeEncoder::Outputs to) {
  end();
  delay_ = delay;
  max_bytes_ = max_bytes;
  to_ = std::move(to);
  const uint64_t programme = programme_;
  const auto hold_one = [this, programme, delay](auto what, size_t bytes) {
    Held held{std::chrono::steady_clock::now() + delay, std::move(what), bytes};
    boost::asio::post(io_, [this, programme, held = std::move(held)]() mutable {
      if (programme == programme_) hold(std::move(held));
    });
  };
  ProgrammeEncoder::Outputs outputs;
  outputs.announced = [hold_one](const GenerationAnnouncement& announcement) {
    hold_one(announcement, 0);
  };
  outputs.unit = [hold_one](const MediaUnit& unit) { hold_one(unit, held_size_of(unit)); };
  return outputs;
}

void AirDelay::end() {
  ++programme_;
  timer_.cancel();
  held_.clear();
  held_bytes_ = 0;
  waiting_for_keyframe_.clear();
  delay_ = {};
  to_ = {};
}

void AirDelay::drop() {
  std::erase_if(held_, [this](const Held& held) {
    const auto* unit = std::get_if<MediaUnit>(&held.what);
    if (!unit) return false;
    held_bytes_ -= held.bytes;
    ++dropped_;
    if (is_video(unit->rendition)) waiting_for_keyframe_.insert(unit->rendition);
    return true;
  });
}

void AirDelay::hold(Held held) {
  if (!takes(held)) return;
  held_bytes_ += held.bytes;
  held_.push_back(std::move(held));
  if (held_.size() == 1) release();
}

bool AirDelay::takes(const Held& held) {
  const auto* unit = std::get_if<MediaUnit>(&held.what);
  if (!unit) return true;
  if (unit->keyframe) waiting_for_keyframe_.erase(unit->rendition);
  const bool room = held_bytes_ + held.bytes <= max_bytes_;
  if (room && !waiting_for_keyframe_.contains(unit->rendition)) return true;
  if (!room) ++left_out_;
  if (is_video(unit->rendition)) waiting_for_keyframe_.insert(unit->rendition);
  return false;
}

void AirDelay::release() {
  while (!held_.empty() && held_.front().due <= std::chrono::steady_clock::now()) {
    Held held = std::move(held_.front());
    held_.pop_front();
    held_bytes_ -= held.bytes;
    if (auto* unit = std::get_if<MediaUnit>(&held.what)) {
      to_.unit(std::move(*unit));
    } else {
      to_.announced(std::get<GenerationAnnouncement>(held.what));
    }
  }
  if (held_.empty()) return;
  timer_.expires_at(
      std::chrono::time_point_cast<std::chrono::steady_clock::duration>(held_.front().due));
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) release();
  });
}

}  // namespace longmen

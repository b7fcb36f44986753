#include "streamer/relay_outlet.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <vector>

namespace longmen {
namespace {}  // namespace

ProgrammeEncoder::Outputs RelayOutlet::begin(std::function<void()> announced) {
  const uint64_t programme = ++programme_;
  when_announced_ = std::move(announced);
  announcement_.clear();
  renditions_.clear();
  kept_bytes_ = 0;
  held_sounds_.clear();
  sound_pacer_ = {};
  ProgrammeEncoder::Outputs outputs;
  outputs.announced = [this, programme](const GenerationAnnouncement& announcement) {
    boost::asio::post(io_, [this, programme, announcement] {
      if (programme == programme_) on_announced(announcement);
    });
  };
  outputs.unit = [this, programme](const MediaUnit& unit) {
    Bytes message;
    write_media_unit(unit, message);
    boost::asio::post(io_, [this, programme, rendition = unit.rendition, time = unit.time,
                            keyframe = unit.keyframe, message = std::move(message)]() mutable {
      if (programme == programme_) on_unit(rendition, time, keyframe, std::move(message));
    });
  };
  return outputs;
}

void RelayOutlet::on_announced(const GenerationAnnouncement& announcement) {
  announcement_ = to_json(announcement);
  if (link_) attach(link_);
  if (when_announced_) when_announced_();
}

void RelayOutlet::attach(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  if (announcement_.empty()) return;
  link_->send(kinds_.generation, announcement_);
  struct Next {
    MediaTime time;
    RenditionId rendition;
    bool keyframe;
    std::shared_ptr<const Bytes> message;
  };
  std::vector<Next> all;
  for (auto& [rendition, of] : renditions_) {
    of.waiting_for_keyframe = true;
    bool first = true;
    for (const Kept& unit : of.units) {
      const bool keyframe = std::exchange(first, false) || !is_video(rendition);
      all.push_back({unit.time, rendition, keyframe, unit.message});
    }
  }
  std::ranges::stable_sort(all, {}, &Next::time);
  for (const Next& next : all)
    send(next.rendition, next.keyframe, *next.message);
}

void RelayOutlet::on_unit(RenditionId rendition, MediaTime time, bool keyframe, Bytes message) {
  Kept unit{time, std::make_shared<const Bytes>(std::move(message))};
  if (is_opus(rendition) && clock_) return hold_sound(rendition, std::move(unit));
  put_out(rendition, keyframe, std::move(unit));
}

void RelayOutlet::put_out(RenditionId rendition, bool keyframe, Kept unit) {
  if (!announcement_.empty() && link_) send(rendition, keyframe, *unit.message);
  keep(rendition, keyframe, std::move(unit));
}

void RelayOutlet::hold_sound(RenditionId rendition, Kept unit) {
  const MediaTime due =
      sound_pacer_.due(unit.time, clock_->media_at(std::chrono::steady_clock::now()));
  held_sounds_.push_back({due, rendition, std::move(unit)});
  release_sounds();
}

void RelayOutlet::release_sounds() {
  const MediaTime now = clock_->media_at(std::chrono::steady_clock::now());
  while (!held_sounds_.empty() &&
         (held_sounds_.front().due <= now || held_sounds_.size() > kMaxHeldSounds)) {
    HeldSound held = std::move(held_sounds_.front());
    held_sounds_.pop_front();
    put_out(held.rendition, true, std::move(held.unit));
  }
  sound_timer_.cancel();
  if (held_sounds_.empty()) return;
  sound_timer_.expires_at(clock_->monotonic_at(held_sounds_.front().due));
  sound_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) release_sounds();
  });
}

void RelayOutlet::keep(RenditionId rendition, bool keyframe, Kept unit) {
  auto& units = renditions_[rendition].units;
  auto forget = [&](size_t count) {
    for (; count > 0; --count) {
      kept_bytes_ -= units.front().message->size();
      units.pop_front();
    }
  };
  if (is_video(rendition)) {
    if (keyframe || kept_bytes_ + unit.message->size() > kMaxKeptBytes) forget(units.size());
    if (!keyframe && units.empty()) return;
  } else if (units.size() == kMaxKeptSounds) {
    forget(1);
  }
  kept_bytes_ += unit.message->size();
  units.push_back(std::move(unit));
  if (keyframe && is_video(rendition)) forget_old_sound();
}

// Sound from before the oldest kept picture is of no use to who joins.
void RelayOutlet::forget_old_sound() {
  MediaTime oldest = MediaTime::max();
  for (const auto& [rendition, of] : renditions_) {
    if (is_video(rendition) && !of.units.empty()) oldest = std::min(oldest, of.units.front().time);
  }
  for (auto& [rendition, of] : renditions_) {
    while (!is_video(rendition) && !of.units.empty() && of.units.front().time < oldest) {
      kept_bytes_ -= of.units.front().message->size();
      of.units.pop_front();
    }
  }
}

void RelayOutlet::send(RenditionId rendition, bool keyframe, const Bytes& message) {
  auto& waiting = renditions_[rendition].waiting_for_keyframe;
  if (waiting && !keyframe) return;
  waiting = !link_->send(kinds_.unit, message);
}

}  // namespace longmen

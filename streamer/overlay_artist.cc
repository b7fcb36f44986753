#include "streamer/overlay_artist.h"

#include <utility>

namespace longmen {

OverlayArtist::OverlayArtist(int width, int height, Drawn drawn)
    : width_(width), height_(height), drawn_(std::move(drawn)), thread_([this] { run(); }) {}

OverlayArtist::~OverlayArtist() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void OverlayArtist::draw(const Overlay& overlay) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = overlay;
  }
  changed_.notify_one();
}

void OverlayArtist::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || wanted_; });
    if (stop_) return;
    const Overlay overlay = std::move(*std::exchange(wanted_, std::nullopt));
    lock.unlock();
    drawn_(std::make_shared<const OverlayArt>(draw_overlay(overlay, width_, height_)));
    lock.lock();
  }
}

}  // namespace longmen

// Draws overlays on a thread of its own, so that letters and logos hold up no picture. What is
// wished for last is drawn last; what was overtaken while it waited is never drawn. It gives away
// what it has drawn, immutable. Threads: draw() from any; `drawn` is called on its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "streamer/overlay_art.h"

namespace longmen {

class OverlayArtist {
 public:
  using Drawn = std::function<void(std::shared_ptr<const OverlayArt>)>;

  OverlayArtist(int width, int height, Drawn drawn);
  ~OverlayArtist();
  OverlayArtist(const OverlayArtist&) = delete;
  OverlayArtist& operator=(const OverlayArtist&) = delete;

  void draw(const Overlay& overlay);

 private:
  void run();

  const int width_, height_;
  const Drawn drawn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Overlay> wanted_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace longmen

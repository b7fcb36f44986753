// Holds what a programme's encoders make for a fixed time before it airs, so that it can be cut
// before anybody has seen it. What comes goes out again in its order, `delay` after it came,
// neither earlier nor later for what lies around it. It knows encoded units and announcements, and
// no clock of the media: the units have the times of their airing already (core/time/air_clock.h).
// Bounds: the bytes that begin() is told; a unit beyond them is left out, its rendition until the
// next keyframe, and counted. Threads: the outputs may be called from any; all else belongs to the
// io_context's thread. Must outlive what calls the outputs, and the io_context must not run after
// this is gone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <set>
#include <variant>

#include "core/node/channel.h"
#include "streamer/programme_encoder.h"

namespace longmen {

class AirDelay {
 public:
  explicit AirDelay(boost::asio::io_context& io) : io_(io), timer_(io) {}

  // What such a programme takes at most: encoders keep to their rates but for the VBV's.
  static size_t max_bytes(const Channel& channel);

  // For a programme that begins; what is held of an earlier one is forgotten. `to` is called on the
  // io_context's thread.
  ProgrammeEncoder::Outputs begin(std::chrono::milliseconds delay, size_t max_bytes,
                                  ProgrammeEncoder::Outputs to);
  void end();
  // What is held never airs; what comes is held again, pictures from the next keyframe on.
  void drop();

  std::chrono::milliseconds delay() const { return delay_; }
  size_t held_bytes() const { return held_bytes_; }
  uint64_t left_out() const { return left_out_; }  // units, for want of room
  uint64_t dropped() const { return dropped_; }    // units, by drop()

 private:
  struct Held {
    Monotonic due;
    std::variant<GenerationAnnouncement, MediaUnit> what;
    size_t bytes = 0;
  };

  void hold(Held held);
  bool takes(const Held& held);
  void release();

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds delay_{0};
  size_t max_bytes_ = 0;
  ProgrammeEncoder::Outputs to_;
  uint64_t programme_ = 0;
  std::deque<Held> held_;
  size_t held_bytes_ = 0;
  std::set<RenditionId> waiting_for_keyframe_;
  uint64_t left_out_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace longmen

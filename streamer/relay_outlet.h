// The programme's way to the relay: keeps the current GOP of every rendition and the sound beside
// it, so that a relay that has just come gets the generation and that GOP first, and then goes on
// live. When the link is full, a rendition is left out until its next keyframe. With a clock, Opus
// leaves evenly (core/feed/even_pacer.h), for the sake of the viewers' sound buffers.
// Bounds: kMaxHeldSounds wait for their time, the first leaves early beyond it; kMaxKeptBytes;
// beyond it a rendition's GOP is forgotten until its next keyframe. Threads: the outputs may be
// called from any; all else belongs to the io_context's thread. Must outlive what calls the
// outputs, and the io_context must not run after this is gone.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "core/feed/even_pacer.h"
#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"
#include "core/time/media_clock.h"
#include "net/link.h"
#include "streamer/programme_encoder.h"

namespace longmen {

class RelayOutlet {
 public:
  static constexpr size_t kMaxKeptBytes = 12 << 20;  // a link's queue takes 16 MiB
  static constexpr size_t kMaxKeptSounds = 512;      // of both codecs: 4 s and more

  static constexpr size_t kMaxHeldSounds = 16;

  // Of what is on air, and of the programme before it is held.
  struct Kinds {
    MessageKind generation = MessageKind::kGeneration;
    MessageKind unit = MessageKind::kMediaUnit;
  };
  explicit RelayOutlet(boost::asio::io_context& io, const SharedMediaClock* clock = nullptr)
      : RelayOutlet(io, clock, Kinds()) {}
  RelayOutlet(boost::asio::io_context& io, const SharedMediaClock* clock, Kinds kinds)
      : io_(io), clock_(clock), kinds_(kinds), sound_timer_(io) {}

  // For a programme that begins; what an earlier one still has under way is left out. `announced`
  // is called on the io_context's thread when the first picture is on its way.
  ProgrammeEncoder::Outputs begin(std::function<void()> announced);
  // The link's messages are the caller's (kKeyframeRequest); it has been started.
  void attach(std::shared_ptr<Link> link);

 private:
  struct Kept {
    MediaTime time;
    std::shared_ptr<const Bytes> message;
  };
  struct OfRendition {
    std::deque<Kept> units;  // from a keyframe on
    bool waiting_for_keyframe = true;
  };

  void on_announced(const GenerationAnnouncement& announcement);
  void on_unit(RenditionId rendition, MediaTime time, bool keyframe, Bytes message);
  void hold_sound(RenditionId rendition, Kept unit);
  void release_sounds();
  void put_out(RenditionId rendition, bool keyframe, Kept unit);
  void keep(RenditionId rendition, bool keyframe, Kept unit);
  void forget_old_sound();
  void send(RenditionId rendition, bool keyframe, const Bytes& message);

  struct HeldSound {
    MediaTime due;
    RenditionId rendition;
    Kept unit;
  };

  boost::asio::io_context& io_;
  const SharedMediaClock* clock_;
  const Kinds kinds_;
  boost::asio::steady_timer sound_timer_;
  EvenPacer sound_pacer_;  // of all sounds, which are made of the same samples
  std::deque<HeldSound> held_sounds_;
  uint64_t programme_ = 0;
  std::function<void()> when_announced_;
  std::shared_ptr<Link> link_;
  std::string announcement_;  // empty: not yet
  std::map<RenditionId, OfRendition> renditions_;
  size_t kept_bytes_ = 0;
};

}  // namespace longmen

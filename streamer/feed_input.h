// What comes of one input of a channel, on its way to decoded pictures and sound with a media time:
// puts the feed's time on the media clock, keeps a decoder for each track, and makes a new one when
// the track's configuration changes, a decoder fails, gives nothing of what it takes (damage may
// leave it so for ever), or cannot keep up (then from the next keyframe on: an old picture is never
// shown later). The GOP that ingest repeats to a new link is decoded as fast as possible; the
// retimer shows only what is newest. Thread: the io_context's; pictures and sound leave on the
// decoders' threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/feed/feed_clock.h"
#include "core/feed/feed_unit.h"
#include "core/time/air_clock.h"
#include "streamer/feed_decoder.h"
#include "streamer/input_preview.h"
#include "streamer/programme.h"

namespace longmen {

class FeedInput {
 public:
  static constexpr std::chrono::milliseconds kRetryAfter{500};  // after a decoder failed
  // More than this waits to be decoded although the replayed GOP is long over: it cannot keep up.
  static constexpr std::chrono::seconds kMaxBacklog{1};
  static constexpr std::chrono::seconds kReplayWithin{3};
  // In decoding order; further, a feed's time has gone back. A new decoder for that, one in
  // kRetryAfter at most.
  static constexpr Flicks kMostBack = std::chrono::seconds(1);
  // A decoder has taken more than so many units, and for longer than that, since it gave anything.
  static constexpr uint64_t kMostUnanswered = 32;
  static constexpr std::chrono::seconds kMuteAfter{2};
  static constexpr std::chrono::milliseconds kPresent{200};  // no older than this

  // `preview` may be null; it gets what the programme gets.
  FeedInput(ChannelInput input, const Channel& channel, const AirClock& clock, Programme& programme,
            StreamerMetrics& metrics, InputPreview* preview = nullptr);

  // A new link: the feed's time may be another one.
  void begin(Monotonic now);
  void track(FeedTrack track);
  void unit(const FeedUnit& unit, Monotonic now);
  void end(Monotonic now);  // its sender is gone

 private:
  struct Track {
    std::optional<FeedTrack> config;
    std::unique_ptr<FeedDecoder> decoder;
    bool waiting_for_keyframe = true;
    bool discontinuity = true;
    Monotonic next_attempt;
    Monotonic begun;               // the decoder
    std::optional<Flicks> newest;  // in decoding order, of what it has taken
    uint64_t complaints = 0;       // of this decoder, that were counted
    uint64_t decoded = 0;          // by it, when it was looked at last
    uint64_t unanswered = 0;       // units it has taken since
    Monotonic answered;
  };

  // What could not be shown as it came: counted, and one of the input's errors.
  void leave_out();
  void count_complaints(Track& track);
  // It has one.
  void give_decoder_up(Track& track, std::string_view why);
  void stop_decoding(Track& track);
  bool have_decoder(Track& track, Monotonic now);
  static bool goes_back(const Track& track, const FeedUnit& unit, Monotonic now);
  static bool gives_nothing(Track& track, Monotonic now);
  bool cannot_keep_up(const Track& track, const FeedUnit& unit, Monotonic now) const;
  // With mutex_.
  bool still_replaying(MediaTime picture, Monotonic now);
  void on_decoded(bool video, GstSample* sample, Flicks feed_time);

  const ChannelInput input_;
  const AirClock clock_;
  Programme& programme_;
  StreamerMetrics& metrics_;
  InputPreview* const preview_;
  std::string channel_;
  FeedDecoder::Size size_;
  std::atomic<Monotonic> began_{};
  std::mutex mutex_;
  FeedClock feed_clock_;  // with mutex_, as is the next
  bool replaying_ = false;
  Track video_;  // last: decoders' threads use the rest
  Track audio_;
};

}  // namespace longmen

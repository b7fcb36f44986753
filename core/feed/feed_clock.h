// Maps a feed's own time to media time: media = feed time + offset, one offset for both tracks, so
// that sound and picture stay together. The offset follows the fastest way the feed took within the
// last kWindow (minimum delay; of the slower track when they differ), changing by at most
// kMaxSlewPpm. It steps only where that is named: a new epoch. It decodes and reorders nothing.
//
// A sender that packs sound (ffmpeg's transport streams hold up to 350 ms of it in one packet, its
// RTSP as many frames as fit) has the first of each packet come late again and again, and what is
// late by more than the retimers wait is lost. So of a track of which something is late by more
// than kTolerated in most of its buckets, that is the present, and not what is fastest.
//
// A new epoch begins when a track's timestamps jump (backwards, or ahead of their arrival, by more
// than kJump: another sender, a wrap, a restart), or when everything has been late by more than
// kLate for kLateFor, or something in most buckets by more than is borne, or everything early by
// more than kEarly for kEarlyFor (another way; a sender that paused). In the first kSettle of an
// epoch the offset follows at once: a GOP that is replayed in a burst on reconnect ends at the
// present. Bounds: two tracks of kBuckets numbers each. Thread: the streamer's. Source:
// docs/TIMELINE.md §9.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/time/media_time.h"

namespace longmen {

enum class FeedClockEvent : uint8_t {
  kNone,
  kStarted,         // the first unit of all
  kJumpedBackward,  // new epoch: dts before the track's last one
  kJumpedForward,   // new epoch: dts ahead of what arrival allows
  kDelayGrew,       // new epoch: units keep arriving late, or some of them do
  kDelayShrank,     // new epoch: units keep arriving early
};

struct FeedMapping {
  MediaTime dts;
  MediaTime pts;
  uint32_t epoch = 0;  // counts from 1; between two epochs the mapping is not continuous
  FeedClockEvent event = FeedClockEvent::kNone;
};

class FeedClock {
 public:
  static constexpr int32_t kMaxSlewPpm = 500;
  static constexpr std::chrono::seconds kCorrectWithin{10};  // slope = error / this, bounded above
  static constexpr std::chrono::milliseconds kSettle{1750};
  static constexpr std::chrono::milliseconds kJump{500};
  static constexpr std::chrono::milliseconds kLate{80};
  static constexpr std::chrono::milliseconds kEarly{200};
  static constexpr std::chrono::seconds kLateFor{2};
  // Tracks further apart than this are not kept together: each has its own offset.
  static constexpr std::chrono::seconds kMaxTracksApart{1};
  static constexpr std::chrono::milliseconds kBucket{500};
  static constexpr size_t kBuckets = 8;
  static constexpr std::chrono::milliseconds kWindow{kBucket * kBuckets};
  // The retimers wait a little longer, and decoding takes its time; from twice that on all of it
  // counts, between the two a part.
  static constexpr std::chrono::milliseconds kTolerated{40};
  static constexpr std::chrono::milliseconds kBorne{20};  // beyond it
  static constexpr std::chrono::milliseconds kMostUneven{600};
  static constexpr size_t kUnevenBuckets = 2;          // at least, behind the epoch's first
  static constexpr std::chrono::seconds kEarlyFor{6};  // one wrong timestamp lasts for kWindow
  static_assert(kEarlyFor > kWindow);

  // One unit in its track's decoding order; `arrival` is the media time at which it arrived. Units
  // of the two tracks may come in any order.
  FeedMapping push(bool video, Flicks dts, Flicks pts, MediaTime arrival);

  // As of the last push; nothing before the track's first unit.
  std::optional<MediaTime> media_time(bool video, Flicks feed_time) const;

  uint32_t epoch() const { return epoch_; }
  // Sound and picture cannot be kept together: the feed times them differently by more than
  // kMaxTracksApart.
  bool tracks_apart() const;

 private:
  struct Bucket {
    int64_t number = -1;  // arrival / kBucket
    Flicks least{0};      // of arrival - dts
    Flicks most{0};
  };
  struct Track {
    bool seen = false;
    Flicks last_dts{0};
    MediaTime first_arrival;
    Flicks apart{0};  // what this track's offset has beyond the common one
    std::array<Bucket, kBuckets> buckets;
    std::optional<MediaTime> late_since;
    Flicks least_late{0};

    void add(Flicks dts, Flicks delay, MediaTime arrival);
    std::optional<Flicks> least_delay(MediaTime now) const;
    // That something of it has again and again, or the least.
    std::optional<Flicks> usual_delay(MediaTime now) const;
  };

  FeedClockEvent jump(const Track& track, Flicks dts, MediaTime arrival) const;
  void begin_epoch(Flicks offset, MediaTime arrival);
  void separate(Track& track, const Track& other, MediaTime arrival);
  std::optional<Flicks> wanted_offset(MediaTime now) const;
  std::optional<Flicks> slower(MediaTime now, decltype(&Track::least_delay) delay) const;
  void follow(MediaTime arrival, const std::optional<Flicks>& wanted);
  bool late_for_long(Track& track, Flicks delay, MediaTime arrival);
  bool early_for_long(MediaTime arrival, const std::optional<Flicks>& wanted);
  bool uneven_for_long(MediaTime arrival, const std::optional<Flicks>& wanted);

  std::array<Track, 2> tracks_;  // audio, video
  Flicks offset_{0};
  MediaTime epoch_start_;
  std::optional<MediaTime> early_since_, uneven_since_;
  MediaTime last_arrival_;
  uint32_t epoch_ = 0;
};

}  // namespace longmen

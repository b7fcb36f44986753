// Maps a feed's own time to media time: media = feed time + offset, one offset for both tracks, so
// that sound and picture stay together. The offset follows the fastest way the feed took within the
// last kWindow (minimum delay; of the slower track when they differ), changing by at most
// kMaxSlewPpm. It steps only where that is named: a new epoch. It decodes and reorders nothing.
//
// A sender that packs sound (ffmpeg's transport streams hold up to 350 ms of it in one packet, its
// RTSP as many frames as fit) has the first of each packet come late again and again, and what is
// late by more than the retimers wait is lost. So of a track of which something is late by more
// than kTolerated in most of its buckets, or again and again within a minute (a wireless link, a
// busy machine), that is the present, and not what is fastest.
//
// A feed that comes slower than real time (its encoder is overloaded) falls behind for ever. Its
// present is put kRoom past what has come, each time that is used up: sound and pictures go on at
// their own pace with pauses between, and a pause is at the same feed time for both (while they are
// kept together at all).
//
// A new epoch begins when a track's timestamps jump (backwards, or ahead of their arrival, by more
// than kJump: another sender, a wrap, a restart), or when everything has been late by more than
// kLate for kLateFor, or something again and again by more than is borne, or everything early by
// more than kEarly for kEarlyFor (another way; a sender that paused), and with each pause. In the
// first kSettle of an epoch the offset follows at once: a GOP that is replayed in a burst on
// reconnect ends at the present. Bounds: two tracks of two times kBuckets numbers each. Thread: the
// streamer's. Source: docs/TIMELINE.md §9.
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
  kFellBehind,      // new epoch: they come ever later, and pauses are made from now on
  kDelayShrank,     // new epoch: units keep arriving early
};

// Of the feed's own time; the others are of the way that it took.
constexpr bool is_jump(FeedClockEvent event) {
  return event == FeedClockEvent::kStarted || event == FeedClockEvent::kJumpedBackward ||
         event == FeedClockEvent::kJumpedForward;
}

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
  // What counts as the present, and as what may yet come.
  static constexpr size_t kPresentBuckets = 3;
  // The greatest lateness of each is remembered for kBuckets of these, and in kOften of them is
  // again and again. More than kMostUneven is a stall, which is not waited for, nor what catches up
  // behind it.
  static constexpr std::chrono::seconds kMemoryBucket{8};
  static constexpr size_t kOften = 3;
  // Late for long, and later still or not for the first time in so long: it falls behind. For so
  // long without a pause, and it no longer does.
  static constexpr std::chrono::minutes kForgiven{5};
  static constexpr std::chrono::milliseconds kRoom{200};  // and how uneven it is, to that bound:
  static constexpr std::chrono::milliseconds kMostRoomForUneven{500};
  static constexpr std::chrono::milliseconds kMostAhead{1200};  // the retimers refuse a little more

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
  struct Lateness {
    int64_t number = -1;  // arrival / kMemoryBucket
    Flicks greatest{0};   // behind the least delay
  };
  struct Track {
    bool seen = false;
    Flicks last_dts{0};
    MediaTime first_arrival;
    Flicks apart{0};  // what this track's offset has beyond the common one
    std::array<Bucket, kBuckets> buckets;
    std::array<Lateness, kBuckets> memory;
    bool stalled = false;
    std::optional<MediaTime> late_since;
    Flicks least_late{0};

    void add(Flicks dts, Flicks delay, MediaTime arrival);
    void remember(Flicks delay, MediaTime arrival);
    std::optional<Bucket> newest(size_t count, MediaTime now) const;
    std::optional<Flicks> least_delay(MediaTime now) const;
    std::optional<Flicks> latest_delay(MediaTime now) const;
    // The least, and what is usually late, or that many times within what is remembered.
    std::optional<Flicks> delay_of_the_late(size_t times, MediaTime now) const;
    bool grows(Flicks least_before, MediaTime now) const;
    Flicks usual_lateness(Flicks least, MediaTime now) const;
    Flicks remembered_lateness(size_t times, MediaTime now) const;
  };
  // Of a feed that falls behind.
  struct Pause {
    MediaTime at;
    Flicks room;
    Flicks offset_before;         // of what is
    std::array<Flicks, 2> until;  // that feed time, in each track
  };

  FeedClockEvent jump(const Track& track, Flicks dts, MediaTime arrival) const;
  FeedClockEvent step(Track& track, Flicks dts, Flicks delay, MediaTime arrival);
  FeedClockEvent step_behind(Track& track, Flicks dts, Flicks delay, MediaTime arrival);
  void begin_epoch(Flicks offset, MediaTime arrival);
  void separate(Track& track, const Track& other, MediaTime arrival);
  void begin_anew(Track& track, Flicks dts, Flicks delay, MediaTime arrival);
  // The greater of the tracks' delays, by a function of a track.
  template <class DelayOf>
  Flicks slower(DelayOf delay_of) const;
  void follow(MediaTime arrival, Flicks wanted);
  bool late_for_long(Track& track, Flicks delay, MediaTime arrival);
  bool early_for_long(MediaTime arrival, Flicks present, std::chrono::nanoseconds how_long);
  bool uneven_for_long(MediaTime arrival, Flicks wanted);
  bool part(MediaTime now) const;
  bool room_is_used_up(const Track& track, Flicks delay, MediaTime arrival) const;
  void pause(Flicks present, MediaTime arrival);
  Flicks unevenness(MediaTime now) const;
  Flicks offset_at(bool video, Flicks feed_time) const;

  std::array<Track, 2> tracks_;  // audio, video
  Flicks offset_{0};
  std::optional<Pause> pause_;  // the last one, while the feed falls behind
  MediaTime epoch_start_;
  std::optional<MediaTime> early_since_, uneven_since_, late_before_;
  MediaTime last_arrival_;
  uint32_t epoch_ = 0;
};

}  // namespace longmen

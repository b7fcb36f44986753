#include "core/feed/feed_clock.h"

#include <algorithm>
#include <functional>

#include "core/time/floor_div.h"

namespace longmen {
namespace {

constexpr int64_t kPerMillion = 1'000'000;

int64_t number_of(MediaTime arrival, Flicks bucket) {
  return floor_div(arrival.time_since_epoch().count(), bucket.count());
}

bool is_among_newest(size_t count, int64_t number, int64_t newest) {
  return number >= 0 && number <= newest && number + static_cast<int64_t>(count) > newest;
}

// What the retimers do not bear of a lateness.
Flicks to_be_borne(Flicks lateness) {
  return std::clamp<Flicks>(2 * (lateness - FeedClock::kTolerated), Flicks(0), lateness);
}

}  // namespace

void FeedClock::Track::add(Flicks dts, Flicks delay, MediaTime arrival) {
  if (!seen) first_arrival = arrival;
  seen = true;
  last_dts = dts;
  const int64_t number = number_of(arrival, kBucket);
  Bucket& bucket = buckets[static_cast<size_t>(number) % kBuckets];
  if (bucket.number != number) bucket = {number, delay, delay};
  bucket.least = std::min(bucket.least, delay);
  bucket.most = std::max(bucket.most, delay);
  remember(delay, arrival);
}

// How late it is behind the least delay of all buckets but one: a single wrong timestamp makes all
// that is right late.
void FeedClock::Track::remember(Flicks delay, MediaTime arrival) {
  const int64_t newest = number_of(arrival, kBucket);
  std::array<Flicks, 2> least{Flicks::max(), Flicks::max()};
  for (const Bucket& bucket : buckets) {
    if (!is_among_newest(kBuckets, bucket.number, newest)) continue;
    if (bucket.least < least[1]) least[1] = bucket.least;
    if (least[1] < least[0]) std::swap(least[0], least[1]);
  }
  const Flicks late = delay - (least[1] == Flicks::max() ? least[0] : least[1]);
  stalled = late > kMostUneven || (stalled && late > kTolerated);
  if (stalled) return;
  const int64_t number = number_of(arrival, kMemoryBucket);
  Lateness& lateness = memory[static_cast<size_t>(number) % kBuckets];
  if (lateness.number != number) lateness = {number};
  lateness.greatest = std::max(lateness.greatest, late);
}

std::optional<FeedClock::Bucket> FeedClock::Track::newest(size_t count, MediaTime now) const {
  const int64_t newest = number_of(now, kBucket);
  std::optional<Bucket> all;
  for (const Bucket& bucket : buckets) {
    if (!is_among_newest(count, bucket.number, newest)) continue;
    if (!all) all = bucket;
    all->least = std::min(all->least, bucket.least);
    all->most = std::max(all->most, bucket.most);
  }
  return all;
}

std::optional<Flicks> FeedClock::Track::least_delay(MediaTime now) const {
  const std::optional<Bucket> window = newest(kBuckets, now);
  return window ? std::optional(window->least) : std::nullopt;
}

std::optional<Flicks> FeedClock::Track::latest_delay(MediaTime now) const {
  const std::optional<Bucket> present = newest(kPresentBuckets, now);
  return present ? std::optional(present->most) : std::nullopt;
}

// Of what comes fastest.
bool FeedClock::Track::grows(Flicks least_before, MediaTime now) const {
  const std::optional<Bucket> whole = newest(2, now - kBucket);
  return whole && whole->least > least_before + kBorne;
}

std::optional<Flicks> FeedClock::Track::delay_of_the_late(size_t times, MediaTime now) const {
  const std::optional<Flicks> least = least_delay(now);
  if (!least) return least;
  return *least +
         to_be_borne(std::max(usual_lateness(*least, now), remembered_lateness(times, now)));
}

Flicks FeedClock::Track::usual_lateness(Flicks least, MediaTime now) const {
  const int64_t first = number_of(first_arrival, kBucket), newest = number_of(now, kBucket);
  size_t whole = 0;
  std::array<Flicks, kBuckets> most;
  for (const Bucket& bucket : buckets) {
    // What may still grow, at both ends, is no whole one.
    if (bucket.number == first || bucket.number == newest) continue;
    if (is_among_newest(kBuckets, bucket.number, newest)) most[whole++] = bucket.most;
  }
  if (whole < kUnevenBuckets) return Flicks(0);
  // Of most buckets, two thirds.
  const auto usual = most.begin() + static_cast<ptrdiff_t>((whole - 1) / 3);
  std::nth_element(most.begin(), usual, most.begin() + static_cast<ptrdiff_t>(whole));
  return std::min<Flicks>(*usual - least, kMostUneven);
}

Flicks FeedClock::Track::remembered_lateness(size_t times, MediaTime now) const {
  const int64_t newest = number_of(now, kMemoryBucket);
  std::array<Flicks, kBuckets> greatest{};
  for (size_t i = 0; i < kBuckets; ++i) {
    if (is_among_newest(kBuckets, memory[i].number, newest)) greatest[i] = memory[i].greatest;
  }
  const auto ranked = greatest.begin() + static_cast<ptrdiff_t>(times - 1);
  std::nth_element(greatest.begin(), ranked, greatest.end(), std::greater<>());
  return *ranked;
}

FeedMapping FeedClock::push(bool video, Flicks dts, Flicks pts, MediaTime arrival) {
  if (epoch_ != 0) arrival = std::max(arrival, last_arrival_);  // read from two tracks
  const Flicks delay = arrival.time_since_epoch() - dts;
  Track& track = tracks_[video];
  FeedClockEvent event = epoch_ == 0 ? FeedClockEvent::kStarted : jump(track, dts, arrival);
  if (event != FeedClockEvent::kNone) begin_epoch(delay, arrival);

  track.add(dts, delay, arrival);
  separate(track, tracks_[!video], arrival);
  if (pause_ && arrival - pause_->at > kForgiven) pause_.reset();
  const FeedClockEvent stepped =
      pause_ ? step_behind(track, dts, delay, arrival) : step(track, dts, delay, arrival);
  if (event == FeedClockEvent::kNone) event = stepped;
  return {MediaTime(offset_at(video, dts)) + dts, MediaTime(offset_at(video, pts)) + pts, epoch_,
          event};
}

FeedClockEvent FeedClock::step(Track& track, Flicks dts, Flicks delay, MediaTime arrival) {
  const auto late = [&](size_t times) {
    return slower([&](const Track& of) { return of.delay_of_the_late(times, arrival); });
  };
  // Of the slower track, so that both are there when their time comes.
  const Flicks wanted = late(kOften);
  follow(arrival, wanted);
  if (late_for_long(track, delay, arrival)) {
    const bool again = late_before_ && arrival - *late_before_ < kForgiven;
    late_before_ = arrival;
    if (again || track.grows(track.least_late, arrival)) {
      pause(delay - track.apart, arrival);
      return FeedClockEvent::kFellBehind;
    }
    begin_anew(track, dts, track.least_late, arrival);
    return FeedClockEvent::kDelayGrew;
  }
  if (early_for_long(arrival, late(1), kEarlyFor)) {
    begin_anew(track, dts, *track.least_delay(arrival), arrival);
    return FeedClockEvent::kDelayShrank;
  }
  if (uneven_for_long(arrival, wanted)) {
    if (track.grows(*track.least_delay(arrival), arrival)) {
      pause(delay - track.apart, arrival);
      return FeedClockEvent::kFellBehind;
    }
    offset_ = wanted;
    ++epoch_;
    return FeedClockEvent::kDelayGrew;
  }
  return FeedClockEvent::kNone;
}

// Of a feed that falls behind.
FeedClockEvent FeedClock::step_behind(Track& track, Flicks dts, Flicks delay, MediaTime arrival) {
  last_arrival_ = arrival;
  if (part(arrival)) {
    begin_anew(track, dts, delay, arrival);
    return FeedClockEvent::kDelayGrew;
  }
  const Flicks latest = slower([&](const Track& of) { return of.latest_delay(arrival); });
  // It has caught up, if only with what a stall had held up.
  if (early_for_long(arrival, latest + pause_->room, kLateFor)) {
    pause(latest, arrival);
    return FeedClockEvent::kDelayShrank;
  }
  if (!room_is_used_up(track, delay, arrival)) return FeedClockEvent::kNone;
  pause(delay - track.apart, arrival);
  return FeedClockEvent::kDelayGrew;
}

FeedClockEvent FeedClock::jump(const Track& track, Flicks dts, MediaTime arrival) const {
  if (!track.seen) return FeedClockEvent::kNone;
  if (dts < track.last_dts - kJump) return FeedClockEvent::kJumpedBackward;
  const std::optional<Flicks> least = track.least_delay(arrival);
  const Flicks expected = least.value_or(offset_ + track.apart);
  if (arrival.time_since_epoch() - dts < expected - kJump) return FeedClockEvent::kJumpedForward;
  return FeedClockEvent::kNone;
}

void FeedClock::begin_anew(Track& track, Flicks dts, Flicks delay, MediaTime arrival) {
  begin_epoch(delay, arrival);
  track.add(dts, delay, arrival);
}

void FeedClock::begin_epoch(Flicks offset, MediaTime arrival) {
  tracks_ = {};
  pause_.reset();
  offset_ = offset;
  epoch_start_ = arrival;
  last_arrival_ = arrival;
  early_since_.reset();
  uneven_since_.reset();
  ++epoch_;
}

// While a track is young it is decided whether the common offset can serve it.
void FeedClock::separate(Track& track, const Track& other, MediaTime arrival) {
  if (arrival - track.first_arrival > kSettle) return;
  // A feed that falls behind was faster before.
  const std::optional<Bucket> own = track.newest(2, arrival), others = other.newest(2, arrival);
  if (!own || !others) return;
  const Flicks difference = own->least - (others->least - other.apart);
  track.apart = std::chrono::abs(difference) > kMaxTracksApart ? difference : Flicks(0);
}

bool FeedClock::tracks_apart() const {
  return tracks_[0].apart != Flicks(0) || tracks_[1].apart != Flicks(0);
}

template <class DelayOf>
Flicks FeedClock::slower(DelayOf delay_of) const {
  Flicks slower = Flicks::min();
  for (const Track& track : tracks_) {
    if (const std::optional<Flicks> own = delay_of(track))
      slower = std::max(slower, *own - track.apart);
  }
  return slower;
}

void FeedClock::follow(MediaTime arrival, Flicks wanted) {
  const Flicks elapsed = std::min<Flicks>(arrival - last_arrival_, kBucket);
  last_arrival_ = arrival;
  if (arrival - epoch_start_ <= kSettle) {
    offset_ = wanted;
    return;
  }
  const Flicks error = wanted - offset_;
  const Flicks most = elapsed * kMaxSlewPpm / kPerMillion;
  const Flicks proportional = Flicks(static_cast<int64_t>(
      static_cast<__int128>(error.count()) * elapsed.count() / Flicks(kCorrectWithin).count()));
  offset_ += std::clamp(proportional, -most, most);
}

bool FeedClock::late_for_long(Track& track, Flicks delay, MediaTime arrival) {
  if (delay <= offset_ + track.apart + kLate) {
    track.late_since.reset();
    return false;
  }
  if (!track.late_since) {
    track.late_since = arrival;
    track.least_late = delay;
  }
  track.least_late = std::min(track.least_late, delay);
  return arrival - *track.late_since >= kLateFor;
}

bool FeedClock::early_for_long(MediaTime arrival, Flicks present,
                               std::chrono::nanoseconds how_long) {
  if (present >= offset_ - kEarly) {
    early_since_.reset();
    return false;
  }
  if (!early_since_) early_since_ = arrival;
  return arrival - *early_since_ >= how_long;
}

// What all of it has in common is taken in slowly.
bool FeedClock::uneven_for_long(MediaTime arrival, Flicks wanted) {
  if (wanted == slower([&](const Track& of) { return of.least_delay(arrival); }) ||
      wanted <= offset_ + kBorne) {
    uneven_since_.reset();
    return false;
  }
  if (!uneven_since_) uneven_since_ = arrival;
  if (arrival - *uneven_since_ < kLateFor) return false;
  uneven_since_.reset();
  return true;
}

// One track alone falls behind: they cannot be kept together.
bool FeedClock::part(MediaTime now) const {
  const std::optional<Flicks> sound = tracks_[false].latest_delay(now),
                              picture = tracks_[true].latest_delay(now);
  if (!sound || !picture) return false;
  const Flicks between = (*sound - tracks_[false].apart) - (*picture - tracks_[true].apart);
  return std::chrono::abs(between) > kMaxTracksApart;
}

// What is to come may be as uneven as what came. One pause at a time: both tracks go through it.
bool FeedClock::room_is_used_up(const Track& track, Flicks delay, MediaTime arrival) const {
  for (const bool video : {false, true}) {
    if (tracks_[video].newest(kPresentBuckets, arrival) &&
        tracks_[video].last_dts <= pause_->until[video])
      return false;
  }
  return delay - track.apart > offset_ + kTolerated - unevenness(arrival);
}

void FeedClock::pause(Flicks present, MediaTime arrival) {
  Flicks fastest = present;
  for (const Track& track : tracks_) {
    if (const auto newest = track.newest(1, arrival))
      fastest = std::min(fastest, newest->least - track.apart);
  }
  const Flicks most = std::max<Flicks>(fastest + kMostAhead - present, Flicks(0));
  const Flicks room = std::min<Flicks>(kRoom + unevenness(arrival), most);
  Pause next{arrival, room, offset_, {tracks_[0].last_dts, tracks_[1].last_dts}};
  if (!tracks_apart() && tracks_[0].seen && tracks_[1].seen)
    next.until.fill(std::max(next.until[0], next.until[1]));
  pause_ = next;
  offset_ = present + room;
  early_since_.reset();
  uneven_since_.reset();
  for (Track& track : tracks_)
    track.late_since.reset();
  ++epoch_;
}

// Of both tracks together, within a bucket: how much later what is late is than what is early.
Flicks FeedClock::unevenness(MediaTime now) const {
  Flicks most{0};
  for (size_t ago = 0; ago < kPresentBuckets; ++ago) {
    const MediaTime then = now - ago * Flicks(kBucket);
    Flicks least = Flicks::max(), latest = Flicks::min();
    for (const Track& track : tracks_) {
      const std::optional<Bucket> bucket = track.newest(1, then);
      if (!bucket) continue;
      least = std::min(least, bucket->least - track.apart);
      latest = std::max(latest, bucket->most - track.apart);
    }
    if (least < latest) most = std::max(most, latest - least);
  }
  return std::min<Flicks>(most, kMostRoomForUneven);
}

Flicks FeedClock::offset_at(bool video, Flicks feed_time) const {
  const bool before = pause_ && feed_time <= pause_->until[video];
  return (before ? pause_->offset_before : offset_) + tracks_[video].apart;
}

std::optional<MediaTime> FeedClock::media_time(bool video, Flicks feed_time) const {
  if (!tracks_[video].seen) return std::nullopt;
  return MediaTime(offset_at(video, feed_time)) + feed_time;
}

}  // namespace longmen

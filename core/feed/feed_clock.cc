#include "core/feed/feed_clock.h"

#include <algorithm>
#include <functional>

#include "core/time/floor_div.h"

namespace longmen {
namespace {

constexpr int64_t kPerMillion = 1'000'000;

constexpr size_t kPresentBuckets = 3;

int64_t number_of(MediaTime arrival, Flicks bucket) {
  return floor_div(arrival.time_since_epoch().count(), bucket.count());
}

// What the retimers do not bear of a lateness.
Flicks to_be_borne(Flicks lateness) {
  return std::clamp<Flicks>(2 * (lateness - FeedClock::kTolerated), Flicks(0), lateness);
}

}  // namespace

void FeedClock::Track::add(Flicks dts, Flicks pts, Flicks delay, MediaTime arrival) {
  if (!seen) first_arrival = arrival;
  greatest_pts = seen ? std::max(greatest_pts, pts) : pts;
  seen = true;
  last_dts = dts;
  const int64_t number = number_of(arrival, kBucket);
  Bucket& bucket = buckets[static_cast<size_t>(number) % kBuckets];
  if (bucket.number != number) bucket = {number, delay, delay};
  bucket.least = std::min(bucket.least, delay);
  bucket.most = std::max(bucket.most, delay);

  const int64_t remembered = number_of(arrival, kMemoryBucket);
  Lateness& lateness = memory[static_cast<size_t>(remembered) % kBuckets];
  if (lateness.number != remembered) lateness = {remembered};
  lateness.greatest = std::max(lateness.greatest, delay - *least_delay(arrival));
}

std::optional<FeedClock::Bucket> FeedClock::Track::newest(size_t count, MediaTime now) const {
  const int64_t newest = number_of(now, kBucket);
  std::optional<Bucket> all;
  for (const Bucket& bucket : buckets) {
    if (bucket.number < 0 || bucket.number > newest ||
        bucket.number + static_cast<int64_t>(count) <= newest)
      continue;
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
  const std::optional<Bucket> present = newest(2, now);
  return present && present->least > least_before + kBorne;
}

std::optional<Flicks> FeedClock::Track::usual_delay(MediaTime now) const {
  const std::optional<Flicks> least = least_delay(now);
  if (!least) return least;
  return *least +
         to_be_borne(std::max(usual_lateness(*least, now), remembered_lateness(kOften - 1, now)));
}

std::optional<Flicks> FeedClock::Track::remembered_delay(MediaTime now) const {
  const std::optional<Flicks> least = least_delay(now);
  if (!least) return least;
  return std::max(*usual_delay(now), *least + to_be_borne(remembered_lateness(0, now)));
}

Flicks FeedClock::Track::usual_lateness(Flicks least, MediaTime now) const {
  const int64_t first = number_of(first_arrival, kBucket), newest = number_of(now, kBucket);
  size_t whole = 0;
  std::array<Flicks, kBuckets> most;
  for (const Bucket& bucket : buckets) {
    if (bucket.number <= first || bucket.number >= newest ||
        bucket.number + static_cast<int64_t>(kBuckets) <= newest)
      continue;
    most[whole++] = bucket.most;
  }
  if (whole < kUnevenBuckets) return Flicks(0);
  // Of most buckets, two thirds.
  const auto usual = most.begin() + static_cast<ptrdiff_t>((whole - 1) / 3);
  std::nth_element(most.begin(), usual, most.begin() + static_cast<ptrdiff_t>(whole));
  return std::min<Flicks>(*usual - least, kMostUneven);
}

Flicks FeedClock::Track::remembered_lateness(size_t rank, MediaTime now) const {
  const int64_t newest = number_of(now, kMemoryBucket);
  std::array<Flicks, kBuckets> greatest{};
  for (size_t i = 0; i < kBuckets; ++i) {
    const Lateness& each = memory[i];
    const bool counts = each.number >= 0 && each.number + static_cast<int64_t>(kBuckets) > newest &&
                        each.greatest <= kMostUneven;
    if (counts) greatest[i] = each.greatest;
  }
  const auto ranked = greatest.begin() + static_cast<ptrdiff_t>(rank);
  std::nth_element(greatest.begin(), ranked, greatest.end(), std::greater<>());
  return *ranked;
}

FeedMapping FeedClock::push(bool video, Flicks dts, Flicks pts, MediaTime arrival) {
  if (epoch_ != 0) arrival = std::max(arrival, last_arrival_);  // read from two tracks
  const Flicks delay = arrival.time_since_epoch() - dts;
  Track& track = tracks_[video];
  FeedClockEvent event = epoch_ == 0 ? FeedClockEvent::kStarted : jump(track, dts, arrival);
  if (event != FeedClockEvent::kNone) begin_epoch(delay, arrival);

  track.add(dts, pts, delay, arrival);
  separate(track, tracks_[!video], arrival);
  const FeedClockEvent stepped = step(track, dts, pts, delay, arrival);
  if (event == FeedClockEvent::kNone) event = stepped;
  return {MediaTime(offset_at(video, dts)) + dts, MediaTime(offset_at(video, pts)) + pts, epoch_,
          event};
}

FeedClockEvent FeedClock::step(Track& track, Flicks dts, Flicks pts, Flicks delay,
                               MediaTime arrival) {
  const auto begin_anew = [&](Flicks least) {
    begin_epoch(least, arrival);
    track.add(dts, pts, least, arrival);
  };
  if (pause_ && arrival - pause_->at > kForgiven) pause_.reset();
  if (pause_) {
    last_arrival_ = arrival;
    if (early_for_long(arrival, *slower(arrival, &Track::latest_delay) + pause_->room, kLateFor)) {
      begin_anew(*track.least_delay(arrival));
      return FeedClockEvent::kDelayShrank;
    }
    if (!room_is_used_up(track, delay, arrival)) return FeedClockEvent::kNone;
    pause(track, delay, arrival);
    return FeedClockEvent::kDelayGrew;
  }
  // Of the slower track, so that both are there when their time comes.
  const Flicks wanted = *slower(arrival, &Track::usual_delay);
  follow(arrival, wanted);
  if (late_for_long(track, delay, arrival)) {
    const bool again = late_before_ && arrival - *late_before_ < kForgiven;
    late_before_ = arrival;
    if (again || track.grows(track.least_late, arrival)) {
      pause(track, delay, arrival);
      return FeedClockEvent::kFellBehind;
    }
    begin_anew(track.least_late);
    return FeedClockEvent::kDelayGrew;
  }
  if (early_for_long(arrival, *slower(arrival, &Track::remembered_delay), kEarlyFor)) {
    begin_anew(*track.least_delay(arrival));
    return FeedClockEvent::kDelayShrank;
  }
  if (uneven_for_long(arrival, wanted)) {
    if (track.grows(*track.least_delay(arrival), arrival)) {
      pause(track, delay, arrival);
      return FeedClockEvent::kFellBehind;
    }
    offset_ = wanted;
    ++epoch_;
    return FeedClockEvent::kDelayGrew;
  }
  return FeedClockEvent::kNone;
}

FeedClockEvent FeedClock::jump(const Track& track, Flicks dts, MediaTime arrival) const {
  if (!track.seen) return FeedClockEvent::kNone;
  if (dts < track.last_dts - kJump) return FeedClockEvent::kJumpedBackward;
  const std::optional<Flicks> least = track.least_delay(arrival);
  const Flicks expected = least.value_or(offset_ + track.apart);
  if (arrival.time_since_epoch() - dts < expected - kJump) return FeedClockEvent::kJumpedForward;
  return FeedClockEvent::kNone;
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
  const std::optional<Flicks> own = track.least_delay(arrival);
  const std::optional<Flicks> others = other.least_delay(arrival);
  if (!own || !others) return;
  const Flicks difference = *own - (*others - other.apart);
  track.apart = std::chrono::abs(difference) > kMaxTracksApart ? difference : Flicks(0);
}

bool FeedClock::tracks_apart() const {
  return tracks_[0].apart != Flicks(0) || tracks_[1].apart != Flicks(0);
}

std::optional<Flicks> FeedClock::slower(MediaTime now, decltype(&Track::least_delay) delay) const {
  std::optional<Flicks> slower;
  for (const Track& track : tracks_) {
    const std::optional<Flicks> own = (track.*delay)(now);
    if (!own) continue;
    const Flicks common = *own - track.apart;
    slower = std::max(slower.value_or(common), common);
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
  if (wanted == slower(arrival, &Track::least_delay) || wanted <= offset_ + kBorne) {
    uneven_since_.reset();
    return false;
  }
  if (!uneven_since_) uneven_since_ = arrival;
  if (arrival - *uneven_since_ < kLateFor) return false;
  uneven_since_.reset();
  return true;
}

// What is to come may be as uneven as what came. One pause at a time: both tracks go through it.
bool FeedClock::room_is_used_up(const Track& track, Flicks delay, MediaTime arrival) const {
  for (const bool video : {false, true}) {
    if (tracks_[video].newest(kPresentBuckets, arrival) &&
        tracks_[video].greatest_pts <= pause_->until[video])
      return false;
  }
  return delay - track.apart > offset_ + kTolerated - unevenness(arrival);
}

void FeedClock::pause(const Track& track, Flicks delay, MediaTime arrival) {
  const Flicks room = kRoom + unevenness(arrival);
  const Flicks newest = std::max(tracks_[0].greatest_pts, tracks_[1].greatest_pts);
  const auto until = [&](const Track& of) { return tracks_apart() ? of.greatest_pts : newest; };
  pause_ = {arrival, room, offset_, {until(tracks_[0]), until(tracks_[1])}};
  offset_ = delay - track.apart + room;
  early_since_.reset();
  for (Track& each : tracks_)
    each.late_since.reset();
  ++epoch_;
}

// Of both tracks together, within a bucket: how much later what is late is than what is early.
Flicks FeedClock::unevenness(MediaTime now) const {
  Flicks most{0};
  for (size_t ago = 0; ago < kPresentBuckets; ++ago) {
    const MediaTime then = now - ago * Flicks(kBucket);
    std::optional<Flicks> least, latest;
    for (const Track& track : tracks_) {
      const std::optional<Bucket> bucket = track.newest(1, then);
      if (!bucket) continue;
      least = std::min(least.value_or(bucket->least - track.apart), bucket->least - track.apart);
      latest = std::max(latest.value_or(bucket->most - track.apart), bucket->most - track.apart);
    }
    if (least) most = std::max(most, *latest - *least);
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

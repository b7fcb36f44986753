#include "core/feed/feed_clock.h"

#include <algorithm>

#include "core/time/floor_div.h"

namespace longmen {
namespace {

constexpr int64_t kPerMillion = 1'000'000;

int64_t bucket_number(MediaTime arrival) {
  return floor_div(arrival.time_since_epoch().count(), Flicks(FeedClock::kBucket).count());
}

}  // namespace

void FeedClock::Track::add(Flicks dts, Flicks delay, MediaTime arrival) {
  if (!seen) first_arrival = arrival;
  seen = true;
  last_dts = dts;
  const int64_t number = bucket_number(arrival);
  Bucket& bucket = buckets[static_cast<size_t>(number) % kBuckets];
  if (bucket.number != number) bucket = {number, delay, delay};
  bucket.least = std::min(bucket.least, delay);
  bucket.most = std::max(bucket.most, delay);
}

std::optional<Flicks> FeedClock::Track::least_delay(MediaTime now) const {
  const int64_t newest = bucket_number(now);
  std::optional<Flicks> least;
  for (const Bucket& bucket : buckets) {
    if (bucket.number < 0 || bucket.number + static_cast<int64_t>(kBuckets) <= newest) continue;
    least = std::min(least.value_or(bucket.least), bucket.least);
  }
  return least;
}

std::optional<Flicks> FeedClock::Track::usual_delay(MediaTime now) const {
  const std::optional<Flicks> least = least_delay(now);
  const int64_t first = bucket_number(first_arrival), newest = bucket_number(now);
  size_t whole = 0;
  std::array<Flicks, kBuckets> most;
  for (const Bucket& bucket : buckets) {
    if (bucket.number <= first || bucket.number >= newest ||
        bucket.number + static_cast<int64_t>(kBuckets) <= newest)
      continue;
    most[whole++] = bucket.most;
  }
  if (!least || whole < kUnevenBuckets) return least;
  // Of most buckets, two thirds.
  const auto usual = most.begin() + static_cast<ptrdiff_t>((whole - 1) / 3);
  std::nth_element(most.begin(), usual, most.begin() + static_cast<ptrdiff_t>(whole));
  const Flicks late = std::min<Flicks>(*usual - *least, kMostUneven);
  return *least + std::clamp<Flicks>(2 * (late - kTolerated), Flicks(0), late);
}

FeedMapping FeedClock::push(bool video, Flicks dts, Flicks pts, MediaTime arrival) {
  if (epoch_ != 0) arrival = std::max(arrival, last_arrival_);  // read from two tracks
  const Flicks delay = arrival.time_since_epoch() - dts;
  Track& track = tracks_[video];
  FeedClockEvent event = epoch_ == 0 ? FeedClockEvent::kStarted : jump(track, dts, arrival);
  if (event != FeedClockEvent::kNone) begin_epoch(delay, arrival);

  track.add(dts, delay, arrival);
  separate(track, tracks_[!video], arrival);
  const std::optional<Flicks> wanted = wanted_offset(arrival);
  follow(arrival, wanted);
  if (late_for_long(track, delay, arrival)) {
    event = FeedClockEvent::kDelayGrew;
    const Flicks least = track.least_late;
    begin_epoch(least, arrival);
    track.add(dts, least, arrival);
  } else if (early_for_long(arrival, wanted)) {
    event = FeedClockEvent::kDelayShrank;
    const Flicks least = *track.least_delay(arrival);
    begin_epoch(least, arrival);
    track.add(dts, least, arrival);
  } else if (uneven_for_long(arrival, wanted)) {
    event = FeedClockEvent::kDelayGrew;
    offset_ = *wanted;
    ++epoch_;
  }
  const MediaTime zero = MediaTime(offset_ + track.apart);
  return {zero + dts, zero + pts, epoch_, event};
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

// Of the slower track, so that both are there when their time comes.
std::optional<Flicks> FeedClock::wanted_offset(MediaTime now) const {
  return slower(now, &Track::usual_delay);
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

void FeedClock::follow(MediaTime arrival, const std::optional<Flicks>& wanted) {
  const Flicks elapsed = std::min<Flicks>(arrival - last_arrival_, kBucket);
  last_arrival_ = arrival;
  if (!wanted) return;
  if (arrival - epoch_start_ <= kSettle) {
    offset_ = *wanted;
    return;
  }
  const Flicks error = *wanted - offset_;
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

bool FeedClock::early_for_long(MediaTime arrival, const std::optional<Flicks>& wanted) {
  if (!wanted || *wanted >= offset_ - kEarly) {
    early_since_.reset();
    return false;
  }
  if (!early_since_) early_since_ = arrival;
  return arrival - *early_since_ >= kEarlyFor;
}

// What all of it has in common is taken in slowly.
bool FeedClock::uneven_for_long(MediaTime arrival, const std::optional<Flicks>& wanted) {
  if (!wanted || wanted == slower(arrival, &Track::least_delay) || *wanted <= offset_ + kBorne) {
    uneven_since_.reset();
    return false;
  }
  if (!uneven_since_) uneven_since_ = arrival;
  if (arrival - *uneven_since_ < kLateFor) return false;
  uneven_since_.reset();
  return true;
}

std::optional<MediaTime> FeedClock::media_time(bool video, Flicks feed_time) const {
  const Track& track = tracks_[video];
  if (!track.seen) return std::nullopt;
  return MediaTime(offset_ + track.apart) + feed_time;
}

}  // namespace longmen

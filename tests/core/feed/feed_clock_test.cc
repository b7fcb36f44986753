// docs/TIMELINE.md §9: the numbers there are the numbers here.
#include "core/feed/feed_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Flicks k2997 = Flicks(23'543'520);   // 1001/30000 s
constexpr Flicks kAac44 = Flicks(16'384'000);  // 1024/44100 s

double ms(Flicks flicks) {
  return std::chrono::duration<double, std::milli>(flicks).count();
}

// A sender: units of both tracks made on a clock of its own, through a way of `delay` and jitter.
class Sender {
 public:
  explicit Sender(uint64_t seed) : random_(seed) {}

  struct Sent {
    bool video;
    Flicks dts;
    MediaTime made;
    MediaTime arrival;
  };
  // Everything made until `end` (media time), in order of arrival.
  std::vector<Sent> run_until(MediaTime end) {
    std::vector<Sent> sent;
    for (;;) {
      const bool video = next_video_ <= next_audio_;
      Flicks& dts = video ? next_video_ : next_audio_;
      const MediaTime made = made_at(dts);
      if (made >= end) break;
      const Flicks waits_for = dts + (packed_ - 1 - (dts - zero_) / kAac44 % packed_) * kAac44;
      MediaTime arrival = video ? made + video_delay_ : made_at(waits_for) + audio_delay_;
      arrival += delay_;
      if (jitter_ > Flicks(0))
        arrival += Flicks(static_cast<int64_t>(random_() % static_cast<uint64_t>(jitter_.count())));
      last_arrival_ = packed_ > 1 ? arrival : std::max(last_arrival_, arrival);
      Flicks stamp = dts;
      if (whole_ms_) stamp = std::chrono::round<milliseconds>(dts);
      sent.push_back({video, stamp, made, last_arrival_});
      dts += video ? k2997 : kAac44;
    }
    return sent;
  }
  // Goes on with timestamps from `zero` at media time `at`.
  void restart(Flicks zero, MediaTime at) {
    zero_ = next_video_ = next_audio_ = zero;
    began_ = at;
  }

  double rate_ = 1.0;  // of the sender's clock against media time
  Flicks delay_ = milliseconds(30);
  Flicks video_delay_{0};
  Flicks audio_delay_{0};
  Flicks jitter_{0};
  int packed_ = 1;  // frames of sound that leave together, with the last of them
  bool whole_ms_ = false;
  MediaTime began_ = test::kStartOf2026;
  Flicks zero_{0};

 private:
  MediaTime made_at(Flicks dts) const {
    const auto since = static_cast<double>((dts - zero_).count());
    return began_ + Flicks(static_cast<int64_t>(since / rate_));
  }

  std::mt19937_64 random_;
  Flicks next_video_{0};
  Flicks next_audio_{0};
  MediaTime last_arrival_;
};

TEST(Timeline9FeedClock, TheFastestWayIsThePresent) {
  FeedClock clock;
  EXPECT_EQ(clock.push(true, Flicks(0), Flicks(0), test::kStartOf2026 + milliseconds(10)).event,
            FeedClockEvent::kStarted);
  FeedMapping m = clock.push(true, k2997, 3 * k2997, test::kStartOf2026 + milliseconds(40));
  EXPECT_EQ(m.event, FeedClockEvent::kNone);
  EXPECT_EQ(m.dts, test::kStartOf2026 + milliseconds(40));  // 3.4 ms less on its way than the first
  EXPECT_EQ(m.pts, m.dts + 2 * k2997);
  m = clock.push(true, 2 * k2997, 2 * k2997,
                 test::kStartOf2026 + milliseconds(90));  // late: changes nothing
  EXPECT_EQ(m.dts, test::kStartOf2026 + milliseconds(40) + k2997);
  EXPECT_EQ(m.epoch, 1u);
}

TEST(Timeline9FeedClock, AGopReplayedInABurstEndsAtThePresent) {
  FeedClock clock;
  FeedMapping m;
  for (int i = 0; i < 60; ++i) {
    m = clock.push(true, i * k2997, i * k2997, test::kStartOf2026);
    EXPECT_EQ(m.event, i == 0 ? FeedClockEvent::kStarted : FeedClockEvent::kNone);
    EXPECT_EQ(m.dts, test::kStartOf2026);
  }
  for (int i = 60; i < 600; ++i) {
    m = clock.push(true, i * k2997, i * k2997, test::kStartOf2026 + (i - 59) * k2997);
    EXPECT_EQ(m.dts, test::kStartOf2026 + (i - 59) * k2997);
    EXPECT_EQ(m.epoch, 1u);
  }
}

TEST(Timeline9FeedClock, ASenderOffBy200PpmIsFollowedWithoutSteps) {
  for (const double rate : {1.0002, 0.9998, 1.0}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << rate << " seed " << seed);
      FeedClock clock;
      Sender sender(seed);
      sender.rate_ = rate;
      sender.jitter_ = milliseconds(25);
      sender.whole_ms_ = true;
      std::array<std::optional<std::pair<Flicks, MediaTime>>, 2> last;
      for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + minutes(20))) {
        const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
        ASSERT_EQ(m.epoch, 1u);
        if (unit.arrival < test::kStartOf2026 + seconds(2)) continue;
        // Both tracks: within a few milliseconds of the moment of making plus the least delay.
        ASSERT_LT(std::abs(ms(m.dts - unit.made - milliseconds(30))), 6.0);
        auto& before = last[unit.video];
        if (before) {
          const double feed = static_cast<double>((unit.dts - before->first).count());
          const double media = static_cast<double>((m.dts - before->second).count());
          // 500 ppm of what went by on arrival, which may be jitter longer than the feed's step.
          ASSERT_NEAR(media, feed, 500e-6 * (feed + ms(sender.jitter_) * 705'600 * 2) + 2);
        }
        before = {unit.dts, m.dts};
      }
    }
  }
}

TEST(Timeline9FeedClock, TheSlowerTrackSetsTheOffsetForBoth) {
  FeedClock clock;
  Sender sender(1);
  sender.audio_delay_ = milliseconds(50);
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(30))) {
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    if (unit.made > test::kStartOf2026 + milliseconds(100)) {
      ASSERT_NEAR(ms(m.dts - unit.made), 80.0, 1.0);
    }
  }
  EXPECT_FALSE(clock.tracks_apart());
  EXPECT_EQ(clock.epoch(), 1u);
}

TEST(FeedClock, TracksMoreThanASecondApartAreNotKeptTogether) {
  FeedClock clock;
  Sender sender(1);
  sender.audio_delay_ = seconds(3);
  std::vector<Sender::Sent> units = sender.run_until(test::kStartOf2026 + seconds(30));
  std::stable_sort(units.begin(), units.end(), [](const auto& a, const auto& b) {
    return a.made + (a.video ? Flicks(0) : Flicks(seconds(3))) <
           b.made + (b.video ? Flicks(0) : Flicks(seconds(3)));
  });
  for (const Sender::Sent& unit : units) {
    const MediaTime arrival = unit.made + (unit.video ? milliseconds(30) : milliseconds(3030));
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, arrival);
    ASSERT_NEAR(ms(m.dts - arrival), 0.0, 25.0);  // each track at its own present
    ASSERT_EQ(m.epoch, 1u);
  }
  EXPECT_TRUE(clock.tracks_apart());
}

TEST(Timeline9FeedClock, AJumpOfTimestampsBeginsANewEpoch) {
  const Flicks wrap = std::chrono::milliseconds(int64_t{1} << 32);  // of RTMP, not unwrapped
  for (const Flicks to : {Flicks(0), -wrap, Flicks(hours(1)), Flicks(seconds(39))}) {
    SCOPED_TRACE(ms(to));
    FeedClock clock;
    Sender sender(1);
    for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(40)))
      clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    sender.restart(to, test::kStartOf2026 + seconds(40));
    const FeedClockEvent expected =
        to < Flicks(seconds(40)) ? FeedClockEvent::kJumpedBackward : FeedClockEvent::kJumpedForward;
    bool first = true;
    for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(80))) {
      const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
      ASSERT_EQ(m.event, first ? expected : FeedClockEvent::kNone);
      ASSERT_EQ(m.epoch, 2u);
      ASSERT_NEAR(ms(m.dts - unit.arrival), 0.0, 1.0);
      first = false;
    }
  }
}

TEST(FeedClock, AJumpOfLessThan500MillisecondsIsTakenInSlowly) {
  FeedClock clock;
  Sender sender(1);
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(20)))
    clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
  sender.restart(Flicks(seconds(20)) + milliseconds(150), test::kStartOf2026 + seconds(20));
  MediaTime last = test::kStartOf2026;
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(60))) {
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    ASSERT_EQ(m.epoch, 1u);
    ASSERT_GT(m.dts, last - milliseconds(40));
    last = m.dts;
  }
}

TEST(Timeline9FeedClock, AStallThatCatchesUpChangesNothing) {
  FeedClock clock;
  Sender sender(1);
  for (Sender::Sent unit : sender.run_until(test::kStartOf2026 + seconds(60))) {
    // From 20 s on, nothing arrives for 6 s (longer than the window); then all of it, in 0.4 s.
    const Flicks into = unit.arrival - (test::kStartOf2026 + seconds(20));
    if (into > Flicks(0) && into < Flicks(milliseconds(6400)))
      unit.arrival = test::kStartOf2026 + seconds(26) + into / 16;
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    ASSERT_EQ(m.epoch, 1u);
    ASSERT_NEAR(ms(m.dts - unit.made), 30.0, 1.0);
  }
}

TEST(Timeline9FeedClock, ALongerWayIsTakenAfterTwoSeconds) {
  FeedClock clock;
  Sender sender(1);
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(20)))
    clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
  sender.delay_ = milliseconds(330);
  std::optional<MediaTime> taken;
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(40))) {
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    if (m.event == FeedClockEvent::kDelayGrew) {
      ASSERT_FALSE(taken);
      taken = unit.arrival;
    }
    ASSERT_NEAR(ms(m.dts - unit.made), taken ? 330.0 : 30.0, 1.0);
  }
  ASSERT_TRUE(taken);
  EXPECT_NEAR(ms(*taken - test::kStartOf2026), 20'330 + 2000, 50.0);
  EXPECT_EQ(clock.epoch(), 2u);
}

TEST(Timeline9FeedClock, AShorterWayIsTakenWhenItHasLasted) {
  FeedClock clock;
  Sender sender(1);
  sender.delay_ = milliseconds(430);
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(20)))
    clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
  sender.delay_ = milliseconds(30);
  int taken = 0;
  FeedMapping m;
  MediaTime made;
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(40))) {
    m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    taken += m.event == FeedClockEvent::kDelayShrank;
    made = unit.made;
  }
  EXPECT_EQ(taken, 1);
  EXPECT_NEAR(ms(m.dts - made), 30.0, 1.0);
}

// The audio, 50 ms behind, ends: the picture moves back to its own present, slowly.
TEST(FeedClock, ATrackThatEndedNoLongerCounts) {
  FeedClock clock;
  Sender sender(1);
  sender.audio_delay_ = milliseconds(50);
  FeedMapping m;
  MediaTime made;
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(200))) {
    if (!unit.video && unit.made > test::kStartOf2026 + seconds(10)) continue;
    m = clock.push(unit.video, unit.dts, unit.dts, unit.made + milliseconds(unit.video ? 30 : 80));
    made = unit.made;
  }
  EXPECT_NEAR(ms(m.dts - made), 30.0, 0.5);
  EXPECT_EQ(clock.epoch(), 1u);
}

// Everything made within 60 ms is late by `late`, every `period`.
double latest_of_the_last_minute(milliseconds late, seconds period, uint32_t epochs) {
  FeedClock clock;
  Sender sender(1);
  double latest = 0;
  for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(180))) {
    const Flicks into = (unit.made - test::kStartOf2026 + seconds(1)) % period;
    const MediaTime arrival = unit.arrival + (into < milliseconds(60) ? late : milliseconds(0));
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, arrival);
    if (unit.made > test::kStartOf2026 + seconds(120))
      latest = std::max(latest, ms(arrival - m.dts));
  }
  EXPECT_EQ(clock.epoch(), epochs);
  return latest;
}

TEST(Timeline9FeedClock, WhatIsLateAgainAndAgainIsWaitedFor) {
  for (const int period : {2, 7, 15}) {
    SCOPED_TRACE(period);
    EXPECT_LE(latest_of_the_last_minute(milliseconds(150), seconds(period), 2),
              ms(FeedClock::kTolerated + FeedClock::kBorne));
  }
}

TEST(Timeline9FeedClock, WhatIsLateTwiceAMinuteAndStallsChangeNothing) {
  EXPECT_NEAR(latest_of_the_last_minute(milliseconds(150), seconds(40), 1), 150, 1);
  EXPECT_NEAR(latest_of_the_last_minute(milliseconds(700), seconds(15), 1), 700, 1);
}

// One timestamp now and then is 300 ms ahead of the others.
TEST(Timeline9FeedClock, SingleWrongTimestampsChangeLittle) {
  for (const int period : {5, 9, 25}) {
    SCOPED_TRACE(period);
    FeedClock clock;
    Sender sender(1);
    MediaTime next_wrong = test::kStartOf2026 + seconds(10);
    for (const Sender::Sent& unit : sender.run_until(test::kStartOf2026 + seconds(120))) {
      if (!unit.video) continue;  // a second track alone would outvote it
      Flicks dts = unit.dts;
      if (unit.made >= next_wrong) {
        dts += milliseconds(300);
        next_wrong += seconds(period);
      }
      const FeedMapping m = clock.push(unit.video, dts, dts, unit.arrival);
      ASSERT_EQ(m.epoch, 1u);
      ASSERT_NEAR(ms(m.dts - unit.made - (dts - unit.dts)), 30.0, 25.0);
    }
  }
}

// What comes late by more than the retimers wait is lost: none does, once that is known.
double latest_after(std::chrono::milliseconds settle, Sender& sender, FeedClock& clock,
                    MediaTime until) {
  std::vector<Sender::Sent> units = sender.run_until(until);
  std::stable_sort(units.begin(), units.end(),
                   [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  double latest = -1e9;
  const MediaTime from = units.front().arrival + settle;
  for (const Sender::Sent& unit : units) {
    const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
    if (unit.arrival > from) latest = std::max(latest, ms(unit.arrival - m.dts));
  }
  return latest;
}

TEST(Timeline9FeedClock, SoundThatComesInPacketsIsNotLate) {
  for (const int packed : {1, 2, 5, 15}) {
    SCOPED_TRACE(packed);
    FeedClock clock;
    Sender sender(1);
    sender.packed_ = packed;
    const double latest =
        latest_after(FeedClock::kSettle, sender, clock, test::kStartOf2026 + seconds(60));
    EXPECT_LE(latest, ms(FeedClock::kTolerated) + 1) << "the retimers wait 60 ms";
    EXPECT_EQ(clock.epoch(), 1u);
    const double own = (packed - 1) * ms(kAac44);
    const FeedMapping m = clock.push(true, Flicks(seconds(60)), Flicks(seconds(60)),
                                     test::kStartOf2026 + seconds(60) + milliseconds(30));
    EXPECT_NEAR(ms(m.dts - (test::kStartOf2026 + seconds(60))),
                30 + (own < ms(FeedClock::kTolerated) ? 0 : own), 3)
        << "and no later than it has to be";
  }
}

TEST(Timeline9FeedClock, SoundThatBeginsToComeInPacketsIsAStep) {
  FeedClock clock;
  Sender sender(1);
  latest_after(seconds(1), sender, clock, test::kStartOf2026 + seconds(20));
  sender.packed_ = 9;
  const double latest = latest_after(seconds(8), sender, clock, test::kStartOf2026 + seconds(60));
  EXPECT_LE(latest, ms(FeedClock::kTolerated + FeedClock::kBorne));
  EXPECT_EQ(clock.epoch(), 2u);
  sender.packed_ = 1;
  latest_after(seconds(1), sender, clock, test::kStartOf2026 + seconds(500));
  EXPECT_EQ(clock.epoch(), 2u) << "less than kEarly: slowly back";
  const FeedMapping m = clock.push(true, Flicks(seconds(500)), Flicks(seconds(500)),
                                   test::kStartOf2026 + seconds(500) + milliseconds(30));
  EXPECT_NEAR(ms(m.dts - (test::kStartOf2026 + seconds(500))), 30, 3);
}

// All of it is heard, a pause is at the same feed time for sound and pictures, and none is earlier
// than the retimers take.
TEST(Timeline9FeedClock, AFeedSlowerThanRealTimeGoesOnInPieces) {
  for (const double rate : {0.5, 0.7, 0.9, 0.99, 0.996}) {
    for (const int packed : {1, 15}) {
      if (packed > 1 && rate > 0.99) continue;  // small steps, as of any uneven way
      SCOPED_TRACE(testing::Message() << rate << " packed " << packed);
      FeedClock clock;
      Sender sender(1);
      sender.rate_ = rate;
      sender.packed_ = packed;
      std::vector<Sender::Sent> units = sender.run_until(test::kStartOf2026 + minutes(8));
      std::ranges::stable_sort(units, {}, &Sender::Sent::arrival);
      std::array<std::vector<std::pair<Flicks, MediaTime>>, 2> mapped;
      int fell_behind = 0;
      for (const Sender::Sent& unit : units) {
        const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
        fell_behind += m.event == FeedClockEvent::kFellBehind;
        if (unit.arrival < test::kStartOf2026 + minutes(2)) continue;
        ASSERT_LE(ms(unit.arrival - m.dts), ms(FeedClock::kTolerated)) << ms(unit.dts);
        ASSERT_LE(ms(m.dts - unit.arrival), 1200) << "the retimers refuse what is earlier";
        ASSERT_TRUE(mapped[unit.video].empty() || mapped[unit.video].back().second < m.dts);
        mapped[unit.video].emplace_back(unit.dts, m.dts);
      }
      EXPECT_EQ(fell_behind, 1);
      // Sound has the offset of the picture beside it, but for what a pause parts from it.
      auto picture = mapped[true].begin();
      int apart = 0;
      for (const auto& [dts, time] : mapped[false]) {
        while (picture + 1 != mapped[true].end() && (picture + 1)->first <= dts)
          ++picture;
        apart += std::abs(ms((time - dts) - (picture->second - picture->first))) > 1;
      }
      EXPECT_LE(apart, 2 * static_cast<int>(clock.epoch()));
    }
  }
}

TEST(Timeline9FeedClock, AFeedThatFellBehindAndComesBackIsTheSameAgain) {
  for (const bool in_a_burst : {true, false}) {
    SCOPED_TRACE(in_a_burst);
    FeedClock clock;
    Sender sender(1);
    for (Sender::Sent unit : sender.run_until(test::kStartOf2026 + minutes(7))) {
      // At half speed for ten seconds from the twentieth on, then twice as fast as it was made.
      const Flicks into = unit.made - test::kStartOf2026 - seconds(20);
      const Flicks lag = into < seconds(5) ? into : std::max(Flicks(0), seconds(10) - into);
      if (into > Flicks(0) && !(in_a_burst && into > seconds(5))) unit.arrival += lag;
      const FeedMapping m = clock.push(unit.video, unit.dts, unit.dts, unit.arrival);
      if (unit.made < test::kStartOf2026 + seconds(34)) continue;
      const double later = ms(m.dts - unit.made) - 30;
      ASSERT_GE(later, -1);
      ASSERT_LE(later, ms(FeedClock::kRoom + FeedClock::kMostRoomForUneven)) << "within seconds";
      if (unit.made > test::kStartOf2026 + minutes(6)) {
        ASSERT_LE(later, ms(FeedClock::kEarly)) << "the rest slowly";
      }
    }
  }
}

// Of each track, what is neither too late nor too early for the retimers.
struct InTime {
  int units = 0, in_time = 0;
  double share() const { return static_cast<double>(in_time) / units; }
};
std::array<InTime, 2> in_time(std::vector<Sender::Sent> units, seconds from,
                              Flicks wrong_pts = Flicks(0)) {
  std::ranges::stable_sort(units, {}, &Sender::Sent::arrival);
  FeedClock clock;
  std::array<InTime, 2> tracks;
  const MediaTime wrong_at = units.front().arrival + seconds(30);
  for (const Sender::Sent& unit : units) {
    Flicks pts = unit.dts;
    if (unit.video && unit.arrival >= wrong_at) pts += std::exchange(wrong_pts, Flicks(0));
    const FeedMapping m = clock.push(unit.video, unit.dts, pts, unit.arrival);
    if (unit.arrival < units.front().arrival + from) continue;
    InTime& track = tracks[unit.video];
    ++track.units;
    track.in_time +=
        m.dts > unit.arrival - milliseconds(60) && m.dts < unit.arrival + milliseconds(1250);
  }
  return tracks;
}

TEST(FeedClock, OneTrackThatAloneFallsBehindDoesNotTakeTheOtherWithIt) {
  for (const bool slow : {true, false}) {
    SCOPED_TRACE(slow ? "picture" : "sound");
    Sender sender(1);
    std::vector<Sender::Sent> units = sender.run_until(test::kStartOf2026 + minutes(3));
    for (Sender::Sent& unit : units)
      if (unit.video == slow) unit.arrival += (unit.made - test::kStartOf2026) / 10;
    const auto tracks = in_time(std::move(units), seconds(30));
    EXPECT_GE(tracks[slow].share(), 0.7);
    EXPECT_GE(tracks[!slow].share(), 0.7);
  }
}

TEST(FeedClock, ATrackThatBeginsWhileTheFeedFallsBehindIsInTime) {
  for (const double rate : {0.5, 0.45, 0.3}) {
    SCOPED_TRACE(rate);
    Sender sender(1);
    sender.rate_ = rate;
    std::vector<Sender::Sent> units = sender.run_until(test::kStartOf2026 + seconds(60));
    std::erase_if(units, [](const Sender::Sent& unit) {
      return !unit.video && unit.made < test::kStartOf2026 + seconds(10);
    });
    const auto tracks = in_time(std::move(units), seconds(15));
    EXPECT_GE(tracks[false].share(), 0.98);
    EXPECT_GE(tracks[true].share(), 0.98);
  }
}

TEST(FeedClock, TracksThatAreFarFromEachOtherFallBehindTogether) {
  for (const int distance : {-900, -600, 600, 900}) {
    SCOPED_TRACE(distance);
    Sender sender(1);
    sender.rate_ = 0.9;
    sender.video_delay_ = milliseconds(std::max(distance, 0));
    sender.audio_delay_ = milliseconds(std::max(-distance, 0));
    const auto tracks = in_time(sender.run_until(test::kStartOf2026 + seconds(100)), seconds(10));
    EXPECT_GE(tracks[false].share(), 0.9);
    EXPECT_GE(tracks[true].share(), 0.9);
  }
}

TEST(FeedClock, AStallOfAFeedThatFallsBehindPasses) {
  for (const double rate : {0.97, 0.9, 0.7}) {
    for (const int stall : {1, 2, 3}) {
      SCOPED_TRACE(testing::Message() << rate << ", " << stall << " s");
      Sender sender(1);
      sender.rate_ = rate;
      std::vector<Sender::Sent> units = sender.run_until(test::kStartOf2026 + seconds(60));
      const MediaTime stops = test::kStartOf2026 + seconds(30);
      for (Sender::Sent& unit : units)
        if (unit.arrival > stops) unit.arrival = std::max(unit.arrival, stops + seconds(stall));
      const auto tracks = in_time(units, seconds(25 + stall));
      const auto later = in_time(std::move(units), seconds(37 + stall));
      EXPECT_GE(tracks[false].share(), 0.8) << "of some twenty seconds";
      EXPECT_EQ(later[false].share(), 1);
    }
  }
}

TEST(FeedClock, AWrongPresentationTimeDoesNotHoldUpAFeedThatFallsBehind) {
  Sender sender(1);
  sender.rate_ = 0.9;
  const auto tracks =
      in_time(sender.run_until(test::kStartOf2026 + seconds(120)), seconds(10), hours(1));
  EXPECT_GE(tracks[false].share(), 0.999);
  EXPECT_GE(tracks[true].share(), 0.999);
}

TEST(FeedClock, StallsDoNotHideWhatIsLateAgainAndAgain) {
  Sender sender(1);
  std::vector<Sender::Sent> units = sender.run_until(test::kStartOf2026 + seconds(120));
  for (Sender::Sent& unit : units) {
    const Flicks since = unit.made - test::kStartOf2026;
    for (const auto& [period, stop] : {std::pair(2000, 250), std::pair(7000, 800)})
      if (const Flicks into = since % milliseconds(period); into < milliseconds(stop))
        unit.arrival = std::max(unit.arrival, unit.made - into + milliseconds(30 + stop));
  }
  const auto tracks = in_time(std::move(units), seconds(40));
  EXPECT_GE(tracks[false].share(), 0.91) << "but for the stalls themselves";
}

TEST(FeedClock, MapsNothingBeforeTheFirstUnitOfATrack) {
  FeedClock clock;
  EXPECT_FALSE(clock.media_time(true, Flicks(0)));
  clock.push(false, Flicks(100), Flicks(100), test::kStartOf2026);
  EXPECT_FALSE(clock.media_time(true, Flicks(0)));
  EXPECT_EQ(clock.media_time(false, Flicks(101)), test::kStartOf2026 + Flicks(1));
}

// Any sequence of units, however wild: no crash, and a unit that arrives on time maps near it.
TEST(FeedClock, SurvivesAnything) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    std::mt19937_64 random(seed);
    FeedClock clock;
    MediaTime arrival = test::kStartOf2026;
    Flicks base{0};
    for (int i = 0; i < 5000; ++i) {
      if (random() % 500 == 0) base = Flicks(static_cast<int64_t>(random() >> 6));
      if (random() % 700 == 0) arrival += seconds(random() % 20);
      arrival += floor_flicks(microseconds(random() % 30'000));
      if (random() % 50 == 0) arrival -= milliseconds(20);
      const Flicks dts = base + (arrival - test::kStartOf2026);
      const FeedMapping m = clock.push(random() % 2, dts, dts, arrival);
      ASSERT_LE(std::abs(ms(m.dts - arrival)), 1100.0) << "seed " << seed << " unit " << i;
    }
  }
}

}  // namespace
}  // namespace longmen

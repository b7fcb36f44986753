// docs/TIMELINE.md §2: the numbers there are the numbers here.
#include "core/time/media_clock_keeper.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr WallTime kWall{seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
constexpr Monotonic kMono{seconds(1000)};

// A node whose two clocks the test moves; checks at each reading that media time never goes back.
class Node {
 public:
  explicit Node(std::string boot = "boot-a") : boot_(std::move(boot)) {}

  MediaClockKeeper& start(const std::optional<MediaClockState>& persisted) {
    keeper_.emplace(persisted, boot_, wall_, mono_);
    check();
    return *keeper_;
  }
  void reboot(std::string boot) {
    boot_ = std::move(boot);
    mono_ = Monotonic(seconds(5));
    keeper_.reset();
  }
  void step_wall(nanoseconds by) { wall_ += by; }
  void run(seconds duration, nanoseconds wall_error_a_second = nanoseconds(0)) {
    for (seconds done{0}; done < duration; done += seconds(1)) {
      wall_ += seconds(1) + wall_error_a_second;
      mono_ += seconds(1);
      const MediaTime before = keeper_->schedule().media_at(mono_);
      if (auto schedule = keeper_->handle(wall_, mono_)) {
        ++changes_;
        ASSERT_EQ(*schedule, keeper_->schedule());
        ASSERT_TRUE(schedule->next);
        ASSERT_EQ(schedule->next->mono, mono_ + seconds(1));
        ASSERT_EQ(schedule->media_at(mono_), before);  // changes nothing yet
        ASSERT_LE(std::abs(schedule->next->ppm), 250);
        ASSERT_TRUE(media_clock_schedule_from_json(to_json(*schedule)));
      }
      check();
    }
  }
  void check() {
    const MediaTime now = media();
    ASSERT_GE(now, last_);
    last_ = now;
  }
  MediaTime media() const { return keeper_->schedule().media_at(mono_); }
  MediaClockState state() const { return keeper_->state(mono_); }
  void pass(seconds duration) {
    wall_ += duration;
    mono_ += duration;
  }

  std::string boot_;
  WallTime wall_ = kWall;
  Monotonic mono_ = kMono;
  std::optional<MediaClockKeeper> keeper_;
  MediaTime last_;
  int changes_ = 0;
};

TEST(Timeline2MediaClock, TheFirstStartLatchesTheWallClock) {
  Node node;
  const MediaClockKeeper& keeper = node.start(std::nullopt);
  EXPECT_EQ(keeper.schedule(), (MediaClockSchedule{{kMono, test::kStartOf2026, 0}, std::nullopt}));
  EXPECT_EQ(keeper.alarm(), MediaClockAlarm::kNone);
  node.run(hours(1));
  EXPECT_EQ(node.media(), test::kStartOf2026 + hours(1));
  EXPECT_EQ(node.changes_, 0);
}

TEST(Timeline2MediaClock, AWallClockSteppedByADayMovesNothing) {
  for (const hours day : {hours(24), hours(-24)}) {
    Node node;
    const MediaClockKeeper& keeper = node.start(std::nullopt);
    node.run(seconds(100));
    node.step_wall(day);
    node.run(hours(1));
    EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(100) + hours(1));
    EXPECT_EQ(node.changes_, 0);
    EXPECT_EQ(keeper.alarm(), MediaClockAlarm::kStepped);
    EXPECT_EQ(keeper.wall_minus_media(), day);
    node.step_wall(-day);
    node.run(seconds(1));
    EXPECT_EQ(keeper.alarm(), MediaClockAlarm::kNone);
  }
}

TEST(Timeline2MediaClock, AStepOf200MillisecondsIsAlarmedAndSlewedAt250Ppm) {
  Node node;
  const MediaClockKeeper& keeper = node.start(std::nullopt);
  node.run(seconds(10));
  node.step_wall(milliseconds(200));
  node.run(seconds(1));
  EXPECT_EQ(keeper.alarm(), MediaClockAlarm::kDisagrees);
  EXPECT_EQ(keeper.wall_minus_media(), milliseconds(200));
  node.run(seconds(9 + 1));  // the decision at 20 s, the slope from 21 s on
  node.run(seconds(400));
  EXPECT_EQ(keeper.wall_minus_media(), milliseconds(100));
  EXPECT_EQ(keeper.alarm(), MediaClockAlarm::kNone);  // not more than 100 ms
  node.run(seconds(1000));
  EXPECT_LT(std::chrono::abs(keeper.wall_minus_media()), microseconds(500));
}

TEST(Timeline2MediaClock, AWallClockThatRunsFastIsFollowed) {
  Node node;
  const MediaClockKeeper& keeper = node.start(std::nullopt);
  node.run(hours(2), microseconds(100));  // 100 ppm
  EXPECT_NEAR(static_cast<double>(keeper.wall_minus_media().count()), 6e6,
              1.2e6);  // 100 ppm x 60 s
  EXPECT_EQ(keeper.alarm(), MediaClockAlarm::kNone);
}

TEST(Timeline2MediaClock, ARestartGoesOnOnTheSameLine) {
  Node node;
  node.start(std::nullopt);
  node.run(seconds(10));
  node.step_wall(milliseconds(500));
  node.run(seconds(30));
  const MediaClockState state = node.state();
  node.pass(seconds(3));
  const MediaTime expected = state.schedule.media_at(node.mono_);
  const MediaClockKeeper& again = node.start(state);
  EXPECT_EQ(node.media(), expected);
  EXPECT_EQ(again.jumped_at_start(), nanoseconds(0));
}

TEST(Timeline2MediaClock, ARestartAfterAStepForwardJumpsToTheWallClock) {
  Node node;
  node.start(std::nullopt);
  node.run(seconds(100));
  node.step_wall(hours(24));
  node.run(seconds(10));
  const MediaClockState state = node.state();
  node.pass(seconds(2));
  const MediaClockKeeper& again = node.start(state);
  EXPECT_EQ(again.jumped_at_start(), hours(24));
  EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(112) + hours(24));
  EXPECT_EQ(again.alarm(), MediaClockAlarm::kNone);
}

TEST(Timeline2MediaClock, ARestartAfterAStepBackSlewsAlarmed) {
  Node node;
  node.start(std::nullopt);
  node.run(seconds(100));
  node.step_wall(-hours(24));
  node.run(seconds(10));
  const MediaClockState state = node.state();
  const MediaClockKeeper& again = node.start(state);
  EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(110));
  EXPECT_EQ(again.alarm(), MediaClockAlarm::kDisagrees);
  node.run(seconds(11 + 4000));  // decided after 10 s, in force one later
  EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(110 + 11 + 4000) - seconds(1));
}

TEST(Timeline2MediaClock, ARebootLatchesAgainAndNeverGoesBack) {
  {  // the wall clock is right: media time goes on with it
    Node node;
    node.start(std::nullopt);
    node.run(seconds(100));
    const MediaClockState state = node.state();
    node.pass(seconds(40));
    node.reboot("boot-b");
    const MediaClockKeeper& again = node.start(state);
    EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(140));
    EXPECT_EQ(again.jumped_at_start(), seconds(36));  // beyond the 4 s reserved
  }
  {  // the machine has forgotten the date: on from what was reserved, 4 s past the last persisted
    Node node;
    node.start(std::nullopt);
    node.run(seconds(100));
    const MediaClockState state = node.state();
    node.run(seconds(2));  // handed out, not persisted
    node.reboot("boot-b");
    node.wall_ = WallTime(seconds(0));
    const MediaClockKeeper& again = node.start(state);
    EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(104));
    EXPECT_EQ(again.alarm(), MediaClockAlarm::kDisagrees);
  }
}

TEST(MediaClockKeeper, AMonotonicClockThatWentBackIsARebootWhateverTheBootIdSays) {
  Node node;
  node.start(std::nullopt);
  node.run(seconds(100));
  const MediaClockState state = node.state();
  node.reboot("boot-a");
  node.start(state);
  EXPECT_EQ(node.media(), test::kStartOf2026 + seconds(104));
}

TEST(MediaClockKeeper, StateTravelsAsJson) {
  Node node;
  node.start(std::nullopt);
  node.run(seconds(10));
  node.step_wall(milliseconds(300));
  node.run(seconds(25));
  const MediaClockState state = node.state();
  ASSERT_TRUE(state.schedule.next);
  EXPECT_EQ(media_clock_state_from_json(to_json(state)).value(), state);
  EXPECT_FALSE(media_clock_state_from_json(""));
  EXPECT_FALSE(media_clock_state_from_json("{}"));
  EXPECT_FALSE(media_clock_state_from_json(to_json(state).substr(1)));
  std::string long_id = to_json(state);
  long_id.replace(long_id.find("boot-a"), 6, std::string(65, 'x'));
  EXPECT_FALSE(media_clock_state_from_json(long_id));
}

// Whatever the wall clock does, through restarts and reboots, media time never goes back (Node
// checks) and never runs more than 250 ppm off the monotonic clock but for jumps at a start.
TEST(MediaClockKeeper, NeverGoesBackWhateverHappens) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Node node;
    node.start(std::nullopt);
    for (int i = 0; i < 60; ++i) {
      const auto within = [&random](int64_t most) {
        return static_cast<int64_t>(random() % (2 * most + 1)) - most;
      };
      switch (random() % 6) {
        case 0:
          node.step_wall(milliseconds(within(900)));
          break;
        case 1:
          node.step_wall(seconds(within(90'000)));
          break;
        case 2: {
          const MediaClockState state = media_clock_state_from_json(to_json(node.state())).value();
          node.run(seconds(random() % 3));  // not persisted
          node.pass(seconds(random() % 5));
          node.start(state);
          break;
        }
        case 3: {
          const MediaClockState state = media_clock_state_from_json(to_json(node.state())).value();
          node.run(seconds(random() % 3));
          node.reboot("boot-" + std::to_string(i));
          node.wall_ += seconds(random() % 100);
          node.start(state);
          break;
        }
        default: {
          const MediaTime media = node.media();
          const Monotonic mono = node.mono_;
          node.run(seconds(random() % 100), microseconds(within(200)));
          const double ran = std::chrono::duration<double>(node.media() - media).count();
          const double should = std::chrono::duration<double>(node.mono_ - mono).count();
          ASSERT_LE(std::abs(ran - should), should * 250e-6 + 1e-8);
        }
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace longmen

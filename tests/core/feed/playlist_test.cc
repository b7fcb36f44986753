#include "core/feed/playlist.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
using Kind = Playlist::Step::Kind;

constexpr CueTime kEvening{std::chrono::milliseconds(1'796'124'600'000)};

PlaylistItem item(const char* file, std::optional<CueTime> at = std::nullopt,
                  std::chrono::milliseconds from = 0ms,
                  std::optional<std::chrono::milliseconds> to = std::nullopt) {
  return {file, at, from, to};
}

void expect_plays(const Playlist::Step& step, size_t which, std::chrono::milliseconds position,
                  std::optional<CueTime> until = std::nullopt) {
  EXPECT_EQ(step.kind, Kind::kPlay);
  EXPECT_EQ(step.item, which);
  EXPECT_EQ(step.position, position);
  EXPECT_EQ(step.until, until);
}

void expect_waits(const Playlist::Step& step, size_t which, CueTime until) {
  EXPECT_EQ(step.kind, Kind::kWait);
  EXPECT_EQ(step.item, which);
  EXPECT_EQ(step.until, until);
}

TEST(Playlist, WithoutCuesFilesFollowEachOtherAndRepeat) {
  const Playlist list({item("/a"), item("/b", {}, 5s)}, true);
  expect_plays(list.begin(kEvening), 0, 0ms);
  expect_plays(list.after(0, kEvening, kEvening), 1, 5s);
  expect_plays(list.after(1, kEvening, kEvening), 0, 0ms);
  const Playlist once({item("/a")});
  EXPECT_EQ(once.after(0, kEvening, kEvening).kind, Kind::kOver);
}

TEST(Playlist, NothingIsDueBeforeTheFirstCue) {
  const Playlist list({item("/a", kEvening), item("/b")});
  expect_waits(list.begin(kEvening - 1h), 0, kEvening);
  expect_plays(list.begin(kEvening), 0, 0ms);
  expect_plays(list.after(0, kEvening + 90s, kEvening + 90s), 1, 0ms);
}

TEST(Playlist, ACueCutsWhatPlaysAndSkipsWhatStandsBeforeIt) {
  const Playlist list({item("/a"), item("/b"), item("/c", kEvening), item("/d")});
  expect_plays(list.begin(kEvening - 1h), 0, 0ms, kEvening);
  expect_plays(list.after(0, kEvening - 5min, kEvening - 5min), 1, 0ms, kEvening);
  expect_plays(list.after(0, kEvening + 3ms, kEvening + 3ms), 2, 0ms);
  expect_waits(list.after(1, kEvening - 1min, kEvening - 1min), 2, kEvening);
}

TEST(Playlist, BetweenItemsThereMayBeNothing) {
  const Playlist list({item("/a", kEvening), item("/b", kEvening + 1h)});
  expect_plays(list.begin(kEvening), 0, 0ms, kEvening + 1h);
  expect_waits(list.after(0, kEvening + 20min, kEvening + 20min), 1, kEvening + 1h);
  EXPECT_EQ(list.after(1, kEvening + 2h, kEvening + 2h).kind, Kind::kOver);
}

TEST(Playlist, WhoComesLateBeginsInTheMiddle) {
  const Playlist list({item("/a", kEvening, 10s), item("/b"), item("/c", kEvening + 1h)});
  const auto step = list.begin(kEvening + 25min);
  expect_plays(step, 0, 25min + 10s, kEvening + 1h);
  // Its file is 20 minutes long, so 19:50 of it were on air, and the next one has been since.
  const auto next = list.beyond(step, 20min, kEvening + 25min);
  expect_plays(next, 1, 5min + 10s, kEvening + 1h);
  EXPECT_EQ(next.began, kEvening + 20min - 10s);
  // Which is as long as nobody can tell in advance.
  expect_waits(list.beyond(next, 2min, kEvening + 25min), 2, kEvening + 1h);
  expect_plays(list.begin(kEvening + 1h + 10min), 2, 10min);
}

TEST(Playlist, ALittleLateIsNotLate) {
  const Playlist list({item("/a", kEvening, 10s)});
  expect_plays(list.begin(kEvening + Playlist::kLate - 1ms), 0, 10s);
  expect_plays(list.begin(kEvening + Playlist::kLate), 0, 11s);
}

TEST(Playlist, AnOutPointSaysWhatIsOverWithoutTheFile) {
  const Playlist list({item("/a", kEvening, 10s, 70s), item("/b", {}, 0ms, 30s), item("/c")});
  expect_plays(list.begin(kEvening + 59s), 0, 69s);
  expect_plays(list.begin(kEvening + 60s), 1, 0ms);
  expect_plays(list.begin(kEvening + 80s), 1, 20s);
  expect_plays(list.begin(kEvening + 95s), 2, 5s);
  const Playlist all_out({item("/a", kEvening, 0ms, 10s)});
  EXPECT_EQ(all_out.begin(kEvening + 1h).kind, Kind::kOver);
}

TEST(Playlist, AnInPointBehindTheEndTakesNoTime) {
  const Playlist list({item("/a", kEvening, 10min), item("/b")});
  expect_plays(list.beyond(list.begin(kEvening), 2min, kEvening), 1, 0ms);
  const Playlist again({item("/a", {}, 10min), item("/b")}, true);
  expect_plays(again.beyond(again.begin(kEvening), 2min, kEvening + 200ms), 1, 0ms);
}

TEST(Playlist, WithACueItDoesNotRepeat) {
  const Playlist list({item("/a", kEvening)}, true);
  EXPECT_EQ(list.after(0, kEvening + 1min, kEvening + 1min).kind, Kind::kOver);
}

}  // namespace
}  // namespace longmen

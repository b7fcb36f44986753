// docs/TIMELINE.md §10: the numbers there are the numbers here.
#include "core/feed/frame_retimer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Flicks rate(int64_t numerator, int64_t denominator = 1) {
  return Flicks(Flicks::period::den * denominator / numerator);
}

// Runs a retimer as the streamer does, and checks what must always hold.
class Stream {
 public:
  explicit Stream(int fps, MediaTime start = test::kStartOf2026)
      : grid_(fps), retimer_(grid_, start), next_(grid_.first_slot_from(start)) {}

  // A frame mapped to `mapped` that arrives at `at`; deadlines before are served in time.
  void frame(MediaTime mapped, MediaTime at) {
    advance(at);
    mapped_[++token_] = mapped;
    retimer_.push(token_, mapped, at);
    drain(at);
  }
  void frame(MediaTime mapped) { frame(mapped, mapped); }
  void advance(MediaTime to) {
    while (retimer_.next_deadline() <= to)
      drain(retimer_.next_deadline());
  }
  // `count` frames `interval` apart from `first` on, each with up to `jitter` on its mapped time.
  void frames(MediaTime first, Flicks interval, int64_t count, Flicks jitter = {}) {
    for (int64_t i = 0; i < count; ++i) {
      const MediaTime time = first + i * interval;
      const Flicks off = jitter == Flicks(0)
                             ? Flicks(0)
                             : Flicks(static_cast<int64_t>(
                                   random_() % static_cast<uint64_t>(2 * jitter.count()))) -
                                   jitter;
      frame(time + off, time + jitter);
    }
  }
  const FrameRetimerCounts& counts() const { return retimer_.counts(); }
  // Largest and smallest (slot time - mapped time) of new frames from output number `from` on.
  std::pair<Flicks, Flicks> errors(size_t from = 0) const {
    Flicks least = Flicks::max(), most = Flicks::min();
    for (size_t i = from; i < out_.size(); ++i) {
      if (out_[i].picture != SlotPicture::kFrame) continue;
      const Flicks error = out_[i].time - mapped_.at(out_[i].token);
      least = std::min(least, error);
      most = std::max(most, error);
    }
    return {least, most};
  }

  FrameGrid grid_;
  FrameRetimer retimer_;
  std::vector<FrameSlot> out_;
  std::vector<MediaTime> out_at_;
  std::mt19937_64 random_{7};

 private:
  void drain(MediaTime now) {
    while (const auto slot = retimer_.poll(now)) {
      ASSERT_EQ(slot->slot, next_++);
      ASSERT_EQ(slot->time, grid_.time_of(slot->slot));
      ASSERT_LE(now, slot->time + milliseconds(60) + grid_.slot_duration() / 2);
      switch (slot->picture) {
        case SlotPicture::kFrame:
          ASSERT_GT(slot->token, shown_);
          shown_ = slot->token;
          break;
        case SlotPicture::kRepeat:
          ASSERT_EQ(slot->token, shown_);
          ASSERT_NE(shown_, 0u);
          break;
        case SlotPicture::kNone:
          break;
      }
      ASSERT_EQ(retimer_.oldest_needed(), shown_);
      out_.push_back(*slot);
      out_at_.push_back(now);
    }
  }

  SlotIndex next_;
  FrameToken token_ = 0;
  FrameToken shown_ = 0;
  std::map<FrameToken, MediaTime> mapped_;
};

TEST(Timeline10FrameRetimer, AFrameThatFillsTheNextSlotGoesOutAtOnce) {
  Stream stream(30);
  stream.frames(test::kStartOf2026, rate(30), 300);
  EXPECT_EQ(stream.out_.size(), 300u);
  EXPECT_EQ(stream.counts().shown, 300u);
  EXPECT_EQ(stream.counts().repeated + stream.counts().dropped + stream.counts().empty, 0u);
  for (size_t i = 0; i < stream.out_.size(); ++i)
    ASSERT_EQ(stream.out_at_[i], test::kStartOf2026 + static_cast<int64_t>(i) * rate(30));
}

// 30000/1001 on 30: frame n lies n x 33.366... us later against the grid; the 1000th is a whole
// slot late, its slot repeats: 1 repeat every 1001 slots, 1000 frames in each.
TEST(Timeline10FrameRetimer, A2997FeedOnA30GridRepeatsOnceEvery1001Slots) {
  Stream stream(30);
  stream.frames(test::kStartOf2026, rate(30'000, 1001), 10'001);
  std::vector<size_t> repeats;
  for (size_t i = 0; i < stream.out_.size(); ++i)
    if (stream.out_[i].picture == SlotPicture::kRepeat) repeats.push_back(i);
  ASSERT_EQ(repeats.size(), 9u);
  EXPECT_EQ(repeats.front(), 1001u);  // frame 1000 sits exactly a slot off and is still shown
  for (size_t i = 1; i < repeats.size(); ++i)
    EXPECT_EQ(repeats[i] - repeats[i - 1], 1001u);
  EXPECT_EQ(stream.counts().dropped, 0u);
}

// 59.94 on 60 likewise; 29.97 on 25 drops, 25 on 30 repeats every sixth, 50 and 60 halve.
TEST(Timeline10FrameRetimer, AnyRateComesOutAtTheGridsRate) {
  struct Row {
    int64_t numerator, denominator;
    int grid;
    double repeats_a_second, drops_a_second;
  };
  const double f2997 = 30'000.0 / 1001, f5994 = 60'000.0 / 1001;
  for (const Row& row :
       {Row{25, 1, 25, 0, 0}, Row{25, 1, 30, 5, 0}, Row{25, 1, 50, 25, 0}, Row{25, 1, 60, 35, 0},
        Row{30, 1, 25, 0, 5}, Row{30, 1, 60, 30, 0}, Row{50, 1, 25, 0, 25}, Row{50, 1, 30, 0, 20},
        Row{50, 1, 60, 10, 0}, Row{60, 1, 30, 0, 30}, Row{60, 1, 25, 0, 35}, Row{60, 1, 50, 0, 10},
        Row{24, 1, 25, 1, 0}, Row{15, 1, 30, 15, 0}, Row{30'000, 1001, 30, 30 - f2997, 0},
        Row{30'000, 1001, 25, 0, f2997 - 25}, Row{30'000, 1001, 60, 60 - f2997, 0},
        Row{60'000, 1001, 60, 60 - f5994, 0}, Row{60'000, 1001, 30, 0, f5994 - 30}}) {
    for (const Flicks jitter : {Flicks(0), floor_flicks(microseconds(600))}) {
      for (const int64_t phase : {0, 1, 2, 3, 5, 7}) {
        SCOPED_TRACE(testing::Message() << row.numerator << "/" << row.denominator << " on "
                                        << row.grid << " phase " << phase << "/8");
        Stream stream(row.grid);
        const int64_t seconds_long = 300;
        const Flicks interval = rate(row.numerator, row.denominator);
        stream.frames(test::kStartOf2026 + phase * stream.grid_.slot_duration() / 8, interval,
                      seconds_long * row.numerator / row.denominator, jitter);
        EXPECT_NEAR(static_cast<double>(stream.counts().repeated),
                    row.repeats_a_second * seconds_long, 4);
        EXPECT_NEAR(static_cast<double>(stream.counts().dropped), row.drops_a_second * seconds_long,
                    4);
        EXPECT_EQ(stream.counts().late, 0u);
        // Slot against frame: a whole slot with hysteresis, else the nearest one.
        const double frames_a_slot =
            static_cast<double>(row.numerator) / static_cast<double>(row.denominator * row.grid);
        const double whole = std::max(1.0, std::round(frames_a_slot));
        const bool keeps_phase = std::abs(1 - whole / frames_a_slot) < 0.02;
        const Flicks slot = stream.grid_.slot_duration();
        const Flicks bound =
            (keeps_phase ? slot : std::max(slot, interval) / 2) + slot / 50 + 2 * jitter;
        const auto [least, most] = stream.errors(40);
        EXPECT_LE(most, bound);
        EXPECT_GE(least, -bound);
      }
    }
  }
}

// A feed whose phase lies on the edge between two slots, with times in whole milliseconds.
TEST(Timeline10FrameRetimer, JitterAtHalfASlotFlipsNothing) {
  for (const int fps : {25, 30, 50, 60}) {
    Stream stream(fps);
    const Flicks slot = stream.grid_.slot_duration();
    const MediaTime edge = test::kStartOf2026 + slot / 2;
    stream.frames(edge, slot, 32, milliseconds(2));  // until the feed's rate is known
    EXPECT_LE(stream.counts().repeated, 2u);
    EXPECT_LE(stream.counts().dropped, 2u);
    const FrameRetimerCounts before = stream.counts();
    stream.frames(edge + 32 * slot, slot, 5000, milliseconds(2));
    EXPECT_EQ(stream.counts().repeated, before.repeated);
    EXPECT_EQ(stream.counts().dropped, before.dropped);
    EXPECT_EQ(stream.counts().shown, before.shown + 5000);
  }
}

// Half a frame of rounding and half a frame of hysteresis: a phase that wanders by less than that
// costs nothing at all.
TEST(Timeline10FrameRetimer, AWanderingPhaseCostsNothing) {
  Stream stream(30);
  const Flicks slot = stream.grid_.slot_duration();
  for (int64_t i = 0; i < 20'000; ++i) {
    const int64_t swing = std::abs((i + 1000) % 4000 - 2000) - 1000;  // from 0, -1000..1000
    stream.frame(test::kStartOf2026 + i * slot + slot * swing * 9 / 10'000);
  }
  EXPECT_LE(stream.counts().repeated, 1u);
  EXPECT_LE(stream.counts().dropped, 1u);
}

TEST(Timeline10FrameRetimer, ALateFrameIsRepeatedForAtItsDeadline) {
  Stream stream(25);
  stream.frames(test::kStartOf2026, rate(25), 10);
  const MediaTime slot10 = test::kStartOf2026 + milliseconds(400);
  stream.advance(slot10 + milliseconds(79));
  EXPECT_EQ(stream.out_.size(), 10u);
  stream.advance(slot10 + milliseconds(80));  // 60 ms and half of 40
  ASSERT_EQ(stream.out_.size(), 11u);
  EXPECT_EQ(stream.out_.back().picture, SlotPicture::kRepeat);
  EXPECT_EQ(stream.out_.back().token, 10u);
}

TEST(Timeline10FrameRetimer, AfterAStallTheFeedIsAtThePresentAgain) {
  Stream stream(30);
  stream.frames(test::kStartOf2026, rate(30), 60);
  // Frames 60..74 are held up for up to 500 ms, all arrive with frame 75.
  const MediaTime burst = test::kStartOf2026 + 75 * rate(30);
  for (int64_t i = 60; i <= 75; ++i)
    stream.frame(test::kStartOf2026 + i * rate(30), burst);
  const size_t after = stream.out_.size();
  stream.frames(test::kStartOf2026 + 76 * rate(30), rate(30), 100);
  for (size_t i = after; i < stream.out_.size(); ++i) {
    ASSERT_EQ(stream.out_[i].picture, SlotPicture::kFrame);
    ASSERT_EQ(stream.out_at_[i], stream.out_[i].time);
  }
}

// A way that has become 200 ms longer: until the feed's clock has taken it in, the newest picture
// is shown at each deadline; nothing freezes.
TEST(Timeline10FrameRetimer, FramesThatAreAlwaysLateAreShownAllTheSame) {
  Stream stream(30);
  stream.frames(test::kStartOf2026, rate(30), 60);
  for (int64_t i = 60; i < 120; ++i)
    stream.frame(test::kStartOf2026 + i * rate(30),
                 test::kStartOf2026 + i * rate(30) + milliseconds(200));
  EXPECT_GE(stream.counts().late, 55u);
  EXPECT_LE(stream.counts().repeated, 6u);
  EXPECT_LE(stream.counts().dropped, 2u);
}

TEST(Timeline10FrameRetimer, WithoutAFeedSlotsComeOutEmpty) {
  Stream stream(30);
  stream.advance(test::kStartOf2026 + seconds(1));
  EXPECT_EQ(stream.counts().empty, 28u);  // slots whose time is 76.67 ms ago: 0..27
  EXPECT_EQ(stream.out_.back().picture, SlotPicture::kNone);
  // The first frame is shown in the slot of its time, after the slots before it.
  stream.frame(test::kStartOf2026 + seconds(1));
  EXPECT_EQ(stream.out_.back().picture, SlotPicture::kFrame);
  EXPECT_EQ(stream.out_.back().time, test::kStartOf2026 + seconds(1));
}

TEST(Timeline10FrameRetimer, AFeedIsLostAfter500Milliseconds) {
  Stream stream(50);
  stream.frames(test::kStartOf2026, rate(50), 50);  // the last at 980 ms
  stream.advance(test::kStartOf2026 + seconds(3));
  size_t empty_from = 0;
  for (size_t i = 0; i < stream.out_.size() && empty_from == 0; ++i)
    if (stream.out_[i].picture == SlotPicture::kNone) empty_from = i;
  EXPECT_EQ(stream.out_at_.at(empty_from),
            test::kStartOf2026 + milliseconds(1490));  // slot 71: 1420 + 70
  EXPECT_EQ(empty_from, 71u);
  EXPECT_EQ(stream.counts().repeated, 21u);
}

// A screen on which nothing moves, as a browser sends it.
TEST(Timeline10FrameRetimer, WhileItsSoundGoesOnAPictureStandsFor2500Milliseconds) {
  Stream stream(50);
  stream.frames(test::kStartOf2026, rate(50), 50);  // the last at 980 ms
  for (int ms = 1000; ms <= 6000; ms += 20) {
    stream.advance(test::kStartOf2026 + milliseconds(ms));
    stream.retimer_.heard(test::kStartOf2026 + milliseconds(ms));
    if (ms % 1000 == 0 && ms < 3000)
      stream.frame(test::kStartOf2026 + milliseconds(ms), test::kStartOf2026 + milliseconds(ms));
  }
  size_t empty_from = 0;
  for (size_t i = 0; i < stream.out_.size() && empty_from == 0; ++i)
    if (stream.out_[i].picture == SlotPicture::kNone) empty_from = i;
  ASSERT_GT(empty_from, 0U);
  EXPECT_GE(stream.out_at_.at(empty_from), test::kStartOf2026 + milliseconds(4500));
  EXPECT_LE(stream.out_at_.at(empty_from), test::kStartOf2026 + milliseconds(4540));
}

TEST(FrameRetimer, RefusesFramesFromFarAhead) {
  Stream stream(30);
  stream.frames(test::kStartOf2026, rate(30), 30);
  stream.frame(test::kStartOf2026 + seconds(10), test::kStartOf2026 + seconds(1));
  EXPECT_EQ(stream.counts().dropped, 1u);
  EXPECT_EQ(stream.retimer_.next_slot(), stream.grid_.slot_at(test::kStartOf2026) + 30);
}

TEST(FrameRetimer, PendingFramesAreBounded) {
  FrameRetimer retimer(FrameGrid(60), test::kStartOf2026, {.max_early = seconds(10)});
  constexpr FrameToken kPushed = FrameRetimer::kMaxPending + 4;
  FrameToken taken = 0;
  for (FrameToken i = 1; i <= kPushed; ++i)
    taken += retimer.push(i, test::kStartOf2026 + static_cast<int64_t>(i - 1) * rate(60),
                          test::kStartOf2026);
  EXPECT_EQ(taken, FrameRetimer::kMaxPending);
  EXPECT_EQ(retimer.counts().dropped, 4U);
}

// A feed's sound may come so much later than its pictures (FeedClock::kMaxTracksApart).
TEST(FrameRetimer, PicturesThatWaitForTheirSoundAreAllShown) {
  FrameRetimer retimer(FrameGrid(60), test::kStartOf2026);
  uint64_t shown = 0;
  for (FrameToken i = 1; i <= 300; ++i) {
    const MediaTime now = test::kStartOf2026 + static_cast<int64_t>(i - 1) * rate(60);
    EXPECT_TRUE(retimer.push(i, now + seconds(1), now)) << i;
    while (const auto slot = retimer.poll(now))
      shown += slot->picture == SlotPicture::kFrame;
  }
  EXPECT_EQ(retimer.counts().dropped, 0U);
  EXPECT_GE(shown, 300U - 61U);
}

// As when a feed that lagged catches up, or its sound falls behind its pictures.
TEST(FrameRetimer, AFeedThatIsSuddenlyEarlyIsNotPutOutInOneBurst) {
  for (const int fps : {25, 60}) {
    SCOPED_TRACE(fps);
    Stream stream(fps);
    MediaTime now = test::kStartOf2026;
    const auto play = [&](int64_t count, Flicks early) {
      for (int64_t i = 0; i < count; ++i, now += rate(fps))
        stream.frame(now + early, now);
    };
    play(fps, Flicks(0));
    const size_t on_time = stream.out_.size();
    play(10 * fps, seconds(1));
    stream.advance(now + seconds(2));
    EXPECT_EQ(stream.counts().dropped, 0U);
    // It has crept to where the feed is.
    const auto early = [&](size_t i) { return stream.out_[i].time - stream.out_at_[i]; };
    EXPECT_LT(early(on_time - 1), milliseconds(20));
    EXPECT_GT(early(on_time + static_cast<size_t>(9 * fps)), milliseconds(900));
    size_t at_once = 1;
    for (size_t i = 1; i < stream.out_at_.size(); ++i) {
      at_once = stream.out_at_[i] == stream.out_at_[i - 1] ? at_once + 1 : 1;
      ASSERT_LE(at_once, static_cast<size_t>(FrameRetimer::kAtOnce)) << i;
    }
  }
}

// Any feed, however wild: consecutive slots, in time, newer pictures only (Stream checks), and each
// frame is shown or dropped.
TEST(FrameRetimer, AnyFeedGivesConsecutiveSlotsInTime) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Stream stream(std::array{25, 30, 50, 60}[random() % 4],
                  test::kStartOf2026 + Flicks(static_cast<int64_t>(random() % 100'000'000)));
    MediaTime now = test::kStartOf2026;
    uint64_t pushed = 0;
    Flicks bias{0};
    for (int i = 0; i < 2000; ++i) {
      if (random() % 100 == 0) bias = milliseconds(static_cast<int64_t>(random() % 1500) - 700);
      if (random() % 200 == 0) now += milliseconds(random() % 3000);
      if (random() % 300 == 0) stream.retimer_.forget_cadence();
      now += floor_flicks(microseconds(random() % 50'000));
      stream.frame(now + bias + floor_flicks(microseconds(random() % 5000)), now);
      ++pushed;
      if (HasFatalFailure()) return;
    }
    stream.advance(now + seconds(3));  // what still waits
    const FrameRetimerCounts& counts = stream.counts();
    ASSERT_EQ(pushed, counts.shown + counts.dropped);
    ASSERT_EQ(counts.shown + counts.repeated + counts.empty, stream.out_.size());
  }
}

}  // namespace
}  // namespace longmen

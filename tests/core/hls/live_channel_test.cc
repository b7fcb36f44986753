#include "core/hls/live_channel.h"

#include <gtest/gtest.h>

#include <random>

#include "core/time/generation_time.h"
#include "tests/core/hls/made_up_channel.h"

namespace longmen::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::kN0;
using test::kStartOf2026;

constexpr Generation kSlate{4711};
constexpr Flicks kLateness = milliseconds(80);

Generation started_at(MediaTime time) {
  return generation_started_at(time, 7);
}

// One gateway: units arrive kLateness after their time; between them its timer runs.
class Gateway {
 public:
  explicit Gateway(MediaTime now, bool with_slate = true,
                   const Channel& of = test::made_up_channel())
      : now_(now), channel(of, milliseconds(200), now) {
    if (with_slate) channel.set_slate(test::made_up_slate(kSlate), now);
  }

  void announce(Generation generation) {
    channel.handle_announcement(test::announcement_of(generation), now_);
    drain();
  }
  void close() {
    channel.handle_link_closed(now_);
    drain();
  }
  void run_until(MediaTime time) {
    while (channel.next_timeout() <= time) {
      now_ = std::max(now_, channel.next_timeout());
      channel.handle_timeout(now_);
      drain();
      ASSERT_GT(channel.next_timeout(), now_);
    }
    now_ = std::max(now_, time);
  }
  // What starts in [from, until) of what the streamer makes, except for some.
  template <class Keep>
  void play(const std::vector<MediaUnit>& units, MediaTime from, MediaTime until, Keep keep) {
    for (const MediaUnit& unit : units) {
      if (unit.time < from || unit.time >= until || !keep(unit)) continue;
      run_until(unit.time + kLateness);
      last = channel.handle_unit(unit, now_);
      drain();
    }
  }
  void play(const std::vector<MediaUnit>& units, MediaTime from, MediaTime until) {
    play(units, from, until, [](const MediaUnit&) { return true; });
  }
  // All at once, as a streamer sends what it has kept.
  void resend(const std::vector<MediaUnit>& units, MediaTime from, MediaTime until) {
    for (const MediaUnit& unit : units)
      if (unit.time >= from && unit.time < until) (void)channel.handle_unit(unit, now_);
    drain();
  }

  const RenditionWindow& window(size_t rendition = 0) const {
    return channel.renditions()[rendition].window;
  }
  // "live live slate", of the segments from `first` on; a segment with a gap has "!".
  std::string story(size_t rendition = 0) const {
    std::string words;
    for (const WindowSegment& segment : window(rendition).segments()) {
      words += words.empty() ? "" : " ";
      words += segment.generation == kSlate         ? "slate"
               : segment.generation == Generation{} ? "none"
                                                    : "live";
      if (segment.has_gap()) words += '!';
      if (segment.discontinuity) words += '/';
    }
    return words;
  }

  MediaTime now_;
  LiveChannel channel;
  Parsed<void> last;
  std::map<size_t, std::vector<LiveChannel::Published>> published;

 private:
  void drain() {
    while (const auto one = channel.poll_published()) {
      auto& of = published[one->rendition];
      if (!of.empty()) {
        ASSERT_EQ(one->number, channel.grid().next(of.back().number));
      }
      of.push_back(*one);
    }
  }
};

TEST(LiveChannel, TwoLanguagesAreTwoRenditionsAndASlatesSoundStandsForBoth) {
  const Generation live = started_at(kStartOf2026 + seconds(2));
  const auto units =
      test::with_second_sound(test::programme(live, kStartOf2026 + seconds(2), seconds(2)));
  Gateway gateway(kStartOf2026, true, test::made_up_channel_of_two());
  gateway.run_until(kStartOf2026 + milliseconds(1900));
  gateway.announce(live);
  gateway.play(units, kStartOf2026, kStartOf2026 + seconds(4));
  gateway.close();
  gateway.run_until(kStartOf2026 + seconds(6));
  ASSERT_EQ(gateway.channel.renditions().size(), 4u);
  EXPECT_EQ(gateway.channel.renditions()[3].id, aac_rendition(1));
  EXPECT_NE(gateway.story(2).find("live live"), std::string::npos) << gateway.story(2);
  EXPECT_NE(gateway.story(2).find("slate"), std::string::npos) << gateway.story(2);
  EXPECT_EQ(gateway.story(2).find('!'), std::string::npos) << gateway.story(2);
  EXPECT_EQ(gateway.story(3), gateway.story(2));
  const RenditionWindow& first = gateway.window(2);
  const RenditionWindow& second = gateway.window(3);
  EXPECT_NE(first.init()->name, second.init()->name) << "they say their languages";
  EXPECT_EQ(as_text(*first.segments().front().parts.front().bytes),
            as_text(*second.segments().front().parts.front().bytes));
}

TEST(LiveChannel, PublishesPartsAsTheyBecomeWhole) {
  const Generation live = started_at(kStartOf2026);
  const auto units = test::programme(live, kStartOf2026, seconds(3));
  Gateway gateway(kStartOf2026);
  gateway.announce(live);
  gateway.play(units, kStartOf2026, kStartOf2026 + milliseconds(2200));
  EXPECT_EQ(gateway.story(), "live live live");
  for (size_t rendition = 0; rendition < 3; ++rendition) {
    EXPECT_EQ(gateway.window(rendition).segments().front().media_sequence, kN0);
    EXPECT_GE(gateway.window(rendition).last(), (HlsNumber{kN0 + 1, 4}));
  }
  // Part 2.0's last frame starts at 2.167 s and is there 80 ms later.
  EXPECT_EQ(gateway.window().last(), (HlsNumber{kN0 + 2, 0}));
}

TEST(LiveChannel, AnIdleChannelPlaysItsSlateInTime) {
  Gateway gateway(kStartOf2026);
  gateway.run_until(kStartOf2026 + milliseconds(4200));
  // Live is waited for at first; then there is the segment of that moment.
  EXPECT_EQ(gateway.window().segments().front().media_sequence, kN0 + 1);
  EXPECT_EQ(gateway.story(), "slate slate slate slate");
  for (size_t rendition = 0; rendition < 3; ++rendition)
    EXPECT_EQ(gateway.window(rendition).last(), (HlsNumber{kN0 + 4, 0}));
}

TEST(LiveChannel, AMissingUnitIsAGapAtItsDeadlineAndStaysOne) {
  const Generation live = started_at(kStartOf2026);
  const auto units = test::programme(live, kStartOf2026, seconds(5));
  Gateway gateway(kStartOf2026);
  gateway.announce(live);
  const MediaTime lost =
      FrameGrid(30).time_of(FrameGrid(30).slot_at(kStartOf2026) + 38);  // of part 1.1
  gateway.play(units, kStartOf2026, kStartOf2026 + milliseconds(1700), [&](const MediaUnit& unit) {
    return unit.time != lost || unit.rendition != RenditionId{0};
  });
  // Its end is 1.4 s, the deadline 1.9 s. Others go on.
  EXPECT_EQ(gateway.window(0).last(), (HlsNumber{kN0 + 1, 0}));
  EXPECT_EQ(gateway.window(1).last(), (HlsNumber{kN0 + 1, 2}));
  gateway.run_until(kStartOf2026 + milliseconds(1899));
  EXPECT_EQ(gateway.window(0).last(), (HlsNumber{kN0 + 1, 0}));
  gateway.run_until(kStartOf2026 + milliseconds(1900));
  EXPECT_EQ(gateway.window(0).last(), (HlsNumber{kN0 + 1, 2}));
  EXPECT_EQ(gateway.story(0), "live live!");
  EXPECT_EQ(gateway.story(1), "live live");
  gateway.play(units, kStartOf2026 + milliseconds(1700), kStartOf2026 + seconds(5));
  EXPECT_EQ(gateway.story(0), "live live! live live live");
}

TEST(LiveChannel, WhoComesAfterTheDeadlineIsLate) {
  const Generation live = started_at(kStartOf2026);
  const auto units = test::programme(live, kStartOf2026, seconds(3));
  Gateway gateway(kStartOf2026);
  gateway.announce(live);
  gateway.play(units, kStartOf2026, kStartOf2026 + milliseconds(1300));
  gateway.run_until(kStartOf2026 + milliseconds(2450));  // parts up to 1.8 s are due
  EXPECT_TRUE(gateway.story().find('!') != std::string::npos);
  bool stale = false;
  for (const MediaUnit& unit : units) {
    if (unit.time < kStartOf2026 + milliseconds(1300)) continue;
    const auto taken = gateway.channel.handle_unit(unit, gateway.now_);
    stale |= !taken && taken.error() == DropReason::kStale;
  }
  EXPECT_TRUE(stale);
  EXPECT_EQ(gateway.story(), "live live! live");
}

// docs/TIMELINE.md §12.
TEST(LiveChannel, AStreamerThatIsStartedAgainComesBackWhereASegmentBegins) {
  const Generation first = started_at(kStartOf2026);
  const auto units = test::programme(first, kStartOf2026, seconds(11));
  Gateway gateway(kStartOf2026);
  gateway.announce(first);
  gateway.play(units, kStartOf2026, kStartOf2026 + milliseconds(10'000) - kLateness);
  gateway.close();  // at 10 s
  gateway.run_until(kStartOf2026 + milliseconds(11'700));
  const MediaTime started = kStartOf2026 + milliseconds(11'234);
  const Generation second = started_at(started);
  EXPECT_EQ(second.value, 115'816'897'657'831'431);
  gateway.announce(second);
  gateway.play(test::programme(second, started, seconds(4)), started,
               kStartOf2026 + milliseconds(14'500));
  // The last frames before the end are missing in 9; the slate has 10 and 11; live is back in 12.
  EXPECT_EQ(gateway.story(),
            "live live live live live live live live live live! slate slate live live live");
  for (size_t rendition = 0; rendition < 3; ++rendition) {
    const auto& segments = gateway.window(rendition).segments();
    EXPECT_EQ(segments[12].generation, second);
    EXPECT_EQ(segments[12].media_sequence, kN0 + 12);
  }
  EXPECT_EQ(gateway.channel.next_generation(gateway.channel.renditions()[0]), second);
}

TEST(LiveChannel, AStreamerThatIsSilentGivesWayToTheSlate) {
  const Generation live = started_at(kStartOf2026);
  Gateway gateway(kStartOf2026);
  gateway.announce(live);
  gateway.play(test::programme(live, kStartOf2026, seconds(2)), kStartOf2026,
               kStartOf2026 + milliseconds(2000));
  // It is waited for each time: segment 3 is decided at 3.7 s.
  gateway.run_until(kStartOf2026 + milliseconds(4300));
  EXPECT_EQ(gateway.story(), "live live slate slate");
}

TEST(LiveChannel, WithoutASlateThereAreGaps) {
  const Generation live = started_at(kStartOf2026);
  Gateway gateway(kStartOf2026, false);
  gateway.run_until(kStartOf2026 + seconds(5));
  EXPECT_TRUE(gateway.window().empty());
  gateway.announce(live);
  gateway.resend(test::programme(live, kStartOf2026 + seconds(5), seconds(1)), kStartOf2026,
                 kStartOf2026 + seconds(9));
  gateway.run_until(kStartOf2026 + seconds(6));
  gateway.close();
  gateway.run_until(kStartOf2026 + milliseconds(9400));
  EXPECT_EQ(gateway.story(), "live none! none! none!");
}

TEST(LiveChannel, OtherInitSegmentsAreADiscontinuityInEveryRendition) {
  const Generation first = started_at(kStartOf2026);
  Gateway gateway(kStartOf2026);
  gateway.announce(first);
  gateway.play(test::programme(first, kStartOf2026, seconds(2)), kStartOf2026,
               kStartOf2026 + milliseconds(2000));
  const MediaTime started = kStartOf2026 + milliseconds(1990);
  const Generation second = started_at(started);
  gateway.announce(second);
  // The lower rung's parameter sets are others.
  auto units = test::programme(second, kStartOf2026 + seconds(2), seconds(2));
  for (MediaUnit& unit : units) {
    if (unit.rendition != RenditionId{1}) continue;
    const MediaPacket& sets = unit.packets.front();
    if (unit.keyframe) unit.payloads[sets.offset + sets.payload_bytes - 1] ^= 2;
  }
  gateway.play(units, kStartOf2026, kStartOf2026 + milliseconds(3900));
  for (size_t rendition = 0; rendition < 3; ++rendition)
    EXPECT_EQ(gateway.story(rendition).substr(0, 15), "live live live/") << rendition;
}

TEST(LiveChannel, AGatewayThatIsStartedAgainHasTheSameBytes) {
  const Generation live = started_at(kStartOf2026);
  const auto units = test::programme(live, kStartOf2026, seconds(12));
  Gateway one(kStartOf2026);
  one.announce(live);
  one.play(units, kStartOf2026, kStartOf2026 + milliseconds(11'900));

  Gateway other(kStartOf2026 + milliseconds(6'500));
  other.announce(live);
  other.resend(units, kStartOf2026 + seconds(4), kStartOf2026 + milliseconds(6'420));
  other.play(units, kStartOf2026 + milliseconds(6'420), kStartOf2026 + milliseconds(11'900));
  EXPECT_EQ(other.window().segments().front().media_sequence, kN0 + 4);
  for (size_t rendition = 0; rendition < 3; ++rendition) {
    EXPECT_EQ(one.window(rendition).last(), other.window(rendition).last());
    for (const WindowSegment& segment : other.window(rendition).segments()) {
      const WindowSegment* same = one.window(rendition).find(segment.media_sequence);
      ASSERT_TRUE(same);
      ASSERT_EQ(same->parts.size(), segment.parts.size());
      ASSERT_EQ(same->init->bytes, segment.init->bytes);
      for (size_t part = 0; part < segment.parts.size(); ++part) {
        ASSERT_TRUE(segment.parts[part].bytes);
        ASSERT_EQ(as_text(*same->parts[part].bytes), as_text(*segment.parts[part].bytes));
      }
    }
  }
}

TEST(LiveChannel, TheSlateIsTheSameOnEveryNode) {
  Gateway one(kStartOf2026 + milliseconds(100)), other(kStartOf2026 + seconds(3));
  one.run_until(kStartOf2026 + seconds(20));
  other.run_until(kStartOf2026 + seconds(20));
  for (size_t rendition = 0; rendition < 3; ++rendition) {
    const auto& segments = other.window(rendition).segments();
    ASSERT_GE(segments.size(), 15U);
    for (const WindowSegment& segment : segments) {
      const WindowSegment* same = one.window(rendition).find(segment.media_sequence);
      ASSERT_TRUE(same);
      for (size_t part = 0; part < segment.parts.size(); ++part)
        ASSERT_EQ(as_text(*same->parts[part].bytes), as_text(*segment.parts[part].bytes));
    }
  }
}

TEST(LiveChannel, AProcessThatWasStoppedBeginsAnew) {
  Gateway gateway(kStartOf2026);
  gateway.run_until(kStartOf2026 + seconds(5));
  gateway.channel.handle_timeout(kStartOf2026 + std::chrono::hours(24));
  EXPECT_TRUE(gateway.window().empty());
  gateway.channel.handle_timeout(kStartOf2026 + std::chrono::hours(24) + milliseconds(200));
  ASSERT_FALSE(gateway.window().empty());
  EXPECT_EQ(gateway.window().segments().size(), 1U);
  EXPECT_EQ(gateway.window().segments().front().media_sequence, kN0 + 86'400);
}

TEST(LiveChannel, AnOrderedSlateComesWhereASegmentBeginsAndTakesNothingBack) {
  const Generation live = started_at(test::kStartOf2026);
  const auto units = test::programme(live, test::kStartOf2026, seconds(9));
  Gateway gateway(test::kStartOf2026);
  gateway.announce(live);
  gateway.play(units, test::kStartOf2026, test::kStartOf2026 + milliseconds(2500));
  gateway.channel.set_air({AirRule::kSlate, {}}, gateway.now_);
  gateway.play(units, test::kStartOf2026 + milliseconds(2500),
               test::kStartOf2026 + milliseconds(4700));
  EXPECT_EQ(gateway.story(), "live live live! slate slate");
  const MediaTime undone = gateway.now_;  // in 4
  gateway.channel.set_air({AirRule::kFeed, undone}, undone);
  gateway.play(units, test::kStartOf2026 + milliseconds(4700),
               test::kStartOf2026 + milliseconds(7000));
  EXPECT_EQ(gateway.story(), "live live live! slate slate live live");
  EXPECT_EQ(gateway.window().segments()[5].generation, live);
}

TEST(LiveChannel, ACutTakesBackWhatWasPublishedBefore) {
  const Generation live = started_at(test::kStartOf2026);
  const auto units = test::programme(live, test::kStartOf2026, seconds(9));
  Gateway gateway(test::kStartOf2026);
  gateway.announce(live);
  gateway.play(units, test::kStartOf2026, test::kStartOf2026 + milliseconds(3500));
  const HlsNumber newest = gateway.window().last();
  const uint64_t version = gateway.window().version();
  gateway.channel.set_air({AirRule::kCut, gateway.now_}, gateway.now_);
  for (size_t rendition = 0; rendition < 3; ++rendition) {
    const auto& window = gateway.window(rendition);
    ASSERT_EQ(window.segments().size(), 1U);
    for (int part = 0; part < 5; ++part) {
      EXPECT_FALSE(window.find_part(live, {kN0 + 3, part}));
      EXPECT_TRUE(window.is_taken_back({kN0 + 2, part}));
    }
    EXPECT_FALSE(window.find(kN0 + 2));
  }
  EXPECT_GT(gateway.window().version(), version) << "playlists that were written are no good";
  EXPECT_TRUE(gateway.window().is_taken_back(newest));
  gateway.play(units, test::kStartOf2026 + milliseconds(3500),
               test::kStartOf2026 + milliseconds(5900));
  EXPECT_EQ(gateway.story(), "live! slate slate");
  EXPECT_FALSE(gateway.window().is_taken_back({kN0 + 4, 0}));

  // A gateway that is started again after the cut is over gets what the streamer has kept.
  Gateway other(test::kStartOf2026 + milliseconds(5900));
  other.channel.set_air({AirRule::kFeed, test::kStartOf2026 + milliseconds(5500)}, other.now_);
  other.announce(live);
  other.resend(units, test::kStartOf2026, test::kStartOf2026 + milliseconds(5820));
  other.play(units, test::kStartOf2026 + milliseconds(5820),
             test::kStartOf2026 + milliseconds(7500));
  EXPECT_EQ(other.window().segments().front().media_sequence, kN0 + 6);
  EXPECT_EQ(other.story(), "live live");
}

TEST(LiveChannel, UnitsOfNoGenerationAreRefused) {
  Gateway gateway(kStartOf2026);
  const auto units = test::programme(started_at(kStartOf2026), kStartOf2026, seconds(1));
  EXPECT_EQ(gateway.channel.handle_unit(units[0], kStartOf2026).error(), DropReason::kWrongState);
  gateway.announce(Generation{1ULL << 40});
  EXPECT_EQ(gateway.channel.handle_unit(units[0], kStartOf2026).error(), DropReason::kWrongState);
}

// Whatever is lost, and whenever streamers come and go: numbers go on, all renditions change
// generation together, and nothing waits for longer than the deadline.
TEST(LiveChannel, PublishesEveryNumberInTimeWhateverHappens) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    Gateway gateway(kStartOf2026);
    MediaTime time = kStartOf2026;
    while (time < kStartOf2026 + seconds(20)) {
      const Generation live = started_at(time);
      const Flicks length = milliseconds(200 + random() % 5000);
      gateway.announce(live);
      gateway.play(test::programme(live, time, length), time, time + length,
                   [&](const MediaUnit&) { return random() % 60 != 0; });
      if (random() % 2) gateway.close();
      time += length + Flicks(milliseconds(random() % 2500));
      gateway.run_until(time);
    }
    gateway.run_until(time + Flicks(seconds(3)));
    const HlsNumber due = gateway.channel.grid().number_at(time + Flicks(milliseconds(1999)));
    for (size_t rendition = 0; rendition < 3; ++rendition) {
      const auto& window = gateway.window(rendition);
      EXPECT_GE(gateway.channel.grid().next(window.last()), due) << seed;
      for (const WindowSegment& segment : window.segments()) {
        const WindowSegment* top = gateway.window(0).find(segment.media_sequence);
        if (!top) continue;
        ASSERT_EQ(segment.generation, top->generation) << seed;
        ASSERT_EQ(segment.discontinuity, top->discontinuity) << seed;
      }
    }
  }
}

// With a slate of its own on each occasion; their generations say which.
class Slates : public testing::Test {
 protected:
  Slates() : gateway_(kStartOf2026, false) {
    SlateSet slates;
    for (const SlateOccasion occasion : kSlateOccasions)
      slates[occasion] = test::made_up_slate(generation_of(occasion));
    gateway_.channel.set_slates(slates, kStartOf2026);
  }
  static Generation generation_of(SlateOccasion occasion) {
    return Generation{100 + static_cast<uint64_t>(occasion)};
  }
  void order(AirRule rule, const SlateMoment& moment) {
    air_ = followed_by(air_, rule, gateway_.now_);
    gateway_.channel.set_air(air_, moment, gateway_.now_);
  }
  std::string story(size_t rendition = 0) const {
    std::string words;
    for (const WindowSegment& segment : gateway_.window(rendition).segments()) {
      words += words.empty() ? "" : " ";
      if (segment.generation == Generation{})
        words += "none";
      else if (segment.generation > Generation{1000})
        words += "live";
      else
        words += name_of(static_cast<SlateOccasion>(segment.generation.value - 100));
      if (segment.has_gap()) words += '!';
      if (segment.discontinuity) words += '/';
    }
    return words;
  }

  Gateway gateway_;
  AirOrder air_;
};

TEST_F(Slates, AnotherOneFollowsWhereTheNextSegmentBegins) {
  gateway_.run_until(kStartOf2026 + milliseconds(3500));
  SlateMoment moment;
  moment.before_from = MediaTime::max();
  order(AirRule::kFeed, moment);
  gateway_.run_until(kStartOf2026 + milliseconds(5500));
  for (size_t rendition = 0; rendition < 3; ++rendition)
    EXPECT_EQ(story(rendition), "before before before after after")
        << "the same encoder's, so without a discontinuity; the segment that was begun is its own";
}

TEST_F(Slates, ACutShowsItsOwnFromTheNextSegmentOn) {
  SlateMoment moment;
  moment.break_ordered = true;
  order(AirRule::kSlate, moment);
  gateway_.run_until(kStartOf2026 + milliseconds(3500));
  EXPECT_TRUE(story().ends_with("break"));
  order(AirRule::kCut, moment);
  gateway_.run_until(kStartOf2026 + milliseconds(6100));
  EXPECT_TRUE(story().ends_with("cut cut")) << story();
  EXPECT_EQ(story().find("break break"), std::string::npos) << "what was before is taken back";
}

TEST_F(Slates, WhatIsHeldBeforeItAirsIsNoTrouble) {
  order(AirRule::kSlate, {});
  gateway_.run_until(kStartOf2026 + milliseconds(1100));
  SlateMoment live;
  live.session_live = true;
  air_ = followed_by(air_, AirRule::kFeed, gateway_.now_);
  air_.hidden_before = kStartOf2026 + milliseconds(4000);
  gateway_.channel.set_air(air_, live, gateway_.now_);
  gateway_.run_until(kStartOf2026 + milliseconds(6600));
  EXPECT_EQ(story(), "before before before trouble trouble trouble");
}

TEST_F(Slates, WhatFollowsAStreamerThatDiesIsTheOneForTrouble) {
  const Generation live = started_at(kStartOf2026);
  const auto units = test::programme(live, kStartOf2026, seconds(3));
  gateway_.announce(live);
  gateway_.play(units, kStartOf2026, kStartOf2026 + milliseconds(2000));
  gateway_.close();
  gateway_.run_until(kStartOf2026 + milliseconds(5100));
  EXPECT_EQ(story(), "live live trouble trouble trouble");
  gateway_.run_until(kStartOf2026 + Flicks(kTroubleLasts) + seconds(4));
  EXPECT_TRUE(story().ends_with("trouble before before")) << story();
}

}  // namespace
}  // namespace longmen::hls

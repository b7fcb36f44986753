#include "relay/channel_source.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/media_programme.h"

namespace longmen {
namespace {

using test::kLive;
using test::kSlate;
using test::MediaProgramme;
using namespace std::chrono_literals;

class ChannelSourceTest : public testing::Test {
 protected:
  ChannelSourceTest() { source_.set_slate(slate(), media()); }

  static std::shared_ptr<const Slate> slate() {
    return Slate::parse(MediaProgramme::slate_file(kSlate, 2)).value();
  }
  MediaTime media() const { return start_ + Flicks(std::chrono::duration_cast<Flicks>(elapsed_)); }
  Monotonic mono() const { return Monotonic(1000s) + elapsed_; }

  // Lets time pass in steps of 5 ms; live comes 40 ms late when it is on.
  void run(std::chrono::milliseconds time) {
    for (std::chrono::milliseconds passed = 0ms; passed < time; passed += 5ms) {
      elapsed_ += 5ms;
      if (live_until_) {
        const MediaTime until = media() - Flicks(40ms);
        for (auto& unit : live_.units(*live_until_, until))
          if (!mute_ || *mute_ != unit->rendition) source_.handle_unit(unit, mono(), media());
        live_until_ = until;
      }
      source_.handle_timeout(mono(), media());
      collect();
    }
  }
  void collect() {
    while (auto output = source_.poll_output()) {
      EXPECT_EQ(output->on_air->generation, output->unit->generation);
      got_.push_back(*output);
    }
  }
  void start_live() {
    source_.handle_announcement(live_.announcement());
    live_until_ = media() - Flicks(40ms);
  }
  size_t count(Generation generation, RenditionId rendition) const {
    return static_cast<size_t>(std::ranges::count_if(got_, [&](const auto& output) {
      return output.unit->generation == generation && output.unit->rendition == rendition;
    }));
  }

  ChannelSource source_;
  MediaProgramme live_{kLive, 2};
  std::optional<MediaTime> live_until_;
  std::optional<RenditionId> mute_;
  std::chrono::nanoseconds elapsed_{0};
  MediaTime start_{Flicks(1704067205s) + Flicks(300ms)};
  std::vector<ChannelSource::Output> got_;
};

TEST_F(ChannelSourceTest, IdleChannelPlaysItsSlateFromAKeyframeOn) {
  collect();
  ASSERT_FALSE(got_.empty());
  EXPECT_TRUE(got_.front().unit->keyframe);
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
  const size_t backlog = got_.size();
  ASSERT_TRUE(source_.slate_due());
  EXPECT_GT(*source_.slate_due(), media());
  EXPECT_LT(*source_.slate_due(), media() + Flicks(40ms));
  run(2000ms);
  // 2 s of two rungs at 30 fps and sound at 50 a second.
  EXPECT_NEAR(static_cast<double>(got_.size() - backlog), 2 * (2 * 30 + 50), 4);
}

TEST_F(ChannelSourceTest, LiveComesOnAirAtItsOwnKeyframeWithAllRungs) {
  start_live();
  run(500ms);  // 0.3 s .. 0.8 s: no keyframe yet
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
  EXPECT_EQ(count(kLive, RenditionId{0}), 0u);
  run(300ms);
  EXPECT_EQ(source_.source(), OnAirSource::kLive);
  EXPECT_EQ(source_.generation(), kLive);
  const auto first = std::ranges::find_if(
      got_, [](const auto& output) { return output.unit->generation == kLive; });
  ASSERT_NE(first, got_.end());
  EXPECT_TRUE(first->unit->keyframe);
  // Nothing of the slate after that.
  const size_t slate_frames = count(kSlate, RenditionId{0});
  run(1000ms);
  EXPECT_EQ(count(kSlate, RenditionId{0}), slate_frames);
  EXPECT_FALSE(source_.slate_due());
}

TEST_F(ChannelSourceTest, ARungWithoutAKeyframeKeepsTheSlateOnAir) {
  start_live();
  mute_ = RenditionId{1};
  run(3000ms);
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
  mute_.reset();
  run(1000ms);
  EXPECT_EQ(source_.source(), OnAirSource::kLive);
  // What waited and became old is not shown.
  const auto first = std::ranges::find_if(
      got_, [](const auto& output) { return output.unit->generation == kLive; });
  EXPECT_GT(first->unit->time, media() - Flicks(1100ms));
}

TEST_F(ChannelSourceTest, ClosedLinkMeansSlateAtOnce) {
  start_live();
  run(2000ms);
  ASSERT_EQ(source_.source(), OnAirSource::kLive);
  live_until_.reset();
  got_.clear();
  source_.handle_link_closed(media());
  collect();
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
  ASSERT_FALSE(got_.empty());
  EXPECT_TRUE(got_.front().unit->keyframe);
  // Up to now, as late as live was.
  EXPECT_LE(got_.back().unit->time, media() - Flicks(30ms));
  EXPECT_GE(got_.back().unit->time, media() - Flicks(80ms));
}

TEST_F(ChannelSourceTest, SilenceOfSixHundredMillisecondsMeansSlate) {
  start_live();
  run(2000ms);
  ASSERT_EQ(source_.source(), OnAirSource::kLive);
  const auto resume = live_until_;
  live_until_.reset();
  run(560ms);
  EXPECT_EQ(source_.source(), OnAirSource::kLive);
  run(100ms);
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
  // The streamer goes on (it was stopped): back at its next keyframe, in the same generation.
  live_until_ = resume;
  run(1100ms);
  EXPECT_EQ(source_.source(), OnAirSource::kLive);
}

TEST_F(ChannelSourceTest, AnOrderHoldsLiveBackAtOnce) {
  for (const AirRule rule : {AirRule::kSlate, AirRule::kCut}) {
    if (!live_until_) start_live();
    run(2000ms);
    ASSERT_EQ(source_.source(), OnAirSource::kLive);
    got_.clear();
    source_.set_air(followed_by(source_.air(), rule, media()), media());
    collect();
    EXPECT_EQ(source_.source(), OnAirSource::kSlate);
    ASSERT_FALSE(got_.empty());
    EXPECT_TRUE(got_.front().unit->keyframe);
    EXPECT_EQ(got_.front().unit->generation, kSlate);
    run(3000ms);
    EXPECT_EQ(count(kLive, RenditionId{0}), 0u) << "live comes in, and is held back";

    const MediaTime undone = media();
    source_.set_air(followed_by(source_.air(), AirRule::kFeed, undone), undone);
    got_.clear();
    run(1100ms);
    EXPECT_EQ(source_.source(), OnAirSource::kLive);
    const auto first = std::ranges::find_if(
        got_, [](const auto& output) { return output.unit->generation == kLive; });
    ASSERT_NE(first, got_.end());
    EXPECT_GE(first->unit->time, undone) << "nothing of what was held back";
    EXPECT_TRUE(first->unit->keyframe);
  }
}

TEST_F(ChannelSourceTest, ARelayThatIsStartedAgainShowsNothingFromBeforeTheOrderEnded) {
  source_.set_air({AirRule::kFeed, media()}, media());
  const MediaTime ended = media();
  source_.handle_announcement(live_.announcement());
  for (auto& unit : live_.units(media() - Flicks(2s), media()))  // as a streamer has kept them
    source_.handle_unit(unit, mono(), media());
  collect();
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
  live_until_ = media();
  run(1100ms);
  EXPECT_EQ(source_.source(), OnAirSource::kLive);
  for (const auto& output : got_) {
    EXPECT_TRUE(output.unit->generation != kLive || output.unit->time >= ended);
  }
}

TEST_F(ChannelSourceTest, OldPicturesDoNotComeOnAir) {
  source_.handle_announcement(live_.announcement());
  for (auto& unit : live_.units(media() - Flicks(10s), media() - Flicks(5s)))
    source_.handle_unit(unit, mono(), media());
  collect();
  EXPECT_EQ(source_.source(), OnAirSource::kSlate);
}

TEST_F(ChannelSourceTest, UnitsThatWereNotAnnouncedAreRefused) {
  MediaProgramme other(Generation{5}, 1);
  source_.handle_unit(other.frame(RenditionId{0}, media(), true), mono(), media());
  EXPECT_EQ(source_.refused_units(), 1u);
  source_.handle_announcement(live_.announcement());
  source_.handle_unit(live_.frame(RenditionId{7}, media(), true), mono(), media());
  EXPECT_EQ(source_.refused_units(), 2u);
  source_.handle_unit(live_.frame(kAacRendition, media(), true), mono(), media());
  EXPECT_EQ(source_.refused_units(), 2u);
}

TEST_F(ChannelSourceTest, WithoutSlateThereIsNothingUntilLive) {
  ChannelSource bare;
  EXPECT_EQ(bare.source(), OnAirSource::kNone);
  bare.handle_timeout(mono(), media());
  EXPECT_FALSE(bare.poll_output());
  bare.handle_announcement(live_.announcement());
  for (auto& unit : live_.units(MediaTime(1704067205s), media()))
    bare.handle_unit(unit, mono(), media());
  EXPECT_EQ(bare.source(), OnAirSource::kLive);
  bare.handle_link_closed(media());
  EXPECT_EQ(bare.source(), OnAirSource::kNone);
  bare.set_slate(slate(), media());
  EXPECT_EQ(bare.source(), OnAirSource::kSlate);
}

TEST_F(ChannelSourceTest, AStoppedRelayDoesNotPlayWhatItMissed) {
  run(100ms);
  got_.clear();
  elapsed_ += 60s;
  source_.handle_timeout(mono(), media());
  collect();
  EXPECT_LT(got_.size(), 200u);
  EXPECT_GT(got_.front().unit->time, media() - Flicks(1100ms));
}

std::shared_ptr<const Slate> slate_of(uint64_t generation) {
  return Slate::parse(MediaProgramme::slate_file(Generation{generation}, 2)).value();
}

class ChannelSourceSlates : public ChannelSourceTest {
 protected:
  ChannelSourceSlates() {
    for (const SlateOccasion occasion : kSlateOccasions)
      slates_[occasion] = slate_of(100 + static_cast<uint64_t>(occasion));
    source_.set_slates(slates_, media());
    collect();
  }
  SlateOccasion shown() const {
    return static_cast<SlateOccasion>(source_.generation().value - 100);
  }
  void order(AirRule rule, const SlateMoment& moment) {
    air_ = followed_by(air_, rule, media());
    source_.set_air(air_, moment, media());
    collect();
  }
  // Whether since then something else than that was given out.
  bool only(SlateOccasion occasion) const {
    return std::ranges::all_of(got_, [&](const auto& output) {
      return output.unit->generation == slates_[occasion]->announcement().generation;
    });
  }

  SlateSet slates_;
  AirOrder air_;
};

TEST_F(ChannelSourceSlates, EachOccasionHasItsOwn) {
  EXPECT_EQ(shown(), SlateOccasion::kBefore);
  SlateMoment live;
  live.session_live = true;
  order(AirRule::kFeed, live);
  EXPECT_EQ(shown(), SlateOccasion::kTrouble);
  live.break_ordered = true;
  order(AirRule::kSlate, live);
  EXPECT_EQ(shown(), SlateOccasion::kBreak);
  got_.clear();
  order(AirRule::kCut, live);
  EXPECT_EQ(shown(), SlateOccasion::kCut);
  ASSERT_FALSE(got_.empty());
  EXPECT_TRUE(got_.front().unit->keyframe) << "in the same call";
  run(500ms);
  EXPECT_TRUE(only(SlateOccasion::kCut));
}

TEST_F(ChannelSourceSlates, AfterGivesWayToBeforeWhenItIsTime) {
  SlateMoment moment;
  moment.before_from = media() + Flicks(300ms);
  order(AirRule::kFeed, moment);
  EXPECT_EQ(shown(), SlateOccasion::kAfter);
  run(290ms);
  EXPECT_EQ(shown(), SlateOccasion::kAfter);
  run(50ms);
  EXPECT_EQ(shown(), SlateOccasion::kBefore);
}

TEST_F(ChannelSourceSlates, AStreamerThatDiesLeavesTheOneForTrouble) {
  start_live();
  run(2000ms);
  ASSERT_EQ(source_.source(), OnAirSource::kLive);
  live_until_.reset();
  got_.clear();
  source_.handle_link_closed(media());
  collect();
  EXPECT_EQ(shown(), SlateOccasion::kTrouble);
  ASSERT_FALSE(got_.empty());
  EXPECT_TRUE(only(SlateOccasion::kTrouble));
}

TEST_F(ChannelSourceSlates, ABreakEndsWithTheFeedAndNothingBetween) {
  SlateMoment live;
  live.session_live = live.break_ordered = true;
  start_live();
  run(2000ms);
  order(AirRule::kSlate, live);
  run(300ms);
  ASSERT_EQ(shown(), SlateOccasion::kBreak);
  got_.clear();
  live.break_ordered = false;
  order(AirRule::kFeed, live);
  while (source_.source() == OnAirSource::kSlate)
    run(5ms);
  EXPECT_EQ(source_.generation(), kLive);
  EXPECT_TRUE(std::ranges::none_of(got_, [&](const auto& output) {
    return output.unit->generation == slates_[SlateOccasion::kTrouble]->announcement().generation;
  })) << "the slate for trouble is not seen while the feed's keyframe is awaited";
}

TEST_F(ChannelSourceSlates, AFeedThatDoesNotComeAfterABreakIsTrouble) {
  SlateMoment live;
  live.session_live = live.break_ordered = true;
  start_live();
  run(2000ms);
  order(AirRule::kSlate, live);
  live_until_.reset();
  live.break_ordered = false;
  order(AirRule::kFeed, live);
  EXPECT_EQ(shown(), SlateOccasion::kBreak);
  run(2100ms);
  EXPECT_EQ(shown(), SlateOccasion::kTrouble);
}

TEST_F(ChannelSourceSlates, WhatIsHeldBeforeItAirsIsNoTrouble) {
  order(AirRule::kSlate, {});
  ASSERT_EQ(shown(), SlateOccasion::kBefore);
  SlateMoment live;
  live.session_live = true;
  air_ = followed_by(air_, AirRule::kFeed, media());
  air_.hidden_before = media() + Flicks(3s);
  source_.set_air(air_, live, media());
  collect();
  run(2900ms);
  EXPECT_EQ(shown(), SlateOccasion::kBefore);
  run(2200ms);
  EXPECT_EQ(shown(), SlateOccasion::kTrouble) << "nothing came when it was to be on air";
}

TEST_F(ChannelSourceSlates, TheSameOneGoesOnWhenTheOccasionChanges) {
  source_.set_slate(slate_of(500), media());
  run(100ms);
  got_.clear();
  SlateMoment moment;
  moment.before_from = MediaTime::max();
  order(AirRule::kFeed, moment);
  EXPECT_TRUE(got_.empty()) << "nothing begins anew";
}

}  // namespace
}  // namespace longmen

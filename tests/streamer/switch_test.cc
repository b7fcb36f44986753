// A programme with two feeds, in real time: what a viewer sees when the primary goes, is black,
// stands still or is silent, when it comes back, and when an operator switches a hundred times.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "tests/streamer/broadcast.h"
#include "tests/streamer/decoded_output.h"

namespace longmen {
namespace {

using namespace test;

constexpr RenditionId kTopOfTwo{0};
constexpr auto kFirstInput = ChannelInput::kPrimary, kSecondInput = ChannelInput::kBackup;

// A feed's units from one instant of its own time to another, and its end then; `later` on the way.
struct Part {
  ChannelInput input;
  const RecordedFeed* feed;
  Flicks later{0};
  Flicks from{0};
  Flicks until = 1h;
};
struct Action {
  Flicks at;
  std::function<void()> act;
};

void play_parts(Broadcast& on, const std::vector<Part>& parts, std::vector<Action> actions = {}) {
  for (const Part& part : parts) {
    actions.push_back({part.from + part.later, [&on, &part] {
                         for (const FeedTrack& track : part.feed->tracks)
                           on.send(track, part.input);
                       }});
    if (part.until < Flicks(1h))
      actions.push_back({part.until + part.later, [&on, &part] { on.send_end(part.input); }});
    for (const FeedUnit& unit : part.feed->units) {
      if (unit.dts < part.from || unit.dts >= part.until) continue;
      actions.push_back({unit.dts + part.later, [&on, &part, &unit] {
                           FeedUnit sent = unit;
                           sent.arrival = std::chrono::steady_clock::now();
                           on.send(sent, part.input);
                         }});
    }
  }
  std::ranges::stable_sort(actions, {}, &Action::at);
  const Monotonic start = std::chrono::steady_clock::now();
  for (const Action& action : actions) {
    on.wait_until(start + floor_nanoseconds(action.at));
    action.act();
  }
}

// The first try on a calm machine, or the third.
template <class Play>
std::unique_ptr<Broadcast> broadcast_both(const FailoverRules& rules, Play play) {
  Channel channel = small_channel();
  channel.failover = rules;
  return broadcast(channel, play);
}

FailoverRules quick_rules() {
  FailoverRules rules;
  rules.of(Condition::kBlack).after = 500ms;
  rules.of(Condition::kFrozen).after = 600ms;
  rules.of(Condition::kSilent).after = 1500ms;
  rules.of(Condition::kErrors).after = 1s;
  rules.return_after = 1s;
  return rules;
}

void expect_one_programme(Broadcast& on) {
  const auto units = on.units(kTopOfTwo);
  ASSERT_FALSE(units.empty());
  const FrameGrid grid(on.channel().frames_per_second);
  for (size_t i = 1; i < units.size(); ++i) {
    EXPECT_EQ(units[i].generation, units[0].generation);
    EXPECT_GE(grid.slot_at(units[i].time), grid.slot_at(units[i - 1].time) + 1);
    EXPECT_EQ(units[i].first_sequence, units[i - 1].first_sequence + units[i - 1].packets.size());
  }
  const auto sounds = on.units(kOpusRendition);
  for (size_t i = 1; i < sounds.size(); ++i) {
    EXPECT_EQ(sounds[i].time,
              kOpusGrid.time_of(kOpusGrid.frame_at(sounds[0].time) + static_cast<int64_t>(i)));
  }
}

std::string story_of(const std::vector<SwitchReport>& switches) {
  std::string story;
  for (const SwitchReport& report : switches) {
    story += story.empty() ? "" : ", ";
    story += std::string(name_of(report.what.to)) + " " + std::string(report.what.why);
  }
  return story;
}

// How far what is shown in each slot is from what one encoder's pictures would be without a switch:
// the greatest step of (counter - slot) between neighbours, after `from`.
int64_t greatest_step(const std::vector<DecodedPicture>& pictures, MediaTime from) {
  const FrameGrid grid(30);
  int64_t greatest = 0;
  std::optional<int64_t> before;
  for (const DecodedPicture& picture : pictures) {
    if (!picture.marker || picture.time < from) continue;
    const auto counter = static_cast<int64_t>(picture.marker->counter);
    const int64_t off = counter - grid.slot_at(picture.time);
    if (before) greatest = std::max(greatest, std::abs(off - *before));
    before = off;
  }
  return greatest;
}

// Of the sound's beeps against the picture's markers, in seconds, after `from`.
double sound_behind_picture(Broadcast& on, MediaTime from) {
  const auto in_seconds = [](Flicks time) { return std::chrono::duration<double>(time).count(); };
  std::vector<double> offsets;
  for (const DecodedPicture& picture : decode_pictures(on.units(kTopOfTwo))) {
    if (!picture.marker || picture.time < from) continue;
    offsets.push_back(in_seconds(picture.time.time_since_epoch()) -
                      static_cast<double>(picture.marker->epoch_ms) / 1000);
  }
  std::ranges::sort(offsets);
  const double picture = offsets.at(offsets.size() / 2);
  double sound = 0;
  size_t count = 0;
  for (const MediaTime beep : decode_sound(on.units(kOpusRendition)).beeps()) {
    if (beep < from) continue;
    const double offset = in_seconds(beep.time_since_epoch()) - picture;
    sound += offset - std::round(offset);
    ++count;
  }
  EXPECT_GT(count, 0u);
  return sound / static_cast<double>(count);
}

RecordedFeed with_timestamps_from(RecordedFeed feed, Flicks begin) {
  for (FeedUnit& unit : feed.units) {
    unit.dts += begin;
    unit.pts += begin;
  }
  return feed;
}

// Of the primary, and of the backup that comes 200 ms later, with timestamps of its own perhaps.
void expect_same_frame_both_ways(const RecordedFeed& feed, Flicks timestamps_begin) {
  const RecordedFeed second = with_timestamps_from(feed, timestamps_begin);
  FailoverRules rules = quick_rules();
  rules.return_after = 2s;  // time to see that both are one encoder's, on a busy machine, too
  const auto on_air = broadcast_both(rules, [&](Broadcast& on) {
    play_parts(on, {{kSecondInput, &second, 200ms - timestamps_begin, timestamps_begin, 1h},
                    {kFirstInput, &feed, 0ms, 0ms, 4s},  // beyond InputChoice's beginning
                    {kFirstInput, &feed, 0ms, 4500ms, 1h}});
  });
  Broadcast& on = *on_air;
  expect_one_programme(on);
  const auto switches = on.switches();
  EXPECT_EQ(story_of(switches), "primary recovered, backup no_data, primary return");
  ASSERT_EQ(switches.size(), 3u);
  if (!on.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  for (size_t i = 1; i < switches.size(); ++i) {
    ASSERT_TRUE(switches[i].jump_slots) << i << ": both have a common time";
    EXPECT_LE(std::abs(*switches[i].jump_slots), 3);
    EXPECT_LE(switches[i].stood_slots.value_or(99), 6);
  }
  // What was put off once, when the inputs were lined up, is left out.
  const MediaTime from = switches.at(1).at - 500ms;
  EXPECT_LE(greatest_step(decode_pictures(on.units(kTopOfTwo)), from), 3);
  EXPECT_NEAR(sound_behind_picture(on, from), 0, 0.5 / 30 + 0.004);
  EXPECT_EQ(on.metrics().slate.Value(), 0) << "never the slate";
  ::testing::Test::RecordProperty("jump_to_backup",
                                  static_cast<int>(switches[1].jump_slots.value_or(99)));
  ::testing::Test::RecordProperty("jump_back",
                                  static_cast<int>(switches[2].jump_slots.value_or(99)));
}

TEST(Switch, WithOneEncodersTimestampsItIsOnTheSameFrame) {
  FeedRecipe recipe;
  recipe.seconds = 8;
  expect_same_frame_both_ways(record(recipe), Flicks(0));
}

TEST(Switch, WithACommonTimecodeItIsOnTheSameFrame) {
  FeedRecipe recipe;
  recipe.seconds = 8;
  recipe.timecode = true;
  expect_same_frame_both_ways(record(recipe), 1407ms);
}

// Two encoders that know nothing of each other, of one desk: the backup's pictures come 400 ms
// later.
TEST(Switch, WithACommonSoundTheJumpIsMeasured) {
  FeedRecipe recipe;
  recipe.seconds = 13;
  recipe.talk = true;
  const RecordedFeed primary = record(recipe);
  const RecordedFeed backup = with_timestamps_from(primary, 1407ms);
  const auto on_air = broadcast_both(quick_rules(), [&](Broadcast& on) {
    play_parts(on, {{kSecondInput, &backup, 400ms - 1407ms, 1407ms, 1h},
                    {kFirstInput, &primary, 0ms, 0ms, 10s}});
  });
  Broadcast& on = *on_air;
  expect_one_programme(on);
  if (!on.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  const auto switches = on.switches();
  ASSERT_FALSE(switches.empty());
  const SwitchReport& last = switches.back();
  ASSERT_EQ(last.what.to, Shown::kBackup) << story_of(switches);
  ASSERT_TRUE(last.jump_slots);
  EXPECT_EQ(last.jump_by, InCommon::kSound);
  EXPECT_NEAR(static_cast<double>(*last.jump_slots), -12, 1) << "it has repeated";
  EXPECT_NEAR(
      static_cast<double>(greatest_step(decode_pictures(on.units(kTopOfTwo)), last.at - 1s)), 12,
      2);
}

struct Fault {
  const char* name;
  double FeedRecipe::*from;  // null: pictures come damaged
  double second;
};
void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}
class SwitchOfFault : public testing::TestWithParam<Fault> {};

// Of six pictures one.
void damage(RecordedFeed& feed, Flicks from) {
  size_t number = 0;
  for (FeedUnit& unit : feed.units) {
    if (!is_video(unit.codec) || unit.dts < from || ++number % 6 != 0) continue;
    for (size_t i = unit.data.size() / 3; i < unit.data.size() * 2 / 3; ++i)
      unit.data[i] ^= 0xA5;
  }
}

TEST_P(SwitchOfFault, LeadsToTheBackup) {
  FeedRecipe bad, good;
  bad.seconds = good.seconds = GetParam().from ? 3 : 4;
  if (GetParam().from) bad.*GetParam().from = GetParam().second;
  good.first_counter = 100'000;
  RecordedFeed primary = record(bad);
  const RecordedFeed backup = record(good);
  if (!GetParam().from)
    damage(primary, std::chrono::round<Flicks>(std::chrono::duration<double>(GetParam().second)));
  const auto on_air = broadcast_both(quick_rules(), [&](Broadcast& on) {
    play_parts(on, {{kSecondInput, &backup, 0ms, 0ms, 1h}, {kFirstInput, &primary, 0ms, 0ms, 1h}});
  });
  Broadcast& on = *on_air;
  expect_one_programme(on);
  if (!on.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  const auto switches = on.switches();
  ASSERT_GE(switches.size(), 2u);  // and one more when the backup's first picture was earlier
  const SwitchReport& last = switches.back();
  EXPECT_EQ(last.what.to, Shown::kBackup) << story_of(switches);
  EXPECT_EQ(last.what.why, GetParam().name);
  EXPECT_FALSE(last.jump_slots) << "they are not of one encoder";
  EXPECT_LE(last.stood_slots.value_or(99), 3);
  std::set<std::string> shown;
  for (const DecodedPicture& picture : decode_pictures(on.units(kTopOfTwo))) {
    if (picture.time < last.at + 100ms) continue;
    shown.insert(!picture.marker                      ? "none"
                 : picture.marker->counter >= 100'000 ? "backup"
                                                      : "primary");
  }
  EXPECT_EQ(shown, std::set<std::string>{"backup"});
}

INSTANTIATE_TEST_SUITE_P(Faults, SwitchOfFault,
                         testing::Values(Fault{"black", &FeedRecipe::black_from, 1.2},
                                         Fault{"frozen", &FeedRecipe::still_from, 1.2},
                                         Fault{"silent", &FeedRecipe::silent_from, 0.5},
                                         Fault{"errors", nullptr, 1}),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(Switch, BlackWithoutABackupIsTheSlate) {
  FeedRecipe recipe;
  recipe.seconds = 2.5;
  recipe.black_from = 1;
  const RecordedFeed feed = record(recipe);
  const auto on_air = broadcast_both(quick_rules(), [&](Broadcast& on) { on.play(feed); });
  Broadcast& on = *on_air;
  expect_one_programme(on);
  if (!on.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  EXPECT_EQ(story_of(on.switches()), "primary recovered, slate black");
  EXPECT_GT(on.metrics().slate.Value(), 15);
  EXPECT_GT(decode_pictures(on.units(kTopOfTwo)).back().middle_luma, 20) << "the slate is no black";
  EXPECT_GE(decode_sound(on.units(kOpusRendition)).beeps().size(), 2u) << "the sound goes on";
}

TEST(Switch, AHundredOrdersLeaveNoTrace) {
  FeedRecipe recipe;
  recipe.seconds = 7;
  const RecordedFeed feed = record(recipe);
  const auto on_air = broadcast_both(quick_rules(), [&](Broadcast& on) {
    std::vector<Action> orders;
    for (int i = 0; i < 100; ++i) {
      orders.push_back({Flicks(1200ms) + i * Flicks(50ms), [&on, i] {
                          on.programme().set_failover(quick_rules(),
                                                      i % 2 ? kFirstInput : kSecondInput);
                        }});
    }
    play_parts(on, {{kSecondInput, &feed, 30ms, 0ms, 1h}, {kFirstInput, &feed, 0ms, 0ms, 1h}},
               orders);
  });
  Broadcast& on = *on_air;
  expect_one_programme(on);
  if (!on.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  const auto switches = on.switches();
  EXPECT_EQ(switches.size(), 101u);
  const MediaTime from = switches.at(1).at;
  EXPECT_LE(greatest_step(decode_pictures(on.units(kTopOfTwo)), from), 3);
  EXPECT_NEAR(sound_behind_picture(on, from), 0, 0.5 / 30 + 0.004) << "no drift";
}

}  // namespace
}  // namespace longmen

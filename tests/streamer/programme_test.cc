// Whole programmes in real time: a feed made by FFmpeg goes in, and what a viewer would decode is
// looked at.
#include "streamer/programme.h"

#include <gtest/gtest.h>
#include <numbers>

#include <algorithm>
#include <set>

#include "core/time/generation_time.h"
#include "tests/streamer/broadcast.h"
#include "tests/streamer/decoded_output.h"

namespace longmen {
namespace {

using namespace test;

constexpr RenditionId kTop{0}, kLow{1};

double seconds(Flicks flicks) {
  return std::chrono::duration<double>(flicks).count();
}

// Slots are consecutive but for those that the encoders were too slow for.
void expect_consecutive(const std::vector<MediaUnit>& units, Broadcast& broadcast) {
  const FrameGrid grid(broadcast.channel().frames_per_second);
  ASSERT_FALSE(units.empty());
  uint64_t holes = 0;
  for (size_t i = 1; i < units.size(); ++i) {
    EXPECT_EQ(grid.time_of(grid.slot_at(units[i].time)), units[i].time);
    const int64_t step = grid.slot_at(units[i].time) - grid.slot_at(units[i - 1].time);
    ASSERT_GE(step, 1);
    holes += static_cast<uint64_t>(step - 1);
    EXPECT_EQ(units[i].first_sequence, units[i - 1].first_sequence + units[i - 1].packets.size());
  }
  EXPECT_EQ(static_cast<double>(holes), broadcast.metrics().dropped.Value());
}

void expect_gapless(const std::vector<MediaUnit>& units, const AudioGrid& grid) {
  ASSERT_FALSE(units.empty());
  for (size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(units[i].time, grid.time_of(grid.frame_at(units[0].time) + static_cast<int64_t>(i)));
  }
}

struct Seen {
  std::vector<DecodedPicture> pictures;  // those with a marker
  size_t repeats = 0;
  size_t slates = 0;
};
Seen look_at(const std::vector<DecodedPicture>& pictures) {
  Seen seen;
  std::optional<uint64_t> before;
  for (const DecodedPicture& picture : pictures) {
    if (!picture.marker) {
      ++seen.slates;
      continue;
    }
    if (before) {
      EXPECT_GE(picture.marker->counter, *before) << "never backwards";
      if (picture.marker->counter == *before) ++seen.repeats;
    }
    before = picture.marker->counter;
    seen.pictures.push_back(picture);
  }
  return seen;
}

// Mean of slot time minus the time in the marker, over pictures when they were new.
double video_offset(const Seen& seen) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 1; i < seen.pictures.size(); ++i) {
    if (seen.pictures[i].marker->counter == seen.pictures[i - 1].marker->counter) continue;
    sum += seconds(seen.pictures[i].time.time_since_epoch()) -
           static_cast<double>(seen.pictures[i].marker->epoch_ms) / 1000;
    ++count;
  }
  return sum / static_cast<double>(count);
}

// Of beeps that were sent at whole seconds of the same time.
double sound_offset(std::vector<MediaTime> beeps, double near) {
  if (beeps.size() > 2) beeps.erase(beeps.begin());  // perhaps cut: the decoder was starting
  double sum = 0;
  for (MediaTime beep : beeps) {
    const double offset = seconds(beep.time_since_epoch()) - near;
    sum += offset - std::round(offset);
  }
  return sum / static_cast<double>(beeps.size()) + near;
}

struct Case {
  const char* name;
  FeedRecipe recipe;
  int frames_per_second = 30;
  std::optional<double> target_lufs = std::nullopt;
};
void PrintTo(const Case& of, std::ostream* out) {
  *out << of.name;
}
class ProgrammeOfFeed : public testing::TestWithParam<Case> {};

TEST_P(ProgrammeOfFeed, CountersAdvanceAndTheBeepLandsAtItsSecond) {
  const Case& of = GetParam();
  Channel channel = small_channel(of.frames_per_second);
  channel.sound.target_lufs = of.target_lufs;
  const auto on_air = broadcast(channel, record(of.recipe));
  Broadcast& broadcast = *on_air;

  const auto top = broadcast.units(kTop), low = broadcast.units(kLow);
  expect_consecutive(top, broadcast);
  expect_consecutive(low, broadcast);
  expect_gapless(broadcast.units(kOpusRendition), kOpusGrid);
  expect_gapless(broadcast.units(kAacRendition), kAacGrid);

  const Seen seen = look_at(decode_pictures(top));
  const Seen small = look_at(decode_pictures(low));
  ASSERT_GT(seen.pictures.size(), 40U);
  // But for what was in the encoders when it ended, the lower rung shows the same.
  const size_t common = std::min(small.pictures.size(), seen.pictures.size());
  ASSERT_GT(common + 9, std::max(small.pictures.size(), seen.pictures.size()));
  for (size_t i = 0; i < common; ++i)
    ASSERT_EQ(small.pictures[i].marker, seen.pictures[i].marker);
  if (!broadcast.calm()) GTEST_SKIP() << "the machine is too busy for real time";

  // The feed's own rate over the whole stretch, whatever was repeated or left out on the way.
  const double feed_rate = static_cast<double>(of.recipe.rate) / of.recipe.rate_denominator;
  const auto& first = *std::ranges::find_if(seen.pictures, [&](const DecodedPicture& picture) {
    return picture.time > seen.pictures.front().time + 300ms;
  });
  const auto& last =
      *std::ranges::find(seen.pictures, seen.pictures.back().marker, &DecodedPicture::marker);
  const double rate = static_cast<double>(last.marker->counter - first.marker->counter) /
                      seconds(last.time - first.time);
  EXPECT_NEAR(rate, feed_rate, feed_rate * 0.05);
  // A few slots may have been in the encoders when it ended.
  EXPECT_NEAR(static_cast<double>(seen.repeats), broadcast.metrics().repeated.Value(), 3);
  if (std::abs(feed_rate - of.frames_per_second) < 0.1) {
    const auto counted = std::ranges::count_if(seen.pictures, [&](const DecodedPicture& picture) {
      return &picture != &seen.pictures[0] &&
             picture.marker->counter == (&picture - 1)->marker->counter + 1;
    });
    EXPECT_GT(static_cast<double>(counted), 0.9 * static_cast<double>(last.marker->counter))
        << "one new picture a slot";
  }

  if (!of.recipe.audio) {
    EXPECT_TRUE(decode_sound(broadcast.units(kOpusRendition)).beeps().empty());
    return;
  }
  const double video = video_offset(seen);
  for (RenditionId rendition : {kOpusRendition, kAacRendition}) {
    const auto beeps = decode_sound(broadcast.units(rendition)).beeps();
    ASSERT_GE(beeps.size(), 2U);
    const double offset = sound_offset(beeps, video) - video;
    // A picture may be shown up to half a slot from its time.
    EXPECT_NEAR(offset, 0, 0.5 / of.frames_per_second + 0.004)
        << "rendition " << int{rendition.value};
    RecordProperty("av_offset_us_" + std::to_string(rendition.value),
                   static_cast<int>(offset * 1e6));
  }
}

FeedRecipe recipe(auto change) {
  FeedRecipe made;
  change(made);
  return made;
}

INSTANTIATE_TEST_SUITE_P(
    Feeds, ProgrammeOfFeed,
    testing::Values(
        Case{"f30", FeedRecipe{}}, Case{"f25", recipe([](auto& r) { r.rate = 25; })},
        Case{"f25on25", recipe([](auto& r) { r.rate = 25; }), 25},
        Case{"f2997", recipe([](auto& r) { r.rate = 30000, r.rate_denominator = 1001; })},
        Case{"f50", recipe([](auto& r) { r.rate = 50; })},
        Case{"f60", recipe([](auto& r) { r.rate = 60; })},
        Case{"f50on50", recipe([](auto& r) { r.rate = 50; }), 50},
        Case{"f60on60", recipe([](auto& r) { r.rate = 60; }), 60},
        Case{"bframes", recipe([](auto& r) {
               r.x264 = "-preset ultrafast -bf 3 -b_strategy 0 -x264-params b-pyramid=1 -g 30";
             })},
        Case{"slices", recipe([](auto& r) {
               r.x264 = "-preset ultrafast -tune zerolatency -x264-params slices=4 -g 30";
             })},
        Case{"odd", recipe([](auto& r) { r.width = 853, r.height = 479, r.pixels = "yuv444p"; })},
        Case{"tall", recipe([](auto& r) { r.width = 1366, r.height = 768; })},
        Case{"silent", recipe([](auto& r) { r.audio = false; })},
        // Levelled: what the limiter holds back is not put behind its picture.
        Case{"mono44levelled", recipe([](auto& r) { r.audio_rate = 44'100, r.audio_channels = 1; }),
             30, -23}),
    [](const auto& of) { return std::string(of.param.name); });

// What is held before it airs is on the grids of its airing from the start.
TEST(Programme, WhatAirsLaterHasTheTimesOfItsAiring) {
  constexpr auto kAhead = Flicks(4700ms);
  const RecordedFeed feed = record(recipe([](auto& r) { r.seconds = 1.6; }));
  Broadcast now, later(small_channel(), kAhead);
  const MediaTime began = now.clock().media_at(std::chrono::steady_clock::now());
  const auto made = [&](Broadcast& on) {
    on.play(feed);
    on.finish();
    return on.units(kTop);
  };
  const auto without = made(now), with = made(later);
  expect_consecutive(with, later);
  expect_gapless(later.units(kOpusRendition), kOpusGrid);
  expect_gapless(later.units(kAacRendition), kAacGrid);
  for (const MediaUnit& unit : with) {
    const bool starts_gop = GopGrid(FrameGrid(30), 1).starts_gop(FrameGrid(30).slot_at(unit.time));
    EXPECT_TRUE(unit.keyframe || !starts_gop);
  }
  const MediaTime ended = later.clock().media_at(std::chrono::steady_clock::now());
  EXPECT_GT(with.back().time, ended + kAhead - Flicks(2s)) << "not on air yet";
  EXPECT_LT(with.back().time, ended + kAhead);
  // Named by when it was begun: it may be followed by one that is held for less.
  EXPECT_LE(start_of(with.front().generation), ended);
  EXPECT_GE(start_of(with.front().generation), began - Flicks(1s));
  EXPECT_LT(without.back().time, ended);
}

TEST(Programme, AnOverlayIsLaidOverTheFeedWithoutABreakAndNeverOverTheSlate) {
  const RecordedFeed feed = record(recipe([](auto& r) { r.seconds = 1, r.audio = false; }));
  const std::vector<uint32_t> white(16 * 40, 0xFFFFFFFF);
  OverlayArt art;
  art.always.push_back(OverlayPatch::make(reinterpret_cast<const uint8_t*>(white.data()), 16, 40,
                                          64, 0, 160, 1, 640, 360));
  const auto on_air = broadcast(small_channel(), [&](Broadcast& on) {
    on.play(feed);
    on.programme().set_overlay(std::make_shared<const OverlayArt>(art));
    on.play(feed);
    on.send_end();
    on.wait_until(std::chrono::steady_clock::now() + 900ms);
  });
  const auto units = on_air->units(kTop);
  const auto pictures = decode_pictures(units);
  const auto covered = [](const DecodedPicture& picture) { return picture.left_luma > 215; };
  const auto first = std::ranges::find_if(pictures, covered);
  ASSERT_NE(first, pictures.end());
  EXPECT_GT(first - pictures.begin(), 10) << "nothing before it was set";
  for (auto picture = first; picture != pictures.end(); ++picture)
    EXPECT_EQ(covered(*picture), picture->marker.has_value()) << "the slate has no marker";
  EXPECT_FALSE(pictures.back().marker);
  for (const MediaUnit& unit : units)
    EXPECT_EQ(unit.generation, units.front().generation) << "no other encoder";
  EXPECT_GT(on_air->metrics().overlay_seconds.Value(), 0);
}

TEST(Programme, SoundWithoutPictureGoesWithTheSlate) {
  const auto on_air = broadcast(small_channel(), record(recipe([](auto& r) { r.video = false; })));
  Broadcast& broadcast = *on_air;
  const Seen seen = look_at(decode_pictures(broadcast.units(kTop)));
  EXPECT_TRUE(seen.pictures.empty());
  EXPECT_GT(seen.slates, 30U);
  const auto beeps = decode_sound(broadcast.units(kOpusRendition)).beeps();
  ASSERT_GE(beeps.size(), 2U);
  EXPECT_NEAR(seconds(beeps.back() - *(beeps.end() - 2)), 1.0, 0.003);
  EXPECT_EQ(broadcast.metrics().slate.Value(), broadcast.metrics().slots.Value());
}

// Of what was decoded, without its beginning: its peak, and its pitch by the median of the times
// from one rise through zero to the next. A busy machine tears holes into a sound; a median does
// not mind them.
struct Tone {
  double hertz = 0;
  float peak = 0;
};
Tone tone_of(const DecodedSound& sound) {
  Tone tone;
  std::vector<size_t> periods;
  size_t rise = 0;
  for (size_t i = 24'001; i < sound.left.size(); ++i) {
    tone.peak = std::max(tone.peak, std::abs(sound.left[i]));
    if (sound.left[i - 1] >= 0 || sound.left[i] < 0) continue;
    if (rise > 0) periods.push_back(i - rise);
    rise = i;
  }
  if (periods.empty()) return tone;
  const auto median = periods.begin() + static_cast<ptrdiff_t>(periods.size() / 2);
  std::ranges::nth_element(periods, median);
  tone.hertz = 48'000.0 / static_cast<double>(*median);
  return tone;
}

TEST(Programme, OfTwoLanguagesEachSideIsASoundOfItsOwn) {
  Channel channel = small_channel();
  channel.sound.languages = {{"zh", "普通话"}, {"ug", "ئۇيغۇرچە"}};
  channel.sound.mapping[ChannelInput::kPrimary] = SoundMapping::kLanguages;
  channel.sound.target_lufs = -24;
  const auto on_air = broadcast(channel, [](Broadcast& on) {
    const Monotonic start = std::chrono::steady_clock::now();
    on.programme().feed_has(ChannelInput::kPrimary, false);
    for (int chunk = 0; chunk < 400; ++chunk) {
      const Monotonic due = start + chunk * 20ms;
      on.wait_until(due);
      std::vector<float> samples;
      for (int i = 0; i < 960; ++i) {
        const double at = (chunk * 960 + i) * 2 * std::numbers::pi / 48'000;
        samples.push_back(static_cast<float>(0.05 * std::sin(600 * at)));
        samples.push_back(static_cast<float>(0.2 * std::sin(1500 * at)));
      }
      on.programme().sound(ChannelInput::kPrimary, std::move(samples), on.clock().media_at(due),
                           false);
    }
  });
  const auto announced = on_air->announcement();
  ASSERT_TRUE(announced);
  EXPECT_EQ(announced->renditions.size(), 2u + 4u);
  for (const bool opus : {true, false}) {
    const auto rendition = [&](size_t sound) {
      return opus ? opus_rendition(sound) : aac_rendition(sound);
    };
    const auto left = on_air->units(rendition(0)), right = on_air->units(rendition(1));
    expect_gapless(left, opus ? kOpusGrid : kAacGrid);
    expect_gapless(right, opus ? kOpusGrid : kAacGrid);
    EXPECT_EQ(left.front().time, right.front().time) << "on one grid";
    if (!on_air->calm()) continue;
    const Tone first = tone_of(decode_sound(left)), second = tone_of(decode_sound(right));
    EXPECT_NEAR(first.hertz, 600, 10);
    EXPECT_NEAR(second.hertz, 1500, 20);
    // 12 dB apart as they come; each is brought to the same loudness by itself.
    EXPECT_LT(second.peak, 3.0F * first.peak);
  }
  const ProgrammeState state = on_air->last_state();
  ASSERT_EQ(state.sounds.size(), 2u);
  EXPECT_NE(state.sounds[0].inputs[ChannelInput::kPrimary].gain_db,
            state.sounds[1].inputs[ChannelInput::kPrimary].gain_db);
}

TEST(Programme, ATrackThatComesLateIsInTime) {
  RecordedFeed feed = record(recipe([](auto& r) { r.seconds = 3.6; }));
  std::erase_if(feed.units, [](const FeedUnit& unit) {
    return !is_video(unit.codec) && unit.dts < Flicks(1500ms);
  });
  const auto on_air = broadcast(small_channel(), feed);
  Broadcast& broadcast = *on_air;
  if (!broadcast.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  const double video = video_offset(look_at(decode_pictures(broadcast.units(kTop))));
  const auto beeps = decode_sound(broadcast.units(kOpusRendition)).beeps();
  ASSERT_GE(beeps.size(), 2U);
  EXPECT_NEAR(sound_offset(beeps, video) - video, 0, 0.5 / 30 + 0.004);
}

TEST(Programme, SlateComesAndGoesInsideOneGeneration) {
  const RecordedFeed feed = record(recipe([](auto& r) { r.seconds = 1.2; }));
  const auto on_air = broadcast(small_channel(), [&](Broadcast& on) {
    on.play(feed);
    on.send_end();
    std::this_thread::sleep_for(1200ms);
    on.play(feed);  // its clock begins again
  });
  Broadcast& broadcast = *on_air;
  const auto units = broadcast.units(kTop);
  expect_consecutive(units, broadcast);
  for (const MediaUnit& unit : units)
    EXPECT_EQ(unit.generation, units.front().generation);
  std::string story;  // p: picture, s: slate
  for (const DecodedPicture& picture : decode_pictures(units)) {
    const char kind = picture.marker ? 'p' : 's';
    if (story.empty() || story.back() != kind) story += kind;
  }
  if (!broadcast.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  if (story.front() == 's') story.erase(0, 1);
  EXPECT_EQ(story, "psp");
  EXPECT_GT(broadcast.metrics().slate.Value(), 15);
  expect_gapless(broadcast.units(kOpusRendition), kOpusGrid);
}

TEST(Programme, RungsHaveKeyframesAtTheSameTimesAndAtEpochMultiples) {
  Broadcast broadcast;
  std::thread asking([&] {
    std::this_thread::sleep_for(1350ms);  // the media clock is at 0.73 s: in the midst of a GOP
    broadcast.programme().request_keyframe();
    std::this_thread::sleep_for(100ms);
    broadcast.programme().request_keyframe();  // too soon
  });
  broadcast.play(record(FeedRecipe{}));
  asking.join();
  broadcast.finish();
  // Where the machine is busy, the end meets one rung's last picture still in its encoder.
  const MediaTime end =
      std::min(broadcast.units(kTop).back().time, broadcast.units(kLow).back().time);
  const auto keyframes = [&](RenditionId rendition) {
    std::set<MediaTime> times;
    for (const MediaUnit& unit : broadcast.units(rendition)) {
      if (unit.keyframe && unit.time <= end) times.insert(unit.time);
    }
    return times;
  };
  const auto top = keyframes(kTop);
  EXPECT_EQ(top, keyframes(kLow));
  const auto units = broadcast.units(kTop);
  size_t forced = 0;
  for (MediaTime time : top) {
    const bool boundary = time.time_since_epoch() % Flicks(1s) == Flicks(0);
    if (!boundary && time != units.front().time) ++forced;
  }
  EXPECT_LE(forced, 1U);
  if (broadcast.calm()) {
    EXPECT_EQ(forced, 1U) << "though a GOP has just begun";
  }
  for (MediaTime time = std::chrono::ceil<std::chrono::seconds>(units.front().time); time <= end;
       time += 1s) {
    EXPECT_TRUE(top.contains(time)) << "a GOP begins at every epoch second";
  }
  EXPECT_TRUE(units.front().keyframe);
}

TEST(Programme, TheGenerationIsNamedByItsStartAndSaysWhatItHas) {
  Broadcast broadcast;
  const MediaTime before = broadcast.clock().media_at(std::chrono::steady_clock::now());
  broadcast.play(record(recipe([](auto& r) { r.seconds = 0.6; })));
  broadcast.finish();
  const auto announcement = broadcast.announcement();
  ASSERT_TRUE(announcement);
  EXPECT_EQ(node_tag_of(announcement->generation), 7);
  EXPECT_LT(std::chrono::abs(start_of(announcement->generation) - before), Flicks(2s));
  EXPECT_EQ(broadcast.units(kTop).front().generation, announcement->generation);
  ASSERT_EQ(announcement->renditions.size(), 4U);
  EXPECT_EQ(announcement->renditions[0].codec.substr(0, 9), "avc1.6400");
  EXPECT_EQ(announcement->renditions[1].width, 384);
  EXPECT_EQ(announcement->renditions[2].codec, "opus");
  EXPECT_EQ(announcement->renditions[3].codec, "mp4a.40.2");
  EXPECT_GT(broadcast.alive(), 3);
}

TEST(Programme, AReplayedGopShowsOnlyItsEnd) {
  RecordedFeed feed = record(recipe([](auto& r) {
    r.x264 = "-preset ultrafast -tune zerolatency -bf 0 -g 120";
    r.audio = false;
    r.seconds = 3.4;
  }));
  const auto on_air = broadcast(small_channel(), [&](Broadcast& on) {
    for (const FeedTrack& track : feed.tracks)
      on.send(track);
    // 2 s come at once, as they arrived at the node long ago; then the rest in real time.
    const Monotonic now = std::chrono::steady_clock::now();
    const Flicks cut = 2s;
    for (FeedUnit& unit : feed.units) {
      unit.arrival = now + floor_nanoseconds(unit.dts - cut);
      if (unit.dts > cut) on.wait_until(unit.arrival);
      on.send(unit);
    }
  });
  Broadcast& broadcast = *on_air;
  if (!broadcast.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  const Seen seen = look_at(decode_pictures(broadcast.units(kTop)));
  ASSERT_GT(seen.pictures.size(), 10U);
  size_t old = 0;
  for (const DecodedPicture& picture : seen.pictures) {
    if (picture.marker->counter < 50) ++old;
  }
  EXPECT_EQ(old, 0U) << "no fast-forward through what has passed";
  EXPECT_GE(seen.pictures.back().marker->counter, 95U);
}

TEST(Programme, AFourByThreePictureIsLetterboxed) {
  Broadcast broadcast;
  broadcast.play(record(recipe([](auto& r) { r.width = 480, r.height = 360, r.seconds = 1; })));
  broadcast.finish();
  const auto pictures = decode_pictures(broadcast.units(kTop));
  const auto& picture = pictures.at(pictures.size() / 2);
  EXPECT_EQ(picture.width, 640);
  EXPECT_LT(picture.left_luma, 30);
  EXPECT_GT(picture.middle_luma, 45);
}

TEST(Programme, AnotherConfigurationAndDamageAreSurvived) {
  const RecordedFeed wide = record(recipe([](auto& r) { r.seconds = 1; }));
  RecordedFeed other = record(recipe([](auto& r) { r.width = 1024, r.height = 576; }));
  for (size_t i = 0; i < other.units.size(); ++i) {  // in the first second
    FeedUnit& unit = other.units[i];
    if (unit.dts > Flicks(900ms) || i % 3 != 0) continue;
    for (size_t at = 8; at < unit.data.size(); at += 5)
      unit.data[at] = static_cast<uint8_t>(unit.data[at] * 7 + at);
  }
  const auto on_air = broadcast(small_channel(), [&](Broadcast& on) {
    on.play(wide);
    on.play(other);  // no end between them: tracks with another configuration
  });
  Broadcast& broadcast = *on_air;
  const auto units = broadcast.units(kTop);
  expect_consecutive(units, broadcast);
  uint64_t newest = 0;
  for (const DecodedPicture& picture : decode_pictures(units)) {
    if (picture.marker && picture.time > units.back().time - 600ms)
      newest = std::max(newest, picture.marker->counter);
  }
  if (!broadcast.calm()) GTEST_SKIP() << "the machine is too busy for real time";
  EXPECT_GT(newest, 70U) << "the picture is right again after the damage";
}

}  // namespace
}  // namespace longmen

// Feeds as they come on a bad day, each through a whole programme in real time: its grid has no
// hole, what is new is shown again when the day is better, and sound is with its picture.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/codec/h264.h"
#include "core/feed/decoding_times.h"
#include "core/mpegts/demuxer.h"
#include "core/time/frame_grid.h"
#include "streamer/programme.h"
#include "tests/streamer/broadcast.h"
#include "tests/streamer/decoded_output.h"

namespace longmen {
namespace {

using namespace test;

constexpr double kMostApartSeconds = 0.04;

double in_seconds(Flicks flicks) {
  return std::chrono::duration<double>(flicks).count();
}

// The recipe's programme as a transport stream of other codecs, taken apart as ingest does.
RecordedFeed record_otherwise(const FeedRecipe& recipe, const std::string& codecs) {
  const TemporaryFolder folder;
  const auto pictures = folder.path() / "pictures.yuv", stream = folder.path() / "feed.ts";
  write_pictures(recipe, pictures);
  const std::string command = fmt::format(
      "ffmpeg -v error -y -f rawvideo -pix_fmt yuv420p -s {}x{} -r {} -i {} -f lavfi -i "
      "\"aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)':s=48000:d={}\" -ac 2 {} "
      "-muxdelay 0 -muxpreload 0 -f mpegts {}",
      recipe.width, recipe.height, recipe.rate, pictures.string(), recipe.seconds, codecs,
      stream.string());
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::ifstream in(stream, std::ios::binary);
  mpegts::Demuxer demuxer;
  demuxer.push(Bytes(std::istreambuf_iterator<char>(in), {}), {});
  RecordedFeed feed;
  while (auto event = demuxer.poll_event()) {
    if (auto* track = std::get_if<FeedTrack>(&*event)) feed.tracks.push_back(std::move(*track));
    if (auto* unit = std::get_if<FeedUnit>(&*event)) feed.units.push_back(std::move(*unit));
  }
  return feed;
}

FeedRecipe a_programme(double seconds, const char* x264) {
  FeedRecipe recipe;
  recipe.rate = 25;
  recipe.seconds = seconds;
  recipe.x264 = x264;
  return recipe;
}
constexpr char kEvenGops[] = "-preset ultrafast -tune zerolatency -bf 0 -g 12";

void play_variable_rate(Broadcast& on) {
  RecordedFeed feed = record(a_programme(4.6, "-preset ultrafast -tune zerolatency -g 1"));
  // Every picture is a keyframe: any may be missing. 25, then 5, then about 12 a second.
  size_t number = 0;
  std::erase_if(feed.units, [&](const FeedUnit& unit) {
    if (!is_video(unit.codec)) return false;
    ++number;
    if (number < 30) return false;
    return number < 60 ? number % 5 != 0 : number * 7 % 16 < 8;
  });
  on.play(feed);
}

void play_other_codecs_in_mid_stream(Broadcast& on) {
  on.play(record(a_programme(1.5, kEvenGops)));
  on.play(record_otherwise(a_programme(4, ""),
                           "-c:v libx265 -preset ultrafast -tune zerolatency -x265-params "
                           "log-level=none:keyint=12 -c:a mp2"));
}

void play_jump(Broadcast& on, Flicks by) {
  RecordedFeed feed = record(a_programme(5.2, kEvenGops));
  std::vector<FeedTrack> tracks = std::exchange(feed.tracks, {});
  RecordedFeed after;
  after.tracks = tracks;
  feed.tracks = tracks;
  for (const FeedUnit& unit : feed.units) {
    if (unit.dts < Flicks(2s)) continue;
    FeedUnit later = unit;
    later.dts += by;
    later.pts += by;
    after.units.push_back(std::move(later));
  }
  std::erase_if(feed.units, [](const FeedUnit& unit) { return unit.dts >= Flicks(2s); });
  on.play(feed);
  on.play(after);
}

// An overloaded encoder: half as much of it comes as should.
void play_at_half_speed(Broadcast& on) {
  on.play(record(a_programme(5.2, kEvenGops)), [](const FeedUnit& unit) { return unit.dts; });
}

// It does so for a while, then it catches up with the present.
void play_a_lag(Broadcast& on) {
  on.play(record(a_programme(6.6, kEvenGops)), [](const FeedUnit& unit) {
    const Flicks lag = std::clamp(unit.dts - Flicks(1s), Flicks(0), Flicks(1500ms));
    return unit.dts < Flicks(3s) ? lag : Flicks(0);
  });
}

void play_tracks_that_come_and_go(Broadcast& on) {
  RecordedFeed feed = record(a_programme(5.6, kEvenGops));
  std::erase_if(feed.units, [](const FeedUnit& unit) {
    const bool video = is_video(unit.codec);
    const auto between = [&](Flicks from, Flicks to) { return unit.dts >= from && unit.dts < to; };
    return video ? between(800ms, 1700ms) : between(0s, 600ms) || between(2000ms, 2800ms);
  });
  on.play(feed);
}

// The sender's sound card counts 48,480 samples a second and calls them 48,000; its timestamps are
// right. After six seconds that is more than A/V may be apart.
void play_drifting_sound(Broadcast& on) {
  RecordedFeed feed =
      record_otherwise(a_programme(7, ""),
                       "-c:v libx264 -preset ultrafast -tune zerolatency -bf 0 -g 12 -af "
                       "aresample=48480,asetrate=48000 -c:a aac");
  for (FeedUnit& unit : feed.units) {
    if (is_video(unit.codec)) continue;
    unit.dts = unit.dts * 100 / 101;
    unit.pts = unit.dts;
  }
  std::ranges::stable_sort(feed.units, {}, &FeedUnit::dts);
  on.play(feed);
}

// RTP says when a picture is to be shown; when it is decoded is made of that.
void play_without_decoding_times(Broadcast& on) {
  RecordedFeed feed = record(a_programme(4.6, "-preset ultrafast -bf 2 -b_strategy 0 -g 25"));
  DecodingTimes times;
  std::map<Flicks, Flicks> sent;
  for (FeedUnit& unit : feed.units) {
    if (!is_video(unit.codec)) continue;
    sent[unit.pts] = unit.dts;
    unit.dts = times.next(unit.pts);
  }
  on.play(feed, [&](const FeedUnit& unit) {
    return is_video(unit.codec) ? sent.at(unit.pts) - unit.dts : Flicks(0);
  });
}

// As damage may leave it: a NAL unit that reads as parameter sets of another picture, and a raw AAC
// frame that reads as a program_config_element (ISO/IEC 14496-3 §4.4.1.1) of one channel, and its
// end. Both are kept by a decoder, and a feed says what it is only once.
void play_stray_configuration(Broadcast& on) {
  RecordedFeed feed = record(a_programme(7, kEvenGops));
  FeedRecipe larger = a_programme(0.2, kEvenGops);
  larger.width *= 2;
  const RecordedFeed other = record(larger);
  const auto sets = h264::read_decoder_configuration(other.tracks.at(0).config);
  ASSERT_TRUE(sets.has_value());
  Bytes stray;
  h264::append_avcc(sets->sps[0], stray);
  h264::append_avcc(sets->pps[0], stray);
  const Bytes mono{0b1010'0000, 0b1001'1000, 0b1000'0000, 0, 0, 0, 0, 0b1110'0000};
  const auto later = [](const FeedUnit& unit, bool video) {
    return is_video(unit.codec) == video && unit.dts > Flicks(1s) && !(video && unit.keyframe);
  };
  for (const bool video : {true, false}) {
    const auto unit =
        std::ranges::find_if(feed.units, [&](const FeedUnit& each) { return later(each, video); });
    ASSERT_NE(unit, feed.units.end());
    if (video)
      unit->data.insert(unit->data.begin(), stray.begin(), stray.end());
    else
      unit->data = mono;
  }
  on.play(feed);
}

struct BadDay {
  const char* name;
  void (*play)(Broadcast&);
};
void PrintTo(const BadDay& day, std::ostream* out) {
  *out << day.name;
}
class BadFeed : public testing::TestWithParam<BadDay> {};

TEST_P(BadFeed, TheProgrammeStaysOnItsGridAndSoundWithItsPicture) {
  const auto on_air = broadcast(small_channel(25), GetParam().play);
  Broadcast& broadcast = *on_air;
  const auto units = broadcast.units(RenditionId{0});
  const FrameGrid grid(25);
  ASSERT_GT(units.size(), 80u);
  uint64_t holes = 0;
  for (size_t i = 1; i < units.size(); ++i) {
    const int64_t step = grid.slot_at(units[i].time) - grid.slot_at(units[i - 1].time);
    ASSERT_GE(step, 1);
    holes += static_cast<uint64_t>(step - 1);
  }
  EXPECT_EQ(static_cast<double>(holes), broadcast.metrics().dropped.Value());
  if (!broadcast.calm()) GTEST_SKIP() << "the machine is too busy for real time";

  // Of the last two seconds, the pictures that were new; with how much later they are than made.
  std::vector<std::pair<MediaTime, double>> pictures;
  uint64_t shown = 0;
  const MediaTime recent = units.back().time - 2200ms;
  for (const DecodedPicture& picture : decode_pictures(units)) {
    if (!picture.marker || picture.marker->counter == shown) continue;
    shown = picture.marker->counter;
    if (picture.time < recent) continue;
    pictures.emplace_back(picture.time, in_seconds(picture.time.time_since_epoch()) -
                                            static_cast<double>(picture.marker->epoch_ms) / 1000);
  }
  ASSERT_GE(pictures.size(), 15u) << "pictures are new again";
  const auto beeps = decode_sound(broadcast.units(kOpusRendition)).beeps();
  ASSERT_FALSE(beeps.empty());
  ASSERT_GE(beeps.back(), recent) << "sound is there again";
  const auto beside = std::ranges::min_element(pictures, {}, [&](const auto& picture) {
    return std::chrono::abs(picture.first - beeps.back());
  });
  const double offset = in_seconds(beeps.back().time_since_epoch()) - beside->second;
  EXPECT_NEAR(offset - std::round(offset), 0, kMostApartSeconds);
  RecordProperty("av_offset_ms", static_cast<int>((offset - std::round(offset)) * 1e3));
}

INSTANTIATE_TEST_SUITE_P(
    Days, BadFeed,
    testing::Values(BadDay{"variable_rate", play_variable_rate},
                    BadDay{"other_codecs_in_mid_stream", play_other_codecs_in_mid_stream},
                    BadDay{"an_hour_ahead", [](Broadcast& on) { play_jump(on, 1h); }},
                    BadDay{"an_hour_back", [](Broadcast& on) { play_jump(on, -1h); }},
                    BadDay{"half_speed", play_at_half_speed}, BadDay{"a_lag", play_a_lag},
                    BadDay{"without_decoding_times", play_without_decoding_times},
                    BadDay{"drifting_sound", play_drifting_sound},
                    BadDay{"stray_configuration", play_stray_configuration},
                    BadDay{"tracks_that_come_and_go", play_tracks_that_come_and_go}),
    [](const auto& day) { return std::string(day.param.name); });

}  // namespace
}  // namespace longmen

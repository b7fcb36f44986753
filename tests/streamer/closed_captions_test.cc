// Closed captions of a feed through a whole programme: each picture of the feed says its own number
// in CEA-608, and what comes out is held against the number that its marker has.
#include <gmock/gmock.h>

#include <bit>

#include "core/base/bytes.h"
#include "core/codec/caption_sei.h"
#include "tests/streamer/broadcast.h"
#include "tests/streamer/decoded_output.h"

namespace longmen {
namespace {

using namespace test;
using ::testing::IsEmpty;

constexpr RenditionId kCaptionedTop{0}, kCaptionedLow{1};
constexpr size_t kLengthBytes = 4;  // of FFmpeg's FLV

uint8_t with_parity(int character) {
  const auto bits = static_cast<unsigned>(character);
  return static_cast<uint8_t>(std::popcount(bits) % 2 == 0 ? bits | 0x80 : bits);
}

// ATSC A/53 Part 4 §6.2.3: in the first field the number as two characters, nothing in the other.
Bytes sei_of(int number) {
  return {0x06,
          0x04,
          17,
          0xB5,
          0x00,
          0x31,
          'G',
          'A',
          '9',
          '4',
          0x03,
          0x42,
          0xFF,
          0xFC,
          with_parity(0x20 + number / 64),
          with_parity(0x20 + number % 64),
          0xF9,
          0x00,
          0x00,  // of the other field, not valid
          0xFF,
          0x80};
}
int number_of(const std::array<uint8_t, 3>& triplet) {
  return ((triplet[1] & 0x7F) - 0x20) * 64 + (triplet[2] & 0x7F) - 0x20;
}

void put_in_front_of_slices(FeedUnit& unit, const Bytes& sei) {
  size_t at = 0;
  while (at + kLengthBytes < unit.data.size()) {
    const auto type = h264::nal_type(ByteSpan(unit.data).subspan(at + kLengthBytes));
    if (type == h264::NalType::kSlice || type == h264::NalType::kIdr) break;
    ByteReader length(ByteSpan(unit.data).subspan(at));
    at += kLengthBytes + length.u32();
  }
  Bytes framed;
  h264::append_avcc(sei, framed);
  unit.data.insert(unit.data.begin() + static_cast<ptrdiff_t>(at), framed.begin(), framed.end());
}

RecordedFeed captioned(const FeedRecipe& recipe) {
  RecordedFeed feed = record(recipe);
  std::vector<FeedUnit*> shown;
  for (FeedUnit& unit : feed.units)
    if (is_video(unit.codec)) shown.push_back(&unit);
  std::ranges::sort(shown, {}, &FeedUnit::pts);
  for (size_t i = 0; i < shown.size(); ++i)
    put_in_front_of_slices(*shown[i], sei_of(static_cast<int>(i)));
  return feed;
}

std::vector<std::array<uint8_t, 3>> captions_of(const MediaUnit& unit) {
  std::vector<std::array<uint8_t, 3>> triplets;
  for (const MediaPacket& packet : unit.packets) {
    const ByteSpan nal = unit.payload(packet);
    if (!h264::carries_captions(nal)) continue;
    constexpr size_t kCountAt = 11, kFirstAt = 13;
    const size_t count = nal[kCountAt] & 0x1F;
    for (size_t i = 0; i < count; ++i) {
      const ByteSpan of = nal.subspan(kFirstAt + 3 * i, 3);
      triplets.push_back({of[0], of[1], of[2]});
    }
  }
  return triplets;
}

struct CaptionCase {
  const char* name;
  FeedRecipe recipe;
  int frames_per_second;
};
void PrintTo(const CaptionCase& of, std::ostream* out) {
  *out << of.name;
}
class ClosedCaptions : public testing::TestWithParam<CaptionCase> {};

TEST_P(ClosedCaptions, ComeOutOnceWithTheirPictureInEveryRendition) {
  const auto on_air =
      broadcast(small_channel(GetParam().frames_per_second), captioned(GetParam().recipe));
  const auto top = on_air->units(kCaptionedTop), low = on_air->units(kCaptionedLow);
  const auto pictures = decode_pictures(top);
  ASSERT_EQ(pictures.size(), top.size());
  if (!on_air->calm()) GTEST_SKIP() << "the machine is too busy for real time";
  std::optional<int> before;
  std::optional<uint64_t> counter;
  for (size_t i = 0; i < top.size(); ++i) {
    const auto triplets = captions_of(top[i]);
    for (const auto& triplet : triplets) {
      ASSERT_EQ(triplet[0], 0xFC) << "what is not valid is left out";
      if (before) {
        EXPECT_EQ(number_of(triplet), *before + 1) << "each once, in order";
      }
      before = number_of(triplet);
    }
    const auto& marker = pictures[i].marker;
    if (!marker || (counter && marker->counter == *counter)) {
      EXPECT_THAT(triplets, IsEmpty()) << "a repeat has none";
      continue;
    }
    counter = marker->counter;
    ASSERT_FALSE(triplets.empty());
    EXPECT_EQ(static_cast<uint64_t>(number_of(triplets.back())), *counter);
  }
  ASSERT_GT(before.value_or(0), 20);
  for (size_t i = 0; i < std::min(top.size(), low.size()); ++i) {
    ASSERT_EQ(low[i].time, top[i].time);
    EXPECT_EQ(captions_of(low[i]), captions_of(top[i]));
  }
}

FeedRecipe caption_recipe(int rate, const char* x264 = nullptr) {
  FeedRecipe made;
  made.rate = rate;
  made.seconds = 1.6;
  made.audio = false;
  if (x264) made.x264 = x264;
  return made;
}
INSTANTIATE_TEST_SUITE_P(Feeds, ClosedCaptions,
                         testing::Values(CaptionCase{"same", caption_recipe(30), 30},
                                         CaptionCase{"fewer", caption_recipe(30), 25},
                                         CaptionCase{"half", caption_recipe(60), 30},
                                         CaptionCase{"more", caption_recipe(25), 50},
                                         CaptionCase{
                                             "reordered",
                                             caption_recipe(30,
                                                            "-preset ultrafast -bf 3 -b_strategy 0 "
                                                            "-x264-params b-pyramid=1 -g 30"),
                                             30}),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(ClosedCaptionsOfAFeedThatEnds, AreWipedFromScreens) {
  const RecordedFeed feed = captioned(caption_recipe(30));
  const auto on_air = broadcast(small_channel(), [&](Broadcast& on) {
    on.play(feed);
    on.send_end();
    on.wait_until(std::chrono::steady_clock::now() + 900ms);
  });
  const auto units = on_air->units(kCaptionedTop);
  size_t last = 0;
  for (size_t i = 0; i < units.size(); ++i)
    if (!captions_of(units[i]).empty()) last = i;
  // Both memories of both channels of the field are erased, each twice.
  using Triplet = std::array<uint8_t, 3>;
  const Triplet one{0xFC, 0x94, 0x2C}, loaded{0xFC, 0x94, 0xAE};
  const Triplet other{0xFC, 0x1C, 0x2C}, other_loaded{0xFC, 0x1C, 0xAE};
  EXPECT_THAT(captions_of(units[last]), ::testing::ElementsAre(one, one, loaded, loaded, other,
                                                               other, other_loaded, other_loaded));
  EXPECT_LT(last + 5, units.size());
  for (const MediaUnit& unit : units)
    EXPECT_EQ(unit.generation, units.front().generation);
}

}  // namespace
}  // namespace longmen

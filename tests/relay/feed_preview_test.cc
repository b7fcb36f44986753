#include "relay/feed_preview.h"

#include <gtest/gtest.h>

#include "tests/support/media_programme.h"

namespace longmen {
namespace {

using test::kLive;
using test::kSlate;
using test::MediaProgramme;
using namespace std::chrono_literals;

const MediaTime kStart{Flicks(1704067205s)};

struct Shown {
  size_t slate = 0, live = 0, others = 0;
  OnAirSource source = OnAirSource::kNone;
};

Shown drain(FeedPreview& preview, uint8_t slate_rung, uint8_t live_rung) {
  Shown shown;
  while (const auto output = preview.poll_output()) {
    const MediaUnit& unit = *output->unit;
    EXPECT_EQ(output->on_air->generation, unit.generation);
    EXPECT_EQ(output->on_air->renditions,
              (std::vector<RenditionId>{RenditionId{0}, kOpusRendition}));
    if (unit.rendition == kOpusRendition) continue;
    EXPECT_EQ(unit.rendition, RenditionId{0});
    const auto mark = test::read_mark(unit.payload(unit.packets.back()));
    const bool live = unit.generation == kLive;
    if (!mark || mark->rendition != (live ? live_rung : slate_rung)) ++shown.others;
    ++(live ? shown.live : shown.slate);
  }
  shown.source = preview.source();
  return shown;
}

TEST(FeedPreview, IsTheLowestRungAsTheOnlyOne) {
  FeedPreview preview;
  MediaProgramme live(kLive, 3);
  preview.set_slate(Slate::parse(MediaProgramme::slate_file(kSlate, 2)).value(), kStart);
  Shown shown = drain(preview, 1, 2);
  EXPECT_GT(shown.slate, 0u);
  EXPECT_EQ(shown.others, 0u);

  preview.handle_announcement(live.announcement());
  Monotonic mono(1000s);
  for (const auto& unit : live.units(kStart, kStart + Flicks(1s)))
    preview.handle_unit(unit, mono, unit->time + Flicks(40ms));
  shown = drain(preview, 1, 2);
  EXPECT_EQ(shown.source, OnAirSource::kLive);
  EXPECT_EQ(shown.live, 30u);
  EXPECT_EQ(shown.others, 0u);

  preview.handle_link_closed(kStart + Flicks(1s));
  shown = drain(preview, 1, 2);
  EXPECT_EQ(shown.source, OnAirSource::kSlate);
  EXPECT_GT(shown.slate, 0u);
}

}  // namespace
}  // namespace longmen

#include "core/recording/hole_filling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/base/sha256_stream.h"
#include "tests/core/recording/made_up_recording.h"

namespace longmen::recording {
namespace {

using test::kN0;
using test::MadeUpPart;
using test::MadeUpRecording;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Generation kOfBoth = generation_started_at(test::kStartOf2026, 7);

// Four seconds that another node has whole.
struct Other {
  Other() {
    made.info.end_ms = made.info.start_ms + 4'000;
    for (const MadeUpPart& part : test::made_up_parts(5, kOfBoth)) {
      Bytes& segment = segments[{part.track, part.record.number.media_sequence}];
      segment.insert(segment.end(), part.bytes->begin(), part.bytes->end());
    }
    for (size_t track = 0; track < made.tracks.size(); ++track)
      for (int64_t number = kN0; number < kN0 + 4; ++number)
        made.tracks[track].set_sha256(number, sha256_digest(segments[{track, number}]));
    manifest = read_manifest(write_manifest(made.info, made.tracks, {})).value();
  }
  MadeUpRecording made{5};
  std::map<std::pair<size_t, int64_t>, Bytes> segments;
  Manifest manifest;
};

TEST(HoleFilling, WhatIsMissingIsWantedAndWhatIsWithdrawnIsNot) {
  Other other;
  RecordingInfo info = other.made.info;
  auto tracks = other.made.tracks;
  EXPECT_THAT(holes_of(info, tracks), IsEmpty());
  tracks[0].remove(kN0 + 2);
  tracks[1].remove(kN0 + 1);
  tracks[2].remove(kN0 + 2);
  EXPECT_THAT(holes_of(info, tracks),
              ElementsAre(Hole{1, kN0 + 1}, Hole{0, kN0 + 2}, Hole{2, kN0 + 2}));
  info.withdrawn = {{info.start_ms + 2'100, info.start_ms + 2'200}};
  EXPECT_THAT(holes_of(info, tracks), ElementsAre(Hole{1, kN0 + 1}));
}

TEST(HoleFilling, ASegmentComesBackAsThePartsThatItWas) {
  Other other;
  const std::vector<MadeUpPart> written = test::made_up_parts(5, kOfBoth);
  for (size_t track = 0; track < other.made.tracks.size(); ++track) {
    const Hole hole{track, kN0 + 2};
    const ManifestSegment* segment = find_segment(other.manifest, other.made.info, hole);
    ASSERT_TRUE(segment);
    const auto parts = parts_of(other.made.info, hole, *segment, other.segments[{track, kN0 + 2}]);
    ASSERT_TRUE(parts) << parts.error().message;
    ASSERT_EQ(parts->size(), 5U);
    size_t at = 0;
    for (const MadeUpPart& part : written) {
      if (part.track != track || part.record.number.media_sequence != kN0 + 2) continue;
      EXPECT_EQ((*parts)[at].record, part.record);
      EXPECT_TRUE(std::ranges::equal((*parts)[at].bytes, *part.bytes));
      ++at;
    }
  }
  EXPECT_FALSE(find_segment(other.manifest, other.made.info, {0, kN0 + 4}));
}

TEST(HoleFilling, NothingElseIsTaken) {
  Other other;
  const Hole hole{0, kN0 + 1};
  const Bytes& bytes = other.segments[{0, kN0 + 1}];
  const ManifestSegment good = *find_segment(other.manifest, other.made.info, hole);
  const auto refused = [&](const ManifestSegment& segment, ByteSpan came) {
    const auto parts = parts_of(other.made.info, hole, segment, came);
    return parts ? "taken" : parts.error().message;
  };
  ASSERT_EQ(refused(good, bytes), "taken");
  Bytes altered = bytes;
  altered[altered.size() / 2] ^= 1;
  EXPECT_THAT(refused(good, altered), HasSubstr("not what the manifest says"));
  EXPECT_THAT(refused(good, ByteSpan(bytes).first(bytes.size() - 1)),
              HasSubstr("not what the manifest says"));
  ManifestSegment another = good;
  another.name = find_segment(other.manifest, other.made.info, {0, kN0 + 2})->name;
  EXPECT_THAT(refused(another, bytes), HasSubstr("in another way"));
  another = good;
  another.init = "x";
  EXPECT_THAT(refused(another, bytes), HasSubstr("in another way"));
  // Whoever makes up a manifest, too, for bytes that are none of ours.
  const auto made_up = [&](const Bytes& came) {
    ManifestSegment of = good;
    of.bytes = came.size();
    of.sha256 = lower_hex(sha256_digest(came));
    return refused(of, came);
  };
  EXPECT_THAT(made_up(Bytes(100, 7)), HasSubstr("other parts"));
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_THAT(made_up(longer), HasSubstr("other parts"));
  Bytes twice = bytes;
  twice.insert(twice.end(), bytes.begin(), bytes.end());
  EXPECT_THAT(made_up(twice), HasSubstr("other parts"));
  Bytes malformed = bytes;
  malformed[5] = 'x';  // of the first box's type
  EXPECT_THAT(made_up(malformed), HasSubstr("malformed"));
}

}  // namespace
}  // namespace longmen::recording

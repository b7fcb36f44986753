#include "core/cmaf/init_segment.h"

#include <gtest/gtest.h>

#include "core/cmaf/track_grid.h"
#include "tests/core/cmaf/box_reader.h"
#include "tests/core/cmaf/made_up_units.h"

namespace longmen::cmaf {
namespace {

using test::box_at;
using test::from_hex;

InitSegmentPtr video_init() {
  const auto init = make_video_init({4, {test::made_up_sps()}, {test::made_up_pps()}});
  return init ? *init : nullptr;
}

Bytes copy(ByteSpan span) {
  return Bytes(span.begin(), span.end());
}

TEST(InitSegment, OfVideoHasTheSizeAndTheParameterSets) {
  const InitSegmentPtr init = video_init();
  ASSERT_TRUE(init);
  EXPECT_EQ(init->codec, "avc1.64001f");
  EXPECT_EQ(test::types(init->bytes), "ftyp moov");
  EXPECT_EQ(test::types(box_at(init->bytes, "moov")), "mvhd trak mvex");
  EXPECT_EQ(copy(box_at(init->bytes, "ftyp")), from_hex("69736f36 00000000 69736f36 636d6663"));
  EXPECT_EQ(copy(box_at(init->bytes, "moov/trak/mdia/mdhd")),
            from_hex("00000000 00000000 00000000 00015f90 00000000 55c4 0000"));
  const ByteSpan avc1 = box_at(init->bytes, "moov/trak/mdia/minf/stbl/stsd/avc1");
  EXPECT_EQ(copy(avc1.subspan(24, 4)), from_hex("0356 01e0"));  // 854, 480
  EXPECT_EQ(copy(box_at(init->bytes, "moov/trak/mdia/minf/stbl/stsd/avc1/avcC")),
            from_hex("0164001f ff e1 001a 6764001facd940d83de6f011000003000100000300640f183196"
                     "01 0006 68ebe3cb22c0 fd f8 f8 00"));
  EXPECT_EQ(copy(box_at(init->bytes, "moov/mvex/trex")),
            from_hex("00000000 00000001 00000001 00000000 00000000 00000000"));
}

TEST(InitSegment, OfSoundHasItsConfiguration) {
  const InitSegmentPtr init = make_audio_init(aac::AudioConfig{});
  EXPECT_EQ(init->codec, "mp4a.40.2");
  EXPECT_EQ(copy(box_at(init->bytes, "moov/trak/mdia/hdlr").subspan(8, 4)), from_hex("736f756e"));
  const ByteSpan mp4a = box_at(init->bytes, "moov/trak/mdia/minf/stbl/stsd/mp4a");
  EXPECT_EQ(copy(mp4a.subspan(16, 12)), from_hex("0002 0010 0000 0000 bb800000"));
  EXPECT_EQ(copy(box_at(init->bytes, "moov/trak/mdia/minf/stbl/stsd/mp4a/esds")),
            from_hex("00000000 03 19 0001 00 04 11 40 15 000000 00000000 00000000"
                     "05 02 1190 06 01 02"));
}

// Names are of the content. Who changes what is written here sees this fail, and counts up
// kWriterVersion, so that no cache ever has two things under one name.
TEST(InitSegment, BytesAreThoseOfWriterVersion1) {
  EXPECT_EQ(kWriterVersion, 1);
  EXPECT_EQ(video_init()->name, "dfe314b6b0b03805");
  EXPECT_EQ(make_audio_init(aac::AudioConfig{})->name, "6c8fbdcf40758d1d");
}

TEST(InitSegment, OtherParameterSetsHaveAnotherName) {
  const auto other = make_video_init({4, {test::made_up_sps()}, {from_hex("68ebe3cb22c1")}});
  ASSERT_TRUE(other);
  EXPECT_NE((*other)->name, video_init()->name);
  aac::AudioConfig mono;
  mono.channels = 1;
  EXPECT_NE(make_audio_init(mono)->name, make_audio_init(aac::AudioConfig{})->name);
}

TEST(InitSegment, ParameterSetsThatCannotBeReadAreRefused) {
  EXPECT_FALSE(make_video_init({4, {}, {}}));
  EXPECT_FALSE(make_video_init({4, {from_hex("6764001f")}, {test::made_up_pps()}}));
}

}  // namespace
}  // namespace longmen::cmaf

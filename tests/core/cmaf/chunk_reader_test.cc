#include "core/cmaf/chunk_reader.h"

#include <gtest/gtest.h>

#include "core/cmaf/part_builder.h"
#include "tests/core/cmaf/made_up_units.h"

namespace longmen::cmaf {
namespace {

using test::from_hex;

// A fragment as libavformat's muxer writes it: defaults in tfhd, flags of the first sample in trun.
TEST(ChunkReader, ReadsDefaultsAndFirstSampleFlags) {
  const Bytes part = from_hex(
      "00000064 6d6f6f66"
      "  00000010 6d666864 00000000 00000001"
      "  0000004c 74726166"
      "    0000001c 74666864 00020038 00000001 00000e10 00000006 01010000"
      "    00000010 74666474 00000000 00015f90"
      "    00000018 7472756e 00000005 00000003 0000006c 02000000"
      "0000001a 6d646174 000000000000000000000000000000000000");
  const auto timing = read_chunk_timing(part, {90'000, 0, 0});
  ASSERT_TRUE(timing);
  EXPECT_EQ(timing->decode_time, 90'000U);
  EXPECT_EQ(timing->samples, 3U);
  EXPECT_EQ(timing->duration, 3 * 3600U);
  EXPECT_TRUE(timing->independent);
  EXPECT_TRUE(timing->default_base_is_moof);
}

TEST(ChunkReader, ReadsWhatTheBuilderWrote) {
  PartBuilder builder(TrackGrid::of_video(HlsGrid(std::chrono::seconds(1), 5), FrameGrid(30)));
  std::vector<Part> parts;
  for (const MediaUnit& unit :
       test::pictures(Generation{1}, RenditionId{0}, 30, test::kStartOf2026, 30)) {
    ASSERT_TRUE(builder.push(unit));
    while (auto part = builder.take())
      parts.push_back(*part);
  }
  const auto track = read_track_header(parts[0].init->bytes);
  ASSERT_TRUE(track);
  EXPECT_EQ(track->timescale, 90'000U);
  Bytes segment;
  for (const Part& part : parts) {
    const auto timing = read_chunk_timing(*part.bytes, *track);
    ASSERT_TRUE(timing);
    EXPECT_EQ(timing->duration, 18'000U);
    EXPECT_EQ(timing->independent, part.independent);
    segment.insert(segment.end(), part.bytes->begin(), part.bytes->end());
  }
  EXPECT_EQ(read_chunk_timing(segment, *track)->duration, 90'000U);
  // Without its second part, chunks do not follow each other.
  Bytes holed(*parts[0].bytes);
  holed.insert(holed.end(), parts[2].bytes->begin(), parts[2].bytes->end());
  EXPECT_EQ(read_chunk_timing(holed, *track).error(), DropReason::kMalformed);
  for (size_t size = 0; size < parts[0].bytes->size(); ++size)
    (void)read_chunk_timing(ByteSpan(*parts[0].bytes).first(size), *track);
}

// moov of tracks, each with its handler and sample entries.
Bytes movie_of(const std::vector<std::pair<std::string, std::vector<Bytes>>>& tracks) {
  const auto box = [](std::string_view type, const Bytes& body) {
    Bytes bytes;
    ByteWriter out(bytes);
    out.u32(static_cast<uint32_t>(8 + body.size()));
    out.bytes(as_bytes(type));
    out.bytes(body);
    return bytes;
  };
  Bytes all;
  for (const auto& [handler, entries] : tracks) {
    Bytes table(8, 0);
    for (const Bytes& entry : entries)
      table.insert(table.end(), entry.begin(), entry.end());
    Bytes media(8, 0);
    media.insert(media.end(), handler.begin(), handler.end());
    media = box("hdlr", media);
    const Bytes samples = box("minf", box("stbl", box("stsd", table)));
    media.insert(media.end(), samples.begin(), samples.end());
    const Bytes track = box("trak", box("mdia", media));
    all.insert(all.end(), track.begin(), track.end());
  }
  return box("moov", all);
}

TEST(ChunkReader, ReadsTheFormatsOfAllTracks) {
  const Bytes hevc = from_hex("00000010 68766331 0000000000000000");
  const Bytes dolby = from_hex("00000010 65632d33 0000000000000000");
  const Bytes metadata = from_hex("00000010 6d657474 0000000000000000");
  Bytes encrypted = from_hex("00000038 656e6361");
  encrypted.resize(36);
  const Bytes original = from_hex("00000014 73696e66 0000000c 66726d61 6d703461");
  encrypted.insert(encrypted.end(), original.begin(), original.end());
  const std::set<std::string> formats = {"hvc1", "ec-3", "mp4a"};
  EXPECT_EQ(read_sample_formats(
                movie_of({{"vide", {hevc}}, {"soun", {dolby, encrypted}}, {"meta", {metadata}}})),
            formats);
  EXPECT_EQ(read_sample_formats({}), std::set<std::string>{});
  const Bytes whole = movie_of({{"soun", {encrypted}}});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(read_sample_formats(ByteSpan(whole).first(size)).empty());
}

TEST(ChunkReader, WhatIsNoneIsRefused) {
  EXPECT_FALSE(read_track_header({}));
  EXPECT_FALSE(read_track_header(from_hex("00000008 6d6f6f76")));
  EXPECT_FALSE(read_chunk_timing({}, {90'000, 0, 0}));
  EXPECT_FALSE(read_chunk_timing(from_hex("00000004 6d6f6f66"), {90'000, 0, 0}));
}

}  // namespace
}  // namespace longmen::cmaf

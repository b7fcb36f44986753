// Stills of real keyframes: encoded, lying in files as a recording has them, made small by what the
// process does, put together to a sheet, and decoded again by libjpeg itself.
#include "streamer/make_stills.h"

#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <jpeglib.h>

#include <fstream>

#include "core/cmaf/init_segment.h"
#include "net/state_file.h"
#include "streamer/gst_setup.h"
#include "streamer/jpeg_still.h"
#include "streamer/pipeline.h"
#include "tests/core/recording/made_up_recording.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

using recording::kStillSize;
using recording::StillKind;

struct Rgb {
  int width = 0, height = 0;
  Bytes bytes;
  // Of the pixel's red, green and blue.
  std::array<int, 3> at(int x, int y) const {
    const uint8_t* pixel = &bytes[static_cast<size_t>((y * width + x) * 3)];
    return {pixel[0], pixel[1], pixel[2]};
  }
};

Rgb decode(const Bytes& jpeg) {
  Rgb rgb;
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  decoder.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, jpeg.data(), jpeg.size());
  EXPECT_EQ(jpeg_read_header(&decoder, TRUE), JPEG_HEADER_OK);
  decoder.out_color_space = JCS_RGB;
  jpeg_start_decompress(&decoder);
  rgb.width = static_cast<int>(decoder.output_width);
  rgb.height = static_cast<int>(decoder.output_height);
  rgb.bytes.resize(static_cast<size_t>(rgb.width * rgb.height * 3));
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row = &rgb.bytes[decoder.output_scanline * decoder.output_width * 3];
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  EXPECT_EQ(errors.num_warnings, 0);
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  return rgb;
}

// A picture of one colour with a white square in its middle.
Bytes picture_of(std::array<uint8_t, 3> colour, TileSize size) {
  Bytes rgb;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const bool middle = std::abs(x - size.width / 2) < 16 && std::abs(y - size.height / 2) < 16;
      for (const uint8_t value : colour)
        rgb.push_back(middle ? 255 : value);
    }
  }
  return rgb;
}

void expect_near(std::array<int, 3> seen, std::array<int, 3> wanted, int within = 12) {
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(seen[i], wanted[i], within);
}

constexpr std::array<std::array<uint8_t, 3>, 4> kColours{
    {{200, 30, 30}, {30, 160, 60}, {20, 40, 180}, {190, 180, 20}}};

std::array<int, 3> wide(std::array<uint8_t, 3> colour) {
  return {colour[0], colour[1], colour[2]};
}

TEST(JpegTiles, ASheetIsItsTilesBesideEachOther) {
  std::vector<Bytes> jpegs;
  std::vector<JpegTile> tiles;
  for (const auto& colour : kColours)
    jpegs.push_back(encode_still(picture_of(colour, kStillSize).data(),
                                 static_cast<size_t>(kStillSize.width * 3), kStillSize, 90));
  for (const Bytes& jpeg : jpegs) {
    const auto tile = read_jpeg_tile(jpeg);
    ASSERT_TRUE(tile) << drop_reason_name(tile.error());
    EXPECT_EQ(tile->size, kStillSize);
    tiles.push_back(*tile);
  }
  const Rgb sheet =
      decode(join_jpeg_tiles({&tiles[0], &tiles[1], nullptr, &tiles[2], nullptr, &tiles[3]}, 3, 2));
  ASSERT_EQ(sheet.width, 3 * kStillSize.width);
  ASSERT_EQ(sheet.height, 2 * kStillSize.height);
  const auto at = [&](int column, int row, int x, int y) {
    return sheet.at(column * kStillSize.width + x, row * kStillSize.height + y);
  };
  for (const auto& [x, y] :
       {std::pair(2, 2), std::pair(253, 2), std::pair(2, 141), std::pair(253, 141)}) {
    expect_near(at(0, 0, x, y), wide(kColours[0]));
    expect_near(at(1, 0, x, y), wide(kColours[1]));
    expect_near(at(2, 0, x, y), {128, 128, 128});
    expect_near(at(0, 1, x, y), wide(kColours[2]));
    expect_near(at(2, 1, x, y), wide(kColours[3]));
  }
  expect_near(at(2, 1, 128, 72), {255, 255, 255});
  EXPECT_TRUE(join_jpeg_tiles({nullptr}, 1, 1).empty());
  EXPECT_TRUE(join_jpeg_tiles({&tiles[0]}, 2, 1).empty());
}

TEST(JpegTiles, WhatIsNoneOrTornIsRefused) {
  const Bytes jpeg = encode_still(picture_of(kColours[0], kStillSize).data(),
                                  static_cast<size_t>(kStillSize.width * 3), kStillSize, 70);
  for (size_t end = 0; end < jpeg.size(); ++end)
    EXPECT_FALSE(read_jpeg_tile(ByteSpan(jpeg).first(end)));
  const TileSize other{640, 360};
  const Bytes poster = encode_still(picture_of(kColours[0], other).data(),
                                    static_cast<size_t>(other.width * 3), other, 70);
  EXPECT_FALSE(read_jpeg_tile(poster));  // it is no whole number of blocks high
}

// What x264 makes of pictures of the colours, a keyframe each, and its configuration.
class Keyframes {
 public:
  Keyframes() {
    const TileSize size{320, 180};
    auto pipeline = Pipeline::parse(
        "keyframes",
        "appsrc name=in format=time "
        "caps=\"video/x-raw,format=RGB,width=320,height=180,framerate=1/1\" ! videoconvertscale "
        "! video/x-raw,format=I420 ! x264enc key-int-max=1 tune=zerolatency "
        "! h264parse config-interval=0 ! video/x-h264,stream-format=avc,alignment=au "
        "! appsink name=out sync=false async=false");
    if (!pipeline || !(*pipeline)->play()) return;
    GstAppSrc* in = GST_APP_SRC((*pipeline)->element("in"));
    for (size_t i = 0; i < kColours.size(); ++i) {
      const Bytes rgb = picture_of(kColours[i], size);
      BufferPtr buffer(gst_buffer_new_memdup(rgb.data(), rgb.size()));
      GST_BUFFER_PTS(buffer.get()) = i * GST_SECOND;
      gst_app_src_push_buffer(in, buffer.release());
    }
    gst_app_src_end_of_stream(in);
    GstAppSink* out = GST_APP_SINK((*pipeline)->element("out"));
    while (const SamplePtr sample{gst_app_sink_try_pull_sample(out, 20 * GST_SECOND)}) {
      const MappedBuffer mapped(gst_sample_get_buffer(sample.get()), GST_MAP_READ);
      units.emplace_back(mapped.data(), mapped.data() + mapped.size());
      const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(sample.get()), 0);
      const MappedBuffer config(gst_value_get_buffer(gst_structure_get_value(caps, "codec_data")),
                                GST_MAP_READ);
      configuration.assign(config.data(), config.data() + config.size());
    }
  }
  std::vector<Bytes> units;
  Bytes configuration;
};

TEST(MakeStills, KeyframesOfFilesBecomeSmallPictures) {
  ASSERT_TRUE(set_up_gstreamer());
  const Keyframes keyframes;
  ASSERT_EQ(keyframes.units.size(), kColours.size());
  const test::TemporaryFolder folder;
  const std::string at = folder.path().string();
  const auto configuration = h264::read_decoder_configuration(keyframes.configuration);
  ASSERT_TRUE(configuration);
  const auto init = cmaf::make_video_init(*configuration);
  ASSERT_TRUE(init);
  ASSERT_TRUE(write_state_file(at + "/init-1.mp4", as_text((*init)->bytes)));
  recording::StillJob job{at, {}};
  std::string media = "something in front";
  for (size_t i = 0; i < keyframes.units.size(); ++i) {
    const auto bytes = static_cast<uint32_t>(keyframes.units[i].size());
    job.stills.push_back({StillKind::kStill, static_cast<int64_t>(100 + i), "init-1.mp4",
                          "v1-0.m4s", media.size(), bytes});
    media += as_text(keyframes.units[i]);
  }
  // One that is not decodable: its bytes are none of a picture.
  job.stills.push_back({StillKind::kStill, 200, "init-1.mp4", "v1-0.m4s", 0, 18});
  job.stills.push_back(job.stills[1]);
  job.stills.back().kind = StillKind::kPoster;
  ASSERT_TRUE(write_state_file(at + "/v1-0.m4s", media));
  // An earlier process was killed while it wrote.
  const std::string pack_path = at + "/" + recording::kPackName;
  ASSERT_TRUE(write_state_file(pack_path, "LMSTILL1 torn"));
  const auto made = make_stills(job);
  ASSERT_TRUE(made) << made.error().message;

  const auto pack = read_state_file(pack_path);
  ASSERT_TRUE(pack);
  test::MemorySource source(as_bytes(*pack));
  const recording::StillIndex index = recording::scan_still_pack(source);
  EXPECT_EQ(index.end, pack->size());
  ASSERT_EQ(index.stills.size(), kColours.size() + 1);
  EXPECT_EQ(index.find(StillKind::kStill, 200), nullptr);
  for (size_t i = 0; i < kColours.size(); ++i) {
    const auto number = static_cast<int64_t>(100 + i);
    const recording::Still* still = index.find(StillKind::kStill, number);
    ASSERT_TRUE(still);
    const auto jpeg = recording::read_still(source, StillKind::kStill, number, *still);
    ASSERT_TRUE(jpeg);
    EXPECT_TRUE(read_jpeg_tile(*jpeg));
    const Rgb seen = decode(*jpeg);
    expect_near(seen.at(8, 8), wide(kColours[i]), 30);
    expect_near(seen.at(128, 72), {255, 255, 255}, 30);
    EXPECT_GT(still->look.contrast, 5);
  }
  const auto poster = recording::read_still(source, StillKind::kPoster, 101, index.posters.at(101));
  ASSERT_TRUE(poster);
  const Rgb large = decode(*poster);
  EXPECT_EQ(large.width, recording::kPosterSize.width);
  EXPECT_EQ(large.height, recording::kPosterSize.height);
  expect_near(large.at(20, 20), wide(kColours[1]), 30);
}

}  // namespace
}  // namespace longmen

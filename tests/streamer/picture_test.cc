// Pictures as studios send them come out as television shows them: whole, in their shape, with each
// line of its own instant and in their own colours.
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "core/mpegts/demuxer.h"
#include "streamer/feed_decoder.h"
#include "streamer/gst_setup.h"
#include "streamer/i420.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace test;
using namespace std::chrono_literals;

// A picture as the programme gets it.
struct Decoded {
  int width = 0, height = 0;
  std::vector<uint8_t> y, u, v;

  Yuv at(int x, int line) const {
    const auto chroma = static_cast<size_t>(line / 2 * ((width + 1) / 2) + x / 2);
    return {y[static_cast<size_t>(line * width + x)], u[chroma], v[chroma]};
  }
};

Decoded decoded_from(GstBuffer* buffer, FeedDecoder::Size size) {
  Decoded picture{size.width, size.height, {}, {}, {}};
  const I420Layout layout{size.width, size.height};
  size_t offsets[3] = {0, layout.luma_bytes(), layout.luma_bytes() + layout.chroma_bytes()};
  int strides[3] = {layout.luma_stride(), layout.chroma_stride(), layout.chroma_stride()};
  if (const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer)) {
    for (int plane = 0; plane < 3; ++plane) {
      offsets[plane] = meta->offset[plane];
      strides[plane] = meta->stride[plane];
    }
  }
  const MappedBuffer bytes(buffer, GST_MAP_READ);
  std::vector<uint8_t>* planes[3] = {&picture.y, &picture.u, &picture.v};
  for (int plane = 0; plane < 3; ++plane) {
    const int width = plane == 0 ? size.width : (size.width + 1) / 2;
    const int height = plane == 0 ? size.height : (size.height + 1) / 2;
    for (int line = 0; line < height; ++line) {
      const uint8_t* from =
          bytes.data() + offsets[plane] + static_cast<ptrdiff_t>(line) * strides[plane];
      planes[plane]->insert(planes[plane]->end(), from, from + width);
    }
  }
  return picture;
}

// What `ffmpeg` sends as a transport stream, decoded to `size`.
std::vector<Decoded> sent(const std::string& ffmpeg, FeedDecoder::Size size,
                          size_t pictures_per_unit = 1) {
  EXPECT_TRUE(set_up_gstreamer());
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "feed.ts").string();
  const std::string command = "ffmpeg -v error -y " + ffmpeg + " -f mpegts " + file;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::ifstream stream(file, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
  mpegts::Demuxer demuxer;
  demuxer.push(bytes, {});
  std::mutex mutex;
  std::condition_variable came;
  std::vector<Decoded> pictures;
  std::unique_ptr<FeedDecoder> decoder;
  size_t units = 0;
  while (auto event = demuxer.poll_event()) {
    if (const auto* track = std::get_if<FeedTrack>(&*event)) {
      auto started = FeedDecoder::start(*track, size, [&](GstSample* sample, Flicks) {
        const std::lock_guard lock(mutex);
        pictures.push_back(decoded_from(gst_sample_get_buffer(sample), size));
        came.notify_all();
      });
      EXPECT_TRUE(started) << started.error().message;
      if (started) decoder = std::move(*started);
    } else if (const auto* unit = std::get_if<FeedUnit>(&*event); unit && decoder) {
      EXPECT_EQ(decoder->push(*unit, false), FeedDecoder::Taken::kYes) << decoder->error();
      ++units;
    }
  }
  std::unique_lock lock(mutex);
  EXPECT_TRUE(came.wait_for(
      lock, 10s,
      [&] { return pictures.size() + 4 * pictures_per_unit >= units * pictures_per_unit; }))
      << pictures.size() << " of " << units << " for " << ffmpeg;
  std::vector<Decoded> copy = pictures;
  lock.unlock();
  decoder.reset();
  return copy;
}

void expect_colour(const std::vector<Decoded>& pictures, Yuv wanted, const std::string& what) {
  ASSERT_FALSE(pictures.empty()) << what;
  const Decoded& picture = pictures.back();
  const Yuv got = picture.at(picture.width / 2, picture.height / 2);
  EXPECT_NEAR(got.y, wanted.y, 4) << what;
  EXPECT_NEAR(got.u, wanted.u, 4) << what;
  EXPECT_NEAR(got.v, wanted.v, 4) << what;
}

std::string plain(const std::string& colour, const std::string& size, const std::string& more) {
  return "-f lavfi -i color=c=" + colour + ":s=" + size + ":r=25:d=0.4 " + more;
}

// The same red, orange and grey, whatever numbers stand for them on the way.
TEST(PicturesOfStudios, ColoursAreThoseThatWereMeant) {
  struct Way {
    const char* what;
    const char* size;
    const char* more;
  };
  const std::string x264 = "-c:v libx264 -preset ultrafast -tune zerolatency -g 10 ";
  for (const Way& way : {
           Way{"BT.709, HD", "1280x720",
               "-vf format=rgb24,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p "
               "-colorspace bt709 "
               "-color_primaries bt709 -color_trc bt709 -color_range tv"},
           Way{"BT.709, HD, full range", "1280x720",
               "-vf format=rgb24,scale=out_color_matrix=bt709:out_range=pc,format=yuvj420p "
               "-colorspace bt709 "
               "-color_primaries bt709 -color_trc bt709 -color_range pc"},
           Way{"BT.601, SD, said so", "720x576",
               "-vf format=rgb24,scale=out_color_matrix=bt601:out_range=tv,format=yuv420p "
               "-colorspace bt470bg "
               "-color_primaries bt470bg -color_trc gamma28 -color_range tv"},
           Way{"BT.601, SD, full range", "720x576",
               "-vf format=rgb24,scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p "
               "-colorspace "
               "smpte170m "
               "-color_primaries smpte170m -color_trc smpte170m -color_range pc"},
           Way{"SD, not said", "720x576",
               "-vf format=rgb24,scale=out_color_matrix=bt601:out_range=tv,format=yuv420p"},
           Way{"HD, not said", "1280x720",
               "-vf format=rgb24,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"},
       }) {
    expect_colour(sent(plain("0xE02020", way.size, x264 + way.more), {640, 360}),
                  yuv_from_rgb(0xE0, 0x20, 0x20), way.what);
  }
  const std::string mpeg2 = "-c:v mpeg2video -b:v 6M -g 10 ";
  expect_colour(
      sent(plain(
               "0xE02020", "720x576",
               mpeg2 + "-vf format=rgb24,scale=out_color_matrix=bt601:out_range=tv,format=yuv420p"),
           {640, 360}),
      yuv_from_rgb(0xE0, 0x20, 0x20), "MPEG-2, SD");
}

TEST(PicturesOfStudios, BlackAndWhiteOfFullRangeStayWithinLimits) {
  const std::string full =
      "-c:v libx264 -preset ultrafast -tune zerolatency -g 10 -vf "
      "format=rgb24,scale=out_range=pc:out_color_matrix=bt709,format=yuvj420p -colorspace bt709 "
      "-color_range pc";
  expect_colour(sent(plain("white", "640x360", full), {640, 360}), {235, 128, 128}, "white");
  expect_colour(sent(plain("black", "640x360", full), {640, 360}), {16, 128, 128}, "black");
}

// 4:3 is not stretched to 16:9: black beside it, and a square stays one.
TEST(PicturesOfStudios, AnotherShapeHasBlackBesideIt) {
  const std::string square =
      "-f lavfi -i color=c=gray:s=720x576:r=25:d=0.4 -vf "
      // 200 lines high, and as wide in square pixels of 16:15.
      "\"drawbox=x=266:y=188:w=188:h=200:color=white:t=fill,setsar=16/15,format=yuv420p\" ";
  for (const std::string codec : {"-c:v mpeg2video -b:v 6M -aspect 4:3 -g 10",
                                  "-c:v libx264 -preset ultrafast -tune zerolatency -g 10"}) {
    const auto pictures = sent(square + codec, {640, 360});
    ASSERT_FALSE(pictures.empty());
    const Decoded& picture = pictures.back();
    for (const int x : {2, 40, 76, 563, 600, 637})
      EXPECT_NEAR(picture.at(x, 180).y, 16, 2) << x << " " << codec;
    for (const int x : {88, 200, 440, 550})
      EXPECT_GT(picture.at(x, 100).y, 90) << x << " " << codec;
    int wide = 0, high = 0;
    for (int x = 0; x < 640; ++x)
      wide += picture.at(x, 180).y > 190;
    for (int y = 0; y < 360; ++y)
      high += picture.at(320, y).y > 190;
    EXPECT_NEAR(wide, high, 4) << codec;
    EXPECT_NEAR(high, 125, 3) << codec;
  }
  // A tall one of a telephone.
  const auto tall = sent(
      "-f lavfi -i color=c=gray:s=360x640:r=25:d=0.4 -c:v libx264 -preset "
      "ultrafast -tune zerolatency -g 10 -pix_fmt yuv420p",
      {640, 360});
  ASSERT_FALSE(tall.empty());
  EXPECT_NEAR(tall.back().at(100, 180).y, 16, 2);
  EXPECT_GT(tall.back().at(320, 180).y, 90);
}

// Lines that differ from both neighbours in the same direction: the teeth of two instants in one
// picture.
double combing(const Decoded& picture) {
  int64_t teeth = 0;
  for (int line = 8; line + 8 < picture.height; ++line) {
    for (int x = 0; x < picture.width; ++x) {
      const int above = picture.at(x, line - 1).y, here = picture.at(x, line).y,
                below = picture.at(x, line + 1).y;
      if ((here - above) * (here - below) > 900) ++teeth;
    }
  }
  return static_cast<double>(teeth) / (picture.width * picture.height);
}

// A bar that moves 12 pixels a field. Each field becomes a picture of its own instant.
TEST(PicturesOfStudios, InterlacedOnesHaveNoTeeth) {
  const std::string moving =
      "-f lavfi -i \"color=c=black:s=640x384:r=50:d=0.8,format=yuv420p,geq="
      "lum='if(lt(mod(X-12*N\\,160)\\,60)\\,210\\,40)':cb=128:cr=128\" -vf ";
  const std::string interlaced = moving + "\"tinterlace=interleave_top,setfield=tff\" ";
  for (const std::string codec :
       {"-c:v mpeg2video -b:v 8M -flags +ildct+ilme -top 1 -g 10",
        "-c:v libx264 -preset ultrafast -tune zerolatency -flags +ildct+ilme -x264-params tff=1 "
        "-g 10"}) {
    const auto pictures = sent(interlaced + codec, {640, 384}, 2);
    ASSERT_GE(pictures.size(), 20U) << codec;
    double worst = 0;
    for (size_t i = 2; i + 2 < pictures.size(); ++i)
      worst = std::max(worst, combing(pictures[i]));
    EXPECT_LT(worst, 0.004) << codec;
    // 25 of them a second, and 50 fields.
    EXPECT_GE(pictures.size(), 30U) << codec;
  }
  // The same without the word that it is interlaced: teeth, which shows that the measure sees them.
  const auto unsaid = sent(moving +
                               "\"tinterlace=interleave_top,setfield=prog\" -c:v libx264 -preset "
                               "ultrafast -tune zerolatency -g 10",
                           {640, 384});
  ASSERT_GE(unsaid.size(), 10U);
  EXPECT_GT(combing(unsaid[8]), 0.02);
}

}  // namespace
}  // namespace longmen

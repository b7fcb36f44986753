#include "ingest/gstreamer_codecs.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(GstreamerCodecs, AreFoundByTheNamesOfRtpAndOfContainers) {
  EXPECT_EQ(codec_of_rtp("H264", 90'000)->codec, FeedCodec::kH264);
  EXPECT_EQ(codec_of_rtp("OPUS", 48'000, 2)->codec, FeedCodec::kOpus);
  EXPECT_EQ(codec_of_stream("audio/mpeg", 1)->codec, FeedCodec::kMpegAudio);
  EXPECT_EQ(codec_of_stream("audio/mpeg", 4)->codec, FeedCodec::kAac);
  EXPECT_EQ(codec_of_rtp("JPEG"), nullptr);
  EXPECT_EQ(codec_of_stream("video/x-theora", 0), nullptr);
}

TEST(GstreamerCodecs, OfG711ATelephonesAlone) {
  for (const char* name : {"PCMA", "PCMU"}) {
    EXPECT_TRUE(codec_of_rtp(name, 8000, 1));
    EXPECT_TRUE(codec_of_rtp(name)) << "the static payload types have no rtpmap";
    EXPECT_EQ(codec_of_rtp(name, 16'000, 1), nullptr);
    EXPECT_EQ(codec_of_rtp(name, 8000, 2), nullptr);
  }
}

}  // namespace
}  // namespace longmen

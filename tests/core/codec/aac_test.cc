#include "core/codec/aac.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace longmen::aac {
namespace {

using test::from_hex;

// Configurations that ffmpeg writes into FLV; 56e500 says that there is no SBR.
TEST(Aac, ConfigurationsOfFfmpeg) {
  const auto stereo = read_audio_config(from_hex("1210 56e500"));
  ASSERT_TRUE(stereo);
  EXPECT_EQ(stereo->object_type, kObjectLc);
  EXPECT_EQ(stereo->sample_rate, 44'100);
  EXPECT_EQ(stereo->channels, 2);
  EXPECT_FALSE(stereo->sbr);
  const auto mono = read_audio_config(from_hex("1188 56e500"));
  ASSERT_TRUE(mono);
  EXPECT_EQ(mono->sample_rate, 48'000);
  EXPECT_EQ(mono->channels, 1);
  const auto surround = read_audio_config(from_hex("11b0 56e500"));
  ASSERT_TRUE(surround);
  EXPECT_EQ(surround->channels, 6);
  EXPECT_EQ(codec_string(*surround), "mp4a.40.2");
}

TEST(Aac, HeAacOfBothSignallings) {
  // AOT 5, 24 kHz, stereo, 48 kHz, AOT 2: 00101 0110 0010 0011 00010 000
  const auto hierarchical = read_audio_config(from_hex("2b118800"));
  ASSERT_TRUE(hierarchical);
  EXPECT_TRUE(hierarchical->sbr);
  EXPECT_FALSE(hierarchical->ps);
  EXPECT_EQ(hierarchical->sample_rate, 24'000);
  EXPECT_EQ(hierarchical->sbr_sample_rate, 48'000);
  EXPECT_EQ(codec_string(*hierarchical), "mp4a.40.5");
  // AOT 2, 24 kHz, stereo, then 0x2b7, AOT 5, present, 48 kHz.
  const auto compatible = read_audio_config(from_hex("1310 56e598"));
  ASSERT_TRUE(compatible);
  EXPECT_TRUE(compatible->sbr);
  EXPECT_EQ(compatible->sample_rate, 24'000);
  EXPECT_EQ(compatible->sbr_sample_rate, 48'000);
}

TEST(Aac, WhatIsWrittenIsRead) {
  for (int rate : {96000, 48000, 44100, 32000, 22050, 8000, 37800}) {
    for (uint8_t channels = 1; channels <= 8; ++channels) {
      AudioConfig config;
      config.sample_rate = rate;
      config.channels = channels;
      EXPECT_EQ(read_audio_config(write_audio_config(config)), config) << rate << channels;
      config.sbr = true;
      config.ps = channels == 1;
      config.sbr_sample_rate = 48'000;
      config.frame_samples = 960;
      EXPECT_EQ(read_audio_config(write_audio_config(config)), config) << rate << channels;
    }
  }
  AudioConfig usual;
  EXPECT_EQ(write_audio_config(usual), from_hex("1190"));
}

TEST(Aac, WhatIsNotSpokenIsNamed) {
  EXPECT_EQ(read_audio_config({}).error(), DropReason::kTruncated);
  EXPECT_EQ(read_audio_config(from_hex("12")).error(), DropReason::kTruncated);
  EXPECT_EQ(read_audio_config(from_hex("1200")).error(), DropReason::kUnsupported);      // PCE
  EXPECT_EQ(read_audio_config(from_hex("f8e85000")).error(), DropReason::kUnsupported);  // AOT 39
  EXPECT_EQ(read_audio_config(from_hex("1690")).error(), DropReason::kMalformed);        // rate 13
}

}  // namespace
}  // namespace longmen::aac

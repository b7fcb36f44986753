#include "core/failover/common_time.h"

#include <gtest/gtest.h>

#include <vector>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kOne = ChannelInput::kPrimary, kTwo = ChannelInput::kBackup;
const MediaTime kZero{1'764'000'000s};

LumaLook picture_of_source(int number) {
  std::vector<uint8_t> luma(128 * 72);
  for (size_t i = 0; i < luma.size(); ++i)
    luma[i] = static_cast<uint8_t>(40 + (i * 3 + static_cast<size_t>(number) * 29) % 150);
  return LumaLook::at(luma.data(), 128, 72, 128);
}

// Thirty pictures a second of one source; `shift` is what the second input's timestamps are off by.
void play(CommonTime& common, int pictures, Flicks later, Flicks shift = Flicks(0), int other = 0) {
  for (int i = 0; i < pictures; ++i) {
    const Flicks time = i * Flicks(1s) / 30;
    if (common.wants(kOne, time)) common.look(kOne, time, kZero + time, picture_of_source(i));
    if (common.wants(kTwo, time + shift))
      common.look(kTwo, time + shift, kZero + time + later, picture_of_source(i + other));
  }
}

TEST(CommonTime, OneEncoderIsRecognisedAndMeasured) {
  CommonTime common;
  play(common, 12, 80ms);
  EXPECT_FALSE(common.is_common()) << "not by chance";
  EXPECT_FALSE(common.backup_is_later_by());
  play(common, 30, 80ms);
  ASSERT_TRUE(common.is_common());
  EXPECT_EQ(common.backup_is_later_by(), Flicks(80ms));
  common.forget(kTwo);
  EXPECT_FALSE(common.is_common());
}

TEST(CommonTime, TimestampsInMillisecondsAreTheSameOnes) {
  CommonTime common;
  play(common, 30, -40ms, Flicks(-423'360));
  EXPECT_TRUE(common.is_common());
}

TEST(CommonTime, EncodersThatBothBeganAtZeroAreNot) {
  CommonTime common;
  play(common, 60, 80ms, Flicks(0), 2);
  EXPECT_FALSE(common.is_common());
}

TEST(CommonTime, OtherTimestampsSayNothing) {
  CommonTime common;
  play(common, 60, 80ms, 1400ms + 7ms);
  EXPECT_FALSE(common.is_common());
}

}  // namespace
}  // namespace longmen

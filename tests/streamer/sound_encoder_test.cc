#include "streamer/sound_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <mutex>
#include <random>
#include <span>

#include "core/codec/opus.h"
#include "core/rtp/packetizer.h"
#include "tests/streamer/decoded_output.h"

namespace longmen {
namespace {

using namespace test;

constexpr SampleIndex kFrom = 1'764'000'000LL * 48'000 + 12'345;  // not on any grid
constexpr int64_t kSamples = 96'000;

// A burst of noise is as good as a fingerprint: its place is found to the sample.
std::vector<float> burst() {
  std::mt19937 random(5);
  std::normal_distribution<float> noise(0, 0.2F);
  std::vector<float> sound(4000);
  float low = 0;
  for (float& sample : sound)
    sample = low = 0.7F * low + 0.3F * noise(random);
  return sound;
}

int64_t place_of(const std::vector<float>& needle, const std::vector<float>& sound) {
  double best = -1;
  int64_t place = -1;
  for (size_t at = 0; at + needle.size() <= sound.size(); ++at) {
    double sum = 0;
    for (size_t i = 0; i < needle.size(); i += 3)
      sum += needle[i] * sound[at + i];
    if (sum > best) best = sum, place = static_cast<int64_t>(at);
  }
  return place;
}

// What the last hop makes of them on a busy shard.
std::vector<MediaUnit> in_pairs(const std::vector<MediaUnit>& units) {
  std::vector<MediaUnit> pairs;
  for (size_t i = 0; i + 1 < units.size(); i += 2) {
    Bytes both;
    EXPECT_TRUE(opus::join(units[i].payloads, units[i + 1].payloads, both));
    Packetizer packetizer(units[i].generation, kOpusRendition);
    pairs.push_back(*packetizer.opus(both, units[i].time));
  }
  if (units.size() % 2 == 1) pairs.push_back(units.back());
  return pairs;
}

// Of both sides in turn, from kFrom on.
std::vector<MediaUnit> encoded(SoundCodec codec, const std::vector<float>& sound) {
  EXPECT_TRUE(set_up_gstreamer());
  const bool opus = codec == SoundCodec::kOpus;
  const AudioGrid grid = opus ? kOpusGrid : kAacGrid;
  std::mutex mutex;
  std::vector<MediaUnit> units;
  Packetizer packetizer(Generation{1}, opus ? kOpusRendition : kAacRendition);
  auto encoder =
      SoundEncoder::start(codec, 128, kFrom, [&](AudioFrameIndex frame, ByteSpan packet) {
        const std::lock_guard lock(mutex);
        auto unit = opus ? packetizer.opus(packet, grid.time_of(frame))
                         : packetizer.aac(packet, grid.time_of(frame));
        ASSERT_TRUE(unit);
        units.push_back(std::move(*unit));
      });
  EXPECT_TRUE(encoder) << encoder.error().message;
  if (!encoder) return {};
  // In blocks that fit no frame.
  constexpr int64_t kBlock = 777;
  for (int64_t at = 0; at < kSamples; at += kBlock) {
    const int64_t count = std::min(kBlock, kSamples - at);
    while ((*encoder)->queued_samples() > 48'000)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    (*encoder)->push(kFrom + at, std::span(sound).subspan(static_cast<size_t>(2 * at),
                                                          static_cast<size_t>(2 * count)));
  }
  // The last sound to come out is a fifth of a second before the end.
  for (int wait = 0; wait < 2000; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const std::lock_guard lock(mutex);
    if (!units.empty() && sample_at(units.back().time) > kFrom + kSamples - 9600) break;
  }
  EXPECT_FALSE((*encoder)->failed()) << (*encoder)->error();
  encoder->reset();
  return units;
}

double amplitude(std::span<const float> sound, double hertz) {
  std::complex<double> sum = 0;
  for (size_t i = 0; i < sound.size(); ++i)
    sum += std::polar<double>(sound[i], -2 * M_PI * hertz * static_cast<double>(i) / 48'000);
  return 2 * std::abs(sum) / static_cast<double>(sound.size());
}

class EncodedSound : public testing::TestWithParam<SoundCodec> {};

TEST_P(EncodedSound, MediaTimeOfAPacketIsMediaTimeOfItsSound) {
  const bool opus = GetParam() == SoundCodec::kOpus;
  const AudioGrid grid = opus ? kOpusGrid : kAacGrid;
  const auto needle = burst();
  std::vector<float> sound(kSamples * 2, 0.0F);
  constexpr int64_t kBurstAt = 40'000;
  for (size_t i = 0; i < needle.size(); ++i)
    sound[2 * (kBurstAt + i)] = sound[2 * (kBurstAt + i) + 1] = needle[i];
  const std::vector<MediaUnit> units = encoded(GetParam(), sound);

  ASSERT_FALSE(units.empty());
  EXPECT_LE(sample_at(units.front().time), kFrom + 3 * grid.samples_per_frame());
  for (size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(units[i].time,
              grid.time_of(grid.frame_at(units.front().time) + static_cast<int64_t>(i)));
  }
  const DecodedSound decoded = decode_sound(units);
  if (opus) {
    EXPECT_EQ(decode_sound(in_pairs(units)).left, decoded.left);
  }
  const int64_t place = decoded.first + place_of(needle, decoded.left);
  EXPECT_NEAR(static_cast<double>(place - kFrom), kBurstAt, 1);
}

TEST_P(EncodedSound, ASideThatIsQuietIsNotTheOther) {
  std::vector<float> sound(kSamples * 2);
  for (size_t i = 0; i < kSamples; ++i) {
    const double angle = 2 * M_PI * static_cast<double>(i) / 48'000;
    sound[2 * i] = static_cast<float>(0.02 * std::sin(1500 * angle));
    sound[2 * i + 1] = static_cast<float>(0.08 * std::sin(600 * angle));
  }
  const DecodedSound decoded = decode_sound(encoded(GetParam(), sound));
  ASSERT_GT(decoded.left.size(), 60'000u);
  const auto heard = std::span(decoded.left).subspan(12'000, 48'000);
  EXPECT_NEAR(amplitude(heard, 1500), 0.02, 0.003);
  EXPECT_LT(amplitude(heard, 600), 0.004);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EncodedSound, testing::Values(SoundCodec::kOpus, SoundCodec::kAac),
                         [](const auto& of) {
                           return of.param == SoundCodec::kOpus ? "opus" : "aac";
                         });

}  // namespace
}  // namespace longmen

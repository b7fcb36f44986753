#include "core/sound/sound_mapping.h"

#include <gtest/gtest.h>

#include <vector>

namespace longmen {
namespace {

std::vector<float> mapped(SoundMapping mapping) {
  std::vector<float> samples{0.5F, -0.25F, 0, 1};
  map_sound(mapping, samples);
  return samples;
}

TEST(SoundMapping, SaysWhichSideIsHeardWhere) {
  EXPECT_EQ(mapped(SoundMapping::kStereo), (std::vector<float>{0.5F, -0.25F, 0, 1}));
  EXPECT_EQ(mapped(SoundMapping::kLeft), (std::vector<float>{0.5F, 0.5F, 0, 0}));
  EXPECT_EQ(mapped(SoundMapping::kRight), (std::vector<float>{-0.25F, -0.25F, 1, 1}));
  EXPECT_EQ(mapped(SoundMapping::kMono), (std::vector<float>{0.125F, 0.125F, 0.5F, 0.5F}));
  EXPECT_EQ(mapped(SoundMapping::kSwap), (std::vector<float>{-0.25F, 0.5F, 1, 0}));
}

TEST(SoundMapping, HasNames) {
  for (const auto& [mapping, name] : kSoundMappingNames) {
    EXPECT_EQ(name_of(mapping), name);
    EXPECT_EQ(sound_mapping_named(name), mapping);
  }
  EXPECT_EQ(sound_mapping_named("both"), std::nullopt);
}

}  // namespace
}  // namespace longmen

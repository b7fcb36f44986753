#include "core/sound/sound_rules.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace longmen {
namespace {

Result<SoundRules> read(const char* text, const SoundRules& before = {}) {
  return read_sound_rules(boost::json::parse(text).as_object(), before);
}

TEST(SoundRules, TravelAsJson) {
  SoundRules rules;
  rules.target_lufs = -23.5;
  rules.mapping[ChannelInput::kBackup] = SoundMapping::kLeft;
  EXPECT_EQ(read_sound_rules(to_json(rules), {}), rules);
  EXPECT_EQ(read_sound_rules(to_json(SoundRules()), rules), SoundRules());
  rules.target_lufs = -24;
  EXPECT_EQ(boost::json::serialize(to_json(rules)),
            R"({"target_lufs":-24,"primary_mapping":"stereo","backup_mapping":"left"})");
}

TEST(SoundRules, WhatIsAbsentStays) {
  SoundRules rules;
  rules.target_lufs = -23;
  const auto mapped = read(R"({"primary_mapping":"mono"})", rules);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->target_lufs, -23);
  EXPECT_EQ(mapped->mapping[ChannelInput::kPrimary], SoundMapping::kMono);
  EXPECT_EQ(mapped->mapping[ChannelInput::kBackup], SoundMapping::kStereo);
  EXPECT_EQ(read(R"({"target_lufs":null})", rules)->target_lufs, std::nullopt);
  EXPECT_EQ(read(R"({"target_lufs":-16.04})")->target_lufs, -16.0) << "in tenths";
}

TEST(SoundRules, MistakesAreNamed) {
  const auto words = [](const char* text) {
    const auto rules = read(text);
    return rules ? std::string() : rules.error().message;
  };
  EXPECT_EQ(words(R"({"target_lufs":-13.9})"),
            "target_lufs: -31 to -14 is allowed, and null for off");
  EXPECT_EQ(words(R"({"target_lufs":-31.1})"),
            "target_lufs: -31 to -14 is allowed, and null for off");
  EXPECT_EQ(words(R"({"target_lufs":"china"})"),
            "target_lufs: -31 to -14 is allowed, and null for off");
  EXPECT_EQ(words(R"({"primary_mapping":"both"})"),
            "primary_mapping: stereo, left, right, mono or swap is allowed");
  EXPECT_EQ(words(R"({"backup_mapping":3})"),
            "backup_mapping: stereo, left, right, mono or swap is allowed");
  EXPECT_EQ(words(R"({"third_mapping":"mono"})"), "there is no field \"third_mapping\" here");
}

}  // namespace
}  // namespace longmen

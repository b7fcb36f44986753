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
            "primary_mapping: stereo, left, right, mono, swap or languages is allowed");
  EXPECT_EQ(words(R"({"backup_mapping":3})"),
            "backup_mapping: stereo, left, right, mono, swap or languages is allowed");
  EXPECT_EQ(words(R"({"third_mapping":"mono"})"), "there is no field \"third_mapping\" here");
}

constexpr const char* kTwo = R"([{"tag":"zh","name":"普通话"},{"tag":"ug","name":"ئۇيغۇرچە"}])";

TEST(SoundRules, TwoLanguagesAreTwoSounds) {
  const auto rules =
      read((R"({"primary_mapping":"languages","languages":)" + std::string(kTwo) + "}").c_str());
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(sounds_of(*rules), 2u);
  EXPECT_EQ(languages_on_air(*rules)[1], (SoundLanguage{"ug", "ئۇيغۇرچە"}));
  EXPECT_EQ(read_sound_rules(to_json(*rules), {}), *rules);
  EXPECT_EQ(mapping_on_air(*rules, ChannelInput::kPrimary), SoundMapping::kLanguages);
  EXPECT_EQ(mapping_on_air(*rules, ChannelInput::kBackup), SoundMapping::kMono) << "in both";
  const auto off = read(R"({"primary_mapping":"stereo"})", *rules);
  ASSERT_TRUE(off);
  EXPECT_EQ(off->languages.size(), 2u) << "they stay for another time";
  EXPECT_EQ(sounds_of(*off), 1u);
  EXPECT_EQ(mapping_on_air(*off, ChannelInput::kBackup), SoundMapping::kStereo);
  EXPECT_EQ(read(R"({"languages":null})", *off), SoundRules());
}

TEST(SoundRules, WhatIsWrongWithLanguagesIsNamed) {
  const auto words = [](const std::string& languages) {
    const auto rules = read((R"({"languages":)" + languages + "}").c_str());
    return rules ? std::string() : rules.error().message;
  };
  EXPECT_EQ(words(kTwo), "");
  EXPECT_EQ(words("[]"), "");
  EXPECT_EQ(words(R"("zh")"), "languages: two are allowed, the left one first, and null for none");
  EXPECT_EQ(words(R"([{"tag":"zh","name":"a"}])"),
            "languages: two are allowed, the left one first, and null for none");
  EXPECT_EQ(words(R"(["zh","ug"])"), "languages: each is an object with tag and name");
  EXPECT_EQ(words(R"([{"tag":"中","name":"a"},{"tag":"ug","name":"b"}])"),
            "languages: tag = \"中\": a language tag of BCP 47 is allowed, such as zh, ug or bo");
  EXPECT_EQ(words(R"([{"tag":"zh","name":"a\"b"},{"tag":"ug","name":"b"}])"),
            "languages: name of zh: 1 to 128 bytes without a quotation mark are allowed");
  for (const char* same : {R"([{"tag":"zh","name":"a"},{"tag":"ZH","name":"b"}])",
                           R"([{"tag":"zh","name":"a"},{"tag":"ug","name":"a"}])"})
    EXPECT_EQ(words(same), "languages: the two are to have different tags and different names");
  const auto without = read(R"({"backup_mapping":"languages"})");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().message,
            "languages: an input that is mapped so has two, the left one first");
}

}  // namespace
}  // namespace longmen

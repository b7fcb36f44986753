#include "core/recording/recording_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/core/recording/made_up_recording.h"

namespace longmen::recording {
namespace {

TEST(RecordingState, ChangesWithWhatIsShownAndWithNothingElse) {
  RecordingInfo info = test::MadeUpRecording().info;
  const RecordingState state = state_of(info);
  EXPECT_EQ(state.channel, info.channel);
  EXPECT_FALSE(state.ended);
  EXPECT_EQ(recording_state_from_json(to_json(state)), state);
  info.title = "书记龙门阵";
  info.keep = true;
  EXPECT_EQ(state_of(info), state);
  std::vector<std::string> seen{state.shown};
  info.withdrawn = {{info.start_ms + 1'000, info.start_ms + 2'000}};
  seen.push_back(state_of(info).shown);
  info.cuts = std::exchange(info.withdrawn, {});
  seen.push_back(state_of(info).shown);
  info.end_ms = info.start_ms + 9'000;
  EXPECT_TRUE(state_of(info).ended);
  seen.push_back(state_of(info).shown);
  info.shown = {info.start_ms, info.start_ms + 4'000};
  seen.push_back(state_of(info).shown);
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST(RecordingState, WhatCouldNotBeAFoldersNameIsRefused) {
  const auto of = [](const std::string& shown) {
    return recording_state_from_json(R"({"channel":"main","ended":true,"shown":")" + shown + "\"}");
  };
  EXPECT_TRUE(of(std::string(kShownDigits, 'a')));
  EXPECT_FALSE(of(std::string(kShownDigits - 1, 'a')));
  EXPECT_FALSE(of("../" + std::string(kShownDigits - 3, 'a')));
  EXPECT_FALSE(of(std::string(kShownDigits, 'A')));
  EXPECT_FALSE(recording_state_from_json("[]"));
  EXPECT_FALSE(recording_state_from_json("<html>"));
}

}  // namespace
}  // namespace longmen::recording

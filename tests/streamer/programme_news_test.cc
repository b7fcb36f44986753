#include "streamer/programme_news.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace longmen {
namespace {

using namespace std::chrono_literals;

std::string airs(const ProgrammeNews& news, Shown shown, std::chrono::milliseconds delay,
                 MediaTime now) {
  ProgrammeState state;
  state.shown = shown;
  const auto status = boost::json::parse(news.status(state, delay, now)).as_object();
  const auto* what = status.if_contains("airs");
  return what ? std::string(what->as_string()) : "";
}

TEST(ProgrammeNews, OfAHeldProgrammeWhatAirsIsWhatWasShownThen) {
  ProgrammeNews news("main");
  const MediaTime at(1000s);
  EXPECT_EQ(airs(news, Shown::kPrimary, 0s, at), "");
  EXPECT_EQ(airs(news, Shown::kPrimary, 5s, at), "primary");
  news.take({.what = {Shown::kPrimary, Shown::kBackup, "no_data"}, .at = at});
  news.take({.what = {Shown::kBackup, Shown::kSlate, "no_data"}, .at = at + Flicks(2s)});
  EXPECT_EQ(airs(news, Shown::kSlate, 5s, at + Flicks(4s)), "primary");
  EXPECT_EQ(airs(news, Shown::kSlate, 5s, at + Flicks(5s)), "backup");
  EXPECT_EQ(airs(news, Shown::kSlate, 5s, at + Flicks(7s)), "slate");
}

TEST(ProgrammeNews, ASwitchIsToldWithItsJumpAndByWhatThatIsKnown) {
  ProgrammeNews news("main");
  SwitchReport report{.what = {Shown::kPrimary, Shown::kBackup, "black"}};
  const std::string head = "backup on air instead of primary: black";
  EXPECT_EQ(news.take(report), head);
  report.stood_slots = 2;
  const std::string stood = head + "; the picture stood still for 2 slots, ";
  EXPECT_EQ(news.take(report), stood + "nothing in common to tell a jump by");
  report.jump_slots = 0;
  EXPECT_EQ(news.take(report), stood + "on the same frame");
  report.jump_slots = -12;
  report.jump_by = InCommon::kSound;
  EXPECT_EQ(news.take(report), stood + "by the sound of both 12 frames repeated");
  ProgrammeState state;
  state.backup_is_later = BackupLater{400ms, InCommon::kSound};
  const auto figures = boost::json::parse(news.figures(state, {})).at("streamer").at(0);
  EXPECT_EQ(figures.at("backup_later_ms"), 400);
  EXPECT_EQ(figures.at("backup_later_by"), "sound");
  const auto& switches = figures.at("switches").as_array();
  EXPECT_EQ(switches.at(0).at("jump_by"), nullptr);
  EXPECT_EQ(switches.at(2).at("jump_by"), "time");
  EXPECT_EQ(switches.at(3).at("jump_by"), "sound");
}

TEST(ProgrammeNews, OfTwoLanguagesTheFirstSoundHasTheSecondInside) {
  ProgrammeState state;
  state.sounds.resize(2);
  state.sounds[0].momentary_lufs = -24;
  state.sounds[1].momentary_lufs = -30;
  const auto sound = [&](const ProgrammeNews& news) {
    return boost::json::parse(news.figures(state, {})).at("streamer").at(0).at("sound").as_object();
  };
  const auto two = sound(ProgrammeNews("main", {{"zh", "普通话"}, {"ug", "ئۇيغۇرچە"}}));
  EXPECT_EQ(two.at("momentary_lufs"), -24.0);
  EXPECT_EQ(two.at("language").at("tag"), "zh");
  EXPECT_EQ(two.at("second").at("momentary_lufs"), -30.0);
  EXPECT_EQ(two.at("second").at("language").at("name"), "ئۇيغۇرچە");
  state.sounds.resize(1);
  const auto one = sound(ProgrammeNews("main"));
  EXPECT_EQ(one.at("momentary_lufs"), -24.0);
  EXPECT_FALSE(one.contains("language") || one.contains("second"));
}

}  // namespace
}  // namespace longmen

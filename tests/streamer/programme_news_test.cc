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
  news.take({{Shown::kPrimary, Shown::kBackup, "no_data"}, at, {}, {}});
  news.take({{Shown::kBackup, Shown::kSlate, "no_data"}, at + Flicks(2s), {}, {}});
  EXPECT_EQ(airs(news, Shown::kSlate, 5s, at + Flicks(4s)), "primary");
  EXPECT_EQ(airs(news, Shown::kSlate, 5s, at + Flicks(5s)), "backup");
  EXPECT_EQ(airs(news, Shown::kSlate, 5s, at + Flicks(7s)), "slate");
}

}  // namespace
}  // namespace longmen

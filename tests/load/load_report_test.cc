#include "load/load_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace longmen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProcessUsage usage(double cpu_seconds, size_t pss_kb) {
  ProcessUsage usage;
  usage.pid = 77;
  usage.name = "longmen";
  usage.cpu_seconds = cpu_seconds;
  usage.pss_kb = pss_kb;
  usage.threads[77] = {"shard 0", cpu_seconds - 0.5};
  usage.threads[78] = {"idle", 0.5};
  return usage;
}

LoadReport report() {
  LoadReport report;
  report.url = "http://127.0.0.1/whep/main";
  report.filter = "ebpf";
  report.asked = report.joined = 100;
  report.ramp.keyframe_ms = figures_of({10, 20, 30});
  report.churn.keyframe_ms = figures_of({40});
  report.seconds = 10;
  report.viewers = 100;
  report.packets = 1'000'000;
  report.expected = 1'000'000;
  report.media_rate = figures_of({0.99, 1.0, 1.01});
  report.server_before = {usage(1, 10'000)};
  report.server_begin = {usage(5, 14'000)};
  report.server_end = {usage(6.5, 15'000)};
  return report;
}

TEST(LoadReportTest, CostsAreDifferencesOfTheirOwnInterval) {
  const LoadReport good = report();
  // 1.5 s of the measured interval for a million packets; memory over the ramp for 100 viewers.
  EXPECT_DOUBLE_EQ(good.server_us_per_packet().value(), 1.5);
  EXPECT_DOUBLE_EQ(good.server_kb_per_viewer().value(), 40.0);
  const std::string table = report_table(good);
  EXPECT_THAT(table, HasSubstr("1.500 us a packet, 40.0 kB a viewer"));
  EXPECT_THAT(table, HasSubstr("shard 0"));
  EXPECT_THAT(table, Not(HasSubstr("idle")));
}

TEST(LoadReportTest, WithoutPidsNothingIsSaidOfTheServer) {
  LoadReport lone = report();
  lone.server_before = lone.server_begin = lone.server_end = {};
  EXPECT_FALSE(lone.server_us_per_packet());
  EXPECT_FALSE(lone.server_kb_per_viewer());
  EXPECT_THAT(report_table(lone), Not(HasSubstr("server:")));
}

TEST(LoadReportTest, ExitCodeJudgesJoinsAndLoss) {
  EXPECT_EQ(exit_code_of(report(), -1), 0);
  EXPECT_EQ(exit_code_of(report(), 0), 0);
  LoadReport lossy = report();
  lossy.lost = 5000;
  EXPECT_DOUBLE_EQ(lossy.loss_percent(), 0.5);
  EXPECT_EQ(exit_code_of(lossy, -1), 0);
  EXPECT_EQ(exit_code_of(lossy, 0.5), 0);
  EXPECT_EQ(exit_code_of(lossy, 0.4), 1);
  LoadReport failed = report();
  failed.failures["the answer is HTTP 503"] = 3;
  EXPECT_EQ(exit_code_of(failed, -1), 1);
  EXPECT_EQ(failed.failed(), 3u);
  EXPECT_THAT(report_table(failed), HasSubstr("3 failed: the answer is HTTP 503"));
  LoadReport broken = report();
  broken.broken["the server closed the connection"] = 1;
  EXPECT_EQ(exit_code_of(broken, -1), 1);
}

TEST(LoadReportTest, JsonHasTheFigures) {
  const auto json = boost::json::parse(report_json(report()));
  EXPECT_EQ(json.at("joins").at("joined").to_number<int>(), 100);
  EXPECT_EQ(json.at("joins").at("keyframe_ms").at("p50").to_number<double>(), 20);
  EXPECT_TRUE(json.at("joins").at("answer_ms").is_null());
  EXPECT_EQ(json.at("churn").at("keyframe_ms").at("p50").to_number<double>(), 40);
  EXPECT_EQ(json.at("media").at("media_seconds_per_second").at("max").to_number<double>(), 1.01);
  EXPECT_EQ(json.at("server").at("cpu_us_per_packet").to_number<double>(), 1.5);
  const auto& process = json.at("server").at("processes").at(0);
  EXPECT_EQ(process.at("pss_before_kb").to_number<int>(), 10'000);
  EXPECT_EQ(process.at("threads").as_array().size(), 1u);
}

TEST(ProgressTest, BetweenTwoInstants) {
  FilterCounters counted;
  FilteredProgress viewer;
  const Monotonic start{std::chrono::seconds(100)};
  counted.streams[FilterCounters::kVideo] = {1000, 30, 65'000, 4294960000u, 1, 1};
  viewer.note(counted, false, start);
  const Progress begin = viewer.progress();
  // Both counters turn: 1,036 numbers on, of which 1,030 came; 2 s of media in 2 s.
  counted.streams[FilterCounters::kVideo] = {2030, 90, 500, 4294960000u + 180'000u, 1, 1};
  counted.bytes = 5000;
  counted.long_freezes = 1;
  viewer.note(counted, false, start + std::chrono::seconds(2));
  const ProgressBetween got = between(begin, viewer.progress());
  EXPECT_DOUBLE_EQ(got.seconds, 2);
  EXPECT_EQ(got.packets, 1030u);
  EXPECT_EQ(got.expected, 1036u);
  EXPECT_EQ(got.lost, 6u);
  EXPECT_EQ(got.frames, 60u);
  EXPECT_EQ(got.bytes, 5000u);
  EXPECT_EQ(got.long_freezes, 1u);
  EXPECT_DOUBLE_EQ(got.media_seconds.value(), 2);
}

// Looks fall anywhere between frames; a rate is that of frames.
TEST(ProgressTest, TheRateIsThatOfFramesAndOfNowWhenTheyAreOverdue) {
  using namespace std::chrono_literals;
  FilterCounters counted;
  FilteredProgress viewer;
  const auto look = [&](std::chrono::nanoseconds frame_at, uint32_t timestamp, Monotonic at) {
    counted.last_frame_ns = static_cast<uint64_t>(frame_at.count());
    counted.streams[FilterCounters::kVideo] = {100, 10, 100, timestamp, 1, 1};
    viewer.note(counted, false, at);
    return viewer.progress();
  };
  const Progress begin = look(100s, 0, Monotonic(100s + 30ms));
  EXPECT_DOUBLE_EQ(*between(begin, look(102s, 180'000, Monotonic(102s + 1ms))).media_rate, 1);
  EXPECT_DOUBLE_EQ(*between(begin, look(102s, 180'000, Monotonic(102s + 150ms))).media_rate, 1);
  EXPECT_DOUBLE_EQ(*between(begin, look(102s, 180'000, Monotonic(104s))).media_rate, 0.5);
}

TEST(ProgressTest, ALateFrameIsNoLagButFallingBehindIs) {
  using namespace std::chrono_literals;
  const auto at = [](std::chrono::nanoseconds when, double media_seconds) {
    Progress progress;
    progress.at = progress.media_at = Monotonic(when);
    progress.media_seconds = media_seconds;
    return progress;
  };
  LeastLag early, late, behind;
  EXPECT_FALSE(LeastLag::rate(early, late));
  for (int frame = 0; frame < 3; ++frame) {
    const auto moved = frame == 1 ? 0ms : 30ms;  // one of three comes at once
    early.look(at(100s + frame * 40ms + moved, frame * 0.04));
    late.look(at(110s + frame * 40ms + 2 * moved, 10 + frame * 0.04));
    behind.look(at(110s + frame * 40ms + 2 * moved, 9 + frame * 0.04));
  }
  EXPECT_NEAR(LeastLag::rate(early, late).value(), 1, 1e-9);
  EXPECT_NEAR(LeastLag::rate(early, behind).value(), 0.9, 1e-9);
}

// A viewer that became light just before the interval, and got nothing for a while.
TEST(ProgressTest, MediaTimeGoesOnFromBeforeTheFilter) {
  Progress before;
  before.at = Monotonic(std::chrono::seconds(100));
  before.media_seconds = 47'000.5;  // close to the turn of the 32-bit timestamp, 47,721.9 s
  FilteredProgress viewer;
  viewer.begin(before, false);
  FilterCounters counted;
  viewer.note(counted, false, before.at);
  const Progress begin = viewer.progress();
  EXPECT_EQ(begin.media_seconds, before.media_seconds);
  counted.streams[FilterCounters::kVideo] = {
      10, 10, 5, static_cast<uint32_t>(static_cast<uint64_t>((47'000.5 + 1000) * 90'000)), 1, 1};
  viewer.note(counted, false, before.at + std::chrono::seconds(1000));
  const ProgressBetween got = between(begin, viewer.progress());
  EXPECT_NEAR(got.media_seconds.value(), 1000, 0.001);
  EXPECT_EQ(got.lost, 0u);
}

TEST(ProcessProbeTest, StatLineWithBracketsInTheName) {
  const auto usage = read_stat_line(
      "42 (a (odd) name) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 4 0 1 2 3", 100);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->name, "a (odd) name");
  EXPECT_DOUBLE_EQ(usage->cpu_seconds, 3.0);
  EXPECT_FALSE(read_stat_line("", 100));
  EXPECT_FALSE(read_stat_line("42 (name) S 1 2", 100));
}

TEST(ProcessProbeTest, LooksAtThisProcess) {
  const auto usage = look_at_process(getpid());
  ASSERT_TRUE(usage) << usage.error().message;
  EXPECT_GE(usage->descriptors, 3u);
  EXPECT_GE(usage->threads.size(), 1u);
  EXPECT_GT(usage->pss_kb, 0u);
  EXPECT_FALSE(look_at_process(0));
}

}  // namespace
}  // namespace longmen

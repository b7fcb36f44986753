// Seeded simulation of links whose rate changes: which rung viewers get, how long pictures stand
// still, how late they are, and when the best rung is back. Prints what it saw. A failure prints
// its seed; LONGMEN_SIM_SEED=N plays that one again.
#include <cmath>

#include "tests/sim/broadcast.h"

namespace longmen::sim {
namespace {

using namespace std::chrono_literals;

const MediaTime kChangesStart{100'000s};
constexpr std::chrono::nanoseconds kFeedbackInterval = 100ms;
constexpr std::chrono::nanoseconds kQueueBound = 1s;  // of the narrow place: a bloated one
constexpr std::chrono::nanoseconds kSample = 50ms;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// One viewer for each seed, with a link of its own, all of one programme. The GOP's phase at which
// viewers join and rates change differs from seed to seed.
class RateChangesTest : public testing::Test {
 protected:
  static constexpr size_t kRungs = 3;

  struct Watched {
    SimulatedViewer* viewer = nullptr;
    uint64_t seed = 0;
    std::chrono::nanoseconds phase{0};
    Monotonic joined{};
    Monotonic back_at{};                                         // of the last change of rate
    std::array<std::chrono::nanoseconds, kRungs + 1> on_rung{};  // the last: no picture
    std::optional<Monotonic> top_since;
    std::optional<Monotonic> first_picture;
    size_t decoded = 0;
  };

  RateChangesTest() {
    broadcast.switch_to(&programme);
    broadcast.run(3s);  // so that the rungs' rates are known
  }

  // `steps` are relative to the seed's phase.
  Watched& join(uint64_t seed, const LinkQuality& quality,
                std::vector<std::pair<std::chrono::nanoseconds, double>> steps,
                std::chrono::nanoseconds queue_bound = kQueueBound,
                const JoinRequest& request = test::player_request()) {
    std::mt19937_64 random(seed * 77);
    broadcast.run(std::chrono::milliseconds(random() % 40 * 5));
    Watched watched;
    watched.seed = seed;
    watched.joined = broadcast.now();
    watched.phase = std::chrono::milliseconds(random() % 1000);
    SimulatedViewer& viewer =
        broadcast.add_viewer(SrtpProfile::kAeadAes128Gcm, RenditionId{0}, quality, {}, request);
    viewer.receiver.send_feedback(kFeedbackInterval);
    if (!steps.empty()) {
      std::vector<RateStep> at;
      for (const auto& [from, bps] : steps)
        at.push_back({broadcast.now() + from + (at.empty() ? 0ns : watched.phase), bps});
      watched.back_at = at.back().from;
      viewer.bottleneck.emplace(std::move(at), queue_bound);
    }
    watched.viewer = &viewer;
    all.push_back(watched);
    return all.back();
  }

  void run(std::chrono::nanoseconds duration) {
    for (const Monotonic end = broadcast.now() + duration; broadcast.now() < end;) {
      broadcast.run(kSample);
      for (Watched& watched : all)
        look(watched);
    }
  }

  // LONGMEN_SIM_TRACE=1 prints every sample, for one seed best.
  void trace(const Watched& watched) const {
    static const bool traced = std::getenv("LONGMEN_SIM_TRACE") != nullptr;
    if (!traced) return;
    const Viewer& viewer = watched.viewer->viewer;
    const LinkView link = viewer.quality().link;
    const auto ms = [](std::chrono::nanoseconds duration) { return seconds(duration) * 1e3; };
    fmt::print(
        "{:.2f} s: wanted {} shown {}{} queue {:.0f} said {:.0f}/{:.0f}/{:.0f} ms, link {:.2f} "
        "Mbit/s, "
        "loss {:.3f}, starts {} stops {} probes {}, late {:.0f} ms\n",
        seconds(broadcast.now().time_since_epoch()), viewer.wanted_video().value,
        viewer.video_rendition() ? viewer.video_rendition()->value : 9,
        viewer.video_held() ? " held" : "",
        watched.viewer->bottleneck ? ms(watched.viewer->bottleneck->wait(broadcast.now())) : 0,
        ms(link.predicted_queue), ms(link.measured_queue), ms(link.standing_queue.value_or(0ns)),
        link.capacity ? link.capacity->bps / 1e6 : 0.0, link.loss.value_or(0),
        viewer.counters().gop_starts, viewer.counters().late_stops, viewer.counters().probes,
        ms(watched.viewer->receiver.longest_lateness()));
  }

  void look(Watched& watched) {
    trace(watched);
    const test::Receiver& receiver = watched.viewer->receiver;
    const size_t decoded = receiver.decoded().size();
    if (decoded == watched.decoded) {
      if (decoded > 0 && broadcast.now() - receiver.last_decoded_at() > 200ms)
        watched.on_rung[kRungs] += kSample;
      return;
    }
    if (watched.decoded == 0) watched.first_picture = broadcast.now();
    watched.decoded = decoded;
    const uint8_t rung = receiver.last_decoded()->rendition;
    watched.on_rung[rung] += kSample;
    if (rung != 0) watched.top_since.reset();
    if (rung == 0 && !watched.top_since) watched.top_since = broadcast.now();
  }

  // Which share of what the link had for the best rung went into pictures and sound.
  double used(const Watched& watched) const {
    constexpr double kTopBps = 2.2e6;  // with sound, on the wire
    const Bottleneck& link = *watched.viewer->bottleneck;
    const ViewerCounters& counters = watched.viewer->viewer.counters();
    const uint64_t padding = counters.probe_bytes + counters.probe_packets * kDatagramOverheadBytes;
    return static_cast<double>(link.passed_bytes() - std::min(link.passed_bytes(), padding)) /
           link.could_pass_bytes(watched.joined, broadcast.now(), kTopBps);
  }

  static std::chrono::nanoseconds freeze(const Watched& watched) {
    return watched.viewer->receiver.longest_freeze();
  }

  void print(std::string_view what, const Watched& watched, Monotonic since) const {
    const ViewerCounters& counters = watched.viewer->viewer.counters();
    const auto& link = watched.viewer->viewer.quality().link;
    fmt::print(
        "{} seed {}: freeze {:.0f} ms, late {:.0f} ms, 720p {:.1f} s, 480p {:.1f} s, 360p {:.1f} "
        "s, none {:.1f} s, top {}, up {}, down {}, stops {}, probes {} ({} kB), link {:.1f} "
        "Mbit/s, lost {}\n",
        what, watched.seed, seconds(freeze(watched)) * 1e3,
        seconds(watched.viewer->receiver.longest_lateness()) * 1e3, seconds(watched.on_rung[0]),
        seconds(watched.on_rung[1]), seconds(watched.on_rung[2]), seconds(watched.on_rung[3]),
        watched.top_since ? fmt::format("after {:.1f} s", seconds(*watched.top_since - since))
                          : "not reached",
        counters.switches_up, counters.switches_down, counters.late_stops, counters.probes,
        counters.probe_bytes / 1000, link.capacity ? link.capacity->bps / 1e6 : 0.0,
        watched.viewer->receiver.counters().lost_packets);
  }

  Broadcast broadcast{1, kChangesStart};
  test::Programme programme{Generation{test::kFirstLadderGeneration}, kRungs};
  std::deque<Watched> all;
};

const LinkQuality kClean{.delay = 20ms};

// 4 Mbit/s, from 10 s on 1 Mbit/s, from 40 s on 4 Mbit/s again.
const std::vector<std::pair<std::chrono::nanoseconds, double>> kDropAndReturn{
    {0s, 4e6}, {10s, 1e6}, {40s, 4e6}};

class DropAndReturnTest : public RateChangesTest {
 protected:
  // A wait of kMaxQueueing, the way and the encoder's latency, what leaves before the slower link
  // is noticed, and the transmission of the picture itself.
  static constexpr std::chrono::nanoseconds kMostLate = 20ms + kLatency + kMaxQueueing + 340ms;

  void expect_bars(std::string_view what, std::chrono::nanoseconds most_freeze = 500ms,
                   std::chrono::nanoseconds most_late = kMostLate) {
    const Monotonic begin = broadcast.now();
    run(55s);
    for (Watched& watched : all) {
      SCOPED_TRACE(fmt::format("{} LONGMEN_SIM_SEED={}", what, watched.seed));
      const Monotonic returned = begin + 40s + watched.phase;
      print(what, watched, returned);
      EXPECT_LE(freeze(watched), most_freeze);
      EXPECT_LE(watched.viewer->receiver.longest_lateness(), most_late);
      ASSERT_TRUE(watched.top_since);
      EXPECT_LE(*watched.top_since - returned, 10s);
      EXPECT_LE(watched.viewer->viewer.counters().switches_down, 4u);
      const test::Receiver::Counters& seen = watched.viewer->receiver.counters();
      EXPECT_EQ(seen.refused_packets, 0u);
      EXPECT_EQ(seen.lost_packets, 0u);
      EXPECT_GE(seen.repeated_packets, watched.viewer->viewer.counters().probe_packets * 9 / 10)
          << "padding is what the player has, by RTX";
      EXPECT_LE(watched.viewer->viewer.counters().probe_bytes, 1'000'000u);
    }
  }
};

TEST_F(DropAndReturnTest, PicturesKeepComingAndTheTopRungIsBack) {
  for (uint64_t seed : seeds(8))
    join(seed, kClean, kDropAndReturn);
  expect_bars("4-1-4");
}

TEST_F(RateChangesTest, RandomLossShakesNobodyOff) {
  const LinkQuality lossy{.loss = 0.05, .delay = 20ms};
  for (uint64_t seed : seeds(8)) {
    if (seed % 2 == 0)
      join(seed, lossy, {});
    else
      join(seed, lossy, {{0s, 3.5e6}});
  }
  const Monotonic begin = broadcast.now();
  run(40s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("5% loss", watched, begin);
    ASSERT_TRUE(watched.top_since);
    EXPECT_LE(*watched.top_since - begin, 4s);
    EXPECT_EQ(watched.viewer->viewer.counters().switches_down, 0u);
    EXPECT_EQ(watched.viewer->viewer.counters().late_stops, 0u);
  }
}

TEST_F(RateChangesTest, AThinLinkJoinsAtOnceWithoutABacklog) {
  std::vector<Monotonic> joined;
  for (uint64_t seed : seeds(8)) {
    std::mt19937_64 random(seed);
    broadcast.run(std::chrono::milliseconds(random() % 200 * 5));
    join(seed, kClean, {{0s, 2.5e6}});
    joined.push_back(broadcast.now());
    run(1s);
    Watched& watched = all.back();
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", seed));
    ASSERT_TRUE(watched.first_picture);
    EXPECT_LE(*watched.first_picture - joined.back(), 350ms);
    EXPECT_LE(watched.viewer->bottleneck->wait(broadcast.now()), kMaxJoinBacklog);
    EXPECT_LE(watched.viewer->receiver.longest_lateness(), 500ms);
    fmt::print("2.5 Mbit/s seed {}: first picture {:.0f} ms, queue after 1 s {:.0f} ms, ", seed,
               seconds(*watched.first_picture - joined.back()) * 1e3,
               seconds(watched.viewer->bottleneck->wait(broadcast.now())) * 1e3);
    print("", watched, joined.back());
  }
  run(20s);
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", all[i].seed));
    print("2.5 Mbit/s, later", all[i], joined[i]);
    EXPECT_LE(freeze(all[i]), 500ms);
    EXPECT_EQ(all[i].viewer->viewer.counters().late_stops, 0u);
  }
}

TEST_F(DropAndReturnTest, WithClocksThatDrift) {
  for (uint64_t seed : seeds(8))
    join(seed, kClean, kDropAndReturn)
        .viewer->receiver.send_feedback(kFeedbackInterval, seed % 2 == 0 ? 200 : -200);
  expect_bars("drift");
}

TEST_F(DropAndReturnTest, WithJitterThatReorders) {
  for (uint64_t seed : seeds(8))
    join(seed, {.delay = 20ms, .jitter = 30ms}, kDropAndReturn);
  expect_bars("jitter, reordering", 500ms, kMostLate + 30ms);
}

TEST_F(DropAndReturnTest, WithJitterInOrder) {
  for (uint64_t seed : seeds(8))
    join(seed, {.delay = 20ms, .jitter = 30ms, .in_order = true}, kDropAndReturn);
  expect_bars("jitter", 500ms, kMostLate + 30ms);
}

TEST_F(DropAndReturnTest, WithFeedbackThatIsLost) {
  for (uint64_t seed : seeds(8))
    join(seed, kClean, kDropAndReturn).viewer->up_quality.loss = 0.1;
  expect_bars("10% of feedback lost", 500ms, kMostLate + kFeedbackInterval * 6 / 5);
}

TEST_F(DropAndReturnTest, WithShortAndLongRoundTrips) {
  for (uint64_t seed : seeds(8))
    join(seed, {.delay = std::chrono::milliseconds(seed % 2 == 0 ? 10 : 100)}, kDropAndReturn);
  expect_bars("round trips of 20 and 200 ms", 600ms, kMostLate + 280ms);
}

// The path has no narrow place, but its delay jumps, as when a phone goes from one cell to another.
TEST_F(RateChangesTest, ALongerPathIsNoQueue) {
  for (uint64_t seed : seeds(8))
    join(seed, {.delay = 20ms}, {{0s, 6e6}});
  run(10s);
  for (Watched& watched : all)
    watched.viewer->quality.delay = 140ms;
  const Monotonic begin = broadcast.now();
  run(15s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("longer path", watched, begin);
    EXPECT_LE(watched.viewer->viewer.counters().switches_down, 1u);
    ASSERT_TRUE(watched.top_since);
    EXPECT_LE(*watched.top_since - begin, 8s);
  }
}

// Others send 2 Mbit/s for 2 s over the same 4 Mbit/s.
TEST_F(RateChangesTest, CrossTrafficPasses) {
  for (uint64_t seed : seeds(8))
    join(seed, kClean, {{0s, 4e6}});
  run(10s);
  const Monotonic burst = broadcast.now();
  while (broadcast.now() - burst < 3s) {
    for (Watched& watched : all) {
      const Monotonic from = burst + watched.phase / 2;
      if (broadcast.now() < from || broadcast.now() >= from + 2s) continue;
      for (int packet = 0; packet < 2; ++packet)
        watched.viewer->bottleneck->pass(1250, broadcast.now());
    }
    broadcast.run(10ms);
  }
  const Monotonic end = broadcast.now();
  run(12s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("cross traffic", watched, end);
    EXPECT_LE(freeze(watched), 500ms);
    ASSERT_TRUE(watched.top_since);
    EXPECT_LE(*watched.top_since - end, 10s);
  }
}

// Wi-Fi: another rate between 1 and 6 Mbit/s every 0.2 to 2 s.
TEST_F(RateChangesTest, WiFiThatComesAndGoes) {
  for (uint64_t seed : seeds(8)) {
    std::mt19937_64 random(seed);
    std::vector<std::pair<std::chrono::nanoseconds, double>> steps;
    std::chrono::nanoseconds at{0};
    double bps = 4e6;
    while (at < 62s) {
      steps.emplace_back(at, bps);
      at += std::chrono::milliseconds(200 + random() % 1800);
      bps = std::clamp(bps + (static_cast<double>(random() % 4001) - 2000) * 1e3, 1e6, 6e6);
    }
    join(seed, {.loss = 0.005, .delay = 15ms, .jitter = 8ms, .in_order = true}, steps);
  }
  const Monotonic begin = broadcast.now();
  run(60s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("Wi-Fi", watched, begin);
    EXPECT_LE(freeze(watched), 1000ms);
    EXPECT_LE(watched.on_rung[kRungs], 2s);
    EXPECT_LE(watched.viewer->viewer.counters().switches_down, 20u);
    EXPECT_LE(watched.viewer->receiver.longest_lateness(), 1s);
  }
}

// ---- traces, which follow from their seeds alone

using Trace = std::vector<std::pair<std::chrono::nanoseconds, double>>;
constexpr std::chrono::nanoseconds kTraceLength = 62s;

// From -1 to 1, more often near 0.
double wobble(std::mt19937_64& random) {
  double sum = 0;
  for (int i = 0; i < 3; ++i)
    sum += static_cast<double>(random() % 20'001) / 10'000 - 1;
  return sum / 3;
}

// A cell that others share: every 100 ms a little more or less, from 1.2 to 12 Mbit/s, and every 8
// to 15 s another cell, on the way to which nearly nothing passes for 80 ms.
Trace lte_like(std::mt19937_64& random) {
  Trace trace;
  double bps = 5e6;
  std::chrono::nanoseconds handover = std::chrono::milliseconds(8000 + random() % 7000);
  for (std::chrono::nanoseconds at{0}; at < kTraceLength; at += 100ms) {
    bps = std::clamp(bps * std::exp(0.35 * wobble(random)), 1.2e6, 12e6);
    if (at >= handover) {
      trace.emplace_back(at, 50e3);
      trace.emplace_back(at + 80ms, bps);
      handover = at + std::chrono::milliseconds(8000 + random() % 7000);
    } else {
      trace.emplace_back(at, bps);
    }
  }
  return trace;
}

// An access point in a full hall: 6 to 25 Mbit/s, but a quarter of the time others have the air,
// for 60 to 400 ms, and 0.8 to 3 Mbit/s are left.
Trace wifi_like(std::mt19937_64& random) {
  Trace trace;
  for (std::chrono::nanoseconds at{0}; at < kTraceLength;) {
    const bool crowded = !trace.empty() && random() % 4 == 0;
    const double share = static_cast<double>(random() % 1001) / 1000;
    trace.emplace_back(at, crowded ? 0.8e6 + 2.2e6 * share : 6e6 + 19e6 * share);
    at += std::chrono::milliseconds(60 + random() % 341);
  }
  return trace;
}

class TraceTest : public RateChangesTest {
 protected:
  void play(std::string_view what, Trace (*make)(std::mt19937_64&), const LinkQuality& quality) {
    for (uint64_t seed : seeds(8)) {
      std::mt19937_64 random(seed);
      join(seed, quality, make(random));
    }
    const Monotonic begin = broadcast.now();
    run(60s);
    for (Watched& watched : all) {
      SCOPED_TRACE(fmt::format("{} LONGMEN_SIM_SEED={}", what, watched.seed));
      print(fmt::format("{}, {:.2f} used,", what, used(watched)), watched, begin);
      EXPECT_LE(freeze(watched), 500ms);
      EXPECT_GE(used(watched), 0.5);
      EXPECT_EQ(watched.viewer->receiver.counters().refused_packets, 0u);
    }
  }
};

TEST_F(TraceTest, ACellThatOthersShare) {
  play("LTE-like", lte_like, {.delay = 30ms, .jitter = 10ms, .in_order = true});
}

TEST_F(TraceTest, AnAccessPointInAFullHall) {
  play("Wi-Fi-like", wifi_like, {.loss = 0.005, .delay = 10ms, .jitter = 8ms, .in_order = true});
}

// ---- players without transport-cc

// Their reports are slower and say less: pictures stand for some seconds before a rung is left that
// does not pass, also when the next rung is tried in vain, which nothing but trying can tell.
TEST_F(RateChangesTest, WithRembAloneTheRungIsLeftAndComesBack) {
  JoinRequest request = test::player_request();
  request.video->transport_cc_extension.reset();
  request.audio->transport_cc_extension.reset();
  for (uint64_t seed : seeds(8)) {
    test::Receiver& receiver =
        join(seed, kClean, kDropAndReturn, kQueueBound, request).viewer->receiver;
    receiver.send_feedback({});
    receiver.send_remb();
  }
  const Monotonic begin = broadcast.now();
  run(10s);
  for (Watched& watched : all) {
    EXPECT_EQ(watched.viewer->viewer.video_rendition(), RenditionId{0}) << watched.seed;
    EXPECT_LE(freeze(watched), 500ms) << watched.seed;
  }
  run(15s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("REMB, 1 Mbit/s", watched, begin);
    EXPECT_NE(watched.viewer->viewer.video_rendition(), RenditionId{0});
    EXPECT_GE(watched.on_rung[2], 3s);
    EXPECT_LE(freeze(watched), 6s);
    EXPECT_LE(watched.viewer->receiver.longest_lateness(), kQueueBound + 200ms);
  }
  run(40s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    const Monotonic returned = begin + 40s + watched.phase;
    print("REMB, 4-1-4", watched, returned);
    EXPECT_LE(freeze(watched), 7s);
    EXPECT_LE(watched.on_rung[kRungs], 12s);
    EXPECT_LE(watched.viewer->viewer.counters().switches_down, 3u);
    EXPECT_EQ(watched.viewer->viewer.counters().probes, 0u);
    ASSERT_TRUE(watched.top_since);
    EXPECT_LE(*watched.top_since - returned, 12s);
  }
}

// Less than the lowest rung: sound alone; with more, pictures again.
TEST_F(RateChangesTest, SoundAloneIsTheLastRung) {
  for (uint64_t seed : seeds(8))
    join(seed, kClean, {{0s, 4e6}, {10s, 300e3}, {30s, 4e6}});
  const Monotonic begin = broadcast.now();
  run(28s);
  for (Watched& watched : all)
    EXPECT_TRUE(watched.viewer->viewer.video_held());
  run(22s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("sound alone", watched, begin + 30s + watched.phase);
    ASSERT_TRUE(watched.top_since);
    EXPECT_GT(watched.viewer->receiver.counters().sounds, 45u * 50);
  }
}

// Nothing passes for 3 s: no pictures are piled up meanwhile, and they go on at once.
TEST_F(RateChangesTest, AnOutageLeavesNoBacklog) {
  for (uint64_t seed : seeds(8))
    join(seed, kClean, {{0s, 4e6}, {10s, 1e3}, {13s, 4e6}}, 10s);
  const Monotonic begin = broadcast.now();
  run(12900ms);
  for (Watched& watched : all) {
    // What went into the queue in the second before the silence was noticed, and sound, at 4
    // Mbit/s.
    const auto left =
        broadcast.now() + watched.viewer->bottleneck->wait(broadcast.now()) - watched.back_at;
    EXPECT_LE(left, 900ms) << "LONGMEN_SIM_SEED=" << watched.seed;
  }
  run(17100ms);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    const Monotonic returned = begin + 13s + watched.phase;
    print("outage of 3 s", watched, returned);
    EXPECT_LE(freeze(watched), 4s);
    ASSERT_TRUE(watched.top_since);
    EXPECT_LE(*watched.top_since - returned, 10s);
  }
}

// A rendition that was asked for is not changed; its pictures are in time or left out.
TEST_F(RateChangesTest, AChosenRenditionStaysAndIsNotLate) {
  JoinRequest request = test::player_request();
  request.rendition = "720p";
  for (uint64_t seed : seeds(8))
    join(seed, kClean, {{0s, 4e6}, {5s, 1e6}}, kQueueBound, request);
  run(20s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("720p chosen, 1 Mbit/s", watched, broadcast.now());
    Viewer& viewer = watched.viewer->viewer;
    for (const test::FrameName& name : watched.viewer->receiver.decoded())
      ASSERT_EQ(name.rendition, 0);
    EXPECT_EQ(viewer.counters().switches_down, 0u);
    EXPECT_EQ(viewer.counters().probes, 0u);
    EXPECT_GT(viewer.counters().late_stops, 5u);
    EXPECT_LE(watched.viewer->receiver.longest_lateness(), 1s);
    viewer.select_automatic();
  }
  run(5s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    EXPECT_EQ(watched.viewer->receiver.last_decoded()->rendition, 2) << "what the link carries";
  }
}

TEST_F(RateChangesTest, WithoutRtxNothingIsPaddedAndTheRungIsTriedItself) {
  JoinRequest request = test::player_request();
  request.video->rtx_payload_type.reset();
  for (uint64_t seed : seeds(8))
    join(seed, kClean, {{0s, 4e6}, {5s, 1e6}, {15s, 4e6}}, kQueueBound, request);
  const Monotonic begin = broadcast.now();
  run(45s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    print("no RTX", watched, begin + 15s + watched.phase);
    EXPECT_EQ(watched.viewer->viewer.counters().probe_packets, 0u);
    EXPECT_EQ(watched.viewer->receiver.counters().repeated_packets, 0u);
    EXPECT_TRUE(watched.top_since);
  }
}

// What says nothing is not evidence.
TEST_F(RateChangesTest, WithoutFeedbackTheTopRungStays) {
  for (uint64_t seed : seeds(8))
    join(seed, {.loss = 0.02, .delay = 20ms, .jitter = 20ms}, {{0s, 3e6}})
        .viewer->receiver.send_feedback({});
  run(20s);
  for (Watched& watched : all) {
    SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", watched.seed));
    EXPECT_EQ(watched.viewer->viewer.counters().switches_down, 0u);
    EXPECT_EQ(watched.viewer->viewer.video_rendition(), RenditionId{0});
  }
}

}  // namespace
}  // namespace longmen::sim

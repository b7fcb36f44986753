#include "streamer/air_delay.h"

#include <gtest/gtest.h>

#include "tests/streamer/outlet_end.h"

namespace longmen {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr RenditionId kLow{1};
constexpr size_t kPlenty = 1 << 20;

// What went on to air, and how long it was held.
struct Air {
  std::vector<std::string> got;
  std::vector<std::chrono::nanoseconds> held;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

  ProgrammeEncoder::Outputs outputs() {
    ProgrammeEncoder::Outputs outputs;
    outputs.announced = [this](const GenerationAnnouncement&) { take("G"); };
    outputs.unit = [this](const MediaUnit& unit) {
      take(std::to_string(unit.rendition.value) + ":" +
           std::to_string(unit.time.time_since_epoch() / 1ms));
    };
    return outputs;
  }
  void take(std::string what) {
    got.push_back(std::move(what));
    held.push_back(std::chrono::steady_clock::now() - began);
  }
};

class AirDelayTest : public testing::Test {
 protected:
  void run_until(size_t count) {
    io_.restart();
    const auto latest = std::chrono::steady_clock::now() + 5s;
    while (air_.got.size() < count && std::chrono::steady_clock::now() < latest)
      io_.run_for(5ms);
  }
  void settle() {
    io_.restart();
    while (io_.poll() > 0) {
    }
  }

  boost::asio::io_context io_;
  AirDelay delay_{io_};
  Air air_;
};

TEST_F(AirDelayTest, WhatComesGoesOnInItsOrderAfterTheDelay) {
  const auto in = delay_.begin(120ms, kPlenty, air_.outputs());
  in.announced(announcement());
  in.unit(unit_at(kTop, 0, true));
  in.unit(unit_at(kOpusRendition, 20, true));
  settle();
  EXPECT_TRUE(air_.got.empty());
  EXPECT_GT(delay_.held_bytes(), 200U);
  run_until(3);
  EXPECT_EQ(air_.got, (Received{"G", "0:0", "16:20"}));
  for (const auto held : air_.held)
    EXPECT_GE(held, 120ms);
  EXPECT_EQ(delay_.held_bytes(), 0U);
}

TEST_F(AirDelayTest, WhatIsDroppedNeverAirsAndPicturesGoOnWithAKeyframe) {
  const auto in = delay_.begin(80ms, kPlenty, air_.outputs());
  in.announced(announcement());
  in.unit(unit_at(kTop, 0, true));
  in.unit(unit_at(kOpusRendition, 20, true));
  settle();
  delay_.drop();
  EXPECT_EQ(delay_.held_bytes(), 0U);
  EXPECT_EQ(delay_.dropped(), 2U);
  in.unit(unit_at(kTop, 33, false));  // of a picture that was dropped
  in.unit(unit_at(kOpusRendition, 40, true));
  in.unit(unit_at(kTop, 66, true));
  in.unit(unit_at(kTop, 100, false));
  run_until(4);
  EXPECT_EQ(air_.got, (Received{"G", "16:40", "0:66", "0:100"})) << "the announcement stays";
}

TEST_F(AirDelayTest, WhatFindsNoRoomIsCountedAndItsRenditionGoesOnWithAKeyframe) {
  const auto in = delay_.begin(80ms, 2500, air_.outputs());
  in.unit(unit_at(kTop, 0, true, 1000));
  in.unit(unit_at(kTop, 33, false, 5000));
  in.unit(unit_at(kTop, 66, false));
  in.unit(unit_at(kLow, 66, true));
  in.unit(unit_at(kTop, 100, true));
  run_until(3);
  EXPECT_EQ(air_.got, (Received{"0:0", "1:66", "0:100"}));
  EXPECT_EQ(delay_.left_out(), 1U);
}

TEST_F(AirDelayTest, NothingOfAProgrammeThatWasReplacedAirs) {
  const auto before = delay_.begin(40ms, kPlenty, air_.outputs());
  before.unit(unit_at(kTop, 0, true));
  settle();
  const auto after = delay_.begin(80ms, kPlenty, air_.outputs());
  before.unit(unit_at(kTop, 33, true));
  after.unit(unit_at(kTop, 500, true));
  run_until(1);
  EXPECT_EQ(air_.got, (Received{"0:500"}));
  delay_.end();
  EXPECT_EQ(delay_.delay(), 0ms);
}

TEST_F(AirDelayTest, AMinuteOfTheWholeLadderHasRoom) {
  Channel channel;
  channel.video = {{"1080p", 1920, 1080, 5000}, {"720p", 1280, 720, 2000}};
  channel.air_delay = 60s;
  const size_t minute = (5000 + 2000 + 96 + 128) * 1000 / 8 * 60;
  EXPECT_GT(AirDelay::max_bytes(channel), minute * 3 / 2);
  EXPECT_LT(AirDelay::max_bytes(channel), minute * 3);
}

}  // namespace
}  // namespace longmen

#include "streamer/input_preview.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <condition_variable>

#include "streamer/gst_setup.h"
#include "streamer/i420.h"
#include "streamer/test_picture.h"
#include "tests/streamer/decoded_output.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using namespace test;

constexpr auto kWithin = 8s;

class InputPreviewTest : public testing::Test {
 protected:
  InputPreviewTest() {
    EXPECT_TRUE(set_up_gstreamer());
    channel_.id = "main";
    channel_.name = "Main";
    channel_.frames_per_second = 30;
    channel_.video = {{"720p", 1280, 720, 2000}, {"360p", 640, 360, 500}};
    metrics_.emplace(registry_, channel_);
    clock_.set({{std::chrono::steady_clock::now(), MediaTime(1'764'000'000s), 0}, std::nullopt});
    ProgrammeEncoder::Outputs outputs;
    outputs.announced = [this](const GenerationAnnouncement& announcement) {
      const std::lock_guard lock(mutex_);
      announced_.push_back(announcement);
    };
    outputs.unit = [this](MediaUnit unit) {
      const std::lock_guard lock(mutex_);
      units_.push_back(std::move(unit));
      came_.notify_all();
    };
    preview_ = std::make_unique<InputPreview>(channel_, ChannelInput::kBackup, 7, clock_, *metrics_,
                                              std::move(outputs));
  }

  // `count` of them from now on, at once, numbered from `first`; the sound beside them.
  void send(int count, uint64_t first = 0) {
    const I420Layout layout{1280, 720};
    TestPicture painter("Main", layout);
    const MediaTime now = clock_.media_at(std::chrono::steady_clock::now());
    for (int i = 0; i < count; ++i) {
      std::vector<uint8_t> pixels(layout.bytes());
      painter.paint({first + static_cast<uint64_t>(i), 0}, "", "", pixels.data());
      BufferPtr picture(gst_buffer_new_allocate(nullptr, pixels.size(), nullptr));
      gst_buffer_fill(picture.get(), 0, pixels.data(), pixels.size());
      preview_->picture(picture.get(), now + i * Flicks(1s) / 30);
    }
    preview_->sound(std::vector<float>(2 * 9'600, 0.25F), now);
  }
  size_t count(RenditionId rendition) {
    return static_cast<size_t>(std::ranges::count(units_, rendition, &MediaUnit::rendition));
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, kWithin, condition);
  }
  bool wait_until_encodes(bool on) const {
    const Monotonic latest = std::chrono::steady_clock::now() + kWithin;
    while (encodes() != on && std::chrono::steady_clock::now() < latest)
      std::this_thread::sleep_for(1ms);
    return encodes() == on;
  }
  bool encodes() const { return metrics_->preview_encoding[ChannelInput::kBackup]->Value() == 1; }

  Channel channel_;
  prometheus::Registry registry_;
  std::optional<StreamerMetrics> metrics_;
  SharedMediaClock clock_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<GenerationAnnouncement> announced_;
  std::vector<MediaUnit> units_;
  std::unique_ptr<InputPreview> preview_;
};

TEST_F(InputPreviewTest, EncodesWhatComesWhileSomebodyWantsIt) {
  send(5);
  preview_->want(true);
  ASSERT_TRUE(wait_until_encodes(true));
  send(10, 100);
  ASSERT_TRUE(wait([this] { return count(RenditionId{0}) >= 10 && count(kOpusRendition) >= 3; }));
  std::vector<MediaUnit> pictures;
  {
    const std::lock_guard lock(mutex_);
    ASSERT_EQ(announced_.size(), 1u);
    const std::vector<RenditionInfo>& renditions = announced_[0].renditions;
    ASSERT_EQ(renditions.size(), 2u) << "no AAC";
    EXPECT_EQ(renditions[0].name, "360p");
    EXPECT_EQ(renditions[0].height, 360);
    EXPECT_EQ(renditions[0].kbps, 400);
    EXPECT_FALSE(renditions[0].codec.empty());
    EXPECT_EQ(renditions[1].id, kOpusRendition);
    for (const MediaUnit& unit : units_) {
      EXPECT_EQ(unit.generation, announced_[0].generation);
      if (unit.rendition == RenditionId{0}) pictures.push_back(unit);
    }
  }
  EXPECT_TRUE(pictures.front().keyframe);
  const auto decoded = decode_pictures(pictures);
  ASSERT_GE(decoded.size(), 9u);
  ASSERT_TRUE(decoded.front().marker);
  EXPECT_EQ(decoded.front().marker->counter, 100u) << "nothing from before it was wanted";

  preview_->want(false);
  ASSERT_TRUE(wait_until_encodes(false));
  preview_->want(true);
  ASSERT_TRUE(wait_until_encodes(true));
  send(5, 200);
  ASSERT_TRUE(wait([this] { return announced_.size() == 2; })) << "it begins anew";
  EXPECT_GT(announced_[1].generation, announced_[0].generation);
}

TEST_F(InputPreviewTest, TakesNothingWhileNobodyWantsIt) {
  for (int i = 0; i < 3; ++i)
    send(20);
  EXPECT_FALSE(encodes());
  EXPECT_EQ(metrics_->preview_dropped[ChannelInput::kBackup]->Value(), 0);
  preview_.reset();
  EXPECT_TRUE(units_.empty());
}

}  // namespace
}  // namespace longmen

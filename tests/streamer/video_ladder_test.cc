#include "streamer/video_ladder.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "core/codec/h264.h"
#include "streamer/gst_setup.h"
#include "streamer/i420.h"

namespace longmen {
namespace {

Channel channel_of(std::vector<VideoRung> rungs) {
  Channel channel;
  channel.id = "test";
  channel.video = std::move(rungs);
  return channel;
}

BufferPtr noise(I420Layout layout, unsigned seed) {
  BufferPtr picture(gst_buffer_new_allocate(nullptr, layout.bytes(), nullptr));
  const MappedBuffer pixels(picture.get(), GST_MAP_WRITE);
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels.data()[i] = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
  return picture;
}

Monotonic now() {
  return std::chrono::steady_clock::now();
}

TEST(VideoLadder, RefusesWhatItCannotEncodeInTimeAndForcesTheIdrInEveryRung) {
  ASSERT_TRUE(set_up_gstreamer());
  constexpr SlotIndex kFirst = 52'920'000'000;
  std::mutex mutex;
  std::map<size_t, std::vector<SlotIndex>> slots, keyframes;
  auto ladder = VideoLadder::start(
      channel_of({{"360p", 640, 360, 800}, {"240p", 426, 240, 400}, {"180p", 320, 180, 200}}),
      kFirst, [&](const EncodedPicture& picture) {
        const std::lock_guard lock(mutex);
        slots[picture.rung].push_back(picture.slot);
        std::vector<ByteSpan> nals;
        ASSERT_TRUE(h264::split_annex_b(picture.annex_b, nals));
        for (ByteSpan nal : nals) {
          if (h264::nal_type(nal) == h264::NalType::kIdr) {
            keyframes[picture.rung].push_back(picture.slot);
            break;
          }
        }
      });
  ASSERT_TRUE(ladder) << ladder.error().message;
  const BufferPtr picture = noise({640, 360}, 1);  // as hard to encode as can be
  std::vector<SlotIndex> taken, idrs;
  bool idr_due = true;
  for (SlotIndex slot = kFirst; slot < kFirst + 300; ++slot) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // thirty times too fast
    idr_due = idr_due || (slot - kFirst) % 40 == 0;
    if (!(*ladder)->offer(slot, picture.get(), idr_due, now())) continue;
    taken.push_back(slot);
    if (idr_due) idrs.push_back(slot);
    idr_due = false;
    EXPECT_LE((*ladder)->in_flight(), VideoLadder::kMaxInFlight);
  }
  ASSERT_TRUE((*ladder)->drain());
  EXPECT_LT(taken.size(), 300U) << "a machine that encodes noise in no time?";
  EXPECT_GE(idrs.size(), 3U);
  const std::lock_guard lock(mutex);
  for (size_t rung = 0; rung < 3; ++rung) {
    EXPECT_EQ(slots[rung], taken) << "rung " << rung;
    EXPECT_EQ(keyframes[rung], idrs) << "rung " << rung;
  }
}

TEST(VideoLadder, PicturesGoBackToTheirOwner) {
  ASSERT_TRUE(set_up_gstreamer());
  const BufferPtr picture = noise({320, 180}, 2);
  {
    auto ladder =
        VideoLadder::start(channel_of({{"180p", 320, 180, 300}}), 0, [](const EncodedPicture&) {});
    ASSERT_TRUE(ladder) << ladder.error().message;
    for (SlotIndex slot = 0; slot < 10; ++slot)
      (*ladder)->offer(slot, picture.get(), slot == 0, now());
    ASSERT_TRUE((*ladder)->drain());
    EXPECT_EQ((*ladder)->in_flight(), 0U);
  }
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(picture.get()), 1);
}

}  // namespace
}  // namespace longmen

#include "ingest/feed.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/ingest/ingest_fixture.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::IngestTest;
using test::Received;

FeedUnit video(int64_t ms, bool keyframe, size_t size = 100) {
  return {FeedCodec::kH264, 1ms * ms, 1ms * ms, Monotonic(1ms * ms), keyframe, Bytes(size, 1)};
}
FeedUnit audio(int64_t ms) {
  return {FeedCodec::kAac, 1ms * ms, 1ms * ms, Monotonic(1ms * ms), true, Bytes(10, 2)};
}
const FeedTrack kVideoTrack{FeedCodec::kH264, test::avc_config_body()};
const FeedTrack kAudioTrack{FeedCodec::kAac, {0x12, 0x08}};

class FeedTest : public IngestTest {
 protected:
  FeedTest() {
    channels_ = {test::make_channel("main", {"key"}, SecondPublisher::kTakeOver)};
    feeds_.configure(channels_, 10);
  }
  std::unique_ptr<Publication> publish(std::function<void(CutReason)> cut = nullptr) {
    auto publication = feeds_.publish("key", {}, {"test", "here", "", "", std::move(cut)}, {});
    EXPECT_TRUE(publication);
    return std::move(*publication);
  }
  double metric(const std::string& name, const std::string& label) {
    for (const auto& family : registry_.Collect()) {
      if (family.name != name) continue;
      for (const auto& one : family.metric) {
        if (std::any_of(one.label.begin(), one.label.end(),
                        [](const auto& pair) { return pair.value == "backup"; }))
          continue;
        for (const auto& pair : one.label) {
          if (pair.value == label) return one.counter.value + one.gauge.value;
        }
      }
    }
    return -1;
  }
};

TEST_F(FeedTest, PassesOnInOrder) {
  Received received;
  connect_link("main", received);
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->track(kAudioTrack);
  publication->unit(video(0, true));
  publication->unit(audio(5));
  publication->unit(video(40, false));
  publication.reset();
  settle();
  EXPECT_EQ(received.order, "TTKavE");
  EXPECT_EQ(received.units[2].dts, Flicks(40ms));
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up", "main down"}));
}

TEST_F(FeedTest, ANewLinkBeginsWithTracksAndTheUnitsSinceTheLastKeyframe) {
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->track(kAudioTrack);
  for (int64_t ms = 0; ms < 400; ms += 40) {
    publication->unit(video(ms, ms % 200 == 0));
    publication->unit(audio(ms + 1));
  }
  Received received;
  connect_link("main", received);
  publication->unit(video(400, false));
  settle();
  EXPECT_EQ(received.order, "TTKavavavavav");
  EXPECT_EQ(received.units[0].dts, Flicks(200ms));

  Received again;  // the streamer was started anew
  connect_link("main", again);
  settle();
  EXPECT_EQ(again.order, "TTKavavavavav");
}

TEST_F(FeedTest, AStreamerThatAsksGetsTracksAndKeptUnitsAgain) {
  Received received;
  auto streamer = connect_link("main", received);
  streamer->send(MessageKind::kFeedAgain, ByteSpan());  // nobody sends: there is nothing
  settle();
  EXPECT_EQ(received.order, "");
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->track(kAudioTrack);
  publication->unit(video(0, true));
  publication->unit(video(40, true));
  publication->unit(audio(41));
  settle();
  EXPECT_EQ(received.order, "TTKKa");
  streamer->send(MessageKind::kFeedAgain, ByteSpan());
  settle();
  publication->unit(video(80, false));
  settle();
  EXPECT_EQ(received.order, "TTKKaTTKav");
}

TEST_F(FeedTest, WhoDoesNotTakeOverWaitsForItsTurn) {
  Publisher polite{"test", "there", "", "", nullptr, nullptr, false};
  auto first = feeds_.publish("key", {}, polite, {});
  ASSERT_TRUE(first);
  std::vector<CutReason> cuts;
  auto second = publish([&](CutReason reason) { cuts.push_back(reason); });  // as the channel says
  EXPECT_EQ(feeds_.find("main")->publisher().sender, "here");
  const auto again = feeds_.publish("key", {}, polite, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, RefusalReason::kAlreadyPublishing);
  EXPECT_TRUE(cuts.empty());
  second.reset();
  EXPECT_TRUE(feeds_.publish("key", {}, polite, {}));
}

TEST_F(FeedTest, WithoutAKeptKeyframeVideoWaitsForOne) {
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->track(kAudioTrack);
  publication->unit(video(0, false));
  Received received;
  connect_link("main", received);
  publication->unit(video(40, false));
  publication->unit(audio(41));
  publication->unit(video(80, true));
  settle();
  EXPECT_EQ(received.order, "TTaK");
  EXPECT_EQ(metrics_.dropped_count(DropReason::kQueueFull), 0);
}

TEST_F(FeedTest, WhatIsKeptIsBounded) {
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->unit(video(0, true, 8 << 20));
  for (int64_t ms = 40; ms < 200; ms += 40)
    publication->unit(video(ms, false, 7 << 20));
  EXPECT_EQ(feeds_.find("main")->kept_bytes(), 0u);
  publication->unit(video(240, false));
  EXPECT_EQ(feeds_.find("main")->kept_bytes(), 0u) << "not the middle of a GOP";
  publication->unit(video(280, true));
  EXPECT_GT(feeds_.find("main")->kept_bytes(), 0u);
}

TEST_F(FeedTest, AFullQueueLeavesOutVideoUpToAKeyframe) {
  Received received;
  connect_link("main", received, 1 << 20);
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->track(kAudioTrack);
  publication->unit(video(0, true));
  // The kernel takes some before the link's own queue fills.
  int64_t ms = 40;
  while (metrics_.dropped_count(DropReason::kQueueFull) == 0 && ms < 40000) {
    publication->unit(video(ms, false, 256 << 10));
    ms += 40;
  }
  ASSERT_EQ(metrics_.dropped_count(DropReason::kQueueFull), 1);
  settle();
  const size_t before = received.units.size();
  publication->unit(video(ms, false));
  publication->unit(audio(ms));
  publication->unit(video(ms + 40, true));
  publication->unit(video(ms + 80, false));
  settle();
  EXPECT_EQ(received.order.substr(received.order.size() - 3), "aKv");
  EXPECT_EQ(received.units.size(), before + 3);
  EXPECT_EQ(metrics_.dropped_count(DropReason::kQueueFull), 2);
}

TEST_F(FeedTest, AChangedConfigurationBeginsTheKeptUnitsAnew) {
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->unit(video(0, true));
  publication->track({FeedCodec::kH264, Bytes(20, 1)});
  publication->unit(video(40, false));
  publication->unit(video(80, true));
  Received received;
  connect_link("main", received);
  settle();
  EXPECT_EQ(received.order, "TK");
  EXPECT_EQ(received.tracks[0].config, Bytes(20, 1));
}

TEST_F(FeedTest, ALateTrackIsPassedOn) {
  Received received;
  connect_link("main", received);
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->unit(video(0, true));
  publication->track(kAudioTrack);
  publication->unit(audio(1));
  settle();
  EXPECT_EQ(received.order, "TKTa");
}

TEST_F(FeedTest, TakingOverEndsTheOldPictureAndSilencesItsPublication) {
  Received received;
  connect_link("main", received);
  std::vector<CutReason> cuts;
  auto old = publish([&](CutReason reason) { cuts.push_back(reason); });
  old->track(kVideoTrack);
  old->unit(video(0, true));
  auto next = publish();
  EXPECT_EQ(cuts, std::vector{CutReason::kTakenOver});
  old->unit(video(40, true));
  next->track(kVideoTrack);
  next->unit(video(9000, true));
  old.reset();
  settle();
  EXPECT_EQ(received.order, "TKETK");
  EXPECT_TRUE(feeds_.find("main")->up());
  EXPECT_EQ(metrics_.cut_count(CutReason::kTakenOver), 1);
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up", "main up"}));
}

TEST_F(FeedTest, ADeadStreamerIsNoFullQueue) {
  Received received;
  auto peer = connect_link("main", received);
  auto publication = publish();
  publication->track(kVideoTrack);
  peer->close();
  publication->unit(video(0, true));
  publication->unit(video(40, false));
  settle();
  EXPECT_FALSE(feeds_.find("main")->linked());
  EXPECT_EQ(metrics_.dropped_count(DropReason::kQueueFull), 0);
  connect_link("main", received);
  settle();
  EXPECT_EQ(received.order, "TKv");
}

TEST_F(FeedTest, Metrics) {
  auto publication = publish();
  publication->track(kVideoTrack);
  publication->unit(video(0, true, 1000));
  publication->unit(audio(0));
  EXPECT_EQ(metric("longmen_feed_bytes_total", "main"), 1010);
  EXPECT_EQ(metric("longmen_feed_frames_total", "video"), 1);
  EXPECT_EQ(metric("longmen_feed_frames_total", "audio"), 1);
  EXPECT_EQ(metric("longmen_feed_up", "main"), 1);
  publication.reset();
  EXPECT_EQ(metric("longmen_feed_up", "main"), 0);
  feeds_.configure({}, 10);
  EXPECT_EQ(metric("longmen_feed_up", "main"), -1) << "gone with the channel";
}

TEST_F(FeedTest, ABackupIsAnInputOfItsOwn) {
  channels_ = {test::make_channel("main", {"key"}, SecondPublisher::kRefuse, {"other-key"})};
  feeds_.configure(channels_, 10);
  Received received;
  connect_link("main", received);
  auto primary = publish();
  auto backup = feeds_.publish("other-key", {}, {"test", "there", "", "", {}}, {});
  ASSERT_TRUE(backup) << "it is no second publisher";
  EXPECT_EQ((*backup)->input(), ChannelInput::kBackup);
  EXPECT_FALSE(feeds_.publish("other-key", {}, {"test", "third", "", "", {}}, {}));
  primary->track(kVideoTrack);
  (*backup)->track(kVideoTrack);
  (*backup)->unit(video(0, true));
  primary->unit(video(0, true));
  (*backup)->stream_errors(StreamError::kLost, 3);
  (*backup)->unit(video(1'000, false));
  primary.reset();
  settle();
  EXPECT_EQ(received.order, "TKE");
  EXPECT_EQ(received.backup_order, "TKv");
  EXPECT_EQ(received.errors, 3u);
  EXPECT_NE(feeds_.status().find("main (backup): test from there"), std::string::npos);

  // A streamer that was started again gets what there is of both.
  Received again;
  connect_link("main", again);
  primary = publish();
  primary->track(kVideoTrack);
  settle();
  EXPECT_EQ(again.order, "T");
  EXPECT_EQ(again.backup_order, "TKv");
  feeds_.configure({test::make_channel("main", {"key"})}, 10);
  EXPECT_FALSE(feeds_.find("main", ChannelInput::kBackup)->up()) << "its key is none any more";
  EXPECT_TRUE(feeds_.find("main")->up());
}

TEST_F(FeedTest, RevokedKeysAndRemovedChannelsCut) {
  std::vector<CutReason> cuts;
  const auto note = [&](CutReason reason) { cuts.push_back(reason); };
  auto publication = publish(note);
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(cuts.empty()) << "nothing changed for it";
  feeds_.configure({test::make_channel("main", {"other"})}, 10);
  EXPECT_EQ(cuts, std::vector{CutReason::kKeyRevoked});
  feeds_.configure(channels_, 10);
  publication = publish(note);
  feeds_.configure({}, 10);
  EXPECT_EQ(cuts, (std::vector{CutReason::kKeyRevoked, CutReason::kChannelRemoved}));
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up", "main down", "main up", "main down"}));
}

TEST_F(FeedTest, StatusTellsWhoSendsAndWhatHappenedToTheSecond) {
  EXPECT_EQ(feeds_.status(), R"({"text":"no feed","feeds":[]})");
  auto publication = publish();
  EXPECT_NE(feeds_.status().find("main: test from here"), std::string::npos);
  channels_[0].second_publisher = SecondPublisher::kRefuse;
  feeds_.configure(channels_, 10);
  EXPECT_FALSE(feeds_.publish("key", {}, {"test", "there", "", "", {}}, {}));
  EXPECT_NE(feeds_.status().find("refused a second publisher, there"), std::string::npos);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kAlreadyPublishing), 1);
}

}  // namespace
}  // namespace longmen

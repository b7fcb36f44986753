// A shard with a programme on air and an order for viewers, over loopback: what tests of it share.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <random>

#include "net/socket_address.h"
#include "relay/shard.h"
#include "relay/viewer_id.h"
#include "tests/support/test_viewer.h"

namespace longmen::test {

using namespace std::chrono_literals;

inline constexpr size_t kChannel = 3;

class ShardTest : public testing::Test {
 protected:
  ShardTest() {
    const Monotonic now = std::chrono::steady_clock::now();
    start_ = MediaTime(1704067205s) + Flicks(300ms);
    clock_.set({{now, start_, 0}, std::nullopt});
    start_shard(Shard::Settings{}.join_from_viewers);
    show(live_, OnAirSource::kLive);
  }
  ~ShardTest() override { stop_shard(); }

  void start_shard(int join_from_viewers) {
    Shard::Settings settings;
    settings.number = 5;
    settings.certificate = DtlsCertificate::make().value();
    settings.clock = &clock_;
    settings.ride_from_viewers = 0;
    settings.join_from_viewers = join_from_viewers;
    settings.on_first_picture = [this](std::chrono::nanoseconds) { ++first_pictures_; };
    settings.on_keyframe_needed = [this](size_t channel) {
      EXPECT_EQ(channel, kChannel);
      ++keyframes_needed_;
    };
    certificate_ = settings.certificate;
    UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const SocketAddress any(Address::from_bytes(std::array<uint8_t, 4>{127, 0, 0, 1}, 0), AF_INET);
    EXPECT_EQ(bind(socket.get(), &any.any, any.bytes), 0);
    shard_ = Shard::make(std::move(settings), std::move(socket)).value();
    shard_->start();
  }
  void stop_shard() {
    if (shard_->hand({0, Shard::StopInput{}})) shard_->join();
  }

  MediaTime media_now() const { return clock_.media_at(std::chrono::steady_clock::now()); }

  // From here on units of this programme are handed to the shard, from the GOP that is under way.
  void show(MediaProgramme& programme, OnAirSource source) {
    programme_ = &programme;
    on_air_ = OnAir::from(source, programme.announcement());
    fed_until_ =
        MediaTime(std::chrono::floor<std::chrono::seconds>(media_now().time_since_epoch()));
  }
  void feed() {
    const MediaTime now = media_now();
    for (auto& unit : programme_->units(fed_until_, now))
      if (!withhold_ || !withhold_(*unit)) hand(std::move(unit));
    fed_until_ = now;
  }
  void hand(MediaUnitPtr unit) {
    ASSERT_TRUE(
        shard_->hand({kChannel, Shard::UnitInput{on_air_, std::move(unit),
                                                 std::chrono::steady_clock::now() - under_way_}}));
  }

  JoinAnswer order_sound_alone(TestViewer& viewer) {
    return order(viewer, RenditionId{0}, {}, /*with_video=*/false);
  }
  JoinAnswer order(TestViewer& viewer, RenditionId rendition = RenditionId{0},
                   std::string fingerprint = {}, bool with_video = true,
                   bool varied_duration = false) {
    auto order = std::make_unique<ViewerOrder>();
    const RandomBytes random = [this](std::span<uint8_t> out) {
      for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random_());
    };
    order->id = make_viewer_id(5, random);
    order->request = viewer.join_request("main");
    if (!with_video) order->request.video.reset();
    order->request.audio->varied_duration = varied_duration;
    order->identity = {100 + viewer.port() * 10u,
                       101 + viewer.port() * 10u,
                       102 + viewer.port() * 10u,
                       {65535, 7, 8},
                       "cname"};
    order->rendition = rendition;
    if (rendition != RenditionId{0}) order->request.rendition = "chosen";
    order->local = make_ice_credentials(random);
    order->remote = {order->request.remote_ufrag, order->request.remote_pwd};
    order->fingerprint =
        Fingerprint::parse(fingerprint.empty() ? order->request.fingerprint : fingerprint).value();
    order->sound = wanted_sound_;
    order->asked = std::chrono::steady_clock::now();
    order->request.leave = leave_;
    order->leave_ends = leave_ends_;
    JoinAnswer answer;
    answer.viewer = order->id;
    answer.etag = order->local.ufrag;
    answer.port = shard_->address().port;
    answer.ufrag = order->local.ufrag;
    answer.pwd = order->local.pwd;
    answer.video_ssrc = order->identity.video_ssrc;
    answer.video_rtx_ssrc = order->identity.video_rtx_ssrc;
    answer.audio_ssrc = order->identity.audio_ssrc;
    EXPECT_TRUE(shard_->hand({kChannel, std::move(order)}));
    viewer.accept(answer);
    return answer;
  }

  void hand_rule(Access access, std::vector<std::string> revoked = {}) {
    Channel channel;
    channel.access = access;
    channel.watch_key = "key";
    channel.watch_revoked = std::move(revoked);
    EXPECT_TRUE(shard_->hand(
        {kChannel, Shard::RuleInput{std::make_shared<const WatchRule>(channel), false}}));
  }

  // Lets the programme run on while the viewer plays, until the condition holds.
  testing::AssertionResult play(TestViewer& viewer, const std::function<bool()>& condition,
                                std::chrono::milliseconds timeout = 10s) {
    const bool holds = viewer.run_until(
        [&] {
          feed();
          return condition();
        },
        timeout);
    return holds ? testing::AssertionSuccess() : testing::AssertionFailure() << "not in time";
  }
  void play_for(TestViewer& viewer, std::chrono::milliseconds time) {
    (void)play(
        viewer, [] { return false; }, time);
  }
  testing::AssertionResult play_until_video(TestViewer& viewer, size_t packets) {
    return play(viewer, [&] { return viewer.video().size() >= packets; });
  }

  bool leave(const std::string& viewer) {
    std::promise<bool> answer;
    auto order = std::make_unique<LeaveOrder>();
    order->viewer = viewer;
    order->done = [&](bool found) { answer.set_value(found); };
    EXPECT_TRUE(shard_->hand({0, std::move(order)}));
    return answer.get_future().get();
  }
  SelectAnswer select(const std::string& viewer, std::optional<RenditionId> rendition) {
    std::promise<SelectAnswer> answer;
    auto order = std::make_unique<SelectOrder>();
    order->request.request = 9;
    order->request.viewer = viewer;
    order->rendition = rendition;
    order->done = [&](SelectAnswer done) { answer.set_value(std::move(done)); };
    EXPECT_TRUE(shard_->hand({0, std::move(order)}));
    return answer.get_future().get();
  }
  SelectAnswer select_sound(const std::string& viewer, RenditionId sound) {
    std::promise<SelectAnswer> answer;
    auto order = std::make_unique<SelectOrder>();
    order->request.viewer = viewer;
    order->request.keeps_video = true;
    order->sound = sound;
    order->done = [&](SelectAnswer done) { answer.set_value(std::move(done)); };
    EXPECT_TRUE(shard_->hand({0, std::move(order)}));
    return answer.get_future().get();
  }
  JoinAnswer restart(const std::string& viewer, const std::string& etag, const std::string& ufrag,
                     const std::string& fresh) {
    std::promise<JoinAnswer> answer;
    auto order = std::make_unique<RestartOrder>();
    order->request.viewer = viewer;
    order->request.etag = etag;
    order->request.ufrag = ufrag;
    order->request.pwd = "another-password-of-24-letters";
    order->fresh = {fresh, "fresh-password-of-24-letters"};
    order->done = [&](JoinAnswer done) { answer.set_value(std::move(done)); };
    EXPECT_TRUE(shard_->hand({0, std::move(order)}));
    return answer.get_future().get();
  }
  uint64_t dropped(DropReason reason) const {
    return shard_->totals().dropped[static_cast<size_t>(reason)].value();
  }

  std::mt19937 random_{1};
  SharedMediaClock clock_;
  MediaTime start_;
  std::shared_ptr<const DtlsCertificate> certificate_;
  std::atomic<int> first_pictures_{0};
  std::atomic<int> keyframes_needed_{0};
  std::unique_ptr<Shard> shard_;
  MediaProgramme live_{kLive, 2};
  MediaProgramme slate_{kSlate, 2, 2, 300};
  MediaProgramme* programme_ = nullptr;
  OnAirPtr on_air_;
  MediaTime fed_until_;
  std::function<bool(const MediaUnit&)> withhold_;
  std::chrono::milliseconds under_way_{0};  // since a unit that is handed arrived
  // Of whoever is ordered.
  RenditionId wanted_sound_ = kOpusRendition;
  std::optional<WatchLeave> leave_;
  Monotonic leave_ends_ = Monotonic::max();
};

}  // namespace longmen::test

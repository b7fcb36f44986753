// A shard with real viewers over loopback: ICE, DTLS, SRTP, RTP.
#include <climits>

#include "tests/relay/shard_fixture.h"
#include "tests/support/send_faults.h"

namespace longmen {
namespace {

using test::kChannel;
using test::kFrame;
using test::kLive;
using test::kSlate;
using test::MediaProgramme;
using test::ReceivedPacket;
using test::ShardTest;
using test::TestViewer;
using namespace std::chrono_literals;

TEST_F(ShardTest, ViewerJoinsFromTheCachedGopAndPlaysOn) {
  feed();  // 0.3 s of a GOP are there already
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 250));
  EXPECT_EQ(viewer.dtls_client().server_fingerprint(), certificate_->fingerprint());
  const auto video = viewer.video();
  ASSERT_TRUE(video.front().mark);
  EXPECT_TRUE(video.front().mark->keyframe);
  EXPECT_EQ(video.front().mark->packet, 0);
  EXPECT_EQ(video.front().mark->time, MediaTime(1704067205s));  // not the next keyframe
  EXPECT_EQ(TestViewer::discontinuity(video), "");
  EXPECT_EQ(viewer.refused(), 0u);
  // The backlog's timestamps are compressed to end where live begins: 90 ticks apart.
  EXPECT_EQ(video[6].timestamp - video[0].timestamp, 90u);
  const ReceivedPacket& newest = video.back();
  EXPECT_EQ(newest.timestamp,
            static_cast<uint32_t>(newest.mark->time.time_since_epoch() / Flicks(7840)));
  // One transport-wide counter for sound and picture.
  std::set<uint16_t> counters;
  for (const ReceivedPacket& packet : viewer.packets()) {
    ASSERT_TRUE(packet.transport_sequence);
    EXPECT_TRUE(counters.insert(*packet.transport_sequence).second);
  }
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  EXPECT_GT(viewer.audio().size(), 20u);
  EXPECT_EQ(first_pictures_, 1);
  EXPECT_EQ(shard_->viewers(), 1);
}

TEST_F(ShardTest, SenderReportsTieBothStreamsToOneClock) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play(viewer, [&] { return viewer.sender_reports() >= 4; }));
  ASSERT_EQ(viewer.last_reports().size(), 2u);
  for (const auto& [ssrc, report] : viewer.last_reports()) {
    const bool video = ssrc == viewer.video().front().ssrc;
    const double seconds =
        static_cast<double>(report.ntp.value - (kSecondsFrom1900To1970 << 32)) / 4294967296.0;
    const auto expected =
        static_cast<uint32_t>(static_cast<uint64_t>(seconds * (video ? 90000 : 48000)));
    EXPECT_NEAR(static_cast<double>(static_cast<int32_t>(report.rtp_timestamp - expected)), 0, 2);
  }
}

TEST_F(ShardTest, LostPacketsAreRepeatedOnRequest) {
  TestViewer viewer;
  std::set<uint16_t> lost;
  int count = 0;
  viewer.lose = [&](const RtpHeader& header) {
    if (header.payload_type != TestViewer::kVideoType || ++count % 10 != 0) return false;
    lost.insert(header.sequence);
    return true;
  };
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 100));
  viewer.lose = nullptr;
  ASSERT_GT(lost.size(), 5u);
  const std::vector<uint16_t> wanted(lost.begin(), lost.end());
  viewer.send_nack(wanted);
  const auto repeats = [&] {
    std::set<uint16_t> sequences;
    for (const ReceivedPacket& packet : viewer.packets())
      if (packet.repeat) sequences.insert(packet.sequence);
    return sequences;
  };
  EXPECT_TRUE(play(viewer, [&] { return repeats() == lost; }));
  EXPECT_EQ(shard_->totals().nacked.value(), lost.size());
  EXPECT_TRUE(play(viewer, [&] { return shard_->totals().repeats.value() == lost.size(); }));
  EXPECT_EQ(viewer.refused(), 0u);
  // What was never sent is not.
  const uint16_t future[] = {static_cast<uint16_t>(viewer.video().back().sequence + 2000)};
  viewer.send_nack(future);
  EXPECT_TRUE(play(viewer, [&] { return dropped(DropReason::kNotInCache) > 0; }));
}

TEST_F(ShardTest, SlateAndLiveFollowEachOtherOnTheSameConnection) {
  show(slate_, OnAirSource::kSlate);
  TestViewer viewer;
  order(viewer);
  const auto plays = [&](Generation generation) {
    return [&viewer, generation] {
      const auto video = viewer.video();
      return video.size() > 60 && video.back().mark->generation == generation.value &&
             video[video.size() - 30].mark->generation == generation.value;
    };
  };
  ASSERT_TRUE(play(viewer, plays(kSlate)));
  show(live_, OnAirSource::kLive);
  ASSERT_TRUE(play(viewer, plays(kLive)));
  show(slate_, OnAirSource::kSlate);
  ASSERT_TRUE(play(viewer, plays(kSlate)));
  const auto video = viewer.video();
  EXPECT_EQ(TestViewer::discontinuity(video), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  // Each generation begins with a keyframe.
  for (size_t i = 1; i < video.size(); ++i) {
    if (video[i].mark->generation != video[i - 1].mark->generation) {
      EXPECT_TRUE(video[i].mark->keyframe) << i;
      EXPECT_TRUE(video[i - 1].marker) << i;
    }
  }
  EXPECT_EQ(viewer.refused(), 0u);
}

TEST_F(ShardTest, TwoViewersOfDifferentRungsAndProfiles) {
  TestViewer one;
  TestViewer other({.srtp_profiles = "SRTP_AES128_CM_SHA1_80"});
  order(one, RenditionId{0});
  order(other, RenditionId{1});
  ASSERT_TRUE(play(one, [&] {
    other.run_for(0ms);
    return one.video().size() > 150 && other.video().size() > 150;
  }));
  for (TestViewer* viewer : {&one, &other}) {
    EXPECT_EQ(TestViewer::discontinuity(viewer->video()), "");
    EXPECT_EQ(viewer->refused(), 0u);
    for (const ReceivedPacket& packet : viewer->video())
      EXPECT_EQ(packet.mark->rendition, viewer == &one ? 0 : 1);
  }
  EXPECT_EQ(shard_->totals().viewers[kChannel].value(), 2u);
}

TEST_F(ShardTest, APictureIsTimedOnceFromItsArrivalToItsFirstTrain) {
  under_way_ = 70ms;
  uint64_t handed = 0;
  withhold_ = [&](const MediaUnit& unit) {
    handed += unit.rendition == RenditionId{0};
    return false;
  };
  TestViewer one;
  TestViewer other;
  order(one);
  order(other);
  ASSERT_TRUE(play(one, [&] {
    other.run_for(0ms);
    return one.video().size() > 150 && other.video().size() > 150;
  }));
  const TimeTally& times = shard_->totals().first_sends;
  uint64_t timed = 0;
  for (size_t bucket = 0; bucket < TimeTally::kBuckets; ++bucket) {
    timed += times.count(bucket);
    const bool sooner = bucket == 0 || TimeTally::kBoundsUs[bucket - 1] < 50'000;
    EXPECT_TRUE(!sooner || times.count(bucket) == 0) << "than it was under way, bucket " << bucket;
  }
  EXPECT_GT(timed, 10u);
  EXPECT_LE(timed, handed);
  EXPECT_GE(times.sum_ns(), timed * 70'000'000);
}

TEST_F(ShardTest, LeavingEndsItOnceAndTellsThePlayer) {
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  EXPECT_TRUE(leave(answer.viewer));
  EXPECT_FALSE(leave(answer.viewer));
  EXPECT_EQ(shard_->viewers(), 0);
  viewer.run_until([&] { return viewer.closed_by_server(); }, 2s);
  EXPECT_TRUE(viewer.closed_by_server());
  viewer.run_for(20ms);
  const size_t before = viewer.packets().size();
  play_for(viewer, 300ms);
  EXPECT_EQ(viewer.packets().size(), before);
}

TEST_F(ShardTest, CloseNotifyAndByeEndAViewer) {
  for (const bool bye : {false, true}) {
    for (const bool reported : {false, true}) {  // whether OpenSSL's state was freed before
      TestViewer viewer;
      order(viewer);
      ASSERT_TRUE(play_until_video(viewer, 30));
      if (reported) {
        viewer.send_receiver_report();
        play_for(viewer, 50ms);
      }
      ASSERT_EQ(shard_->viewers(), 1);
      if (bye) {
        viewer.send_bye();
      } else {
        viewer.close_dtls();
      }
      EXPECT_TRUE(play(viewer, [&] { return shard_->viewers() == 0; })) << bye << reported;
    }
  }
}

TEST_F(ShardTest, ClientHelloFromAnAddressThatIceDoesNotKnowIsIgnored) {
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  TestViewer spoofer;
  spoofer.accept(answer);
  spoofer.checks = false;
  spoofer.dtls_client().start();
  spoofer.send_raw(*spoofer.dtls_client().poll_transmit());
  EXPECT_TRUE(play(spoofer, [&] { return dropped(DropReason::kAddressNotValidated) == 1; }));
  play_for(spoofer, 100ms);
  EXPECT_EQ(spoofer.datagrams(), 0u);
  // Nor from the viewer's own before a check.
  viewer.checks = false;
  viewer.dtls_client().start();
  viewer.send_raw(*viewer.dtls_client().poll_transmit());
  EXPECT_TRUE(play(viewer, [&] { return dropped(DropReason::kAddressNotValidated) == 2; }));
  EXPECT_EQ(viewer.datagrams(), 0u);
  // And it can still join.
  viewer.checks = true;
  EXPECT_TRUE(play_until_video(viewer, 30));
}

TEST_F(ShardTest, WrongCertificateIsRefusedAndTheViewerEnds) {
  TestViewer viewer;
  TestViewer somebody_else;
  order(viewer, RenditionId{0}, somebody_else.dtls_client().fingerprint());
  EXPECT_TRUE(play(viewer, [&] { return viewer.dtls_client().failed(); }));
  EXPECT_TRUE(play(viewer, [&] { return shard_->viewers() == 0; }));
  EXPECT_TRUE(viewer.packets().empty());
}

TEST_F(ShardTest, LongClientHelloInTwoDatagrams) {
  TestViewer viewer({.client_hello_ballast_bytes = 1400});
  order(viewer);
  EXPECT_TRUE(play_until_video(viewer, 30));
}

TEST_F(ShardTest, JunkIsCountedAndHarmsNobody) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  TestViewer stranger;
  stranger.accept([&] {
    JoinAnswer answer;
    answer.port = shard_->address().port;
    return answer;
  }());
  stranger.checks = false;
  for (int i = 0; i < 3000; ++i) {
    Bytes junk(random_() % 1300);
    for (uint8_t& byte : junk)
      byte = static_cast<uint8_t>(random_());
    // Of every kind, from a stranger and from the viewer's own address.
    constexpr uint8_t kFirst[] = {0, 1, 20, 22, 25, 63, 64, 100, 128, 129, 144, 191, 200, 255};
    if (!junk.empty()) junk[0] = kFirst[static_cast<size_t>(i) % std::size(kFirst)];
    if (junk.size() > 1 && i % 3 == 0) junk[1] = 200 + i % 8;
    (i % 2 ? stranger : viewer).send_raw(junk);
    if (i % 200 == 0) play_for(viewer, 5ms);
  }
  const size_t before = viewer.video().size();
  EXPECT_TRUE(play_until_video(viewer, before + 60));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(stranger.datagrams(), 0u);
  EXPECT_GT(dropped(DropReason::kUnknownPeer), 0u);
  EXPECT_GT(dropped(DropReason::kAddressNotValidated), 0u);
  EXPECT_GT(dropped(DropReason::kNotAuthenticated), 0u);
  EXPECT_GT(dropped(DropReason::kMalformed), 0u);
  EXPECT_EQ(shard_->viewers(), 1);
}

TEST_F(ShardTest, IceRestartKeepsThePictureRunning) {
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  EXPECT_EQ(restart(answer.viewer, "not it", "nufrag", "fresh1").status, 412);
  EXPECT_EQ(restart("00" + std::string(32, '0'), "*", "nufrag", "fresh1").status, 404);
  const JoinAnswer restarted = restart(answer.viewer, answer.etag, "nufrag", "fresh1");
  ASSERT_EQ(restarted.status, 200);
  EXPECT_EQ(restarted.ufrag, "fresh1");
  EXPECT_NE(restarted.etag, answer.etag);
  viewer.restart({"nufrag", "another-password-of-24-letters"}, restarted.ufrag, restarted.pwd);
  ASSERT_TRUE(play(viewer, [&] { return viewer.checked(); }));
  EXPECT_EQ(restart(answer.viewer, restarted.etag, "nufrag", "fresh2").status, 204);
  const size_t before = viewer.video().size();
  EXPECT_TRUE(play_until_video(viewer, before + 60));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(restart(answer.viewer, "*", "third", "fresh3").status, 200);
  EXPECT_TRUE(leave(answer.viewer));
}

TEST_F(ShardTest, SelectedRenditionComesAtAKeyframeOnTheSameStream) {
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  const auto shown = [&] { return viewer.video().back().mark->rendition; };
  EXPECT_EQ(shown(), 0);
  EXPECT_EQ(select(answer.viewer, RenditionId{1}).status, 200);
  ASSERT_TRUE(play(viewer, [&] { return shown() == 1; }));
  const size_t there = viewer.video().size();
  ASSERT_TRUE(play_until_video(viewer, there + 120));  // over the next keyframe
  EXPECT_EQ(shown(), 1);
  const SelectAnswer automatic = select(answer.viewer, std::nullopt);
  EXPECT_EQ(automatic.status, 200);
  EXPECT_EQ(automatic.request, 9u);
  ASSERT_TRUE(play(viewer, [&] { return shown() == 0; })) << "the link carries it";
  int switches = 0;
  const auto video = viewer.video();
  for (size_t i = 1; i < video.size(); ++i) {
    if (video[i].mark->rendition == video[i - 1].mark->rendition) continue;
    ++switches;
    EXPECT_TRUE(video[i].mark->keyframe);
    EXPECT_EQ(video[i].mark->packet, 0);
  }
  EXPECT_EQ(switches, 2);
  EXPECT_EQ(TestViewer::discontinuity(video), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
}

TEST_F(ShardTest, AViewerHearsOneLanguageAndThenTheOtherOnTheSameStream) {
  MediaProgramme two(Generation{2000}, 2, 3, 900, 2);
  show(two, OnAirSource::kLive);
  wanted_sound_ = opus_rendition(1);
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  const auto heard = [&] { return RenditionId{viewer.audio().back().mark->rendition}; };
  ASSERT_TRUE(play(viewer, [&] { return viewer.audio().size() >= 30; }));
  for (const ReceivedPacket& packet : viewer.audio())
    ASSERT_EQ(RenditionId{packet.mark->rendition}, opus_rendition(1));
  EXPECT_EQ(select_sound(answer.viewer, kOpusRendition).status, 200);
  ASSERT_TRUE(play(viewer, [&] { return heard() == kOpusRendition; }));
  const size_t there = viewer.audio().size();
  ASSERT_TRUE(play(viewer, [&] { return viewer.audio().size() >= there + 30; }));
  EXPECT_EQ(heard(), kOpusRendition);
  EXPECT_EQ(viewer.video().back().mark->rendition, 0) << "pictures stay as they are";
  // The slate has one sound, whoever wanted which.
  EXPECT_EQ(select_sound(answer.viewer, opus_rendition(1)).status, 200);
  show(slate_, OnAirSource::kSlate);
  ASSERT_TRUE(play(viewer, [&] { return viewer.audio().back().mark->generation == kSlate.value; }));
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
}

TEST_F(ShardTest, ALanguageIsHeardWhereverItIsAfterAChangeOfLanguages) {
  MediaProgramme two(Generation{2000}, 1, 3, 900, 2);
  show(two, OnAirSource::kLive);
  TestViewer viewer;
  order(viewer);
  const auto heard = [&] { return RenditionId{viewer.audio().back().mark->rendition}; };
  ASSERT_TRUE(play(viewer, [&] { return viewer.audio().size() >= 10; }));
  EXPECT_EQ(heard(), kOpusRendition);
  Shard::SoundsInput swapped;
  swapped.become = {1, 0};
  ASSERT_TRUE(shard_->hand({kChannel, Shard::SoundsInput(swapped)}));
  ASSERT_TRUE(play(viewer, [&] { return heard() == opus_rendition(1); }));
  ASSERT_TRUE(shard_->hand({kChannel, Shard::SoundsInput()}));
  ASSERT_TRUE(play(viewer, [&] { return heard() == kOpusRendition; })) << "it is gone";
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
}

TEST_F(ShardTest, WhoHearsSoundAloneMayChooseItsLanguage) {
  MediaProgramme two(Generation{2000}, 1, 3, 900, 2);
  show(two, OnAirSource::kLive);
  TestViewer viewer;
  const JoinAnswer answer = order_sound_alone(viewer);
  ASSERT_TRUE(play(viewer, [&] { return viewer.audio().size() >= 10; }));
  EXPECT_EQ(select_sound(answer.viewer, opus_rendition(1)).status, 200);
  ASSERT_TRUE(play(viewer, [&] {
    return RenditionId{viewer.audio().back().mark->rendition} == opus_rendition(1);
  }));
}

TEST_F(ShardTest, SelectionBeforeTheHandshakeCountsAndOfNobodyIs404) {
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  EXPECT_EQ(select(answer.viewer, RenditionId{1}).status, 200);
  ASSERT_TRUE(play_until_video(viewer, 30));
  EXPECT_EQ(viewer.video().front().mark->rendition, 1);
  EXPECT_EQ(select("00" + std::string(32, '0'), std::nullopt).status, 404);
}

TEST_F(ShardTest, HoleInTheSourceAsksForAKeyframeAndViewersGoOnThere) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  EXPECT_EQ(keyframes_needed_, 0);
  bool withheld = false;
  withhold_ = [&](const MediaUnit& unit) {
    if (withheld || unit.rendition != RenditionId{0} || unit.keyframe) return false;
    return withheld = true;
  };
  ASSERT_TRUE(play(viewer, [&] { return withheld && keyframes_needed_ > 0; }));
  const size_t before = viewer.video().size();
  ASSERT_TRUE(play_until_video(viewer, before + 60));
  // The viewer's sequence has no hole: what it was not sent, it was not promised.
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_GT(shard_->totals().skipped_video_units.value(), 0u);
  // At most once a second, and whole again at the next keyframe.
  EXPECT_LE(keyframes_needed_, 2);
}

TEST_F(ShardTest, EndedChannelClosesItsViewers) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  ASSERT_TRUE(shard_->hand({kChannel, Shard::EndChannel{}}));
  EXPECT_TRUE(viewer.run_until([&] { return viewer.closed_by_server(); }));
  EXPECT_TRUE(viewer.run_until([&] { return shard_->viewers() == 0; }));
}

TEST_F(ShardTest, WhoMayNoLongerWatchIsToldGoodbye) {
  TestViewer anybody, person;
  order(anybody);
  ASSERT_TRUE(play_until_video(anybody, 30));
  leave_ = WatchLeave{WatchBearer::kPerson, "li", "key", {}};
  order(person);
  ASSERT_TRUE(play_until_video(person, 30));
  hand_rule(Access::kToken);
  EXPECT_TRUE(play(anybody, [&] { return anybody.closed_by_server(); }));
  EXPECT_TRUE(play_until_video(person, person.video().size() + 30)) << "with leave one stays";
  EXPECT_EQ(shard_->viewers(), 1);
  hand_rule(Access::kToken, {"li"});
  EXPECT_TRUE(play(person, [&] { return person.closed_by_server(); }));
  EXPECT_TRUE(play(person, [&] { return shard_->viewers() == 0; }));
}

TEST_F(ShardTest, ALeaveThatEndsCountsWhereOneIsAskedFor) {
  leave_ = WatchLeave{WatchBearer::kPerson, "li", "key", {}};
  leave_ends_ = std::chrono::steady_clock::now() + 500ms;
  TestViewer viewer;
  hand_rule(Access::kOpen);
  order(viewer);
  ASSERT_TRUE(play(viewer, [&] {
    return viewer.video().size() > 60 && std::chrono::steady_clock::now() > leave_ends_ + 200ms;
  }));
  EXPECT_FALSE(viewer.closed_by_server()) << "an open channel needs none";
  hand_rule(Access::kToken);
  EXPECT_TRUE(play(viewer, [&] { return viewer.closed_by_server(); }))
      << "and one that has ended is none";

  leave_ends_ = std::chrono::steady_clock::now() + 1s;
  TestViewer guest;
  order(guest);
  ASSERT_TRUE(play_until_video(guest, 10));
  EXPECT_TRUE(play(guest, [&] { return guest.closed_by_server(); }));
  EXPECT_GE(std::chrono::steady_clock::now(), leave_ends_);
}

TEST_F(ShardTest, StopTellsThePlayers) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  ASSERT_TRUE(shard_->hand({0, Shard::StopInput{}}));
  shard_->join();
  EXPECT_TRUE(viewer.run_until([&] { return viewer.closed_by_server(); }));
}

TEST_F(ShardTest, FullSocketBufferDelaysButLosesNothing) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  test::send_faults().error = EAGAIN;
  for (int i = 0; i < 20; ++i) {
    test::send_faults().fail_sends = 3;
    const size_t before = viewer.video().size();
    ASSERT_TRUE(play(viewer, [&] {
      return viewer.video().size() > before + 3 && test::send_faults().fail_sends == 0;
    }));
  }
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  EXPECT_EQ(viewer.refused(), 0u);
}

// While nothing leaves, pictures become old: what is shown then is not they, but the next keyframe.
TEST_F(ShardTest, WhatWaitedTooLongForAFullSocketDoesNotLeave) {
  TestViewer viewer;
  const JoinAnswer answer = order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  const auto hand_until = [&](MediaTime until) {
    for (auto& unit : live_.units(fed_until_, until))
      hand(std::move(unit));
    fed_until_ = until;
  };
  const auto shows = [&](MediaTime time) {
    return viewer.run_until([&] {
      const std::vector<ReceivedPacket> video = viewer.video();
      return !video.empty() && video.back().mark->time >= time;
    });
  };
  const MediaTime keyframe(std::chrono::ceil<std::chrono::seconds>(fed_until_.time_since_epoch()));
  hand_until(keyframe + 2 * kFrame);
  ASSERT_TRUE(shows(keyframe + kFrame));
  const uint64_t stops = shard_->totals().late_stops.value();
  test::send_faults().error = EAGAIN;
  test::send_faults().fail_sends = INT_MAX;
  hand_until(keyframe + 26 * kFrame);
  EXPECT_EQ(select(answer.viewer, RenditionId{0}).status, 200) << "all before it was taken in";
  test::send_faults().fail_sends = 0;
  EXPECT_TRUE(viewer.run_until([&] { return shard_->totals().late_stops.value() > stops; }));
  hand_until(keyframe + 33 * kFrame);
  ASSERT_TRUE(shows(keyframe + 32 * kFrame));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  for (const ReceivedPacket& packet : viewer.video()) {
    const bool old = packet.mark->time > keyframe + 3 * kFrame && packet.mark->time < keyframe + 1s;
    EXPECT_FALSE(old) << packet.sequence;
  }
}

TEST_F(ShardTest, APictureThatIsLostWhereNothingMendsItAsksForAKeyframe) {
  MediaProgramme large(Generation{2000}, 2, 12, 1100);  // 13 kB a picture
  show(large, OnAirSource::kLive);
  TestViewer viewer;
  order(viewer, RenditionId{1});
  // A third of the third GOP: what there is of it takes 400 ms at 3 Mbit/s, the next is further.
  const MediaTime end = fed_until_ + 2s + 12 * kFrame;
  for (auto& unit : large.units(fed_until_, end))
    hand(std::move(unit));
  ASSERT_TRUE(viewer.run_until([&] { return !viewer.video().empty(); }));
  EXPECT_EQ(keyframes_needed_, 0);
  EXPECT_TRUE(viewer.run_until([&] {
    viewer.send_picture_loss();
    return keyframes_needed_ > 0;
  }));
}

// 30 pictures and 50 packets of sound a second leave in fewer sends than there are of both.
TEST_F(ShardTest, SoundRidesWithPicture) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  const ShardTotals& totals = shard_->totals();
  const auto pictures = [&] {
    return std::ranges::count_if(viewer.packets(), [](const ReceivedPacket& packet) {
      return packet.payload_type == TestViewer::kVideoType && packet.marker;
    });
  };
  const uint64_t trains = totals.trains.value();
  const auto before = pictures();
  const size_t sounds = viewer.audio().size();
  ASSERT_TRUE(play(viewer, [&] { return pictures() >= before + 60; }));
  const double others = static_cast<double>(totals.trains.value() - trains) -
                        static_cast<double>(pictures() - before);
  EXPECT_LT(others, 0.9 * static_cast<double>(viewer.audio().size() - sounds));
}

// With very many viewers sound waits for the next picture, however far that is, and two packets of
// it ride as one.
TEST_F(ShardTest, TwoPacketsOfSoundRideAsOne) {
  stop_shard();
  start_shard(/*join_from_viewers=*/0);
  TestViewer viewer;
  order(viewer, RenditionId{0}, {}, /*with_video=*/true, /*varied_duration=*/true);
  ASSERT_TRUE(play_until_video(viewer, 60));
  const size_t before = viewer.audio().size();
  ASSERT_TRUE(play(viewer, [&] { return viewer.audio().size() >= before + 60; }));
  const std::vector<ReceivedPacket> sounds = viewer.audio();
  EXPECT_EQ(TestViewer::discontinuity(sounds), "");
  size_t of_40_ms = 0;
  for (size_t i = before; i + 1 < sounds.size(); ++i) {
    const uint32_t ticks = sounds[i + 1].timestamp - sounds[i].timestamp;
    // More than two packets' only where the machine stood still and what was late was left out.
    EXPECT_EQ(ticks % 960, 0u) << ticks;
    of_40_ms += ticks == 1920;
  }
  EXPECT_GT(of_40_ms, 10u) << "50 in 30 pictures: 20 of 30";
}

// With very many viewers the port is not watched: whoever speaks is heard all the same, a full
// socket delays and loses nothing, and others join.
TEST_F(ShardTest, APortThatIsLookedAtNowAndThenHearsEverybody) {
  stop_shard();
  start_shard(/*join_from_viewers=*/0);
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  const std::vector<uint16_t> wanted{viewer.video()[50].sequence, viewer.video()[55].sequence};
  viewer.send_nack(wanted);
  EXPECT_TRUE(play(viewer, [&] { return shard_->totals().repeats.value() == wanted.size(); }));
  test::send_faults().error = EAGAIN;
  test::send_faults().fail_sends = 3;
  const size_t before = viewer.video().size();
  EXPECT_TRUE(play(viewer, [&] {
    return viewer.video().size() > before + 10 && test::send_faults().fail_sends == 0;
  }));
  EXPECT_GT(shard_->totals().blocked.value(), 0u);
  {
    TestViewer other;
    order(other);
    ASSERT_TRUE(play_until_video(other, 60));
    EXPECT_EQ(TestViewer::discontinuity(other.video()), "");
    other.send_bye();
    EXPECT_TRUE(play(viewer, [&] { return shard_->viewers() == 1; }));
  }
  viewer.send_bye();
  EXPECT_TRUE(play(viewer, [&] { return shard_->viewers() == 0; }));
  EXPECT_EQ(viewer.refused(), 0u);
}

// How many sends a packet of sound takes for a viewer that has nothing else.
class SoundAloneTest : public ShardTest {
 protected:
  double sends_a_packet() {
    TestViewer viewer;
    order_sound_alone(viewer);
    EXPECT_TRUE(play(viewer, [&] { return viewer.audio().size() >= 10; }));
    const uint64_t trains = shard_->totals().trains.value();
    const size_t sounds = viewer.audio().size();
    EXPECT_TRUE(play(viewer, [&] { return viewer.audio().size() >= sounds + 60; }));
    return static_cast<double>(shard_->totals().trains.value() - trains) /
           static_cast<double>(viewer.audio().size() - sounds);
  }
};

TEST_F(SoundAloneTest, LeavesInPairs) {
  EXPECT_LT(sends_a_packet(), 0.75);
}

TEST_F(SoundAloneTest, LeavesWithoutASecondPacketWhenNoneComesInTime) {
  size_t sounds = 0;
  withhold_ = [&](const MediaUnit& unit) { return !is_video(unit.rendition) && ++sounds % 2 == 0; };
  EXPECT_GT(sends_a_packet(), 0.75);
}

}  // namespace
}  // namespace longmen

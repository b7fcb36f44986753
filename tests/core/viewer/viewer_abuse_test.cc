// Forged and repeated SRTCP changes no state of a viewer: beside one that gets it stands a twin
// that does not, and whatever they do afterwards is the same to the byte.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/support/receiver.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::Programme;
using test::Receiver;

class ViewerAbuseTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  static constexpr uint64_t kGeneration = test::kFirstLadderGeneration;

  ViewerAbuseTest() {
    for (auto* viewer : {&calm, &attacked}) {
      viewer->emplace(test::player_request(), identity, RenditionId{0});
      EXPECT_TRUE((*viewer)->start(keys));
    }
    channel.begin_generation(programme.generation(), programme.renditions());
    receiver.send_feedback(100ms);
  }

  MediaTime media() const { return MediaTime(floor_flicks(now.time_since_epoch())); }

  std::vector<Bytes> drain(Viewer& viewer) {
    std::vector<Bytes> datagrams;
    while (const auto train = viewer.poll_transmit(channel, now, media(), buffer)) {
      for (size_t at = 0; at < train->bytes; at += train->segment_bytes) {
        const auto datagram =
            ByteSpan(buffer).subspan(at, std::min(train->segment_bytes, train->bytes - at));
        datagrams.emplace_back(datagram.begin(), datagram.end());
      }
    }
    return datagrams;
  }

  // What the player truly says, to both.
  void tell(const Bytes& sealed) {
    if (sealed.empty()) return;
    for (auto* viewer : {&calm, &attacked}) {
      Bytes copy = sealed;
      ASSERT_TRUE((*viewer)->handle_srtcp(copy, now, media()));
    }
    said.push_back(sealed);
  }

  // To one of them alone; never taken.
  void attack(Bytes datagram) {
    EXPECT_FALSE((*attacked).handle_srtcp(datagram, now, media()));
    ++attacks;
  }
  void attack_in_every_way() {
    for (const Bytes& packet : said)
      attack(packet);  // again
    if (said.empty()) return;
    const Bytes& newest = said.back();
    for (int i = 0; i < 20; ++i) {
      Bytes forged = newest;
      forged[random() % forged.size()] ^= static_cast<uint8_t>(1 + random() % 255);
      attack(forged);
    }
    for (const uint32_t index : {0x7fffffffu, 0x7ffffff0u, 0x40000000u, 100'000u}) {
      Bytes forged = newest;
      write_index(forged, index);
      attack(forged);
      forged[7] ^= 0x55;  // of a sender that is new
      attack(forged);
    }
    for (size_t size = 0; size < newest.size(); size += 5)
      attack(Bytes(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  // RFC 3711 §3.4: before the tag; with GCM at the end (RFC 7714 §9).
  static void write_index(Bytes& packet, uint32_t index) {
    const size_t tag_bytes = GetParam() == SrtpProfile::kAeadAes128Gcm ? 0 : 10;
    uint8_t* const at = packet.data() + packet.size() - tag_bytes - 4;
    for (int i = 0; i < 4; ++i)
      at[i] = static_cast<uint8_t>((index | 0x80000000u) >> (24 - 8 * i));
  }

  void expect_same_state() {
    ViewerCounters counters = (*attacked).counters();
    EXPECT_EQ(counters.rejected_rtcp, attacks);
    counters.rejected_rtcp = (*calm).counters().rejected_rtcp;
    EXPECT_EQ(std::memcmp(&counters, &(*calm).counters(), sizeof counters), 0);
    EXPECT_EQ((*attacked).quality().round_trip, (*calm).quality().round_trip);
    EXPECT_EQ((*attacked).quality().video_fraction_lost_256,
              (*calm).quality().video_fraction_lost_256);
    EXPECT_EQ((*attacked).wanted_video(), (*calm).wanted_video());
    EXPECT_EQ((*attacked).said_goodbye(), (*calm).said_goodbye());
  }

  const ViewerIdentity identity{10, 11, 12, {0xffff, 7, 8}, "longmen"};
  SrtpKeys keys = test::random_srtp_keys(GetParam(), 9);
  Receiver receiver{test::player_request(), identity, keys};
  Programme programme{Generation{kGeneration}, 3};
  ChannelCache channel;
  std::optional<Viewer> calm;
  std::optional<Viewer> attacked;
  std::vector<Bytes> said;
  uint64_t attacks = 0;
  std::mt19937 random{5};
  Bytes buffer = Bytes(kTrainBufferBytes);
  Monotonic now{1000s};
};

TEST_P(ViewerAbuseTest, ReplaysAndBadTagsChangeNoState) {
  for (uint64_t number = 30; number < 130; ++number) {
    for (uint8_t rung = 0; rung < 3; ++rung)
      ASSERT_TRUE(channel.push(programme.frame(rung, number)));
    const auto expected = drain(*calm);
    ASSERT_EQ(drain(*attacked), expected) << "frame " << number;
    // One in twenty is lost, and asked for again.
    for (const Bytes& datagram : expected)
      if (random() % 20 != 0) receiver.handle_datagram(datagram, now);
    now += 20ms;
    tell(receiver.poll_rtcp(now));
    tell(receiver.poll_feedback(now));
    attack_in_every_way();
    expect_same_state();
    now += 13ms;
  }
  EXPECT_GT((*calm).counters().repeated_packets, 10u);
  EXPECT_GT(said.size(), 20u);
  EXPECT_GT(attacks, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Profiles, ViewerAbuseTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm,
                                         SrtpProfile::kAes128CmHmacSha1_80),
                         [](const auto& profile) {
                           return profile.param == SrtpProfile::kAeadAes128Gcm ? "Gcm" : "Sha1";
                         });

}  // namespace
}  // namespace longmen

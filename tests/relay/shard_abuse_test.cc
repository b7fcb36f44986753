// What a crowd and an attacker send to a shard: those who watch lose nothing, nobody's join breaks,
// nothing is sent to who has proved nothing, and each kind is counted by its reason.
#include <cstdlib>

#include "core/stun/stun_writer.h"
#include "tests/relay/shard_fixture.h"

namespace longmen {
namespace {

using test::ShardTest;
using test::TestViewer;
using namespace std::chrono_literals;

// A socket of somebody who has no business here, at any loopback address.
class Stranger {
 public:
  Stranger(const char* ip, const Address& shard)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const SocketAddress own(*Address::from_text(ip, 0), AF_INET);
    EXPECT_EQ(bind(socket_.get(), &own.any, own.bytes), 0);
    const SocketAddress peer(*Address::from_text("127.0.0.1", shard.port), AF_INET);
    EXPECT_EQ(connect(socket_.get(), &peer.any, peer.bytes), 0);
  }
  void send(ByteSpan datagram) {
    sent_bytes_ += datagram.size();
    EXPECT_EQ(::send(socket_.get(), datagram.data(), datagram.size(), 0),
              static_cast<ssize_t>(datagram.size()));
  }
  size_t sent_bytes() const { return sent_bytes_; }
  // Of everything that has come back so far.
  size_t received_bytes() {
    uint8_t buffer[2048];
    for (ssize_t size = 0; (size = recv(socket_.get(), buffer, sizeof buffer, 0)) >= 0;)
      received_bytes_ += static_cast<size_t>(size);
    return received_bytes_;
  }

 private:
  UniqueFd socket_;
  size_t sent_bytes_ = 0;
  size_t received_bytes_ = 0;
};

Bytes check(const std::string& username, const std::string& pwd, uint32_t priority = 100) {
  stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, stun::TransactionId{9});
  writer.username(username);
  writer.priority(priority);
  writer.ice_controlling(1);
  writer.use_candidate();
  writer.message_integrity(as_bytes(pwd));
  writer.fingerprint();
  return writer.take();
}

Bytes client_hello() {
  test::DtlsClient client;
  client.start();
  return *client.poll_transmit();
}

class ShardAbuseTest : public ShardTest {
 protected:
  uint64_t dropped_in_all() const {
    uint64_t sum = 0;
    for (const Tally& tally : shard_->totals().dropped)
      sum += tally.value();
    return sum;
  }
};

TEST_F(ShardAbuseTest, EveryKindOfJunkIsCountedByItsReasonAndCostsViewersNothing) {
  TestViewer viewer;
  const JoinAnswer joined = order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  Stranger stranger("127.0.0.9", shard_->address());
  const Bytes hello = client_hello();
  struct Kind {
    const char* name;
    bool from_viewer;
    DropReason reason;
    std::function<Bytes()> make;
  };
  const auto noise = [this](uint8_t first, uint8_t second) {
    return [this, first, second] {
      Bytes bytes(60 + random_() % 1000);
      for (uint8_t& byte : bytes)
        byte = static_cast<uint8_t>(random_());
      bytes[0] = first;
      bytes[1] = second;
      return bytes;
    };
  };
  const std::vector<Kind> kinds{
      {"STUN of no viewer", false, DropReason::kUnknownPeer,
       [] { return check("nobody:x", "a-wrong-password-of-24-ch"); }},
      {"STUN with a wrong password", false, DropReason::kNotAuthenticated,
       [&] { return check(joined.ufrag + ":x", "a-wrong-password-of-24-ch"); }},
      {"STUN of noise", false, DropReason::kUnknownPeer, noise(0, 1)},
      {"ClientHello", false, DropReason::kAddressNotValidated, [&] { return hello; }},
      {"DTLS of noise", false, DropReason::kAddressNotValidated, noise(22, 254)},
      {"DTLS that is too long", true, DropReason::kTooLarge,
       [] { return Bytes(kMaxDtlsDatagramBytes + 1, 22); }},
      {"RTP", false, DropReason::kUnsupported, noise(0x80, 96)},
      {"RTP of a viewer", true, DropReason::kUnsupported, noise(0x80, 96)},
      {"SRTCP of a stranger", false, DropReason::kUnknownPeer, noise(0x80, 201)},
      {"noise", false, DropReason::kMalformed, noise(100, 1)},
      {"a byte", false, DropReason::kMalformed, [] { return Bytes{22}; }},
  };
  for (const Kind& kind : kinds) {
    constexpr uint64_t kCount = 300;
    const uint64_t before = dropped(kind.reason);
    const uint64_t all_before = dropped_in_all();
    for (uint64_t i = 0; i < kCount; ++i) {
      const Bytes bytes = kind.make();
      if (kind.from_viewer)
        viewer.send_raw(bytes);
      else
        stranger.send(bytes);
      if (i % 50 == 49) play_for(viewer, 0ms);
    }
    EXPECT_TRUE(play(viewer, [&] { return dropped(kind.reason) == before + kCount; })) << kind.name;
    EXPECT_EQ(dropped_in_all(), all_before + kCount) << kind.name;
  }
  // Of SRTCP what is forged in its viewer's name is refused for more than one reason.
  const uint64_t all_before = dropped_in_all();
  for (int i = 0; i < 300; ++i)
    viewer.send_raw(noise(0x80, 201)());
  EXPECT_TRUE(play(viewer, [&] { return dropped_in_all() == all_before + 300; }));
  EXPECT_EQ(stranger.received_bytes(), 0u);
  ASSERT_TRUE(play_until_video(viewer, viewer.video().size() + 60));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  EXPECT_EQ(shard_->viewers(), 1);
}

TEST_F(ShardAbuseTest, AnAddressThatIsNotValidatedGetsNoMoreThanItSent) {
  TestViewer viewer;
  const JoinAnswer joined = order(viewer);
  const Bytes hello = client_hello();
  std::vector<std::unique_ptr<Stranger>> strangers;
  const auto stranger = [&](const char* ip) -> Stranger& {
    return *strangers.emplace_back(std::make_unique<Stranger>(ip, shard_->address()));
  };
  Stranger& guesses = stranger("127.0.0.2");
  for (int i = 0; i < 50; ++i)
    guesses.send(check(joined.ufrag + ":x", "a-wrong-password-of-24-ch" + std::to_string(i)));
  Stranger& greets = stranger("127.0.0.3");
  for (int i = 0; i < 50; ++i)
    greets.send(hello);
  // One who joined knows the password, and may write any sender into his checks.
  Stranger& forged = stranger("127.0.0.4");
  stun::Writer shortest(stun::Class::kRequest, stun::kBindingMethod, stun::TransactionId{9});
  shortest.username(joined.ufrag + ":");
  shortest.message_integrity(as_bytes(joined.pwd));
  const Bytes short_check = shortest.take();
  for (int i = 0; i < 50; ++i)
    forged.send(short_check);
  ASSERT_TRUE(play_until_video(viewer, 60));
  ASSERT_TRUE(play(viewer, [&] {
    return dropped(DropReason::kNotAuthenticated) == 50 &&
           dropped(DropReason::kAddressNotValidated) == 100;
  }));
  for (const auto& each : strangers)
    EXPECT_EQ(each->received_bytes(), 0u);
  // With the password and a whole check: as much as was sent, at most.
  Stranger& knows = stranger("127.0.0.5");
  knows.send(check(joined.ufrag + ":x", joined.pwd));
  ASSERT_TRUE(play(viewer, [&] { return knows.received_bytes() > 0; }));
  EXPECT_LE(knows.received_bytes(), knows.sent_bytes());
}

// One who joined writes somebody else's address into his checks, and then into his ClientHellos.
TEST_F(ShardAbuseTest, AHandshakeIsNotSentToAForgedAddress) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 30));
  TestViewer attacker;
  const JoinAnswer joined = order(attacker);
  Stranger victim("127.0.0.5", shard_->address());
  const Bytes hello = client_hello();
  victim.send(check(joined.ufrag + ":x", joined.pwd));
  ASSERT_TRUE(play(viewer, [&] { return victim.received_bytes() > 0; }));
  for (size_t i = 0; i < 5; ++i) {
    const size_t before = victim.received_bytes();
    victim.send(hello);
    ASSERT_TRUE(play(viewer, [&] { return victim.received_bytes() > before; }));
    EXPECT_LE(victim.received_bytes(), victim.sent_bytes());
  }
  play_for(viewer, 2 * kDtlsFirstRetransmission);  // nothing is said again, either
  EXPECT_LE(victim.received_bytes(), victim.sent_bytes());
}

TEST_F(ShardAbuseTest, ARunningStreamIsNotTurnedToAForgedAddress) {
  TestViewer viewer;
  const JoinAnswer joined = order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  Stranger victim("127.0.0.5", shard_->address());
  const Bytes forged = check(joined.ufrag + ":x", joined.pwd, 0x7FFFFFFF);
  for (int i = 0; i < 30; ++i) {
    victim.send(forged);
    ASSERT_TRUE(play_until_video(viewer, viewer.video().size() + 4));
  }
  EXPECT_LE(victim.received_bytes(), victim.sent_bytes());
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
}

TEST_F(ShardAbuseTest, AViewerThatMovesGoesOnOnceItAnswersACheck) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  EXPECT_EQ(viewer.checks_of_server(), 0u);  // the handshake has proven the address
  viewer.answers = false;
  viewer.move();
  const size_t before = viewer.packets().size();
  ASSERT_TRUE(play(viewer, [&] { return viewer.checks_of_server() > 2; }));
  EXPECT_TRUE(viewer.checked());
  EXPECT_EQ(viewer.packets().size(), before);
  viewer.answers = true;
  EXPECT_TRUE(play_until_video(viewer, viewer.video().size() + 60));
}

// Checks of one who joined, in the name of another one who watches.
TEST_F(ShardAbuseTest, AnAddressInUseIsNotGivenAway) {
  TestViewer viewer;
  order(viewer);
  TestViewer attacker;
  const JoinAnswer joined = order(attacker);
  ASSERT_TRUE(play_until_video(viewer, 60));
  ASSERT_TRUE(play(attacker, [&] { return attacker.connected(); }));
  viewer.checks = false;
  viewer.send_raw(check(joined.ufrag + ":x", joined.pwd));
  viewer.send_bye();
  EXPECT_TRUE(play(viewer, [&] { return shard_->viewers() == 1; }));
  EXPECT_EQ(dropped(DropReason::kNotAuthenticated), 0u);
}

// A port that a network address translator gave to another viewer.
TEST_F(ShardAbuseTest, AnAddressGoesToWhoProvesToBeThere) {
  TestViewer gone;
  order(gone);
  ASSERT_TRUE(play_until_video(gone, 60));
  TestViewer next;
  const JoinAnswer joined = order(next);
  next.take_socket(gone);
  next.accept(joined);
  ASSERT_TRUE(play(next, [&] { return next.connected() && next.video().size() > 60; }));
  EXPECT_GT(next.checks_of_server(), 0u);
}

// LONGMEN_SPOOFED_JOINS: how many, for a longer run.
TEST_F(ShardAbuseTest, ASpoofedClientHelloDuringJoinsBreaksNone) {
  const char* const asked = std::getenv("LONGMEN_SPOOFED_JOINS");
  const int joins = asked ? std::atoi(asked) : 100;
  const Bytes hello = client_hello();
  const Bytes fatal_alert = {21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
  std::vector<std::unique_ptr<Stranger>> spoofers;
  for (const char* ip : {"127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254"})
    spoofers.push_back(std::make_unique<Stranger>(ip, shard_->address()));
  uint64_t spoofed = 0;
  for (int i = 0; i < joins; ++i) {
    TestViewer viewer;
    const JoinAnswer joined = order(viewer);
    // At each step of the join: before the check, after it, in the handshake.
    ASSERT_TRUE(play(viewer,
                     [&] {
                       spoofers[random_() % spoofers.size()]->send(hello);
                       ++spoofed;
                       // And in the viewer's own name.
                       viewer.send_raw(random_() % 2 ? hello : fatal_alert);
                       return viewer.connected() && !viewer.packets().empty();
                     }))
        << "join " << i;
    ASSERT_TRUE(leave(joined.viewer));
  }
  EXPECT_GE(spoofed, static_cast<uint64_t>(joins));
  TestViewer last;
  order(last);
  EXPECT_TRUE(play(last, [&] { return dropped(DropReason::kAddressNotValidated) >= spoofed; }));
  for (const auto& spoofer : spoofers)
    EXPECT_EQ(spoofer->received_bytes(), 0u);
}

TEST_F(ShardAbuseTest, ACrowdThatShakesHandsDisturbsNobodyWhoWatches) {
  TestViewer viewer;
  order(viewer);
  ASSERT_TRUE(play_until_video(viewer, 60));
  std::vector<std::unique_ptr<TestViewer>> crowd;
  for (int i = 0; i < 60; ++i)
    order(*crowd.emplace_back(std::make_unique<TestViewer>()));
  // Junk in the name of one of them, while it shakes hands.
  std::vector<std::unique_ptr<TestViewer>> noisy;
  order(*noisy.emplace_back(std::make_unique<TestViewer>()));
  const auto all_connected = [&] {
    size_t connected = 0;
    for (const auto& each : crowd) {
      each->run_for(0ms);
      connected += each->connected();
    }
    noisy.front()->run_for(0ms);
    for (int i = 0; i < 20; ++i)
      noisy.front()->send_raw(Bytes(1000, 22));
    return connected == crowd.size();
  };
  EXPECT_TRUE(play(viewer, all_connected, 30s));
  ASSERT_TRUE(play_until_video(viewer, viewer.video().size() + 60));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  EXPECT_EQ(viewer.refused(), 0u);
  EXPECT_EQ(dropped(DropReason::kQueueFull), 0u);
  EXPECT_TRUE(play(*noisy.front(), [&] { return noisy.front()->connected(); }));
}

}  // namespace
}  // namespace longmen

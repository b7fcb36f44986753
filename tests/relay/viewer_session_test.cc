// When a viewer is over that does not get through its handshake, or watches and is gone, and whose
// place is free then.
#include "relay/viewer_session.h"

#include <gtest/gtest.h>

#include "core/stun/stun_writer.h"
#include "tests/support/dtls_client.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

const Address kPlayer = *Address::from_text("192.0.2.1", 5000);

class ViewerSessionTest : public testing::Test {
 protected:
  ViewerSessionTest() {
    ViewerOrder order;
    order.id = "viewer";
    order.request.channel = "main";
    order.local = {"server01", "serverpasswordserverpass"};
    order.remote = {"player01", "playerpasswordplayerpass"};
    order.fingerprint = Fingerprint::parse(player.fingerprint()).value();
    order.place = admission.enter({10, 10, 10, 10}, "192.0.2.1").value();
    session =
        std::make_unique<ViewerSession>(std::move(order), 0, DtlsCertificate::make().value(), now);
  }
  void check() {
    stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, stun::TransactionId{9});
    writer.username("server01:player01");
    writer.ice_controlling(1);
    writer.priority(100);
    writer.use_candidate();
    writer.message_integrity(as_bytes("serverpasswordserverpass"));
    writer.fingerprint();
    EXPECT_FALSE(session->handle_stun(writer.take(), kPlayer, now).response.empty());
  }
  void shake_hands() {
    player.start();
    for (int turn = 0; turn < 20 && !(player.connected() && session->remote()); ++turn) {
      while (const auto datagram = player.poll_transmit())
        session->handle_dtls(*datagram, kPlayer);
      while (const auto datagram = session->poll_dtls())
        player.handle_datagram(*datagram);
    }
  }
  // When it is over, asked every five seconds and at each of its deadlines.
  Monotonic run(const std::function<void()>& meanwhile) {
    const Monotonic limit = now + 60s;
    while (session->end(now) == ViewerSession::End::kNone && now < limit) {
      meanwhile();
      now = std::max(std::min(session->next_timeout(now), now + 5s), now + 1ms);
      session->handle_timeout(now);
    }
    return now;
  }

  Monotonic now{1000s};
  test::DtlsClient player;
  Admission admission;
  std::unique_ptr<ViewerSession> session;
};

TEST_F(ViewerSessionTest, WhoNeverChecksIsOverAfterFifteenSeconds) {
  EXPECT_EQ(run([] {}), Monotonic(1015s));
  EXPECT_EQ(session->end(now), ViewerSession::End::kConsentLost);
  EXPECT_EQ(admission.pending(), 1);
  session.reset();
  EXPECT_EQ(admission.pending(), 0);
  EXPECT_EQ(admission.viewers(), 0);
}

TEST_F(ViewerSessionTest, WhoChecksAndNeverShakesHandsIsOverAfterThirty) {
  EXPECT_EQ(run([this] { check(); }), Monotonic(1030s));
  EXPECT_EQ(session->end(now), ViewerSession::End::kHandshakeTimeout);
  session.reset();
  EXPECT_EQ(admission.viewers(), 0);
}

// What has no password says nothing, also what is authenticated otherwise.
TEST_F(ViewerSessionTest, WhoWatchedAndStopsCheckingIsSentNothingAfterFifteenSeconds) {
  check();
  shake_hands();
  ASSERT_TRUE(session->remote());
  for (const Monotonic end = now + 60s; now < end; now += 5s) {
    check();
    session->handle_timeout(now);
    ASSERT_EQ(session->remote(), kPlayer);
    ASSERT_EQ(session->end(now), ViewerSession::End::kNone);
  }
  check();
  const Monotonic last = now;
  SrtpSession reports = test::viewer_outgoing(player.keys());
  const auto report = [&] {
    ASSERT_EQ(session->remote(), kPlayer) << "media goes on";
    Bytes packet{0x80, 0xc9, 0, 1, 0, 0, 0, 1};
    packet.resize(8 + kMaxSrtpTrailerBytes);
    packet.resize(*reports.protect_rtcp(packet, 8));
    EXPECT_EQ(session->handle_srtcp(packet, kPlayer, now, {}), DropReason::kNone);
  };
  EXPECT_EQ(run(report), last + 15s);
  EXPECT_EQ(session->end(now), ViewerSession::End::kConsentLost);
  EXPECT_FALSE(session->remote());
  session.reset();
  EXPECT_EQ(admission.viewers(), 0);
}

}  // namespace
}  // namespace longmen

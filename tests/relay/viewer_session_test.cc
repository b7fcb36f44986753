// A viewer that does not get through its handshake: when it is over, and whose place is free then.
#include "relay/viewer_session.h"

#include <gtest/gtest.h>

#include "core/stun/stun_writer.h"

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

}  // namespace
}  // namespace longmen

#include "core/ice/ice_lite.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/stun/integrity.h"
#include "core/stun/stun_writer.h"

namespace longmen {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const IceCredentials kLocal{"server01", "serverpasswordserverpass"};
const IceCredentials kRemote{"player01", "playerpasswordplayerpass"};
const IceCredentials kNewLocal{"server02", "serverpasswordserverpas2"};
const IceCredentials kNewRemote{"player02", "playerpasswordplayerpas2"};
const Address kWifi = *Address::from_text("192.0.2.10", 40000);
const Address kMobile = *Address::from_text("2001:db8::10", 40001);
constexpr Monotonic kStart{seconds(1000)};

void draw(std::span<uint8_t> out) {
  static uint8_t next = 1;
  for (uint8_t& byte : out)
    byte = next++;
}

struct Check {
  std::string username = "server01:player01";
  std::string key = kLocal.pwd;
  bool nominate = false;
  bool controlled = false;
  uint32_t priority = 100;

  Bytes bytes() const {
    stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, stun::TransactionId{9});
    writer.username(username);
    if (controlled)
      writer.ice_controlled(1);
    else
      writer.ice_controlling(1);
    writer.priority(priority);
    if (nominate) writer.use_candidate();
    writer.message_integrity(as_bytes(key));
    writer.fingerprint();
    return writer.take();
  }
};

class IceLiteTest : public ::testing::Test {
 protected:
  IceLite::Outcome check(const Address& from, const Check& check = {}) {
    return agent_.handle_datagram(check.bytes(), from, now_);
  }
  IceLite::Outcome nominate(const Address& from, uint32_t priority = 100) {
    return check(from, {.nominate = true, .priority = priority});
  }
  static Address address(int host) {
    return Address::from_bytes(Bytes{10, 0, 0, static_cast<uint8_t>(host)}, 5000);
  }

  Monotonic now_ = kStart;
  IceLite agent_{kLocal, kRemote, draw, kStart};
};

TEST_F(IceLiteTest, AnswersACheckWithTheMappedAddress) {
  const auto outcome = check(kWifi);
  EXPECT_EQ(outcome.dropped, DropReason::kNone);
  EXPECT_TRUE(outcome.validated);
  EXPECT_FALSE(outcome.selected);
  const auto response = stun::read_message(outcome.response);
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->is_binding(stun::Class::kSuccess));
  EXPECT_EQ(response->transaction, stun::TransactionId{9});
  EXPECT_EQ(response->xor_mapped_address, kWifi);
  EXPECT_TRUE(response->has_fingerprint);
  EXPECT_TRUE(response->integrity_fits(as_bytes(kLocal.pwd)));
  EXPECT_TRUE(agent_.is_validated(kWifi));
  EXPECT_FALSE(agent_.selected());
}

TEST_F(IceLiteTest, NominationSelects) {
  check(kWifi);
  const auto outcome = nominate(kWifi);
  EXPECT_TRUE(outcome.selected);
  EXPECT_FALSE(outcome.validated);
  EXPECT_EQ(agent_.selected(), kWifi);
  EXPECT_FALSE(nominate(kWifi).selected);  // the same again is no change
}

TEST_F(IceLiteTest, UnauthenticatedIsNeverAnswered) {
  for (const Check& wrong : {Check{.key = "wrong"}, Check{.username = "another:player01"},
                             Check{.username = "server01"}, Check{.username = ""}}) {
    const auto outcome = check(kWifi, wrong);
    EXPECT_EQ(outcome.dropped, DropReason::kNotAuthenticated);
    EXPECT_TRUE(outcome.response.empty());
    EXPECT_FALSE(agent_.is_validated(kWifi));
  }
  stun::Writer bare(stun::Class::kRequest, stun::kBindingMethod, {});
  EXPECT_EQ(agent_.handle_datagram(bare.take(), kWifi, now_).dropped,
            DropReason::kNotAuthenticated);
  EXPECT_EQ(agent_.handle_datagram(Bytes{0, 1, 0, 0}, kWifi, now_).dropped, DropReason::kTruncated);
}

TEST_F(IceLiteTest, ResponseIsNotLargerThanTheCheck) {
  EXPECT_LE(check(kMobile).response.size(), Check{}.bytes().size());
}

// Whoever joined knows the password, and may say that the check comes from somebody else.
TEST_F(IceLiteTest, AShortCheckGetsNoLongerAnswerFromAnAddressThatIsNotProven) {
  const auto shortest = [](const std::function<void(stun::Writer&)>& add) {
    stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, stun::TransactionId{9});
    writer.username("server01:");
    add(writer);
    writer.message_integrity(as_bytes(kLocal.pwd));
    return writer.take();
  };
  const std::vector<Bytes> requests{
      shortest([](stun::Writer&) {}),
      shortest([](stun::Writer& writer) { writer.ice_controlled(1); }),
      shortest([](stun::Writer& writer) { writer.xor_mapped_address(kWifi); }), Check{}.bytes(),
      Check{.controlled = true}.bytes()};
  for (const Address& from : {kWifi, kMobile}) {
    for (const Bytes& request : requests) {
      IceLite agent(kLocal, kRemote, draw, kStart);
      const auto outcome = agent.handle_datagram(request, from, now_);
      EXPECT_LE(outcome.response.size(), request.size()) << to_string(from);
      EXPECT_EQ(outcome.dropped == DropReason::kAddressNotValidated, outcome.response.empty());
      EXPECT_FALSE(outcome.response.empty() && agent.is_validated(from));
    }
  }
  ASSERT_TRUE(check(kMobile).validated);
  EXPECT_TRUE(agent_.handle_datagram(requests[0], kMobile, now_).response.empty());
  // One that is proven may ask as shortly as it likes.
  agent_.prove(kMobile);
  EXPECT_FALSE(agent_.handle_datagram(requests[0], kMobile, now_).response.empty());
}

TEST_F(IceLiteTest, IndicationIsTakenWithoutAnswer) {
  stun::Writer writer(stun::Class::kIndication, stun::kBindingMethod, {});
  const auto outcome = agent_.handle_datagram(writer.take(), kWifi, now_);
  EXPECT_EQ(outcome.dropped, DropReason::kNone);
  EXPECT_TRUE(outcome.response.empty());
  EXPECT_FALSE(agent_.is_validated(kWifi));
}

TEST_F(IceLiteTest, AnswersThatNobodyAskedForAndOtherMethodsAreRefused) {
  check(kWifi);
  stun::Writer answer(stun::Class::kSuccess, stun::kBindingMethod, {});
  answer.message_integrity(as_bytes(kRemote.pwd));
  EXPECT_EQ(agent_.handle_datagram(answer.take(), kWifi, now_).dropped, DropReason::kWrongState);
  EXPECT_FALSE(agent_.is_proven(kWifi));
  stun::Writer error(stun::Class::kError, stun::kBindingMethod, {});
  EXPECT_EQ(agent_.handle_datagram(error.take(), kWifi, now_).dropped, DropReason::kUnsupported);
  stun::Writer allocate(stun::Class::kRequest, 3, {});
  EXPECT_EQ(agent_.handle_datagram(allocate.take(), kWifi, now_).dropped, DropReason::kUnsupported);
}

TEST_F(IceLiteTest, PeerThatIsControlledIsToldToSwitch) {
  const auto outcome = check(kWifi, {.nominate = true, .controlled = true});
  const auto response = stun::read_message(outcome.response);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->error_code, 487);
  EXPECT_TRUE(response->integrity_fits(as_bytes(kLocal.pwd)));
  EXPECT_FALSE(agent_.is_validated(kWifi));
  EXPECT_FALSE(agent_.selected());
}

TEST_F(IceLiteTest, UnknownRequiredAttributeIs420) {
  stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, {});
  writer.username("server01:player01");
  Bytes bytes = writer.take();
  ByteWriter raw(bytes);
  raw.u16(0x0077);
  raw.u16(16);
  raw.bytes(Bytes(16));
  const size_t integrity_offset = bytes.size();
  const auto digest = stun::message_integrity(bytes, integrity_offset, as_bytes(kLocal.pwd));
  raw.u16(static_cast<uint16_t>(stun::AttributeType::kMessageIntegrity));
  raw.u16(digest.size());
  raw.bytes(digest);
  raw.patch_u16(2, bytes.size() - stun::kHeaderBytes);

  const auto outcome = agent_.handle_datagram(bytes, kWifi, now_);
  const auto response = stun::read_message(outcome.response);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->error_code, 420);
  EXPECT_FALSE(agent_.is_validated(kWifi));
}

TEST_F(IceLiteTest, ValidatedAddressesAreBoundedAndTheSelectedStays) {
  nominate(address(0));
  for (int host = 1; host < 20; ++host) {
    now_ += milliseconds(10);
    const auto outcome = check(address(host));
    EXPECT_EQ(outcome.forgotten.has_value(), host >= 4);
    if (host >= 4) {
      EXPECT_EQ(*outcome.forgotten, address(host - 3));
    }
  }
  EXPECT_TRUE(agent_.is_validated(address(0)));
  EXPECT_EQ(agent_.selected(), address(0));
  int validated = 0;
  for (int host = 0; host < 20; ++host)
    validated += agent_.is_validated(address(host));
  EXPECT_EQ(validated, 4);
}

TEST_F(IceLiteTest, ConsentLapsesAfterFifteenSeconds) {
  nominate(kWifi);
  EXPECT_EQ(agent_.next_timeout(), kStart + seconds(15));
  now_ += seconds(10);
  nominate(kWifi);
  now_ = kStart + seconds(25) - milliseconds(1);
  EXPECT_TRUE(agent_.handle_timeout(now_).empty());
  EXPECT_FALSE(agent_.expired(now_));
  now_ += milliseconds(1);
  EXPECT_EQ(agent_.handle_timeout(now_), std::vector{kWifi});
  EXPECT_FALSE(agent_.selected());
  EXPECT_TRUE(agent_.expired(now_));
}

TEST_F(IceLiteTest, ViewerThatNeverChecksExpires) {
  EXPECT_FALSE(agent_.expired(kStart + seconds(14)));
  EXPECT_TRUE(agent_.expired(kStart + seconds(15)));
}

TEST_F(IceLiteTest, UnauthenticatedDatagramsDoNotRenewConsent) {
  now_ += seconds(14);
  check(kWifi, {.key = "wrong"});
  EXPECT_TRUE(agent_.expired(kStart + seconds(15)));
}

TEST_F(IceLiteTest, OnePathLapsesWhileTheOtherLives) {
  nominate(kWifi);
  now_ += seconds(8);
  check(kMobile);
  now_ = kStart + seconds(15);
  EXPECT_EQ(agent_.handle_timeout(now_), std::vector{kWifi});
  EXPECT_FALSE(agent_.selected());
  EXPECT_FALSE(agent_.expired(now_));
  EXPECT_TRUE(nominate(kMobile).selected);
}

TEST_F(IceLiteTest, AggressiveNominationKeepsTheHigherPriority) {
  nominate(kWifi, 200);
  now_ += milliseconds(20);
  EXPECT_FALSE(nominate(kMobile, 100).selected);
  now_ += milliseconds(20);
  EXPECT_FALSE(nominate(kWifi, 200).selected);
  EXPECT_EQ(agent_.selected(), kWifi);
}

TEST_F(IceLiteTest, HigherPriorityTakesOverAtOnce) {
  nominate(kMobile, 100);
  EXPECT_TRUE(nominate(kWifi, 200).selected);
}

TEST_F(IceLiteTest, DeadPathGivesWayAfterTheHold) {
  nominate(kWifi, 200);
  now_ += milliseconds(999);
  EXPECT_FALSE(nominate(kMobile, 100).selected);
  now_ += milliseconds(1);
  EXPECT_TRUE(nominate(kMobile, 100).selected);
}

TEST_F(IceLiteTest, PathThatIsNoLongerNominatedGivesWayAtOnce) {
  nominate(kWifi, 200);
  check(kWifi, {.nominate = false, .priority = 200});
  EXPECT_TRUE(nominate(kMobile, 100).selected);
}

TEST_F(IceLiteTest, NatRebindingOfTheSameCandidateSwitchesAtOnce) {
  nominate(kWifi);
  Address rebound = kWifi;
  rebound.port = 50000;
  EXPECT_TRUE(nominate(rebound).selected);
}

// One address is proven, as after a handshake; checks come from another one.
class IceLiteProofTest : public IceLiteTest {
 protected:
  IceLiteProofTest() {
    nominate(kWifi);
    agent_.prove(kWifi);
  }
  // Of the check that is asked for in the place of an answer; none if it was answered.
  std::optional<stun::TransactionId> asked(const IceLite::Outcome& outcome,
                                           const IceCredentials& local = kLocal,
                                           const IceCredentials& remote = kRemote) {
    const auto message = stun::read_message(outcome.response);
    EXPECT_TRUE(message);
    if (!message || message->is_binding(stun::Class::kSuccess)) return {};
    EXPECT_TRUE(message->is_binding(stun::Class::kRequest));
    EXPECT_EQ(message->username, remote.ufrag + ":" + local.ufrag);
    EXPECT_TRUE(message->integrity_fits(as_bytes(remote.pwd)));
    EXPECT_TRUE(message->has_fingerprint && message->priority && message->ice_controlled);
    return message->transaction;
  }
  IceLite::Outcome answer(const Address& from, const stun::TransactionId& transaction,
                          const std::string& key = kRemote.pwd) {
    stun::Writer writer(stun::Class::kSuccess, stun::kBindingMethod, transaction);
    writer.message_integrity(as_bytes(key));
    return agent_.handle_datagram(writer.take(), from, now_);
  }
};

TEST_F(IceLiteProofTest, ANewAddressIsSelectedOnceItAnswersACheckOfOurs) {
  const auto outcome = nominate(kMobile, 900);
  EXPECT_TRUE(outcome.validated);
  EXPECT_FALSE(outcome.selected);
  EXPECT_LE(outcome.response.size(), Check{.nominate = true}.bytes().size());
  const auto transaction = asked(outcome);
  ASSERT_TRUE(transaction);
  now_ += seconds(5);  // the other path is dead, and holds the place all the same
  EXPECT_FALSE(nominate(kMobile, 900).selected);
  const auto again = asked(nominate(kMobile, 900));
  EXPECT_FALSE(again);  // one is on the way
  EXPECT_EQ(agent_.selected(), kWifi);
  EXPECT_FALSE(agent_.is_proven(kMobile));
}

TEST_F(IceLiteProofTest, TheAnswerProvesAndSelects) {
  const auto transaction = asked(nominate(kMobile, 900));
  ASSERT_TRUE(transaction);
  const auto outcome = answer(kMobile, *transaction);
  EXPECT_EQ(outcome.dropped, DropReason::kNone);
  EXPECT_TRUE(outcome.proven);
  EXPECT_TRUE(outcome.selected);
  EXPECT_TRUE(outcome.response.empty());
  EXPECT_EQ(agent_.selected(), kMobile);
  EXPECT_FALSE(asked(nominate(kMobile)));
  EXPECT_EQ(answer(kMobile, *transaction).dropped, DropReason::kWrongState);  // once
}

TEST_F(IceLiteProofTest, ChecksAreAnsweredWhileTheProofIsWaitedFor) {
  ASSERT_TRUE(asked(check(kMobile)));
  EXPECT_FALSE(asked(check(kMobile)));
  now_ += IceLite::kProofWait - milliseconds(1);
  EXPECT_FALSE(asked(check(kMobile)));
  now_ += milliseconds(1);
  EXPECT_TRUE(asked(check(kMobile)));
}

TEST_F(IceLiteProofTest, OnlyTheViewerAtThatAddressProvesIt) {
  const auto transaction = asked(nominate(kMobile, 900));
  ASSERT_TRUE(transaction);
  EXPECT_EQ(answer(kWifi, *transaction).dropped, DropReason::kWrongState);
  EXPECT_EQ(answer(address(7), *transaction).dropped, DropReason::kWrongState);
  EXPECT_EQ(answer(kMobile, stun::TransactionId{1}).dropped, DropReason::kWrongState);
  EXPECT_EQ(answer(kMobile, *transaction, kLocal.pwd).dropped, DropReason::kNotAuthenticated);
  EXPECT_FALSE(agent_.is_proven(kMobile));
  EXPECT_EQ(agent_.selected(), kWifi);
}

TEST_F(IceLiteProofTest, AProofEndsWithTheConsentOfItsAddress) {
  now_ += seconds(10);
  check(kMobile);
  now_ = kStart + seconds(15);
  EXPECT_EQ(agent_.handle_timeout(now_), std::vector{kWifi});
  EXPECT_TRUE(asked(nominate(kWifi)));
  EXPECT_FALSE(agent_.is_proven(kWifi));
}

TEST_F(IceLiteProofTest, AnAddressThatIsSomebodyElsesIsForgotten) {
  agent_.forget(kWifi);
  EXPECT_FALSE(agent_.is_validated(kWifi));
  EXPECT_FALSE(agent_.selected());
}

TEST_F(IceLiteProofTest, AfterARestartACheckIsAskedForByTheCredentialsOfTheOther) {
  agent_.restart(kNewLocal, kNewRemote, now_);
  const auto old = asked(check(kMobile));
  ASSERT_TRUE(old);
  EXPECT_TRUE(answer(kMobile, *old).proven);
  const auto fresh =
      asked(check(address(1), {.username = "server02:player02", .key = kNewLocal.pwd}), kNewLocal,
            kNewRemote);
  ASSERT_TRUE(fresh);
  EXPECT_TRUE(answer(address(1), *fresh, kNewRemote.pwd).proven);
}

TEST_F(IceLiteTest, AContestedAddressHasToBeProvenBeforeThereAreProofs) {
  const auto outcome = agent_.handle_datagram(Check{}.bytes(), kWifi, now_, /*contested=*/true);
  EXPECT_TRUE(stun::read_message(outcome.response)->is_binding(stun::Class::kRequest));
  EXPECT_LE(outcome.response.size(), Check{}.bytes().size());
  EXPECT_FALSE(agent_.is_proven(kWifi));
}

class IceLiteRestartTest : public IceLiteTest {
 protected:
  IceLiteRestartTest() {
    nominate(kWifi);
    agent_.restart(kNewLocal, kNewRemote, now_);
  }
  IceLite::Outcome check_new(const Address& from, bool nominate) {
    return check(from,
                 {.username = "server02:player02", .key = kNewLocal.pwd, .nominate = nominate});
  }
};

TEST_F(IceLiteRestartTest, MediaRunsOnAndBothCredentialsAreTaken) {
  EXPECT_EQ(agent_.selected(), kWifi);
  EXPECT_EQ(agent_.previous_ufrag(), "server01");
  EXPECT_EQ(agent_.remote(), kNewRemote);
  EXPECT_EQ(check(kWifi).dropped, DropReason::kNone);
  const auto outcome = check_new(kMobile, false);
  EXPECT_EQ(outcome.dropped, DropReason::kNone);
  EXPECT_TRUE(stun::read_message(outcome.response)->integrity_fits(as_bytes(kNewLocal.pwd)));
  EXPECT_EQ(agent_.selected(), kWifi);
}

TEST_F(IceLiteRestartTest, OldCredentialsEndWithTheFirstNewNomination) {
  EXPECT_TRUE(check_new(kMobile, true).selected);
  EXPECT_EQ(check(kWifi).dropped, DropReason::kNotAuthenticated);
  EXPECT_FALSE(agent_.previous_ufrag());
}

TEST_F(IceLiteRestartTest, OldCredentialsEndAfterTheGrace) {
  now_ += IceLite::kRestartGrace;
  EXPECT_EQ(check(kWifi).dropped, DropReason::kNotAuthenticated);
  agent_.handle_timeout(now_);
  EXPECT_FALSE(agent_.previous_ufrag());
}

TEST_F(IceLiteRestartTest, OldUfragWithNewPasswordIsRefused) {
  EXPECT_EQ(check(kWifi, {.key = kNewLocal.pwd}).dropped, DropReason::kNotAuthenticated);
}

}  // namespace
}  // namespace longmen

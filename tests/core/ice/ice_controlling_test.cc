#include "core/ice/ice_controlling.h"

#include <gtest/gtest.h>

#include <random>

#include "core/ice/ice_lite.h"
#include "core/stun/stun_writer.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

class IceControllingTest : public testing::Test {
 protected:
  const IceCredentials ours_{"player01", "a-password-of-24-letters"};
  const IceCredentials theirs_{"server01", "serverpasswordserverpass"};
  const Address server_ = Address::from_text("127.0.0.1", 8189).value();
  const Address player_ = Address::from_text("127.0.0.1", 40000).value();
  Monotonic now_{1000s};
  std::mt19937 generator_{3};
  RandomBytes random_ = [this](std::span<uint8_t> into) {
    for (uint8_t& byte : into)
      byte = static_cast<uint8_t>(generator_());
  };
  IceControlling agent_{ours_, theirs_, now_};
  IceLite lite_{theirs_, ours_, [](std::span<uint8_t> out) { out[0] = 7; }, now_};

  Bytes due() {
    now_ = std::max(now_, agent_.next_timeout());
    return agent_.handle_timeout(now_, random_);
  }
  Bytes answer_of_lite(const Bytes& check) {
    auto outcome = lite_.handle_datagram(check, player_, now_);
    EXPECT_EQ(outcome.dropped, DropReason::kNone);
    return outcome.response;
  }
};

TEST_F(IceControllingTest, NominatesWithItsFirstCheckTowardsALiteAgent) {
  const Bytes check = due();
  ASSERT_FALSE(check.empty());
  EXPECT_FALSE(agent_.connected());
  const Bytes answer = answer_of_lite(check);
  EXPECT_EQ(lite_.selected(), player_);
  const auto handled = agent_.handle_datagram(answer, server_, now_);
  ASSERT_TRUE(handled);
  EXPECT_TRUE(handled->empty());
  EXPECT_TRUE(agent_.connected());
}

TEST_F(IceControllingTest, ChecksAreSpacedUntilTheFirstAnswer) {
  const Monotonic begin = now_;
  std::vector<int64_t> at_ms;
  for (int i = 0; i < 8; ++i) {
    ASSERT_FALSE(due().empty());
    at_ms.push_back((now_ - begin) / 1ms);
    EXPECT_TRUE(agent_.handle_timeout(now_, random_).empty());  // not twice
  }
  EXPECT_EQ(at_ms, (std::vector<int64_t>{0, 50, 150, 350, 750, 1550, 3150, 4750}));
}

TEST_F(IceControllingTest, ConsentIsKeptFreshAndLostWithoutAnswers) {
  ASSERT_TRUE(agent_.handle_datagram(answer_of_lite(due()), server_, now_));
  for (int i = 0; i < 20; ++i) {
    const Monotonic before = now_;
    const Bytes check = due();
    EXPECT_GE(now_ - before, 3200ms);
    EXPECT_LE(now_ - before, 4800ms);
    EXPECT_FALSE(lite_.expired(now_));
    ASSERT_TRUE(agent_.handle_datagram(answer_of_lite(check), server_, now_));
  }
  const Monotonic last = now_;
  while (!agent_.expired(now_))
    due();
  EXPECT_GE(now_ - last, 30s);
  EXPECT_LE(now_ - last, 35s);
}

TEST_F(IceControllingTest, AnswersOfOthersCountForNothing) {
  const Bytes check = due();
  Bytes forged = answer_of_lite(check);
  forged[4 + 4 + 3] ^= 1;  // another transaction
  EXPECT_FALSE(agent_.handle_datagram(forged, server_, now_));
  // The right transaction, signed with a password that only a stranger has.
  stun::Writer writer(stun::Class::kSuccess, stun::kBindingMethod,
                      stun::read_message(check)->transaction);
  writer.xor_mapped_address(player_);
  writer.message_integrity(as_bytes("another-password-of-them"));
  writer.fingerprint();
  const auto handled = agent_.handle_datagram(writer.take(), server_, now_);
  ASSERT_FALSE(handled);
  EXPECT_EQ(handled.error(), DropReason::kNotAuthenticated);
  EXPECT_FALSE(agent_.handle_datagram(Bytes(20, 0), server_, now_));
  EXPECT_FALSE(agent_.connected());
}

TEST_F(IceControllingTest, AnAnswerCountsOnce) {
  const Bytes answer = answer_of_lite(due());
  EXPECT_TRUE(agent_.handle_datagram(answer, server_, now_));
  EXPECT_FALSE(agent_.handle_datagram(answer, server_, now_ + 10s));
}

TEST_F(IceControllingTest, AFullAgentsCheckIsAnswered) {
  const auto check = [&](const std::string& pwd) {
    stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, {1, 2, 3});
    writer.username(ours_.ufrag + ":" + theirs_.ufrag);
    writer.ice_controlled(5);
    writer.message_integrity(as_bytes(pwd));
    writer.fingerprint();
    return writer.take();
  };
  EXPECT_FALSE(agent_.handle_datagram(check(theirs_.pwd), server_, now_));
  const auto response = agent_.handle_datagram(check(ours_.pwd), server_, now_);
  ASSERT_TRUE(response && !response->empty());
  const auto message = stun::read_message(*response);
  ASSERT_TRUE(message && message->is_binding(stun::Class::kSuccess));
  EXPECT_TRUE(message->integrity_fits(as_bytes(ours_.pwd)));
  EXPECT_EQ(message->xor_mapped_address, server_);
  EXPECT_FALSE(agent_.connected());  // that their check came says nothing about ours
}

}  // namespace
}  // namespace longmen

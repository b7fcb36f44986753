#include "net/link.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <random>

namespace longmen {
namespace {

struct LinkTest : ::testing::Test {
  void SetUp() override {
    auto ends = Link::pair();
    ASSERT_TRUE(ends);
    one = std::make_shared<Link>(io, std::move(ends->first), 1 << 20);
    other = std::make_shared<Link>(io, std::move(ends->second));
  }
  void run_for_a_while() {
    io.restart();
    io.run_for(std::chrono::seconds(5));  // ends early: stop() when what is awaited has come
  }

  boost::asio::io_context io;
  std::shared_ptr<Link> one, other;
};

TEST_F(LinkTest, MessagesOfAllSizesArriveWholeAndInOrder) {
  std::mt19937 random(1);
  std::vector<Bytes> sent;
  for (size_t size : {0, 1, 61439, 61440, 61441, 200000, 7, 122880}) {
    Bytes& body = sent.emplace_back(size);
    for (uint8_t& byte : body)
      byte = static_cast<uint8_t>(random());
  }
  std::vector<Bytes> received;
  other->start(
      [&](MessageKind kind, ByteSpan body, UniqueFd) {
        EXPECT_EQ(kind, MessageKind::kMediaUnit);
        received.emplace_back(body.begin(), body.end());
        if (received.size() == sent.size()) io.stop();
      },
      [] { FAIL(); });
  one->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
  for (const Bytes& body : sent)
    ASSERT_TRUE(one->send(MessageKind::kMediaUnit, body));
  run_for_a_while();
  EXPECT_EQ(received, sent);
  EXPECT_EQ(one->queued_bytes(), 0u);
}

TEST_F(LinkTest, TheLastWordsOfAPeerThatEndedAreNotLost) {
  std::vector<std::string> heard;
  other->start([&](MessageKind, ByteSpan body, UniqueFd) { heard.emplace_back(as_text(body)); },
               [] {});
  const std::string large(200'000, 'x');
  ASSERT_TRUE(one->send(MessageKind::kStatus, large));
  ASSERT_TRUE(one->send(MessageKind::kStatus, "it is over"));
  one->close();
  other->drain();
  other->close();
  EXPECT_EQ(heard, (std::vector<std::string>{large, "it is over"}));
}

TEST_F(LinkTest, AFullQueueRefusesAndCounts) {
  const Bytes body(300'000);
  int accepted = 0;
  while (one->send(MessageKind::kMediaUnit, body))
    ++accepted;
  EXPECT_GE(accepted, 3);
  EXPECT_LE(one->queued_bytes(), 1u << 20);
  EXPECT_EQ(one->refused_messages(), 1u);
  int received = 0;
  other->start(
      [&](MessageKind, ByteSpan arrived, UniqueFd) {
        EXPECT_EQ(arrived.size(), body.size());
        if (++received == accepted) io.stop();
      },
      [] {});
  one->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
  run_for_a_while();
  EXPECT_EQ(received, accepted);
}

TEST_F(LinkTest, ADescriptorTravelsWithItsMessage) {
  auto inner = Link::pair();
  ASSERT_TRUE(inner);
  UniqueFd arrived;
  other->start(
      [&](MessageKind, ByteSpan, UniqueFd descriptor) {
        arrived = std::move(descriptor);
        io.stop();
      },
      [] {});
  one->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
  ASSERT_TRUE(one->send(MessageKind::kLink, "{}", std::move(inner->first)));
  run_for_a_while();
  ASSERT_TRUE(arrived);
  ASSERT_EQ(::write(arrived.get(), "x", 1), 1);
  char c = 0;
  EXPECT_EQ(::read(inner->second.get(), &c, 1), 1);
}

TEST_F(LinkTest, TheEndOfThePeerIsToldOnce) {
  int told = 0;
  one->start([](MessageKind, ByteSpan, UniqueFd) {},
             [&] {
               ++told;
               io.stop();
             });
  other->close();
  run_for_a_while();
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(one->open());
  EXPECT_FALSE(one->send(MessageKind::kAlive, ByteSpan()));
}

TEST_F(LinkTest, AHandlerMayCloseItsOwnLink) {
  other->start([&](MessageKind, ByteSpan, UniqueFd) { other->close(), io.stop(); },
               [] { FAIL() << "closed by ourselves"; });
  one->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
  one->send(MessageKind::kAlive, ByteSpan());
  one->send(MessageKind::kAlive, ByteSpan());
  run_for_a_while();
  EXPECT_FALSE(other->open());
}

}  // namespace
}  // namespace longmen

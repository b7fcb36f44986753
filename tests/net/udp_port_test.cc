#include "net/udp_port.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <climits>
#include <numeric>

#include "tests/support/send_faults.h"

namespace longmen {
namespace {

UniqueFd bound_socket(int family, int type = SOCK_DGRAM) {
  UniqueFd socket(::socket(family, type | SOCK_CLOEXEC, 0));
  const int off = 0;
  if (family == AF_INET6) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const Address loopback = family == AF_INET6
                               ? Address::from_bytes(std::array<uint8_t, 16>{}, 0)
                               : Address::from_bytes(std::array<uint8_t, 4>{127, 0, 0, 1}, 0);
  const SocketAddress address(loopback, family);
  EXPECT_EQ(bind(socket.get(), &address.any, address.bytes), 0) << strerror(errno);
  return socket;
}

Address on_loopback(const Address& bound) {
  return Address::from_bytes(std::array<uint8_t, 4>{127, 0, 0, 1}, bound.port);
}

Bytes counting(size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

struct Datagram {
  Bytes bytes;
  Address from;
};

std::vector<Datagram> receive(UdpPort& port, int socket, size_t at_least) {
  std::vector<Datagram> all;
  while (all.size() < at_least) {
    pollfd waiting{socket, POLLIN, 0};
    if (poll(&waiting, 1, 2000) != 1) break;
    port.receive([&](std::span<uint8_t> datagram, const Address& from) {
      all.push_back({Bytes(datagram.begin(), datagram.end()), from});
    });
  }
  return all;
}

class UdpPortTest : public testing::Test {
 protected:
  struct End {
    int socket = -1;
    std::unique_ptr<UdpPort> port;
  };
  End open(int family = AF_INET) {
    UniqueFd socket = bound_socket(family);
    End end;
    end.socket = socket.get();
    end.port = UdpPort::adopt(io_, std::move(socket)).value();
    return end;
  }

  // By itself.
  UdpPort::Sent send_train(End& from, ByteSpan bytes, size_t segment_bytes, const Address& to) {
    OutgoingTrain train{bytes, segment_bytes, to};
    const size_t done = from.port->send_trains({&train, 1});
    sent_bytes_ = train.sent_bytes;
    if (done == 0) return UdpPort::Sent::kWouldBlock;
    return train.failed ? UdpPort::Sent::kFailed : UdpPort::Sent::kYes;
  }

  boost::asio::io_context io_;
  size_t sent_bytes_ = 0;
};

TEST_F(UdpPortTest, ATrainOfManyIsVisitedAsManyAtATimeAsTheCallerWants) {
  End a = open();
  End b = open();
  const Bytes bytes = counting(20 * 100);
  ASSERT_EQ(send_train(a, bytes, 100, b.port->address()), UdpPort::Sent::kYes);
  ASSERT_EQ(a.port->send(counting(7), b.port->address()), UdpPort::Sent::kYes);
  pollfd waiting{b.socket, POLLIN, 0};
  ASSERT_EQ(poll(&waiting, 1, 2000), 1);
  Bytes all;
  const auto take = [&](size_t most) {
    return b.port->receive(
        [&](std::span<uint8_t> datagram, const Address&) {
          all.insert(all.end(), datagram.begin(), datagram.end());
        },
        most);
  };
  EXPECT_EQ(take(8), 8u);
  EXPECT_EQ(all.size(), 800u);
  EXPECT_TRUE(b.port->holds_datagrams());
  EXPECT_EQ(take(12), 12u);
  while (b.port->holds_datagrams() || all.size() < 2007)
    ASSERT_EQ(take(1), 1u);
  EXPECT_EQ(take(1), 0u);
  Bytes expected = bytes;
  const Bytes last = counting(7);
  expected.insert(expected.end(), last.begin(), last.end());
  EXPECT_EQ(all, expected);
}

TEST_F(UdpPortTest, WhatComesWhileItIsNotWatchedIsTheFirstThingThatTheNextWaitTells) {
  End a = open();
  End b = open();
  int told = 0;
  const auto wait = [&] {
    b.port->wait_readable([&](boost::system::error_code error) { told += !error; });
  };
  const auto run = [&](std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  };
  ASSERT_EQ(a.port->send(counting(5), b.port->address()), UdpPort::Sent::kYes);
  wait();
  run(std::chrono::seconds(2));
  ASSERT_EQ(told, 1);
  b.port->unwatch();
  b.port->unwatch();  // harmless
  EXPECT_EQ(receive(*b.port, b.socket, 1).size(), 1u);
  ASSERT_EQ(a.port->send(counting(5), b.port->address()), UdpPort::Sent::kYes);
  run(std::chrono::milliseconds(20));
  EXPECT_EQ(told, 1);
  wait();
  run(std::chrono::seconds(2));
  EXPECT_EQ(told, 2);
}

TEST_F(UdpPortTest, WhoSentIsKnownBeforeItIsVisited) {
  End a = open();
  End b = open();
  End c = open();
  ASSERT_EQ(a.port->send(counting(5), b.port->address()), UdpPort::Sent::kYes);
  ASSERT_EQ(c.port->send(counting(6), b.port->address()), UdpPort::Sent::kYes);
  const auto senders = [&] {
    std::vector<Address> all;
    b.port->each_sender([&](const Address& from) { all.push_back(from); });
    return all;
  };
  EXPECT_TRUE(senders().empty());
  b.port->fetch();
  EXPECT_EQ(senders(), (std::vector{a.port->address(), c.port->address()}));
  EXPECT_EQ(b.port->receive([](std::span<uint8_t>, const Address&) {}, 1), 1u);
  EXPECT_EQ(senders(), (std::vector{c.port->address()}));
}

TEST_F(UdpPortTest, OneDatagramBothWays) {
  End a = open();
  End b = open();
  ASSERT_EQ(a.port->send(counting(300), b.port->address()), UdpPort::Sent::kYes);
  auto received = receive(*b.port, b.socket, 1);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, counting(300));
  EXPECT_EQ(received[0].from, a.port->address());
  ASSERT_EQ(b.port->send(counting(3), received[0].from), UdpPort::Sent::kYes);
  EXPECT_EQ(receive(*a.port, a.socket, 1).size(), 1u);
  EXPECT_EQ(a.port->counters().sent_datagrams, 1u);
  EXPECT_EQ(a.port->counters().received_bytes, 3u);
}

TEST_F(UdpPortTest, TrainWithShortLastSegmentIsOneCallAndArrivesWhole) {
  End a = open();
  End b = open();
  const Bytes train = counting(7 * 1200 + 333);
  ASSERT_EQ(send_train(a, train, 1200, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(sent_bytes_, train.size());
  EXPECT_EQ(a.port->counters().send_calls, 1u);
  EXPECT_EQ(a.port->counters().trains, 1u);
  EXPECT_EQ(a.port->counters().sent_datagrams, 8u);
  auto received = receive(*b.port, b.socket, 8);
  ASSERT_EQ(received.size(), 8u);
  Bytes joined;
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(received[i].bytes.size(), i < 7 ? 1200u : 333u);
    joined.insert(joined.end(), received[i].bytes.begin(), received[i].bytes.end());
  }
  EXPECT_EQ(joined, train);
}

TEST_F(UdpPortTest, TrainOfOneSegmentIsADatagram) {
  End a = open();
  End b = open();
  ASSERT_EQ(send_train(a, counting(90), 1200, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(a.port->counters().trains, 0u);
  EXPECT_EQ(receive(*b.port, b.socket, 1).size(), 1u);
}

// More segments than any kernel takes (UDP_MAX_SEGMENTS is 64 or 128): EINVAL.
TEST_F(UdpPortTest, RefusedTrainLeavesSegmentBySegmentAndIsRemembered) {
  End a = open();
  End b = open();
  End c = open();
  const Bytes train = counting(300 * 4 + 1);
  ASSERT_EQ(send_train(a, train, 4, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(sent_bytes_, train.size());
  EXPECT_EQ(a.port->counters().gso_fallbacks, 1u);
  EXPECT_TRUE(a.port->refuses_trains(b.port->address()));
  auto received = receive(*b.port, b.socket, 301);
  ASSERT_EQ(received.size(), 301u);
  EXPECT_EQ(received.back().bytes.size(), 1u);

  // Not tried again for this destination, still tried for others.
  ASSERT_EQ(send_train(a, counting(3000), 1200, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(a.port->counters().gso_fallbacks, 1u);
  EXPECT_EQ(a.port->counters().trains, 0u);
  EXPECT_EQ(receive(*b.port, b.socket, 3).size(), 3u);
  ASSERT_EQ(send_train(a, counting(3000), 1200, c.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(a.port->counters().trains, 1u);
  EXPECT_EQ(receive(*c.port, c.socket, 3).size(), 3u);
}

// A device without checksum offload: EIO; a path with a small MTU: EMSGSIZE.
TEST_F(UdpPortTest, DeviceOrPathThatRefusesTrainsGetsSegments) {
  for (const int error : {EIO, EMSGSIZE, EINVAL}) {
    End a = open();
    End b = open();
    test::send_faults().error = error;
    test::send_faults().fail_trains = 1;
    ASSERT_EQ(send_train(a, counting(4000), 1200, b.port->address()), UdpPort::Sent::kYes);
    EXPECT_EQ(a.port->counters().gso_fallbacks, 1u);
    EXPECT_EQ(receive(*b.port, b.socket, 4).size(), 4u);
  }
}

// On 127.0.1.0/24, where nobody listens.
Address destination(size_t number) {
  return Address::from_bytes(std::array<uint8_t, 4>{127, 0, 1, 1},
                             static_cast<uint16_t>(20'000 + number));
}

TEST_F(UdpPortTest, WhereNoDestinationTakesATrainNoMoreAreTried) {
  End a = open();
  End b = open();
  test::send_faults().error = EIO;
  test::send_faults().fail_trains = INT_MAX;
  // More than are remembered, as viewers are on a large node, and again.
  for (int round = 0; round < 2; ++round) {
    for (size_t number = 0; number < UdpPort::kMaxRefusals + 10; ++number) {
      ASSERT_EQ(send_train(a, counting(40), 20, destination(number)), UdpPort::Sent::kYes);
    }
  }
  const int tried = INT_MAX - test::send_faults().fail_trains;
  test::send_faults().fail_trains = 0;
  EXPECT_EQ(tried, static_cast<int>(UdpPort::kMaxRefusalsInVain));
  EXPECT_EQ(a.port->counters().gso_fallbacks, UdpPort::kMaxRefusalsInVain);
  EXPECT_FALSE(a.port->gso_allowed());
  ASSERT_EQ(send_train(a, counting(2000), 1000, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(receive(*b.port, b.socket, 2).size(), 2u);
  EXPECT_EQ(a.port->counters().trains, 0u);
}

TEST_F(UdpPortTest, TrainsAreTriedAgainALittleAndComeBackWhereTheyAreTaken) {
  End a = open();
  End b = open();
  const auto send_to_all = [&] {
    for (size_t number = 0; number < UdpPort::kMaxRefusalsInVain; ++number)
      ASSERT_EQ(send_train(a, counting(40), 20, destination(number)), UdpPort::Sent::kYes);
  };
  test::send_faults().error = EIO;
  test::send_faults().fail_trains = INT_MAX;
  send_to_all();
  ASSERT_FALSE(a.port->gso_allowed());
  const uint64_t before = a.port->counters().gso_fallbacks;
  a.port->retry_trains();
  send_to_all();
  EXPECT_FALSE(a.port->gso_allowed());
  EXPECT_EQ(a.port->counters().gso_fallbacks - before, UdpPort::kMaxRefusalsAgain);

  test::send_faults().fail_trains = 0;
  a.port->retry_trains();
  EXPECT_FALSE(a.port->refuses_trains(destination(0)));
  for (size_t number = 0; number < 2; ++number)
    ASSERT_EQ(send_train(a, counting(2000), 1000, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_TRUE(a.port->gso_allowed());
  EXPECT_EQ(a.port->counters().trains, 2u);
}

TEST_F(UdpPortTest, OneDestinationThatTakesTrainsIsEnoughToTryOthers) {
  End a = open();
  End b = open();
  test::send_faults().error = EMSGSIZE;
  for (size_t number = 0; number < 2 * UdpPort::kMaxRefusalsInVain; ++number) {
    test::send_faults().fail_trains = 1;
    ASSERT_EQ(send_train(a, counting(40), 20, destination(number)), UdpPort::Sent::kYes);
    ASSERT_EQ(test::send_faults().fail_trains, 0) << number;
    if (number % 100 != 0) continue;
    ASSERT_EQ(send_train(a, counting(2000), 1000, b.port->address()), UdpPort::Sent::kYes);
  }
  EXPECT_TRUE(a.port->gso_allowed());
  EXPECT_EQ(a.port->counters().trains, 6u);
}

TEST_F(UdpPortTest, ADatagramBehindATrainOfSmallSegmentsStaysWhole) {
  End a = open();
  End b = open();
  const Bytes datagram = counting(1100);
  ASSERT_EQ(send_train(a, counting(500), 100, b.port->address()), UdpPort::Sent::kYes);
  ASSERT_EQ(a.port->send(datagram, b.port->address()), UdpPort::Sent::kYes);
  ASSERT_EQ(send_train(a, counting(2000), 900, b.port->address()), UdpPort::Sent::kYes);
  ASSERT_EQ(a.port->send(counting(60), b.port->address()), UdpPort::Sent::kYes);
  const auto received = receive(*b.port, b.socket, 10);
  ASSERT_EQ(received.size(), 10u);
  EXPECT_EQ(received[4].bytes.size(), 100u);
  EXPECT_EQ(received[5].bytes, datagram);
  EXPECT_EQ(received[8].bytes.size(), 200u);
  EXPECT_EQ(received[9].bytes.size(), 60u);
}

TEST_F(UdpPortTest, ManyTrainsLeaveByOneCallEachCutInItsOwnWay) {
  End a = open();
  End b = open();
  End c = open();
  const Bytes bytes = counting(5000);
  const ByteSpan all(bytes);
  std::array trains{OutgoingTrain{all.first(2500), 1000, b.port->address()},
                    OutgoingTrain{all.first(90), 90, c.port->address()},
                    OutgoingTrain{all.first(1250), 300, c.port->address()},
                    OutgoingTrain{all.first(1100), 1200, b.port->address()}};
  EXPECT_EQ(a.port->send_trains(trains), 4u);
  EXPECT_EQ(a.port->counters().send_calls, 1u);
  EXPECT_EQ(a.port->counters().trains, 2u);
  EXPECT_EQ(a.port->counters().sent_datagrams, 10u);
  EXPECT_EQ(a.port->counters().sent_bytes, 4940u);
  const auto sizes = [](const std::vector<Datagram>& received) {
    std::vector<size_t> found;
    for (const Datagram& datagram : received)
      found.push_back(datagram.bytes.size());
    return found;
  };
  EXPECT_EQ(sizes(receive(*b.port, b.socket, 4)), (std::vector<size_t>{1000, 1000, 500, 1100}));
  EXPECT_EQ(sizes(receive(*c.port, c.socket, 6)),
            (std::vector<size_t>{90, 300, 300, 300, 300, 50}));
}

TEST_F(UdpPortTest, MoreTrainsThanACallTakesAllLeaveInOrder) {
  End a = open();
  End b = open();
  const Bytes bytes = counting(200);
  std::vector<OutgoingTrain> trains;
  for (size_t i = 0; i < 2 * UdpPort::kMaxTrainsACall + 3; ++i)
    trains.push_back({ByteSpan(bytes).subspan(i, 30), 20, b.port->address()});
  EXPECT_EQ(a.port->send_trains(trains), trains.size());
  EXPECT_EQ(a.port->counters().send_calls, 3u);
  const auto received = receive(*b.port, b.socket, 2 * trains.size());
  ASSERT_EQ(received.size(), 2 * trains.size());
  for (size_t i = 0; i < trains.size(); ++i)
    EXPECT_EQ(received[2 * i].bytes.front(), i);
}

// The one in the middle does not keep those around it from leaving.
TEST_F(UdpPortTest, OfManyTrainsOneIsRefusedOneGivenUpAndTheRestLeave) {
  End a = open();
  End b = open();
  const Bytes bytes = counting(300 * 4 + 1);
  const Address v6 = Address::from_bytes(std::array<uint8_t, 16>{0x20, 1, 0xD, 0xB8}, 9);
  const Address to = b.port->address();
  std::array trains{OutgoingTrain{ByteSpan(bytes).first(40), 20, to},
                    OutgoingTrain{bytes, 4, to},  // more segments than any kernel takes
                    OutgoingTrain{ByteSpan(bytes).first(60), 20, v6},
                    OutgoingTrain{ByteSpan(bytes).first(50), 20, to}};
  EXPECT_EQ(a.port->send_trains(trains), 4u);
  EXPECT_EQ(a.port->counters().gso_fallbacks, 1u);
  EXPECT_EQ(a.port->counters().failed_datagrams, 3u);
  for (const OutgoingTrain& train : trains)
    EXPECT_EQ(train.failed, train.to == v6);
  const auto received = receive(*b.port, b.socket, 2 + 301 + 3);
  ASSERT_EQ(received.size(), 306u);
  EXPECT_EQ(received[302].bytes.size(), 1u);
  EXPECT_EQ(received.back().bytes.size(), 10u);
}

TEST_F(UdpPortTest, WhereTheSocketsBufferIsFullTheRestIsToldAndLeavesLater) {
  End a = open();
  End b = open();
  const Bytes bytes = counting(100);
  std::vector<OutgoingTrain> trains;
  for (size_t i = 0; i < UdpPort::kMaxTrainsACall + 2; ++i)
    trains.push_back({bytes, 50, b.port->address()});
  test::send_faults().error = EAGAIN;
  test::send_faults().spare_sends = 1;
  test::send_faults().fail_sends = 1;
  const size_t done = a.port->send_trains(trains);
  EXPECT_EQ(done, UdpPort::kMaxTrainsACall);
  EXPECT_EQ(a.port->counters().would_block, 1u);
  EXPECT_EQ(a.port->send_trains(std::span(trains).subspan(done)), 2u);
  EXPECT_EQ(receive(*b.port, b.socket, 2 * trains.size()).size(), 2 * trains.size());
}

TEST_F(UdpPortTest, FullSocketBufferIsReportedWithWhatHasLeft) {
  End a = open();
  End b = open();
  test::send_faults().error = EAGAIN;
  test::send_faults().fail_sends = 1;
  EXPECT_EQ(a.port->send(counting(10), b.port->address()), UdpPort::Sent::kWouldBlock);
  test::send_faults().fail_sends = 1;
  EXPECT_EQ(send_train(a, counting(4000), 1200, b.port->address()), UdpPort::Sent::kWouldBlock);
  EXPECT_EQ(sent_bytes_, 0u);
  a.port->allow_gso(false);
  test::send_faults().fail_sends = 1;
  EXPECT_EQ(send_train(a, counting(4000), 1200, b.port->address()), UdpPort::Sent::kWouldBlock);
  EXPECT_EQ(a.port->counters().would_block, 3u);
  EXPECT_EQ(a.port->counters().sent_datagrams, 0u);
  EXPECT_EQ(a.port->counters().gso_fallbacks, 0u);
  EXPECT_EQ(a.port->send(counting(10), b.port->address()), UdpPort::Sent::kYes);
}

TEST_F(UdpPortTest, WithoutGsoEverythingStillArrives) {
  End a = open();
  End b = open();
  a.port->allow_gso(false);
  ASSERT_EQ(send_train(a, counting(5000), 1200, b.port->address()), UdpPort::Sent::kYes);
  EXPECT_EQ(a.port->counters().trains, 0u);
  EXPECT_EQ(a.port->counters().sent_datagrams, 5u);
  EXPECT_EQ(receive(*b.port, b.socket, 5).size(), 5u);
}

TEST_F(UdpPortTest, DualStackPortSpeaksToIpv4) {
  End a = open(AF_INET6);
  End b = open(AF_INET);
  ASSERT_EQ(send_train(a, counting(2500), 1200, b.port->address()), UdpPort::Sent::kYes);
  auto received = receive(*b.port, b.socket, 3);
  ASSERT_EQ(received.size(), 3u);
  EXPECT_TRUE(received[0].from.is_v4());
  ASSERT_EQ(b.port->send(counting(5), on_loopback(a.port->address())), UdpPort::Sent::kYes);
  auto answer = receive(*a.port, a.socket, 1);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].from, b.port->address());  // unmapped
}

TEST_F(UdpPortTest, UnreachableFamilyFailsAndIsCounted) {
  End a = open(AF_INET);
  const Address v6 = Address::from_bytes(std::array<uint8_t, 16>{0x20, 1, 0xD, 0xB8}, 9);
  EXPECT_EQ(a.port->send(counting(5), v6), UdpPort::Sent::kFailed);
  EXPECT_EQ(send_train(a, counting(2500), 1200, v6), UdpPort::Sent::kFailed);
  EXPECT_EQ(a.port->counters().failed_datagrams, 4u);
  EXPECT_EQ(a.port->send({}, Address()), UdpPort::Sent::kFailed);
}

TEST_F(UdpPortTest, TooLargeASegmentIsGivenUpAndTheRestLeaves) {
  End a = open();
  End b = open();
  a.port->allow_gso(false);
  // Segments beyond what a datagram holds (65,507) fail; the short last one still goes.
  EXPECT_EQ(send_train(a, counting(70'100), 70'000, b.port->address()), UdpPort::Sent::kFailed);
  EXPECT_EQ(sent_bytes_, 70'100u);
  EXPECT_EQ(a.port->counters().failed_datagrams, 1u);
  EXPECT_EQ(receive(*b.port, b.socket, 1).at(0).bytes.size(), 100u);
}

TEST_F(UdpPortTest, OnlyBoundDatagramSocketsAreAdopted) {
  EXPECT_FALSE(UdpPort::adopt(io_, bound_socket(AF_INET, SOCK_STREAM)));
  EXPECT_FALSE(UdpPort::adopt(io_, UniqueFd(::socket(AF_UNIX, SOCK_DGRAM, 0))));
}

TEST_F(UdpPortTest, WaitReadableWakesTheContext) {
  End a = open();
  End b = open();
  bool woken = false;
  b.port->wait_readable([&](const boost::system::error_code& error) { woken = !error; });
  a.port->send(counting(1), b.port->address());
  io_.run_for(std::chrono::seconds(2));
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace longmen

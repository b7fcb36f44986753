#include "core/dtls/handshake_gate.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

constexpr HandshakeGate::Cookie kCookie{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr HandshakeGate::Cookie kOther{99};
constexpr uint8_t kAlert = 21;
constexpr uint8_t kHandshake = 22;
constexpr uint8_t kClientHello = 1;
constexpr uint8_t kCertificate = 11;

struct Part {
  uint16_t number = 0;
  size_t offset = 0;
  size_t bytes = SIZE_MAX;  // or all the rest
};

Bytes message(uint8_t type, ByteSpan body, Part part) {
  const ByteSpan fragment =
      body.subspan(part.offset, std::min(part.bytes, body.size() - part.offset));
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u8(type);
  writer.u24(body.size());
  writer.u16(part.number);
  writer.u24(part.offset);
  writer.u24(fragment.size());
  writer.bytes(fragment);
  return bytes;
}

Bytes record(uint8_t type, ByteSpan body, uint64_t number = 0, uint16_t epoch = 0) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u8(type);
  writer.u16(0xFEFD);
  writer.u16(epoch);
  writer.u48(number);
  writer.u16(body.size());
  writer.bytes(body);
  return bytes;
}

Bytes hello(Part part, ByteSpan cookie = {}, uint64_t number = 0) {
  Bytes body;
  ByteWriter writer(body);
  writer.u16(0xFEFD);
  writer.bytes(Bytes(32, 0x5A));
  writer.u8(0);
  writer.u8(cookie.size());
  writer.bytes(cookie);
  writer.bytes(Bytes(40, 7));  // the rest is OpenSSL's to read
  return record(kHandshake, message(kClientHello, body, part), number);
}

Bytes certificate(uint64_t number = 0) {
  return record(kHandshake, message(kCertificate, Bytes(50, 1), {.number = 2}), number);
}

class HandshakeGateTest : public testing::Test {
 protected:
  HandshakeGate::Admitted admit(ByteSpan datagram) {
    const HandshakeGate::Cookie cookies[] = {kOther, kCookie};
    return gate_.admit(datagram, cookies);
  }
  bool admits(ByteSpan datagram) { return !admit(datagram).datagram.empty(); }
  static uint64_t number_of(ByteSpan datagram) {
    ByteReader reader(datagram);
    reader.skip(5);
    return reader.u48();
  }

  HandshakeGate gate_;
};

TEST_F(HandshakeGateTest, AClientHelloWithoutACookieIsAskedForOne) {
  const Bytes first = hello({});
  const auto admitted = admit(first);
  EXPECT_TRUE(admitted.asks_cookie);
  EXPECT_TRUE(admitted.datagram.empty());
  EXPECT_LT(HandshakeGate::hello_verify_request(kCookie).size(), first.size());
}

TEST_F(HandshakeGateTest, TheSecondOneIsAdmittedByItsCookieAlone) {
  const auto admitted = admit(hello({.number = 1}, kCookie));
  EXPECT_FALSE(admitted.datagram.empty());
  EXPECT_FALSE(admitted.asks_cookie);
  EXPECT_FALSE(admitted.part_of_hello);
  EXPECT_EQ(admitted.cookie, 1u);
  EXPECT_FALSE(admits(hello({.number = 1}, Bytes(16, 3))));
  EXPECT_FALSE(admits(hello({.number = 1}, ByteSpan(kCookie).first(15))));
  EXPECT_FALSE(admits(hello({.number = 1})));
  EXPECT_FALSE(admits(hello({.number = 0}, kCookie)));
  EXPECT_FALSE(admits(hello({.number = 2}, kCookie)));
}

TEST_F(HandshakeGateTest, AClientHelloInPartsIsAdmittedInAnyOrder) {
  EXPECT_TRUE(admit(hello({.bytes = 60})).asks_cookie);
  const auto rest = admit(hello({.number = 1, .offset = 60}, kCookie));
  EXPECT_FALSE(rest.datagram.empty());
  EXPECT_TRUE(rest.part_of_hello);
  const auto begin = admit(hello({.number = 1, .bytes = 60}, kCookie));
  EXPECT_EQ(begin.cookie, 1u);
  EXPECT_TRUE(begin.part_of_hello);
  EXPECT_FALSE(admits(hello({.number = 1, .bytes = 40}, kCookie)));  // cut within the cookie
  EXPECT_FALSE(admits(hello({.number = 0, .offset = 60}, kCookie)));
}

TEST_F(HandshakeGateTest, WhatFollowsIsAdmittedAfterTheAnswerAndHellosNoLonger) {
  EXPECT_FALSE(admits(certificate()));
  EXPECT_FALSE(admits(record(20, Bytes{1})));
  EXPECT_FALSE(admits(record(kHandshake, Bytes(40, 1), 0, 1)));
  gate_.begin();
  EXPECT_TRUE(admits(certificate()));
  EXPECT_TRUE(admits(record(20, Bytes{1})));
  EXPECT_TRUE(admits(record(kHandshake, Bytes(40, 1), 0, 1)));
  EXPECT_FALSE(admits(hello({.number = 1}, kCookie)));
  EXPECT_FALSE(admit(hello({})).asks_cookie);
}

TEST_F(HandshakeGateTest, WhatNobodySaysInTheClearIsDropped) {
  gate_.begin();
  EXPECT_FALSE(admits(record(kAlert, Bytes{2, 40})));
  EXPECT_FALSE(admits(record(23, Bytes(9))));
  EXPECT_FALSE(admits(record(20, Bytes{2})));
  EXPECT_FALSE(admits(record(kHandshake, message(14, {}, {.number = 2}))));
  EXPECT_FALSE(admits(record(kHandshake, message(kCertificate, Bytes(9), {.number = 7}))));
  EXPECT_FALSE(admits(record(kHandshake, Bytes(40, 1), 0, 2)));
  Bytes beyond = message(kCertificate, Bytes(50), {.number = 2});
  beyond[3] = 40;  // the message is shorter than its fragment
  EXPECT_FALSE(admits(record(kHandshake, beyond)));
}

TEST_F(HandshakeGateTest, ADatagramThatDoesNotParseIsDroppedWhole) {
  gate_.begin();
  Bytes datagram = certificate();
  EXPECT_TRUE(HandshakeGate::is_records(datagram));
  datagram.push_back(kHandshake);
  EXPECT_FALSE(HandshakeGate::is_records(datagram));
  EXPECT_FALSE(admits(datagram));
  EXPECT_FALSE(HandshakeGate::is_records({}));
  EXPECT_FALSE(HandshakeGate::is_records(Bytes(100, 22)));
  Bytes many;
  for (size_t i = 0; i <= HandshakeGate::kMaxRecords; ++i)
    ByteWriter(many).bytes(record(20, Bytes{1}));
  EXPECT_FALSE(admits(many));
}

TEST_F(HandshakeGateTest, RecordsInTheClearAreNumberedAnewAndOthersAreNot) {
  EXPECT_EQ(number_of(admit(hello({.number = 1}, kCookie, 7)).datagram), 1u);
  gate_.begin();
  EXPECT_EQ(number_of(admit(certificate((uint64_t{1} << 48) - 1)).datagram), 2u);
  EXPECT_EQ(number_of(admit(certificate(3)).datagram), 3u);
  EXPECT_EQ(number_of(admit(record(kHandshake, Bytes(40), 9, 1)).datagram), 9u);
  gate_.restart();
  EXPECT_EQ(number_of(admit(certificate()).datagram), 1u);
}

// An alert beside a message takes only itself along.
TEST_F(HandshakeGateTest, TheRestOfADatagramIsAdmitted) {
  gate_.begin();
  Bytes datagram = record(kAlert, Bytes{2, 40});
  ByteWriter(datagram).bytes(certificate());
  EXPECT_EQ(admit(datagram).datagram.size(), certificate().size());
}

}  // namespace
}  // namespace longmen

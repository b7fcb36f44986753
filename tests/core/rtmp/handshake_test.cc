#include "core/rtmp/handshake.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace longmen::rtmp {
namespace {

Bytes c0_c1(uint8_t version = 3) {
  Bytes bytes(1 + kHandshakeBytes);
  bytes[0] = version;
  for (size_t index = 1; index < bytes.size(); ++index)
    bytes[index] = static_cast<uint8_t>(index * 7);
  return bytes;
}

TEST(Handshake, AnswersWithS0S1AndTheRepeatedC1) {
  Handshake handshake(1);
  Bytes out;
  const Bytes in = c0_c1();
  ASSERT_EQ(handshake.push(in, out), in.size());
  ASSERT_EQ(out.size(), 1 + 2 * kHandshakeBytes);
  EXPECT_EQ(out[0], 3);
  EXPECT_EQ(Bytes(out.begin() + 5, out.begin() + 9), Bytes(4)) << "version zero: no digest";
  EXPECT_TRUE(std::equal(in.begin() + 1, in.end(), out.begin() + 1 + kHandshakeBytes));
  EXPECT_FALSE(handshake.done());
}

TEST(Handshake, TakesC2AndLeavesWhatFollows) {
  Handshake handshake(1);
  Bytes out;
  Bytes in = c0_c1();
  in.resize(1 + 2 * kHandshakeBytes + 10);
  EXPECT_EQ(handshake.push(in, out), in.size() - 10);
  EXPECT_TRUE(handshake.done());
}

TEST(Handshake, ComesOneByteAtATime) {
  Handshake handshake(1);
  Bytes out;
  Bytes in = c0_c1();
  in.resize(1 + 2 * kHandshakeBytes);
  for (const uint8_t& byte : in) {
    ASSERT_FALSE(handshake.done());
    ASSERT_EQ(handshake.push({&byte, 1}, out), 1u);
  }
  EXPECT_TRUE(handshake.done());
  EXPECT_EQ(out.size(), 1 + 2 * kHandshakeBytes);
}

TEST(Handshake, DiffersFromConnectionToConnection) {
  Bytes one, other;
  Handshake first(1), second(2);
  ASSERT_TRUE(first.push(c0_c1(), one));
  ASSERT_TRUE(second.push(c0_c1(), other));
  EXPECT_NE(one, other);
}

TEST(Handshake, RefusesEncryptionAndOtherProtocolsByTheirFirstByte) {
  for (const uint8_t version : {6, 8, int{'G'}, 0x16}) {
    Handshake handshake(1);
    Bytes out;
    const Bytes in = {version};
    EXPECT_EQ(handshake.push(in, out), drop(DropReason::kUnsupported));
    EXPECT_TRUE(out.empty());
  }
}

}  // namespace
}  // namespace longmen::rtmp

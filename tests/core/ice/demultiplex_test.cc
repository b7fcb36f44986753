#include "core/ice/demultiplex.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

// RFC 7983 §7, with ZRTP and TURN channels unknown here.
TEST(DemultiplexTest, FirstByteDecides) {
  for (int first = 0; first < 256; ++first) {
    const Bytes datagram{static_cast<uint8_t>(first), 0x60};
    DatagramKind expected = DatagramKind::kUnknown;
    if (first <= 3) expected = DatagramKind::kStun;
    if (first >= 20 && first <= 63) expected = DatagramKind::kDtls;
    if (first >= 128 && first <= 191) expected = DatagramKind::kRtp;
    EXPECT_EQ(classify_datagram(datagram), expected) << first;
  }
}

// RFC 5761 §4: packet types 192..223, which payload types 64..95 with marker would be.
TEST(DemultiplexTest, SecondByteTellsRtcpFromRtp) {
  EXPECT_EQ(classify_datagram(Bytes{0x80, 191}), DatagramKind::kRtp);
  EXPECT_EQ(classify_datagram(Bytes{0x80, 192}), DatagramKind::kRtcp);
  EXPECT_EQ(classify_datagram(Bytes{0x81, 205}), DatagramKind::kRtcp);
  EXPECT_EQ(classify_datagram(Bytes{0x80, 223}), DatagramKind::kRtcp);
  EXPECT_EQ(classify_datagram(Bytes{0x80, 224}), DatagramKind::kRtp);
}

TEST(DemultiplexTest, TooShortIsUnknown) {
  EXPECT_EQ(classify_datagram({}), DatagramKind::kUnknown);
  EXPECT_EQ(classify_datagram(Bytes{0x80}), DatagramKind::kUnknown);
}

}  // namespace
}  // namespace longmen

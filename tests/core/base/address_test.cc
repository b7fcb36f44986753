#include "core/base/address.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace longmen {
namespace {

TEST(AddressTest, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(to_string(*Address::from_text("192.0.2.1", 5004)), "192.0.2.1:5004");
  EXPECT_EQ(to_string(*Address::from_text("2001:DB8:0:0::1", 5004)), "[2001:db8::1]:5004");
  EXPECT_EQ(to_string(Address{}), "none");
}

TEST(AddressTest, RefusesWhatIsNotALiteral) {
  for (const char* text : {"", "example.org", "192.0.2", "192.0.2.256", "[::1]", "fe80::1%eth0"}) {
    const auto address = Address::from_text(text, 1);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find(text), std::string::npos);
  }
}

TEST(AddressTest, MappedV4IsTheSameValueAsV4) {
  const Address v4 = *Address::from_text("192.0.2.1", 80);
  const Address mapped = *Address::from_text("::ffff:192.0.2.1", 80);
  EXPECT_EQ(v4, mapped);
  EXPECT_TRUE(mapped.is_v4());
  EXPECT_EQ(std::hash<Address>{}(v4), std::hash<Address>{}(mapped));
}

TEST(AddressTest, OtherLengthsAreNoAddress) {
  EXPECT_FALSE(Address::from_bytes(Bytes(5), 1).valid());
  EXPECT_FALSE(Address::from_bytes({}, 1).valid());
}

TEST(AddressTest, EveryPortAndHostHashesApart) {
  std::unordered_set<size_t> hashes;
  for (int host = 0; host < 256; ++host) {
    for (int port = 0; port < 64; ++port) {
      const Bytes ip{10, 0, 0, static_cast<uint8_t>(host)};
      hashes.insert(std::hash<Address>{}(Address::from_bytes(ip, static_cast<uint16_t>(port))));
    }
  }
  EXPECT_EQ(hashes.size(), 256u * 64u);
}

}  // namespace
}  // namespace longmen

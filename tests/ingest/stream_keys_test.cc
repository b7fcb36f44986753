#include "ingest/stream_keys.h"

#include <gtest/gtest.h>

#include "tests/ingest/ingest_fixture.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using test::make_channel;

const auto kHome = make_address("192.0.2.1");
const Monotonic kStart{1000s};

StreamKeys configured() {
  StreamKeys keys;
  keys.configure(
      {make_channel("main", {"alpha-key", "beta-key"}), make_channel("two", {"gamma-key"})});
  keys.set_wrong_keys_per_minute(3);
  return keys;
}

TEST(StreamKeys, HashIsLowerCaseSha256) {
  EXPECT_EQ(stream_key_hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(StreamKeys, AKeyLeadsToItsChannel) {
  StreamKeys keys = configured();
  EXPECT_EQ(keys.check(kHome, "alpha-key", kStart)->channel, "main");
  EXPECT_EQ(keys.check(kHome, "beta-key", kStart)->key_hash, stream_key_hash("beta-key"));
  EXPECT_EQ(keys.check(kHome, "gamma-key", kStart)->channel, "two");
  EXPECT_EQ(keys.watched_addresses(), 0u);
}

TEST(StreamKeys, AnythingElseIsWrong) {
  StreamKeys keys = configured();
  keys.set_wrong_keys_per_minute(100);
  const std::string long_key(kMaxKeyBytes, 'k');
  keys.configure({make_channel("main", {"alpha-key", long_key})});
  EXPECT_TRUE(keys.check(kHome, long_key, kStart));
  for (const std::string& key : {std::string(), std::string("alpha-ke"), std::string("ALPHA-KEY"),
                                 stream_key_hash("alpha-key"), long_key + "k"})
    EXPECT_EQ(keys.check(kHome, key, kStart).error(), StreamKeyRefusal::kWrongKey) << key;
}

TEST(StreamKeys, TooManyWrongKeysWithinAMinuteBarTheAddressEvenWithTheRightOne) {
  StreamKeys keys = configured();
  for (int count = 0; count < 3; ++count)
    EXPECT_EQ(keys.check(kHome, "x", kStart + 10s * count).error(), StreamKeyRefusal::kWrongKey);
  EXPECT_EQ(keys.check(kHome, "alpha-key", kStart + 59s).error(),
            StreamKeyRefusal::kTooManyWrongKeys);
  EXPECT_TRUE(keys.check(make_address("192.0.2.2"), "alpha-key", kStart + 59s));
  EXPECT_TRUE(keys.check(kHome, "alpha-key", kStart + 60s));
  EXPECT_EQ(keys.check(kHome, "x", kStart + 60s).error(), StreamKeyRefusal::kWrongKey);
}

TEST(StreamKeys, AnIpv6HostIsItsNetwork) {
  StreamKeys keys = configured();
  for (const char* address : {"2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"})
    (void)keys.check(make_address(address), "x", kStart);
  EXPECT_EQ(keys.watched_addresses(), 1u);
  EXPECT_EQ(keys.check(make_address("2001:db8::4"), "alpha-key", kStart).error(),
            StreamKeyRefusal::kTooManyWrongKeys);
  EXPECT_TRUE(keys.check(make_address("2001:db8:0:1::4"), "alpha-key", kStart));
}

TEST(StreamKeys, AMappedAddressIsItsIpv4One) {
  StreamKeys keys = configured();
  (void)keys.check(make_address("::ffff:192.0.2.1"), "x", kStart);
  (void)keys.check(kHome, "x", kStart);
  EXPECT_EQ(keys.watched_addresses(), 1u);
}

TEST(StreamKeys, TheTableIsBoundedAndForgetsTheOldestFirst) {
  StreamKeys keys = configured();
  keys.set_wrong_keys_per_minute(1);
  for (uint32_t count = 0; count < kMaxWatchedAddresses + 10; ++count) {
    const boost::asio::ip::address_v4 address(0x0A000000 + count);
    (void)keys.check(address, "x", kStart + std::chrono::milliseconds(count));
  }
  EXPECT_EQ(keys.watched_addresses(), kMaxWatchedAddresses);
  const Monotonic soon = kStart + 10s;
  EXPECT_TRUE(keys.check(boost::asio::ip::address_v4(0x0A000000), "alpha-key", soon));
  EXPECT_FALSE(keys.check(boost::asio::ip::address_v4(0x0A000000 + 10), "alpha-key", soon));
}

}  // namespace
}  // namespace longmen

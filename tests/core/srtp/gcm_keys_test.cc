// The keys that stand in for OpenSSL's, against it: any size of additional data and text.
#include <gtest/gtest.h>

#include <random>

#include "core/srtp/evp_gcm_key.h"
#include "core/srtp/ipsec_mb_gcm_key.h"
#include "core/srtp/vaes_gcm_key.h"

namespace longmen {
namespace {

constexpr size_t kLargest = 600;

template <typename Key>
class GcmKeys : public testing::Test {
 protected:
  void SetUp() override {
    if (!Key::available()) GTEST_SKIP() << "not on this machine";
  }
  uint8_t byte() { return static_cast<uint8_t>(random_()); }
  Bytes bytes(size_t count) {
    Bytes made(count);
    for (uint8_t& each : made)
      each = byte();
    return made;
  }

 private:
  std::mt19937 random_{3};
};

using StandIns = testing::Types<IpsecMbGcmKey, VaesGcmKey>;
TYPED_TEST_SUITE(GcmKeys, StandIns);

TYPED_TEST(GcmKeys, SealAndOpenAsOpenSslDoes) {
  for (size_t size = 0; size <= kLargest; ++size) {
    std::array<uint8_t, kSrtpKeyBytes> key;
    GcmIv iv;
    for (uint8_t& each : key)
      each = this->byte();
    for (uint8_t& each : iv)
      each = this->byte();
    const Bytes additional = this->bytes(size * 7 % (kLargest / 2));
    const Bytes plain = this->bytes(size);
    Bytes expected(size + kGcmTagBytes), sealed = expected;
    EvpGcmKey(key, EvpGcmKey::Use::kEncrypt).seal(iv, additional, plain, expected.data());
    const TypeParam own(key);
    own.seal(iv, additional, plain, sealed.data());
    ASSERT_EQ(sealed, expected) << size;

    Bytes in_place = plain;
    in_place.resize(size + kGcmTagBytes);
    own.seal(iv, additional, ByteSpan(in_place).first(size), in_place.data());
    ASSERT_EQ(in_place, expected) << size;

    Bytes opened(size);
    ASSERT_TRUE(own.open(iv, additional, sealed, opened.data())) << size;
    ASSERT_EQ(opened, plain) << size;
    ASSERT_TRUE(own.open(iv, additional, in_place, in_place.data())) << size;
    in_place.resize(size);
    ASSERT_EQ(in_place, plain) << size;

    sealed[this->byte() % sealed.size()] ^= static_cast<uint8_t>(1 + this->byte() % 255);
    ASSERT_FALSE(own.open(iv, additional, sealed, opened.data())) << size;
  }
}

TYPED_TEST(GcmKeys, TouchNothingBehindWhatTheyWrite) {
  const TypeParam own(std::array<uint8_t, kSrtpKeyBytes>{1});
  for (size_t size = 0; size <= kLargest; ++size) {
    Bytes out(size + kGcmTagBytes + 64, 0xA5);
    own.seal(GcmIv{}, {}, this->bytes(size), out.data());
    const auto behind = out.begin() + static_cast<ptrdiff_t>(size + kGcmTagBytes);
    ASSERT_TRUE(std::all_of(behind, out.end(), [](uint8_t each) { return each == 0xA5; })) << size;
  }
}

}  // namespace
}  // namespace longmen

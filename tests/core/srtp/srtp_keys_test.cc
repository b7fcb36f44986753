#include "core/srtp/srtp_keys.h"

#include <gtest/gtest.h>

#include <numeric>

namespace longmen {
namespace {

// RFC 5764 §4.2: client key, server key, client salt, server salt.
TEST(SrtpKeys, TheExportedBytesAreInTheOrderOfRfc5764) {
  for (SrtpProfile profile : {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmHmacSha1_80}) {
    const size_t salt_bytes = srtp_salt_bytes(profile);
    Bytes exported(srtp_exporter_bytes(profile));
    std::iota(exported.begin(), exported.end(), uint8_t{0});
    const auto keys = split_srtp_exporter(profile, exported);
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->profile, profile);
    EXPECT_EQ(keys->client.size_bytes, 16 + salt_bytes);
    EXPECT_EQ(keys->client.key()[0], 0);
    EXPECT_EQ(keys->server.key()[0], 16);
    EXPECT_EQ(keys->client.salt()[0], 32);
    EXPECT_EQ(keys->server.salt()[0], 32 + salt_bytes);
    EXPECT_EQ(keys->server.salt().back(), exported.size() - 1);
    exported.pop_back();
    EXPECT_FALSE(split_srtp_exporter(profile, exported));
  }
  EXPECT_EQ(srtp_exporter_bytes(SrtpProfile::kAeadAes128Gcm), 56u);
  EXPECT_EQ(srtp_exporter_bytes(SrtpProfile::kAes128CmHmacSha1_80), 60u);
}

TEST(SrtpKeys, ProfilesByTheirIds) {
  EXPECT_EQ(*srtp_profile_from_id(7), SrtpProfile::kAeadAes128Gcm);
  EXPECT_EQ(*srtp_profile_from_id(1), SrtpProfile::kAes128CmHmacSha1_80);
  EXPECT_FALSE(srtp_profile_from_id(2));
}

}  // namespace
}  // namespace longmen

#include "control/totp.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::seconds;

const std::string kSecret = "12345678901234567890";  // RFC 6238, appendix B

TEST(TotpTest, VectorsOfRfc6238) {
  const struct {
    int64_t time;
    const char* code;
  } kVectors[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                  {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [time, code] : kVectors)
    EXPECT_EQ(totp_code(as_bytes(kSecret), totp_step(seconds(time)), 8), code) << time;
}

TEST(TotpTest, VectorsOfRfc4226) {
  const char* kCodes[] = {"755224", "287082", "359152", "969429", "338314",
                          "254676", "287922", "162583", "399871", "520489"};
  for (int64_t count = 0; count < 10; ++count)
    EXPECT_EQ(totp_code(as_bytes(kSecret), count), kCodes[count]);
}

TEST(TotpTest, TheStepBeforeAndTheOneAfterAreTakenToo) {
  const int64_t step = 41'152'263;
  const seconds now(step * 30 + 7);
  for (int64_t off = -3; off <= 3; ++off) {
    const auto accepted =
        accept_totp(as_bytes(kSecret), totp_code(as_bytes(kSecret), step + off), 0, now);
    if (off < -1 || off > 1) {
      EXPECT_EQ(accepted, std::nullopt) << off;
    } else {
      EXPECT_EQ(accepted, step + off);
    }
  }
}

TEST(TotpTest, ACodeIsGoodOnceAndNoneBeforeItAnyMore) {
  const int64_t step = 41'152'263;
  const seconds now(step * 30);
  const std::string code = totp_code(as_bytes(kSecret), step);
  EXPECT_EQ(accept_totp(as_bytes(kSecret), code, step - 1, now), step);
  EXPECT_EQ(accept_totp(as_bytes(kSecret), code, step, now), std::nullopt);
  EXPECT_EQ(accept_totp(as_bytes(kSecret), totp_code(as_bytes(kSecret), step - 1), step, now),
            std::nullopt);
}

TEST(TotpTest, ACodeMayBeTypedAsAppsShowIt) {
  const std::string code = totp_code(as_bytes(kSecret), 1);
  EXPECT_EQ(
      accept_totp(as_bytes(kSecret), code.substr(0, 3) + " " + code.substr(3), 0, seconds(30)), 1);
}

TEST(TotpTest, WhatIsNoCodeIsRefused) {
  for (const char* code : {"", "1", "12345", "1234567", "abcdef", "      "})
    EXPECT_EQ(accept_totp(as_bytes(kSecret), code, 0, seconds(59)), std::nullopt) << code;
}

TEST(TotpTest, TheAddressCarriesNameAndSecret) {
  EXPECT_EQ(totp_address("li wei", "MZXW6"),
            "otpauth://totp/Longmen:li%20wei?secret=MZXW6&issuer=Longmen");
}

}  // namespace
}  // namespace longmen

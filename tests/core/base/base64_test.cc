#include "core/base/base64.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

// RFC 4648 §10, and what of the alphabet is not in it.
TEST(Base64, IsWrittenAndReadAgain) {
  for (const auto& [plain, encoded] : {std::pair("", ""),
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foob", "Zm9vYg=="},
                                       {"fooba", "Zm9vYmE="},
                                       {"foobar", "Zm9vYmFy"},
                                       {"\xFB\xEF\xFF", "++//"}}) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto back = from_base64(encoded);
    ASSERT_TRUE(back) << encoded;
    EXPECT_EQ(as_text(*back), plain);
  }
}

}  // namespace
}  // namespace longmen

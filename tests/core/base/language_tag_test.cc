#include "core/base/language_tag.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

// RFC 5646, appendix A, and its §2.1.1 on case.
TEST(LanguageTag, IsWrittenInOneWay) {
  for (const auto& [given, tag] : {std::pair{"zh-hans", "zh-Hans"},
                                   {"ZH-HANT-hk", "zh-Hant-HK"},
                                   {"en-gb", "en-GB"},
                                   {"de-ch-1901", "de-CH-1901"},
                                   {"es-419", "es-419"},
                                   {"yue", "yue"},
                                   {"hy-Latn-IT-arevela", "hy-Latn-IT-arevela"},
                                   {"zh-cmn-hans-cn", "zh-cmn-Hans-CN"},
                                   {"de-CH-X-Phonebk", "de-CH-x-phonebk"},
                                   {"en-A-MYEXT-B-ANOTHER", "en-a-myext-b-another"}})
    EXPECT_EQ(language_tag(given), tag);
}

TEST(LanguageTag, WhatIsNoneIsTakenForNone) {
  for (const char* given : {"", "z", "-zh", "zh-", "zh--CN", "zh_CN", "中文", "zh CN", "zh/../x",
                            "zh-Hans-x", "419", "abcdefghi", "en-abcdefghi", "x-own"})
    EXPECT_FALSE(language_tag(given)) << given;
  EXPECT_FALSE(language_tag("en-" + std::string(40, 'a')));
}

}  // namespace
}  // namespace longmen

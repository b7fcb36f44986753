#include "control/common_passwords.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(CommonPasswordsTest, WhatIsTriedFirstIsCommon) {
  for (const char* password : {"aaaaaaaaaaaa",         "abcabcabcabc",
                               "123412341234",         "  --  --  --",
                               "123456789012",         "098765432109",
                               "abcdefghijkl",         "lkjihgfedcba",
                               "qwertyuiopas",         "1234-5678-9012",
                               "password1234",         "Password 2026!!",
                               "2026passwordpassword", "longmen12345",
                               "Longmen_Longmen",      "administrator",
                               "Admin-123456789",      "1q2w3e4r5t6y",
                               "1qaz@2wsx#3edc",       "li.wei.li.wei",
                               "LiWei20261126",        "correct horse battery staple",
                               "iloveyou!!!!!!!",      "woaini1314520"})
    EXPECT_TRUE(is_common_password(password, "li wei")) << password;
}

TEST(CommonPasswordsTest, WhatIsNotIsNot) {
  for (const char* password :
       {"correct horse battery", "正确的马电池订书钉-2026", "another password", "a longer password",
        "my admin drinks tea", "twelve chars", "li wei sees nine swans", "tango-7-walnut-rope",
        "一二三四五六七八九十甲乙"})
    EXPECT_FALSE(is_common_password(password, "li wei")) << password;
  EXPECT_FALSE(is_common_password("quite something else", ""));
  EXPECT_FALSE(is_common_password(std::string(255, 'a') + "b", "x"));
}

}  // namespace
}  // namespace longmen

#include "control/account_name.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(AccountNameTest, NamesOfPeopleAreTaken) {
  for (const char* name : {"li", "Li Wei", "李伟", "O'Brien-Smith", "Zoë", "Иван", "li.wei@studio",
                           "controller", "the command line", "administrator", "龍門🐉"})
    EXPECT_EQ(fault_of_name(name), std::nullopt) << name;
}

TEST(AccountNameTest, WhatIsNotSeenIsRefused) {
  for (const char* name : {"li\xC2\x80", "li\xC2\x9F", "li\xC2\xA0wei", "l\xC2\xADi",
                           "li\xE2\x80\x8B", "l\xE2\x80\x8Di", "\xE2\x80\xAEil", "li\xE2\x81\xA6",
                           "li\xE3\x80\x80", "li\xEF\xBB\xBF", "li\xEF\xB8\x8F", "\xE3\x85\xA4",
                           "li\xF3\xA0\x81\xA1", "li\xEE\x80\x80", "a\nb", "a\tb", "a\x7F"})
    EXPECT_TRUE(fault_of_name(name)) << name;
  EXPECT_TRUE(fault_of_name(std::string_view("li\0a", 4)));
}

TEST(AccountNameTest, WhatIsNoUtf8IsRefused) {
  for (const char* name :
       {"\xff", "\xc0\x80", "\xc1\xbf", "\xe6\x9d", "\xe0\x80\xaf", "\xed\xa0\x80",
        "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80"})
    EXPECT_TRUE(fault_of_name(name));
}

TEST(AccountNameTest, LengthAndSpacesHaveBounds) {
  EXPECT_TRUE(fault_of_name(""));
  EXPECT_EQ(fault_of_name(std::string(kMaxNameBytes, 'a')), std::nullopt);
  EXPECT_TRUE(fault_of_name(std::string(kMaxNameBytes + 1, 'a')));
  for (const char* name : {" li", "li ", "li  wei"})
    EXPECT_TRUE(fault_of_name(name)) << name;
}

TEST(AccountNameTest, NobodyIsCalledLikeThisMachine) {
  for (const char* name : {"control", "Control", "command line", "Command Line"})
    EXPECT_TRUE(fault_of_name(name)) << name;
}

}  // namespace
}  // namespace longmen

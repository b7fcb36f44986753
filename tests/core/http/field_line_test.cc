#include "core/http/field_line.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(FieldLine, IsANameAndAValue) {
  const auto line = read_field_line("Authorization:\t Bearer a:b c ");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->name, "Authorization");
  EXPECT_EQ(line->value, "Bearer a:b c");
  EXPECT_EQ(read_field_line("X-Empty:")->value, "");
  EXPECT_EQ(read_field_line("X: \xE6\x99\xAE")->value, "\xE6\x99\xAE");
}

TEST(FieldLine, WhatIsNoneIsRefusedWithWords) {
  for (const std::string text : {"", "Authorization", ": a", "A B: c", "A : b", "\"A\": b",
                                 "A: b\r\nC: d", "A: b\n", "A: \x7F"}) {
    const auto line = read_field_line(text);
    ASSERT_FALSE(line) << text;
    EXPECT_NE(line.error().message, "");
  }
  EXPECT_NE(read_field_line("Authorization").error().message.find("Name: value"),
            std::string::npos);
}

}  // namespace
}  // namespace longmen

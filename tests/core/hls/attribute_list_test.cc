#include "core/hls/attribute_list.h"

#include <gtest/gtest.h>

namespace longmen::hls {
namespace {

TEST(AttributeList, ReadsWhatIsTold) {
  const AttributeList list("TYPE=AUDIO,NAME=\"a,b=c\",BANDWIDTH=12,DURATION=0.5,DEFAULT=YES");
  EXPECT_EQ(list.fault(), "");
  EXPECT_EQ(list.size(), 5U);
  EXPECT_EQ(list.text("NAME"), "a,b=c");
  EXPECT_EQ(list.number<int64_t>("BANDWIDTH"), 12);
  EXPECT_EQ(list.number<double>("DURATION"), 0.5);
  EXPECT_FALSE(list.number<int64_t>("TYPE"));
  EXPECT_TRUE(list.yes("DEFAULT"));
  EXPECT_FALSE(list.has("URI"));
  EXPECT_EQ(list.text("URI"), "");
}

TEST(AttributeList, WhatIsWrongIsSaidAndTheRestRead) {
  EXPECT_EQ(AttributeList("A=1,B=2,A=3").fault(), "A stands there twice");
  EXPECT_EQ(AttributeList("A=1,B=2,A=3").text("A"), "1");
  EXPECT_EQ(AttributeList("A=1, B=2").fault(), "\" B\" is no name of an attribute");
  EXPECT_EQ(AttributeList("A=1, B=2").text("B"), "2");
  EXPECT_NE(AttributeList("A=\"1,B=2").fault(), "");
  EXPECT_NE(AttributeList("A=\"1\"x,B=2").fault(), "");
  EXPECT_EQ(AttributeList("A=\"1\"x,B=2").text("B"), "2");
  EXPECT_NE(AttributeList("A").fault(), "");
  EXPECT_NE(AttributeList("=1").fault(), "");
  EXPECT_EQ(AttributeList("").fault(), "");
}

}  // namespace
}  // namespace longmen::hls

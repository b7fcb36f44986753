#include "core/rtmp/amf0.h"

#include <gtest/gtest.h>

#include "tests/support/rtmp_client.h"

namespace longmen::rtmp {
namespace {

using test::from_hex;

Amf0Value read_one(std::string_view hex) {
  const auto values = read_amf0(from_hex(hex));
  EXPECT_TRUE(values) << hex << ": " << drop_reason_name(values.error());
  return values && values->size() == 1 ? values->front() : Amf0Value("not one value");
}

TEST(Amf0, ReadsEveryTypeThatIsSpoken) {
  EXPECT_EQ(read_one("00 3ff0000000000000"), Amf0Value(1.0));
  EXPECT_EQ(read_one("01 01"), Amf0Value(true));
  EXPECT_EQ(read_one("02 0004 6c697665"), Amf0Value("live"));
  EXPECT_EQ(read_one("03 0001 61 0101 000009"), Amf0Value(Amf0Object{{"a", true}}));
  EXPECT_EQ(read_one("05"), Amf0Value());
  EXPECT_EQ(read_one("06"), Amf0Value(Amf0Undefined{}));
  EXPECT_EQ(read_one("0a 00000002 05 0100"), Amf0Value(Amf0Array{Amf0Value(), false}));
  EXPECT_EQ(read_one("0b 4072c00000000000 0000"), Amf0Value(300.0));
  EXPECT_EQ(read_one("0c 00000002 6869"), Amf0Value("hi"));
  EXPECT_EQ(read_one("0d"), Amf0Value(Amf0Undefined{}));
  EXPECT_EQ(read_one("0f 00000002 6869"), Amf0Value("hi"));
  EXPECT_EQ(read_one("10 0003 666f6f 0001 61 05 000009"),
            Amf0Value(Amf0Object{{"a", Amf0Value()}}));
}

TEST(Amf0, EcmaArrayIsReadByItsEndNotItsCount) {
  const Amf0Value value = read_one("08 00000063 0005 7769647468 00 4094000000000000 000009");
  ASSERT_TRUE(value.object());
  EXPECT_EQ(value.object()->number("width"), 1280);
  EXPECT_EQ(value.object()->number("height"), std::nullopt);
  EXPECT_EQ(value.object()->text("width"), std::nullopt);
}

TEST(Amf0, EcmaArrayAtTheEndMayLackItsEnd) {
  const Amf0Value value = read_one("08 00000001 0001 61 0101");
  ASSERT_TRUE(value.object());
  EXPECT_TRUE(*value.object()->find("a")->boolean());
}

TEST(Amf0, WritesWhatItReads) {
  const Amf0Object object{{"number", 1.5},
                          {"text", "书记"},
                          {"long", std::string(70000, 'x')},
                          {"list", Amf0Array{1, "two", Amf0Undefined{}, Amf0Value()}},
                          {"deep", Amf0Object{{"er", Amf0Object{{"yes", true}}}}}};
  Bytes bytes;
  write_amf0(object, bytes);
  write_amf0(false, bytes);
  EXPECT_EQ(read_amf0(bytes), (Amf0Array{object, false}));
}

TEST(Amf0, EveryTruncationIsAnErrorOrShorter) {
  Bytes bytes;
  write_amf0(Amf0Object{{"a", Amf0Array{1, "b"}}, {"c", true}}, bytes);
  for (size_t size = 1; size < bytes.size(); ++size)
    EXPECT_EQ(read_amf0(ByteSpan(bytes).first(size)).error(), DropReason::kTruncated) << size;
}

TEST(Amf0, RefusesReferencesAmf3AndUnknownMarkers) {
  for (const char* hex : {"07 0001", "0e", "04", "11 04", "12", "ff"})
    EXPECT_EQ(read_amf0(from_hex(hex)).error(), DropReason::kUnsupported) << hex;
  EXPECT_EQ(read_amf0(from_hex("09")).error(), DropReason::kMalformed);
  EXPECT_EQ(read_amf0(from_hex("03 0000 05")).error(), DropReason::kMalformed);
}

TEST(Amf0, DepthIsBounded) {
  const auto nested = [](int depth) {
    std::string hex;
    for (int level = 1; level < depth; ++level)
      hex += "0a00000001";
    return from_hex(hex + "05");
  };
  EXPECT_TRUE(read_amf0(nested(kMaxAmf0Depth)));
  EXPECT_EQ(read_amf0(nested(kMaxAmf0Depth + 1)).error(), DropReason::kTooLarge);
}

TEST(Amf0, NumberOfValuesIsBounded) {
  EXPECT_TRUE(read_amf0(Bytes(kMaxAmf0Values, 5)));
  EXPECT_EQ(read_amf0(Bytes(kMaxAmf0Values + 1, 5)).error(), DropReason::kTooLarge);
  EXPECT_EQ(read_amf0(from_hex("0a ffffffff 05")).error(), DropReason::kTruncated);
}

}  // namespace
}  // namespace longmen::rtmp

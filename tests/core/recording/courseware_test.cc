#include "core/recording/courseware.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/plain_text.h"
#include "core/http/ext_value.h"

namespace longmen::recording {
namespace {

using ::testing::HasSubstr;

std::string type_of(std::string_view name, std::string_view content) {
  const auto type = courseware_type(name, as_bytes(content));
  return type ? *type : "no: " + type.error().message;
}

TEST(Courseware, IsTakenByNameAndContent) {
  EXPECT_EQ(type_of("讲义.PDF", "%PDF-1.7\n"), "application/pdf");
  EXPECT_EQ(type_of("a.txt", "一二三"), "text/plain; charset=utf-8");
  EXPECT_EQ(type_of("a.webp", "RIFF\x10\x10\x10\x10WEBPVP8 "), "image/webp");
  EXPECT_THAT(type_of("a.webp", "RIFF\x10\x10\x10\x10WAVEfmt "), HasSubstr("does not begin"));
  EXPECT_THAT(type_of("a.pdf", "<html>"), HasSubstr("does not begin"));
  EXPECT_THAT(type_of("a.html", "<html>"), HasSubstr("files that end in pdf"));
  EXPECT_THAT(type_of("a.svg", "<svg"), HasSubstr("are taken"));
  EXPECT_THAT(type_of("a", "%PDF-"), HasSubstr("are taken"));
  EXPECT_THAT(type_of("../a.pdf", "%PDF-"), HasSubstr("no slash"));
  EXPECT_THAT(type_of(".pdf", "%PDF-"), HasSubstr("nor a dot first"));
  EXPECT_THAT(type_of(std::string(300, 'a') + ".pdf", "%PDF-"), HasSubstr("200 bytes"));
  EXPECT_THAT(type_of("a.pdf", ""), HasSubstr("does not begin"));
}

TEST(Courseware, ItsNameEndsNoField) {
  EXPECT_EQ(encode_ext_value("a;b'c (1).txt"), "a%3Bb%27c%20%281%29.txt");
  EXPECT_EQ(encode_ext_value("讲"), "%E8%AE%B2");
}

TEST(Courseware, ItsListIsReadAsItWasWrittenAndNothingElse) {
  const std::vector<Courseware> files{
      {"a1", "讲义.pdf", "application/pdf", 5, std::string(64, 'a'), 7},
      {"a2", "b.png", "image/png", 6, std::string(64, 'b'), 8}};
  EXPECT_EQ(read_courseware(write_courseware(files)).value(), files);
  const auto wrong = [&](auto change) {
    auto other = files;
    change(other[1]);
    return !read_courseware(write_courseware(other));
  };
  EXPECT_TRUE(wrong([](Courseware& file) { file.id = "../x"; }));
  EXPECT_TRUE(wrong([](Courseware& file) { file.id = "a1"; }));
  EXPECT_TRUE(wrong([](Courseware& file) { file.name = "a/b.png"; }));
  EXPECT_TRUE(wrong([](Courseware& file) { file.type = "text/html"; }));
  EXPECT_TRUE(wrong([](Courseware& file) { file.sha256 = "x"; }));
  EXPECT_FALSE(wrong([](Courseware&) {}));
  EXPECT_FALSE(read_courseware("["));
}

}  // namespace
}  // namespace longmen::recording

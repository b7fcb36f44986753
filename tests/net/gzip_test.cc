#include "net/gzip.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/net/gunzip.h"

namespace longmen {
namespace {

std::string gunzip(const Bytes& bytes) {
  return test::gunzip(as_text(bytes));
}

TEST(Gzip, GivesTheTextBack) {
  EXPECT_EQ(gunzip(gzip("")), "");
  std::string playlist;
  for (int i = 0; i < 60; ++i)
    playlist += "#EXTINF:1.00000,\n" + std::to_string(1'767'225'600 + i) + ".m4s\n";
  const Bytes small = gzip(playlist);
  EXPECT_EQ(gunzip(small), playlist);
  EXPECT_LT(small.size() * 4, playlist.size());
  std::mt19937 random(1);
  std::string noise(100'000, 0);
  for (char& c : noise)
    c = static_cast<char>(random());
  EXPECT_EQ(gunzip(gzip(noise)), noise);
}

TEST(GrowingGzip, IsWholeWithWhateverEndItIsGiven) {
  GrowingGzip growing;
  EXPECT_EQ(gunzip(growing.with_end("")), "");
  EXPECT_EQ(gunzip(growing.with_end("end")), "end");
  std::mt19937 random(1);
  std::string text;
  for (int i = 0; i < 300; ++i) {
    std::string more(random() % 2'000, 'x');
    if (i % 3 == 0) {
      for (char& c : more)
        c = static_cast<char>(random());
    }
    growing.append(more);
    text += more;
    if (i % 10 != 0) continue;
    const std::string end = "end " + std::to_string(i);
    ASSERT_EQ(gunzip(growing.with_end(end)), text + end);
    ASSERT_EQ(gunzip(growing.with_end("")), text);
  }
  GrowingGzip moved = std::move(growing);
  EXPECT_EQ(gunzip(moved.with_end("!")), text + "!");
}

}  // namespace
}  // namespace longmen

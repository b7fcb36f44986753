#include "net/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

namespace longmen {
namespace {

std::string gunzip(const Bytes& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, 0);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
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

}  // namespace
}  // namespace longmen

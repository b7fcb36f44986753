#include "core/slate/given_file.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values)
    bytes.push_back(static_cast<uint8_t>(value));
  return bytes;
}
Bytes text(std::string_view words) {
  return {words.begin(), words.end()};
}
Bytes operator+(Bytes one, const Bytes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

Bytes chunk(std::string_view name, const Bytes& body) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u32(body.size());
  writer.text(name);
  writer.bytes(body);
  writer.u32(0);  // whoever decodes it looks at the sum
  return bytes;
}
Bytes png(uint32_t width, uint32_t height, const Bytes& more = {}) {
  Bytes header;
  ByteWriter writer(header);
  writer.u32(width);
  writer.u32(height);
  writer.u32(0x08020000);
  writer.u8(0);
  return bytes_of({0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}) + chunk("IHDR", header) + more +
         chunk("IDAT", Bytes(20)) + chunk("IEND", {});
}
Bytes jpeg(int width, int height) {
  return bytes_of({0xFF,       0xD8,        0xFF, 0xE0, 0,    4,           0xFF,
                   0xD9,  // an APP0 with what looks like an end
                   0xFF,       0xC0,        0,    11,   8,    height >> 8, height & 255,
                   width >> 8, width & 255, 1,    1,    0x11, 0,           0xFF,
                   0xDA,       0,           8,    1,    1,    0,           0,
                   63,         0,           0x12, 0x34, 0xFF, 0,           0x56,
                   0xFF,       0xD9});
}
Bytes webp(std::string_view form, const Bytes& body) {
  Bytes size;
  const auto little = [](size_t value) {
    return bytes_of({static_cast<int>(value & 255), static_cast<int>(value >> 8 & 255),
                     static_cast<int>(value >> 16 & 255), 0});
  };
  return text("RIFF") + little(12 + body.size()) + text("WEBP") + text(form) + little(body.size()) +
         body;
}

TEST(GivenFile, IsKnownByItsBytes) {
  EXPECT_EQ(given_kind(png(320, 180)).value(), GivenKind::kPng);
  EXPECT_EQ(given_kind(jpeg(320, 180)).value(), GivenKind::kJpeg);
  EXPECT_EQ(given_kind(webp("VP8 ", Bytes(16))).value(), GivenKind::kWebp);
  EXPECT_EQ(given_kind(bytes_of({0, 0, 0, 20}) + text("ftypisom")).value(), GivenKind::kMp4);
  EXPECT_EQ(given_kind(bytes_of({0, 0, 0, 8}) + text("wide")).value(), GivenKind::kMp4);
  EXPECT_EQ(given_kind(bytes_of({0x1A, 0x45, 0xDF, 0xA3})).value(), GivenKind::kMatroska);
  EXPECT_EQ(given_kind(text("OggS")).value(), GivenKind::kOgg);
  Bytes stream(600);
  stream[0] = stream[188] = stream[376] = 0x47;
  EXPECT_EQ(given_kind(stream).value(), GivenKind::kMpegTs);
  EXPECT_TRUE(is_still(GivenKind::kWebp));
  EXPECT_FALSE(is_still(GivenKind::kOgg));
}

TEST(GivenFile, WhatNamesOtherFilesOrIsNoPictureIsRefusedInWords) {
  for (const std::string_view words :
       {"", "#EXTM3U\n", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "<?xml?><MPD/>", "v=0\r\n",
        "%PDF-1.7", "GIF89a",
        "\x7F"
        "ELF",
        "[playlist]\nFile1=http://127.0.0.1/", "hello"}) {
    const auto kind = given_kind(as_bytes(words));
    ASSERT_FALSE(kind) << words;
    EXPECT_FALSE(kind.error().message.empty());
  }
  EXPECT_FALSE(given_kind(bytes_of({0, 0, 0, 20}) + text("ftypheic")));
}

TEST(GivenFile, SizesAreReadBeforeAnythingIsDecoded) {
  EXPECT_EQ(still_size(GivenKind::kPng, png(1920, 1080)).value(), (PictureSize{1920, 1080}));
  EXPECT_EQ(still_size(GivenKind::kJpeg, jpeg(1920, 1080)).value(), (PictureSize{1920, 1080}));
  EXPECT_EQ(
      still_size(GivenKind::kWebp, webp("VP8X", bytes_of({0, 0, 0, 0, 0x7F, 7, 0, 0x37, 4, 0})))
          .value(),
      (PictureSize{1920, 1080}));
  const int lossless = 1919 | 1079 << 14;
  EXPECT_EQ(still_size(
                GivenKind::kWebp,
                webp("VP8L", bytes_of({0x2F, lossless & 255, lossless >> 8 & 255,
                                       lossless >> 16 & 255, lossless >> 24 & 255, 0, 0, 0, 0, 0})))
                .value(),
            (PictureSize{1920, 1080}));
  EXPECT_EQ(still_size(GivenKind::kWebp,
                       webp("VP8 ", bytes_of({0, 0, 0, 0x9D, 1, 0x2A, 0x80, 7, 0x38, 4})))
                .value(),
            (PictureSize{1920, 1080}));
}

TEST(GivenFile, HugeAndTinyOnesAreRefused) {
  for (const auto& [width, height] : {std::pair{8193U, 100U},
                                      {100U, 8193U},
                                      {8000U, 8000U},
                                      {15U, 100U},
                                      {0U, 0U},
                                      {0xFFFFFFFFU, 0xFFFFFFFFU}}) {
    const auto size = still_size(GivenKind::kPng, png(width, height));
    EXPECT_FALSE(size) << width << "x" << height;
  }
  EXPECT_TRUE(still_size(GivenKind::kPng, png(8192, 4320)));
}

TEST(GivenFile, ACutOffStillIsRefusedWhereverItIsCut) {
  const Bytes webp_file = webp("VP8X", bytes_of({0, 0, 0, 0, 0x7F, 7, 0, 0x37, 4, 0}));
  for (const auto& [kind, file] : {std::pair{GivenKind::kPng, png(320, 180)},
                                   {GivenKind::kJpeg, jpeg(320, 180)},
                                   {GivenKind::kWebp, webp_file}}) {
    ASSERT_TRUE(still_size(kind, file));
    for (size_t length = 12; length < file.size(); ++length)
      EXPECT_FALSE(still_size(kind, ByteSpan(file).first(length))) << length;
  }
}

TEST(GivenFile, AnimatedStillsAreRefused) {
  EXPECT_FALSE(still_size(GivenKind::kPng, png(320, 180, chunk("acTL", Bytes(8)))));
  EXPECT_FALSE(
      still_size(GivenKind::kWebp, webp("VP8X", bytes_of({2, 0, 0, 0, 0x7F, 7, 0, 0x37, 4, 0}))));
}

}  // namespace
}  // namespace longmen

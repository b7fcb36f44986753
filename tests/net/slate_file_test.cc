#include "net/slate_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/media_programme.h"

namespace longmen {
namespace {

TEST(SlateFile, IsRead) {
  const std::string file = testing::TempDir() + "/slate_file_test.slate";
  const Bytes good = test::MediaProgramme::slate_file(Generation{77}, 3);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(good.data()), static_cast<std::streamsize>(good.size()));
  const auto loaded = load_slate(file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->announcement().renditions.size(), 4U);
  ::unlink(file.c_str());
}

TEST(SlateFile, WhatCannotBeReadIsSaid) {
  const auto absent = load_slate("/nonexistent/slate");
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().message.find("/nonexistent/slate"), std::string::npos);
  EXPECT_FALSE(load_slate("/"));
}

}  // namespace
}  // namespace longmen

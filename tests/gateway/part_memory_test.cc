#include "gateway/part_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace longmen {
namespace {

std::shared_ptr<const Bytes> part(size_t bytes, uint8_t value) {
  return std::make_shared<const Bytes>(bytes, value);
}

std::string in_file(const SharedBytes& bytes) {
  std::string read(bytes->size(), '\0');
  const ssize_t got =
      ::pread(bytes.file(), read.data(), read.size(), static_cast<off_t>(bytes.offset()));
  EXPECT_EQ(got, static_cast<ssize_t>(read.size()));
  return read;
}

TEST(PartMemory, PartsStandOneBehindTheOtherInMemoryAndInAFile) {
  PartMemory memory;
  const SharedBytes first = memory.keep(part(50'001, 1));
  const SharedBytes second = memory.keep(part(999, 2));
  EXPECT_EQ(as_text(*first), std::string(50'001, '\1'));
  EXPECT_EQ(as_text(*second), std::string(999, '\2'));
  EXPECT_EQ(in_file(first), as_text(*first));
  EXPECT_EQ(in_file(second), as_text(*second));
  EXPECT_EQ(second.file(), first.file());
  EXPECT_EQ(second.offset(), first.offset() + 50'001);
}

TEST(PartMemory, ALargePartHasABlockOfItsOwnAndOthersGoOnBehindIt) {
  PartMemory memory;
  const SharedBytes small = memory.keep(part(100, 1));
  const SharedBytes large = memory.keep(part(PartMemory::kBlockBytes + 7, 2));
  const SharedBytes next = memory.keep(part(100, 3));
  EXPECT_NE(large.file(), small.file());
  EXPECT_NE(next.file(), large.file());
  EXPECT_EQ(as_text(*large), std::string(PartMemory::kBlockBytes + 7, '\2'));
  EXPECT_EQ(in_file(next), std::string(100, '\3'));
}

TEST(PartMemory, ABlockIsFreedWithTheLastPartOfIt) {
  PartMemory memory;
  SharedBytes first = memory.keep(part(PartMemory::kBlockBytes / 2, 1));
  SharedBytes second = memory.keep(part(PartMemory::kBlockBytes / 2, 2));
  const std::weak_ptr<const void> block = first.owner();
  const SharedBytes third = memory.keep(part(1, 3));  // in the next block
  first = {};
  EXPECT_FALSE(block.expired());
  EXPECT_EQ(as_text(*second).front(), '\2');
  second = {};
  EXPECT_TRUE(block.expired());
}

TEST(PartMemory, AGapStaysAGap) {
  PartMemory memory;
  EXPECT_FALSE(memory.keep(nullptr));
}

}  // namespace
}  // namespace longmen

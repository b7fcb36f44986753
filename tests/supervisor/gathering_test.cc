#include "supervisor/gathering.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
const Monotonic kStart{1h};

TEST(Gathering, IsCompleteWhenAllHaveAnswered) {
  Gathering gathering;
  const uint64_t number = gathering.open(7, {"relay", "ingest"}, kStart);
  gathering.answer(number, "relay", "a 1\n");
  EXPECT_TRUE(gathering.take_complete(kStart).empty());
  gathering.answer(number, "ingest", "b 2\n");
  const auto complete = gathering.take_complete(kStart);
  ASSERT_EQ(complete.size(), 1u);
  EXPECT_EQ(complete[0].request, 7u);
  ByteReader reader(complete[0].body);
  EXPECT_EQ(reader.u64(), 7u);
  EXPECT_EQ(as_text(reader.take(reader.u8())), "relay");
  EXPECT_EQ(as_text(reader.take(reader.u32())), "a 1\n");
  EXPECT_EQ(as_text(reader.take(reader.u8())), "ingest");
  EXPECT_EQ(as_text(reader.take(reader.u32())), "b 2\n");
  EXPECT_TRUE(reader.ok() && reader.at_end());
}

TEST(Gathering, ARoleThatHangsIsLeftOutAfterTheDeadline) {
  Gathering gathering;
  const uint64_t number = gathering.open(1, {"relay", "ingest"}, kStart);
  gathering.answer(number, "ingest", "b 2\n");
  EXPECT_TRUE(gathering.take_complete(kStart + Gathering::kDeadline - 1ms).empty());
  EXPECT_EQ(gathering.take_complete(kStart + Gathering::kDeadline).size(), 1u);
  gathering.answer(number, "relay", "late");  // is nobody's any more
  EXPECT_TRUE(gathering.take_complete(kStart + 1h).empty());
}

TEST(Gathering, QuestionsAreBounded) {
  Gathering gathering;
  for (size_t i = 0; i < Gathering::kMaxOpen; ++i) {
    EXPECT_NE(gathering.open(i, {"relay"}, kStart), 0u);
  }
  EXPECT_EQ(gathering.open(99, {"relay"}, kStart), 0u);
}

TEST(Gathering, AnAnswerCountsOnce) {
  Gathering gathering;
  const uint64_t number = gathering.open(1, {"relay", "ingest"}, kStart);
  gathering.answer(number, "relay", "1");
  gathering.answer(number, "relay", "2");
  EXPECT_TRUE(gathering.take_complete(kStart).empty());
}

}  // namespace
}  // namespace longmen

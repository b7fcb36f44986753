#include "control/webhook/notice_board.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

Notice numbered(size_t number) {
  Notice notice;
  notice.id = std::to_string(number);
  return notice;
}

TEST(NoticeBoard, TellsWhatIsOtherThanItWasToldLast) {
  NoticeBoard board;
  EXPECT_FALSE(board.follow("feed", "up", "down")) << "nobody knows yet what was told";
  board.add(numbered(1));
  EXPECT_FALSE(board.has_news());
  board.begin({{"feed", "up"}});
  EXPECT_FALSE(board.follow("feed", "up", "down"))
      << "it was told before control was started again";
  EXPECT_TRUE(board.follow("feed", "down", "down"));
  EXPECT_FALSE(board.follow("feed", "down", "down"));
  EXPECT_TRUE(board.follow("backup", "up", "down")) << "never told";
  EXPECT_FALSE(board.follow("source", "live", "live")) << "as it was taken to be";
  EXPECT_TRUE(board.follow("source", "slate", "slate"));
  EXPECT_EQ(board.mark("feed"), "down");
  EXPECT_EQ(board.take_changed(),
            (NoticeBoard::Marks{{"feed", "down"}, {"backup", "up"}, {"source", "slate"}}));
  EXPECT_TRUE(board.take_changed().empty());
}

TEST(NoticeBoard, KeepsWhatCouldNotBeWrittenDown) {
  NoticeBoard board;
  board.begin({});
  EXPECT_TRUE(board.follow("feed", "up", "down"));
  board.add(numbered(1));
  auto taken = board.take();
  auto marks = board.take_changed();
  EXPECT_TRUE(board.follow("feed", "down", "down"));
  board.add(numbered(2));
  board.put_back(std::move(taken), std::move(marks));
  taken = board.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].id, "1") << "in order";
  EXPECT_EQ(board.take_changed(), (NoticeBoard::Marks{{"feed", "down"}})) << "as it stands now";
}

TEST(NoticeBoard, IsBounded) {
  NoticeBoard board;
  board.begin({});
  for (size_t i = 0; i < NoticeBoard::kMaxWaiting + 5; ++i)
    board.add(numbered(i));
  EXPECT_EQ(board.lost(), 5u);
  auto taken = board.take();
  EXPECT_EQ(taken.size(), NoticeBoard::kMaxWaiting);
  EXPECT_EQ(taken.front().id, "5");
  board.add(numbered(9999));
  board.put_back(std::move(taken), {});
  EXPECT_EQ(board.lost(), 6u);
  for (size_t i = 0; i < 2 * NoticeBoard::kMaxMarks; ++i)
    board.follow(std::to_string(i), "a", "b");
  EXPECT_EQ(board.marks().size(), NoticeBoard::kMaxMarks);
}

}  // namespace
}  // namespace longmen

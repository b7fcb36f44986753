// Whose turn it is in a circle of viewers, round after round.
#include "relay/viewer_circle.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

namespace longmen {
namespace {

class ViewerCircleTest : public testing::Test {
 protected:
  ViewerSession& add() {
    ViewerSession& session = sessions.emplace_back(ViewerOrder{}, 0, nullptr, Monotonic{});
    circle.add(session);
    return session;
  }
  void add(size_t count) {
    for (size_t i = 0; i < count; ++i)
      add();
  }
  // The viewers in the order of a round in which each has all there is at once.
  std::vector<ViewerSession*> visit_all() {
    std::vector<ViewerSession*> order;
    while (circle.due()) {
      order.push_back(&circle.next());
      circle.visited(true);
    }
    return order;
  }
  std::vector<ViewerSession*> round() {
    circle.wake();
    return visit_all();
  }
  static std::set<ViewerSession*> set_of(const std::vector<ViewerSession*>& order) {
    return {order.begin(), order.end()};
  }

  std::deque<ViewerSession> sessions;
  ViewerCircle circle;
};

TEST_F(ViewerCircleTest, NobodyIsDueInAnEmptyOne) {
  circle.wake();
  EXPECT_FALSE(circle.due());
}

TEST_F(ViewerCircleTest, EachIsVisitedOnceARound) {
  add(7);
  visit_all();
  for (int i = 0; i < 20; ++i) {
    const std::vector<ViewerSession*> order = round();
    EXPECT_EQ(order.size(), 7u);
    EXPECT_EQ(set_of(order).size(), 7u);
    EXPECT_FALSE(circle.due());
  }
}

// Where in a round a viewer is on the average, nobody waits much longer than others do.
TEST_F(ViewerCircleTest, NobodyIsAlwaysTheLast) {
  for (size_t size = 3; size <= 64; ++size) {
    while (sessions.size() < size)
      add();
    visit_all();
    std::map<ViewerSession*, size_t> places;
    const size_t rounds = 8 * size;
    for (size_t i = 0; i < rounds; ++i) {
      const std::vector<ViewerSession*> order = round();
      ASSERT_EQ(order.size(), size);
      for (size_t place = 0; place < size; ++place)
        places[order[place]] += place;
    }
    const double middle = static_cast<double>(size - 1) / 2;
    for (const auto& [session, sum] : places)
      EXPECT_NEAR(static_cast<double>(sum) / static_cast<double>(rounds), middle, 4) << size;
  }
}

TEST_F(ViewerCircleTest, WhoHasMoreIsVisitedAgain) {
  add(3);
  visit_all();
  circle.wake();
  ViewerSession* const first = &circle.next();
  circle.visited(false);
  const std::vector<ViewerSession*> order = visit_all();
  EXPECT_EQ(order.size(), 3u);
  EXPECT_EQ(order.back(), first);
}

TEST_F(ViewerCircleTest, WhoLeavesTakesNobodysTurn) {
  add(6);
  visit_all();
  for (size_t visits = 0; visits < 5; ++visits) {
    for (size_t leaves = 0; leaves < circle.size(); ++leaves) {
      circle.wake();
      std::set<ViewerSession*> seen;
      for (size_t i = 0; i < visits; ++i) {
        seen.insert(&circle.next());
        circle.visited(true);
      }
      ViewerSession* const leaving = circle.members()[leaves];
      circle.remove(*leaving);
      EXPECT_EQ(leaving->circle, nullptr);
      for (ViewerSession* session : visit_all())
        seen.insert(session);
      for (ViewerSession* session : circle.members())
        EXPECT_TRUE(seen.contains(session)) << visits << " visits, " << leaves << " leaves";
      circle.add(*leaving);
      EXPECT_TRUE(circle.due()) << "who comes has got nothing yet";
      EXPECT_TRUE(set_of(visit_all()).contains(leaving));
    }
  }
}

TEST_F(ViewerCircleTest, WhoComesNextIsKnownAhead) {
  add(5);
  visit_all();
  circle.wake();
  for (int i = 0; i < 12; ++i) {
    const ViewerSession* const ahead = &circle.ahead(1);
    circle.next();
    EXPECT_EQ(&circle.next(), ahead);
    circle.visited(false);
  }
}

}  // namespace
}  // namespace longmen

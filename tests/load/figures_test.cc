#include "load/figures.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(FiguresTest, NearestRank) {
  std::vector<double> values;
  for (int i = 100; i >= 1; --i)
    values.push_back(i);
  const Figures figures = figures_of(values);
  EXPECT_EQ(figures.count, 100u);
  EXPECT_EQ(figures.min, 1);
  EXPECT_EQ(figures.p50, 50);
  EXPECT_EQ(figures.p95, 95);
  EXPECT_EQ(figures.p99, 99);
  EXPECT_EQ(figures.max, 100);
}

TEST(FiguresTest, FewValues) {
  EXPECT_EQ(figures_of({}).count, 0u);
  const Figures one = figures_of({7});
  EXPECT_EQ(one.min, 7);
  EXPECT_EQ(one.p50, 7);
  EXPECT_EQ(one.p99, 7);
  EXPECT_EQ(one.max, 7);
  EXPECT_EQ(figures_of({2, 1}).p50, 1);
  EXPECT_EQ(figures_of({3, 1, 2}).p50, 2);
  EXPECT_EQ(figures_of({3, 1, 2}).p95, 3);
}

}  // namespace
}  // namespace longmen

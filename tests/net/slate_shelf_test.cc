#include "net/slate_shelf.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/media_programme.h"

namespace longmen {
namespace {

using test::MediaProgramme;
using namespace std::chrono_literals;

class SlateShelfTest : public testing::Test {
 protected:
  ~SlateShelfTest() override {
    for (const std::string& file : files_)
      ::unlink(file.c_str());
  }
  std::string file(uint64_t generation) {
    files_.push_back(testing::TempDir() + "slate_shelf_test_" + std::to_string(getpid()) + "_" +
                     std::to_string(generation));
    const Bytes bytes = MediaProgramme::slate_file(Generation{generation}, 1);
    std::ofstream(files_.back(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return files_.back();
  }
  // Until something more was read.
  void read_one() {
    const int before = changes_;
    while (changes_ == before)
      io_.run_one_for(10s);
  }
  uint64_t on(SlateOccasion occasion) const {
    const auto slate = shelf_.slates_of(channel_)[occasion];
    return slate ? slate->announcement().generation.value : 0;
  }

  std::vector<std::string> files_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  int changes_ = 0;
  Channel channel_;
  SlateShelf shelf_{io_, kOpusRendition, [this] { ++changes_; }};
};

TEST_F(SlateShelfTest, TheCardStandsInWhereThereIsNoOther) {
  channel_.slate_file = file(1);
  shelf_.want({channel_});
  EXPECT_EQ(on(SlateOccasion::kCut), 0U) << "nothing is read on this thread";
  read_one();
  for (const SlateOccasion occasion : kSlateOccasions)
    EXPECT_EQ(on(occasion), 1U);
}

TEST_F(SlateShelfTest, WhatIsBeingReadIsNoReasonToShowTheCard) {
  channel_.slate_file = file(1);
  shelf_.want({channel_});
  read_one();
  channel_.slate_files[SlateOccasion::kTrouble] = file(2);
  shelf_.want({channel_});
  EXPECT_EQ(on(SlateOccasion::kTrouble), 0U) << "what was shown before is better";
  read_one();
  EXPECT_EQ(on(SlateOccasion::kTrouble), 2U);
  EXPECT_EQ(on(SlateOccasion::kBreak), 1U);
}

TEST_F(SlateShelfTest, OneThatCannotBeReadIsTheCard) {
  channel_.slate_file = file(1);
  channel_.slate_files[SlateOccasion::kTrouble] = file(2);
  ASSERT_EQ(::truncate(files_.back().c_str(), 100), 0);
  shelf_.want({channel_});
  read_one();
  while (on(SlateOccasion::kTrouble) == 0)
    io_.run_one_for(10s);
  EXPECT_EQ(on(SlateOccasion::kTrouble), 1U);
}

TEST_F(SlateShelfTest, WhatNobodyNamesIsForgotten) {
  channel_.slate_file = file(1);
  shelf_.want({channel_});
  read_one();
  const std::weak_ptr<const Slate> slate = shelf_.card_of(channel_);
  EXPECT_FALSE(slate.expired());
  shelf_.want({});
  EXPECT_TRUE(slate.expired());
}

}  // namespace
}  // namespace longmen

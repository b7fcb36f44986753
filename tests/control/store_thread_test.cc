#include "control/store_thread.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

namespace longmen {
namespace {

namespace asio = boost::asio;

class StoreThreadTest : public ::testing::Test {
 protected:
  using Called = std::future<Result<void>>;

  Called run() { return asio::co_spawn(io_, store_.run(call_), asio::use_future); }
  Called run_for_anyone() {
    return asio::co_spawn(io_, store_.run_for_anyone(call_), asio::use_future);
  }
  Called run_for_screen() {
    return asio::co_spawn(io_, store_.run_for_screen(call_), asio::use_future);
  }
  void settle() {
    io_.restart();
    io_.poll();
  }
  static bool is_refused(const Called& called) {
    return called.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  asio::io_context io_;
  std::promise<void> gate_;
  const std::function<Result<void>(Store&)> call_ = [](Store&) { return Result<void>(); };
  StoreThread store_{io_};
};

TEST_F(StoreThreadTest, StrangersLeaveRoomForWhoIsSignedIn) {
  // Nothing is taken off the queue's count before the io thread hears of it.
  std::vector<Called> waiting;
  for (int i = 0; i < StoreThread::kMaxForAnyone; ++i)
    waiting.push_back(run_for_anyone());
  Called stranger = run_for_anyone();
  Called somebody = run();
  while (io_.poll_one() > 0 && !is_refused(stranger)) {
  }
  ASSERT_TRUE(is_refused(stranger));
  EXPECT_EQ(stranger.get().error().message, "database: too many calls wait");
  EXPECT_EQ(store_.calls(), static_cast<uint64_t>(StoreThread::kMaxForAnyone) + 1);
  auto work = asio::make_work_guard(io_);
  while (somebody.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    io_.run_one();
  EXPECT_EQ(somebody.get().error().message, "database: not open yet");
}

TEST_F(StoreThreadTest, ATownOfScreensLeavesRoomForPeopleAndStrangers) {
  std::vector<Called> waiting;
  for (int i = 0; i < StoreThread::kMaxForScreens; ++i)
    waiting.push_back(run_for_screen());
  Called one_more = run_for_screen();
  Called stranger = run_for_anyone();
  Called somebody = run();
  while (io_.poll_one() > 0 && !is_refused(one_more)) {
  }
  ASSERT_TRUE(is_refused(one_more));
  EXPECT_EQ(one_more.get().error().message, "database: too many calls wait");
  auto work = asio::make_work_guard(io_);
  for (Called* each : {&stranger, &somebody}) {
    while (each->wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      io_.run_one();
    EXPECT_EQ(each->get().error().message, "database: not open yet");
  }
}

}  // namespace
}  // namespace longmen

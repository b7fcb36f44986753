#include "control/password_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "control/secret.h"

namespace longmen {
namespace {

namespace asio = boost::asio;

class PasswordPoolTest : public ::testing::Test {
 protected:
  using Hashed = std::future<Decided<std::string>>;

  // A salt is drawn on the pool's threads; none is, until the gate opens.
  RandomBytes gated() {
    return [this](std::span<uint8_t> bytes) {
      nice_ = ::getpriority(PRIO_PROCESS, 0);
      open_.wait();
      system_random()(bytes);
    };
  }
  Hashed hash(const std::string& owner) {
    return asio::co_spawn(io_, pool_.hash("a password", owner), asio::use_future);
  }
  // All that can be decided without the pool's threads.
  void settle() {
    io_.restart();
    io_.poll();
  }
  static int status_of(Hashed& hashed) {
    const auto ready = hashed.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    return ready ? hashed.get().error().status : 0;
  }

  asio::io_context io_;
  std::promise<void> gate_;
  std::shared_future<void> open_{gate_.get_future()};
  std::atomic<int> nice_{0};
  PasswordPool pool_{io_, {8, 1, 1}, gated()};
};

TEST_F(PasswordPoolTest, OneOwnerHasAFewPlacesAndAllTogetherABound) {
  std::vector<Hashed> begun;
  for (int i = 0; i < PasswordPool::kMaxOfOne; ++i)
    begun.push_back(hash("192.0.2.1"));
  settle();
  Hashed more = hash("192.0.2.1");
  settle();
  EXPECT_EQ(status_of(more), 503);
  EXPECT_EQ(pool_.busy(), PasswordPool::kMaxOfOne);
  while (pool_.busy() < PasswordPool::kThreads + PasswordPool::kMaxWaiting) {
    begun.push_back(hash(std::to_string(begun.size())));
    settle();
  }
  Hashed last = hash("203.0.113.9");
  settle();
  EXPECT_EQ(status_of(last), 503);
  EXPECT_EQ(pool_.started(), begun.size());
  gate_.set_value();
  io_.restart();
  auto work = asio::make_work_guard(io_);
  while (pool_.busy() > 0)
    io_.run_one();
  Hashed again = hash("192.0.2.1");
  while (again.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    io_.run_one();
  EXPECT_TRUE(again.get()) << "its places are free again";
}

TEST_F(PasswordPoolTest, ItsThreadsYieldToOthers) {
  gate_.set_value();
  Hashed hashed = hash("x");
  auto work = asio::make_work_guard(io_);
  while (hashed.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    io_.run_one();
  EXPECT_TRUE(hashed.get());
  EXPECT_EQ(nice_, PasswordPool::kNice);
  EXPECT_LT(::getpriority(PRIO_PROCESS, 0), PasswordPool::kNice) << "the io thread does not";
}

}  // namespace
}  // namespace longmen

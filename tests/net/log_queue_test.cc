#include "net/log_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "net/unique_fd.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  UniqueFd reader, writer;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
  // Until the other end is closed.
  std::string read_all() {
    std::string all;
    char buffer[4096];
    for (ssize_t got; (got = ::read(reader.get(), buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<size_t>(got));
    return all;
  }
};

TEST(LogQueue, LinesOfAllThreadsComeWholeAndEachThreadsInOrder) {
  Pipe pipe;
  std::string all;
  std::thread reader([&] { all = pipe.read_all(); });
  {
    LogQueue queue(pipe.writer.get(), 1 << 20);
    std::vector<std::thread> threads;
    for (char name = 'a'; name < 'e'; ++name) {
      threads.emplace_back([&, name] {
        for (int i = 0; i < 1000; ++i)
          EXPECT_TRUE(queue.push(std::string(1, name) + std::to_string(i) + "\n"));
      });
    }
    for (std::thread& thread : threads)
      thread.join();
  }
  pipe.writer = UniqueFd();
  reader.join();
  int next[4] = {};
  for (size_t at = 0; at < all.size();) {
    const size_t end = all.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    const size_t thread = static_cast<size_t>(all[at] - 'a');
    ASSERT_LT(thread, 4u);
    EXPECT_EQ(all.substr(at + 1, end - at - 1), std::to_string(next[thread]++));
    at = end + 1;
  }
  for (const int count : next)
    EXPECT_EQ(count, 1000);
}

TEST(LogQueue, APipeThatNobodyReadsHoldsUpNobodyAndWhatIsLostIsCounted) {
  Pipe pipe;
  ASSERT_GE(::fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096), 0);
  constexpr size_t kCapacity = 10'000;
  const std::string line(99, 'x');
  uint64_t taken = 0, refused = 0;
  {
    LogQueue queue(pipe.writer.get(), kCapacity);
    for (int i = 0; i < 1000; ++i)
      ++(queue.push(line + "\n") ? taken : refused);
    EXPECT_EQ(queue.lost(), refused);
    EXPECT_GE(refused, 1000 - (kCapacity + 8192) / 100);
    EXPECT_GE(taken, kCapacity / 100);
  }  // and the end of the process waits for a bounded time
}

TEST(LogQueue, GoesOnWhenTheReaderIsBack) {
  Pipe pipe;
  ASSERT_GE(::fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096), 0);
  std::string all;
  uint64_t taken = 0;
  std::thread reader;
  {
    LogQueue queue(pipe.writer.get(), 10'000);
    for (int i = 0; i < 1000; ++i)
      taken += queue.push(std::string(99, 'x') + "\n") ? 1 : 0;
    reader = std::thread([&] { all = pipe.read_all(); });
    while (!queue.push("again\n"))
      std::this_thread::yield();
  }
  pipe.writer = UniqueFd();
  reader.join();
  EXPECT_EQ(all.size(), taken * 100 + 6);
  EXPECT_TRUE(all.ends_with("x\nagain\n"));
}

TEST(LogQueue, ADescriptorThatRefusesCostsTheLinesAlone) {
  Pipe pipe;
  pipe.reader = UniqueFd();
  LogQueue queue(pipe.writer.get(), 10'000);
  EXPECT_TRUE(queue.push("one\n"));
  EXPECT_TRUE(queue.push("two\n"));
  while (queue.lost() < 2)
    std::this_thread::yield();
}

}  // namespace
}  // namespace longmen

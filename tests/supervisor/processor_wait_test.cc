#include "supervisor/processor_wait.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace longmen {
namespace {

using namespace std::chrono_literals;

TEST(ProcessorWait, GrowsWhileThreadsShareAProcessorAndNotWhileTheySleep) {
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&over] {
      cpu_set_t allowed, one;
      CPU_ZERO(&one);
      sched_getaffinity(0, sizeof allowed, &allowed);
      int first = 0;
      while (!CPU_ISSET(first, &allowed))
        ++first;
      CPU_SET(first, &one);
      sched_setaffinity(0, sizeof one, &one);
      while (!over) {
      }
    });
  }
  const auto before = processor_wait(getpid());
  const auto end = std::chrono::steady_clock::now() + 20s;
  auto after = before;
  while (after - before < 100ms && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(10ms);
    after = processor_wait(getpid());
  }
  over = true;
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_GE(after - before, 100ms);
}

TEST(ProcessorWait, OfNobodyIsZero) {
  EXPECT_EQ(processor_wait(0x7fff'fff0), 0ns);
}

}  // namespace
}  // namespace longmen

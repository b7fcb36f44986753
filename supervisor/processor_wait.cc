#include "supervisor/processor_wait.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace longmen {

std::chrono::nanoseconds processor_wait(pid_t pid) {
  std::chrono::nanoseconds sum{0};
  std::error_code gone;
  std::filesystem::directory_iterator task(fmt::format("/proc/{}/task", pid), gone);
  for (; !gone && task != std::filesystem::directory_iterator(); task.increment(gone)) {
    std::ifstream file(task->path() / "schedstat");
    int64_t ran = 0, waited = 0;
    if (file >> ran >> waited) sum += std::chrono::nanoseconds(waited);
  }
  return sum;
}

}  // namespace longmen

#include "load/process_probe.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace longmen {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

// "longmen relay" says more than the name of the executable's link that it was started by.
std::string name_of(const fs::path& process, std::string fallback) {
  const std::string line = first_line(process / "cmdline");  // words that end with NUL
  const size_t end = line.find('\0');
  if (end == std::string::npos || end == 0) return fallback;
  std::string name = fs::path(line.substr(0, end)).filename();
  const std::string second = line.substr(end + 1, line.find('\0', end + 1) - end - 1);
  if (!second.empty() && second[0] != '-' && second.find('/') == std::string::npos)
    name += " " + second;
  return name;
}

size_t pss_of(const fs::path& process) {
  std::ifstream rollup(process / "smaps_rollup");
  for (std::string line; std::getline(rollup, line);) {
    std::istringstream words(line);
    std::string key;
    size_t kb = 0;
    if (words >> key >> kb && key == "Pss:") return kb;
  }
  return 0;
}

size_t entries_of(const fs::path& directory) {
  std::error_code error;
  size_t count = 0;
  for (fs::directory_iterator each(directory, error), end; !error && each != end;
       each.increment(error))
    ++count;
  return count;
}

// The thread's time in nanoseconds where the kernel keeps it (schedstat), which ticks are too
// coarse for.
double thread_seconds(const fs::path& thread, double from_ticks) {
  std::istringstream words(first_line(thread / "schedstat"));
  uint64_t on_cpu_ns = 0;
  return words >> on_cpu_ns ? static_cast<double>(on_cpu_ns) / 1e9 : from_ticks;
}

}  // namespace

// pid (name, which may hold spaces and brackets) state ppid ...: utime and stime are fields 14, 15.
Result<ThreadUsage> read_stat_line(const std::string& line, double ticks_per_second) {
  constexpr int kFieldsBefore = 11;  // from the state to utime
  const size_t open = line.find('(');
  const size_t close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open)
    return fail("no process name in a stat file");
  std::istringstream fields(line.substr(close + 1));
  std::string skipped;
  for (int i = 0; i < kFieldsBefore; ++i)
    fields >> skipped;
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  if (!(fields >> user_ticks >> system_ticks)) return fail("a stat file has too few fields");
  return ThreadUsage{line.substr(open + 1, close - open - 1),
                     static_cast<double>(user_ticks + system_ticks) / ticks_per_second};
}

Result<ProcessUsage> look_at_process(int pid) {
  const fs::path process = fmt::format("/proc/{}", pid);
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  auto whole = read_stat_line(first_line(process / "stat"), ticks_per_second);
  if (!whole) return fail(fmt::format("process {}: {}", pid, whole.error().message));
  ProcessUsage usage;
  usage.pid = pid;
  usage.name = name_of(process, whole->name);
  usage.cpu_seconds = whole->cpu_seconds;
  std::error_code error;
  for (fs::directory_iterator each(process / "task", error), end; !error && each != end;
       each.increment(error)) {
    auto thread = read_stat_line(first_line(each->path() / "stat"), ticks_per_second);
    if (!thread) continue;
    thread->cpu_seconds = thread_seconds(each->path(), thread->cpu_seconds);
    const std::string number = each->path().filename();
    int id = 0;
    std::from_chars(number.data(), number.data() + number.size(), id);
    usage.threads[id] = std::move(*thread);
  }
  usage.pss_kb = pss_of(process);
  usage.descriptors = entries_of(process / "fd");
  return usage;
}

std::vector<ProcessUsage> look_at_processes(const std::vector<int>& pids) {
  std::vector<ProcessUsage> usages;
  for (int pid : pids)
    if (auto usage = look_at_process(pid)) usages.push_back(std::move(*usage));
  return usages;
}

}  // namespace longmen

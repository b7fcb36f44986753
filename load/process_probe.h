// What a process has used up to now, as /proc says: processor time, whole and by thread, memory
// (PSS, so that pages shared with others count in part) and descriptors. The difference of two
// looks is what a measured interval cost. Reads files; nothing of the process is touched.
// Source: proc(5).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

struct ThreadUsage {
  std::string name;
  double cpu_seconds = 0;
};

struct ProcessUsage {
  int pid = 0;
  std::string name;
  double cpu_seconds = 0;  // user and system, of threads that have ended too
  size_t pss_kb = 0;       // 0: may not be read
  size_t descriptors = 0;
  std::map<int, ThreadUsage> threads;
};

Result<ProcessUsage> look_at_process(int pid);
// Of all of them; a process that is gone is left out.
std::vector<ProcessUsage> look_at_processes(const std::vector<int>& pids);

// Name and processor time of one line as /proc/PID/stat has it; for tests.
Result<ThreadUsage> read_stat_line(const std::string& line, double ticks_per_second);

}  // namespace longmen

// How long a process has waited for a processor, as the kernel counts it. Any thread.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace longmen {

// Of all threads that it has now, together; 0 when there is no such process, or the kernel does not
// count it (proc_pid_schedstat(5): the second number of /proc/PID/task/TID/schedstat).
std::chrono::nanoseconds processor_wait(pid_t pid);

}  // namespace longmen

#include "streamer/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>

namespace longmen {

void limit_process(const ProcessLimits& limits) {
  const auto limit = [](auto what, rlim_t most) {
    const rlimit both{most, most};
    ::setrlimit(what, &both);
  };
  limit(RLIMIT_AS, rlim_t{4} << 30);
  limit(RLIMIT_CPU, limits.processor_seconds);
  limit(RLIMIT_FSIZE, limits.written_bytes);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 256);
  ::setpriority(PRIO_PROCESS, 0, 19);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

}  // namespace longmen

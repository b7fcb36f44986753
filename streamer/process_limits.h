// What a process that decodes for others may use, so that what a file can do at worst is to end it:
// `check-slate`, `make-stills`. It goes last for the processor and ends with whoever started it.
#pragma once

#include <cstdint>

namespace longmen {

struct ProcessLimits {
  uint64_t written_bytes = 0;  // the longest file that it may write
  uint64_t processor_seconds = 0;
};
// Of this process, once, at its beginning.
void limit_process(const ProcessLimits& limits);

}  // namespace longmen

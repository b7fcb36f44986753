// Checks what must hold whatever peers send; in release builds too. A failure is a bug of ours: the
// process ends, and its supervisor starts another.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace longmen {

inline void invariant(bool holds, const char* what) {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "invariant broken: %s\n", what);
  std::abort();
}

}  // namespace longmen

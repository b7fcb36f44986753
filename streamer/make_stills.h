// `longmen make-stills`: decodes keyframes of a recording and appends them as small pictures to its
// pack (core/recording/still_pack.h), in a process of its own that yields to all others, started by
// the gateway for a few of them at a time. What cannot be decoded is noted, too, so that nobody
// asks again. Killed at any moment, it loses the picture that it was writing; two at once do not
// write into one pack.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/recording/still_job.h"

namespace longmen {

// Of whatever process. The words say what is wrong with the files.
Result<void> make_stills(const recording::StillJob& job);

// The exit code of the process.
int run_make_stills(const std::string& job_json);

}  // namespace longmen

// `longmen check-slate`: looks at a file that somebody gave as a slate, in a process of its own
// with limits of its own, started by control for that one file: what it is
// (core/slate/given_file.h), whether all of it can be decoded, how long it is, whether it has
// sound; and makes a small picture of it. The report is JSON:
// {"kind":"still","media_type":"image/png","width":1920,"height":1080,
// "duration_ms":0,"sound":false}, or {"fault":"..."} with what is wrong, in words for who gave it.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/slate/given_file.h"

namespace longmen {

struct CheckSlateOptions {
  std::string file, report, thumbnail;
  int max_seconds = 60;
};

struct GivenReport {
  GivenKind kind = GivenKind::kPng;
  PictureSize size;
  int64_t duration_ms = 0;  // of a clip
  bool sound = false;
  Bytes thumbnail;  // JPEG
};

// Of whatever process; the error is the fault.
Result<GivenReport> check_given(const std::string& file, int max_seconds);

// The exit code of the process: 0 when there is a report, whatever it says.
int run_check_slate(const CheckSlateOptions& options);

}  // namespace longmen

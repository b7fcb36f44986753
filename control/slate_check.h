// Has a file looked at by a process of its own (`longmen check-slate`, streamer/check_slate.h):
// what strangers made is decoded there and never here. It is ended when it takes too long. One at a
// time is the caller's to keep. On the io thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "control/decided.h"
#include "control/slate_table.h"
#include "core/base/bytes.h"

namespace longmen {

struct LookedAtSlate {
  GivenSlate slate;  // what the file is; who gave it and as what is not known here
  Bytes thumbnail;
};

class SlateChecker {
 public:
  // On a machine that is busy with media, whose threads go first.
  static constexpr std::chrono::minutes kLongest{4};

  // `executable`: longmen; a test may have another one.
  explicit SlateChecker(std::string executable = "/proc/self/exe")
      : executable_(std::move(executable)) {}

  // 422 with what is wrong with the file, 503 when it cannot be looked at. What it writes it writes
  // beside the file, and takes away.
  boost::asio::awaitable<Decided<LookedAtSlate>> look_at(std::string file, int max_seconds) const;

 private:
  std::string executable_;
};

}  // namespace longmen

// Whether words are to be logged again: at once when they are others than before, else after a
// pause. So who asks again and again while the database is away does not fill the log. Reads no
// clock; one thread.
#pragma once

#include <chrono>
#include <string>

namespace longmen {

class PausedLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kPause{10};

  bool is_due(const std::string& words, Time now) {
    if (words == words_ && now < again_) return false;
    words_ = words;
    again_ = now + kPause;
    return true;
  }

 private:
  std::string words_;
  Time again_{};
};

}  // namespace longmen

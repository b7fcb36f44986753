// Holds what a hinted part was answered with, when somebody asked for it because of its hint,
// against the part that is told later: it was to be had, and is the same. A part that is hinted and
// never told, or is a gap, was taken back, which a server may do. Bounds: kMaxAnswers, the oldest
// goes. One thread. Source: draft-pantos-hls-rfc8216bis §4.4.5.3, §6.2.6.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "core/hls/check_finding.h"
#include "core/hls/playlist_reader.h"

namespace longmen::hls {

class PreloadHintRules {
 public:
  static constexpr size_t kMaxAnswers = 8;

  explicit PreloadHintRules(CheckFindings& findings) : findings_(findings) {}

  // `status` of HTTP. Of a range that is answered with everything (200), `bytes` are from its
  // beginning on.
  void handle_answer(const ToldHint& hint, int status, std::string bytes);
  // That a part is told, and that its own request was answered with `bytes`.
  void handle_part(const ToldPart& part, const std::string& name, std::string_view bytes);

 private:
  struct Answer {
    ToldHint hint;
    int status = 0;
    std::string bytes;
  };
  CheckFindings& findings_;
  std::deque<Answer> answers_;
};

}  // namespace longmen::hls

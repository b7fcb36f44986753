// What a rule finds, in short: "!4.2" is a violation of §4.2, "4.4.4.6" advice of §4.4.4.6.
#pragma once

#include <string>
#include <vector>

#include "core/hls/check_finding.h"

namespace longmen::test {

inline std::vector<std::string> sections_of(const std::vector<hls::CheckFinding>& findings) {
  std::vector<std::string> sections;
  for (const hls::CheckFinding& finding : findings)
    sections.push_back((finding.weight == hls::CheckFinding::Weight::kViolation ? "!" : "") +
                       finding.section);
  return sections;
}

}  // namespace longmen::test

// What is found wrong with a stream, each thing once. Bounds: kMaxFindings. One thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace longmen::hls {

struct CheckFinding {
  enum class Weight { kViolation, kAdvice };  // MUST, SHOULD
  Weight weight = Weight::kViolation;
  std::string section;  // of draft-pantos-hls-rfc8216bis; "Apple 1.26": of its authoring one
  std::string words;
  size_t line = 0;  // of the playlist, from 1 on; 0: of no line
};

class CheckFindings {
 public:
  static constexpr size_t kMaxFindings = 10'000;

  void violation(std::string section, std::string words, size_t line = 0) {
    tell({CheckFinding::Weight::kViolation, std::move(section), std::move(words), line});
  }
  void advice(std::string section, std::string words, size_t line = 0) {
    tell({CheckFinding::Weight::kAdvice, std::move(section), std::move(words), line});
  }
  // What is new since the last call.
  std::vector<CheckFinding> take() { return std::exchange(found_, {}); }

 private:
  void tell(CheckFinding finding) {
    if (told_.size() > kMaxFindings || !told_.insert(finding.section + finding.words).second)
      return;
    found_.push_back(std::move(finding));
  }

  std::set<std::string> told_;
  std::vector<CheckFinding> found_;
};

}  // namespace longmen::hls

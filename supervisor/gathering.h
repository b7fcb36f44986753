// Collects every role's metrics for the gateway: one question, an answer a role, complete when all
// have answered or the deadline has passed (a role that hangs is left out then). Plain bookkeeping.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/time/media_time.h"

namespace longmen {

class Gathering {
 public:
  static constexpr std::chrono::milliseconds kDeadline{500};
  static constexpr size_t kMaxOpen = 16;  // questions; one more is refused

  struct Complete {
    uint64_t request;  // the gateway's number
    Bytes body;        // of kGathered
  };

  // Returns the number to collect under, or 0 when too many are open.
  uint64_t open(uint64_t request, std::set<std::string> roles, Monotonic now) {
    if (open_.size() >= kMaxOpen) return 0;
    open_[++last_] = {request, std::move(roles), {}, now + kDeadline};
    return last_;
  }

  void answer(uint64_t number, const std::string& role, std::string_view text) {
    const auto found = open_.find(number);
    if (found == open_.end() || found->second.missing.erase(role) == 0) return;
    found->second.texts.emplace_back(role, text);
  }

  // What is complete or past its deadline.
  std::vector<Complete> take_complete(Monotonic now) {
    std::vector<Complete> done;
    for (auto question = open_.begin(); question != open_.end();) {
      if (!question->second.missing.empty() && now < question->second.deadline) {
        ++question;
        continue;
      }
      done.push_back({question->second.request, body(question->second)});
      question = open_.erase(question);
    }
    return done;
  }

 private:
  struct Question {
    uint64_t request;
    std::set<std::string> missing;
    std::vector<std::pair<std::string, std::string>> texts;
    Monotonic deadline;
  };

  static Bytes body(const Question& question) {
    Bytes out;
    ByteWriter writer(out);
    writer.u64(question.request);
    for (const auto& [role, text] : question.texts) {
      writer.u8(role.size());
      writer.text(role);
      writer.u32(text.size());
      writer.text(text);
    }
    return out;
  }

  std::map<uint64_t, Question> open_;
  uint64_t last_ = 0;
};

}  // namespace longmen

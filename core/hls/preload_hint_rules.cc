#include "core/hls/preload_hint_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace longmen::hls {
namespace {

constexpr const char* kOfHints = "6.2.6";

bool is_hint_of(const ToldHint& hint, const ToldPart& part) {
  if (hint.uri != part.uri) return false;
  return hint.start.value_or(0) == (part.byte_range ? part.byte_range->offset.value_or(0) : 0);
}

}  // namespace

void PreloadHintRules::handle_answer(const ToldHint& hint, int status, std::string bytes) {
  answers_.push_back({hint, status, std::move(bytes)});
  if (answers_.size() > kMaxAnswers) answers_.pop_front();
}

// A hint without a length is up to the end of its resource, which may have more parts.
void PreloadHintRules::handle_part(const ToldPart& part, const std::string& name,
                                   std::string_view bytes) {
  const auto found = std::ranges::find_if(
      answers_, [&](const Answer& answer) { return is_hint_of(answer.hint, part); });
  if (found == answers_.end()) return;
  const Answer answer = std::move(*found);
  answers_.erase(found);
  if (part.gap) return;
  if (answer.status >= 400 && answer.status < 500)
    return findings_.violation(
        kOfHints,
        fmt::format("{} was hinted and answered with {}, and is told", name, answer.status),
        part.line);
  if (answer.status != 200 && answer.status != 206) return;
  const bool open_end = part.byte_range && !answer.hint.length_bytes;
  const bool same =
      open_end ? std::string_view(answer.bytes).starts_with(bytes) : answer.bytes == bytes;
  if (!same)
    findings_.violation(kOfHints,
                        fmt::format("{} was hinted and answered with {} bytes, which are not the "
                                    "{} that are told",
                                    name, answer.bytes.size(), bytes.size()),
                        part.line);
}

}  // namespace longmen::hls

#include "core/srt/stream_id.h"

namespace longmen::srt {
namespace {

constexpr std::string_view kMark = "#!";
constexpr std::string_view kFlatMark = "#!::";
constexpr std::string_view kNoTakeOver = "take_over=no";

std::string_view take_until(std::string_view& text, char end) {
  const size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

StreamId read_plain(std::string_view text) {
  StreamId id;
  id.key = take_until(text, '?');
  while (!text.empty())
    id.takes_over &= take_until(text, '&') != kNoTakeOver;
  return id;
}

}  // namespace

tl::expected<StreamId, StreamIdProblem> read_stream_id(std::string_view text) {
  if (text.size() > kMaxStreamIdBytes) return tl::unexpected(StreamIdProblem::kNotUnderstood);
  StreamId id;
  if (!text.starts_with(kMark)) {
    id = read_plain(text);
  } else if (text.starts_with(kFlatMark)) {
    text.remove_prefix(kFlatMark.size());
    while (!text.empty()) {
      std::string_view value = take_until(text, ',');
      if (value.find('=') == std::string_view::npos)
        return tl::unexpected(StreamIdProblem::kNotUnderstood);
      const std::string_view name = take_until(value, '=');
      if (name == "r") id.channel = value;
      if (name == "s") id.key = value;
      if (name == "m" && value != "publish") return tl::unexpected(StreamIdProblem::kNotPublishing);
      if (name == "t" && value != "stream") return tl::unexpected(StreamIdProblem::kNotAStream);
      if (name == "take_over") id.takes_over = value != "no";
    }
  } else {
    return tl::unexpected(StreamIdProblem::kNotUnderstood);
  }
  if (id.key.empty()) return tl::unexpected(StreamIdProblem::kNoKey);
  return id;
}

}  // namespace longmen::srt

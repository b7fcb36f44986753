#include "core/captions/caption_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "core/base/plain_text.h"
#include "core/captions/cue_text.h"
#include "core/recording/cue_time.h"

namespace longmen::captions {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kWebVtt = "WEBVTT";
constexpr std::string_view kArrow = "-->";
constexpr char kBlank = ' ';  // tabs are made so
constexpr size_t kMaxLines = 200'000;
constexpr size_t kMaxGivenBytes = 4 * kMaxCueBytes;  // of a cue, with what is taken away of it

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// They end with "\n", "\r" or both.
std::vector<std::string_view> lines_of(std::string_view file) {
  std::vector<std::string_view> lines;
  for (;;) {
    const size_t end = file.find_first_of("\r\n");
    lines.push_back(file.substr(0, end));
    if (end == std::string_view::npos || lines.size() > kMaxLines) return lines;
    file.remove_prefix(file.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

// Which is the same to a reader, and no control character.
std::string without_tabs(std::string_view file) {
  std::string text(file);
  std::ranges::replace(text, '\t', ' ');
  return text;
}

std::optional<int64_t> number_of(std::string_view digits, size_t least, size_t most) {
  const bool all = digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits.size() < least || digits.size() > most || !all) return {};
  int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// "01:02:03.456", "02:03.456", and with a comma.
std::optional<milliseconds> time_of(std::string_view text) {
  const size_t point = text.find_first_of(".,");
  if (point == std::string_view::npos) return {};
  const auto thousandths = number_of(text.substr(point + 1), 3, 3);
  std::vector<int64_t> parts;
  for (std::string_view rest = text.substr(0, point);;) {
    const size_t colon = rest.find(':');
    const bool hours = parts.empty() && std::ranges::count(text, ':') == 2;
    const auto part = number_of(rest.substr(0, colon), hours ? 1 : 2, hours ? 4 : 2);
    if (!part || (!hours && *part > 59)) return {};
    parts.push_back(*part);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (!thousandths || parts.size() < 2 || parts.size() > 3) return {};
  int64_t seconds = 0;
  for (const int64_t part : parts)
    seconds = seconds * 60 + part;
  return milliseconds(seconds * 1000 + *thousandths);
}

// Those that say where a cue stands, with a value of characters that such values have.
std::string kept_settings(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSettings{
      "vertical:", "line:", "position:", "size:", "align:"};
  std::string kept;
  while (!(text = trim(text)).empty()) {
    const std::string_view one = text.substr(0, text.find(kBlank));
    text.remove_prefix(one.size());
    const bool known = std::ranges::any_of(kSettings, [one](std::string_view name) {
      return one.starts_with(name) && one.size() > name.size();
    });
    const bool plain = one.size() <= 40 && std::ranges::all_of(one, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' ||
                                c == '%' || c == '.' || c == ',' || c == '-';
                       });
    const std::string_view name = one.substr(0, one.find(':') + 1);
    if (!known || !plain || kept.find(name) != std::string::npos) continue;
    if (!kept.empty()) kept += ' ';
    kept += one;
  }
  return kept;
}

// {\an8} and the like.
std::string without_braces(std::string_view text) {
  std::string kept;
  bool ends = text.find('}') != std::string_view::npos;
  while (!text.empty()) {
    const bool begins = ends && text.starts_with("{\\");
    const size_t end = begins ? text.find('}') : std::string_view::npos;
    ends = ends && (!begins || end != std::string_view::npos);
    if (end != std::string_view::npos) {
      text.remove_prefix(end + 1);
      continue;
    }
    kept += text.front();
    text.remove_prefix(1);
  }
  return kept;
}

// A line of which nothing is left would end its cue.
std::string without_blank_lines(std::string_view text) {
  std::string kept;
  for (;;) {
    const std::string_view one = text.substr(0, text.find('\n'));
    if (!trim(one).empty()) {
      if (!kept.empty()) kept += '\n';
      kept += one;
    }
    if (one.size() == text.size()) return kept;
    text.remove_prefix(one.size() + 1);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view file) : text_(without_tabs(file)), lines_(lines_of(text_)) {}

  Result<std::vector<Cue>> read() {
    if (lines_.size() > kMaxLines) return fail(fmt::format("more than {} lines", kMaxLines));
    const std::string_view first = lines_.front();
    webvtt_ = first == kWebVtt || first.starts_with("WEBVTT ");
    if (webvtt_) skip_header();
    while (skip_blank()) {
      if (auto block = read_block(); !block) return tl::unexpected(block.error());
    }
    if (cues_.empty())
      return webvtt_ ? fail("there is no cue in it")
                     : fail("line 1: WEBVTT was expected, or SubRip's first cue");
    std::ranges::stable_sort(cues_, {}, &Cue::start);
    return std::move(cues_);
  }

 private:
  bool at_end() const { return at_ == lines_.size(); }
  std::string_view line() const { return lines_[at_]; }
  bool has_arrow() const { return line().find(kArrow) != std::string_view::npos; }
  bool skip_blank() {
    while (!at_end() && trim(line()).empty())
      ++at_;
    return !at_end();
  }
  // As far as a first cue, of which some write no blank line in front.
  void skip_header() {
    while (!at_end() && !trim(line()).empty() && !has_arrow())
      ++at_;
  }
  void skip_block() {
    while (!at_end() && !trim(line()).empty())
      ++at_;
  }
  tl::unexpected<Error> wrong(size_t at, std::string_view words) const {
    return fail(fmt::format("line {}: {}", at + 1, words));
  }

  Result<void> read_block() {
    const auto is = [this](std::string_view word) {
      return line() == word || line().starts_with(std::string(word) + ' ');
    };
    if (webvtt_ && (is("NOTE") || is("STYLE") || is("REGION"))) {
      skip_block();
      return {};
    }
    // An identifier, or SubRip's number.
    if (!has_arrow()) ++at_;
    if (at_end() || !has_arrow())
      return wrong(at_end() ? at_ - 1 : at_, "the times of a cue were expected, START --> END");
    return read_cue();
  }

  Result<void> read_cue() {
    const size_t began = at_;
    const std::string_view times = line();
    const size_t arrow = times.find(kArrow);
    const std::string_view behind = trim(times.substr(arrow + kArrow.size()));
    const std::string_view end = behind.substr(0, behind.find(kBlank));
    const auto from = time_of(trim(times.substr(0, arrow)));
    const auto to = time_of(end);
    if (!from || !to) return wrong(began, "a time is none, such as 00:01:02.500");
    if (*to <= *from) return wrong(began, "the cue ends before it begins");
    if (*to > kLastInstant) return wrong(began, "no replay is as long as that");
    if (cues_.size() == kMaxCues) return wrong(began, fmt::format("more than {} cues", kMaxCues));
    Cue cue{*from, *to, kept_settings(behind.substr(end.size())), ""};
    for (++at_; !at_end() && !trim(line()).empty(); ++at_) {
      const std::string text = webvtt_ ? std::string(line()) : without_braces(line());
      if (has_arrow() || text.find(kArrow) != std::string::npos)
        return wrong(at_, "a blank line was expected between two cues");
      if (!is_plain_text(line())) return wrong(at_, "a character that no text has, or no UTF-8");
      if (!cue.text.empty()) cue.text += '\n';
      cue.text += text;
      if (cue.text.size() > kMaxGivenBytes) break;
    }
    if (cue.text.size() <= kMaxGivenBytes) cue.text = without_blank_lines(clean_cue_text(cue.text));
    if (cue.text.size() > kMaxCueBytes)
      return wrong(began, fmt::format("a cue of more than {} bytes", kMaxCueBytes));
    if (!cue.text.empty()) cues_.push_back(std::move(cue));
    return {};
  }

  const std::string text_;
  const std::vector<std::string_view> lines_;  // of it
  size_t at_ = 0;
  bool webvtt_ = false;
  std::vector<Cue> cues_;
};

}  // namespace

Result<std::vector<Cue>> read_caption_file(ByteSpan file) {
  if (file.size() > kMaxCaptionBytes)
    return fail(fmt::format("it is larger than {} KiB", kMaxCaptionBytes >> 10));
  std::string_view text = as_text(file);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return fail("it is UTF-16: save it as UTF-8");
  return Reader(text).read();
}

void append_cue(std::string& text, const Cue& cue) {
  fmt::format_to(std::back_inserter(text), "\n{} --> {}{}{}\n{}\n", recording::cue_time(cue.start),
                 recording::cue_time(cue.end), cue.settings.empty() ? "" : " ", cue.settings,
                 cue.text);
}

std::string write_webvtt(const std::vector<Cue>& cues) {
  std::string text = "WEBVTT\n";
  for (const Cue& cue : cues)
    append_cue(text, cue);
  return text;
}

}  // namespace longmen::captions

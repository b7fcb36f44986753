#include "core/http/metrics_merge.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_set>

namespace longmen {
namespace {

constexpr std::string_view kSpaces = " \t";

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

size_t name_length(std::string_view text) {
  if (text.empty() || !is_name_start(text.front())) return 0;
  const auto end = std::find_if(text.begin(), text.end(), [](char c) {
    return !is_name_start(c) && !(c >= '0' && c <= '9');
  });
  return static_cast<size_t>(end - text.begin());
}

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
}

// A quoted value, quotes and escapes as they stand; empty when the quote is never closed.
std::string_view take_quoted(std::string_view& text) {
  if (text.empty() || text.front() != '"') return {};
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      const std::string_view quoted = text.substr(0, i + 1);
      text.remove_prefix(i + 1);
      return quoted;
    }
  }
  return {};
}

bool is_sample_value(std::string_view text) {
  // A number, +Inf, -Inf or NaN; the characters suffice to keep the page well-formed.
  return !text.empty() && text.find_first_not_of("0123456789+-.eEInfNa") == std::string_view::npos;
}

struct Sample {
  std::string_view name;
  std::string labels;  // rewritten, without braces, role first
  std::string_view value_and_time;
};

std::string label(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "=\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text += '"';
}

// What a process is: the labels that its samples get.
struct Origin {
  std::string role_label;
  std::string channel_label;  // empty: none
};

bool take_labels(std::string_view& text, std::string& labels, bool& has_channel) {
  for (;;) {
    skip_spaces(text);
    if (text.starts_with('}')) break;
    const std::string_view name = text.substr(0, name_length(text));
    if (name.empty()) return false;
    text.remove_prefix(name.size());
    skip_spaces(text);
    if (!text.starts_with('=')) return false;
    text.remove_prefix(1);
    skip_spaces(text);
    const std::string_view value = take_quoted(text);
    if (value.empty()) return false;
    labels += ',';
    if (name == "role") labels += "exported_";
    if (name == "channel") has_channel = true;
    labels += name;
    labels += '=';
    labels += value;
    skip_spaces(text);
    if (text.starts_with(',')) {
      text.remove_prefix(1);
    } else if (!text.starts_with('}')) {
      return false;
    }
  }
  text.remove_prefix(1);
  return true;
}

std::optional<Sample> parse_sample(std::string_view line, const Origin& origin) {
  Sample sample;
  sample.name = line.substr(0, name_length(line));
  if (sample.name.empty()) return std::nullopt;
  line.remove_prefix(sample.name.size());
  skip_spaces(line);
  std::string own_labels;
  bool has_channel = false;
  if (line.starts_with('{')) {
    line.remove_prefix(1);
    if (!take_labels(line, own_labels, has_channel)) return std::nullopt;
    skip_spaces(line);
  }
  sample.labels = origin.role_label;
  if (!has_channel && !origin.channel_label.empty()) sample.labels += ',' + origin.channel_label;
  sample.labels += own_labels;
  line = line.substr(0, line.find_last_not_of(kSpaces) + 1);
  sample.value_and_time = line;
  const size_t value_end = std::min(line.find_first_of(kSpaces), line.size());
  if (!is_sample_value(line.substr(0, value_end))) return std::nullopt;
  std::string_view time = line.substr(value_end);
  skip_spaces(time);
  if (!time.empty() && time.find_first_not_of("0123456789-") != std::string_view::npos)
    return std::nullopt;
  return sample;
}

struct Family {
  std::string_view type;
  std::string_view help;
  std::string samples;
};

class Merger {
 public:
  void add(const RoleMetrics& metrics) {
    origin_.role_label = label("role", metrics.role);
    origin_.channel_label = metrics.channel.empty() ? "" : label("channel", metrics.channel);
    refused_ = nullptr;
    std::string_view rest = metrics.text;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      add_line(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  MergedMetrics finish() {
    MergedMetrics merged;
    merged.left_out = left_out_;
    for (const auto& [name, family] : families_) {
      if (family.samples.empty()) continue;
      if (!family.help.empty()) {
        merged.text.append("# HELP ").append(name).append(" ").append(family.help) += '\n';
      }
      if (!family.type.empty()) {
        merged.text.append("# TYPE ").append(name).append(" ").append(family.type) += '\n';
      }
      merged.text += family.samples;
    }
    return merged;
  }

  void leave_out() { ++left_out_; }

 private:
  void add_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    skip_spaces(line);
    if (line.empty()) return;
    if (line.front() == '#') return add_comment(line);
    const auto sample = parse_sample(line, origin_);
    if (!sample) return leave_out();
    Family* family = family_of_sample(sample->name);
    if (!family || family == refused_) return leave_out();
    std::string series(sample->name);
    series.append("{").append(sample->labels).append("}");
    if (!series_.insert(series).second) return leave_out();
    family->samples.append(series).append(" ").append(sample->value_and_time) += '\n';
  }

  void add_comment(std::string_view line) {
    line.remove_prefix(1);
    skip_spaces(line);
    const bool help = line.starts_with("HELP ");
    if (!help && !line.starts_with("TYPE ")) return;  // a comment for people
    line.remove_prefix(5);
    skip_spaces(line);
    const std::string_view name = line.substr(0, name_length(line));
    line.remove_prefix(name.size());
    skip_spaces(line);
    Family* family = name.empty() ? nullptr : family_named(name);
    if (!family) return leave_out();
    if (help) {
      if (family->help.empty()) family->help = line;
      return;
    }
    constexpr std::array<std::string_view, 5> kTypes{"counter", "gauge", "histogram", "summary",
                                                     "untyped"};
    if (std::find(kTypes.begin(), kTypes.end(), line) == kTypes.end()) return leave_out();
    if (family->type.empty() && family->samples.empty()) family->type = line;
    refused_ = family->type == line ? nullptr : family;
    if (refused_) leave_out();
  }

  Family* family_named(std::string_view name) {
    if (auto found = families_.find(name); found != families_.end()) return &found->second;
    if (families_.size() == kMaxMetricFamilies) return nullptr;
    return &families_[name];
  }

  Family* family_of_sample(std::string_view name) {
    for (std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (!name.ends_with(suffix)) continue;
      const auto found = families_.find(name.substr(0, name.size() - suffix.size()));
      if (found == families_.end()) continue;
      if (found->second.type == "histogram" || found->second.type == "summary")
        return &found->second;
    }
    return family_named(name);
  }

  std::map<std::string_view, Family> families_;  // views into the roles' texts
  std::unordered_set<std::string> series_;
  Origin origin_;
  const Family* refused_ = nullptr;  // whose type differs in the text at hand
  size_t left_out_ = 0;
};

}  // namespace

MergedMetrics merge_metrics(const std::vector<RoleMetrics>& roles) {
  Merger merger;
  size_t bytes = 0;
  for (const RoleMetrics& metrics : roles) {
    bytes += metrics.text.size();
    if (bytes > kMaxMetricsBytes) {
      merger.leave_out();
      break;
    }
    merger.add(metrics);
  }
  return merger.finish();
}

}  // namespace longmen

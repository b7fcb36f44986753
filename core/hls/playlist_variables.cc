#include "core/hls/playlist_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/hls/attribute_list.h"
#include "core/hls/playlist_lines.h"
#include "core/hls/playlist_reader.h"
#include "core/http/target.h"

namespace longmen::hls {
namespace {

constexpr const char* kOfDefine = "4.4.2.3";
constexpr int kVersionOfDefine = 8;
constexpr int kVersionOfQueryParam = 11;
constexpr std::string_view kOfVariableNames =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of(kOfVariableNames) == std::string_view::npos;
}

// The first one with a value.
std::optional<std::string> query_parameter(std::string_view url, std::string_view name) {
  url = url.substr(0, url.find('#'));
  const size_t question = url.find('?');
  std::string_view query =
      question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), field.size() + 1));
    const size_t equals = field.find('=');
    if (equals == std::string_view::npos || equals + 1 == field.size()) continue;
    if (percent_decode(field.substr(0, equals)) != name) continue;
    if (auto value = percent_decode(field.substr(equals + 1))) return value;
  }
  return {};
}

class Substitution {
 public:
  Substitution(const VariableSources& sources, CheckFindings& findings)
      : sources_(sources), findings_(findings) {}

  Result<SubstitutedPlaylist> substitute(std::string_view text) {
    if (text.size() > kMaxPlaylistBytes) return fail("the playlist is too large");
    while (!text.empty()) {
      ++number_;
      const size_t before = text.size();
      const std::string_view line = take_line(text);
      const size_t end_bytes = before - text.size() - line.size();
      const size_t begin = told_.text.size();
      add_line(line);
      if (told_.text.size() > kMaxPlaylistBytes)
        return fail("the playlist is too large with its variables");
      const std::string replaced = told_.text.substr(begin);
      told_.text.append(line.data() + line.size(), end_bytes);
      if (const auto value = value_of(replaced, "#EXT-X-VERSION"))
        version_ = to_decimal<int>(*value).value_or(version_);
      if (const auto value = value_of(replaced, "#EXT-X-DEFINE")) define(AttributeList(*value));
    }
    check_version();
    return std::move(told_);
  }

 private:
  void violation(std::string words) { findings_.violation(kOfDefine, std::move(words), number_); }

  // URI lines, and values in quotes or of hexadecimal digits.
  void add_line(std::string_view line) {
    if (!line.starts_with('#')) return add_replaced(line);
    const bool has_attributes = line.starts_with("#EXT") && !line.starts_with("#EXTINF");
    if (!has_attributes) return add(line);
    while (!line.empty()) {
      const size_t quote = line.find('"');
      const size_t digits = std::min(line.find("=0x"), line.find("=0X"));
      const size_t begin = std::min(quote, digits);
      if (begin == std::string_view::npos) return add(line);
      add(line.substr(0, begin + 1));
      line.remove_prefix(begin + 1);
      const std::string_view value = line.substr(0, line.find(begin == quote ? '"' : ','));
      add_replaced(value);
      line.remove_prefix(value.size());
      if (begin != quote || line.empty()) continue;
      add("\"");
      line.remove_prefix(1);
    }
  }

  void add(std::string_view text) { told_.text += text; }

  void add_replaced(std::string_view text) {
    for (size_t at = text.find("{$"); at != std::string_view::npos; at = text.find("{$")) {
      const size_t end = text.find('}', at);
      if (end == std::string_view::npos) break;
      const std::string_view name = text.substr(at + 2, end - at - 2);
      if (!is_variable_name(name)) {
        add(text.substr(0, at + 2));
        text.remove_prefix(at + 2);
        continue;
      }
      add(text.substr(0, at));
      add(value_of_variable(name, text.substr(at, end + 1 - at)));
      text.remove_prefix(end + 1);
      if (told_.text.size() > kMaxPlaylistBytes) return;
    }
    add(text);
  }

  std::string_view value_of_variable(std::string_view name, std::string_view reference) {
    const auto known = told_.variables.find(name);
    if (known != told_.variables.end()) return known->second;
    findings_.violation("4.3", fmt::format("the variable \"{}\" is not defined before", name),
                        number_);
    return reference;
  }

  void define(const AttributeList& list) {
    if (first_define_ == 0) first_define_ = number_;
    const std::array kWays = {"NAME", "IMPORT", "QUERYPARAM"};
    const auto is_there = [&](const char* way) { return list.has(way); };
    if (std::ranges::count_if(kWays, is_there) != 1)
      return violation("EXT-X-DEFINE has not one of NAME, IMPORT and QUERYPARAM");
    const std::string name = list.text(*std::ranges::find_if(kWays, is_there));
    if (!is_variable_name(name))
      return violation(fmt::format("\"{}\" is no name of a variable", name));
    const auto value = value_by(list, name);
    if (!value || told_.variables.size() >= kMaxVariables) return;
    if (!told_.variables.emplace(name, *value).second)
      violation(fmt::format("the variable \"{}\" is defined twice", name));
  }

  std::optional<std::string> value_by(const AttributeList& list, const std::string& name) {
    if (list.has("NAME")) {
      if (!list.has("VALUE")) violation(fmt::format("the variable \"{}\" has no VALUE", name));
      return list.text("VALUE");
    }
    return list.has("IMPORT") ? imported(name) : of_query(name);
  }

  std::optional<std::string> imported(const std::string& name) {
    if (sources_.kind == PlaylistKind::kMultivariant) {
      violation("EXT-X-DEFINE has IMPORT in a multivariant playlist");
      return {};
    }
    if (sources_.imported) {
      const auto found = sources_.imported->find(name);
      if (found != sources_.imported->end()) return found->second;
    }
    violation(fmt::format("the variable \"{}\" is imported, and {}", name,
                          sources_.imported ? "the multivariant playlist has none of that name"
                                            : "there is no multivariant playlist"));
    return {};
  }

  std::optional<std::string> of_query(const std::string& name) {
    if (query_define_ == 0) query_define_ = number_;
    auto value = query_parameter(sources_.url, name);
    if (!value)
      violation(fmt::format("the URI of the playlist has no value of the parameter \"{}\"", name));
    else if (value->find_first_of("\"\r\n") != std::string::npos) {
      violation(fmt::format("the parameter \"{}\" has what no quoted string may have", name));
      return {};
    }
    return value;
  }

  void check_version() {
    const auto need = [&](size_t line, int version, const char* what) {
      if (line > 0 && version_ < version)
        findings_.violation("8", fmt::format("{} needs EXT-X-VERSION {}", what, version), line);
    };
    need(first_define_, kVersionOfDefine, "EXT-X-DEFINE");
    need(query_define_, kVersionOfQueryParam, "QUERYPARAM of EXT-X-DEFINE");
  }

  const VariableSources& sources_;
  CheckFindings& findings_;
  SubstitutedPlaylist told_;
  size_t number_ = 0;
  size_t first_define_ = 0, query_define_ = 0;  // lines
  int version_ = 1;
};

}  // namespace

Result<SubstitutedPlaylist> substitute_variables(std::string_view text,
                                                 const VariableSources& sources,
                                                 CheckFindings& findings) {
  return Substitution(sources, findings).substitute(text);
}

}  // namespace longmen::hls

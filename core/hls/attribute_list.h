// A tag's NAME=VALUE with commas between, commas in quotes being text, as anybody wrote it: what
// can be read is read, and what is wrong with its form is told. Pure; views into the caller's text.
// Source: draft-pantos-hls-rfc8216bis §4.2.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace longmen::hls {

// A whole decimal number that is not negative; beyond this no server can mean it.
inline constexpr int64_t kMaxDecimal = int64_t{1} << 53;

template <class Number>
std::optional<Number> to_decimal(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (!(number >= Number{} && static_cast<double>(number) <= static_cast<double>(kMaxDecimal)))
    return {};
  return number;
}

class AttributeList {
 public:
  explicit AttributeList(std::string_view list);

  bool has(std::string_view name) const { return values_.contains(name); }
  // Without its quotes; empty: it is not there.
  std::string text(std::string_view name) const;
  bool yes(std::string_view name) const { return text(name) == "YES"; }
  template <class Number>
  std::optional<Number> number(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : to_decimal<Number>(found->second);
  }
  size_t size() const { return values_.size(); }
  // All of them, without their quotes.
  std::map<std::string, std::string> all() const { return {values_.begin(), values_.end()}; }
  // The first thing that is wrong with the list itself, in words; empty: nothing.
  const std::string& fault() const { return fault_; }

 private:
  void fault(std::string words) {
    if (fault_.empty()) fault_ = std::move(words);
  }

  std::map<std::string_view, std::string_view> values_;  // of a name that comes twice, the first
  std::string fault_;
};

}  // namespace longmen::hls

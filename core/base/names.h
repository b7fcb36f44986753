// Names of an enumeration's values, as they stand in JSON, in the database and in configurations: a
// constexpr table of its own beside each, looked up in both directions here.
#pragma once

#include <algorithm>
#include <optional>
#include <ranges>
#include <string_view>

namespace longmen {

template <class Value>
struct Named {
  Value value;
  std::string_view name;
};
template <class Value>
Named(Value, std::string_view) -> Named<Value>;

// Empty: it is not in the table.
template <class Value>
constexpr std::string_view name_in(const auto& table, Value value) {
  const auto found = std::ranges::find(table, value, &Named<Value>::value);
  return found == std::ranges::end(table) ? std::string_view() : found->name;
}

template <class Value>
constexpr std::optional<Value> value_in(const auto& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Named<Value>::name);
  if (found == std::ranges::end(table)) return std::nullopt;
  return found->value;
}

}  // namespace longmen

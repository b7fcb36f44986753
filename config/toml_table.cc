#include "config/toml_table.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "config/ascii_text.h"

namespace longmen {
namespace {

// What may hold a password: a URL with a user or with parameters, under whichever key it stands.
bool may_be_secret(std::string_view text) {
  return text.find('@') != std::string_view::npos ||
         text.find("password") != std::string_view::npos ||
         (text.find("://") != std::string_view::npos && text.find('?') != std::string_view::npos);
}

std::string shown(const toml::node& node) {
  if (node.is_table()) return "{...}";
  if (node.is_array()) return "[...]";
  if (const auto text = node.value_exact<std::string>(); text && may_be_secret(*text))
    return "(not shown)";
  std::ostringstream text;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) text << value;
  });
  return from_ascii(text.str());
}

bool is_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

}  // namespace

int TomlTable::line_of(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return static_cast<int>((node ? node->source() : table_.source()).begin.line);
}

const toml::node* TomlTable::find(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

void TomlTable::add(const toml::node& at, std::string_view key, std::string_view allowed) {
  const bool secret = (key.find("key") != std::string_view::npos && key != "key_file") ||
                      key == "passphrase" || key == "stream_id";
  mistakes_.push_back(fmt::format("{}:{}: {}{} = {}: {}", file_, at.source().begin.line, prefix_,
                                  key, secret ? std::string("(not shown)") : shown(at), allowed));
}

void TomlTable::mistake(std::string_view key, std::string_view allowed) {
  if (const toml::node* node = table_.get(key)) return add(*node, key, allowed);
  mistakes_.push_back(fmt::format("{}:{}: {}{} is missing: {}", file_, table_.source().begin.line,
                                  prefix_, key, allowed));
}

void TomlTable::mistake_here(std::string_view words) {
  mistakes_.push_back(
      fmt::format("{}:{}: {}{}", file_, table_.source().begin.line, prefix_, words));
}

void TomlTable::read(std::string_view key, std::string& out) {
  const toml::node* node = find(key);
  if (!node) return;
  if (auto value = node->value_exact<std::string>()) {
    out = from_ascii(*value);
  } else {
    add(*node, key, "a string in quotes is allowed");
  }
}

void TomlTable::read_path(std::string_view key, std::string& out) {
  read(key, out);
  if (!out.empty() && out.front() != '/') mistake(key, "an absolute path is allowed");
}

void TomlTable::read_address(std::string_view key, std::string& out, Empty empty) {
  read(key, out);
  if (out.empty() && empty == Empty::kAllowed) return;
  if (!is_address(out)) mistake(key, "an IPv4 or IPv6 address is allowed");
}

void TomlTable::read(std::string_view key, int& out, int low, int high) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto value = node->value_exact<int64_t>();
  if (value && *value >= low && *value <= high) {
    out = static_cast<int>(*value);
  } else {
    add(*node, key, fmt::format("a whole number from {} to {} is allowed", low, high));
  }
}

void TomlTable::read(std::string_view key, double& out, double low, double high) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto value = node->value<double>();
  if (node->is_number() && value && *value >= low && *value <= high) {
    out = *value;
  } else {
    add(*node, key, fmt::format("a number from {} to {} is allowed", low, high));
  }
}

void TomlTable::read(std::string_view key, std::vector<std::string>& out) {
  const toml::node* node = find(key);
  if (!node) return;
  const toml::array* array = node->as_array();
  if (!array || !array->is_homogeneous(toml::node_type::string)) {
    if (array && array->empty()) {
      out.clear();
      return;
    }
    return add(*node, key, "a list of strings is allowed");
  }
  out.clear();
  for (const toml::node& item : *array)
    out.push_back(from_ascii(*item.value<std::string>()));
}

void TomlTable::read(std::string_view key, bool& out) {
  const toml::node* node = find(key);
  if (!node) return;
  if (const auto value = node->value_exact<bool>()) {
    out = *value;
  } else {
    add(*node, key, "true or false is allowed");
  }
}

void TomlTable::choose(std::string_view key, std::string& out,
                       const std::vector<std::string>& allowed) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto value = node->value_exact<std::string>();
  if (value && std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) {
    out = *value;
  } else {
    add(*node, key, fmt::format("one of {} is allowed", fmt::join(allowed, ", ")));
  }
}

void TomlTable::inside(std::string_view key, const std::function<void(TomlTable)>& visit) {
  const toml::node* node = find(key);
  if (!node) return;
  if (const toml::table* table = node->as_table()) {
    visit(TomlTable(*table, prefix_ + std::string(key) + ".", file_, mistakes_));
  } else {
    add(*node, key, "a table is allowed");
  }
}

void TomlTable::each(std::string_view key, const std::function<void(TomlTable)>& visit) {
  const toml::node* node = find(key);
  if (!node) return;
  const toml::array* array = node->as_array();
  if (!array || (!array->empty() && !array->is_homogeneous(toml::node_type::table))) {
    return add(*node, key, "a list of tables is allowed");
  }
  for (const toml::node& item : *array) {
    visit(TomlTable(*item.as_table(), prefix_ + std::string(key) + ".", file_, mistakes_));
  }
}

void TomlTable::finish() {
  for (const auto& [key, node] : table_) {
    if (!asked_.contains(key.str()))
      add(node, from_ascii(key.str()), "no such key; see config/longmen.toml");
  }
}

}  // namespace longmen

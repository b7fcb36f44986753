// The fields of a request's JSON object, read into variables: one that is absent leaves its
// variable as it was, one of another type or of a name that nobody asked for is a fault, of which
// the first is told in words.
#pragma once

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace longmen {

class BodyFields {
 public:
  explicit BodyFields(const boost::json::object& body) : body_(body) {}

  void read(std::string_view name, std::optional<std::string>& out) {
    const auto* value = find(name);
    if (!value) return;
    if (!value->is_string()) return wrong(name, "a text");
    out = std::string(value->as_string());
  }
  // null is "".
  void read_or_null(std::string_view name, std::optional<std::string>& out) {
    const auto* value = find(name);
    if (value && value->is_null()) {
      out = "";
    } else {
      read(name, out);
    }
  }
  void read(std::string_view name, std::optional<bool>& out) {
    const auto* value = find(name);
    if (!value) return;
    if (!value->is_bool()) return wrong(name, "true or false");
    out = value->get_bool();
  }
  void read(std::string_view name, std::optional<int64_t>& out) {
    const auto* value = find(name);
    if (!value) return;
    if (!value->is_int64()) return wrong(name, "a whole number");
    out = value->get_int64();
  }
  void read(std::string_view name, std::optional<std::vector<std::string>>& out) {
    const auto* value = find(name);
    if (!value) return;
    if (!value->is_array()) return wrong(name, "a list of texts");
    std::vector<std::string> texts;
    for (const auto& item : value->as_array()) {
      if (!item.is_string()) return wrong(name, "a list of texts");
      texts.emplace_back(item.as_string());
    }
    out = std::move(texts);
  }
  const boost::json::object* inner(std::string_view name) {
    const auto* value = find(name);
    if (!value || value->is_null()) return nullptr;
    if (!value->is_object()) {
      wrong(name, "an object");
      return nullptr;
    }
    return &value->as_object();
  }
  const boost::json::array* list(std::string_view name) {
    const auto* value = find(name);
    if (!value) return nullptr;
    if (!value->is_array()) {
      wrong(name, "a list");
      return nullptr;
    }
    return &value->as_array();
  }
  void wrong(std::string_view name, std::string_view allowed) {
    if (!fault_) fault_ = fmt::format("{}: {} is allowed", name, allowed);
  }

  // Once everything was read.
  std::optional<std::string> fault() const {
    if (fault_) return fault_;
    for (const auto& [name, value] : body_) {
      if (!asked_.contains(std::string(name)))
        return fmt::format("there is no field \"{}\" here", std::string_view(name).substr(0, 64));
    }
    return std::nullopt;
  }

 private:
  const boost::json::value* find(std::string_view name) {
    asked_.emplace(name);
    return body_.if_contains(name);
  }

  const boost::json::object& body_;
  std::set<std::string> asked_;
  std::optional<std::string> fault_;
};

}  // namespace longmen

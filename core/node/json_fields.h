// Reading of JSON that another process of the product wrote: a field that is missing or of another
// type leaves its variable as it was, so that neighbouring versions understand each other; what is
// required is checked afterwards, by whoever gives the values a meaning.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

class JsonFields {
 public:
  explicit JsonFields(boost::json::object object) : object_(std::move(object)) {}

  static Result<JsonFields> parse(std::string_view text) {
    auto value = parse_value(text);
    if (!value) return tl::unexpected(value.error());
    if (!value->is_object()) return fail("JSON: an object was expected");
    return JsonFields(std::move(value->as_object()));
  }

  static Result<std::vector<JsonFields>> parse_array(std::string_view text) {
    auto value = parse_value(text);
    if (!value) return tl::unexpected(value.error());
    if (!value->is_array()) return fail("JSON: an array was expected");
    std::vector<JsonFields> list;
    for (auto& item : value->as_array()) {
      if (!item.is_object()) return fail("JSON: an array of objects was expected");
      list.emplace_back(std::move(item.as_object()));
    }
    return list;
  }

  void read(std::string_view name, std::string& out) const {
    if (auto* value = find(name); value && value->is_string()) out = value->as_string().c_str();
  }
  void read(std::string_view name, bool& out) const {
    if (auto* value = find(name); value && value->is_bool()) out = value->as_bool();
  }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void read(std::string_view name, Integer& out) const {
    auto* value = find(name);
    if (!value || !value->is_number()) return;
    boost::system::error_code error;
    const auto number = value->to_number<Integer>(error);
    if (!error) out = number;
  }
  template <class T>
  void read(std::string_view name, std::optional<T>& out) const {
    if (auto* value = find(name); !value || value->is_null()) return;
    T inner{};
    read(name, inner);
    out = inner;
  }
  void read(std::string_view name, std::vector<std::string>& out) const {
    auto* value = find(name);
    if (!value || !value->is_array()) return;
    out.clear();
    for (const auto& item : value->as_array()) {
      if (item.is_string()) out.emplace_back(item.as_string().c_str());
    }
  }
  // Calls `visit(JsonFields)` for each object of an array.
  template <class Visit>
  void each(std::string_view name, Visit visit) const {
    auto* value = find(name);
    if (!value || !value->is_array()) return;
    for (const auto& item : value->as_array()) {
      if (item.is_object()) visit(JsonFields(item.as_object()));
    }
  }
  // Calls `visit(JsonFields)` when the field is an object.
  template <class Visit>
  void inside(std::string_view name, Visit visit) const {
    if (auto* value = find(name); value && value->is_object())
      visit(JsonFields(value->as_object()));
  }
  const boost::json::object& object() const { return object_; }

 private:
  static Result<boost::json::value> parse_value(std::string_view text) {
    boost::system::error_code error;
    auto value = boost::json::parse(text, error);
    if (error) return fail("JSON: " + error.message());
    return value;
  }
  const boost::json::value* find(std::string_view name) const { return object_.if_contains(name); }

  boost::json::object object_;
};

}  // namespace longmen

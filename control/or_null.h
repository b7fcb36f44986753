// Columns that are empty or zero when there is nothing, as JSON says so.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace longmen {

inline boost::json::value or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}
inline boost::json::value or_null(int64_t number) {
  return number == 0 ? boost::json::value(nullptr) : boost::json::value(number);
}

}  // namespace longmen

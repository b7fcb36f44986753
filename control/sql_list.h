// Lists in statements that are put together at run time: ":v0, :v1, :v2", to be exchanged in that
// order.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace longmen {

inline std::string sql_list(std::string_view name, size_t count) {
  std::string list;
  for (size_t i = 0; i < count; ++i)
    list += fmt::format("{}:{}{}", i > 0 ? ", " : "", name, i);
  return list;
}

}  // namespace longmen

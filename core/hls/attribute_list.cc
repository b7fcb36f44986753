#include "core/hls/attribute_list.h"

#include <fmt/format.h>

namespace longmen::hls {
namespace {

constexpr std::string_view kOfNames = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

AttributeList::AttributeList(std::string_view list) {
  while (!list.empty()) {
    const size_t equals = list.find('=');
    if (equals == std::string_view::npos) {
      fault(fmt::format("\"{}\" has no value", list));
      return;
    }
    const std::string_view name = without_blanks(list.substr(0, equals));
    if (equals == 0 || list.substr(0, equals).find_first_not_of(kOfNames) != std::string_view::npos)
      fault(fmt::format("\"{}\" is no name of an attribute", list.substr(0, equals)));
    list.remove_prefix(equals + 1);
    std::string_view value;
    if (list.starts_with('"')) {
      const size_t end = list.find('"', 1);
      if (end == std::string_view::npos) {
        fault(fmt::format("{} has no second quote", name));
        return;
      }
      value = list.substr(1, end - 1);
      list.remove_prefix(end + 1);
    } else {
      value = list.substr(0, list.find(','));
      list.remove_prefix(value.size());
      value = without_blanks(value);
    }
    if (!values_.emplace(name, value).second) fault(fmt::format("{} stands there twice", name));
    const size_t comma = list.find(',');
    if (!list.empty() && comma != 0) fault(fmt::format("no comma follows {}", name));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

std::string AttributeList::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : std::string(found->second);
}

}  // namespace longmen::hls

#include "control/oidc/claims.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "control/account_name.h"
#include "core/base/utf8.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMaxClaimDepth = 8;
constexpr size_t kMaxClaimValues = 1000;

const json::value* find_claim(const json::object& claims, std::string_view name, size_t depth = 0) {
  if (const json::value* value = claims.if_contains(name)) return value;
  if (depth >= kMaxClaimDepth) return nullptr;
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const json::value* outer = claims.if_contains(name.substr(0, dot));
    if (!outer || !outer->is_object()) continue;
    if (const json::value* value = find_claim(outer->get_object(), name.substr(dot + 1), depth + 1))
      return value;
  }
  return nullptr;
}

bool any_of_values(const std::vector<std::string>& values, const std::vector<std::string>& wanted) {
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  });
}

// As much of it as can be part of a name, at most `max_bytes`.
std::string cleaned(std::string_view text, size_t max_bytes) {
  std::string name;
  while (!text.empty()) {
    const std::string_view before = text;
    if (!take_utf8(text)) break;
    const std::string_view character = before.substr(0, before.size() - text.size());
    if (name.size() + character.size() > max_bytes) break;
    const std::string with = name + std::string(character);
    // A space is no fault between two others; it is one at the end, for now.
    const bool space = character == " " && !name.empty() && name.back() != ' ';
    if (space || !fault_of_name(with)) name = with;
  }
  while (!name.empty() && name.back() == ' ')
    name.pop_back();
  return name;
}

}  // namespace

std::vector<std::string> claim_values(const json::object& claims, std::string_view name) {
  std::vector<std::string> values;
  const json::value* value = name.empty() ? nullptr : find_claim(claims, name);
  const auto take = [&](const json::value& item) {
    if (item.is_string() && values.size() < kMaxClaimValues) values.emplace_back(item.get_string());
  };
  if (value && value->is_array()) {
    for (const json::value& item : value->get_array())
      take(item);
  } else if (value) {
    take(*value);
  }
  return values;
}

std::optional<AccountRole> role_of_claims(const json::object& claims, const OidcConfig& config) {
  const std::vector<std::string> values = claim_values(claims, config.role_claim);
  for (const auto& [role, wanted] :
       {std::pair(AccountRole::kAdministrator, &config.roles.administrator),
        std::pair(AccountRole::kProducer, &config.roles.producer),
        std::pair(AccountRole::kOperator, &config.roles.operating),
        std::pair(AccountRole::kViewer, &config.roles.viewer)}) {
    if (any_of_values(values, *wanted)) return role;
  }
  return role_named(config.default_role);
}

std::string name_of_claims(const json::object& claims, const OidcConfig& config) {
  const std::array<std::string_view, 4> kNames{config.name_claim, "preferred_username", "name",
                                               "email"};
  for (const std::string_view claim : kNames) {
    const auto values = claim_values(claims, claim);
    if (values.empty()) continue;
    std::string name = cleaned(values.front(), kMaxNameBytes);
    if (!name.empty() && !fault_of_name(name)) return name;
  }
  return "account";
}

void add_claims(json::object& claims, const json::object& userinfo) {
  for (const auto& pair : userinfo) {
    const auto [place, fresh] = claims.emplace(pair.key(), pair.value());
    if (fresh || !place->value().is_array() || !pair.value().is_array()) continue;
    json::array& list = place->value().get_array();
    for (const json::value& item : pair.value().get_array())
      list.push_back(item);
  }
}

}  // namespace longmen

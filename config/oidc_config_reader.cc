#include "config/oidc_config_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cerrno>
#include <cstring>

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMaxOidcUrlBytes = 1024;
constexpr size_t kMaxOidcTextBytes = 256;
constexpr size_t kMaxScopes = 16;
constexpr size_t kMaxRoleValues = 64;
constexpr size_t kMaxLabelBytes = 64;

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// RFC 6749 §3.3: what a scope is made of.
bool is_scope(std::string_view text) {
  return !text.empty() && is_visible(text) && text.find_first_of("\"\\") == std::string_view::npos;
}

void read_named_file(TomlTable& table, std::string_view key, std::string& out, bool look) {
  table.read_path(key, out);
  if (!look || out.empty() || out.front() != '/' || ::access(out.c_str(), R_OK) == 0) return;
  table.mistake(key, fmt::format("a file that can be read is allowed ({})", std::strerror(errno)));
}

void read_oidc_text(TomlTable& table, std::string_view key, std::string& out,
                    size_t max_bytes = kMaxOidcTextBytes) {
  table.read(key, out);
  if (out.size() > max_bytes)
    table.mistake(key, fmt::format("up to {} bytes are allowed", max_bytes));
}

void check_url(TomlTable& table, std::string_view key, const std::string& url) {
  const bool formed = url.size() <= kMaxOidcUrlBytes && is_visible(url) && is_secure_url(url) &&
                      url.find_first_of("?#@") == std::string::npos;
  if (!formed) {
    table.mistake(key,
                  "an https address without user, '?' and '#' is allowed (http for this machine "
                  "itself: localhost, 127.0.0.1, [::1])");
  }
}

void read_role_values(TomlTable table, OidcConfig::Roles& roles) {
  for (const auto& [key, values] :
       {std::pair("administrator", &roles.administrator), std::pair("producer", &roles.producer),
        std::pair("operator", &roles.operating), std::pair("viewer", &roles.viewer)}) {
    table.read(key, *values);
    const bool formed = values->size() <= kMaxRoleValues &&
                        std::all_of(values->begin(), values->end(), [](const std::string& value) {
                          return !value.empty() && value.size() <= kMaxOidcTextBytes;
                        });
    if (!formed) {
      table.mistake(key, fmt::format("up to {} values of 1 to {} bytes are allowed", kMaxRoleValues,
                                     kMaxOidcTextBytes));
    }
  }
  table.finish();
}

bool is_empty(const OidcConfig::Roles& roles) {
  return roles == OidcConfig::Roles();
}

json::array list_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

}  // namespace

bool is_secure_url(std::string_view url) {
  constexpr std::string_view kSecure = "https://", kPlain = "http://";
  if (url.starts_with(kSecure))
    return url.size() > kSecure.size() && url[kSecure.size()] != '/' && url[kSecure.size()] != ':';
  if (!url.starts_with(kPlain)) return false;
  url.remove_prefix(kPlain.size());
  for (const std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!url.starts_with(host)) continue;
    const std::string_view rest = url.substr(host.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return true;
  }
  return false;
}

void read_oidc(TomlTable table, OidcConfig& oidc, bool look_at_files) {
  table.read("issuer", oidc.issuer);
  if (!oidc.issuer.empty()) check_url(table, "issuer", oidc.issuer);
  read_oidc_text(table, "client_id", oidc.client_id);
  if (oidc.is_on() && oidc.client_id.empty())
    table.mistake("client_id", "what the provider calls this node is needed beside issuer");
  read_named_file(table, "client_secret_file", oidc.client_secret_file, look_at_files);
  read_named_file(table, "ca_file", oidc.ca_file, look_at_files);
  table.read("public_url", oidc.public_url);
  while (!oidc.public_url.empty() && oidc.public_url.back() == '/')
    oidc.public_url.pop_back();
  if (!oidc.public_url.empty()) check_url(table, "public_url", oidc.public_url);
  read_oidc_text(table, "label", oidc.label, kMaxLabelBytes);
  if (oidc.label.empty()) table.mistake("label", "a text is allowed");
  table.read("scopes", oidc.scopes);
  const bool scopes_formed =
      oidc.scopes.size() <= kMaxScopes &&
      std::all_of(oidc.scopes.begin(), oidc.scopes.end(), is_scope) &&
      std::find(oidc.scopes.begin(), oidc.scopes.end(), "openid") != oidc.scopes.end();
  if (!scopes_formed) {
    table.mistake("scopes", fmt::format("up to {} names without spaces are allowed, \"openid\" "
                                        "among them",
                                        kMaxScopes));
  }
  read_oidc_text(table, "name_claim", oidc.name_claim);
  table.read("make_accounts", oidc.make_accounts);
  read_oidc_text(table, "role_claim", oidc.role_claim);
  table.choose("default_role", oidc.default_role,
               {"", "administrator", "producer", "operator", "viewer"});
  table.inside("roles", [&](TomlTable roles) { read_role_values(std::move(roles), oidc.roles); });
  if (oidc.role_claim.empty() != is_empty(oidc.roles)) {
    table.mistake(oidc.role_claim.empty() ? "role_claim" : "roles",
                  "role_claim and [oidc.roles] come together");
  }
  if (oidc.is_on() && oidc.make_accounts && oidc.role_claim.empty() && oidc.default_role.empty()) {
    table.mistake("default_role",
                  "with make_accounts, role_claim or default_role says what a new account may do");
  }
  table.finish();
}

json::object oidc_to_json(const OidcConfig& oidc) {
  return {{"issuer", oidc.issuer},
          {"client_id", oidc.client_id},
          {"client_secret_file", oidc.client_secret_file},
          {"ca_file", oidc.ca_file},
          {"public_url", oidc.public_url},
          {"label", oidc.label},
          {"scopes", list_of(oidc.scopes)},
          {"name_claim", oidc.name_claim},
          {"make_accounts", oidc.make_accounts},
          {"role_claim", oidc.role_claim},
          {"default_role", oidc.default_role},
          {"roles", json::object{{"administrator", list_of(oidc.roles.administrator)},
                                 {"producer", list_of(oidc.roles.producer)},
                                 {"operator", list_of(oidc.roles.operating)},
                                 {"viewer", list_of(oidc.roles.viewer)}}}};
}

void oidc_from_json(const JsonFields& fields, OidcConfig& oidc) {
  fields.read("issuer", oidc.issuer);
  fields.read("client_id", oidc.client_id);
  fields.read("client_secret_file", oidc.client_secret_file);
  fields.read("ca_file", oidc.ca_file);
  fields.read("public_url", oidc.public_url);
  fields.read("label", oidc.label);
  fields.read("scopes", oidc.scopes);
  fields.read("name_claim", oidc.name_claim);
  fields.read("make_accounts", oidc.make_accounts);
  fields.read("role_claim", oidc.role_claim);
  fields.read("default_role", oidc.default_role);
  fields.inside("roles", [&](const JsonFields& roles) {
    roles.read("administrator", oidc.roles.administrator);
    roles.read("producer", oidc.roles.producer);
    roles.read("operator", oidc.roles.operating);
    roles.read("viewer", oidc.roles.viewer);
  });
}

}  // namespace longmen

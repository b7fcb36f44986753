#include "control/oidc/provider_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <optional>

#include "config/oidc_config_reader.h"
#include "core/base/plain_text.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";
constexpr size_t kMaxEndpointBytes = 2048;

std::string metadata_text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Nothing when the list is absent, which means what its specification says.
std::optional<bool> list_has(const json::object& object, std::string_view name,
                             std::string_view wanted) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_array()) return std::nullopt;
  const json::array& list = value->get_array();
  return std::any_of(list.begin(), list.end(), [&](const json::value& item) {
    return item.is_string() && std::string_view(item.get_string()) == wanted;
  });
}

Result<std::string> endpoint_of(const json::object& object, std::string_view name) {
  std::string url = metadata_text(object, name);
  const bool formed =
      url.size() <= kMaxEndpointBytes && is_secure_url(url) &&
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  if (!formed) return fail(fmt::format("the provider's {} is no https address", name));
  return url;
}

}  // namespace

std::string discovery_url(const std::string& issuer) {
  const size_t end = issuer.find_last_not_of('/');
  return issuer.substr(0, end == std::string::npos ? 0 : end + 1) + std::string(kWellKnown);
}

Result<ProviderMetadata> provider_metadata_of(std::string_view text, const std::string& issuer) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return fail(fmt::format("{} is no JSON object", discovery_url(issuer)));
  const std::string itself = metadata_text(*object, "issuer");
  if (itself != issuer) {
    return fail(
        fmt::format("the provider calls itself \"{}\", and oidc.issuer is \"{}\"; write it as the "
                    "provider does",
                    is_plain_text(itself) ? itself : "(not shown)", issuer));
  }
  ProviderMetadata metadata;
  for (const auto& [name, out] :
       {std::pair("authorization_endpoint", &metadata.authorization_endpoint),
        std::pair("token_endpoint", &metadata.token_endpoint),
        std::pair("jwks_uri", &metadata.keys_url)}) {
    auto url = endpoint_of(*object, name);
    if (!url) return tl::unexpected(url.error());
    *out = std::move(*url);
  }
  for (const auto& [name, out] :
       {std::pair("userinfo_endpoint", &metadata.userinfo_endpoint),
        std::pair("end_session_endpoint", &metadata.end_session_endpoint)}) {
    if (!object->contains(name)) continue;
    auto url = endpoint_of(*object, name);
    if (!url) return tl::unexpected(url.error());
    *out = std::move(*url);
  }
  if (list_has(*object, "response_types_supported", "code") == false)
    return fail("the provider knows no authorization code flow");
  if (list_has(*object, "code_challenge_methods_supported", "S256") == false)
    return fail("the provider does not take PKCE with S256");
  metadata.secret_in_body =
      list_has(*object, "token_endpoint_auth_methods_supported", "client_secret_basic") == false &&
      list_has(*object, "token_endpoint_auth_methods_supported", "client_secret_post") == true;
  const json::value* iss = object->if_contains("authorization_response_iss_parameter_supported");
  metadata.names_itself_in_answers = iss && iss->is_bool() && iss->get_bool();
  return metadata;
}

}  // namespace longmen

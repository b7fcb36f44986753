#include "control/oidc/provider_talk.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>
#include <fstream>

#include "control/oidc/claims.h"
#include "control/oidc/id_token.h"
#include "core/base/base64.h"
#include "core/base/names.h"
#include "core/base/plain_text.h"
#include "core/http/target.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMaxSecretBytes = 4096;
constexpr size_t kMaxErrorBytes = 60;

constexpr std::array kTroubles{
    Named{OidcTrouble::kUnreachable, "unreachable"},
    Named{OidcTrouble::kUnusable, "unusable"},
    Named{OidcTrouble::kRefused, "refused"},
    Named{OidcTrouble::kToken, "token"},
    Named{OidcTrouble::kBusy, "busy"},
};

tl::unexpected<OidcProblem> trouble_with(OidcTrouble trouble, std::string words) {
  return tl::unexpected<OidcProblem>(OidcProblem{trouble, std::move(words)});
}

Asked<WebAnswer> ask(const WebFetch& fetch, const WebRequest& request) {
  auto answer = fetch(request);
  if (!answer) return trouble_with(OidcTrouble::kUnreachable, answer.error().message);
  if (answer->status == 429 || answer->status >= 500) {
    return trouble_with(OidcTrouble::kUnreachable,
                        fmt::format("{}: it answers {}", request.url, answer->status));
  }
  return std::move(*answer);
}

Asked<std::string> get(const OidcConfig& config, const WebFetch& fetch, const std::string& url) {
  auto answer = ask(fetch, {url, {"Accept: application/json"}, "", config.ca_file});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) {
    return trouble_with(OidcTrouble::kUnusable,
                        fmt::format("{}: it answers {}", url, answer->status));
  }
  return std::move(answer->body);
}

Asked<std::vector<WebKey>> fetch_keys(const OidcConfig& config, const ProviderMetadata& metadata,
                                      const WebFetch& fetch) {
  const auto text = get(config, fetch, metadata.keys_url);
  if (!text) return tl::unexpected(text.error());
  auto keys = web_keys_of(*text);
  if (!keys)
    return trouble_with(OidcTrouble::kUnusable, metadata.keys_url + ": " + keys.error().message);
  return std::move(*keys);
}

Asked<std::string> client_secret(const OidcConfig& config) {
  if (config.client_secret_file.empty()) return std::string();
  std::ifstream stream(config.client_secret_file, std::ios::binary);
  std::string secret(kMaxSecretBytes, '\0');
  stream.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  secret.resize(static_cast<size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r'))
    secret.pop_back();
  if (secret.empty()) {
    return trouble_with(OidcTrouble::kUnusable,
                        fmt::format("oidc.client_secret_file {}: no secret can be read",
                                    config.client_secret_file));
  }
  return secret;
}

json::object object_in(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return !error && value.is_object() ? std::move(value.as_object()) : json::object();
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

struct Tokens {
  std::string id_token, access_token;
};

tl::unexpected<OidcProblem> refused_exchange(const WebAnswer& answer) {
  std::string error = text_in(object_in(answer.body), "error");
  if (error.size() > kMaxErrorBytes || !is_plain_text(error)) error = "(not shown)";
  const std::string words = fmt::format("the token endpoint answers {} {}", answer.status, error);
  // RFC 6749 §5.2: of all others this node, or its registration, is to blame.
  return trouble_with(error == "invalid_grant" ? OidcTrouble::kRefused : OidcTrouble::kUnusable,
                      words);
}

Asked<Tokens> fetch_tokens(const OidcConfig& config, const ProviderMetadata& metadata,
                           const CodeExchange& exchange, const WebFetch& fetch) {
  const auto secret = client_secret(config);
  if (!secret) return tl::unexpected(secret.error());
  WebRequest request{metadata.token_endpoint, {"Accept: application/json"}, "", config.ca_file};
  request.form =
      fmt::format("grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}",
                  percent_encode(exchange.code), percent_encode(exchange.redirect_uri),
                  percent_encode(exchange.verifier));
  if (secret->empty() || metadata.secret_in_body)
    request.form += "&client_id=" + percent_encode(config.client_id);
  if (!secret->empty() && metadata.secret_in_body)
    request.form += "&client_secret=" + percent_encode(*secret);
  if (!secret->empty() && !metadata.secret_in_body) {
    request.fields.push_back(
        "Authorization: Basic " +
        to_base64(as_bytes(percent_encode(config.client_id) + ":" + percent_encode(*secret))));
  }
  const auto answer = ask(fetch, request);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused_exchange(*answer);
  const json::object body = object_in(answer->body);
  Tokens tokens{text_in(body, "id_token"), text_in(body, "access_token")};
  if (tokens.id_token.empty())
    return trouble_with(OidcTrouble::kUnusable, "the token endpoint's answer has no id_token");
  return tokens;
}

// Of what the configuration names, something is missing.
bool wants_more(const OidcConfig& config, const json::object& claims) {
  return claim_values(claims, config.name_claim).empty() ||
         (!config.role_claim.empty() && claim_values(claims, config.role_claim).empty());
}

// Words when it did not succeed; a sign-in can do without.
std::string add_userinfo(const OidcConfig& config, const std::string& url,
                         const std::string& access_token, const WebFetch& fetch,
                         json::object& claims) {
  // It becomes a field of HTTP.
  if (!is_plain_text(access_token)) return "the access token is none";
  const auto answer = fetch({url,
                             {"Accept: application/json", "Authorization: Bearer " + access_token},
                             "",
                             config.ca_file});
  if (!answer) return answer.error().message;
  if (answer->status != 200) return fmt::format("{}: it answers {}", url, answer->status);
  const json::object userinfo = object_in(answer->body);
  // Or it might be somebody else's: OpenID Connect Core §5.3.2.
  if (text_in(userinfo, "sub") != text_in(claims, "sub"))
    return fmt::format("{}: it speaks of another person, or not in JSON", url);
  add_claims(claims, userinfo);
  return "";
}

}  // namespace

std::string_view name_of(OidcTrouble trouble) {
  return name_in(kTroubles, trouble);
}

Asked<ProviderFacts> ask_provider(const OidcConfig& config, const WebFetch& fetch) {
  const auto text = get(config, fetch, discovery_url(config.issuer));
  if (!text) return tl::unexpected(text.error());
  auto metadata = provider_metadata_of(*text, config.issuer);
  if (!metadata) return trouble_with(OidcTrouble::kUnusable, metadata.error().message);
  auto keys = fetch_keys(config, *metadata, fetch);
  if (!keys) return tl::unexpected(keys.error());
  return ProviderFacts{std::move(*metadata), std::move(*keys)};
}

Asked<Exchanged> exchange_code(const OidcConfig& config, const ProviderFacts& facts,
                               const CodeExchange& exchange, const WebFetch& fetch) {
  const auto tokens = fetch_tokens(config, facts.metadata, exchange, fetch);
  if (!tokens) return tl::unexpected(tokens.error());
  const IdTokenExpectation expected{config.issuer, config.client_id, exchange.nonce,
                                    tokens->access_token, exchange.now};
  Exchanged done;
  auto claims = check_id_token(tokens->id_token, facts.keys, expected);
  // The provider may have changed its keys: OpenID Connect Core §10.1.1.
  if (!claims && claims.error().fault == IdTokenFault::kUnknownKey && exchange.may_fetch_keys) {
    auto keys = fetch_keys(config, facts.metadata, fetch);
    if (!keys) return tl::unexpected(keys.error());
    claims = check_id_token(tokens->id_token, *keys, expected);
    done.keys = std::move(*keys);
  }
  if (!claims)
    return trouble_with(OidcTrouble::kToken, "the ID token is refused: " + claims.error().words);
  done.claims = std::move(*claims);
  if (!facts.metadata.userinfo_endpoint.empty() && !tokens->access_token.empty() &&
      wants_more(config, done.claims)) {
    done.complaint = add_userinfo(config, facts.metadata.userinfo_endpoint, tokens->access_token,
                                  fetch, done.claims);
  }
  return done;
}

}  // namespace longmen

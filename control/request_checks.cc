#include "control/request_checks.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "control/secret.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::string_view kSecureCookie = "__Host-longmen";
constexpr std::string_view kPlainCookie = "longmen";

std::string_view cookie_name(bool secure) {
  return secure ? kSecureCookie : kPlainCookie;
}

}  // namespace

RequestSource source_of(const HttpRequest& request) {
  RequestSource source;
  source.address = request.fields.value("X-Forwarded-For");
  if (source.address.empty()) source.address = "local";
  source.secure = request.fields.value("X-Forwarded-Proto") == "https";
  return source;
}

Decided<bool> check_own_page(const HttpRequest& request) {
  constexpr std::string_view kForeign =
      "this request came from another site's page and was refused";
  const HttpFields& fields = request.fields;
  if (fields.contains("Sec-Fetch-Site")) {
    if (fields.value("Sec-Fetch-Site") == "same-origin") return true;
    return refuse(403, std::string(kForeign));
  }
  if (fields.contains("Origin")) {
    const std::string_view origin = fields.value("Origin");
    const size_t scheme = origin.find("://");
    const std::string_view host = fields.contains("X-Forwarded-Host")
                                      ? fields.value("X-Forwarded-Host")
                                      : fields.value("Host");
    const bool own = scheme != std::string_view::npos && !host.empty() &&
                     equal_ignoring_case(origin.substr(scheme + 3), host);
    if (own) return true;
    return refuse(403, std::string(kForeign));
  }
  if (fields.contains("X-Longmen-Request")) return true;
  return refuse(403,
                "a request that changes something needs an Origin, as browsers send it, or, "
                "from a program, the field X-Longmen-Request: 1");
}

std::string sign_in_token_of(const HttpRequest& request) {
  const std::string_view wanted = cookie_name(source_of(request).secure);
  for (const HttpFields::Field& field : request.fields) {
    if (!equal_ignoring_case(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::string_view pair = trim_spaces(rest.substr(0, rest.find(';')));
      rest.remove_prefix(std::min(rest.size(), rest.find(';') == std::string_view::npos
                                                   ? rest.size()
                                                   : rest.find(';') + 1));
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != wanted) continue;
      const std::string_view token = pair.substr(equals + 1);
      if (is_token(token)) return std::string(token);
    }
  }
  return "";
}

std::string sign_in_cookie(std::string_view token, bool secure) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(secure), token,
                     secure ? "; Secure" : "");
}

std::string ended_sign_in_cookie(bool secure) {
  return sign_in_cookie("", secure) + "; Max-Age=0";
}

Decided<json::object> json_body(const HttpRequest& request) {
  if (!is_media_type(request.fields.value("Content-Type"), "application/json"))
    return refuse(415, "the body must be application/json");
  boost::system::error_code error;
  auto value = json::parse(request.content, error);
  if (error) return refuse(400, "the body is no JSON: " + error.message());
  if (!value.is_object()) return refuse(400, "the body must be a JSON object");
  return std::move(value.as_object());
}

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_string()) return "";
  return {value->as_string().data(), value->as_string().size()};
}

}  // namespace longmen

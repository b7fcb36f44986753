#include "control/request_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>

#include "control/secret.h"
#include "core/base/plain_text.h"
#include "core/http/bearer.h"
#include "core/http/cookie.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::string_view kSecureCookie = "__Host-longmen";
constexpr std::string_view kPlainCookie = "longmen";

constexpr const char* kDevice = "-device";
constexpr std::chrono::seconds kDeviceLife = std::chrono::hours(24 * 365);
// With a path of its own no cookie may be called __Host-.
constexpr std::string_view kSecureScreenCookie = "__Secure-longmen-screen";
constexpr std::string_view kPlainScreenCookie = "longmen-screen";
constexpr std::chrono::seconds kScreenLife = std::chrono::hours(24 * 400);  // RFC 6265bis §5.5
constexpr std::string_view kForwarded = "X-Forwarded-";

std::string_view cookie_name(bool secure) {
  return secure ? kSecureCookie : kPlainCookie;
}

// PostgreSQL keeps none, and SOCI binds texts up to the first one: two texts that differ behind it
// would be one in the database.
bool has_nul(const json::value& value) {
  const auto nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  if (const json::string* text = value.if_string()) return nul({text->data(), text->size()});
  if (const json::array* list = value.if_array())
    return std::any_of(list->begin(), list->end(), has_nul);
  if (const json::object* object = value.if_object()) {
    return std::any_of(object->begin(), object->end(), [&](const json::key_value_pair& pair) {
      return nul({pair.key().data(), pair.key().size()}) || has_nul(pair.value());
    });
  }
  return false;
}

}  // namespace

RequestSource source_of(const HttpRequest& request) {
  RequestSource source;
  source.address = request.fields.value("X-Forwarded-For");
  const bool forwarded =
      std::any_of(request.fields.begin(), request.fields.end(), [](const auto& field) {
        return equal_ignoring_case(field.name.substr(0, kForwarded.size()), kForwarded);
      });
  if (source.address.empty()) source.address = forwarded ? "unknown" : "local";
  source.secure = request.fields.value("X-Forwarded-Proto") == "https";
  return source;
}

std::string origin_of(const HttpRequest& request, const std::string& public_url) {
  if (!public_url.empty()) return public_url;
  const HttpFields& fields = request.fields;
  const std::string_view host =
      fields.contains("X-Forwarded-Host") ? fields.value("X-Forwarded-Host") : fields.value("Host");
  return fmt::format("{}://{}", source_of(request).secure ? "https" : "http", host);
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

Decided<bool> check_target(const HttpRequest& request) {
  const HttpTarget& target = request.target;
  if (!is_plain_text(target.path))
    return refuse(422, "the path: UTF-8 without control characters is allowed");
  for (const auto& [name, value] : target.query) {
    if (is_plain_text(name) && is_plain_text(value)) continue;
    return refuse(422, fmt::format("{}: UTF-8 without control characters is allowed",
                                   is_plain_text(name) ? name : "the query"));
  }
  return true;
}

std::string sign_in_token_of(const HttpRequest& request) {
  return find_cookie(request.fields, cookie_name(source_of(request).secure), is_token);
}

std::string sign_in_cookie(std::string_view token, bool secure) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(secure), token,
                     secure ? "; Secure" : "");
}

std::string ended_sign_in_cookie(bool secure) {
  return sign_in_cookie("", secure) + "; Max-Age=0";
}

std::string device_cookie_of(const HttpRequest& request) {
  const std::string name(cookie_name(source_of(request).secure));
  return find_cookie(request.fields, name + kDevice, [](std::string_view) { return true; });
}

std::string device_cookie(std::string_view value, bool secure) {
  return fmt::format("{}{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
                     cookie_name(secure), kDevice, value, kDeviceLife.count(),
                     secure ? "; Secure" : "");
}

std::string screen_credential_of(const HttpRequest& request) {
  const bool secure = source_of(request).secure;
  return find_cookie(request.fields, secure ? kSecureScreenCookie : kPlainScreenCookie, is_token);
}

std::string screen_cookie(std::string_view value, bool secure) {
  return fmt::format("{}={}; Path=/api/v1/screen; HttpOnly; SameSite=Strict; Max-Age={}{}",
                     secure ? kSecureScreenCookie : kPlainScreenCookie, value, kScreenLife.count(),
                     secure ? "; Secure" : "");
}

std::string bearer_token_of(const HttpRequest& request) {
  return std::string(bearer_token(request.fields));
}

Decided<json::object> json_body(const HttpRequest& request) {
  if (!is_media_type(request.fields.value("Content-Type"), "application/json"))
    return refuse(415, "the body must be application/json");
  boost::system::error_code error;
  auto value = json::parse(request.content, error);
  if (error) return refuse(400, "the body is no JSON: " + error.message());
  if (!value.is_object()) return refuse(400, "the body must be a JSON object");
  if (has_nul(value)) return refuse(400, "a text has no character U+0000");
  return std::move(value.as_object());
}

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_string()) return "";
  return {value->as_string().data(), value->as_string().size()};
}

}  // namespace longmen

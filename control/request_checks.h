// What control asks of a request before anything else: where it comes from, and whether a browser
// sent it for one of our own pages. The fields X-Forwarded-* are believed, since only processes of
// this node's user or root reach control's socket (net/http_server.h) and the gateway replaces
// whatever a client wrote into them (gateway/api_proxy.h). A request without any of them was made
// on this machine, by the command line. A request that changes something needs Sec-Fetch-Site:
// same-origin; or, where the browser sends none (plain HTTP), an Origin with the host that was
// asked for; or, from programs, the field X-Longmen-Request, which no page of another origin can
// set without being allowed to. OWASP CSRF cheat sheet; Fetch Metadata.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "control/decided.h"
#include "net/http_message.h"

namespace longmen {

struct RequestSource {
  std::string address;  // "local" without a gateway, "unknown" if one says none
  bool secure = false;  // HTTPS
  bool local() const { return address == "local"; }
};
// "https://node.example:8443", as whoever asks reaches this node: `public_url` where the node is
// told how it is reached, or what the request says, as the gateway passes it on.
std::string origin_of(const HttpRequest& request, const std::string& public_url);
RequestSource source_of(const HttpRequest& request);

Decided<bool> check_own_page(const HttpRequest& request);

// Path and query are UTF-8 without control characters, so that the database can be asked for what
// they name: PostgreSQL refuses all else, at the price of the transaction. 422.
Decided<bool> check_target(const HttpRequest& request);

// The sign-in's token in a cookie. Over HTTPS "__Host-longmen", which no other host and no plain
// HTTP can set; over plain HTTP, where a browser takes no such name, "longmen".
std::string sign_in_token_of(const HttpRequest& request);
std::string sign_in_cookie(std::string_view token, bool secure);
std::string ended_sign_in_cookie(bool secure);

// The browser's own (control/device_cookie.h), "__Host-longmen-device" or "longmen-device". Empty
// when there is none; the first one when there are several.
std::string device_cookie_of(const HttpRequest& request);
std::string device_cookie(std::string_view value, bool secure);

// That of an enrolled screen, or of one that waits to be (control/enrolment.h), which is sent to
// the addresses below /api/v1/screen alone; "__Secure-longmen-screen" or "longmen-screen".
std::string screen_credential_of(const HttpRequest& request);
std::string screen_cookie(std::string_view value, bool secure);

// Behind "Authorization: Bearer"; empty when it is anything else. RFC 6750 §2.1.
std::string bearer_token_of(const HttpRequest& request);

// The body as a JSON object, in which no text has a NUL; 415 or 400. boost::json bounds its depth.
Decided<boost::json::object> json_body(const HttpRequest& request);
// Empty when it is absent or no string.
std::string text_field(const boost::json::object& object, std::string_view name);

}  // namespace longmen

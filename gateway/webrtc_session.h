// What WHEP's and WHIP's handlers have in common: the resource of a session, whose PATCH restarts
// ICE or trickles candidates and whose DELETE ends it, whoever keeps the session. RFC 9725 §4.2,
// §4.3; draft-ietf-wish-whep.
#pragma once

#include <string>
#include <string_view>

#include "core/node/join.h"
#include "gateway/signalling_client.h"
#include "net/http_message.h"

namespace longmen {

inline constexpr std::string_view kSdpType = "application/sdp";
inline constexpr std::string_view kIceFragmentType = "application/trickle-ice-sdpfrag";
inline constexpr size_t kMaxOfferBytes = 64 << 10;
inline constexpr size_t kMaxIceFragmentBytes = 16 << 10;

// Below 2^62.
uint64_t random_session_id();
// 415, unless the request has an offer.
std::optional<HttpResponse> refuse_other_than_offer(const HttpRequest& request);
// 201 with Location, ETag and what a PATCH may be; without the answer itself.
HttpResponse session_created(const std::string& resource, const JoinAnswer& answer);
// Both handle a request to /ENDPOINT/CHANNEL/SESSION; `who` for words: "viewer".
boost::asio::awaitable<HttpResponse> patch_session(SignallingClient& keeper, HttpRequest request,
                                                   std::string_view who);
boost::asio::awaitable<HttpResponse> delete_session(SignallingClient& keeper, HttpRequest request,
                                                    std::string_view who);
// To a preflight, too. `methods`: "GET, HEAD, POST"; `accept`: the field that says what is taken.
HttpResponse describe_options(std::string_view methods, std::string_view accept,
                              std::string_view media_type);
// Lets pages of other origins read a response; errors too.
void allow_other_origins(HttpResponse& response);

}  // namespace longmen

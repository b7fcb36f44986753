// Writes the answer to a WHEP or WHIP offer: ICE-lite, DTLS passive, one host candidate, every
// section that is not used rejected in its place. A player is sent one stream with a video and an
// audio track. Source: RFC 8829 §5.3, RFC 8839, RFC 8842, RFC 8843, RFC 5576, RFC 4588.
#pragma once

#include <string>

#include "core/node/join.h"
#include "core/sdp/offer.h"

namespace longmen::sdp {

// `answer.status` is 201. `session_id` is the o= line's: unique enough, below 2^63.
std::string write_whep_answer(const MediaOffer& offer, const JoinAnswer& answer,
                              uint64_t session_id);
// Of `answer`, the SSRCs and the CNAME are not used.
std::string write_whip_answer(const MediaOffer& offer, const JoinAnswer& answer,
                              uint64_t session_id);

}  // namespace longmen::sdp

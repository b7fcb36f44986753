// A WHEP or WHIP offer, an answer or an ICE fragment of any bytes: refused with words and a 4xx, or
// answered with a description that can be read again and mirrors the offer.
#include <cstdlib>

#include "core/sdp/answer.h"
#include "core/sdp/answer_reader.h"
#include "core/sdp/ice_fragment.h"
#include "core/sdp/offer.h"
#include "core/sdp/sdp.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  JoinAnswer join;
  join.address = "192.0.2.1";
  join.port = 8189;
  join.ufrag = "server01";
  join.pwd = "serverpasswordserverpass";
  join.fingerprint = "sha-256 AA";
  join.cname = "viewer";

  if (const auto fragment = sdp::read_ice_fragment(text))
    require(sdp::read_ice_fragment(sdp::write_ice_fragment(*fragment, join)).has_value());

  if (const auto answer = sdp::read_whep_answer(text)) {
    require(answer->video || answer->audio);
    require(answer->candidates.size() <= sdp::kMaxCandidates);
  } else {
    require(!answer.error().message.empty());
  }

  if (const auto offer = sdp::read_whip_offer(text)) {
    const auto answer = sdp::parse(sdp::write_whip_answer(*offer, join, 1));
    require(answer.has_value());
    require(answer->media.size() == offer->sections.size());
  } else {
    require(offer.error().status == 400 || offer.error().status == 422);
    require(!offer.error().words.empty());
  }

  const auto offer = sdp::read_whep_offer(text);
  if (!offer) {
    require(offer.error().status >= 400 && offer.error().status < 500);
    require(!offer.error().words.empty());
    return 0;
  }
  JoinRequest request;
  sdp::fill_join_request(*offer, request);
  require(request.video || request.audio);
  const auto answer = sdp::parse(sdp::write_whep_answer(*offer, join, 1));
  require(answer.has_value());
  require(answer->media.size() == offer->sections.size());
  return 0;
}

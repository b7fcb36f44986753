// What a client asks of a media playlist by its query, and whether a playlist that ends at a given
// part answers it now, later, or never. It knows no clock and no connection: how long to hold a
// request is whoever's that holds it. Pure.
// Source: draft-pantos-hls-rfc8216bis §6.2.5.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/time/hls_number.h"

namespace longmen::hls {

struct DeliveryDirectives {
  std::optional<int64_t> media_sequence;  // _HLS_msn
  std::optional<int64_t> part;            // _HLS_part, only with media_sequence
  bool skip = false;                      // _HLS_skip: YES or v2
  bool operator==(const DeliveryDirectives&) const = default;
};

// Other names, and values of _HLS_skip that are not known, are left aside, as they may mean
// something to later servers. The words are for a 400.
Result<DeliveryDirectives> read_delivery_directives(
    const std::vector<std::pair<std::string, std::string>>& query);

enum class PlaylistAnswer { kNow, kLater, kBadRequest };

// `last` is the last part of the playlist as it is.
PlaylistAnswer answer_of(const DeliveryDirectives& wanted, HlsNumber last, const HlsGrid& grid);

}  // namespace longmen::hls

// Why bytes from outside were discarded on purpose. Each reason is a counter in /metrics
// (longmen_dropped_total{reason="..."}); the label is drop_reason_name(). Append, never renumber.
#pragma once

#include <cstdint>
#include <string_view>

namespace longmen {

enum class DropReason : uint8_t {
  kNone,
  kTruncated,            // fewer bytes than the format needs
  kTooLarge,             // a length or count beyond the named maximum
  kMalformed,            // a field has a value that the format forbids
  kUnsupported,          // valid, but not spoken here
  kUnknownPeer,          // no viewer, feed or link has this address or name
  kNotAuthenticated,     // integrity check, key or fingerprint does not fit
  kReplayed,             // seen before, or older than the replay window
  kStale,                // too late to be of use
  kQueueFull,            // the named bound of a queue was reached
  kRateLimited,          // asked for more often than is answered
  kWrongState,           // valid, but not at this point of the exchange
  kAddressNotValidated,  // DTLS from an address that ICE has not validated
  kNotInCache,           // a repeat was asked for that nobody keeps any more
  kSendFailed,           // the kernel refused the datagram
  kCount
};

constexpr std::string_view drop_reason_name(DropReason reason) {
  switch (reason) {
    case DropReason::kNone:
      return "none";
    case DropReason::kTruncated:
      return "truncated";
    case DropReason::kTooLarge:
      return "too_large";
    case DropReason::kMalformed:
      return "malformed";
    case DropReason::kUnsupported:
      return "unsupported";
    case DropReason::kUnknownPeer:
      return "unknown_peer";
    case DropReason::kNotAuthenticated:
      return "not_authenticated";
    case DropReason::kReplayed:
      return "replayed";
    case DropReason::kStale:
      return "stale";
    case DropReason::kQueueFull:
      return "queue_full";
    case DropReason::kRateLimited:
      return "rate_limited";
    case DropReason::kWrongState:
      return "wrong_state";
    case DropReason::kAddressNotValidated:
      return "address_not_validated";
    case DropReason::kNotInCache:
      return "not_in_cache";
    case DropReason::kSendFailed:
      return "send_failed";
    case DropReason::kCount:
      break;
  }
  return "unknown";
}

}  // namespace longmen

// How a notice is sent to a webhook, as far as it is arithmetic: what proves that it comes from
// here, when it is tried again, and which addresses may be asked for. Pure.
//
// Longmen-Signature: t=1700000000,v1=HEX; HEX is the HMAC-SHA-256, under the webhook's secret, of
// "1700000000.BODY". Who receives it makes the same of the body as it came, compares in constant
// time, and refuses what is more than five minutes old.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/webhook/notice.h"

namespace longmen {

inline constexpr std::chrono::milliseconds kFirstRetry{5'000};
inline constexpr std::chrono::milliseconds kLongestRetry{3'600'000};
// After that it is given up.
inline constexpr std::chrono::milliseconds kTriedFor{24 * 3'600'000};
inline constexpr size_t kMaxWebhookUrlBytes = 1000;

std::string webhook_signature(std::string_view secret, int64_t at_s, std::string_view body);
// Fields of the request.
std::vector<std::string> webhook_fields(std::string_view secret, std::string_view id,
                                        std::string_view kind, std::string_view body,
                                        int64_t now_ms);

// After so many tries that failed (from 1): twice as long each time, and up to a half more or less,
// by `random`, so that receivers that come back are not met by all at once.
std::chrono::milliseconds retry_after(int tries, uint32_t random);

// In words, what is wrong with it as a webhook's address.
std::optional<std::string> fault_of_webhook_url(const std::string& url);

}  // namespace longmen

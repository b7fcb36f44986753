// One-time passwords by time: the code of an instant, and which step of time a code that came
// belongs to. Steps of 30 s, six digits, HMAC-SHA-1, which is what every authenticator app does;
// the step before and the one after are taken too, for clocks that differ. That a step is used once
// is the caller's to keep. RFC 6238, RFC 4226 §5.3.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace longmen {

inline constexpr int kTotpDigits = 6;
inline constexpr size_t kTotpSecretBytes = 20;  // RFC 4226 §4, R6

// `digits`: 6 to 8.
std::string totp_code(ByteSpan secret, int64_t step, int digits = kTotpDigits);
int64_t totp_step(std::chrono::seconds since_epoch);
// The step whose code it is, later than `last_used`; nothing when there is none near `now`. Apps
// show "123 456": spaces do not count.
std::optional<int64_t> accept_totp(ByteSpan secret, std::string_view typed, int64_t last_used,
                                   std::chrono::seconds now);
// otpauth://totp/…, for the app's QR code. `secret` in base32.
std::string totp_address(std::string_view account, std::string_view secret);

}  // namespace longmen

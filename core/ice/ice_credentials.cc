#include "core/ice/ice_credentials.h"

#include <algorithm>
#include <array>

namespace longmen {
namespace {

// RFC 8839 §5.4: ice-char = ALPHA / DIGIT / "+" / "/". 64 of them: six bits each, no bias.
constexpr std::string_view kIceChars =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string random_ice_chars(const RandomBytes& random, size_t count) {
  std::array<uint8_t, kLocalPwdChars> bytes{};
  random(std::span(bytes).first(count));
  std::string text(count, '\0');
  std::transform(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count), text.begin(),
                 [](uint8_t byte) { return kIceChars[byte & 63]; });
  return text;
}

bool accepted_char(char c) {
  return c > ' ' && c < '\x7f' && c != ':';
}

bool valid(std::string_view text, size_t least) {
  return text.size() >= least && text.size() <= 256 && std::ranges::all_of(text, accepted_char);
}

}  // namespace

IceCredentials make_ice_credentials(const RandomBytes& random) {
  return {random_ice_chars(random, kLocalUfragChars), random_ice_chars(random, kLocalPwdChars)};
}

bool valid_ice_ufrag(std::string_view ufrag) {
  return valid(ufrag, 4);
}
bool valid_ice_pwd(std::string_view pwd) {
  return valid(pwd, 22);
}

}  // namespace longmen

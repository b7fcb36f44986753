#include "core/sdp/fingerprint.h"

#include <array>
#include <string_view>

namespace longmen::sdp {
namespace {

struct Hash {
  std::string_view name;
  size_t bytes;
};
constexpr std::array<Hash, 3> kHashes{{{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};

// "AA:BB:..." in upper case, or none when it is not `bytes` pairs of hexadecimal digits.
std::optional<std::string> upper_hex_pairs(std::string_view text, size_t bytes) {
  if (text.size() != bytes * 3 - 1) return std::nullopt;
  std::string upper(text);
  for (size_t index = 0; index < upper.size(); ++index) {
    char& c = upper[index];
    if (index % 3 == 2) {
      if (c != ':') return std::nullopt;
      continue;
    }
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'))) return std::nullopt;
  }
  return upper;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

Fingerprints read(const AttributeList& attributes) {
  Fingerprints found;
  size_t best = kHashes.size();
  for (const Attribute& attribute : attributes.all()) {
    if (attribute.name != "fingerprint") continue;
    found.any = true;
    const auto words = words_of(attribute.value);
    if (words.size() != 2) continue;
    for (size_t rank = 0; rank < best; ++rank) {
      if (lower(words[0]) != kHashes[rank].name) continue;
      const auto value = upper_hex_pairs(words[1], kHashes[rank].bytes);
      if (!value) break;
      best = rank;
      found.picked = std::string(kHashes[rank].name) + " " + *value;
      break;
    }
  }
  return found;
}

}  // namespace

Fingerprints read_fingerprints(const Description& description, const Media& media) {
  const Fingerprints own = read(media.attributes);
  return own.any ? own : read(description.attributes);
}

}  // namespace longmen::sdp

#include "core/srtp/srtp_keys.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace longmen {

SrtpMasterKey::~SrtpMasterKey() {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

Result<SrtpProfile> srtp_profile_from_id(uint16_t id) {
  switch (static_cast<SrtpProfile>(id)) {
    case SrtpProfile::kAeadAes128Gcm:
    case SrtpProfile::kAes128CmHmacSha1_80:
      return static_cast<SrtpProfile>(id);
  }
  return fail(fmt::format("SRTP profile {:#06x} is not spoken; {} are", id, kSrtpProfileNames));
}

Result<SrtpKeys> split_srtp_exporter(SrtpProfile profile, ByteSpan exported) {
  if (exported.size() != srtp_exporter_bytes(profile))
    return fail(fmt::format("{} bytes of SRTP keying material, {} expected", exported.size(),
                            srtp_exporter_bytes(profile)));
  const size_t salt_bytes = srtp_salt_bytes(profile);
  const auto join = [&](size_t which) {
    SrtpMasterKey master;
    const ByteSpan key = exported.subspan(which * kSrtpKeyBytes, kSrtpKeyBytes);
    const ByteSpan salt = exported.subspan(2 * kSrtpKeyBytes + which * salt_bytes, salt_bytes);
    std::copy(key.begin(), key.end(), master.bytes.begin());
    std::copy(salt.begin(), salt.end(), master.bytes.begin() + kSrtpKeyBytes);
    master.size_bytes = static_cast<uint8_t>(kSrtpKeyBytes + salt_bytes);
    return master;
  };
  return SrtpKeys{profile, join(0), join(1)};
}

}  // namespace longmen

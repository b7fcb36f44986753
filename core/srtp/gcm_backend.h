// Which code computes AES-128-GCM: OpenSSL everywhere; intel-ipsec-mb on x86 where the build found
// it and the processor has AVX2, AES and carry-less multiplication (with AVX-512 and VAES the
// library uses those); or our own for VAES without AVX-512, which the library does not use
// before 1.4. All make the same bytes. Decided once, before the first key; a key stays with the
// code that expanded it. It reads no configuration: the caller may override. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace longmen {

enum class GcmBackend : uint8_t { kOpenSsl, kIpsecMb, kVaes };
inline constexpr std::array kGcmBackends{GcmBackend::kOpenSsl, GcmBackend::kIpsecMb,
                                         GcmBackend::kVaes};

// Compiled in, and the processor has what it takes.
bool is_available(GcmBackend backend);

// For keys that are made from now on: the fastest that is available, or what was set.
GcmBackend preferred_gcm_backend();
// For start-up and tests. False, and nothing changes, when it is not available.
bool set_preferred_gcm_backend(GcmBackend backend);

constexpr std::string_view gcm_backend_name(GcmBackend backend) {
  switch (backend) {
    case GcmBackend::kOpenSsl:
      return "openssl";
    case GcmBackend::kIpsecMb:
      return "ipsec-mb";
    case GcmBackend::kVaes:
      return "vaes";
  }
  return "unknown";
}
constexpr std::optional<GcmBackend> gcm_backend_from_name(std::string_view name) {
  for (const GcmBackend backend : kGcmBackends)
    if (name == gcm_backend_name(backend)) return backend;
  return std::nullopt;
}

}  // namespace longmen

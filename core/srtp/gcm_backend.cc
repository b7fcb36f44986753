#include "core/srtp/gcm_backend.h"

#include <atomic>

#include "core/srtp/ipsec_mb_gcm_key.h"
#include "core/srtp/vaes_gcm_key.h"

namespace longmen {
namespace {

bool has_avx512() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw");
#else
  return false;
#endif
}

GcmBackend fastest() {
  const bool ipsec_mb = is_available(GcmBackend::kIpsecMb);
  if (is_available(GcmBackend::kVaes) && !(ipsec_mb && has_avx512())) return GcmBackend::kVaes;
  return ipsec_mb ? GcmBackend::kIpsecMb : GcmBackend::kOpenSsl;
}

std::atomic<GcmBackend>& preferred() {
  static std::atomic<GcmBackend> backend{fastest()};
  return backend;
}

}  // namespace

bool is_available(GcmBackend backend) {
  switch (backend) {
    case GcmBackend::kOpenSsl:
      return true;
    case GcmBackend::kIpsecMb:
      return IpsecMbGcmKey::available();
    case GcmBackend::kVaes:
      return VaesGcmKey::available();
  }
  return false;
}

GcmBackend preferred_gcm_backend() {
  return preferred().load(std::memory_order_relaxed);
}

bool set_preferred_gcm_backend(GcmBackend backend) {
  if (!is_available(backend)) return false;
  preferred().store(backend, std::memory_order_relaxed);
  return true;
}

}  // namespace longmen

#include "core/srtp/gcm_backend.h"

#include <atomic>

#include "core/srtp/ipsec_mb_gcm_key.h"

namespace longmen {
namespace {

GcmBackend fastest() {
  return is_available(GcmBackend::kIpsecMb) ? GcmBackend::kIpsecMb : GcmBackend::kOpenSsl;
}

std::atomic<GcmBackend>& preferred() {
  static std::atomic<GcmBackend> backend{fastest()};
  return backend;
}

}  // namespace

bool is_available(GcmBackend backend) {
  return backend == GcmBackend::kOpenSsl || IpsecMbGcmKey::available();
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

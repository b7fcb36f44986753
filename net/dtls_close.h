// The two record keys of a finished DTLS 1.2 connection (AES-128-GCM), so that close_notify can be
// read and written after OpenSSL's state has been freed: 40 bytes a viewer in place of tens of
// kilobytes. It decides nothing but whether a datagram carries an authenticated alert that ends the
// connection. RFC 5246 §6.3, §7.2; RFC 5288; RFC 6347 §4.1.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <optional>

#include "core/base/bytes.h"

namespace longmen {

class DtlsClose {
 public:
  // Empty unless the connection uses TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the only suite that
  // DtlsServer offers.
  static std::optional<DtlsClose> from(SSL* ssl);

  // True when the datagram holds an authenticated close_notify or fatal alert of the client.
  bool is_close(ByteSpan datagram) const;
  // An authentic close_notify of the server; once, since it has one record number.
  Bytes seal_close_notify() const;

 private:
  std::array<uint8_t, 16> client_key_{};
  std::array<uint8_t, 16> server_key_{};
  std::array<uint8_t, 4> client_iv_{};
  std::array<uint8_t, 4> server_iv_{};
};

}  // namespace longmen

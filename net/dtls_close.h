// The two record keys of a finished DTLS 1.2 connection (AES-128-GCM), so that close_notify can be
// read and written after OpenSSL's state has been freed: 40 bytes a connection in place of tens of
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
  // Of either end, as `ssl` is. Empty unless the connection uses ECDHE with AES_128_GCM_SHA256, all
  // that is spoken here (with ECDSA; as a client also with RSA).
  static std::optional<DtlsClose> from(SSL* ssl);

  // True when the datagram holds an authenticated close_notify or fatal alert of the peer.
  bool is_close(ByteSpan datagram) const;
  // An authentic close_notify of our own; once, since it has one record number.
  Bytes seal_close_notify() const;

 private:
  struct RecordKey {
    std::array<uint8_t, 16> key{};
    std::array<uint8_t, 4> iv{};
  };
  RecordKey peer_;
  RecordKey own_;
};

}  // namespace longmen

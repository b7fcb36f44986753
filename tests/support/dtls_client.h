// A DTLS 1.2 client for tests: plain OpenSSL with a certificate of its own, datagrams in and out.
#pragma once

#include <openssl/ssl.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "net/dtls.h"

namespace longmen::test {

class DtlsClient {
 public:
  struct Options {
    std::string srtp_profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";  // "": no use_srtp
    size_t client_hello_ballast_bytes = 0;  // an unknown extension of that size
    int mtu_bytes = 1200;
    bool certificate = true;
  };
  explicit DtlsClient(Options options);
  DtlsClient() : DtlsClient(Options()) {}
  ~DtlsClient();
  DtlsClient(const DtlsClient&) = delete;
  DtlsClient& operator=(const DtlsClient&) = delete;

  std::string fingerprint(const EVP_MD* algorithm = EVP_sha256()) const;  // as in an offer
  std::string server_fingerprint() const;
  void start();
  void handle_datagram(ByteSpan datagram);
  void handle_timeout();
  std::optional<Bytes> poll_transmit();
  void close();  // close_notify

  bool connected() const { return keys_.has_value(); }
  bool failed() const { return failed_; }
  bool closed_by_server() const { return closed_by_server_; }
  const SrtpKeys& keys() const { return *keys_; }

 private:
  friend struct ClientBio;
  void advance();

  Options options_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  X509* certificate_ = nullptr;
  Bytes ballast_;
  ByteSpan incoming_;
  std::deque<Bytes> outgoing_;
  std::optional<SrtpKeys> keys_;
  bool failed_ = false;
  bool closed_by_server_ = false;
};

// Moves OpenSSL's idea of the time of day (gettimeofday) forward; its DTLS timers obey.
void advance_openssl_clock(std::chrono::microseconds by);

}  // namespace longmen::test

// DTLS 1.2 for DTLS-SRTP: one handshake over memory, no socket; here what both ends have in common
// and the server (always passive), in net/dtls_client.h the client.
// It decides whether the peer is the one whose certificate fingerprint signalling announced, which
// SRTP profile is used (AEAD_AES_128_GCM before AES128_CM_SHA1_80), and the SRTP keys. It does not
// know ICE: the caller passes on only datagrams from an address that ICE has validated. That says
// who may ask, not that whoever is there asked: a server answers a ClientHello only with a cookie
// until it comes back, and core/dtls/handshake_gate.h says what else is believed. OpenSSL keeps the
// retransmission timer and reads the clock for it; that is why this lives in net/. Bounds:
// kMaxDtlsDatagramBytes in, 1200 bytes and kMaxQueuedDatagrams out. A DtlsCertificate may be shared
// by threads; a connection has one. RFC 6347, RFC 5764, RFC 7714, RFC 8122, RFC 8827.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/dtls/handshake_gate.h"
#include "core/srtp/srtp_keys.h"
#include "net/dtls_close.h"

namespace longmen {

inline constexpr size_t kMaxDtlsDatagramBytes = 2048;
inline constexpr size_t kMaxQueuedDatagrams = 16;
inline constexpr int kDtlsMtuBytes = 1200;
// The first retransmission; the time doubles up to the second. RFC 6347 §4.2.4.1 recommends 1 s for
// anything; a viewer who waits for a picture cannot, and browsers start at 50 ms.
inline constexpr auto kDtlsFirstRetransmission = std::chrono::milliseconds(100);
inline constexpr auto kDtlsLastRetransmission = std::chrono::milliseconds(3200);

// The digest of a certificate as SDP writes it: "sha-256 AA:BB:...".
struct Fingerprint {
  const EVP_MD* algorithm = nullptr;  // SHA-256, SHA-384 or SHA-512
  std::array<uint8_t, 64> digest{};
  size_t digest_bytes = 0;

  static Result<Fingerprint> parse(std::string_view text);
  bool matches(const X509* certificate) const;
};

// A self-signed P-256 certificate made at start, and what all handshakes of a process share, as
// server and as client.
class DtlsCertificate {
 public:
  static Result<std::shared_ptr<const DtlsCertificate>> make();
  ~DtlsCertificate();
  DtlsCertificate(const DtlsCertificate&) = delete;
  DtlsCertificate& operator=(const DtlsCertificate&) = delete;

  const std::string& fingerprint() const { return fingerprint_; }  // "sha-256 AA:BB:..."
  SSL_CTX* context() const { return context_; }

 private:
  DtlsCertificate() = default;
  SSL_CTX* context_ = nullptr;
  std::string fingerprint_;
};

// One end of a connection.
class DtlsConnection {
 public:
  enum class State {
    kHandshaking,
    kConnected,  // keys() are there
    kClosed,     // the peer sent close_notify or a fatal alert
    kFailed,     // problem() says why; an alert may wait in poll_transmit()
  };

  ~DtlsConnection();
  DtlsConnection(const DtlsConnection&) = delete;
  DtlsConnection& operator=(const DtlsConnection&) = delete;

  // Mutators: one of them, then poll_transmit() until it is empty. One datagram a call: a
  // ClientHello that spans two is put together here.
  State handle_datagram(ByteSpan datagram);
  State handle_timeout();  // when next_timeout() has passed; does nothing before
  std::optional<Bytes> poll_transmit();
  // Tells the peer that this is the end; nothing may be received afterwards.
  void close();

  // Getters.
  State state() const { return state_; }
  std::optional<std::chrono::microseconds> next_timeout() const;  // from now; empty: none
  const std::optional<SrtpKeys>& keys() const { return keys_; }
  const std::string& problem() const { return problem_; }
  bool holds_handshake_state() const { return ssl_ != nullptr; }
  uint64_t discarded_datagrams() const { return discarded_datagrams_; }  // out: queue was full

 protected:
  DtlsConnection() = default;
  // A new SSL over memory; the peer's certificate has to fit `peer`.
  Result<void> open(std::shared_ptr<const DtlsCertificate> certificate, const Fingerprint& peer);
  SSL* ssl() { return ssl_; }
  // Begins anew: another SSL, nothing queued.
  Result<void> reopen();
  void queue(Bytes datagram);
  // Also those that found no room; goes up until poll_transmit().
  uint64_t queued_datagrams() const { return outgoing_.size() + discarded_datagrams_; }
  void drop_queued() { outgoing_.clear(); }
  void advance_handshake();
  // Frees OpenSSL's state once there are keys, where close_notify can do without it.
  void free_handshake_state();

 private:
  friend struct DtlsBio;
  void read_records();
  void finish_handshake();
  void fail_with(std::string problem);

  std::shared_ptr<const DtlsCertificate> certificate_;
  Fingerprint peer_;
  SSL* ssl_ = nullptr;
  State state_ = State::kHandshaking;
  ByteSpan incoming_;            // valid during handle_datagram
  std::vector<Bytes> outgoing_;  // at most kMaxQueuedDatagrams; an empty deque costs 600 bytes
  uint64_t discarded_datagrams_ = 0;
  std::optional<SrtpKeys> keys_;
  std::optional<DtlsClose> close_;
  std::string problem_;
};

class DtlsServer : public DtlsConnection {
 public:
  static Result<std::unique_ptr<DtlsServer>> make(
      std::shared_ptr<const DtlsCertificate> certificate, const Fingerprint& peer);
  static constexpr size_t kMaxAsked = 4;  // addresses whose cookies are good

  // As DtlsConnection's, from an address. Before there is a client() it leads to one datagram at
  // most, shorter than this one, which has to go there.
  State handle_datagram(ByteSpan datagram, const Address& from);
  // The ClientHello came with the cookie that had been sent to this address, so the client receives
  // there, wherever its ClientHello came from. Flights are sent from then on; they may go there.
  const Address* client() const { return gate_.begun() ? &client_ : nullptr; }
  // The peer has proved that it has the keys (first authenticated SRTCP): our final flight is not
  // needed again, and OpenSSL's state for this peer is freed.
  void peer_has_keys() { free_handshake_state(); }

 private:
  DtlsServer() = default;
  bool wait_for_hello();
  HandshakeGate::Cookie cookie_of(const Address& address) const;

  HandshakeGate gate_;
  std::vector<Address> asked_;  // for a cookie, the latest last; at most kMaxAsked
  Address client_;
  std::array<uint8_t, 16> secret_{};  // of this server's cookies
};

}  // namespace longmen

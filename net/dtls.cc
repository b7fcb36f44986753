#include "net/dtls.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/hex.h"
#include "net/openssl.h"

namespace longmen {
namespace {

constexpr char kServerCipherSuites[] = "ECDHE-ECDSA-AES128-GCM-SHA256";
constexpr long kValidFor = 60L * 60 * 24 * 365;
constexpr long kValidBefore = 60L * 60 * 24;  // clocks of viewers differ
constexpr int kMaxRecordsPerRead = 8;

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

OpensslCertificate self_signed(EVP_PKEY* key) {
  OpensslCertificate certificate(X509_new());
  if (!certificate) return certificate;
  X509* x509 = certificate.get();
  uint64_t serial = 0;
  X509_NAME* name = X509_get_subject_name(x509);
  const bool made =
      RAND_bytes(reinterpret_cast<uint8_t*>(&serial), sizeof serial) == 1 &&
      X509_set_version(x509, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(x509), -kValidBefore) &&
      X509_gmtime_adj(X509_getm_notAfter(x509), kValidFor) &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const uint8_t*>("longmen"), -1, -1, 0) == 1 &&
      X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1 &&
      X509_sign(x509, key, EVP_sha256()) > 0;
  if (!made) certificate.reset();
  return certificate;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_bytes = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &digest_bytes) != 1) return {};
  std::string text = "sha-256 ";
  for (unsigned i = 0; i < digest_bytes; ++i) {
    if (i > 0) text += ':';
    text += fmt::format("{:02X}", digest[i]);
  }
  return text;
}

// 100 ms, then twice as long each time (DTLS_timer_cb; microseconds).
unsigned retransmission_timer(SSL*, unsigned last_us) {
  using std::chrono::microseconds;
  const microseconds first = kDtlsFirstRetransmission;
  const microseconds longest = kDtlsLastRetransmission;
  if (last_us == 0) return static_cast<unsigned>(first.count());
  return static_cast<unsigned>(std::min<int64_t>(2 * int64_t{last_us}, longest.count()));
}

// Cookies are made and looked at before OpenSSL sees a ClientHello (core/dtls/handshake_gate.h).
int make_no_cookie(SSL*, unsigned char* cookie, unsigned* bytes) {
  cookie[0] = 0;
  *bytes = 1;
  return 1;
}
int take_any_cookie(SSL*, const unsigned char*, unsigned) {
  return 1;
}

}  // namespace

// The ends of OpenSSL's pipe: a read takes the one datagram at hand, a write is one datagram.
struct DtlsBio {
  static int read(BIO* bio, char* into, int size) {
    auto* connection = static_cast<DtlsConnection*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (!connection || connection->incoming_.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t count = std::min(connection->incoming_.size(), static_cast<size_t>(size));
    std::memcpy(into, connection->incoming_.data(), count);
    connection->incoming_ = {};
    return static_cast<int>(count);
  }

  static int write(BIO* bio, const char* from, int size) {
    auto* connection = static_cast<DtlsConnection*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (!connection || size <= 0) return size;
    const auto* bytes = reinterpret_cast<const uint8_t*>(from);
    connection->queue(Bytes(bytes, bytes + size));
    return size;
  }

  static long control(BIO*, int command, long, void*) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_DGRAM_QUERY_MTU:
      case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return kDtlsMtuBytes;
      default:
        return 0;
    }
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "dtls datagrams");
      if (made) {
        BIO_meth_set_read(made, read);
        BIO_meth_set_write(made, write);
        BIO_meth_set_ctrl(made, control);
        BIO_meth_set_create(made, [](BIO* bio) {
          BIO_set_init(bio, 1);
          return 1;
        });
      }
      return made;
    }();
    return method;
  }

  // Replaces the check of a chain: what counts is the fingerprint from signalling (RFC 8827 §6.5).
  static int check_peer(X509_STORE_CTX* store, void*) {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* self = ssl ? static_cast<const DtlsConnection*>(SSL_get_app_data(ssl)) : nullptr;
    const X509* certificate = X509_STORE_CTX_get0_cert(store);
    if (self && certificate && self->peer_.matches(certificate)) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
};

Result<Fingerprint> Fingerprint::parse(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return fail("fingerprint: no digest after the algorithm");
  const std::string_view algorithm = text.substr(0, space);
  std::string_view digits = text.substr(space + 1);
  Fingerprint fingerprint;
  if (equals_ignoring_case(algorithm, "sha-256")) {
    fingerprint.algorithm = EVP_sha256();
  } else if (equals_ignoring_case(algorithm, "sha-384")) {
    fingerprint.algorithm = EVP_sha384();
  } else if (equals_ignoring_case(algorithm, "sha-512")) {
    fingerprint.algorithm = EVP_sha512();
  } else {
    return fail(fmt::format("fingerprint: '{}' is not sha-256, sha-384 or sha-512",
                            algorithm.substr(0, 16)));
  }
  fingerprint.digest_bytes = static_cast<size_t>(EVP_MD_get_size(fingerprint.algorithm));
  if (digits.size() != fingerprint.digest_bytes * 3 - 1) return fail("fingerprint: wrong length");
  for (size_t i = 0; i < fingerprint.digest_bytes; ++i) {
    const int high = hex_digit(digits[i * 3]);
    const int low = hex_digit(digits[i * 3 + 1]);
    const bool separated = i + 1 == fingerprint.digest_bytes || digits[i * 3 + 2] == ':';
    if (high < 0 || low < 0 || !separated) return fail("fingerprint: not pairs of hex digits");
    fingerprint.digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return fingerprint;
}

bool Fingerprint::matches(const X509* certificate) const {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest_of_peer{};
  unsigned bytes = 0;
  if (!algorithm || X509_digest(certificate, algorithm, digest_of_peer.data(), &bytes) != 1) {
    return false;
  }
  return bytes == digest_bytes && std::memcmp(digest_of_peer.data(), digest.data(), bytes) == 0;
}

Result<std::shared_ptr<const DtlsCertificate>> DtlsCertificate::make() {
  std::shared_ptr<DtlsCertificate> made(new DtlsCertificate);
  OpensslKey key(EVP_EC_gen("P-256"));
  if (!key) return fail(openssl_error("DTLS key"));
  OpensslCertificate certificate = self_signed(key.get());
  if (!certificate) return fail(openssl_error("DTLS certificate"));
  made->context_ = SSL_CTX_new(DTLS_method());
  if (!made->context_ || !DtlsBio::method()) return fail(openssl_error("DTLS context"));
  SSL_CTX* context = made->context_;
  const bool set =
      SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
      SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
      SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
      SSL_CTX_set_cipher_list(context, kServerCipherSuites) == 1 &&
      SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
      SSL_CTX_set_tlsext_use_srtp(context, kSrtpProfileNames) == 0;  // 0 is success here
  if (!set) return fail(openssl_error("DTLS settings"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, DtlsBio::check_peer, nullptr);
  SSL_CTX_set_cookie_generate_cb(context, make_no_cookie);
  SSL_CTX_set_cookie_verify_cb(context, take_any_cookie);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_send_fragment(context, kDtlsMtuBytes);  // write buffers of that size, not 16 kB
  made->fingerprint_ = fingerprint_of(certificate.get());
  return std::shared_ptr<const DtlsCertificate>(std::move(made));
}

DtlsCertificate::~DtlsCertificate() {
  SSL_CTX_free(context_);
}

Result<void> DtlsConnection::open(std::shared_ptr<const DtlsCertificate> certificate,
                                  const Fingerprint& peer) {
  certificate_ = std::move(certificate);
  peer_ = peer;
  ssl_ = SSL_new(certificate_->context());
  BIO* bio = ssl_ ? BIO_new(DtlsBio::method()) : nullptr;
  if (!bio) return fail(openssl_error("DTLS connection"));
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  SSL_set_mtu(ssl_, kDtlsMtuBytes);
  DTLS_set_timer_cb(ssl_, retransmission_timer);
  return {};
}

Result<void> DtlsConnection::reopen() {
  SSL_free(std::exchange(ssl_, nullptr));
  outgoing_.clear();
  problem_.clear();
  state_ = State::kHandshaking;
  return open(certificate_, peer_);
}

DtlsConnection::~DtlsConnection() {
  SSL_free(ssl_);
}

DtlsConnection::State DtlsConnection::handle_datagram(ByteSpan datagram) {
  if (state_ == State::kFailed || state_ == State::kClosed) return state_;
  if (datagram.empty() || datagram.size() > kMaxDtlsDatagramBytes) return state_;
  if (!ssl_) {
    if (close_ && close_->is_close(datagram)) state_ = State::kClosed;
    return state_;
  }
  incoming_ = datagram;
  if (state_ == State::kHandshaking) advance_handshake();
  // Also after the handshake: a repeated Finished of the client makes OpenSSL send ours again.
  if (state_ == State::kConnected) read_records();
  incoming_ = {};
  return state_;
}

DtlsConnection::State DtlsConnection::handle_timeout() {
  if (!ssl_ || state_ != State::kHandshaking) return state_;
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_) < 0) fail_with(openssl_error("no answer in the DTLS handshake"));
  return state_;
}

std::optional<std::chrono::microseconds> DtlsConnection::next_timeout() const {
  timeval left{};
  if (!ssl_ || state_ != State::kHandshaking || DTLSv1_get_timeout(ssl_, &left) != 1) return {};
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

void DtlsConnection::queue(Bytes datagram) {
  if (outgoing_.size() < kMaxQueuedDatagrams)
    outgoing_.push_back(std::move(datagram));
  else
    ++discarded_datagrams_;  // as if lost on the way; the timer sends it again
}

std::optional<Bytes> DtlsConnection::poll_transmit() {
  if (outgoing_.empty()) return {};
  Bytes datagram = std::move(outgoing_.front());
  outgoing_.erase(outgoing_.begin());
  return datagram;
}

void DtlsConnection::free_handshake_state() {
  if (state_ != State::kConnected || !close_) return;
  SSL_free(ssl_);
  ssl_ = nullptr;
  outgoing_ = std::vector<Bytes>();
}

void DtlsConnection::close() {
  if (state_ == State::kConnected) {
    if (ssl_) {
      SSL_shutdown(ssl_);
      ERR_clear_error();
    } else if (Bytes record = close_->seal_close_notify(); !record.empty()) {
      outgoing_.push_back(std::move(record));
    }
  }
  if (state_ != State::kFailed) state_ = State::kClosed;
}

void DtlsConnection::advance_handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    finish_handshake();
    return;
  }
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  fail_with(SSL_get_verify_result(ssl_) == X509_V_ERR_CERT_REJECTED
                ? "the certificate does not fit the fingerprint that was announced"
                : openssl_error("DTLS handshake"));
}

void DtlsConnection::finish_handshake() {
  const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl_);
  if (!profile) return fail_with("the peer offers no SRTP profile that is spoken here");
  const auto known = srtp_profile_from_id(static_cast<uint16_t>(profile->id));
  if (!known) return fail_with(known.error().message);
  std::array<uint8_t, 2 * (kSrtpKeyBytes + 14)> exported{};
  const auto material = std::span(exported).first(srtp_exporter_bytes(*known));
  if (SSL_export_keying_material(ssl_, material.data(), material.size(), kSrtpExporterLabel.data(),
                                 kSrtpExporterLabel.size(), nullptr, 0, 0) != 1) {
    return fail_with(openssl_error("export of SRTP keys"));
  }
  auto keys = split_srtp_exporter(*known, material);
  OPENSSL_cleanse(exported.data(), exported.size());
  if (!keys) return fail_with(keys.error().message);
  keys_ = *keys;
  close_ = DtlsClose::from(ssl_);
  state_ = State::kConnected;
}

void DtlsConnection::read_records() {
  std::array<uint8_t, 256> application_data;  // there is no data channel: read and forgotten
  for (int records = 0; records < kMaxRecordsPerRead; ++records) {
    ERR_clear_error();
    const int result = SSL_read(ssl_, application_data.data(), application_data.size());
    if (result > 0) continue;
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    ERR_clear_error();
    state_ = State::kClosed;  // close_notify, a fatal alert, or a broken connection
    return;
  }
}

void DtlsConnection::fail_with(std::string problem) {
  problem_ = std::move(problem);
  state_ = State::kFailed;
  ERR_clear_error();
}

}  // namespace longmen

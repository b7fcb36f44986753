#include "tests/support/dtls_client.h"

#include <openssl/err.h>
#include <sys/time.h>

#include <atomic>
#include <cstring>
#include <stdexcept>

namespace {
std::atomic<int64_t> openssl_clock_offset_us = 0;
}

// Stands before the C library's: OpenSSL's DTLS timers read this clock.
extern "C" int gettimeofday(struct timeval* __restrict tv, void* __restrict) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t us = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000 + openssl_clock_offset_us;
  tv->tv_sec = us / 1'000'000;
  tv->tv_usec = us % 1'000'000;
  return 0;
}

namespace longmen::test {
namespace {

constexpr unsigned kBallastExtension = 0xFE01;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::string hex(const uint8_t* bytes, size_t count) {
  std::string text;
  char pair[4];
  for (size_t i = 0; i < count; ++i) {
    snprintf(pair, sizeof pair, i ? ":%02X" : "%02X", bytes[i]);
    text += pair;
  }
  return text;
}

std::string fingerprint_of(const X509* certificate, const EVP_MD* algorithm) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned bytes = 0;
  X509_digest(certificate, algorithm, digest, &bytes);
  const char* name = algorithm == EVP_sha512()   ? "sha-512 "
                     : algorithm == EVP_sha384() ? "sha-384 "
                                                 : "sha-256 ";
  return name + hex(digest, bytes);
}

}  // namespace

void advance_openssl_clock(std::chrono::microseconds by) {
  openssl_clock_offset_us += by.count();
}

struct ClientBio {
  static int read(BIO* bio, char* into, int size) {
    auto* client = static_cast<DtlsClient*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (client->incoming_.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t count = std::min(client->incoming_.size(), static_cast<size_t>(size));
    std::memcpy(into, client->incoming_.data(), count);
    client->incoming_ = {};
    return static_cast<int>(count);
  }
  static int write(BIO* bio, const char* from, int size) {
    auto* client = static_cast<DtlsClient*>(BIO_get_data(bio));
    const auto* bytes = reinterpret_cast<const uint8_t*>(from);
    client->outgoing_.emplace_back(bytes, bytes + size);
    return size;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH; }
  static BIO_METHOD* method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "test datagrams");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      BIO_meth_set_create(made, [](BIO* bio) {
        BIO_set_init(bio, 1);
        return 1;
      });
      return made;
    }();
    return method;
  }
  static int add_ballast(SSL* ssl, unsigned, unsigned, const uint8_t** out, size_t* size, X509*,
                         size_t, int*, void*) {
    auto* client = static_cast<DtlsClient*>(SSL_get_app_data(ssl));
    *out = client->ballast_.data();
    *size = client->ballast_.size();
    return 1;
  }
};

DtlsClient::DtlsClient(Options options) : options_(std::move(options)) {
  context_ = SSL_CTX_new(DTLS_client_method());
  require(context_ && SSL_CTX_set_min_proto_version(context_, DTLS1_2_VERSION) == 1, "context");
  EVP_PKEY* key = EVP_EC_gen("P-256");
  certificate_ = X509_new();
  X509_set_version(certificate_, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 7);
  X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
  X509_set_pubkey(certificate_, key);
  require(X509_sign(certificate_, key, EVP_sha256()) > 0, "certificate");
  if (options_.certificate) {
    require(SSL_CTX_use_certificate(context_, certificate_) == 1, "use certificate");
    require(SSL_CTX_use_PrivateKey(context_, key) == 1, "use key");
  }
  EVP_PKEY_free(key);
  if (!options_.srtp_profiles.empty()) {
    require(SSL_CTX_set_tlsext_use_srtp(context_, options_.srtp_profiles.c_str()) == 0, "profiles");
  }
  SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU);
  SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
  if (options_.client_hello_ballast_bytes > 0) {
    ballast_.assign(options_.client_hello_ballast_bytes, 0x5A);
    require(SSL_CTX_add_custom_ext(context_, kBallastExtension, SSL_EXT_CLIENT_HELLO,
                                   ClientBio::add_ballast, nullptr, nullptr, nullptr, nullptr) == 1,
            "ballast");
  }
  ssl_ = SSL_new(context_);
  BIO* bio = BIO_new(ClientBio::method());
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  SSL_set_mtu(ssl_, options_.mtu_bytes);
  SSL_set_connect_state(ssl_);
}

DtlsClient::~DtlsClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  X509_free(certificate_);
}

std::string DtlsClient::fingerprint(const EVP_MD* algorithm) const {
  return fingerprint_of(certificate_, algorithm);
}

std::string DtlsClient::server_fingerprint() const {
  X509* server = SSL_get1_peer_certificate(ssl_);
  if (!server) return {};
  std::string text = fingerprint_of(server, EVP_sha256());
  X509_free(server);
  return text;
}

void DtlsClient::start() {
  advance();
}

void DtlsClient::handle_datagram(ByteSpan datagram) {
  incoming_ = datagram;
  advance();
  incoming_ = {};
}

void DtlsClient::handle_timeout() {
  DTLSv1_handle_timeout(ssl_);
}

std::optional<Bytes> DtlsClient::poll_transmit() {
  if (outgoing_.empty()) return {};
  Bytes datagram = std::move(outgoing_.front());
  outgoing_.pop_front();
  return datagram;
}

void DtlsClient::close() {
  SSL_shutdown(ssl_);
}

void DtlsClient::advance() {
  ERR_clear_error();
  if (connected()) {
    uint8_t ignored[256];
    const int result = SSL_read(ssl_, ignored, sizeof ignored);
    if (result <= 0 && SSL_get_error(ssl_, result) == SSL_ERROR_ZERO_RETURN) {
      closed_by_server_ = true;
    }
    return;
  }
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) {
    const int error = SSL_get_error(ssl_, result);
    failed_ = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    return;
  }
  const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl_);
  if (!profile) {
    failed_ = true;
    return;
  }
  const SrtpProfile known = srtp_profile_from_id(static_cast<uint16_t>(profile->id)).value();
  Bytes material(srtp_exporter_bytes(known));
  SSL_export_keying_material(ssl_, material.data(), material.size(), kSrtpExporterLabel.data(),
                             kSrtpExporterLabel.size(), nullptr, 0, 0);
  keys_ = split_srtp_exporter(known, material).value();
}

}  // namespace longmen::test

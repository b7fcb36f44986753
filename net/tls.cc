#include "net/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <ctime>

#include "core/base/sha256.h"
#include "net/certificate_authority.h"

namespace longmen {
namespace ssl = boost::asio::ssl;
namespace {

// For TLS 1.2; 1.3 has only good ones.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

int choose_http(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* in,
                unsigned int in_bytes, void*) {
  static constexpr unsigned char kOurs[] = "\x02h2\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_bytes, kOurs, sizeof kOurs - 1, in, in_bytes);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<std::shared_ptr<ssl::context>> make_context(const CertificateFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_alpn_select_cb(native, choose_http, nullptr);
  boost::system::error_code error;
  context->use_certificate_chain_file(files.certificate_file, error);
  if (error) return fail(fmt::format("{}: {}", files.certificate_file, error.message()));
  context->use_private_key_file(files.key_file, ssl::context::pem, error);
  if (error) {
    return fail(
        fmt::format("{}: {} (for {})", files.key_file, error.message(), files.certificate_file));
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    return fail(fmt::format("{} is not the key of {}", files.key_file, files.certificate_file));
  }
  return context;
}

std::chrono::system_clock::time_point end_of(const X509& certificate) {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end);
  return std::chrono::system_clock::from_time_t(::timegm(&end));
}

std::string fingerprint_of(const X509& certificate) {
  unsigned char* der = nullptr;
  const int bytes = i2d_X509(&certificate, &der);
  std::string hex;
  if (bytes > 0) hex = sha256_hex(ByteSpan(der, static_cast<size_t>(bytes)));
  OPENSSL_free(der);
  return hex;
}

// The leaf may stay the same while an intermediate certificate is replaced (a cross-signed root
// that ends, a file that lacked it at first).
std::string fingerprint_of_chain(SSL_CTX* context) {
  std::string all = fingerprint_of(*SSL_CTX_get0_certificate(context));
  STACK_OF(X509)* others = nullptr;
  SSL_CTX_get0_chain_certs(context, &others);
  for (int i = 0; i < sk_X509_num(others); ++i)  // -1 of none
    all += fingerprint_of(*sk_X509_value(others, i));
  return sha256_hex(all);
}

}  // namespace

Result<void> TlsServer::load(const TlsSettings& settings,
                             std::chrono::system_clock::time_point now) {
  CertificateFiles files{settings.certificate_file, settings.key_file};
  if (settings.certificate_file.empty()) {
    auto own = ensure_own_certificate(settings.directory, settings.names, now);
    if (!own) return tl::unexpected(own.error());
    files = std::move(*own);
  }
  auto context = make_context(files);
  if (!context) return tl::unexpected(context.error());
  const X509* certificate = SSL_CTX_get0_certificate((*context)->native_handle());
  const auto not_after = end_of(*certificate);
  if (not_after <= now) {
    return fail(fmt::format("{}: the certificate has expired", files.certificate_file));
  }
  std::string chain_fingerprint = fingerprint_of_chain((*context)->native_handle());
  if (chain_fingerprint == chain_fingerprint_) return {};  // sessions and tickets stay good
  fingerprint_ = fingerprint_of(*certificate);
  chain_fingerprint_ = std::move(chain_fingerprint);
  context_ = std::move(*context);
  not_after_ = not_after;
  return {};
}

std::vector<std::string> names_of_this_machine() {
  std::vector<std::string> names{"localhost"};
  char host[256] = "";
  if (::gethostname(host, sizeof host - 1) == 0 && host[0] != '\0') names.emplace_back(host);
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) == 0) {
    for (const ifaddrs* item = interfaces; item; item = item->ifa_next) {
      if (!item->ifa_addr) continue;
      char text[INET6_ADDRSTRLEN] = "";
      if (item->ifa_addr->sa_family == AF_INET) {
        const auto& address = *reinterpret_cast<const sockaddr_in*>(item->ifa_addr);
        ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
      } else if (item->ifa_addr->sa_family == AF_INET6) {
        const auto& address = *reinterpret_cast<const sockaddr_in6*>(item->ifa_addr);
        if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) continue;  // nobody types those
        ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
      }
      if (text[0] != '\0') names.emplace_back(text);
    }
    ::freeifaddrs(interfaces);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace longmen

// The server's side of TLS: which certificate is shown. One that the configuration names, or else
// one of the installation's own authority, made here: an EC P-256 root that is made once, kept in
// DATA_DIR/tls/ and never replaced (people install it), and a certificate under it for the names
// and addresses of this machine, made anew before it expires or when those change.
// A reload is validated whole, then swapped; connections keep what they began with. TLS 1.2 and
// newer, HTTP/2 and HTTP/1.1 by ALPN. Reads and writes files; knows no connection; one thread.
// RFC 5280, RFC 8446, RFC 7301.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace longmen {

struct TlsSettings {
  std::string certificate_file;  // PEM, the leaf first; empty: made by the own authority
  std::string key_file;
  std::string directory;           // of the own authority: DATA_DIR/tls
  std::vector<std::string> names;  // DNS names and addresses for the own certificate
  bool operator==(const TlsSettings&) const = default;
};

// How long before its end a certificate of the own authority is replaced.
inline constexpr std::chrono::hours kTlsRenewBefore{24 * 30};

class TlsServer {
 public:
  // Nothing changes when it fails, nor when the certificates are those that are shown already;
  // otherwise context() is another one. The words name the file. Also renews, so call it daily.
  Result<void> load(const TlsSettings& settings, std::chrono::system_clock::time_point now);

  // For the next connection; null before the first load.
  std::shared_ptr<boost::asio::ssl::context> context() const { return context_; }
  // SHA-256 of the certificate shown, lower-case hex; the configured one's end.
  const std::string& fingerprint() const { return fingerprint_; }
  std::chrono::system_clock::time_point not_after() const { return not_after_; }

 private:
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::string fingerprint_;
  std::string chain_fingerprint_;  // of all certificates that are sent
  std::chrono::system_clock::time_point not_after_;
};

// This machine's host name, "localhost" and every address of its interfaces, sorted.
std::vector<std::string> names_of_this_machine();

}  // namespace longmen

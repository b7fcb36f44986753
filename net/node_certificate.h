// The certificate that a process of the node shows, from its configuration: loads it, renews one of
// the own authority before it ends or when this machine's addresses change, and takes a new one in
// when the configuration is handed out again, also if that is the same (files under the same names
// may have changed). Gateway and ingest have one each; both show the same. When it cannot be taken,
// the one before stays, and it is tried again every minute. One thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "config/node_config.h"
#include "net/tls.h"

namespace longmen {

class NodeCertificate {
 public:
  // `purpose` is for the log: "HTTPS". `loaded` is called after each try.
  NodeCertificate(boost::asio::io_context& io, std::string purpose,
                  std::function<void(const Result<void>&)> loaded);

  // Loads it, unless nobody here has a use for it.
  void configure(const NodeConfig& config, bool wanted);
  void stop() { timer_.cancel(); }

  const TlsServer& tls() const { return *tls_; }
  // For whoever listens: has no context until the first certificate.
  std::shared_ptr<const TlsServer> shared() const { return tls_; }

 private:
  void load();

  std::string purpose_;
  std::function<void(const Result<void>&)> loaded_;
  std::shared_ptr<TlsServer> tls_ = std::make_shared<TlsServer>();
  TlsSettings settings_;
  std::vector<std::string> extra_names_;
  boost::asio::steady_timer timer_;
};

}  // namespace longmen

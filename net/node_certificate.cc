#include "net/node_certificate.h"

#include <spdlog/spdlog.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kRenewCheck = 6h;    // of the certificate, and of this machine's addresses
constexpr auto kRenewRetry = 1min;  // after a failure

}  // namespace

NodeCertificate::NodeCertificate(boost::asio::io_context& io, std::string purpose,
                                 std::function<void(const Result<void>&)> loaded)
    : purpose_(std::move(purpose)), loaded_(std::move(loaded)), timer_(io) {}

void NodeCertificate::configure(const NodeConfig& config, bool wanted) {
  settings_.certificate_file = config.http.certificate_file;
  settings_.key_file = config.http.key_file;
  settings_.directory = config.data_dir + "/tls";
  extra_names_.clear();
  for (const std::string& name : {config.relay.public_address, config.http.address}) {
    if (!name.empty() && name != "0.0.0.0" && name != "::") extra_names_.push_back(name);
  }
  if (wanted) load();
}

void NodeCertificate::load() {
  settings_.names = names_of_this_machine();
  settings_.names.insert(settings_.names.end(), extra_names_.begin(), extra_names_.end());
  const auto before = tls_->context();
  const auto loaded = tls_->load(settings_, std::chrono::system_clock::now());
  if (!loaded) {
    spdlog::error("certificate not taken{}: {}", before ? ", the earlier one stays" : "",
                  loaded.error().message);
  } else if (tls_->context() != before) {
    spdlog::info("{} shows the certificate with SHA-256 {}", purpose_, tls_->fingerprint());
  }
  if (loaded_) loaded_(loaded);
  timer_.expires_after(loaded ? std::chrono::minutes(kRenewCheck) : kRenewRetry);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) load();
  });
}

}  // namespace longmen

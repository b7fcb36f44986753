// The OpenID provider of the configuration, as control knows it: asked on threads of its own, so
// that nothing else waits for it; its metadata and keys are kept for kFactsLife, and asked for by
// one at a time. After a failure nobody asks for kTryAgain: whoever comes hears the same words.
// Keys are fetched anew at most once in kKeysApart, when a token names one that is not known. Who
// signs in waits kFactsWithin and kExchangeWithin at most, places in the queue included.
// Bounds: kThreads questions at a time, kMaxWaiting in all. An object of the io thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "control/oidc/provider_talk.h"
#include "control/studio_clock.h"
#include "control/work_thread.h"

namespace longmen {

class OidcProvider {
 public:
  static constexpr int kThreads = 4;
  static constexpr int kMaxWaiting = 12;
  static constexpr std::chrono::seconds kFactsLife{60 * 60};
  static constexpr std::chrono::seconds kTryAgain{5};
  static constexpr std::chrono::seconds kKeysApart{30};
  static constexpr std::chrono::seconds kFactsWithin{7};
  static constexpr std::chrono::seconds kExchangeWithin{8};

  OidcProvider(boost::asio::io_context& io, WebFetch fetch, StudioClock clock);

  // Another provider, or another client of it, is asked anew.
  void configure(const OidcConfig& config);
  const OidcConfig& config() const { return *config_; }
  // That it had when it was asked last.
  const std::optional<OidcProblem>& problem() const { return problem_; }

  boost::asio::awaitable<Asked<ProviderMetadata>> metadata();
  // Where one signs out of it, as far as it has been asked; empty: nowhere.
  std::string end_session_endpoint() const {
    return facts_ ? facts_->metadata.end_session_endpoint : std::string();
  }
  // Claims by which somebody signed in; whether they give an account is not decided here.
  boost::asio::awaitable<Asked<boost::json::object>> claims_of(CodeExchange exchange);
  void join() { threads_.join(); }

 private:
  using Facts = std::shared_ptr<const ProviderFacts>;
  boost::asio::awaitable<Asked<Facts>> facts();
  boost::asio::awaitable<void> ask_anew();
  WebFetch until(std::chrono::seconds within) const;

  const StudioClock clock_;
  const std::shared_ptr<const WebFetch> fetch_;
  std::shared_ptr<const OidcConfig> config_;  // the threads' too
  Facts facts_;
  std::chrono::seconds asked_{}, keys_fetched_{};  // by the steady clock
  std::optional<OidcProblem> problem_;
  bool asking_ = false;
  boost::asio::steady_timer answered_;
  WorkThread threads_;
};

}  // namespace longmen

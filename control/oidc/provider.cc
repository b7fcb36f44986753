#include "control/oidc/provider.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longmen {
namespace asio = boost::asio;
namespace {

tl::unexpected<OidcProblem> too_many_wait() {
  return tl::unexpected<OidcProblem>(
      OidcProblem{OidcTrouble::kBusy, "too many wait for the provider"});
}

}  // namespace

OidcProvider::OidcProvider(asio::io_context& io, WebFetch fetch, StudioClock clock)
    : clock_(std::move(clock)),
      fetch_(std::make_shared<const WebFetch>(std::move(fetch))),
      config_(std::make_shared<const OidcConfig>()),
      answered_(io, asio::steady_timer::time_point::max()),
      threads_(io, kThreads, kMaxWaiting) {}

void OidcProvider::configure(const OidcConfig& config) {
  if (config == *config_) return;
  config_ = std::make_shared<const OidcConfig>(config);
  facts_.reset();
  problem_.reset();
}

// From now on, so that whoever waits for a thread uses it up.
WebFetch OidcProvider::until(std::chrono::seconds within) const {
  return fetch_until(*fetch_, std::chrono::steady_clock::now() + within);
}

asio::awaitable<void> OidcProvider::ask_anew() {
  asking_ = true;
  const auto config = config_;
  const auto ask = [config, fetch = until(kFactsWithin)] { return ask_provider(*config, fetch); };
  auto asked = co_await threads_.run(ask);
  asking_ = false;
  answered_.cancel();
  if (config != config_) co_return;  // that was another one
  asked_ = clock_.steady();
  if (!asked) {
    problem_ = too_many_wait().value();
  } else if (!*asked) {
    problem_ = asked->error();
    spdlog::warn("nobody can sign in by {}: {}", config->issuer, problem_->words);
  } else {
    facts_ = std::make_shared<const ProviderFacts>(std::move(**asked));
    if (problem_) spdlog::info("{} answers again", config->issuer);
    problem_.reset();
  }
}

asio::awaitable<Asked<OidcProvider::Facts>> OidcProvider::facts() {
  const auto config = config_;
  while (config == config_) {
    const auto age = clock_.steady() - asked_;
    if (problem_ && age < kTryAgain) co_return tl::unexpected<OidcProblem>(*problem_);
    if (!problem_ && facts_ && age < kFactsLife) co_return facts_;
    if (asking_) {
      boost::system::error_code woken;
      co_await answered_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    } else {
      co_await ask_anew();
    }
  }
  co_return too_many_wait();  // configured anew meanwhile; the next attempt asks the new one
}

asio::awaitable<Asked<ProviderMetadata>> OidcProvider::metadata() {
  const auto known = co_await facts();
  if (!known) co_return tl::unexpected<OidcProblem>(known.error());
  co_return (*known)->metadata;
}

asio::awaitable<Asked<boost::json::object>> OidcProvider::claims_of(CodeExchange exchange) {
  const auto known = co_await facts();
  if (!known) co_return tl::unexpected<OidcProblem>(known.error());
  const auto now = clock_.steady();
  exchange.may_fetch_keys =
      keys_fetched_ == std::chrono::seconds() || now - keys_fetched_ >= kKeysApart;
  const auto ask = [config = config_, fetch = until(kExchangeWithin), facts = *known, exchange] {
    return exchange_code(*config, *facts, exchange, fetch);
  };
  auto asked = co_await threads_.run(ask);
  if (!asked) co_return too_many_wait();
  Asked<Exchanged>& exchanged = *asked;
  if (!exchanged) {
    // Perhaps they were fetched, and the key was not among them.
    if (exchanged.error().trouble == OidcTrouble::kToken && exchange.may_fetch_keys)
      keys_fetched_ = now;
    spdlog::warn("a sign-in by the provider failed: {}", exchanged.error().words);
    co_return tl::unexpected<OidcProblem>(exchanged.error());
  }
  if (exchanged->keys) {
    keys_fetched_ = now;
    if (facts_ == *known)
      facts_ =
          std::make_shared<const ProviderFacts>(ProviderFacts{facts_->metadata, *exchanged->keys});
  }
  if (!exchanged->complaint.empty())
    spdlog::warn("the provider's userinfo is left out: {}", exchanged->complaint);
  co_return std::move(exchanged->claims);
}

}  // namespace longmen

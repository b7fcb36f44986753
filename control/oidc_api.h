// Signing in by the OpenID provider of the configuration, over HTTP: what ways in there are, where
// a browser is sent, and what becomes of it when it comes back; and the link between an account and
// its person at the provider. The browser keeps the flow (control/oidc/sign_in_flow.h); it comes
// back by a navigation that another site began, so its sign-in's cookie, which is SameSite=Strict,
// does not come with it, and nothing here counts on that one. Whatever goes wrong there ends at
// /studio#provider=WORD, where the page says it; passwords go on working. Attempts are counted by
// network (control/sign_in_limiter.h). On the io thread. OpenID Connect Core §3.1, RFC 9700 §2.1.
#pragma once

#include "control/account_table.h"
#include "control/oidc/provider.h"
#include "control/oidc/sign_in_flow.h"
#include "control/provider_sign_in.h"
#include "control/studio_parts.h"

namespace longmen {

class OidcApi {
 public:
  OidcApi(boost::asio::io_context& io, StudioParts& parts, WebFetch fetch);
  void add_routes(HttpRouter& router);

  void set_key(std::string key) { flows_.set_key(std::move(key)); }
  void configure(const OidcConfig& config) { provider_.configure(config); }
  // Asks the provider, so that the page for signing in knows whether it answers.
  boost::asio::awaitable<void> look();
  // Where whoever signs out here signs out of the provider, too; empty: the provider knows no
  // such thing. OpenID Connect RP-Initiated Logout 1.0 §2; no ID token is kept
  // that could be shown as a hint, so a provider may ask the person.
  std::string sign_out_address(const HttpRequest& request) const;
  void join() { provider_.join(); }

 private:
  boost::asio::awaitable<HttpResponse> ways(HttpRequest request);
  boost::asio::awaitable<HttpResponse> begin(HttpRequest request);
  boost::asio::awaitable<HttpResponse> callback(HttpRequest request);
  boost::asio::awaitable<HttpResponse> link(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> unlink(Caller caller, HttpRequest request);

  std::string provider_key() const;
  std::string origin_of(const HttpRequest& request) const;
  std::string redirect_uri(const HttpRequest& request) const;
  // The address at the provider, and the cookie. `again`: it is to ask the person anew.
  boost::asio::awaitable<HttpResponse> send_away(const HttpRequest& request, SignInFlow flow,
                                                 bool again);
  struct Return;
  boost::asio::awaitable<HttpResponse> come_back(Return& back);
  boost::asio::awaitable<HttpResponse> enter(const Return& back, const ProviderWord& word);
  boost::asio::awaitable<HttpResponse> finish_link(const Return& back, const ProviderWord& word);
  boost::asio::awaitable<void> note_refusal_of(const Actor& from, const ProviderWord& word,
                                               const std::string& why);
  ProviderWord word_of(const boost::json::object& claims) const;

  StudioParts& parts_;
  SignInFlows flows_;
  OidcProvider provider_;
};

}  // namespace longmen

// What only this machine may ask of control, through its Unix socket, where the peer's user was
// checked (net/http_server.h): one-time links for the command line. The gateway passes nothing on
// that is not below /api/, and what it passes on says where it came from; both are refused here.
#pragma once

#include "control/account_actions.h"
#include "control/studio_parts.h"

namespace longmen {

class LocalApi {
 public:
  // `origin`: "https://host:8443", as browsers reach this node; may be empty.
  LocalApi(StudioParts& parts, std::function<std::string()> origin)
      : parts_(parts), origin_(std::move(origin)) {}
  void add_routes(HttpRouter& router);

  // At the first start of all: the administrator is made. True when there is a link to be shown.
  boost::asio::awaitable<Result<bool>> make_first_administrator();
  // The link that this process made last for whoever has just started the node. Its token is kept
  // here alone, until somebody asks for the link after an administrator was set up, or the process
  // ends.
  std::string first_link() const { return first_token_.empty() ? "" : address_of(first_token_); }

 private:
  boost::asio::awaitable<HttpResponse> reset_link(HttpRequest request);
  boost::asio::awaitable<HttpResponse> first_link_for(HttpRequest request);
  std::string address_of(const std::string& token) const { return origin_() + link_path(token); }

  StudioParts& parts_;
  const std::function<std::string()> origin_;
  std::string first_token_;
};

}  // namespace longmen

// Links for people to channels whose access is by token: one (core/access/watch_token.h) for as
// long as who manages the channel says. Tokens are not kept; that one was made, for whom and until
// when, is in the audit.
#pragma once

#include "control/studio_parts.h"

namespace longmen {

class WatchTokensApi {
 public:
  static constexpr std::chrono::minutes kLongest = std::chrono::days(366);

  explicit WatchTokensApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen

// The audit over HTTP: pages of it, the latest first, and all of it as JSON lines, the oldest
// first, read from the database piece by piece while it is sent.
#pragma once

#include "control/audit.h"
#include "control/studio_parts.h"

namespace longmen {

class AuditApi {
 public:
  explicit AuditApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen

// /livez and /readyz: whether this process answers at all, and whether a viewer who comes now can
// be served: the relay is reached, the channels are known and have something to show (their feed
// or their slate; one that cannot have it is named and not waited for), the sockets are there,
// HTTPS has a certificate. Figures of the rest of the node are elsewhere (/metrics).
#pragma once

#include <string>
#include <vector>

#include "net/http_router.h"

namespace longmen {

struct Readiness {
  bool relay = false;
  bool channels = false;
  bool pictures = false;  // as the supervisor says, who knows what may not be waited for
  bool http = false;
  bool https = false;  // true as well when HTTPS is off

  std::vector<std::string> without_picture;  // channels

  bool ready() const { return relay && channels && pictures && http && https; }
};

void add_health_routes(HttpRouter& router, std::function<Readiness()> readiness);

}  // namespace longmen

// /livez and /readyz: whether this process answers at all, and whether a viewer who comes now can
// be served: the relay is reached, the channels are known, the sockets are there, HTTPS has a
// certificate. Figures of the rest of the node are elsewhere (/metrics).
#pragma once

#include "net/http_router.h"

namespace longmen {

struct Readiness {
  bool relay = false;
  bool channels = false;
  bool http = false;
  bool https = false;  // true as well when HTTPS is off

  bool ready() const { return relay && channels && http && https; }
};

void add_health_routes(HttpRouter& router, std::function<Readiness()> readiness);

}  // namespace longmen

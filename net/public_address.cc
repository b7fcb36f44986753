#include "net/public_address.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <memory>

#include "net/socket_address.h"

namespace longmen {

std::string find_public_address() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return "127.0.0.1";
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* each = list; each; each = each->ifa_next) {
    const bool usable = (each->ifa_flags & IFF_UP) && !(each->ifa_flags & IFF_LOOPBACK);
    if (!usable || !each->ifa_addr || each->ifa_addr->sa_family != AF_INET) continue;
    return to_address(each->ifa_addr).ip_string();
  }
  return "127.0.0.1";
}

}  // namespace longmen

// Tells systemd how the node is (sd_notify(3), Type=notify): one datagram to $NOTIFY_SOCKET; does
// nothing where there is none.
#pragma once

#include <string_view>

namespace longmen {

// "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=...", "STATUS=...", "WATCHDOG=1".
void notify_service_manager(std::string_view state);

}  // namespace longmen

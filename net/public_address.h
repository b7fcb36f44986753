// The address that others reach this machine by, as far as the machine itself can know.
#pragma once

#include <string>

namespace longmen {

// The first IPv4 address of an interface that is up and is not the loopback's, else "127.0.0.1".
std::string find_public_address();

}  // namespace longmen

// Lets sends on datagram sockets fail: stands before the C library's sendto, sendmsg and sendmmsg
// in the test's executable, and passes on whatever is not to fail.
#pragma once

#include <atomic>

namespace longmen::test {

struct SendFaults {
  std::atomic<int> fail_trains = 0;  // so many sends with UDP_SEGMENT fail next
  std::atomic<int> fail_sends = 0;   // so many sends of any kind fail next
  std::atomic<int> error = 0;        // with this errno
};
SendFaults& send_faults();

}  // namespace longmen::test

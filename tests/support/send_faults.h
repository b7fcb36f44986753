// Lets sends on datagram sockets fail: stands before the C library's sendto and sendmmsg
// in the test's executable, and passes on whatever is not to fail.
#pragma once

#include <atomic>

namespace longmen::test {

struct SendFaults {
  // So many sends that the kernel would cut, or that of a socket that cuts longer ones, fail next.
  std::atomic<int> fail_trains = 0;
  std::atomic<int> fail_sends = 0;  // so many sends of any kind fail next
  std::atomic<int> error = 0;       // with this errno
};
SendFaults& send_faults();

}  // namespace longmen::test

// Lets sends on datagram sockets fail: stands before the C library's sendto and sendmmsg
// in the test's executable, and passes on whatever is not to fail.
#pragma once

#include <atomic>

namespace longmen::test {

struct SendFaults {
  std::atomic<int> fail_trains = 0;  // so many messages that the kernel is to cut fail next
  std::atomic<int> fail_sends = 0;   // so many calls fail next, ...
  std::atomic<int> spare_sends = 0;  // ... after so many that do not
  std::atomic<int> error = 0;        // with this errno
};
SendFaults& send_faults();

}  // namespace longmen::test

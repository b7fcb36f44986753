#include "tests/support/send_faults.h"

#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace longmen::test {

SendFaults& send_faults() {
  static SendFaults faults;
  return faults;
}

namespace {

bool is_datagram_socket(int socket) {
  int domain = 0;
  socklen_t bytes = sizeof domain;
  getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &bytes);
  return domain == AF_INET || domain == AF_INET6;
}

bool take_one(std::atomic<int>& count) {
  int left = count;
  while (left > 0)
    if (count.compare_exchange_weak(left, left - 1)) return true;
  return false;
}

bool sends_trains(int socket) {
  int segment_bytes = 0;
  socklen_t bytes = sizeof segment_bytes;
  return getsockopt(socket, SOL_UDP, UDP_SEGMENT, &segment_bytes, &bytes) == 0 && segment_bytes > 0;
}

bool fails(int socket) {
  SendFaults& faults = send_faults();
  if (faults.fail_sends == 0 && faults.fail_trains == 0) return false;
  if (!is_datagram_socket(socket)) return false;
  if (!(sends_trains(socket) && take_one(faults.fail_trains)) && !take_one(faults.fail_sends))
    return false;
  errno = faults.error;
  return true;
}

}  // namespace
}  // namespace longmen::test

extern "C" int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
  if (longmen::test::fails(socket)) return -1;
  return static_cast<int>(syscall(SYS_sendmmsg, socket, messages, count, flags));
}

extern "C" ssize_t sendto(int socket, const void* bytes, size_t size, int flags, const sockaddr* to,
                          socklen_t to_bytes) {
  if (longmen::test::fails(socket)) return -1;
  return syscall(SYS_sendto, socket, bytes, size, flags, to, to_bytes);
}

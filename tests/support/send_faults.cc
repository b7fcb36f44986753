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

bool is_train(const msghdr& message) {
  const cmsghdr* control = CMSG_FIRSTHDR(&message);
  return control && control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_SEGMENT;
}

bool call_fails(int socket) {
  SendFaults& faults = send_faults();
  if (faults.fail_sends == 0 || !is_datagram_socket(socket)) return false;
  return !take_one(faults.spare_sends) && take_one(faults.fail_sends);
}

}  // namespace
}  // namespace longmen::test

// As the kernel: one that fails ends the call, and is told by the next, which begins with it.
extern "C" int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
  using namespace longmen::test;
  unsigned first_train = 0;
  while (first_train < count && !is_train(messages[first_train].msg_hdr))
    ++first_train;
  const bool train_fails = first_train < count && send_faults().fail_trains > 0;
  if (call_fails(socket) ||
      (train_fails && first_train == 0 && take_one(send_faults().fail_trains))) {
    errno = send_faults().error;
    return -1;
  }
  if (train_fails && first_train > 0) count = first_train;
  return static_cast<int>(syscall(SYS_sendmmsg, socket, messages, count, flags));
}

extern "C" ssize_t sendto(int socket, const void* bytes, size_t size, int flags, const sockaddr* to,
                          socklen_t to_bytes) {
  if (longmen::test::call_fails(socket)) {
    errno = longmen::test::send_faults().error;
    return -1;
  }
  return syscall(SYS_sendto, socket, bytes, size, flags, to, to_bytes);
}

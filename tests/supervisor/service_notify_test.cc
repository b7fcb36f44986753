#include "supervisor/service_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "net/unique_fd.h"

namespace longmen {
namespace {

TEST(ServiceNotify, TellsTheServiceManagerOnAnAbstractSocket) {
  const std::string name = "longmen-notify-test-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  UniqueFd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ASSERT_EQ(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  notify_service_manager("READY=1\nSTATUS=serving");
  ::unsetenv("NOTIFY_SOCKET");
  char buffer[256];
  const ssize_t got = ::recv(manager.get(), buffer, sizeof buffer, 0);
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(got)), "READY=1\nSTATUS=serving");
}

TEST(ServiceNotify, WithoutAManagerNothingHappens) {
  ::unsetenv("NOTIFY_SOCKET");
  notify_service_manager("READY=1");
}

}  // namespace
}  // namespace longmen

#include "supervisor/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

namespace longmen {
namespace {

constexpr int kLinkDescriptor = 3;

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* argv, int link, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  // A session of its own: Ctrl-C is the supervisor's alone, and a scheduler that shares time out by
  // session (autogroup) lets the relay, which needs little, go before encoders, which need much.
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (link >= 0) {
    if (link == kLinkDescriptor) {
      ::fcntl(link, F_SETFD, 0);
    } else if (::dup2(link, kLinkDescriptor) < 0) {
      ::_exit(127);
    }
  }
  ::execv("/proc/self/exe", argv);
  ::_exit(127);
}

}  // namespace

Result<Child> Child::start(boost::asio::io_context& io, const std::vector<std::string>& arguments,
                           bool with_link) {
  UniqueFd ours, theirs;
  if (with_link) {
    auto ends = Link::pair();
    if (!ends) return tl::unexpected(ends.error());
    ours = std::move(ends->first);
    theirs = std::move(ends->second);
  }
  std::string name = "longmen";
  std::vector<char*> argv{name.data()};
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  io.notify_fork(boost::asio::execution_context::fork_prepare);
  const pid_t pid = ::fork();
  if (pid == 0) become(argv.data(), theirs.get(), parent);
  io.notify_fork(boost::asio::execution_context::fork_parent);
  if (pid < 0) return fail(fmt::format("fork: {}", std::strerror(errno)));
  return Child(pid, with_link ? std::make_shared<Link>(io, std::move(ours)) : nullptr);
}

void Child::kill(int signal) const {
  ::kill(pid_, signal);
}

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(wait_status));
    return fmt::format("killed by SIG{}", name ? name : "?");
  }
  return fmt::format("exit code {}", WEXITSTATUS(wait_status));
}

}  // namespace longmen

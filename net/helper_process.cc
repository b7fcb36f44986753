#include "net/helper_process.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>

#include "net/unique_fd.h"

extern char** environ;

namespace longmen {
namespace asio = boost::asio;
namespace {

// Without secrets, such as a bucket's keys.
std::vector<char*> harmless_environment() {
  constexpr std::array<std::string_view, 8> kKept{"PATH=", "HOME=", "LANG=", "LC_",
                                                  "TZ=",   "GST_",  "LD_",   "ASAN_"};
  std::vector<char*> kept;
  for (char** each = environ; *each; ++each) {
    const bool harmless = std::ranges::any_of(
        kKept, [each](std::string_view name) { return std::string_view(*each).starts_with(name); });
    if (harmless) kept.push_back(*each);
  }
  kept.push_back(nullptr);
  return kept;
}

// Ended with this object, whatever happens.
class HelperProcess {
 public:
  HelperProcess() = default;
  ~HelperProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    // One that hangs in a disk dies when that answers, for which the io thread does not wait.
    if (::waitpid(pid_, nullptr, WNOHANG) == 0)
      std::thread([pid = pid_] { ::waitpid(pid, nullptr, 0); }).detach();
  }
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  // A descriptor that can be read when it has ended.
  Result<UniqueFd> start(const std::string& executable, std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    std::vector<char*> variables = harmless_environment();
    const int failed =
        ::posix_spawn(&pid_, executable.c_str(), &actions, nullptr, argv.data(), variables.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      pid_ = 0;
      return fail(fmt::format("it does not start: {}", std::strerror(failed)));
    }
    UniqueFd ends(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!ends) return fail(std::strerror(errno));
    return ends;
  }

  // It has ended. Whether well.
  bool ended() {
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped != pid_) return false;  // it is ended with this object
    pid_ = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

asio::awaitable<Result<HelperEnd>> run_helper(std::string executable,
                                              std::vector<std::string> arguments,
                                              std::chrono::seconds longest) {
  HelperProcess process;
  auto ends = process.start(executable, std::move(arguments));
  if (!ends) co_return tl::unexpected(ends.error());
  const auto executor = co_await asio::this_coro::executor;
  // The timer's handler may be on its way when this has ended.
  const auto end = std::make_shared<asio::posix::stream_descriptor>(executor, ends->release());
  asio::steady_timer limit(executor, longest);
  limit.async_wait([end](boost::system::error_code cancelled) {
    if (!cancelled) end->cancel();
  });
  boost::system::error_code late;
  co_await end->async_wait(asio::posix::descriptor_base::wait_read,
                           asio::redirect_error(asio::use_awaitable, late));
  limit.cancel();
  if (late) co_return HelperEnd::kLate;
  co_return process.ended() ? HelperEnd::kWell : HelperEnd::kBadly;
}

}  // namespace longmen

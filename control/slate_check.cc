#include "control/slate_check.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "core/node/json_fields.h"
#include "net/state_file.h"
#include "net/unique_fd.h"

extern char** environ;

namespace longmen {
namespace asio = boost::asio;
namespace {

// One child, ended with this object whatever happens.
class CheckProcess {
 public:
  CheckProcess() = default;
  ~CheckProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  CheckProcess(const CheckProcess&) = delete;
  CheckProcess& operator=(const CheckProcess&) = delete;

  Result<UniqueFd> start(const std::string& executable, std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int failed =
        ::posix_spawn(&pid_, executable.c_str(), nullptr, nullptr, argv.data(), environ);
    if (failed != 0) {
      pid_ = 0;
      return fail(fmt::format("check-slate does not start: {}", std::strerror(failed)));
    }
    UniqueFd ends(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!ends) return fail(fmt::format("check-slate: {}", std::strerror(errno)));
    return ends;
  }

  // It has ended. Whether well.
  bool ended() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = 0;
};

struct RemovedFile {
  std::string name;
  ~RemovedFile() { ::unlink(name.c_str()); }
};

Decided<LookedAtSlate> read_report(const std::string& report, const std::string& thumbnail) {
  const auto text = read_state_file(report);
  const auto fields = text ? JsonFields::parse(*text) : Result<JsonFields>(fail("none"));
  if (!fields) return refuse(503, "the file could not be looked at; try again");
  std::string fault, kind;
  fields->read("fault", fault);
  if (!fault.empty()) return refuse(422, fault);
  LookedAtSlate looked;
  fields->read("kind", kind);
  looked.slate.clip = kind == "clip";
  fields->read("media_type", looked.slate.media_type);
  fields->read("width", looked.slate.width);
  fields->read("height", looked.slate.height);
  fields->read("duration_ms", looked.slate.duration_ms);
  fields->read("sound", looked.slate.sound);
  const auto small = read_state_file(thumbnail);
  if (!small) return refuse(503, "the file could not be looked at; try again");
  looked.thumbnail.assign(small->begin(), small->end());
  return looked;
}

}  // namespace

asio::awaitable<Decided<LookedAtSlate>> SlateChecker::look_at(std::string file,
                                                              int max_seconds) const {
  const RemovedFile report{file + ".json"}, thumbnail{file + ".jpg"};
  CheckProcess process;
  auto ends = process.start(
      executable_, {"longmen", "check-slate", "--file", file, "--report", report.name,
                    "--thumbnail", thumbnail.name, "--max-seconds", std::to_string(max_seconds)});
  if (!ends) {
    spdlog::error("{}", ends.error().message);
    co_return refuse(503, "the file cannot be looked at now; try again");
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor end(executor, ends->release());
  asio::steady_timer limit(executor, kLongest);
  limit.async_wait([&end](boost::system::error_code cancelled) {
    if (!cancelled) end.cancel();
  });
  boost::system::error_code late;
  co_await end.async_wait(asio::posix::descriptor_base::wait_read,
                          asio::redirect_error(asio::use_awaitable, late));
  limit.cancel();
  if (late)
    co_return refuse(422,
                     fmt::format("it takes longer than {} minutes to decode it", kLongest.count()));
  if (!process.ended())
    co_return refuse(422, "it cannot be decoded: it needs more memory or time than it may have");
  co_return read_report(report.name, thumbnail.name);
}

}  // namespace longmen

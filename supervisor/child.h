// One child process of the node: started by fork and exec of this same executable, watched, killed.
// With a link it is a role (net/role.h); without one, a helper such as the slate maker.
// It knows no policy: when to start again, and what to say to it, is the supervisor's.
// One thread: that of the io_context.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "net/link.h"

namespace longmen {

class Child {
 public:
  // Starts `longmen ARGUMENTS...`; with a link, its end is descriptor 3 of the child. Dies with us.
  static Result<Child> start(boost::asio::io_context& io, const std::vector<std::string>& arguments,
                             bool with_link);
  Child(Child&&) = default;
  Child& operator=(Child&&) = default;

  pid_t pid() const { return pid_; }
  const std::shared_ptr<Link>& link() const { return link_; }
  void kill(int signal) const;

 private:
  Child(pid_t pid, std::shared_ptr<Link> link) : pid_(pid), link_(std::move(link)) {}

  pid_t pid_;
  std::shared_ptr<Link> link_;
};

// How a process ended, in words: "exit code 1", "killed by SIGKILL".
std::string describe_exit(int wait_status);

}  // namespace longmen

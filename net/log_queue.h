// Lines of text on their way to a descriptor that may be slow or stuck (a pipe that nobody reads, a
// journal that hangs): whoever logs never waits for it. One thread of its own writes; what does not
// fit the bound is left out and counted, and the reader is told in a line of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace longmen {

class LogQueue {
 public:
  // Duplicates the descriptor, and writes to it in whole lines.
  LogQueue(int descriptor, size_t capacity_bytes);
  // Waits for what is queued, at most a second; a descriptor that is stuck keeps the rest.
  ~LogQueue();
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  // Any thread; no wait but for the others' copying. False: it did not fit, and counts as lost.
  bool push(std::string_view line);
  // Lines that did not fit, or that the descriptor refused.
  uint64_t lost() const;

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace longmen

// The socket filter of light viewers: drops media in the kernel and counts it, so that a viewer
// costs this process nothing but its consent checks and reports. Two ways: eBPF, which counts
// streams, progress and freezes (needs CAP_BPF or root where unprivileged bpf(2) is off), and
// classic BPF, which counts what it drops and no more (kernel's drop counter of the socket; the
// socket must not have UDP_GRO then, or a train counts as one).
// It does not know viewers: a socket is told by its own port, so no two may have the same.
// Bounds: one map of 65,536 entries. One thread attaches; reading is free of system calls for eBPF.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "load/filter_counters.h"
#include "load/filter_program.h"
#include "net/unique_fd.h"

namespace longmen {

class MediaFilter {
 public:
  enum class Kind { kExtended, kClassic };

  // The words of an error say why the kernel refused.
  static Result<MediaFilter> open_extended(const FilterStreams& streams);
  static MediaFilter open_classic();
  MediaFilter(MediaFilter&& other) noexcept;
  ~MediaFilter();

  Kind kind() const { return map_ ? Kind::kExtended : Kind::kClassic; }
  // The counters of `port`, the socket's own, begin at zero.
  Result<void> attach(int socket, uint16_t port);
  // Of a socket with the classic filter only packets() means anything: all count as others.
  FilterCounters read(int socket, uint16_t port) const;
  // Where `notes_arrivals` was asked for; else of nothing. May be newer than what was read before.
  FilterArrivals arrivals(uint16_t port) const;

 private:
  MediaFilter() = default;
  size_t map_bytes() const;
  char* entry(uint16_t port) const { return entries_ + port * entry_bytes_; }

  UniqueFd map_;
  UniqueFd program_;
  size_t entry_bytes_ = sizeof(FilterCounters);
  char* entries_ = nullptr;  // the map's memory, by port
};

}  // namespace longmen

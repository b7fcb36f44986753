#include "load/media_filter.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

namespace longmen {
namespace {

constexpr size_t kPorts = 65536;
// Whatever an entry has, the map is a multiple of the page size.
static_assert(kPorts % 4096 == 0 && sizeof(FilterCounters) % 8 == 0);
constexpr int kReadTries = 8;

int bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

tl::unexpected<Error> refused(const char* what) {
  return fail(fmt::format("{}: {}", what, std::strerror(errno)));
}

UniqueFd make_map(size_t entry_bytes) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = sizeof(uint32_t);
  attributes.value_size = static_cast<uint32_t>(entry_bytes);
  attributes.max_entries = kPorts;
  attributes.map_flags = BPF_F_MMAPABLE;
  return UniqueFd(bpf(BPF_MAP_CREATE, attributes));
}

UniqueFd load_program(const std::vector<bpf_insn>& program, std::span<char> log) {
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = reinterpret_cast<uint64_t>(program.data());
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.license = reinterpret_cast<uint64_t>("Apache-2.0");
  if (!log.empty()) {
    attributes.log_buf = reinterpret_cast<uint64_t>(log.data());
    attributes.log_size = static_cast<uint32_t>(log.size());
    attributes.log_level = 1;
  }
  return UniqueFd(bpf(BPF_PROG_LOAD, attributes));
}

// The last lines of what the verifier wrote.
std::string end_of(std::span<const char> log) {
  const std::string_view text(log.data());
  return std::string(text.substr(text.size() > 400 ? text.size() - 400 : 0));
}

}  // namespace

Result<MediaFilter> MediaFilter::open_extended(const FilterStreams& streams) {
  MediaFilter filter;
  if (streams.notes_arrivals) filter.entry_bytes_ += sizeof(FilterArrivals);
  filter.map_ = make_map(filter.entry_bytes_);
  if (!filter.map_) return refused("bpf(BPF_MAP_CREATE)");
  const auto program = make_filter_program(filter.map_.get(), streams);
  filter.program_ = load_program(program, {});
  if (!filter.program_) {
    std::string log(1 << 20, '\0');
    filter.program_ = load_program(program, log);
    if (!filter.program_)
      return fail(fmt::format("bpf(BPF_PROG_LOAD): {} {}", std::strerror(errno), end_of(log)));
  }
  void* memory =
      mmap(nullptr, filter.map_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, filter.map_.get(), 0);
  if (memory == MAP_FAILED) return refused("mmap of the BPF map");
  filter.entries_ = static_cast<char*>(memory);
  return filter;
}

MediaFilter MediaFilter::open_classic() {
  return {};
}

MediaFilter::MediaFilter(MediaFilter&& other) noexcept
    : map_(std::move(other.map_)),
      program_(std::move(other.program_)),
      entry_bytes_(other.entry_bytes_),
      entries_(std::exchange(other.entries_, nullptr)) {}

MediaFilter::~MediaFilter() {
  if (entries_) munmap(entries_, map_bytes());
}

size_t MediaFilter::map_bytes() const {
  return kPorts * entry_bytes_;
}

Result<void> MediaFilter::attach(int socket, uint16_t port) {
  if (kind() == Kind::kExtended) {
    std::memset(entry(port), 0, entry_bytes_);
    const int program = program_.get();
    if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) != 0)
      return refused("SO_ATTACH_BPF");
    return {};
  }
  // Drops what has RTP's version, RTCP too. The UDP header comes first.
  std::array<sock_filter, 5> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xC0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x80, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog description{program.size(), program.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &description, sizeof description) != 0)
    return refused("SO_ATTACH_FILTER");
  return {};
}

FilterCounters MediaFilter::read(int socket, uint16_t port) const {
  FilterCounters read;
  if (kind() == Kind::kExtended) {
    // The kernel may be writing: what two looks agree on is of one instant.
    auto look = [&](FilterCounters& into) {
      std::memcpy(&into, entry(port), sizeof into);
      std::atomic_thread_fence(std::memory_order_seq_cst);
    };
    FilterCounters before;
    look(read);
    for (int i = 0; i < kReadTries && !(before == read); ++i) {
      before = read;
      look(read);
    }
    return read;
  }
  std::array<uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t bytes = sizeof memory;
  if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &bytes) == 0)
    read.streams[FilterCounters::kOthers].packets = memory[SK_MEMINFO_DROPS];
  return read;
}

FilterArrivals MediaFilter::arrivals(uint16_t port) const {
  FilterArrivals read{};
  if (entry_bytes_ > sizeof(FilterCounters))
    std::memcpy(&read, entry(port) + sizeof(FilterCounters), sizeof read);
  return read;
}

}  // namespace longmen

#include "ingest/srt_engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <srt/access_control.h>
#include <srt/srt.h>
#include <sys/socket.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ingest/monotonic_now.h"
#include "net/socket_address.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 64;
constexpr int kWakeEveryMs = 20;  // for commands; what comes in wakes the thread by itself
constexpr int kMaxEvents = 64;
constexpr int kMaxMessagesAtOnce = 256;  // of one socket, then it is the next one's turn
constexpr int kCallTimeoutMs = 3000;
constexpr int kPeerIdleMs = 3000;  // without a word, keep-alives included: it is gone
constexpr auto kAnswerSlice = 50ms;

static_assert(int(SrtRejection::kBadRequest) == SRT_REJX_BAD_REQUEST);
static_assert(int(SrtRejection::kUnauthorized) == SRT_REJX_UNAUTHORIZED);
static_assert(int(SrtRejection::kOverload) == SRT_REJX_OVERLOAD);
static_assert(int(SrtRejection::kNotFound) == SRT_REJX_NOTFOUND);
static_assert(int(SrtRejection::kBadMode) == SRT_REJX_BAD_MODE);
static_assert(int(SrtRejection::kConflict) == SRT_REJX_CONFLICT);
static_assert(int(SrtRejection::kNotSupportedMedia) == SRT_REJX_NOTSUP_MEDIA);

// libsrt's own words go to our log. It says much at its error level that is a peer's fault or none.
void on_log(void*, int, const char*, int, const char*, const char* words) {
  spdlog::debug("libsrt: {}", words);
}

// The process ends without libsrt's cleaning up: version 1.5.1 deletes sockets then whose handshake
// its receiver is still refusing. Registered after libsrt's own, this comes before it.
void leave_library(int exit_code, void*) {
#ifdef __SANITIZE_ADDRESS__
  __lsan_do_leak_check();
#endif
  std::fflush(nullptr);
  std::_Exit(exit_code);
}

void start_library() {
  static const bool started = [] {
    srt_startup();
    on_exit(&leave_library, nullptr);
    srt_setloghandler(nullptr, &on_log);
    srt_setlogflags(SRT_LOGF_DISABLE_TIME | SRT_LOGF_DISABLE_THREADNAME |
                    SRT_LOGF_DISABLE_SEVERITY | SRT_LOGF_DISABLE_EOL);
    return true;
  }();
  (void)started;
}

template <class Value>
bool set(SRTSOCKET socket, SRT_SOCKOPT option, Value value) {
  return srt_setsockflag(socket, option, &value, sizeof value) != SRT_ERROR;
}
bool set_text(SRTSOCKET socket, SRT_SOCKOPT option, const std::string& text) {
  return srt_setsockflag(socket, option, text.data(), static_cast<int>(text.size())) != SRT_ERROR;
}

std::string stream_id_of(SRTSOCKET socket) {
  std::array<char, 513> text{};
  int bytes = static_cast<int>(text.size());
  if (srt_getsockflag(socket, SRTO_STREAMID, text.data(), &bytes) == SRT_ERROR) return {};
  return {text.data(), static_cast<size_t>(bytes)};
}

PathHealth health_of(const SRT_TRACEBSTATS& from) {
  PathHealth health;
  const auto count = [](auto value) { return value > 0 ? static_cast<uint64_t>(value) : 0; };
  health.round_trip = std::chrono::microseconds(static_cast<int64_t>(from.msRTT * 1000));
  health.packets = count(from.pktRecvUniqueTotal);
  health.lost = count(from.pktRcvLossTotal);
  health.too_late = count(from.pktRcvDropTotal);
  health.bits_per_second = from.mbpsRecvRate * 1e6;
  return health;
}

}  // namespace

class SrtEngine::State : public std::enable_shared_from_this<SrtEngine::State> {
 public:
  State(boost::asio::io_context& io, Handlers handlers) : io_(io), handlers_(std::move(handlers)) {
    start_library();
    epoll_ = srt_epoll_create();
    srt_epoll_set(epoll_, SRT_EPOLL_ENABLE_EMPTY);
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }

  // Who joins waits for the own thread, which may wait for libsrt, whose thread may wait for an
  // answer of the io_context's: that one gives up by `stopping_`.
  void quiet() {
    stopping_ = true;
    handlers_ = {};
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  void command(std::function<void()> what) {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(what));
  }

  void listen(UniqueFd socket) {
    command([this, fd = std::make_shared<UniqueFd>(std::move(socket))] { begin_listening(*fd); });
  }
  void stop_listening() {
    command([this] { end_listening(); });
  }
  void close(SocketId id) {
    command([this, id] { forget(id); });
  }

  SocketId call(SrtCall call) {
    const SRTSOCKET socket = srt_create_socket();  // takes no lock that is held for long
    if (socket == SRT_INVALID_SOCK) return -1;
    command([this, socket, call = std::move(call)] { begin_call(socket, call); });
    return socket;
  }

 private:
  // What came from a socket and waits for the io_context's thread.
  struct Inbox {
    struct Piece {
      Bytes bytes;
      Monotonic arrival;
      bool gap = false;
    };
    std::mutex mutex;
    std::deque<Piece> pieces;
    size_t bytes = 0;
    bool gap = false;
    bool scheduled = false;
  };
  struct Socket {
    std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
    bool calling = false;
    uint64_t retransmitted = 0;
  };
  // A sender that waits in its handshake for an answer.
  struct Question {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<SrtVerdict> verdict;
    bool given_up = false;
  };

  void run() {
    std::array<SRT_EPOLL_EVENT, kMaxEvents> events;
    Monotonic measure_at = monotonic_now() + kMeasureEvery;
    while (!stopping_) {
      run_commands();
      const int count = srt_epoll_uwait(epoll_, events.data(), kMaxEvents, kWakeEveryMs);
      for (int i = 0; i < count; ++i)
        on_event(events[static_cast<size_t>(i)].fd, events[static_cast<size_t>(i)].events);
      if (count < 0 && srt_getlasterror(nullptr) != SRT_ETIMEOUT) std::this_thread::sleep_for(20ms);
      if (monotonic_now() < measure_at) continue;
      measure_at = monotonic_now() + kMeasureEvery;
      measure();
    }
    run_commands();
    end_listening();
    while (!sockets_.empty())
      forget(sockets_.begin()->first);
    srt_epoll_release(epoll_);
  }

  void run_commands() {
    std::vector<std::function<void()>> commands;
    {
      const std::lock_guard lock(mutex_);
      commands.swap(commands_);
    }
    for (const auto& command : commands)
      command();
  }

  void on_event(SRTSOCKET socket, int events) {
    if (socket == listener_) return accept_all();
    const auto found = sockets_.find(socket);
    if (found == sockets_.end()) return;
    if (found->second.calling) return on_called(socket, found->second, events);
    if (events & SRT_EPOLL_IN) {
      read(socket, found->second);
    } else if (events & SRT_EPOLL_ERR) {
      broken(socket, "the connection was lost");
    }
  }

  void begin_listening(UniqueFd& fd) {
    listener_ = srt_create_socket();
    set(listener_, SRTO_RCVSYN, false);
    set(listener_, SRTO_PEERIDLETIMEO, kPeerIdleMs);
    srt_listen_callback(listener_, &State::on_handshake, this);
    // libsrt waits within recvmsg(); by a socket that does not block it would spin.
    const int flags = ::fcntl(fd.get(), F_GETFL);
    const bool blocks = flags >= 0 && ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) == 0;
    const bool bound = blocks && srt_bind_acquire(listener_, fd.get()) != SRT_ERROR;
    if (bound) (void)fd.release();
    if (!bound || srt_listen(listener_, kBacklog) == SRT_ERROR) {
      spdlog::error("SRT socket: {}", srt_getlasterror_str());
      return end_listening();
    }
    watch(listener_, SRT_EPOLL_IN | SRT_EPOLL_ERR);
  }

  void end_listening() {
    if (listener_ == SRT_INVALID_SOCK) return;
    srt_epoll_remove_usock(epoll_, listener_);
    srt_close(std::exchange(listener_, SRT_INVALID_SOCK));
  }

  void watch(SRTSOCKET socket, int events) { srt_epoll_add_usock(epoll_, socket, &events); }

  // On libsrt's thread, which reads all datagrams of the port: they wait meanwhile, and are kept by
  // the kernel.
  static int on_handshake(void* self, SRTSOCKET socket, int, const sockaddr* peer,
                          const char* stream_id) {
    return static_cast<State*>(self)->answer_handshake(socket, peer, stream_id);
  }
  int answer_handshake(SRTSOCKET socket, const sockaddr* peer, const char* stream_id) {
    const auto question = std::make_shared<Question>();
    boost::asio::post(
        io_, [weak = weak_from_this(), question, socket, from = peer ? to_address(peer) : Address{},
              id = std::string(stream_id ? stream_id : "")] {
          const auto state = weak.lock();
          // Held while it is asked: an answer is either taken or was never asked for.
          const std::lock_guard lock(question->mutex);
          if (!state || !state->handlers_.asked || question->given_up) return;
          question->verdict = state->handlers_.asked(socket, from, id);
          question->answered.notify_one();
        });
    std::unique_lock lock(question->mutex);
    const Monotonic end = monotonic_now() + kAnswerWithin;
    while (!question->verdict && !stopping_ && monotonic_now() < end)
      question->answered.wait_for(lock, kAnswerSlice);
    question->given_up = true;
    const SrtVerdict verdict =
        question->verdict.value_or(SrtVerdict{SrtRejection::kOverload, {}, 0ms});
    if (verdict.rejection != SrtRejection::kNone) {
      srt_setrejectreason(socket, static_cast<int>(verdict.rejection));
      return -1;
    }
    set(socket, SRTO_RCVLATENCY, static_cast<int>(verdict.latency.count()));
    if (!verdict.passphrase.empty()) set_text(socket, SRTO_PASSPHRASE, verdict.passphrase);
    return 0;
  }

  void accept_all() {
    while (true) {
      sockaddr_storage raw{};
      int bytes = sizeof raw;
      const SRTSOCKET socket = srt_accept(listener_, reinterpret_cast<sockaddr*>(&raw), &bytes);
      if (socket == SRT_INVALID_SOCK) return;
      set(socket, SRTO_RCVSYN, false);
      sockets_.emplace(socket, Socket{});
      tell([socket, from = to_address(reinterpret_cast<sockaddr*>(&raw)),
            id = stream_id_of(socket)](const Handlers& handlers) {
        handlers.accepted(socket, from, id);
      });
      watch(socket, SRT_EPOLL_IN | SRT_EPOLL_ERR);
    }
  }

  void begin_call(SRTSOCKET socket, const SrtCall& call) {
    Socket& entry = sockets_.emplace(socket, Socket{}).first->second;
    entry.calling = true;
    set(socket, SRTO_RCVSYN, false);
    set(socket, SRTO_CONNTIMEO, kCallTimeoutMs);
    set(socket, SRTO_PEERIDLETIMEO, kPeerIdleMs);
    set(socket, SRTO_RCVLATENCY, static_cast<int>(call.latency.count()));
    if (!call.stream_id.empty()) set_text(socket, SRTO_STREAMID, call.stream_id);
    if (!call.passphrase.empty()) set_text(socket, SRTO_PASSPHRASE, call.passphrase);
    watch(socket, SRT_EPOLL_OUT | SRT_EPOLL_ERR);
    const SocketAddress to(call.to, call.to.is_v4() ? AF_INET : AF_INET6);
    if (srt_connect(socket, &to.any, static_cast<int>(to.bytes)) == SRT_ERROR)
      broken(socket, srt_getlasterror_str());
  }

  void on_called(SRTSOCKET socket, Socket& entry, int events) {
    if (srt_getsockstate(socket) != SRTS_CONNECTED) {
      if (!(events & SRT_EPOLL_ERR)) return;
      const int reason = srt_getrejectreason(socket);
      return broken(socket, reason >= SRT_REJC_PREDEFINED
                                ? fmt::format("refused with code {}", reason)
                                : fmt::format("not connected: {}", srt_rejectreason_str(reason)));
    }
    entry.calling = false;
    int wanted = SRT_EPOLL_IN | SRT_EPOLL_ERR;
    srt_epoll_update_usock(epoll_, socket, &wanted);
    tell([socket](const Handlers& handlers) { handlers.connected(socket); });
  }

  void read(SRTSOCKET socket, Socket& entry) {
    std::array<char, SRT_LIVE_MAX_PLSIZE> message;
    Bytes bytes;
    bool alive = true;
    for (int count = 0; count < kMaxMessagesAtOnce; ++count) {
      const int got = srt_recvmsg(socket, message.data(), static_cast<int>(message.size()));
      if (got <= 0) {
        alive = got == SRT_ERROR && srt_getlasterror(nullptr) == SRT_EASYNCRCV;
        break;
      }
      bytes.insert(bytes.end(), message.begin(), message.begin() + got);
    }
    if (!bytes.empty()) hand_over(socket, entry, std::move(bytes));
    if (!alive) broken(socket, "the connection was lost");
  }

  void hand_over(SRTSOCKET socket, Socket& entry, Bytes bytes) {
    Inbox& inbox = *entry.inbox;
    {
      const std::lock_guard lock(inbox.mutex);
      if (inbox.bytes + bytes.size() > kMaxWaitingBytes) {
        inbox.gap = true;
        return;
      }
      inbox.bytes += bytes.size();
      inbox.pieces.push_back({std::move(bytes), monotonic_now(), std::exchange(inbox.gap, false)});
      if (std::exchange(inbox.scheduled, true)) return;
    }
    tell([socket, from = entry.inbox](const Handlers& handlers) {
      std::deque<Inbox::Piece> pieces;
      {
        const std::lock_guard lock(from->mutex);
        pieces.swap(from->pieces);
        from->bytes = 0;
        from->scheduled = false;
      }
      for (const Inbox::Piece& piece : pieces)
        handlers.received(socket, piece.bytes, piece.arrival, piece.gap);
    });
  }

  void measure() {
    for (auto& [socket, entry] : sockets_) {
      SRT_TRACEBSTATS statistics{};
      if (entry.calling || srt_bstats(socket, &statistics, 1) == SRT_ERROR) continue;
      entry.retransmitted += static_cast<uint64_t>(std::max(0, statistics.pktRcvRetrans));
      PathHealth health = health_of(statistics);
      health.retransmitted = entry.retransmitted;
      tell([socket = socket, health](const Handlers& handlers) {
        handlers.measured(socket, health);
      });
    }
  }

  void broken(SRTSOCKET socket, std::string why) {
    tell(
        [socket, why = std::move(why)](const Handlers& handlers) { handlers.closed(socket, why); });
    forget(socket);
  }

  void forget(SRTSOCKET socket) {
    if (sockets_.erase(socket) == 0) return;
    srt_epoll_remove_usock(epoll_, socket);
    srt_close(socket);
  }

  // Calls a handler on the io_context's thread, unless the engine is gone by then.
  template <class What>
  void tell(What what) {
    if (stopping_) return;
    boost::asio::post(io_, [weak = weak_from_this(), what = std::move(what)] {
      if (const auto state = weak.lock(); state && !state->stopping_) what(state->handlers_);
    });
  }

  boost::asio::io_context& io_;
  Handlers handlers_;  // the io_context's thread
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> commands_;  // with mutex_
  int epoll_ = -1;
  SRTSOCKET listener_ = SRT_INVALID_SOCK;  // the own thread, as are the next
  std::map<SRTSOCKET, Socket> sockets_;
};

SrtEngine::SrtEngine(boost::asio::io_context& io, Handlers handlers)
    : state_(std::make_shared<State>(io, std::move(handlers))) {
  state_->start();
}
SrtEngine::~SrtEngine() {
  if (!quiet_) quiet();
  state_->join();
}
void SrtEngine::quiet() {
  quiet_ = true;
  state_->quiet();
}
void SrtEngine::listen(UniqueFd socket) {
  state_->listen(std::move(socket));
}
void SrtEngine::stop_listening() {
  state_->stop_listening();
}
SrtEngine::SocketId SrtEngine::call(SrtCall call) {
  return state_->call(std::move(call));
}
void SrtEngine::close(SocketId id) {
  state_->close(id);
}

}  // namespace longmen

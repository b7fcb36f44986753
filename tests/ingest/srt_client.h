// A sender that speaks SRT by libsrt, not blocking: the test runs the io_context meanwhile.
#pragma once

#include <srt/srt.h>

#include <string>

#include "core/base/bytes.h"
#include "net/socket_address.h"

namespace longmen::test {

class SrtClient {
 public:
  SrtClient(uint16_t port, const std::string& stream_id, const std::string& passphrase = "",
            int latency_ms = 120) {
    srt_startup();
    socket_ = srt_create_socket();
    const bool blocking = false;
    srt_setsockflag(socket_, SRTO_RCVSYN, &blocking, sizeof blocking);
    srt_setsockflag(socket_, SRTO_SNDSYN, &blocking, sizeof blocking);
    srt_setsockflag(socket_, SRTO_PEERLATENCY, &latency_ms, sizeof latency_ms);
    srt_setsockflag(socket_, SRTO_STREAMID, stream_id.data(), static_cast<int>(stream_id.size()));
    if (!passphrase.empty()) {
      srt_setsockflag(socket_, SRTO_PASSPHRASE, passphrase.data(),
                      static_cast<int>(passphrase.size()));
    }
    const SocketAddress to(*Address::from_text("127.0.0.1", port), AF_INET);
    srt_connect(socket_, &to.any, static_cast<int>(to.bytes));
  }
  ~SrtClient() { close(); }
  SrtClient(const SrtClient&) = delete;
  SrtClient& operator=(const SrtClient&) = delete;

  bool connected() const { return srt_getsockstate(socket_) == SRTS_CONNECTED; }
  bool broken() const { return srt_getsockstate(socket_) >= SRTS_BROKEN; }
  bool decided() const { return connected() || broken(); }
  int reject_reason() const { return srt_getrejectreason(socket_); }
  int latency_ms() const {
    int value = 0, bytes = sizeof value;
    srt_getsockflag(socket_, SRTO_PEERLATENCY, &value, &bytes);
    return value;
  }
  // In messages of whole transport packets.
  void send(ByteSpan bytes) {
    while (!bytes.empty()) {
      const size_t count = std::min<size_t>(bytes.size(), SRT_LIVE_DEF_PLSIZE);
      srt_sendmsg(socket_, reinterpret_cast<const char*>(bytes.data()), static_cast<int>(count), -1,
                  1);
      bytes = bytes.subspan(count);
    }
  }
  void close() {
    if (socket_ != SRT_INVALID_SOCK) srt_close(socket_);
    socket_ = SRT_INVALID_SOCK;
  }

 private:
  SRTSOCKET socket_ = SRT_INVALID_SOCK;
};

}  // namespace longmen::test

// The listening sockets for RTMP, plain and behind TLS, and the connections that came in by them.
// Bounds: max_connections of all (one more is closed at once and counted). One thread: that of its
// io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <memory>
#include <unordered_map>

#include "core/base/result.h"
#include "ingest/rtmp_connection.h"
#include "net/tls.h"
#include "net/unique_fd.h"

namespace longmen {

class RtmpListener {
 public:
  RtmpListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
               RtmpDeadlines deadlines = {});
  ~RtmpListener();

  // `socket` is bound and listening; connections to it are RTMPS when there is `tls`. Gives its
  // port.
  Result<uint16_t> start(UniqueFd socket, std::shared_ptr<const TlsServer> tls = nullptr);
  void set_max_connections(size_t count) { max_connections_ = count; }
  // Accepts no more; connections stay.
  void stop();

  size_t connections() const { return connections_.size(); }

 private:
  struct Door {
    boost::asio::ip::tcp::acceptor acceptor;
    std::shared_ptr<const TlsServer> tls;
  };
  boost::asio::awaitable<void> accept(Door& door);
  void open(boost::asio::ip::tcp::socket socket, const TlsServer* tls);

  boost::asio::io_context& io_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  RtmpDeadlines deadlines_;
  std::list<Door> doors_;  // addresses of its items are kept
  size_t max_connections_ = 100;
  bool full_ = false;  // and the log says so
  uint64_t next_number_ = 0;
  std::unordered_map<uint64_t, std::weak_ptr<RtmpConnection>> connections_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen

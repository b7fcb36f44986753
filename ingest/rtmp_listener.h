// The listening socket for RTMP and the connections that came in by it. Bounds: max_connections
// (one more is closed at once and counted). One thread: that of its io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <unordered_map>

#include "core/base/result.h"
#include "ingest/rtmp_connection.h"
#include "net/unique_fd.h"

namespace longmen {

class RtmpListener {
 public:
  RtmpListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
               RtmpDeadlines deadlines = {});
  ~RtmpListener();

  // `socket` is bound and listening. Once.
  Result<void> start(UniqueFd socket);
  void set_max_connections(size_t count) { max_connections_ = count; }
  // Accepts no more; connections stay.
  void stop();

  uint16_t port() const;
  size_t connections() const { return connections_.size(); }

 private:
  boost::asio::awaitable<void> accept();
  void open(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context& io_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  RtmpDeadlines deadlines_;
  boost::asio::ip::tcp::acceptor acceptor_;
  size_t max_connections_ = 100;
  bool full_ = false;  // and the log says so
  uint64_t next_number_ = 0;
  std::unordered_map<uint64_t, std::weak_ptr<RtmpConnection>> connections_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen

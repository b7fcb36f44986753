// RTSP by TCP and RTSPS, for senders that push, from the listening sockets on:
// ingest/sender_listener.h with connections that speak RTSP.
#pragma once

#include <algorithm>

#include "config/ingest_config.h"
#include "ingest/rtsp_connection.h"
#include "ingest/sender_listener.h"

namespace longmen {

class RtspListener : public SenderListener {
 public:
  // Settings count for who comes from then on.
  RtspListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
               RtspSettings settings = {})
      : SenderListener(io, metrics, "RTSP",
                       [this, &io, &feeds, &metrics](Accepted accepted) {
                         return std::make_shared<RtspConnection>(io, std::move(accepted), feeds,
                                                                 metrics, settings_);
                       }),
        settings_(settings) {}

  void configure(const RtspConfig& config) {
    settings_.reordering = std::chrono::milliseconds(config.latency_ms);
    settings_.udp = config.udp_first_port >= 0;
    settings_.udp_ports.first = std::max(0, config.udp_first_port);
    settings_.udp_ports.pairs = config.udp_port_pairs;
    *settings_.udp_ports.turn %= config.udp_port_pairs;
    set_max_connections(static_cast<size_t>(config.max_connections),
                        static_cast<size_t>(config.max_connections_per_address));
  }

 private:
  RtspSettings settings_;
};

}  // namespace longmen

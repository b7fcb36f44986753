// RTMP by TCP and RTMPS, from the listening sockets on: ingest/sender_listener.h with connections
// that speak RTMP.
#pragma once

#include "ingest/rtmp_connection.h"
#include "ingest/sender_listener.h"

namespace longmen {

class RtmpListener : public SenderListener {
 public:
  RtmpListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
               RtmpDeadlines deadlines = {})
      : SenderListener(io, metrics, "RTMP", [&io, &feeds, &metrics, deadlines](Accepted accepted) {
          return std::make_shared<RtmpConnection>(io, std::move(accepted), feeds, metrics,
                                                  deadlines);
        }) {}
};

}  // namespace longmen

// Senders that come in by WHIP: answers the gateway's questions about them (may that key send; an
// ICE restart; the end), has the UDP port by which their media comes, tells datagrams apart by
// whose they are, and fills each sender's feed. A place on the channel is taken when the sender is
// connected, not when it asks, as with SRT: who never comes keeps nobody out. Sessions outlive the
// gateway that asked for them.
// Bounds: max_sessions; WhipDeadlines; an address leads to one session. One thread.
// Source: RFC 9725; RFC 7983 (what is what on the port).
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/ingest_config.h"
#include "ingest/feeds.h"
#include "ingest/whip_session.h"
#include "net/peer_addresses.h"
#include "net/udp_port.h"

namespace longmen {

struct WhipDeadlines {
  std::chrono::milliseconds silence{10000};  // without an access unit
};

class WhipListener {
 public:
  WhipListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
               WhipDeadlines deadlines = {});
  ~WhipListener();

  // `public_address`: what senders are told; empty: the machine's own.
  void configure(const WhipConfig& config, const std::string& public_address);
  // `socket` is a bound UDP socket. Once.
  Result<uint16_t> start(UniqueFd socket);
  // Takes its leave of all.
  void stop();
  // Of a gateway, which asks; an earlier one stays until it closes.
  void take_gateway(const std::shared_ptr<Link>& link);

  size_t sessions() const { return sessions_.size(); }

 private:
  struct Sender {
    Sender(WhipSession::Setup setup, std::shared_ptr<const DtlsCertificate> certificate,
           Monotonic now)
        : session(std::move(setup), std::move(certificate), now) {}
    WhipSession session;
    std::unique_ptr<Publication> publication;  // from the connection on
    std::vector<Address> addresses;            // that lead to it
    std::string old_ufrag;                     // before the last restart
    Monotonic silent_at = Monotonic::max();
    Monotonic measure_at = Monotonic::max();
    whip::MediaCounters told;
    bool touched = false;  // by the datagrams that are being read
    bool over = false;
  };
  using SenderPtr = std::shared_ptr<Sender>;

  void from_gateway(const std::shared_ptr<Link>& link, MessageKind kind, ByteSpan body);
  JoinAnswer publish(PublishRequest request);
  JoinAnswer restart(IceRestartRequest request);
  bool leave(const LeaveRequest& request);
  void tell_way_in(const WhipSession& session, JoinAnswer& answer) const;
  SenderPtr find(const std::string& id, const std::string& channel) const;
  Publisher publisher_of(const SenderPtr& sender, std::string shown);

  void wait_datagrams();
  void read_datagrams();
  DropReason handle(std::span<uint8_t> datagram, const Address& from);
  DropReason handle_stun(ByteSpan datagram, const Address& from);
  DropReason handle_stun(const SenderPtr& sender, ByteSpan datagram, const Address& from);
  void remember(const SenderPtr& sender, const Address& address);
  void forget(const SenderPtr& sender, const Address& address);

  // After anything has happened to it: what it wants to send leaves, what it has for the feed goes
  // there, and it ends if it is over.
  void serve(const SenderPtr& sender);
  void send_dtls(WhipSession& session);
  void begin_feed(const SenderPtr& sender);
  void measure(Sender& sender);
  void send(ByteSpan datagram, const std::optional<Address>& to);
  void end(const SenderPtr& sender, std::string_view why);
  Monotonic next_timeout(const Sender& sender) const;
  void arm();
  void handle_timer();

  boost::asio::io_context& io_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  WhipDeadlines deadlines_;
  WhipConfig config_;
  std::string public_address_;
  std::shared_ptr<const DtlsCertificate> certificate_;
  std::unique_ptr<UdpPort> port_;
  Monotonic now_;
  std::map<std::string, SenderPtr> sessions_;
  std::map<std::string, SenderPtr, std::less<>> by_ufrag_;
  PeerAddresses<SenderPtr> by_address_;
  std::vector<SenderPtr> touched_;
  std::vector<std::shared_ptr<Link>> gateways_;
  boost::asio::steady_timer timer_;
  Monotonic armed_ = Monotonic::max();
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen

// One viewer of a load client: from the answer to its offer on it checks connectivity, shakes
// hands, opens SRTP and plays until the first keyframe is whole. Then a full viewer goes on
// checking every packet and frame, with NACK and real transport-wide feedback; a light one hands
// its media to the socket filter, frees all that it does not need any more, and lives on consent
// checks and reports. It owns its UDP socket, and does not know HTTP, other viewers, timers or
// threads: the run calls it when the socket can be read and when next_timeout() has passed. Bounds:
// kReceiveRounds datagrams or trains a call; the receiver's. One thread. Order: accept, then
// handle_readable and handle_timeout until over(); close at the end.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/ice/ice_controlling.h"
#include "core/rtp/reception.h"
#include "core/sdp/answer_reader.h"
#include "core/srtp/srtp_session.h"
#include "load/frame_spread.h"
#include "load/full_playback.h"
#include "load/light_feedback.h"
#include "load/media_filter.h"
#include "load/progress.h"
#include "net/dtls_client.h"
#include "net/unique_fd.h"

namespace longmen {

// What all viewers of a run share; it outlives them.
struct ViewerShared {
  std::shared_ptr<const DtlsCertificate> certificate;
  std::string srtp_profiles;
  MediaFilter* filter = nullptr;
  RandomBytes random;
  bool gro = true;
  bool audio_only = false;
  std::chrono::milliseconds feedback{0};  // of light viewers; 0: none
  Bytes receive_buffer = Bytes(1 << 16);
  uint64_t reports_sent = 0;
  uint64_t feedback_sent = 0;
  uint64_t refused_packets = 0;  // SRTP and SRTCP that could not be opened
};

class LoadViewer {
 public:
  enum class State {
    kJoining,     // the answer is awaited
    kConnecting,  // checks, handshake
    kStarting,    // keys are there, no whole keyframe yet
    kPlaying,
    kOver,
  };
  static constexpr int kReceiveRounds = 64;

  LoadViewer(ViewerShared& shared, bool full, Monotonic now);
  LoadViewer(const LoadViewer&) = delete;
  LoadViewer& operator=(const LoadViewer&) = delete;

  // --- Mutators.
  std::string offer() const;
  // Opens the socket towards `server`, one of the answer's candidates.
  Result<void> accept(const sdp::WhepAnswer& answer, const Address& server, Monotonic now);
  void handle_readable(Monotonic now);
  void handle_timeout(Monotonic now);
  // Of a light viewer: takes in what the filter has counted; often enough for 16-bit numbers.
  void poll_filter(Monotonic now);
  // Over by the caller's decision; says goodbye by DTLS where it can.
  void close();

  // --- Getters.
  State state() const { return state_; }
  bool over() const { return state_ == State::kOver; }
  const std::string& problem() const { return problem_; }  // why it is over; empty: closed
  bool full() const { return full_; }
  int socket() const { return socket_.get(); }
  Monotonic next_timeout(Monotonic now) const;
  // From the POST on; unset while not reached.
  struct Times {
    std::optional<Monotonic> answered, connected, first_packet, first_keyframe;
  };
  Times& times() { return times_; }
  Progress progress(Monotonic now) const;
  FrameArrival newest_frame() const;  // of a light viewer with the extended filter, as of now
  const FullPlayback* playback() const { return playback_.get(); }

 private:
  void handle_datagram(std::span<uint8_t> datagram, Monotonic now);
  void handle_stun(ByteSpan datagram, Monotonic now);
  void handle_dtls(ByteSpan datagram, Monotonic now);
  void handle_rtp(std::span<uint8_t> datagram, Monotonic now);
  void handle_rtcp(std::span<uint8_t> datagram, Monotonic now);
  void begin_srtp(Monotonic now);
  void become_light(Monotonic now);
  void send_report(Monotonic now);
  bool sends_feedback() const { return playback_ || shared_.feedback.count() > 0; }
  void send_feedback(Monotonic now);
  void send_rtcp(Bytes packet);
  void send(ByteSpan datagram);
  void flush_dtls();
  void end(std::string problem);
  std::chrono::nanoseconds jittered(std::chrono::nanoseconds interval) const;

  ViewerShared& shared_;
  bool full_;
  bool light_ = false;  // the filter has the media
  State state_ = State::kJoining;
  std::string problem_;
  Times times_;
  UniqueFd socket_;
  Address server_;
  uint16_t port_ = 0;
  std::string fingerprint_;
  IceCredentials local_;
  std::optional<IceControlling> ice_;
  std::unique_ptr<DtlsClient> dtls_;
  std::optional<SrtpSession> incoming_;
  std::optional<SrtpSession> outgoing_;
  std::unique_ptr<FullPlayback> playback_;
  uint32_t own_ssrc_ = 0;
  FilterCounters counted_;  // the filter's, at the last poll
  LightFeedback light_feedback_;
  FilteredProgress filtered_;
  Reception video_{90'000};
  Reception audio_{48'000};
  Monotonic next_report_{};
  Monotonic next_feedback_{};
};

}  // namespace longmen

// One viewer, sans-IO: which unit of which rendition leaves next, under which number and timestamp,
// sealed; and what the viewer's RTCP means. It is a cursor into the ChannelCache: nothing is queued
// for it. Rules: start from the cached GOP, compressed; then live; another generation at once, from
// its cached GOP; another rendition at its next keyframe; after a hole or an eviction, the next
// keyframe. It does not know sockets, DTLS, ICE or HTTP.
// Order: construct, start() with the keys, then any of handle_*, select_*, poll_transmit().
// A lost picture (PLI) is mended by the cached GOP, if that is soon through, at most once a
// kMinRestartSpacing, or by the next keyframe; where both are far, a new one is asked for.
// Which rendition: the one that was asked for, or what RenditionChoice makes of the feedback
// (viewer_rendition.cc). No picture is late: see kMaxQueueing.
// Bounds: those of viewer_stream.h. No allocation after start() but one with the first NACK.
// One thread, its shard's. Sources: RFC 3550 §6.4.1, RFC 4585 §6, RFC 4588, RFC 5104 §4.3.1.
#pragma once

#include <optional>
#include <string>

#include "core/bandwidth/bandwidth_estimator.h"
#include "core/bandwidth/probe.h"
#include "core/bandwidth/rendition_choice.h"
#include "core/node/join.h"
#include "core/rtp/rtcp.h"
#include "core/srtp/rtcp_sealer.h"
#include "core/viewer/channel_cache.h"
#include "core/viewer/picture_pacer.h"
#include "core/viewer/train_builder.h"

namespace longmen {

inline constexpr std::chrono::nanoseconds kReportInterval = std::chrono::seconds(1);
inline constexpr std::chrono::nanoseconds kMinRestartSpacing = std::chrono::seconds(1);
// Of a player that has told none yet. What it lost before a restart came is mended by that.
inline constexpr std::chrono::nanoseconds kAssumedRoundTrip = std::chrono::milliseconds(100);
// A keyframe that comes within this is not asked for.
inline constexpr Flicks kNearKeyframe = std::chrono::milliseconds(500);
inline constexpr size_t kMaxVideoLag = 8;  // units behind a newer keyframe, then it is next
inline constexpr size_t kMaxAudioLag = 5;  // units; older ones are skipped
// A picture that is so much older than the newest one waited too long for its turn, on a shard that
// is behind or has no room in its socket: the next keyframe is next. Shorter than a source is
// silent before the slate takes its place, so what comes in a burst behind such a pause leaves.
inline constexpr Flicks kMaxVideoAge = std::chrono::milliseconds(600);
inline constexpr Flicks kAudioCaptureTimeInterval = std::chrono::seconds(1);
// The bound of lateness on the way: a picture that would wait longer is not sent, nor what depends
// on it, and pictures go on from a cached GOP or keyframe that is through within it. The wait is an
// estimate, as old as the feedback: until a slower link is noticed (a round trip and the interval
// of the player's reports), what is sent meanwhile comes on top. It holds a keyframe of 300 ms (the
// encoders' VBV) on a link that just carries the rung.
inline constexpr std::chrono::nanoseconds kMaxQueueing = std::chrono::milliseconds(400);
// A viewer without a choice of its own starts with a rung whose backlog is through by then.
inline constexpr std::chrono::nanoseconds kMaxJoinBacklog = std::chrono::milliseconds(300);
inline constexpr std::chrono::nanoseconds kFirstFeedbackWait = std::chrono::milliseconds(500);
inline constexpr size_t kFreshGop = 3;       // units: nothing shorter comes
inline constexpr size_t kMaxProbeTrain = 8;  // packets
inline constexpr size_t kMaxProbeAge = 64;   // packets: what a probe repeats
inline constexpr std::chrono::nanoseconds kAdaptInterval = std::chrono::milliseconds(100);

// Random numbers for one viewer, drawn by the caller; SSRCs differ from each other and from 0.
struct ViewerIdentity {
  uint32_t video_ssrc = 0;
  uint32_t video_rtx_ssrc = 0;
  uint32_t audio_ssrc = 0;
  uint16_t first_sequences[3] = {};  // video, RTX, audio; only the lower 15 bits are used
  std::string cname;
};

struct ViewerCounters {
  uint64_t trains = 0;
  uint64_t packets = 0;  // sealed RTP packets, repeats included
  uint64_t bytes = 0;    // of UDP payload
  uint64_t repeated_packets = 0;
  uint64_t nacked_packets = 0;        // asked for
  uint64_t unrepeatable_packets = 0;  // no longer held, or refused by the bounds
  uint64_t picture_losses = 0;        // PLI and FIR
  uint64_t gop_starts = 0;            // joins, changes of generation or rendition, restarts
  uint64_t skipped_video_units = 0;   // after a hole or eviction, up to the next keyframe
  uint64_t skipped_audio_units = 0;   // of a time that was sent already
  uint64_t rejected_rtcp = 0;
  uint64_t switches_up = 0;    // to a better rendition, or from sound alone
  uint64_t switches_down = 0;  // to a lesser one, or to sound alone
  uint64_t late_stops = 0;     // pictures were left out, since they were late or would have been
  uint64_t probes = 0;
  uint64_t probe_packets = 0;  // padding: repeats that nobody asked for; not in repeated_packets
  uint64_t probe_bytes = 0;
};

// From the last receiver report and the last transport-cc feedback.
struct ViewerQuality {
  std::optional<std::chrono::nanoseconds> round_trip;
  uint8_t video_fraction_lost_256 = 0;
  uint8_t audio_fraction_lost_256 = 0;
  LinkView link;
};

class Viewer {
 public:
  // `request.rendition` was resolved by the caller to `rendition`; without one (empty), the viewer
  // gets what its link carries. `pacing`: the longest that a picture's trains are spread over; 0:
  // each picture leaves at once.
  Viewer(const JoinRequest& request, const ViewerIdentity& identity, RenditionId rendition,
         std::chrono::nanoseconds pacing = {});

  // The DTLS handshake is done. Nothing is sent before. Once.
  Result<void> start(const SrtpKeys& keys);
  bool started() const { return transport_.has_value(); }

  // ---- handlers
  // A datagram that is SRTCP (RFC 5761 §4), decrypted in place. On success the packet was
  // authenticated, whatever it said.
  Parsed<void> handle_srtcp(std::span<uint8_t> datagram, Monotonic now, MediaTime media_now);

  // ---- mutators
  // Takes effect at the rendition's next keyframe, and stays whatever the link carries.
  void select_video(RenditionId rendition);
  // From here on the link decides.
  void select_automatic() { automatic_ = true; }
  // Of Opus. Goes on in that sound where the one before is left, and stays so.
  void select_sound(RenditionId opus);

  // ---- polls
  // The next train to send, written to `out` (at least kTrainBufferBytes); none when all is sent.
  // Call until none, whenever units were pushed to the cache and after handle_srtcp(); calling it
  // when there is nothing is cheap. What is not sent in the end counts as lost on the way. Audio
  // that is pending together with video rides in a video train: one unit of it, or two in a packet
  // for a player that takes those.
  std::optional<Train> poll_transmit(const ChannelCache& channel, Monotonic now,
                                     MediaTime media_now, std::span<uint8_t> out);

  // After a train: true when poll_transmit() with the same arguments would find nothing to send or
  // to change, which it need not be called for then. May be false all the same.
  bool is_through(const ChannelCache& channel, Monotonic now) const;

  // After poll_transmit(), which found that the player has lost a picture and nothing mends it soon
  // but a new keyframe: true, once.
  bool poll_keyframe_request() {
    if (!keyframe_wanted_) return false;
    keyframe_wanted_ = false;
    return true;
  }

  // When poll_transmit() is to be called though nothing came: the rest of a picture may leave.
  std::optional<Monotonic> next_timeout() const;

  // ---- getters
  // Bring what poll_transmit() will touch into the cache: with a thousand viewers it is not there,
  // and waiting for it is a good part of what a visit costs. First what lies in the viewer, some
  // time later, when that has come, what its pointers lead to.
  void prefetch() const;
  void prefetch_owned() const;
  // Likewise, before handle_srtcp(), after prefetch().
  void prefetch_latest() const { estimator_.prefetch_latest(); }
  bool has_video() const { return video_.has_value(); }
  bool has_audio() const { return audio_.has_value(); }
  std::optional<RenditionId> video_rendition() const;  // being sent; none before the first
  // Whether a packet has left of the picture of that time, in the rendition that is being sent.
  bool has_begun(MediaTime picture) const {
    return video_ && video_->newest == picture &&
           (!video_->cursor.placed || video_->cursor.placed->next_packet > 0);
  }
  // What is sent from its next keyframe on, if it is on air: units of that rendition and sound are
  // when the viewer is to be polled. Changes with feedback, without a call.
  RenditionId wanted_video() const { return automatic_ ? choice_.target() : selected_video_; }
  // Likewise; where it is not on air, the first one.
  RenditionId wanted_sound() const { return selected_sound_; }
  bool automatic() const { return automatic_; }
  // No picture is sent: the link carries sound alone, or pictures would be late just now.
  bool video_held() const { return held_; }
  bool said_goodbye() const { return said_goodbye_; }  // RTCP BYE came
  const ViewerCounters& counters() const { return counters_; }
  const ViewerQuality& quality() const { return quality_; }

 private:
  // A unit that has its place in the stream and is not sent to its end.
  struct Placed {
    Placement placement;
    size_t next_packet = 0;
  };
  // Where in the cache of a rendition a stream is.
  struct Cursor {
    Generation generation;  // zero before the first start
    RenditionId rendition;
    uint64_t position = 0;     // of the next unit, or of the placed one
    uint64_t backlog_end = 0;  // units before it were cached when the cursor was put there
    MediaTime backlog_newest;
    PacketSequence expected = 0;
    bool needs_keyframe = false;
    std::optional<Placed> placed;
  };
  struct Outgoing {
    Outgoing(const JoinMedia& media, const StreamParameters& parameters);
    ViewerStream stream;
    RtpExtensionIds ids;
    std::string mid;
    Cursor cursor;
    std::optional<MediaTime> newest;  // the latest unit's own time
    bool reported = false;            // players synchronise sound from the first report on
  };
  struct Transport {
    RtpSealer rtp;
    RtcpSealer rtcp;
    uint16_t transport_sequence = 0;
  };

  // Both bring the cursor to the next unit to send and give it a place; null when there is none.
  const MediaUnit* next_video(const ChannelCache& channel, Monotonic now);
  const MediaUnit* next_audio(const ChannelCache& channel);
  void choose_video(const ChannelCache& channel, Monotonic now);
  void start_video(const GopCache& cache, RenditionId rendition, Monotonic now);
  void skip_overdue(const GopCache& cache);
  void count_switch(RenditionId from, RenditionId to);
  // viewer_rendition.cc
  void adapt(const ChannelCache& channel, Monotonic now);
  Ladder ladder_of(const ChannelCache& channel) const;
  void join_video(const ChannelCache& channel, RenditionId wanted, Monotonic now);
  void resume_video(const GopCache& cache, RenditionId rendition, Monotonic now);
  void mend_picture(const GopCache& cache, Monotonic now);
  bool is_joinable(const GopCache& cache, const ChannelCache& channel) const;
  std::chrono::nanoseconds drain_time(const GopCache& cache) const;
  bool would_be_late(Monotonic now) const;
  bool may_switch(const GopCache& cache, RenditionId rendition, Monotonic now) const;
  bool may_leave_at_once(const GopCache& cache, RenditionId rendition, Monotonic now) const;
  void hold_video(bool late);
  bool add_probe(TrainBuilder& builder, const ChannelCache& channel, Monotonic now);
  void handle_transport_feedback(const rtcp::TransportCc& feedback, Monotonic now);

  bool start_audio(const ChannelCache& channel);
  const MediaUnit* place_next(Outgoing& outgoing, const GopCache& cache);

  bool add_repeats(TrainBuilder& builder, const ChannelCache& channel);
  void add_video(TrainBuilder& builder, const MediaUnit& unit, Monotonic now);
  const MediaUnit* waiting_sound_pair(const ChannelCache& channel) const;
  void add_audio(TrainBuilder& builder, const ChannelCache& channel, const MediaUnit& unit);
  bool add_audio_packet(TrainBuilder& builder, const MediaUnit& unit);
  void add_late_audio(TrainBuilder& builder, const ChannelCache& channel, const MediaUnit& unit);
  std::optional<Train> report(Monotonic now, MediaTime media_now, std::span<uint8_t> out);
  void note_sent(Outgoing& outgoing, size_t next_packet, const MediaUnit& unit);
  Train count(const Train& train, uint16_t first_transport_sequence, Monotonic now);

  void handle(const rtcp::Packet& packet, Monotonic now, MediaTime media_now);
  void handle_blocks(std::span<const rtcp::ReportBlock> blocks, MediaTime media_now);
  void handle_nack(const rtcp::Nack& nack, Monotonic now);

  RenditionId selected_video_;
  RenditionId selected_sound_ = kOpusRendition;
  bool automatic_;
  std::optional<Outgoing> video_;
  std::optional<Outgoing> audio_;
  bool joins_sound_;  // the player takes two units of sound in a packet
  std::string cname_;
  std::optional<Transport> transport_;
  Bytes report_;  // scratch, kept for its capacity
  Monotonic next_report_{};
  std::optional<Monotonic> last_gop_start_;
  std::optional<MediaTime> last_audio_capture_;
  bool picture_lost_ = false;  // since the last keyframe was begun
  bool keyframe_wanted_ = false;
  bool said_goodbye_ = false;
  PicturePacer pacer_;
  BandwidthEstimator estimator_;
  RenditionChoice choice_;
  Probe probe_;
  size_t probe_age_ = 0;        // of the last packet that was repeated
  bool held_ = false;           // no picture is begun
  bool sound_alone_ = false;    // because the link does not carry any
  bool feedback_came_ = false;  // since the last adapt()
  Monotonic next_adapt_{};
  ViewerCounters counters_;
  ViewerQuality quality_;
};

}  // namespace longmen

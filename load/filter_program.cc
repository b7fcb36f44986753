#include "load/filter_program.h"

#include <cstddef>

#include "load/bpf_assembler.h"
#include "load/filter_counters.h"

namespace longmen {
namespace {

using Asm = BpfAssembler;
using enum Asm::Register;
using enum Asm::Width;
using enum Asm::Condition;

constexpr int kUdpHeaderBytes = 8;
// The kernel's UDP_MAX_SEGMENTS, of its newest versions.
constexpr int kMaxSegments = 128;
// Enough of a packet for its fixed header and a first header extension of two bytes.
constexpr int kHeadBytes = 20;
constexpr int kFixedHeaderBytes = 12;

// The stack, from the frame pointer down.
constexpr int kFront = -16;  // UDP header and four bytes of payload
constexpr int kHead = -40;   // the packet that a run begins with
constexpr int kTail = -56;   // the packet that it may end with
constexpr int kKey = -64;
constexpr int kTurns = -72;

constexpr int of_stream(int stream, size_t field) {
  return static_cast<int>(offsetof(FilterCounters, streams) + stream * sizeof(FilterStream) +
                          field);
}

// Registers throughout: r6 the socket buffer, r7 the counters, r8 its segments, r9 the segment at
// hand.
class Program {
 public:
  Program(int map_fd, const FilterStreams& streams) : map_fd_(map_fd), streams_(streams) {}

  std::vector<bpf_insn> make() {
    find_counters();
    count_buffer();
    count_runs();
    if (streams_.notes_arrivals) note_arrival();
    a_.place(drop_);
    a_.move(r0, 0);
    a_.exit();
    a_.place(pass_);
    a_.move(r0, -1);  // as many bytes as there are
    a_.exit();
    return a_.take();
  }

 private:
  // At byte r2 of the buffer, `bytes` of it to the stack at `to`.
  void load_bytes(int to, int bytes, Asm::Label otherwise) {
    a_.move(r1, r6);
    a_.move(r3, fp);
    a_.add(r3, to);
    a_.move(r4, bytes);
    a_.call(BPF_FUNC_skb_load_bytes);
    a_.jump_if(r0, kNotEqual, 0, otherwise);
  }

  void find_counters() {
    a_.move(r6, r1);
    a_.move(r2, 0);
    load_bytes(kFront, kUdpHeaderBytes + 4, pass_);
    a_.load(k8, r1, fp, kFront + kUdpHeaderBytes);
    a_.bit_and(r1, 0xC0);
    a_.jump_if(r1, kNotEqual, 0x80, pass_);  // RTP and RTCP have version 2 (RFC 7983 §7)
    a_.load(k16, r1, fp, kFront + 2);        // the port that it goes to
    a_.from_big_endian(r1, 16);
    a_.store(k32, fp, kKey, r1);
    a_.load_map(r1, map_fd_);
    a_.move(r2, fp);
    a_.add(r2, kKey);
    a_.call(BPF_FUNC_map_lookup_elem);
    a_.jump_if(r0, kEqual, 0, pass_);
    a_.move(r7, r0);

    const Asm::Label media = a_.label();
    a_.load(k8, r1, fp, kFront + kUdpHeaderBytes + 1);
    a_.jump_if(r1, kBelow, 192, media);
    a_.jump_if(r1, kAtLeast, 224, media);
    a_.move(r1, 1);
    a_.atomic_add(r7, offsetof(FilterCounters, rtcp), r1);
    a_.jump(drop_);
    a_.place(media);
  }

  void count_buffer() {
    const Asm::Label train = a_.label();
    a_.load(k32, r1, r6, offsetof(__sk_buff, len));
    a_.add(r1, -kUdpHeaderBytes);
    a_.atomic_add(r7, offsetof(FilterCounters, bytes), r1);
    a_.move(r1, 1);
    a_.atomic_add(r7, offsetof(FilterCounters, trains), r1);
    a_.load(k32, r8, r6, offsetof(__sk_buff, gso_segs));
    a_.jump_if(r8, kNotEqual, 0, train);
    a_.move(r8, 1);
    a_.place(train);
  }

  void count_runs() {
    const Asm::Label run = a_.label();
    const Asm::Label alone = a_.label();
    const Asm::Label counted = a_.label();
    a_.move(r9, 0);
    a_.move(r1, 0);
    a_.store(k64, fp, kTurns, r1);

    a_.place(run);
    a_.load(k64, r1, fp, kTurns);
    a_.jump_if(r1, kAtLeast, kMaxSegments, drop_);
    a_.add(r1, 1);
    a_.store(k64, fp, kTurns, r1);
    seek(r9);
    load_bytes(kHead, kHeadBytes, drop_);
    // How many packets the run has, in r5: all that are left, all but the last, or one.
    find_end(0, alone, counted);
    find_end(1, alone, counted);
    a_.place(alone);
    a_.move(r5, 1);
    a_.place(counted);
    a_.add(r9, r5);
    count_run();
    a_.jump_if(r9, kBelow, r8, run);
  }

  void note_arrival() {
    a_.call(BPF_FUNC_ktime_get_ns);
    a_.shift_right(r0, kArrivalShift);
    a_.load(k64, r1, r7, offsetof(FilterCounters, trains));
    a_.bit_and(r1, kFilterArrivals - 1);
    a_.shift_left(r1, 3);
    static_assert(sizeof(FilterArrival) == 1 << 3);
    a_.add(r1, r7);
    a_.load(k32, r2, r7, offsetof(FilterCounters, transport_sequence));
    a_.store(k32, r1, sizeof(FilterCounters) + offsetof(FilterArrival, sequence), r2);
    a_.store(k32, r1, sizeof(FilterCounters) + offsetof(FilterArrival, time), r0);
  }

  // r2: where the segment of that number begins.
  void seek(Asm::Register segment) {
    a_.load(k32, r2, r6, offsetof(__sk_buff, gso_size));
    a_.multiply(r2, segment);
    a_.add(r2, kUdpHeaderBytes);
  }

  // Whether the run reaches to the segment that `after` others follow: then its length is in r5.
  void find_end(int after, Asm::Label alone, Asm::Label found) {
    const Asm::Label no = a_.label();
    a_.move(r1, r8);
    a_.subtract(r1, r9);
    a_.jump_if(r1, kBelow, after + 2, alone);
    a_.move(r2, r8);
    a_.add(r2, -1 - after);
    a_.move(r3, r2);
    seek(r3);
    load_bytes(kTail, kFixedHeaderBytes, drop_);
    a_.load(k32, r1, fp, kHead + 8);
    a_.load(k32, r2, fp, kTail + 8);
    a_.jump_if(r1, kNotEqual, r2, no);  // SSRC
    a_.load(k16, r2, fp, kHead + 2);
    a_.from_big_endian(r2, 16);
    a_.load(k16, r1, fp, kTail + 2);
    a_.from_big_endian(r1, 16);
    a_.subtract(r1, r2);
    a_.bit_and(r1, 0xFFFF);
    a_.move(r5, r8);
    a_.subtract(r5, r9);
    a_.add(r5, -after);
    a_.move(r2, r5);
    a_.add(r2, -1);
    a_.jump_if(r1, kEqual, r2, found);
    a_.place(no);
  }

  // r5 packets that begin with the one at kHead.
  void count_run() {
    const Asm::Label video = a_.label();
    const Asm::Label audio = a_.label();
    const Asm::Label repeats = a_.label();
    const Asm::Label end = a_.label();
    count_transport_sequence();
    a_.load(k8, r1, fp, kHead + 1);
    a_.bit_and(r1, 0x7F);
    a_.jump_if(r1, kEqual, streams_.video_type, video);
    a_.jump_if(r1, kEqual, streams_.audio_type, audio);
    a_.jump_if(r1, kEqual, streams_.repeat_type, repeats);
    count_in(FilterCounters::kOthers, false, end);
    a_.place(video);
    count_in(FilterCounters::kVideo, !streams_.audio_is_progress, end);
    a_.place(audio);
    count_in(FilterCounters::kAudio, streams_.audio_is_progress, end);
    a_.place(repeats);
    count_in(FilterCounters::kRepeats, false, end);
    a_.place(end);
  }

  void count_in(int stream, bool progress, Asm::Label end) {
    const Asm::Label newer = a_.label();
    const Asm::Label new_time = a_.label();
    a_.atomic_add(r7, of_stream(stream, offsetof(FilterStream, packets)), r5);
    // r2: the sequence number of the run's last packet.
    a_.load(k16, r2, fp, kHead + 2);
    a_.from_big_endian(r2, 16);
    a_.add(r2, r5);
    a_.add(r2, -1);
    a_.bit_and(r2, 0xFFFF);
    a_.load(k32, r1, r7, of_stream(stream, offsetof(FilterStream, seen)));
    a_.jump_if(r1, kEqual, 0, newer);
    a_.move(r3, r2);
    a_.load(k32, r4, r7, of_stream(stream, offsetof(FilterStream, sequence)));
    a_.subtract(r3, r4);
    a_.sign_extend(r3, 16);
    a_.jump_if(r3, kSignedAtMost, 0, end);  // late

    a_.place(newer);
    a_.store(k32, r7, of_stream(stream, offsetof(FilterStream, sequence)), r2);
    a_.load(k32, r3, fp, kHead + 4);
    a_.from_big_endian(r3, 32);
    a_.load(k32, r4, r7, of_stream(stream, offsetof(FilterStream, timestamp)));
    a_.jump_if(r1, kEqual, 0, new_time);  // r1: seen; the first packet's time is new
    a_.jump_if(r3, kEqual, r4, end);
    a_.place(new_time);
    a_.store(k32, r7, of_stream(stream, offsetof(FilterStream, timestamp)), r3);
    a_.load(k32, r2, fp, kHead + 8);
    a_.from_big_endian(r2, 32);
    a_.store(k32, r7, of_stream(stream, offsetof(FilterStream, ssrc)), r2);
    a_.move(r2, 1);
    a_.store(k32, r7, of_stream(stream, offsetof(FilterStream, seen)), r2);
    a_.atomic_add(r7, of_stream(stream, offsetof(FilterStream, timestamps)), r2);
    if (progress) count_freezes();
    a_.jump(end);
  }

  // A frame begins: how long ago did the one before?
  void count_freezes() {
    const Asm::Label done = a_.label();
    a_.call(BPF_FUNC_ktime_get_ns);
    a_.load(k64, r1, r7, offsetof(FilterCounters, last_frame_ns));
    a_.store(k64, r7, offsetof(FilterCounters, last_frame_ns), r0);
    a_.jump_if(r1, kEqual, 0, done);
    a_.subtract(r0, r1);
    a_.move(r2, 1);
    a_.jump_if(r0, kBelow, static_cast<int32_t>(kShortFreezeMs * 1'000'000), done);
    a_.atomic_add(r7, offsetof(FilterCounters, short_freezes), r2);
    a_.jump_if(r0, kBelow, static_cast<int32_t>(kLongFreezeMs * 1'000'000), done);
    a_.atomic_add(r7, offsetof(FilterCounters, long_freezes), r2);
    a_.place(done);
  }

  // When the first element of a one-byte extension block (RFC 8285 §4.2) right after the fixed
  // header is the one that is looked for.
  void count_transport_sequence() {
    if (streams_.transport_cc_id == 0) return;
    const Asm::Label none = a_.label();
    a_.load(k8, r1, fp, kHead);
    a_.bit_and(r1, 0x1F);
    a_.jump_if(r1, kNotEqual, 0x10, none);  // an extension, no CSRC
    a_.load(k16, r1, fp, kHead + 12);
    a_.from_big_endian(r1, 16);
    a_.jump_if(r1, kNotEqual, 0xBEDE, none);
    a_.load(k8, r1, fp, kHead + 16);
    a_.jump_if(r1, kNotEqual, streams_.transport_cc_id << 4 | 1, none);
    a_.load(k8, r1, fp, kHead + 17);
    a_.shift_left(r1, 8);
    a_.load(k8, r2, fp, kHead + 18);
    a_.bit_or(r1, r2);
    a_.add(r1, r5);
    a_.add(r1, -1);
    a_.bit_and(r1, 0xFFFF);
    a_.store(k32, r7, offsetof(FilterCounters, transport_sequence), r1);
    a_.load(k32, r1, r7, offsetof(FilterCounters, transport_packets));
    a_.add(r1, r5);
    a_.store(k32, r7, offsetof(FilterCounters, transport_packets), r1);
    a_.place(none);
  }

  int map_fd_;
  FilterStreams streams_;
  Asm a_;
  Asm::Label pass_ = a_.label();
  Asm::Label drop_ = a_.label();
};

}  // namespace

std::vector<bpf_insn> make_filter_program(int map_fd, const FilterStreams& streams) {
  return Program(map_fd, streams).make();
}

}  // namespace longmen

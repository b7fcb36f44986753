// What a connection by HTTP/2 reads, behind its preface: frames of a client that says anything. The
// first byte says how the rest is cut, the second how the requests are answered. Time passes
// between the pieces, so that deadlines come, too.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/base/invariant.h"
#include "net/http2_session.h"

namespace {

using namespace longmen;
using namespace std::chrono_literals;

constexpr size_t kWindow = 128 << 10;

class Connection {
 public:
  explicit Connection(uint8_t manner) : manner_(manner), session_(limits(), now_) {
    session_.receive(kHttp2Preface, now_);
    turn();
  }

  void receive(std::string_view bytes) {
    session_.receive(bytes, now_);
    turn();
    if ((manner_ & 1) != 0) now_ += 3s;
    session_.handle_timeout(now_);
    turn();
    const auto next = session_.next_timeout();
    invariant(!next || *next > now_, "what is due is done");
  }

 private:
  static Http2Limits limits() {
    Http2Limits limits;
    limits.streams = 8;
    limits.bodies = 3;
    limits.header_bytes = 1024;
    limits.early_ends = 20;
    return limits;
  }

  void turn() {
    for (bool more = true; more;) {
      more = hear();
      std::string output;
      session_.take_output(output, 64 << 10, now_);
      more = hear() || !output.empty();
      invariant(session_.open_streams() <= limits().streams, "streams are bounded");
    }
  }

  bool hear() {
    bool any = false;
    while (auto event = session_.poll_event()) {
      any = true;
      std::visit([this](const auto& what) { take(what); }, *event);
    }
    return any;
  }

  void take(const Http2Session::Request& request) {
    invariant(open_.emplace(request.stream, 0).second, "a stream is one request");
    if (request.head) invariant(!request.head->method.empty(), "a request has a method");
    if (!request.head) invariant(request.head.error().status >= 400, "what is wrong is said");
    if ((manner_ & 2) != 0) session_.say_continue(request.stream);
    if ((manner_ & 4) != 0) session_.await_body(request.stream, now_);
    if ((manner_ & 8) != 0) return;  // held
    Http2Session::Body body;
    body.in_pieces = (manner_ & 16) != 0;
    static const std::string kText(5000, 'x');
    if (!body.in_pieces) body.spans = {as_bytes(kText)};
    HttpFields fields;
    fields.set("Content-Type", "text/plain");
    session_.respond(request.stream, 200, fields, std::move(body), now_);
  }
  void take(const Http2Session::BodyPiece& piece) {
    const auto stream = open_.find(piece.stream);
    if (stream == open_.end()) return;  // refused
    stream->second += piece.bytes.size();
    invariant(stream->second <= kWindow, "what is not read is bounded");
    if ((manner_ & 32) == 0) return;
    session_.consume(piece.stream, piece.bytes.size());
    stream->second -= piece.bytes.size();
  }
  void take(const Http2Session::BodyLate& late) {
    invariant(open_.contains(late.stream), "it was awaited");
  }
  void take(const Http2Session::PieceWanted& wanted) {
    invariant(open_.contains(wanted.stream), "it was answered");
    session_.add_piece(wanted.stream, std::string((manner_ & 64) != 0 ? 1000 : 0, 'x'), now_);
    if ((manner_ & 64) != 0) manner_ ^= 64;
  }
  void take(const Http2Session::Closed& closed) { open_.erase(closed.stream); }

  uint8_t manner_;
  Http2Session::Time now_{1000h};
  Http2Session session_;
  std::map<int32_t, size_t> open_;  // and what was not read of its body
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  Connection connection(data[1]);
  const size_t cut = data[0] == 0 ? bytes.size() : data[0];
  while (!bytes.empty()) {
    const size_t count = std::min(cut, bytes.size());
    connection.receive(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
  return 0;
}

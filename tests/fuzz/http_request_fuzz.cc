// What a connection of the HTTP server reads: requests one after another, by net/'s reader with
// Beast's parser below it. The first byte says how the rest is cut: into single bytes, or into
// pieces whose lengths the bytes themselves give. What targets and fields mean: http_path_fuzz.cc.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/invariant.h"
#include "net/http_request_reader.h"

namespace {

using namespace longmen;

constexpr size_t kMaxHeaderBytes = 1024;
constexpr size_t kMaxPieceBytes = 100;

struct Request {
  std::string head;
  std::string body;
  bool operator==(const Request&) const = default;
};

struct Outcome {
  std::vector<Request> requests;  // the last one's body may be unfinished
  bool in_body = false;
  bool ended = false;  // no further request may follow
  int problem = 0;
};

class Connection {
 public:
  // `cut`: 0 the whole at once, 1 byte by byte, else pieces of at most so many bytes.
  Connection(std::string_view bytes, size_t cut) : bytes_(bytes), cut_(cut), size_(bytes.size()) {}

  Outcome run() {
    do {
      reader_.begin(kMaxHeaderBytes);
    } while (read_request());
    return std::move(outcome_);
  }

 private:
  // True: another may follow.
  bool read_request() {
    std::optional<HttpRequestReader::Head> head;
    while (!(head = reader_.read_head()))
      if (!feed()) return false;
    if (!*head) return refuse(head->error());
    keep(**head);
    outcome_.in_body = true;
    if (!read_body(**head)) return false;
    outcome_.in_body = false;
    outcome_.ended = !reader_.can_go_on(0);
    return !outcome_.ended;
  }

  void keep(const HttpRequestHead& head) {
    invariant(head.method == reader_.method() && !head.method.empty(), "a request has a method");
    std::string text = head.method + " " + head.target.path + "?" + head.target.raw_query;
    text += "\n" + head.fields.lines();
    outcome_.requests.push_back({std::move(text), ""});
  }

  // True: all of it was read.
  bool read_body(const HttpRequestHead& head) {
    invariant(head.has_body != reader_.is_done(), "there is a body or there is none");
    std::string& body = outcome_.requests.back().body;
    for (;;) {
      auto piece = reader_.read_body(kMaxPieceBytes);
      if (!piece) return refuse(piece.error());
      invariant(piece->size() <= kMaxPieceBytes, "no piece is larger than was asked for");
      body += *piece;
      invariant(body.size() <= head.body_bytes.value_or(size_), "no body is longer than was said");
      if (!piece->empty()) continue;  // every turn takes bytes or ends
      if (reader_.is_done()) break;
      invariant(reader_.buffered_bytes() == 0, "what there is of a body is read");
      if (!feed()) return false;
    }
    invariant(!head.body_bytes || body.size() == *head.body_bytes, "a body has its length");
    return true;
  }

  bool refuse(const HttpProblem& problem) {
    invariant(problem.status >= 400 && problem.status < 600 && !problem.words.empty(),
              "what is wrong is said");
    invariant(!reader_.is_done() && !reader_.can_go_on(SIZE_MAX), "nothing follows a problem");
    outcome_.problem = problem.status;
    return false;
  }

  bool feed() {
    invariant(reader_.buffered_bytes() < kMaxHeaderBytes, "what waits for more is bounded");
    if (bytes_.empty()) return false;
    size_t count = bytes_.size();
    if (cut_ > 0) count = std::min(count, 1 + static_cast<uint8_t>(bytes_.front()) % cut_);
    std::memcpy(reader_.prepare(count).data(), bytes_.data(), count);
    reader_.commit(count);
    bytes_.remove_prefix(count);
    return true;
  }

  HttpRequestReader reader_;
  std::string_view bytes_;
  size_t cut_;
  size_t size_;
  Outcome outcome_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const Outcome whole = Connection(text, 0).run();
  const Outcome split = Connection(text, 1 + data[0]).run();
  invariant(whole.requests == split.requests, "what is accepted does not depend on the cut");
  invariant(whole.in_body == split.in_body && whole.ended == split.ended, "nor does its end");
  // A header in which something is wrong is refused at once when it comes whole, else it may be
  // waited for: until its end, or its bound.
  invariant(whole.problem == split.problem || (whole.problem != 0 && !whole.in_body),
            "nor what is wrong with a body");
  return 0;
}

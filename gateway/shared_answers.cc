#include "gateway/shared_answers.h"

#include <utility>

#include "gateway/bell.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

constexpr auto kNever = asio::steady_timer::time_point::max();

// So that it can be given to several.
asio::awaitable<HttpResponse> read_whole(HttpResponse response) {
  if (!response.stream) co_return response;
  const auto body = std::exchange(response.stream, nullptr);
  response.stream_bytes.reset();
  auto bytes = std::make_shared<Bytes>();
  for (;;) {
    const HttpBodyPiece piece = co_await body->read();
    if (!piece) co_return http_problem(piece.error());
    if (piece->empty()) break;
    if (bytes->size() + piece->size() > SharedAnswers::kMaxBytes)
      co_return http_problem(502, "the answer is longer than anybody expects");
    bytes->insert(bytes->end(), piece->begin(), piece->end());
  }
  response.shared = {std::move(bytes)};
  co_return response;
}

}  // namespace

struct SharedAnswers::Round {
  explicit Round(asio::io_context& io) : turn(io), done(io) {}
  Bell turn;  // of who came first, who asks for all
  Bell done;
  HttpResponse answer;
};

asio::awaitable<HttpResponse> SharedAnswers::answer(std::string what, Ask ask) {
  const auto [line, idle] = lines_.try_emplace(what);
  const bool joins = !idle && line->second.next;
  if (!idle && !joins) line->second.next = std::make_shared<Round>(io_);
  const std::shared_ptr<Round> round = line->second.next;
  if (joins) {
    co_await round->done.wait(kNever);
    co_return round->answer;
  }
  if (round) {
    co_await round->turn.wait(kNever);
    lines_[what].next = nullptr;
  }
  HttpResponse response = co_await ask();
  response = co_await read_whole(std::move(response));
  if (round) {
    round->answer = response;
    round->done.ring();
  }
  go_on(what);
  co_return response;
}

void SharedAnswers::go_on(const std::string& what) {
  const auto line = lines_.find(what);
  if (line->second.next)
    line->second.next->turn.ring();
  else
    lines_.erase(line);
}

}  // namespace longmen

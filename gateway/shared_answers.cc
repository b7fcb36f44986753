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
  const HttpBodyPiece bytes = co_await read_whole_body(body, SharedAnswers::kMaxBytes);
  if (!bytes && bytes.error().status == 413)
    co_return http_problem(502, "the answer is longer than anybody expects");
  if (!bytes) co_return http_problem(bytes.error());
  response.shared = {std::make_shared<const Bytes>(bytes->begin(), bytes->end())};
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
  const auto [next, idle] = next_.try_emplace(what);
  const bool joins = !idle && next->second;
  if (!idle && !joins) next->second = std::make_shared<Round>(io_);
  const std::shared_ptr<Round> round = next->second;
  if (joins) {
    co_await round->done.wait(kNever);
    co_return round->answer;
  }
  if (round) {
    co_await round->turn.wait(kNever);
    next_[what] = nullptr;
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
  const auto next = next_.find(what);
  if (next->second)
    next->second->turn.ring();
  else
    next_.erase(next);
}

}  // namespace longmen

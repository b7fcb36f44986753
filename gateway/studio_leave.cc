#include "gateway/studio_leave.h"

#include <spdlog/spdlog.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMaxAnswerBytes = 1 << 20;
// What control files while nobody hears of it stays filed.
constexpr std::chrono::seconds kFilingAnswer{30};

}  // namespace

asio::awaitable<StudioLeave::Answer> StudioLeave::ask(const HttpRequest& request,
                                                      json::object body) {
  HttpClientRequest onward;
  onward.method = request.method == "HEAD" ? "GET" : request.method;
  onward.target = request.target.origin_form();
  onward.fields = forwarded_fields(request);
  onward.fields.remove("Range");
  if (onward.method != "GET") {
    onward.fields.set("Content-Type", "application/json");
    onward.content = json::serialize(body);
  }
  HttpEndpoint control;
  control.abstract_socket = socket_;
  HttpClientLimits limits = ApiProxy::default_limits();
  if (onward.method != "GET") limits.response_header = kFilingAnswer;
  auto answer = co_await http_fetch(control, std::move(onward), limits);
  if (!answer) {
    spdlog::warn("control does not answer {}: {}", request.target.path, answer.error().words);
    co_return tl::unexpected(http_problem_for_now(
        503,
        answer.error().status == 504 && request.method != "GET"
            ? "control has not answered in time; look first whether it was done all the same"
            : "control is away; what is on air goes on",
        ApiProxy::kRetryAfterSeconds));
  }
  HttpResponse response = passed_back(*answer);
  if (answer->body) {
    auto text = co_await read_whole_body(answer->body, kMaxAnswerBytes);
    if (!text) co_return tl::unexpected(http_problem(text.error()));
    response.content = std::move(*text);
  }
  if (response.status != 200) co_return tl::unexpected(std::move(response));
  boost::system::error_code error;
  auto value = json::parse(response.content, error);
  if (error || !value.is_object())
    co_return tl::unexpected(http_problem(502, "control's answer is no JSON"));
  co_return std::move(value.as_object());
}

asio::awaitable<void> StudioLeave::discard(const HttpRequest& request, uint64_t most) {
  while (request.body) {
    const HttpBodyPiece piece = co_await request.body->read();
    if (!piece || piece->empty() || piece->size() > most) co_return;
    most -= piece->size();
  }
}

}  // namespace longmen

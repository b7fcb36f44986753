#include "load/whep_joiner.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <optional>

namespace longmen {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

using Request = http::request<http::string_body>;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

struct Job {
  Request request;
  Monotonic asked;
  WhepJoiner::Done done;
};

Request request_for(const LoadTarget& target, http::verb method, const std::string& path) {
  Request request(method, path, 11);
  request.set(http::field::host, target.authority);
  request.set(http::field::user_agent, "longmen-load");
  return request;
}

// The origin form of a Location; empty when it names another authority than the target's.
std::string path_of(const std::string& location, const LoadTarget& target) {
  const auto parsed = boost::urls::parse_uri_reference(location);
  if (!parsed) return {};
  if (parsed->has_authority()) {
    const uint16_t port = parsed->has_port() ? parsed->port_number() : 80;
    if (parsed->scheme() != "http" || parsed->host_address() != target.host ||
        port != target.address.port)
      return {};
  }
  std::string path(parsed->encoded_path());
  if (!path.starts_with('/')) return {};
  if (parsed->has_query()) path += "?" + std::string(parsed->encoded_query());
  return path;
}

}  // namespace

struct WhepJoiner::Shared : std::enable_shared_from_this<Shared> {
  Shared(asio::io_context& context, LoadTarget to, int most)
      : io(context), target(std::move(to)), connections_allowed(most) {}

  void add(Request request, Done done) {
    request.prepare_payload();
    jobs.push_back({std::move(request), std::chrono::steady_clock::now(), std::move(done)});
    if (running == connections_allowed) return;
    ++running;
    asio::co_spawn(
        io, [self = shared_from_this()] { return self->work(); }, asio::detached);
  }

  // One connection: takes jobs while there are any, and is kept for the next ones.
  asio::awaitable<void> work() {
    std::unique_ptr<beast::tcp_stream> stream;
    if (!kept.empty()) {
      stream = std::move(kept.back());
      kept.pop_back();
    }
    while (!jobs.empty() && !stopped) {
      Job job = std::move(jobs.front());
      jobs.pop_front();
      WhepReply reply;
      reply.asked = job.asked;
      reply.begun = std::chrono::steady_clock::now();
      const bool reused = stream != nullptr;
      co_await exchange(stream, job.request, reply);
      // A kept connection may have been closed by the server meanwhile (RFC 9112 §9.3.1).
      if (reused && reply.status == 0 && !stream) co_await exchange(stream, job.request, reply);
      reply.answered = std::chrono::steady_clock::now();
      if (!stopped) job.done(std::move(reply));
    }
    --running;
    if (stream && !stopped) kept.push_back(std::move(stream));
  }

  asio::awaitable<void> exchange(std::unique_ptr<beast::tcp_stream>& stream, const Request& request,
                                 WhepReply& reply) {
    const auto fail_with = [&](const char* what, beast::error_code error) {
      reply.problem = std::string(what) + ": " + error.message();
      stream.reset();
    };
    if (!stream) {
      stream = std::make_unique<beast::tcp_stream>(io);
      stream->expires_after(kHttpDeadline);
      const asio::ip::tcp::endpoint server(asio::ip::make_address(target.address.ip_string()),
                                           target.address.port);
      const auto [failed] = co_await stream->async_connect(server, kAwait);
      if (failed) co_return fail_with("no HTTP connection", failed);
      stream->socket().set_option(asio::ip::tcp::no_delay(true));
    }
    stream->expires_after(kHttpDeadline);
    const auto [unsent, sent] = co_await http::async_write(*stream, request, kAwait);
    if (unsent) co_return fail_with("the request could not be sent", unsent);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswerBytes);
    const auto [failed, read] = co_await http::async_read(*stream, buffer, parser, kAwait);
    if (failed) co_return fail_with("no HTTP answer", failed);
    const auto& response = parser.get();
    reply.status = static_cast<int>(response.result_int());
    reply.content = response.body();
    reply.location = std::string(response[http::field::location]);
    if (!parser.keep_alive()) stream.reset();
  }

  asio::io_context& io;
  LoadTarget target;
  int connections_allowed;
  int running = 0;
  bool stopped = false;
  std::deque<Job> jobs;
  std::vector<std::unique_ptr<beast::tcp_stream>> kept;
};

WhepJoiner::WhepJoiner(asio::io_context& io, LoadTarget target, int connections)
    : shared_(std::make_shared<Shared>(io, std::move(target), connections)) {}

WhepJoiner::~WhepJoiner() {
  shared_->stopped = true;
  shared_->jobs.clear();
  shared_->kept.clear();
}

void WhepJoiner::join(std::string offer, Done done) {
  Request request = request_for(shared_->target, http::verb::post, shared_->target.target);
  request.set(http::field::content_type, "application/sdp");
  request.set(http::field::accept, "application/sdp");
  request.body() = std::move(offer);
  shared_->add(std::move(request), std::move(done));
}

void WhepJoiner::leave(const std::string& location, Done done) {
  const std::string path = path_of(location, shared_->target);
  if (path.empty()) {
    WhepReply reply;
    reply.problem = "the answer's Location is not on the same server";
    return done(std::move(reply));
  }
  shared_->add(request_for(shared_->target, http::verb::delete_, path), std::move(done));
}

size_t WhepJoiner::under_way() const {
  return shared_->jobs.size() + static_cast<size_t>(shared_->running);
}

}  // namespace longmen

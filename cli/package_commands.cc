// package: a recording as a file, out of a node that runs, into one, or looked at by itself.
#include <fcntl.h>
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/commands.h"
#include "core/http/target.h"
#include "core/node/json_fields.h"
#include "gateway/given_file.h"
#include "gateway/package_intake.h"
#include "net/http_client.h"
#include "net/node_sockets.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxPackageAnswerBytes = 64 << 10;

int complain_of_package(std::string_view words) {
  fmt::print(stderr, "{}\n", words);
  return 1;
}

class SentFile : public HttpBody {
 public:
  explicit SentFile(const std::string& path) : file_(path, std::ios::binary) {}
  asio::awaitable<HttpBodyPiece> read() override {
    std::string piece(kMaxBodyPieceBytes, '\0');
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<size_t>(file_.gcount()));
    co_return piece;
  }

 private:
  std::ifstream file_;
};

using Fetched = tl::expected<HttpClientResponse, HttpProblem>;

asio::awaitable<Result<std::string>> words_of(Fetched response) {
  if (!response) co_return fail(response.error().words);
  std::string text;
  if (response->body) {
    auto body = co_await read_whole_body(response->body, kMaxPackageAnswerBytes);
    if (!body) co_return fail(body.error().words);
    text = std::move(*body);
  }
  if (response->status == 200) co_return text;
  std::string detail = fmt::format("the node answers {}", response->status);
  if (const auto fields = JsonFields::parse(text)) fields->read("detail", detail);
  co_return fail(detail);
}

// A pass of the node's control, which only its user and root can have.
asio::awaitable<Result<std::string>> pass_of(std::string data_dir) {
  HttpEndpoint control;
  control.abstract_socket = control_socket_name(data_dir);
  HttpClientRequest request;
  request.method = "POST";
  request.target = "/local/v1/pass";
  request.fields.set("Content-Type", "application/json");
  request.content = "{}";
  const HttpClientLimits limits;
  Fetched response = co_await http_fetch(control, std::move(request), limits);
  if (!response)
    co_return fail(
        fmt::format("the control process of the node with data_dir = {} does not answer. "
                    "Start the node, or do this as its user",
                    data_dir));
  const auto text = co_await words_of(std::move(response));
  if (!text) co_return tl::unexpected(text.error());
  std::string pass;
  if (const auto fields = JsonFields::parse(*text)) fields->read("pass", pass);
  co_return pass;
}

Result<HttpEndpoint> gateway_of(const std::string& data_dir) {
  const auto text = ask_node(data_dir);
  if (!text) return tl::unexpected(text.error());
  const auto node = JsonFields::parse(*text);
  if (!node) return tl::unexpected(node.error());
  HttpEndpoint gateway;
  gateway.address = "127.0.0.1";
  int port = 0;
  node->inside("ports", [&](const JsonFields& ports) { ports.read("http", port); });
  if (port <= 0) return fail("the node serves no HTTP");
  gateway.port = static_cast<uint16_t>(port);
  return gateway;
}

HttpClientLimits patient_limits() {
  HttpClientLimits limits;
  limits.write_step = 120s;
  limits.response_header = 600s;  // the last of it is synced
  limits.body_step = 120s;
  return limits;
}

asio::awaitable<Result<std::string>> send_package(HttpEndpoint gateway, std::string data_dir,
                                                  std::string file, std::string channel) {
  const auto pass = co_await pass_of(data_dir);
  if (!pass) co_return tl::unexpected(pass.error());
  HttpClientRequest request;
  request.method = "POST";
  request.target = "/api/v1/packages?channel=" + percent_encode(channel);
  request.fields.set("Content-Type", "application/x-tar");
  request.fields.set("X-Longmen-Pass", *pass);
  request.stream = std::make_shared<SentFile>(file);
  std::error_code error;
  request.stream_bytes = std::filesystem::file_size(file, error);
  if (error) co_return fail(error.message());
  const HttpClientLimits limits = patient_limits();
  Fetched response = co_await http_fetch(gateway, std::move(request), limits);
  co_return co_await words_of(std::move(response));
}

asio::awaitable<Result<std::string>> fetch_package(HttpEndpoint gateway, std::string data_dir,
                                                   std::string recording, std::string file) {
  const auto pass = co_await pass_of(data_dir);
  if (!pass) co_return tl::unexpected(pass.error());
  HttpClientRequest request;
  request.target = fmt::format("/api/v1/recordings/{}/package", percent_encode_path(recording));
  request.fields.set("X-Longmen-Pass", *pass);
  const HttpClientLimits limits = patient_limits();
  Fetched response = co_await http_fetch(gateway, std::move(request), limits);
  if (!response || response->status != 200 || !response->body)
    co_return co_await words_of(std::move(response));
  GivenFile out(file);
  for (;;) {
    const HttpBodyPiece piece = co_await response->body->read();
    if (!piece) co_return fail("the package was cut short: " + piece.error().words);
    if (piece->empty()) break;
    if (auto written = out.write(*piece); !written) co_return tl::unexpected(written.error());
  }
  if (response->body_bytes && *response->body_bytes != out.bytes())
    co_return fail("the package was cut short");
  if (auto kept = out.keep(); !kept) co_return tl::unexpected(kept.error());
  co_return fmt::format("{}: {} bytes", file, out.bytes());
}

template <class Work>
Result<std::string> run_to_end(Work work) {
  asio::io_context io;
  auto done = asio::co_spawn(io, std::move(work), asio::use_future);
  io.run();
  return done.get();
}

}  // namespace

int export_package(const std::string& data_dir, const std::string& recording,
                   const std::string& file) {
  const auto gateway = gateway_of(data_dir);
  if (!gateway) return complain_of_package(gateway.error().message);
  const auto done = run_to_end(fetch_package(*gateway, data_dir, recording, file));
  if (!done) return complain_of_package(done.error().message);
  fmt::print("{}\n", *done);
  return 0;
}

int import_packages(const std::string& data_dir, const std::vector<std::string>& files,
                    const std::string& channel) {
  const auto gateway = gateway_of(data_dir);
  if (!gateway) return complain_of_package(gateway.error().message);
  int exit_code = 0;
  for (const std::string& file : files) {
    const auto done = run_to_end(send_package(*gateway, data_dir, file, channel));
    if (!done) {
      exit_code = complain_of_package(fmt::format("{}: {}", file, done.error().message));
      continue;
    }
    std::string recording, title;
    if (const auto fields = JsonFields::parse(*done)) {
      fields->read("recording", recording);
      fields->read("title", title);
    }
    // Each when it is there: the next one may take minutes.
    fmt::print("{}: \"{}\" is here as recording {}\n", file, title, recording);
    std::fflush(stdout);
  }
  return exit_code;
}

int check_package(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return complain_of_package(fmt::format("{}: {}", file, std::strerror(errno)));
  PackageIntake intake({});
  std::string piece(1 << 20, '\0');
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<size_t>(in.gcount());
    if (auto fed = intake.feed(std::string_view(piece).substr(0, got)); !fed)
      return complain_of_package(fmt::format("{}: {}", file, fed.error().message));
  }
  if (auto whole = intake.finish(); !whole)
    return complain_of_package(fmt::format("{}: {}", file, whole.error().message));
  const package::PackageHead& head = intake.reader().head();
  fmt::print("recording {} \"{}\", {} s, {} files of courseware\n", head.info.id, head.info.title,
             (head.info.end_ms - head.info.start_ms) / 1000, head.courseware.size());
  for (size_t i = 0; i < head.info.tracks.size(); ++i)
    fmt::print("  {}: {} segments, {} MB\n", head.info.tracks[i].name,
               intake.reader().tracks()[i].segments().size(),
               intake.reader().tracks()[i].bytes() >> 20);
  fmt::print("whole, and as its manifest says\n");
  return 0;
}

}  // namespace longmen

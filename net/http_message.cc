#include "net/http_message.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace longmen {

std::string_view http_reason(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

HttpResponse http_problem(int status, std::string_view words) {
  HttpResponse response;
  response.status = status;
  response.fields.set("Content-Type", "application/problem+json");
  response.fields.set("Cache-Control", "no-store");
  boost::json::object problem{
      {"type", "about:blank"}, {"title", http_reason(status)}, {"status", status}};
  if (!words.empty()) problem["detail"] = words;
  response.content = boost::json::serialize(problem);
  return response;
}

HttpResponse http_problem_for_now(int status, std::string_view words, int retry_after_seconds) {
  HttpResponse response = http_problem(status, words);
  response.fields.set("Retry-After", fmt::to_string(retry_after_seconds));
  return response;
}

boost::asio::awaitable<HttpBodyPiece> read_whole_body(std::shared_ptr<HttpBody> body,
                                                      size_t limit_bytes) {
  std::string whole;
  while (body) {
    HttpBodyPiece piece = co_await body->read();
    if (!piece) co_return piece;
    if (piece->empty()) break;
    if (whole.size() + piece->size() > limit_bytes) {
      co_return tl::unexpected(
          HttpProblem{413, fmt::format("the body is larger than {} bytes", limit_bytes)});
    }
    whole += *piece;
  }
  co_return whole;
}

}  // namespace longmen

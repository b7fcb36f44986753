// Answers that many ask for at once and that are the same for all of them: one asks for whoever has
// come until then, and who comes meanwhile waits for the next one. So no answer is older than its
// request, and whoever is asked has one request of a kind at a time, be there thousands of pages
// that hear of the same thing in the same second. One thread: the io_context's. Bounds: what is
// under way; kMaxBytes of an answer, which is in memory for as long.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/http_message.h"

namespace longmen {

class SharedAnswers {
 public:
  static constexpr size_t kMaxBytes = 4 << 20;
  using Ask = std::function<boost::asio::awaitable<HttpResponse>()>;

  explicit SharedAnswers(boost::asio::io_context& io) : io_(io) {}
  // What `ask` answers, its body read; `what` is the same for the same. Outlives its requests.
  boost::asio::awaitable<HttpResponse> answer(std::string what, Ask ask);

 private:
  struct Round;
  void go_on(const std::string& what);

  boost::asio::io_context& io_;
  // Of what one is under way: who came meanwhile; null: nobody has.
  std::map<std::string, std::shared_ptr<Round>> next_;
};

}  // namespace longmen

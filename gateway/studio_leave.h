// Leave of the studio for what this process does with the files of recordings itself: who asks, and
// whether they may, is control's to say, and so are names and the audit. A request of /api/v1 that
// the gateway answers is put to control first, by the same method and path and with the same
// sign-in, but with a small body of our own; what control answers is either the leave or what the
// asker is told. One thread: the io_context's.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/api_proxy.h"

namespace longmen {

class StudioLeave {
 public:
  // Control's answer: an object, or, as an error, the whole response.
  using Answer = tl::expected<boost::json::object, HttpResponse>;

  void set_socket(std::string abstract_name) { socket_ = std::move(abstract_name); }
  boost::asio::awaitable<Answer> ask(const HttpRequest& request, boost::json::object body);

  // What remains of a body that nobody wants, so that whoever sends it hears the answer behind it;
  // as far as `most` bytes.
  static boost::asio::awaitable<void> discard(const HttpRequest& request, uint64_t most);

 private:
  std::string socket_;
};

}  // namespace longmen

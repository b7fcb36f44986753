// Recordings over HTTP: the list, of which everybody sees what everybody may watch, who has a link
// with a token its channel's, too, and the studio all (`all=true`); and what is done with them, for
// those who may. Also the route by which this node's gateway says what there is and
// takes what is ordered (core/node/recording_order.h), which nobody else reaches.
#pragma once

#include "control/studio_parts.h"
#include "core/node/recording_order.h"

namespace longmen {

class RecordingsApi {
 public:
  explicit RecordingsApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);
  void add_local_routes(HttpRouter& router);

  // Whenever it says something.
  void on_recorder(std::function<void(const RecorderReport&)> tell) {
    on_recorder_ = std::move(tell);
  }

 private:
  boost::asio::awaitable<HttpResponse> list(HttpRequest request);
  boost::asio::awaitable<HttpResponse> recorder(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> withdraw(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> give_back(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> sync(HttpRequest request);

  StudioParts& parts_;
  std::function<void(const RecorderReport&)> on_recorder_;
  RecorderReport recorder_;  // of this node, as its gateway said last
  std::chrono::seconds recorder_heard_{};
};

}  // namespace longmen

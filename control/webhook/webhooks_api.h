// Webhooks below /api/v1/webhooks, for administrators: what is told to whom, and what became of it.
// On the io thread.
#pragma once

#include "control/studio_parts.h"
#include "control/webhook/webhook_sender.h"

namespace longmen {

class WebhooksApi {
 public:
  // Both outlive it.
  WebhooksApi(StudioParts& parts, WebhookSender& sender) : parts_(parts), sender_(sender) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> deliveries(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> test(Caller caller, HttpRequest request);

  StudioParts& parts_;
  WebhookSender& sender_;
};

}  // namespace longmen

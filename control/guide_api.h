// The programme guide over HTTP: for everybody as JSON, iCalendar and XMLTV, and for those who plan
// the way in. Whoever asks again with the entity tag of what they have gets 304.
#pragma once

#include "control/guide.h"
#include "control/studio_parts.h"

namespace longmen {

class GuideApi {
 public:
  static constexpr size_t kMaxFileBytes = 1 << 20;

  explicit GuideApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  struct Found {
    std::vector<GuideEntry> entries;
    std::vector<std::pair<std::string, std::string>> channels;
    std::string series_title;  // of the one that was asked for
  };
  boost::asio::awaitable<Result<Found>> find(GuideQuery query);
  boost::asio::awaitable<HttpResponse> show(HttpRequest request);
  boost::asio::awaitable<HttpResponse> calendar(HttpRequest request);
  boost::asio::awaitable<HttpResponse> xmltv(HttpRequest request);
  boost::asio::awaitable<HttpResponse> import(Caller caller, HttpRequest request);

  // As far as the request says; else from the beginning of today's day of the wall clock.
  Decided<GuideQuery> query_of(const HttpRequest& request, std::chrono::days back,
                               std::chrono::days ahead) const;

  StudioParts& parts_;
};

}  // namespace longmen

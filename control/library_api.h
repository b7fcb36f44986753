// The library over HTTP, for everybody: what is found, under what it is filed, and a
// series as a podcast, of the recordings that whoever asks may watch
// (control/recording_audience.h); and what keeps the index up with what was changed. On the io
// thread.
#pragma once

#include "control/library_query.h"
#include "control/studio_parts.h"

namespace longmen {

class LibraryApi {
 public:
  explicit LibraryApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

  // Every kCatchUpEvery: what was marked since, many at a time, so that a change of thousands keeps
  // nobody else waiting. True: there is more.
  static constexpr std::chrono::milliseconds kCatchUpEvery{500};
  boost::asio::awaitable<Result<bool>> catch_up();

 private:
  boost::asio::awaitable<HttpResponse> search(HttpRequest request);
  boost::asio::awaitable<HttpResponse> facets(HttpRequest request);
  boost::asio::awaitable<HttpResponse> podcast(HttpRequest request);
  // Those of an account, with all=true; or a stranger's.
  boost::asio::awaitable<Decided<RecordingAudience>> audience_of(const HttpRequest& request);

  StudioParts& parts_;
  bool formed_ = false;  // what is indexed is of this version
};

}  // namespace longmen

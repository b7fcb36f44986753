// Sites over HTTP: lists with what their screens report, for all who may look; changes, and tables
// in and out, for those who manage sites.
#pragma once

#include "control/roll_keeper.h"
#include "control/site_import.h"
#include "control/studio_parts.h"
#include "control/work_thread.h"

namespace longmen {

class SitesApi {
 public:
  static constexpr size_t kMaxFileBytes = 4 << 20;

  SitesApi(boost::asio::io_context& io, StudioParts& parts, RollKeeper& keeper)
      : parts_(parts), keeper_(keeper), planner_(io) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> import(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> export_table(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> presence(Caller caller, HttpRequest request);

  boost::asio::awaitable<HttpResponse> write_plan(Caller caller, std::shared_ptr<SitePlan> plan);

  StudioParts& parts_;
  RollKeeper& keeper_;
  WorkThread planner_;  // of tables
};

}  // namespace longmen

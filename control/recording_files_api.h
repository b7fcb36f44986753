// What the gateway asks before it does something with the files of recordings itself
// (gateway/studio_leave.h): whether who asks may, what is said of a recording in a package, under
// what an imported one or a clip is filed; and what of it goes into the audit. The routes are those
// that the studio uses, whose bodies, streams of files, are the gateway's; what arrives here is its
// own small ones. Besides, a pass for this machine's command line, which has no account: known to
// this process alone, for kPassLife. On the io thread. Bound: kMaxPasses.
#pragma once

#include <map>

#include "control/studio_parts.h"

namespace longmen {

class RecordingFilesApi {
 public:
  static constexpr size_t kMaxPasses = 64;
  static constexpr std::chrono::hours kPassLife{6};

  explicit RecordingFilesApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);
  void add_local_routes(HttpRouter& router);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using Handler = Answer (RecordingFilesApi::*)(Caller, HttpRequest);

  void add(HttpRouter& router, std::string pattern, std::string method, Permission permission,
           Handler handler);
  Answer run(Permission permission, Handler handler, HttpRequest request);
  boost::asio::awaitable<Decided<Caller>> admit(const HttpRequest& request, Permission permission);

  Answer look(Caller caller, HttpRequest request);
  Answer add_courseware(Caller caller, HttpRequest request);
  Answer remove_courseware(Caller caller, HttpRequest request);
  Answer set_captions(Caller caller, HttpRequest request);
  Answer remove_captions(Caller caller, HttpRequest request);
  Answer export_package(Caller caller, HttpRequest request);
  Answer import_package(Caller caller, HttpRequest request);
  Answer make_clip(Caller caller, HttpRequest request);
  Answer make_pass(HttpRequest request);

  StudioParts& parts_;
  std::map<std::string, std::chrono::seconds> passes_;  // until when
};

}  // namespace longmen

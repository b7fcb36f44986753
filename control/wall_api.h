// What a screen on a wall asks for itself, without an account: a code to be enrolled by, its
// settings, and to be heard. It shows who it is with a cookie that no script reads and that goes to
// these addresses alone; the secret in it was made with the code (control/enrolment.h). Whoever
// shows none, or one that is no longer good, is told 401, which is the one answer by which a screen
// takes itself for not enrolled. A report is kept in memory (control/screen_roll.h).
#pragma once

#include <unordered_set>

#include "control/client_network.h"
#include "control/request_rate.h"
#include "control/roll_keeper.h"
#include "control/studio_parts.h"

namespace longmen {

class WallApi {
 public:
  static constexpr std::chrono::milliseconds kTestReportEvery = std::chrono::seconds(5);
  static constexpr int kShownSessions = 10;
  // New codes within RequestRate::kWindow: of a /56 or an IPv4 address, of a /48, of everybody. A
  // device asks for one once in half an hour.
  static constexpr uint32_t kCodesOfNetwork = 60;
  static constexpr uint32_t kCodesOfWideNetwork = 240;
  static constexpr uint32_t kCodesOfAll = 1200;

  WallApi(StudioParts& parts, RollKeeper& keeper)
      : parts_(parts), keeper_(keeper), code_rate_(parts.random), all_codes_(parts.random, 1) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> show(HttpRequest request);
  boost::asio::awaitable<HttpResponse> ask_for_code(HttpRequest request);
  boost::asio::awaitable<HttpResponse> take_report(HttpRequest request);

  boost::asio::awaitable<HttpResponse> show_settings(HttpRequest request, std::string hash);
  std::optional<HttpResponse> too_many_codes(const ClientNetwork& network);

  StudioParts& parts_;
  RollKeeper& keeper_;
  RequestRate code_rate_;
  RequestRate all_codes_;
  std::unordered_set<std::string> asking_;  // hashes of enrolled screens, for their settings
};

}  // namespace longmen

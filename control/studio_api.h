// Everything of control's HTTP that is behind a sign-in: accounts, audit, the schedule. Puts the
// parts together, and keeps house: ends old sign-ins, forgets old answers, prunes the audit and
// writes its head to the log.
#pragma once

#include "control/accounts_api.h"
#include "control/air_api.h"
#include "control/air_delay_api.h"
#include "control/audit_api.h"
#include "control/channels_api.h"
#include "control/guide_api.h"
#include "control/library_api.h"
#include "control/local_api.h"
#include "control/me_api.h"
#include "control/oidc_api.h"
#include "control/overlay_api.h"
#include "control/recording_files_api.h"
#include "control/recordings_api.h"
#include "control/screens_api.h"
#include "control/series_api.h"
#include "control/sessions_api.h"
#include "control/sign_in_api.h"
#include "control/sign_ins_api.h"
#include "control/sites_api.h"
#include "control/slates_api.h"
#include "control/studio_events_api.h"
#include "control/themes_api.h"
#include "control/tokens_api.h"
#include "control/wall_api.h"
#include "control/wall_replay_api.h"
#include "control/watch_tokens_api.h"
#include "control/webhook/webhooks_api.h"

namespace longmen {

inline constexpr std::chrono::hours kAuditLife{180 * 24};  // at least

struct StudioSettings {
  PasswordCost password_cost;
  StudioClock clock;
  RandomBytes random;
  std::function<std::string()> origin;  // control/local_api.h
  WebFetch fetch;                       // of what is asked of servers outside
  SlateChecker check_slate;             // what looks at a file that somebody gives
  prometheus::Registry* metrics = nullptr;
  static StudioSettings of_this_machine();
};

class StudioApi {
 public:
  // `io` and `store` outlive it.
  StudioApi(boost::asio::io_context& io, StoreThread& store, StudioSettings settings);

  // Its handlers refer to this object. Those below /api/ and those below /local/.
  void add_routes(HttpRouter& router);
  void add_local_routes(HttpRouter& router) {
    local_.add_routes(router);
    recordings_.add_local_routes(router);
    recording_files_.add_local_routes(router);
  }

  void set_limits(const SignInLimits& sign_ins, std::chrono::milliseconds audit_life);
  void set_schedule(const ScheduleSettings& schedule) { parts_.schedule = schedule; }
  // As browsers and players reach this node; empty: as each request says.
  void set_public_url(std::string url) { parts_.public_url = std::move(url); }
  LocalApi& local() { return local_; }
  OidcApi& oidc() { return oidc_; }
  const PasswordPool& passwords() const { return passwords_; }
  // Before anybody asks: the first administrator of all and the core themes are made, and the
  // installation's secrets are read. True when there is a first link to be shown.
  boost::asio::awaitable<Result<bool>> settle();
  // Looks whether the installation's secrets are still those that were read: a backup that was
  // restored is another installation. After settle().
  boost::asio::awaitable<Result<void>> follow_secrets();
  void on_channels_changed(std::function<void()> tell) {
    parts_.channels_changed = [this, tell = std::move(tell)] {
      tell();
      events_.changed();
    };
  }
  StudioEventsApi& events() { return events_; }
  SessionsApi& sessions() { return sessions_; }
  // By which gateways check watch tokens; empty before settle().
  const std::string& public_watch_key() const { return public_watch_key_; }
  WallApi& wall() { return wall_; }
  WallReplayApi& wall_replay() { return wall_replay_; }
  RollKeeper& screens() { return keeper_; }
  LibraryApi& library() { return library_; }
  SlatesApi& slates() { return slates_; }
  WebhookSender& webhooks() { return sender_; }
  // Waits for the password that is being hashed, and for what is asked of a provider.
  void join() {
    passwords_.join();
    oidc_.join();
    sender_.join();
  }

  // Once an hour.
  boost::asio::awaitable<void> keep_house();

 private:
  boost::asio::awaitable<Result<void>> read_secrets();
  boost::asio::awaitable<Result<void>> make_themes();

  PasswordPool passwords_;
  SignInLimiter limiter_;
  Gatekeeper gatekeeper_;
  DeviceCookies devices_;
  StudioParts parts_;
  SignInApi sign_in_;
  OidcApi oidc_;
  SignInsApi sign_ins_;
  MeApi me_;
  AccountsApi accounts_;
  AuditApi audit_;
  LocalApi local_;
  SeriesApi series_;
  ThemesApi themes_;
  SessionsApi sessions_;
  ChannelsApi channels_;
  GuideApi guide_;
  WatchTokensApi watch_tokens_;
  std::string public_watch_key_;
  RollKeeper keeper_;
  SitesApi sites_;
  ScreensApi screens_;
  WallApi wall_;
  WallReplayApi wall_replay_;
  TokensApi tokens_;
  AirApi air_;
  AirDelayApi air_delay_;
  OverlayApi overlay_;
  StudioEventsApi events_;
  RecordingsApi recordings_;
  RecordingFilesApi recording_files_;
  LibraryApi library_;
  SlatesApi slates_;
  WebhookSender sender_;
  WebhooksApi webhooks_;
  std::chrono::milliseconds audit_life_ = kAuditLife;
};

}  // namespace longmen

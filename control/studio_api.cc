#include "control/studio_api.h"

#include <spdlog/spdlog.h>

#include "control/enrolment.h"
#include "control/once.h"
#include "control/secret_table.h"
#include "control/theme.h"
#include "control/watch_revocation.h"
#include "core/access/watch_token.h"

namespace longmen {
namespace {

// Pieces are written before the slate that they are of.
constexpr std::chrono::milliseconds kSlateOnItsWay = std::chrono::hours(2);

}  // namespace

StudioSettings StudioSettings::of_this_machine() {
  StudioSettings settings;
  settings.clock.wall_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  settings.clock.media_ms = settings.clock.wall_ms;
  settings.clock.steady = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  };
  settings.random = system_random();
  settings.origin = [] { return std::string(); };
  settings.fetch = fetch_by_curl;
  return settings;
}

StudioApi::StudioApi(boost::asio::io_context& io, StoreThread& store, StudioSettings settings)
    : passwords_(io, settings.password_cost, settings.random),
      limiter_(settings.random),
      gatekeeper_(store, settings.clock.wall_ms),
      parts_{store,
             passwords_,
             limiter_,
             gatekeeper_,
             devices_,
             settings.clock,
             settings.random,
             {},
             {},
             [this] { events_.changed(); },
             [this](const std::string& channel) { return events_.has_feed(channel); },
             {},
             [this](const HttpRequest& request) { return oidc_.sign_out_address(request); }},
      sign_in_(parts_),
      oidc_(io, parts_, settings.fetch),
      sign_ins_(parts_),
      me_(parts_),
      accounts_(parts_),
      audit_(parts_),
      local_(parts_, std::move(settings.origin)),
      series_(parts_),
      themes_(parts_),
      sessions_(parts_),
      channels_(parts_),
      guide_(parts_),
      watch_tokens_(parts_),
      keeper_(store, settings.clock.wall_ms),
      sites_(io, parts_, keeper_),
      screens_(parts_, keeper_),
      wall_(parts_, keeper_),
      wall_replay_(parts_),
      tokens_(parts_),
      air_(parts_),
      air_delay_(parts_),
      overlay_(parts_),
      events_(io, parts_),
      recordings_(parts_),
      recording_files_(parts_),
      library_(parts_),
      slates_(parts_, std::move(settings.check_slate)),
      sender_(io, store, settings.clock, settings.random, settings.fetch, settings.metrics),
      webhooks_(parts_, sender_) {
  events_.tell(&sender_);
  recordings_.on_recorder([this](const RecorderReport& report) { events_.take_recorder(report); });
}

void StudioApi::add_routes(HttpRouter& router) {
  sign_in_.add_routes(router);
  oidc_.add_routes(router);
  sign_ins_.add_routes(router);
  me_.add_routes(router);
  accounts_.add_routes(router);
  audit_.add_routes(router);
  series_.add_routes(router);
  themes_.add_routes(router);
  sessions_.add_routes(router);
  channels_.add_routes(router);
  guide_.add_routes(router);
  watch_tokens_.add_routes(router);
  sites_.add_routes(router);
  screens_.add_routes(router);
  wall_.add_routes(router);
  wall_replay_.add_routes(router);
  tokens_.add_routes(router);
  air_.add_routes(router);
  air_delay_.add_routes(router);
  overlay_.add_routes(router);
  events_.add_routes(router);
  recordings_.add_routes(router);
  recording_files_.add_routes(router);
  library_.add_routes(router);
  slates_.add_routes(router);
  webhooks_.add_routes(router);
}

void StudioApi::set_limits(const SignInLimits& sign_ins, std::chrono::milliseconds audit_life) {
  gatekeeper_.set_limits(sign_ins);
  audit_life_ = std::max<std::chrono::milliseconds>(audit_life, kAuditLife);
}

boost::asio::awaitable<Result<bool>> StudioApi::settle() {
  const Result<void> read = co_await read_secrets();
  if (!read) co_return tl::unexpected(read.error());
  const Result<void> made = co_await make_themes();
  if (!made) co_return tl::unexpected(made.error());
  co_return co_await local_.make_first_administrator();
}

boost::asio::awaitable<Result<void>> StudioApi::make_themes() {
  const auto make = [now_ms = parts_.clock.wall_ms()](Store& store) -> Result<void> {
    return store.database().write("themes", [&](soci::session& sql) -> Result<void> {
      make_core_themes(sql, now_ms);
      return {};
    });
  };
  co_return co_await parts_.store.run(make);
}

boost::asio::awaitable<Result<void>> StudioApi::read_secrets() {
  struct Secrets {
    std::string devices, watch, tally, oidc;
  };
  const auto read =
      [device = make_token(parts_.random), tally = make_token(parts_.random),
       oidc = make_token(parts_.random),
       watch = make_watch_keys(parts_.random).private_key](Store& store) -> Result<Secrets> {
    const auto devices = installation_secret(store.database(), kDeviceKey, device);
    if (!devices) return tl::unexpected(devices.error());
    const auto key = installation_secret(store.database(), kWatchKey, watch);
    if (!key) return tl::unexpected(key.error());
    const auto tallies = installation_secret(store.database(), kTallyKey, tally);
    if (!tallies) return tl::unexpected(tallies.error());
    const auto flows = installation_secret(store.database(), kOidcKey, oidc);
    if (!flows) return tl::unexpected(flows.error());
    return Secrets{*devices, *key, *tallies, *flows};
  };
  const auto secrets = co_await parts_.store.run(read);
  if (!secrets) co_return tl::unexpected(secrets.error());
  const auto public_key = longmen::public_watch_key(secrets->watch);
  if (!public_key) co_return tl::unexpected(public_key.error());
  devices_.set_key(secrets->devices);
  events_.set_tally_key(secrets->tally);
  oidc_.set_key(secrets->oidc);
  parts_.watch_key = secrets->watch;
  public_watch_key_ = *public_key;
  co_return Result<void>();
}

boost::asio::awaitable<Result<void>> StudioApi::follow_secrets() {
  const auto look = [](Store& store) { return secret_if_any(store.database(), kWatchKey); };
  const auto now = co_await parts_.store.run(look);
  if (!now) co_return tl::unexpected(now.error());
  if (*now == parts_.watch_key) co_return Result<void>();
  co_return co_await read_secrets();
}

boost::asio::awaitable<void> StudioApi::keep_house() {
  const int64_t now_ms = parts_.clock.wall_ms();
  const auto keep = [limits = gatekeeper_.limits(), oldest = now_ms - audit_life_.count(),
                     now_ms](Store& store) -> Result<AuditPruned> {
    auto pruned = prune_audit(store.database(), oldest, now_ms);
    if (!pruned || pruned->too_quiet) return pruned;
    auto ended = store.database().write("sign-ins", [&](soci::session& sql) -> Result<void> {
      AccountTable(sql).end_old_sign_ins(limits, now_ms);
      forget_old_answers(sql, now_ms);
      forget_old_codes(sql, now_ms);
      forget_old_revocations(sql, now_ms);
      SlateTable(sql).forget_pieces(now_ms - kSlateOnItsWay.count());
      return {};
    });
    if (!ended) return tl::unexpected(ended.error());
    return pruned;
  };
  const auto kept = co_await parts_.store.run(keep);
  if (!kept) {
    log_store_problem(kept.error());
    co_return;
  }
  if (kept->too_quiet) {
    spdlog::warn(
        "the audit's newest row is older than half of what is kept: if the clock is right, nothing "
        "has happened for long; nothing is pruned until something does");
  }
  if (kept->rows > 0) spdlog::info("{} old rows of the audit pruned", kept->rows);
  // Noted where whoever changes the database does not reach.
  if (kept->last > 0) spdlog::info("the audit's row {} has the hash {}", kept->last, kept->head);
}

}  // namespace longmen

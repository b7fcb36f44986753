#include "control/studio_api.h"

#include <spdlog/spdlog.h>

#include "control/once.h"
#include "control/secret_table.h"
#include "control/theme.h"

namespace longmen {

StudioSettings StudioSettings::of_this_machine() {
  StudioSettings settings;
  settings.clock.wall_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  settings.clock.steady = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  };
  settings.random = system_random();
  settings.origin = [] { return std::string(); };
  return settings;
}

StudioApi::StudioApi(boost::asio::io_context& io, StoreThread& store, StudioSettings settings)
    : passwords_(io, settings.password_cost, settings.random),
      limiter_(settings.random),
      gatekeeper_(store, settings.clock.wall_ms),
      parts_{store,          passwords_,      limiter_, gatekeeper_, devices_,
             settings.clock, settings.random, {},       {}},
      sign_in_(parts_),
      me_(parts_),
      accounts_(parts_),
      audit_(parts_),
      local_(parts_, std::move(settings.origin)),
      series_(parts_),
      themes_(parts_),
      sessions_(parts_),
      channels_(parts_),
      guide_(parts_) {}

void StudioApi::add_routes(HttpRouter& router) {
  sign_in_.add_routes(router);
  me_.add_routes(router);
  accounts_.add_routes(router);
  audit_.add_routes(router);
  series_.add_routes(router);
  themes_.add_routes(router);
  sessions_.add_routes(router);
  channels_.add_routes(router);
  guide_.add_routes(router);
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
  const auto read = [fresh = make_token(parts_.random)](Store& store) {
    return installation_secret(store.database(), kDeviceKey, fresh);
  };
  const auto key = co_await parts_.store.run(read);
  if (!key) co_return tl::unexpected(key.error());
  devices_.set_key(*key);
  co_return Result<void>();
}

boost::asio::awaitable<void> StudioApi::keep_house() {
  const int64_t now_ms = parts_.clock.wall_ms();
  const auto keep = [limits = gatekeeper_.limits(), oldest = now_ms - audit_life_.count(),
                     now_ms](Store& store) -> Result<AuditPruned> {
    const auto pruned = prune_audit(store.database(), oldest, now_ms);
    if (!pruned || pruned->too_quiet) return pruned;
    auto ended = store.database().write("sign-ins", [&](soci::session& sql) -> Result<void> {
      AccountTable(sql).end_old_sign_ins(limits, now_ms);
      forget_old_answers(sql, now_ms);
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
  // A restore makes others.
  const Result<void> read = co_await read_secrets();
  if (!read) log_store_problem(read.error());
}

}  // namespace longmen

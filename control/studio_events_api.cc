#include "control/studio_events_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "control/body_fields.h"
#include "control/channel_table.h"
#include "control/event_stream.h"
#include "control/json_action.h"
#include "core/access/watch_token.h"
#include "core/node/hidden_channel.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr int64_t kPlanAheadMs = std::chrono::milliseconds(24h).count();
constexpr int64_t kPlanBehindMs =
    std::chrono::milliseconds(26h).count();  // the longest session, and a while to reopen it
constexpr int kPlanned = 50;

void add_plan(soci::session& sql, StudioView::OfChannel& of, int64_t now_ms,
              std::chrono::milliseconds reopen_within) {
  SessionQuery query;
  query.channel = of.channel.id;
  query.from_ms = now_ms - kPlanBehindMs;
  query.to_ms = now_ms + kPlanAheadMs;
  query.limit = kPlanned;
  for (Session& session : SessionTable(sql).page(query)) {
    const SessionLife& life = session.life;
    if (life.state == SessionState::kScheduled && life.planned_end_ms > now_ms && !of.next)
      of.next = session;
    if (life.state == SessionState::kEnded && reopen_until_ms(life, reopen_within) > now_ms &&
        (!of.reopenable || of.reopenable->life.ended_ms < life.ended_ms))
      of.reopenable = session;
  }
  if (of.live) of.chapters = ChapterTable(sql).of_session(of.live->id);
}

Result<StudioView> look_at_studio(Store& store, const std::set<std::string>& watched,
                                  int64_t now_ms, std::chrono::milliseconds reopen_within) {
  return store.database().read("studio", [&](soci::session& sql) -> Result<StudioView> {
    StudioView view;
    view.reopen_within = reopen_within;
    AirTable air(sql);
    AirDelayTable delays(sql);
    SessionTable sessions(sql);
    const auto orders = air.all();
    const auto live = air.channels_with_live_session();
    for (Channel& channel : ChannelTable(sql).all()) {
      StudioView::OfChannel& of = view.channels.emplace_back();
      of.channel = std::move(channel);
      const auto order = orders.find(of.channel.id);
      if (order != orders.end()) of.air = order->second;
      of.air.channel = of.channel.id;
      of.delay = delays.of(of.channel.id);
      if (live.contains(of.channel.id)) of.live = sessions.live_on(of.channel.id);
      if (watched.contains(of.channel.id)) add_plan(sql, of, now_ms, reopen_within);
    }
    return view;
  });
}

// A page of another site reads nothing of it: the cookie is not sent along, and no answer allows
// it. Said here all the same, as early as a browser tells.
Decided<bool> check_origin(const HttpRequest& request) {
  if (!request.fields.contains("Sec-Fetch-Site") && !request.fields.contains("Origin")) return true;
  return check_own_page(request);
}

// {"of":"backup"}; the programme when nothing is said.
Decided<HiddenPicture> wished_picture(const HttpRequest& request) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  std::optional<std::string> of;
  BodyFields fields(*body);
  fields.read("of", of);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  if (!of) return HiddenPicture::kProgramme;
  const auto picture = hidden_picture_named(*of);
  if (!picture)
    return refuse(422, fmt::format("of: \"{}\" is none of primary, backup, programme", *of));
  return *picture;
}

}  // namespace

class StudioEventsApi::Hub {
 public:
  explicit Hub(std::function<int64_t()> clock) : wall_ms(std::move(clock)) {}

  struct Listener {
    EventStream* stream = nullptr;
    std::string owner;
    std::string channel;  // whose page it is; empty: the wall, or a tally
  };

  bool has_room(const std::string& owner) const {
    const auto of_one = std::count_if(listeners.begin(), listeners.end(),
                                      [&](const Listener& each) { return each.owner == owner; });
    return listeners.size() < kMaxStreams && static_cast<size_t>(of_one) < kMaxStreamsOfOne;
  }
  std::set<std::string> watched() const {
    std::set<std::string> channels;
    for (const Listener& each : listeners) {
      if (!each.channel.empty()) channels.insert(each.channel);
    }
    return channels;
  }
  void wake() {
    for (const Listener& each : listeners)
      each.stream->wake();
  }

  StudioNews news;
  std::function<int64_t()> wall_ms;
  std::vector<Listener> listeners;
};

namespace {

using Hub = StudioEventsApi::Hub;

// Is in the hub's list, and at a channel's page if it is one, for as long as it lives.
class ListedStream : public EventStream {
 public:
  ListedStream(asio::io_context& io, std::unique_ptr<EventFeed> feed, std::shared_ptr<Hub> hub,
               Hub::Listener listener, uint64_t person)
      : EventStream(io, std::move(feed)), hub_(std::move(hub)), person_(person) {
    listener.stream = this;
    hub_->listeners.push_back(std::move(listener));
  }
  ~ListedStream() override {
    std::erase_if(hub_->listeners, [this](const auto& each) { return each.stream == this; });
    if (person_ == 0) return;
    hub_->news.leave(person_, hub_->wall_ms());
    hub_->wake();
  }

 private:
  std::shared_ptr<Hub> hub_;
  uint64_t person_;
};

class StudioFeed : public EventFeed {
 public:
  StudioFeed(std::shared_ptr<Hub> hub, Gatekeeper& gatekeeper, HttpRequest request,
             std::string channel)
      : hub_(std::move(hub)),
        gatekeeper_(gatekeeper),
        request_(std::move(request)),
        channel_(std::move(channel)) {}

  std::optional<std::string> next() override {
    const int64_t now_ms = hub_->wall_ms();
    if (channel_.empty()) return json::serialize(hub_->news.wall(now_ms));
    const auto object = hub_->news.of_channel(channel_, now_ms);
    if (!object) return std::nullopt;  // the channel is gone
    return json::serialize(*object);
  }
  asio::awaitable<bool> may_go_on() override {
    const auto caller = co_await gatekeeper_.admit(request_, Permission::kLook);
    // A database that is away for a moment ends no stream; what it shows is said to be old.
    co_return caller || caller.error().status == 503;
  }

 private:
  std::shared_ptr<Hub> hub_;
  Gatekeeper& gatekeeper_;
  HttpRequest request_;  // without a body
  std::string channel_;
};

class TallyFeed : public EventFeed {
 public:
  TallyFeed(std::shared_ptr<Hub> hub, std::string channel, int64_t expires_ms)
      : hub_(std::move(hub)), channel_(std::move(channel)), expires_ms_(expires_ms) {}
  std::optional<std::string> next() override {
    const int64_t now_ms = hub_->wall_ms();
    return json::serialize(hub_->news.tally_json(channel_, now_ms));
  }
  asio::awaitable<bool> may_go_on() override { co_return hub_->wall_ms() < expires_ms_; }

 private:
  std::shared_ptr<Hub> hub_;
  std::string channel_;
  int64_t expires_ms_;
};

HttpResponse no_room() {
  return http_problem_for_now(503, "too many pages of the studio are open; close some", 5);
}

}  // namespace

StudioEventsApi::StudioEventsApi(asio::io_context& io, StudioParts& parts)
    : io_(io), parts_(parts), hub_(std::make_shared<Hub>(parts.clock.wall_ms)), timer_(io) {}

StudioEventsApi::~StudioEventsApi() = default;

void StudioEventsApi::add_routes(HttpRouter& router) {
  add_guarded(router, parts_, "/api/v1/studio/events", "GET", Permission::kLook, this,
              &StudioEventsApi::events);
  add_guarded(router, parts_, "/api/v1/studio/channels/{id}/history", "GET", Permission::kLook,
              this, &StudioEventsApi::history);
  add_guarded(router, parts_, "/api/v1/studio/channels/{id}/sound", "GET", Permission::kLook, this,
              &StudioEventsApi::sound);
  add_guarded(router, parts_, "/api/v1/channels/{id}/tally-link", "POST", Permission::kOperate,
              this, &StudioEventsApi::tally_link);
  add_guarded(router, parts_, "/api/v1/channels/{id}/preview-token", "POST", Permission::kLook,
              this, &StudioEventsApi::preview_token);
  router.add(
      {"/api/v1/tally", "GET", [this](HttpRequest request) { return tally(std::move(request)); }});
}

void StudioEventsApi::take_node_state(const NodeState& node) {
  hub_->news.take_node_state(node, hub_->wall_ms());
  hub_->wake();
  wake_sender();
}

NoticeBoard& StudioEventsApi::board() {
  return hub_->news.board();
}

void StudioEventsApi::wake_sender() {
  if (tells_webhooks() && hub_->news.board().has_news()) sender_->wake();
}

void StudioEventsApi::take_recorder(const RecorderReport& report) {
  hub_->news.take_recorder(report, hub_->wall_ms());
  wake_sender();
}

bool StudioEventsApi::has_feed(const std::string& channel) const {
  return hub_->news.has_feed(channel);
}

void StudioEventsApi::take_figures(std::string_view json) {
  hub_->news.take_figures(json, hub_->wall_ms());
  wake_sender();
}

void StudioEventsApi::changed() {
  dirty_ = true;
  timer_.cancel();
}

asio::awaitable<void> StudioEventsApi::run() {
  auto next_tick = std::chrono::steady_clock::now();
  auto next_look = next_tick;
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_tick) {
      hub_->news.tick(hub_->wall_ms());
      next_tick = std::max(next_tick + 1s, now);
    }
    const bool listens = !hub_->listeners.empty() || tells_webhooks();
    if (listens && (dirty_ || now >= next_look)) {
      next_look = now + kLookAgain;
      const bool was_dirty = dirty_;
      const Result<void> looked = co_await look();
      if (!looked) log_store_problem(looked.error());
      if (was_dirty) hub_->wake();
      if (stopping_) break;
      if (dirty_ && looked) continue;  // something else changed meanwhile
    }
    timer_.expires_at(next_tick);
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<Result<void>> StudioEventsApi::look() {
  dirty_ = false;
  const auto look = [watched = hub_->watched(), now_ms = hub_->wall_ms(),
                     reopen = parts_.schedule.reopen_within](Store& store) {
    return look_at_studio(store, watched, now_ms, reopen);
  };
  auto view = co_await parts_.store.run(look);
  if (!view) {
    dirty_ = true;
    co_return tl::unexpected(view.error());
  }
  hub_->news.take_view(std::move(*view), hub_->wall_ms());
  wake_sender();
  co_return Result<void>();
}

void StudioEventsApi::stop() {
  stopping_ = true;
  timer_.cancel();
  for (const Hub::Listener& each : hub_->listeners)
    each.stream->end();
}

asio::awaitable<std::optional<HttpResponse>> StudioEventsApi::look_for(const std::string& channel) {
  const Result<void> looked = co_await look();
  if (!looked) co_return store_problem(looked.error());
  if (!channel.empty() && !hub_->news.knows(channel))
    co_return http_problem(404, fmt::format("there is no channel \"{}\"", channel));
  co_return std::nullopt;
}

asio::awaitable<HttpResponse> StudioEventsApi::events(Caller caller, HttpRequest request) {
  if (auto own = check_origin(request); !own) co_return refusal(own.error());
  const std::string channel(request.target.query_value("channel"));
  auto problem = co_await look_for(channel);
  if (problem) co_return std::move(*problem);
  if (stopping_ || !hub_->has_room(caller.account.id)) co_return no_room();
  uint64_t person = 0;
  if (!channel.empty()) {
    person = hub_->news.arrive(channel, caller.account.name, name_of(caller.account.role),
                               hub_->wall_ms());
    if (person == 0) co_return no_room();
  }
  request.body.reset();
  auto feed = std::make_unique<StudioFeed>(hub_, parts_.gatekeeper, std::move(request), channel);
  auto stream = std::make_shared<ListedStream>(
      io_, std::move(feed), hub_, Hub::Listener{nullptr, caller.account.id, channel}, person);
  hub_->wake();  // the others see who has come
  changed();     // what is planned for the channel was not looked at yet
  co_return EventStream::respond(std::move(stream));
}

asio::awaitable<HttpResponse> StudioEventsApi::history(Caller, HttpRequest request) {
  co_return json_response(hub_->news.history(request.parameters[0]));
}

asio::awaitable<HttpResponse> StudioEventsApi::sound(Caller, HttpRequest request) {
  co_return json_response(hub_->news.sound(request.parameters[0], hub_->wall_ms()));
}

// Not audited: it is a look, of which an open page speaks, and made anew every quarter of an hour.
asio::awaitable<HttpResponse> StudioEventsApi::preview_token(Caller caller, HttpRequest request) {
  const std::string channel = request.parameters[0];
  const auto picture = wished_picture(request);
  if (!picture) co_return refusal(picture.error());
  if (input_of(*picture)) {
    const auto operates = co_await parts_.gatekeeper.admit(request, Permission::kOperate);
    if (!operates) co_return refusal_to(request, operates.error());
  }
  auto problem = co_await look_for(channel);
  if (problem) co_return std::move(*problem);
  const std::chrono::sys_time<std::chrono::milliseconds> now(
      std::chrono::milliseconds(parts_.clock.media_ms()));
  const WatchGrant grant{hidden_channel(channel, *picture), WatchBearer::kStudio,
                         caller.account.name,
                         std::chrono::floor<std::chrono::seconds>(now + kPreviewTokenLife)};
  const auto token = sign_watch_token(grant, parts_.watch_key);
  if (!token) co_return http_problem_for_now(503, token.error().message, 2);
  json::object made;
  made["channel"] = grant.channel;
  made["token"] = *token;
  made["expires_ms"] = std::chrono::milliseconds(grant.expires.time_since_epoch()).count();
  co_return json_response(made);
}

asio::awaitable<HttpResponse> StudioEventsApi::tally_link(Caller caller, HttpRequest request) {
  const std::string channel = request.parameters[0];
  const int64_t expires_ms = hub_->wall_ms() + std::chrono::milliseconds(kTallyTokenLife).count();
  const std::string token = tally_.make(channel, expires_ms);
  if (token.empty()) co_return http_problem_for_now(503, "the database was not read yet", 2);
  const ActionInTransaction make = [context = context_of(parts_, caller), channel, token,
                                    expires_ms](soci::session& sql) -> Decided<json::object> {
    if (!ChannelTable(sql).version_of(channel)) return refuse(404, "there is no such channel");
    append_audit(sql, context.actor, "tally.link", channel, "",
                 json::serialize(json::object{{"expires_ms", expires_ms}}));
    // Behind '#', so that no log on the way has it.
    return json::object{{"link", fmt::format("/tally?channel={}#{}", channel, token)},
                        {"expires_ms", expires_ms}};
  };
  co_return co_await answer_change(parts_, caller, make);
}

// With a sign-in, or a token that an operator made.
asio::awaitable<HttpResponse> StudioEventsApi::tally(HttpRequest request) {
  if (auto own = check_origin(request); !own) co_return refusal(own.error());
  if (auto target = check_target(request); !target) co_return refusal(target.error());
  const std::string channel(request.target.query_value("channel"));
  const std::string token(request.target.query_value("token"));
  std::string owner = token;
  int64_t expires_ms = hub_->wall_ms() + std::chrono::milliseconds(kTallyTokenLife).count();
  if (token.empty()) {
    const auto caller = co_await parts_.gatekeeper.admit(request, Permission::kLook);
    if (!caller) co_return refusal_to(request, caller.error());
    owner = caller->account.id;
  } else {
    const auto expiry = tally_.expiry_of(token, channel, hub_->wall_ms());
    if (!expiry)
      co_return refusal(HttpProblem{401, "this link is not valid any more; ask for another one"});
    expires_ms = *expiry;
  }
  if (!hub_->news.knows(channel)) {
    auto problem = co_await look_for(channel);
    if (problem) co_return std::move(*problem);
  }
  if (stopping_ || !hub_->has_room(owner)) co_return no_room();
  auto feed = std::make_unique<TallyFeed>(hub_, channel, expires_ms);
  auto stream = std::make_shared<ListedStream>(io_, std::move(feed), hub_,
                                               Hub::Listener{nullptr, owner, ""}, 0);
  co_return EventStream::respond(std::move(stream));
}

}  // namespace longmen

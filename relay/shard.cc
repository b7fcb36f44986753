#include "relay/shard.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <boost/asio/post.hpp>
#include <chrono>

namespace longmen {
namespace {

constexpr size_t kExpectedViewers = 4096;

Monotonic read_clock() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Result<std::unique_ptr<Shard>> Shard::make(Settings settings, UniqueFd socket) {
  std::unique_ptr<Shard> shard(new Shard(std::move(settings)));
  auto port = UdpPort::adopt(shard->io_, std::move(socket));
  if (!port) return tl::unexpected(port.error());
  shard->port_ = std::move(*port);
  shard->address_ = shard->port_->address();
  UniqueFd wakeup(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wakeup) return fail("shard: no eventfd");
  shard->inbox_.assign(wakeup.release());
  return shard;
}

Shard::Shard(Settings settings) : settings_(std::move(settings)) {
  sessions_.reserve(kExpectedViewers);
  by_ufrag_.reserve(kExpectedViewers);
  by_address_.reserve(kExpectedViewers);
}

Shard::~Shard() {
  if (thread_.joinable()) {
    io_.stop();
    thread_.join();
  }
}

void Shard::start() {
  last_beat_ns_ = read_clock().time_since_epoch().count();
  thread_ = std::thread([this] { run(); });
}

void Shard::join() {
  if (thread_.joinable()) thread_.join();
}

void Shard::run() {
  prctl(PR_SET_NAME, fmt::format("shard{}", settings_.number).c_str());
  wait_inbox();
  wait_datagrams();
  beat();
  io_.run();
}

void Shard::count_watching() {
  for (size_t number = 0; number < channels_.size(); ++number) {
    if (!channels_[number]) continue;
    for (size_t video = 0; video < kCirclesOfSound; ++video) {
      size_t watching = 0;
      for (size_t sound = 0; sound < kMaxSounds; ++sound)
        watching += channels_[number]->circle(sound, video).size();
      totals_.channels[number].watching[video].set(watching);
    }
  }
}

void Shard::beat() {
  last_beat_ns_.store(read_clock().time_since_epoch().count(), std::memory_order_relaxed);
  totals_.gso_fallbacks.set(port_->counters().gso_fallbacks);
  totals_.blocked.set(port_->counters().would_block);
  const Monotonic now = read_clock();
  if (stalled_since_) note_served(now - std::exchange(*stalled_since_, now));
  load_.tick(now, watching_);
  if (++beats_ % (kTrainRetry / kTick) == 0) port_->retry_trains();
  count_watching();
  beat_timer_.expires_after(kTick);
  beat_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) beat();
  });
}

void Shard::note_served(std::chrono::nanoseconds time) {
  load_.note(time);
  totals_.serving_ns.add(static_cast<uint64_t>(time.count()));
}

// ---- input from the main thread

bool Shard::hand(Input&& input) {
  const bool order = std::holds_alternative<std::unique_ptr<ViewerOrder>>(input.what);
  if (!inputs_.push(std::move(input))) return false;
  if (order) viewers_.fetch_add(1, std::memory_order_relaxed);
  if (!inbox_signalled_.exchange(true, std::memory_order_acq_rel))
    (void)eventfd_write(inbox_.native_handle(), 1);
  return true;
}

void Shard::wait_inbox() {
  inbox_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code error) {
                      if (error) return;
                      read_inbox();
                      if (inbox_.is_open()) wait_inbox();
                    });
}

void Shard::read_inbox() {
  const Serving serving(*this);
  eventfd_t ignored = 0;
  (void)eventfd_read(inbox_.native_handle(), &ignored);
  now_ = read_clock();
  media_now_ = settings_.clock->media_at(now_);
  take_inputs();
  if (!due_.empty()) schedule_sending();
  arm_timer();
}

void Shard::take_inputs() {
  // From here on a push signals again; the exchange makes what was pushed before it visible.
  inbox_signalled_.exchange(false, std::memory_order_acq_rel);
  while (auto input = inputs_.pop())
    take(*input);
}

void Shard::take(Input& input) {
  if (auto* unit = std::get_if<UnitInput>(&input.what)) {
    take_unit(input.channel, *unit);
  } else if (auto* join = std::get_if<std::unique_ptr<ViewerOrder>>(&input.what)) {
    take_order(input.channel, **join);
  } else if (auto* leave = std::get_if<std::unique_ptr<LeaveOrder>>(&input.what)) {
    take_leave(**leave);
  } else if (auto* restart = std::get_if<std::unique_ptr<RestartOrder>>(&input.what)) {
    take_restart(**restart);
  } else if (auto* select = std::get_if<std::unique_ptr<SelectOrder>>(&input.what)) {
    take_select(**select);
  } else if (auto* rule = std::get_if<RuleInput>(&input.what)) {
    take_rule(input.channel, *rule);
  } else if (auto* sounds = std::get_if<SoundsInput>(&input.what)) {
    take_sounds(input.channel, *sounds);
  } else if (std::holds_alternative<EndChannel>(input.what)) {
    end_channel(input.channel);
  } else if (std::holds_alternative<StopInput>(input.what)) {
    say_goodbye_to_all();
    io_.stop();
  }
}

void Shard::take_unit(size_t number, UnitInput& input) {
  ChannelState& state = channel(number);
  const OnAir& on_air = *input.on_air;
  const RenditionId rendition = input.unit->rendition;
  state.live = on_air.source == OnAirSource::kLive;
  if (state.cache.generation() != on_air.generation)
    state.cache.begin_generation(on_air.generation, on_air.renditions);
  const MediaTime time = input.unit->time;
  if (const auto pushed = state.cache.push(std::move(input.unit)); !pushed)
    return totals_.drop(pushed.error());
  if (!is_video(rendition)) return take_sound(state, rendition);
  PictureTimes& picture = state.pictures[rendition.value];
  picture.next = picture.last
                     ? now_ + std::chrono::floor<std::chrono::nanoseconds>(time - *picture.last)
                     : Monotonic{};
  picture.last = time;
  picture.arrived.reset();
  for (uint8_t wanted = 0; wanted < kMaxVideoRenditions; ++wanted) {
    for (size_t sound = 0; sound < state.sounds; ++sound) {
      ViewerCircle& circle = state.circle(sound, wanted);
      if (circle.size() == 0 || state.cache.nearest_video(RenditionId{wanted}) != rendition)
        continue;
      picture.arrived = input.arrived;
      wake(circle);
    }
  }
  // After a hole nobody can start or go on before the next keyframe.
  if (!state.cache.cache(rendition).gop_begin()) ask_for_keyframe(number);
}

void Shard::ask_for_keyframe(size_t number) {
  ChannelState& state = *channels_[number];
  const bool asked_lately =
      state.keyframe_asked && now_ - *state.keyframe_asked < kKeyframeRequestSpacing;
  if (!state.live || asked_lately || !settings_.on_keyframe_needed) return;
  state.keyframe_asked = now_;
  settings_.on_keyframe_needed(number);
}

// One that is late is expected every moment.
bool Shard::picture_comes_within(const ChannelState& state, RenditionId wanted,
                                 std::chrono::milliseconds wait) const {
  const std::optional<RenditionId> rendition = state.cache.nearest_video(wanted);
  if (!rendition) return false;
  const Monotonic next = state.pictures[rendition->value].next;
  return next >= now_ - wait && next <= now_ + wait;
}

void Shard::take_sound(ChannelState& state, RenditionId opus) {
  for (size_t wanted = 0; wanted < state.sounds; ++wanted)
    if (state.cache.nearest_sound(opus_rendition(wanted)) == opus) take_sound(state, wanted);
}

// On a busy shard it waits for a picture to ride along with, if one comes soon; where there is
// none, two packets leave together.
void Shard::take_sound(ChannelState& state, size_t wanted_sound) {
  const bool busy = viewers() >= settings_.ride_from_viewers;
  const auto wait = viewers() >= settings_.join_from_viewers ? kMaxJoinWait : kMaxSoundWait;
  ViewerCircle& alone = state.circle(wanted_sound, kMaxVideoRenditions);
  if (!busy || alone.sound_due) {
    wake(alone);
  } else if (alone.size() > 0) {
    alone.sound_due = now_ + kMaxPairWait;
  }
  for (uint8_t wanted = 0; wanted < kMaxVideoRenditions; ++wanted) {
    ViewerCircle& circle = state.circle(wanted_sound, wanted);
    if (circle.size() == 0) continue;
    if (!busy || !picture_comes_within(state, RenditionId{wanted}, wait)) {
      wake(circle);
    } else if (!circle.sound_due) {
      circle.sound_due = now_ + wait;
    }
  }
}

void Shard::take_order(size_t number, ViewerOrder& order) {
  channel(number);
  const std::string id = order.id;
  auto session =
      std::make_unique<ViewerSession>(std::move(order), number, settings_.certificate, now_);
  by_ufrag_[session->ice().local().ufrag] = session.get();
  deadlines_.set(*session, session->next_timeout(now_));
  totals_.viewers[number].add(1);
  spdlog::debug("viewer expected viewer={} shard={}", id, settings_.number);
  sessions_[id] = std::move(session);
}

void Shard::take_leave(LeaveOrder& order) {
  const auto found = sessions_.find(order.viewer);
  const bool known = found != sessions_.end();
  if (known) {
    found->second->close();
    end(*found->second, "left");
  }
  if (order.done) order.done(known);
}

void Shard::take_restart(RestartOrder& order) {
  JoinAnswer answer;
  answer.request = order.request.request;
  answer.viewer = order.request.viewer;
  const auto found = sessions_.find(order.request.viewer);
  if (found == sessions_.end()) {
    answer.status = 404;
    answer.problem = "no such viewer";
  } else {
    ViewerSession& session = *found->second;
    const std::string ufrag = session.ice().local().ufrag;
    answer.status = session.restart_ice(order.request, std::move(order.fresh), now_);
    if (answer.status == 412) answer.problem = "the etag is another one";
    if (answer.status == 200) {
      if (!session.old_ufrag.empty()) by_ufrag_.erase(session.old_ufrag);
      session.old_ufrag = ufrag;
      by_ufrag_[session.ice().local().ufrag] = &session;
      deadlines_.set(session, session.next_timeout(now_));
    }
    answer.etag = session.ice().local().ufrag;
    answer.ufrag = session.ice().local().ufrag;
    answer.pwd = session.ice().local().pwd;
  }
  if (order.done) order.done(std::move(answer));
}

void Shard::take_select(SelectOrder& order) {
  SelectAnswer answer;
  answer.request = order.request.request;
  const auto found = sessions_.find(order.request.viewer);
  if (found == sessions_.end()) {
    answer.status = 404;
    answer.problem = "there is no such viewer";
  } else if (Viewer& media = found->second->media();
             !media.has_video() && !order.request.keeps_video) {
    answer.status = 409;
    answer.problem = "the viewer receives no video";
  } else {
    if (order.rendition) {
      media.select_video(*order.rendition);
    } else if (!order.request.keeps_video) {
      media.select_automatic();
    }
    if (order.sound) media.select_sound(*order.sound);
    follow_rendition(*found->second);
  }
  if (order.done) order.done(std::move(answer));
}

bool Shard::may_watch(const ViewerSession& session) const {
  const RuleInput& now = rules_[session.channel()];
  return !now.rule || !now.rule->fault(session.leave(), now.hidden);
}

bool Shard::end_if_barred(ViewerSession& session) {
  if (may_watch(session)) return false;
  session.close();
  end(session, "may not watch any more");
  return true;
}

void Shard::take_rule(size_t number, RuleInput& input) {
  rules_[number] = std::move(input);
  std::vector<ViewerSession*> watching;
  for (const auto& [id, session] : sessions_)
    if (session->channel() == number) watching.push_back(session.get());
  for (ViewerSession* session : watching)
    end_if_barred(*session);
}

void Shard::take_sounds(size_t number, const SoundsInput& input) {
  for (const auto& [id, session] : sessions_) {
    if (session->channel() != number) continue;
    Viewer& media = session->media();
    media.select_sound(opus_rendition(input.become[sound_of(media.wanted_sound())]));
    follow_rendition(*session);
  }
}

void Shard::end_channel(size_t number) {
  std::vector<ViewerSession*> ending;
  for (const auto& [id, session] : sessions_)
    if (session->channel() == number) ending.push_back(session.get());
  for (ViewerSession* session : ending) {
    session->close();
    end(*session, "the channel is gone");
  }
  rules_[number] = {};
  if (!channels_[number]) return;
  for (ViewerCircle& circle : channels_[number]->circles)
    std::erase(due_, &circle);
  std::erase(used_channels_, channels_[number].get());
  channels_[number].reset();
}

void Shard::say_goodbye_to_all() {
  for (const auto& [id, session] : sessions_) {
    session->close();
    send_dtls(*session);
  }
}

// ---- time

void Shard::arm_timer() {
  Monotonic at = deadlines_.empty() ? Monotonic::max() : deadlines_.earliest();
  for (ChannelState* state : used_channels_)
    for (const ViewerCircle& circle : state->used_circles())
      at = std::min(at, circle.sound_due.value_or(at));
  if (at == timer_at_) return;
  timer_at_ = at;
  timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(at));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) handle_timer();
  });
}

void Shard::handle_timer() {
  const Serving serving(*this);
  now_ = read_clock();
  const Monotonic end = now_ + kTimeoutSlice;
  media_now_ = settings_.clock->media_at(now_);
  timer_at_ = Monotonic::max();
  take_inputs();  // the picture that sound waited for may be there
  while (ViewerSession* session = deadlines_.due(now_)) {
    for (const Address& address : session->handle_timeout(now_))
      forget(*session, address);
    send_dtls(*session);
    if (end_if_over(*session)) continue;
    session->end_leave(now_);
    if (end_if_barred(*session)) continue;
    if (session->media().next_timeout().value_or(Monotonic::max()) <= now_ && !visit(*session) &&
        session->circle)
      wake(*session->circle);
    deadlines_.set(*session,
                   std::max(session->next_timeout(now_),
                            now_ + std::chrono::nanoseconds(std::chrono::milliseconds(1))));
    now_ = read_clock();
    if (now_ >= end) break;  // the timer is due again at once, behind what else is
  }
  for (ChannelState* state : used_channels_) {
    for (ViewerCircle& circle : state->used_circles())
      if (circle.sound_due && *circle.sound_due <= now_) wake(circle);
  }
  flush();
  if (!due_.empty()) schedule_sending();
  arm_timer();
}

}  // namespace longmen

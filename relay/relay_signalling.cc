// What the gateway asks of the relay: joins, leaves, ICE restarts, other renditions.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "net/public_address.h"
#include "net/system_random.h"
#include "relay/relay_process.h"
#include "relay/viewer_id.h"

namespace longmen {
namespace {

ViewerIdentity make_identity() {
  ViewerIdentity identity;
  while (identity.video_ssrc == 0)
    identity.video_ssrc = system_random<uint32_t>();
  while (identity.video_rtx_ssrc == 0 || identity.video_rtx_ssrc == identity.video_ssrc)
    identity.video_rtx_ssrc = system_random<uint32_t>();
  while (identity.audio_ssrc == 0 || identity.audio_ssrc == identity.video_ssrc ||
         identity.audio_ssrc == identity.video_rtx_ssrc)
    identity.audio_ssrc = system_random<uint32_t>();
  for (uint16_t& sequence : identity.first_sequences)
    sequence = system_random<uint16_t>();
  identity.cname = fmt::format("{:016x}", system_random<uint64_t>());
  return identity;
}

JoinAnswer refusal(const JoinRequest& request, int status, std::string problem) {
  JoinAnswer answer;
  answer.request = request.request;
  answer.status = status;
  answer.problem = std::move(problem);
  return answer;
}

// Beyond what the media clock counts there is no end.
MediaTime end_of(const WatchLeave& leave) {
  constexpr std::chrono::seconds kYear2100{4'102'444'800};
  return MediaTime(
      std::clamp(leave.expires.time_since_epoch(), std::chrono::seconds(0), kYear2100));
}

Admission::Limits limits_of(const NodeConfig::Relay& relay) {
  return {.viewers = relay.max_viewers,
          .viewers_per_address = relay.max_viewers_per_address,
          .pending = relay.max_pending_handshakes,
          .pending_per_address = relay.max_pending_handshakes_per_address};
}

struct RefusalWords {
  int status = 503;
  const char* result = "";   // in longmen_viewer_joins_total
  const char* problem = "";  // for a person
};

const RefusalWords& words_of(Admission::Refusal refusal) {
  static constexpr RefusalWords kFull{503, "full",
                                      "the relay has all the viewers that it may have"};
  static constexpr RefusalWords kAddressFull{429, "address_full",
                                             "from your address as many watch already as may"};
  static constexpr RefusalWords kPendingFull{503, "pending_full",
                                             "too many viewers are connecting just now"};
  static constexpr RefusalWords kAddressPendingFull{
      429, "address_pending_full", "from your address too many viewers are connecting just now"};
  switch (refusal) {
    case Admission::Refusal::kAddressFull:
      return kAddressFull;
    case Admission::Refusal::kPendingFull:
      return kPendingFull;
    case Admission::Refusal::kAddressPendingFull:
      return kAddressPendingFull;
    case Admission::Refusal::kFull:
      break;
  }
  return kFull;
}

}  // namespace

void RelayProcess::from_gateway(const std::shared_ptr<Link>& link, MessageKind kind,
                                ByteSpan body) {
  const auto not_understood = [this](const Error& error) {
    metrics_->count_drop(DropReason::kMalformed);
    spdlog::error("gateway: {}", error.message);
  };
  if (kind == MessageKind::kJoin) {
    const auto request = join_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    const JoinAnswer answer = join(*request);
    if (!link->send(MessageKind::kJoined, to_json(answer)))
      spdlog::warn("the gateway did not take an answer viewer={}", answer.viewer);
  } else if (kind == MessageKind::kLeave) {
    auto request = leave_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    leave(link, std::move(*request));
  } else if (kind == MessageKind::kRestartIce) {
    auto request = ice_restart_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    restart_ice(link, std::move(*request));
  } else if (kind == MessageKind::kSelect) {
    auto request = select_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    select(link, std::move(*request));
  } else {
    metrics_->count_drop(DropReason::kUnsupported);
  }
}

// A hidden picture has one rung.
std::optional<RenditionId> RelayProcess::Served::find_rung(std::string_view name) const {
  const std::vector<VideoRung>& ladder = state->channel.video;
  if (hidden) {
    const VideoRung only =
        input_of(*hidden) ? input_preview(state->channel).video.front() : ladder.back();
    return only.name == name ? std::optional(RenditionId{0}) : std::nullopt;
  }
  const auto rung = std::ranges::find(ladder, name, &VideoRung::name);
  if (rung == ladder.end()) return std::nullopt;
  return RenditionId{static_cast<uint8_t>(rung - ladder.begin())};
}

// Of what is hidden, and of what is not offered any more, the first sound.
RenditionId RelayProcess::Served::find_sound(std::string_view language) const {
  if (hidden) return kOpusRendition;
  return opus_rendition(
      find_language(languages_on_air(state->channel.sound), language).value_or(0));
}

RelayProcess::Served RelayProcess::find_served(std::string_view name) {
  const auto hidden = read_hidden_channel(name);
  const auto found = channels_.find(hidden ? hidden->channel : name);
  return {found == channels_.end() ? nullptr : &found->second,
          hidden ? std::optional(hidden->picture) : std::nullopt};
}

JoinAnswer RelayProcess::join(const JoinRequest& request) {
  const Served served = find_served(request.channel);
  if (!served.state) {
    metrics_->count_join("unknown_channel");
    return refusal(request, 404, "no such channel");
  }
  // Once more: the gateway may have looked at a rule that is another one by now.
  if (const auto fault = served.state->rule->fault(request.leave, served.hidden.has_value())) {
    metrics_->count_join("refused");
    return refusal(request, http_status_of(*fault), std::string(words_of(*fault)));
  }
  const auto fingerprint = Fingerprint::parse(request.fingerprint);
  if (!fingerprint) {
    metrics_->count_join("refused");
    return refusal(request, 400, fingerprint.error().message);
  }
  // It begins to be encoded, also for who has to ask again since there is no slate yet.
  if (served.hidden) {
    served.state->of(*served.hidden).wanted_until = role_.now() + kPreviewLinger;
    tell_previews(*served.state);
  }
  if (shards_.empty() || served.source() == OnAirSource::kNone) {
    metrics_->count_join("not_ready");
    return refusal(request, 503, "the channel has no picture yet");
  }
  auto place = admission_.enter(limits_of(config_.relay), request.client_address);
  if (!place) {
    const RefusalWords& words = words_of(place.error());
    metrics_->count_join(words.result);
    return refusal(request, words.status, words.problem);
  }
  return hand_to_shard(served, request, *fingerprint, std::move(*place));
}

Shard* RelayProcess::shard_with_time() const {
  Shard* best = nullptr;
  for (const auto& [number, shard] : shards_) {
    const double expected = shard->load().expected(shard->viewers() + 1);
    if (expected * 100 > config_.relay.max_busy_percent) continue;
    if (!best || shard->viewers() < best->viewers()) best = shard.get();
  }
  return best;
}

JoinAnswer RelayProcess::hand_to_shard(const Served& served, const JoinRequest& request,
                                       const Fingerprint& fingerprint, Admission::Place place) {
  Shard* const shard = shard_with_time();
  if (!shard) {
    metrics_->count_join("busy");
    return refusal(request, 503, "the relay has all the viewers that it can serve well");
  }
  const int number = shard->number();
  auto order = std::make_unique<ViewerOrder>();
  order->id = make_viewer_id(number, system_random_bytes, served.slot());
  order->request = request;
  order->identity = make_identity();
  order->local = make_ice_credentials(system_random_bytes);
  order->remote = {request.remote_ufrag, request.remote_pwd};
  order->fingerprint = fingerprint;
  order->pacing = std::chrono::milliseconds(config_.relay.pacing_ms);
  order->asked = role_.now();
  order->place = std::move(place);
  if (request.leave) order->leave_ends = role_.clock().monotonic_at(end_of(*request.leave));
  if (request.rendition == "audio") order->request.video.reset();
  order->rendition = served.find_rung(request.rendition).value_or(RenditionId{});
  order->sound = served.find_sound(request.language);

  JoinAnswer answer;
  answer.request = request.request;
  answer.viewer = order->id;
  answer.etag = order->local.ufrag;
  answer.address =
      config_.relay.public_address.empty() ? find_public_address() : config_.relay.public_address;
  answer.port = shard->address().port;
  answer.ufrag = order->local.ufrag;
  answer.pwd = order->local.pwd;
  answer.fingerprint = certificate_->fingerprint();
  answer.video_ssrc = order->identity.video_ssrc;
  answer.video_rtx_ssrc = order->identity.video_rtx_ssrc;
  answer.audio_ssrc = order->identity.audio_ssrc;
  answer.cname = order->identity.cname;
  if (!shard->hand({served.slot(), std::move(order)})) {
    metrics_->count_join("full");
    return refusal(request, 503, "the relay is too busy");
  }
  metrics_->count_join("ok");
  spdlog::info("viewer joins channel={} viewer={} shard={}", request.channel, answer.viewer,
               number);
  return answer;
}

Shard* RelayProcess::shard_of(std::string_view viewer, const std::string& channel) const {
  const auto slot = slot_of_viewer(viewer);
  const ChannelState* state = slot && *slot < by_slot_.size() ? by_slot_[*slot] : nullptr;
  if (!state) return nullptr;
  std::string name = state->channel.id;
  for (const HiddenPicture picture : kHiddenPictures) {
    if (*slot == state->of(picture).slot) name = hidden_channel(state->channel.id, picture);
  }
  if (channel != name) return nullptr;
  const auto number = shard_of_viewer(viewer);
  const auto shard = number ? shards_.find(*number) : shards_.end();
  return shard == shards_.end() ? nullptr : shard->second.get();
}

void RelayProcess::leave(const std::shared_ptr<Link>& link, LeaveRequest request) {
  // Comes back on the shard's thread; the link belongs to this one.
  const auto answer = [this, weak = std::weak_ptr(link), number = request.request](bool found) {
    boost::asio::post(role_.io(), [weak, number, found] {
      if (const auto alive = weak.lock())
        alive->send(MessageKind::kLeft, to_json(LeaveAnswer{number, found}));
    });
  };
  Shard* shard = shard_of(request.viewer, request.channel);
  if (!shard) return answer(false);
  auto order = std::make_unique<LeaveOrder>(LeaveOrder{std::move(request.viewer), answer});
  if (shard->hand({0, std::move(order)})) return;
  link->send(MessageKind::kLeft, to_json(LeaveAnswer{request.request, false, true}));
}

void RelayProcess::restart_ice(const std::shared_ptr<Link>& link, IceRestartRequest request) {
  Shard* shard = shard_of(request.viewer, request.channel);
  JoinAnswer none;
  none.request = request.request;
  none.status = 404;
  none.problem = "no such viewer";
  if (!shard) {
    link->send(MessageKind::kIceRestarted, to_json(none));
    return;
  }
  auto order = std::make_unique<RestartOrder>();
  order->request = std::move(request);
  order->fresh = make_ice_credentials(system_random_bytes);
  const std::string address =
      config_.relay.public_address.empty() ? find_public_address() : config_.relay.public_address;
  order->done = [this, weak = std::weak_ptr(link), address,
                 port = shard->address().port](JoinAnswer answer) {
    answer.address = address;
    answer.port = port;
    boost::asio::post(role_.io(), [weak, answer = std::move(answer)] {
      if (const auto alive = weak.lock()) alive->send(MessageKind::kIceRestarted, to_json(answer));
    });
  };
  if (!shard->hand({0, std::move(order)})) {
    none.status = 503;
    none.problem = "the relay is too busy";
    link->send(MessageKind::kIceRestarted, to_json(none));
  }
}

void RelayProcess::select(const std::shared_ptr<Link>& link, SelectRequest request) {
  SelectAnswer refused;
  refused.request = request.request;
  const auto refuse = [&](int status, std::string problem) {
    refused.status = status;
    refused.problem = std::move(problem);
    link->send(MessageKind::kSelected, to_json(refused));
  };
  Shard* shard = shard_of(request.viewer, request.channel);
  if (!shard) return refuse(404, "there is no such viewer");
  auto order = std::make_unique<SelectOrder>();
  const Served served = find_served(request.channel);
  if (!request.rendition.empty()) {
    order->rendition = served.find_rung(request.rendition);
    if (!order->rendition) return refuse(409, "the channel does not have that rendition any more");
  }
  if (request.language) order->sound = served.find_sound(*request.language);
  order->request = std::move(request);
  order->done = [this, weak = std::weak_ptr(link)](SelectAnswer answer) {
    boost::asio::post(role_.io(), [weak, answer = std::move(answer)] {
      if (const auto alive = weak.lock()) alive->send(MessageKind::kSelected, to_json(answer));
    });
  };
  if (!shard->hand({0, std::move(order)})) refuse(503, "the relay is too busy");
}

}  // namespace longmen

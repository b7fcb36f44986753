// What the gateway asks of the relay: joins, leaves, ICE restarts, other renditions.
#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "net/public_address.h"
#include "relay/relay_process.h"
#include "relay/viewer_id.h"

namespace longmen {
namespace {

void random_bytes(std::span<uint8_t> out) {
  invariant(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1,
            "the system's source of randomness");
}

template <class T>
T random_number() {
  T number = 0;
  random_bytes({reinterpret_cast<uint8_t*>(&number), sizeof number});
  return number;
}

ViewerIdentity make_identity() {
  ViewerIdentity identity;
  while (identity.video_ssrc == 0)
    identity.video_ssrc = random_number<uint32_t>();
  while (identity.video_rtx_ssrc == 0 || identity.video_rtx_ssrc == identity.video_ssrc)
    identity.video_rtx_ssrc = random_number<uint32_t>();
  while (identity.audio_ssrc == 0 || identity.audio_ssrc == identity.video_ssrc ||
         identity.audio_ssrc == identity.video_rtx_ssrc)
    identity.audio_ssrc = random_number<uint32_t>();
  for (uint16_t& sequence : identity.first_sequences)
    sequence = random_number<uint16_t>();
  identity.cname = fmt::format("{:016x}", random_number<uint64_t>());
  return identity;
}

std::optional<RenditionId> find_rung(const Channel& channel, std::string_view name) {
  const auto rung = std::ranges::find(channel.video, name, &VideoRung::name);
  if (rung == channel.video.end()) return std::nullopt;
  return RenditionId{static_cast<uint8_t>(rung - channel.video.begin())};
}

JoinAnswer refusal(const JoinRequest& request, int status, std::string problem) {
  JoinAnswer answer;
  answer.request = request.request;
  answer.status = status;
  answer.problem = std::move(problem);
  return answer;
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

JoinAnswer RelayProcess::join(const JoinRequest& request) {
  const auto found = channels_.find(request.channel);
  if (found == channels_.end()) {
    metrics_->count_join("unknown_channel");
    return refusal(request, 404, "no such channel");
  }
  const auto fingerprint = Fingerprint::parse(request.fingerprint);
  if (!fingerprint) {
    metrics_->count_join("refused");
    return refusal(request, 400, fingerprint.error().message);
  }
  if (viewers() >= config_.relay.max_viewers) {
    metrics_->count_join("full");
    return refusal(request, 503, "the relay has all the viewers that it may have");
  }
  if (shards_.empty() || found->second.source.source() == OnAirSource::kNone) {
    metrics_->count_join("not_ready");
    return refusal(request, 503, "the channel has no picture yet");
  }
  return hand_to_shard(found->second, request, *fingerprint);
}

JoinAnswer RelayProcess::hand_to_shard(ChannelState& state, const JoinRequest& request,
                                       const Fingerprint& fingerprint) {
  const auto& [number, shard] = *std::ranges::min_element(
      shards_, {}, [](const auto& entry) { return entry.second->viewers(); });
  auto order = std::make_unique<ViewerOrder>();
  order->id = make_viewer_id(number, random_bytes, state.slot);
  order->request = request;
  order->identity = make_identity();
  order->local = make_ice_credentials(random_bytes);
  order->remote = {request.remote_ufrag, request.remote_pwd};
  order->fingerprint = fingerprint;
  order->asked = role_.now();
  if (request.rendition == "audio") order->request.video.reset();
  order->rendition = find_rung(state.channel, request.rendition).value_or(RenditionId{});

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
  if (!shard->hand({state.slot, std::move(order)})) {
    metrics_->count_join("full");
    return refusal(request, 503, "the relay is too busy");
  }
  metrics_->count_join("ok");
  spdlog::info("viewer joins channel={} viewer={} shard={}", state.channel.id, answer.viewer,
               number);
  return answer;
}

Shard* RelayProcess::shard_of(std::string_view viewer, const std::string& channel) const {
  const auto slot = slot_of_viewer(viewer);
  const ChannelState* state = slot && *slot < by_slot_.size() ? by_slot_[*slot] : nullptr;
  if (!state || state->channel.id != channel) return nullptr;
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
  order->fresh = make_ice_credentials(random_bytes);
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
  if (!request.rendition.empty()) {
    order->rendition =
        find_rung(channels_.find(request.channel)->second.channel, request.rendition);
    if (!order->rendition) return refuse(409, "the channel does not have that rendition any more");
  }
  order->request = std::move(request);
  order->done = [this, weak = std::weak_ptr(link)](SelectAnswer answer) {
    boost::asio::post(role_.io(), [weak, answer = std::move(answer)] {
      if (const auto alive = weak.lock()) alive->send(MessageKind::kSelected, to_json(answer));
    });
  };
  if (!shard->hand({0, std::move(order)})) refuse(503, "the relay is too busy");
}

}  // namespace longmen

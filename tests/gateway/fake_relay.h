// The relay's end of the gateway's link, as a test wants it: answers joins, leaves, ICE restarts
// and selections the way that the test has set, and keeps what it was asked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/node/ice_restart.h"
#include "core/node/join.h"
#include "core/node/selection.h"
#include "net/link.h"

namespace longmen::test {

class FakeRelay {
 public:
  // Nothing: it stays silent.
  std::function<std::optional<JoinAnswer>(const JoinRequest&)> on_join;
  std::function<std::optional<JoinAnswer>(const IceRestartRequest&)> on_restart;
  std::function<SelectAnswer(const SelectRequest&)> on_select;
  std::function<bool(const LeaveRequest&)> on_leave;

  std::vector<JoinRequest> joins;
  std::vector<IceRestartRequest> restarts;
  std::vector<SelectRequest> selections;
  std::vector<LeaveRequest> leaves;

  static JoinAnswer welcome(const JoinRequest& request) {
    JoinAnswer answer;
    answer.viewer = "v1-secret";
    answer.etag = "ice-1";
    answer.address = "192.0.2.1";
    answer.port = 8189;
    answer.ufrag = "server01";
    answer.pwd = "serverpasswordserverpass";
    answer.fingerprint = "sha-256 00:11:22";
    answer.video_ssrc = 1;
    answer.video_rtx_ssrc = 2;
    answer.audio_ssrc = 3;
    answer.cname = "viewer";
    answer.request = request.request;
    return answer;
  }

  FakeRelay() {
    on_join = [](const JoinRequest& request) { return std::optional(welcome(request)); };
    on_restart = [](const IceRestartRequest&) { return std::optional(JoinAnswer{}); };
    on_select = [](const SelectRequest&) { return SelectAnswer{}; };
    on_leave = [](const LeaveRequest&) { return true; };
  }

  bool busy = false;  // in its answers to on_leave

  void attach(std::shared_ptr<Link> link) {
    link_ = std::move(link);
    link_->start([this](MessageKind kind, ByteSpan body, UniqueFd) { answer(kind, as_text(body)); },
                 [] {});
  }
  void die() { link_->close(); }
  // Before its io_context goes; on that one's thread.
  void detach() {
    if (link_) link_->close();
    link_.reset();
  }
  void send_joined(const JoinAnswer& answer) { link_->send(MessageKind::kJoined, to_json(answer)); }

 private:
  void answer(MessageKind kind, std::string_view text) {
    if (kind == MessageKind::kJoin) {
      joins.push_back(*join_request_from_json(text));
      auto reply = on_join(joins.back());
      if (!reply) return;
      reply->request = joins.back().request;
      link_->send(MessageKind::kJoined, to_json(*reply));
    } else if (kind == MessageKind::kRestartIce) {
      restarts.push_back(*ice_restart_request_from_json(text));
      auto reply = on_restart(restarts.back());
      if (!reply) return;
      reply->request = restarts.back().request;
      link_->send(MessageKind::kIceRestarted, to_json(*reply));
    } else if (kind == MessageKind::kSelect) {
      selections.push_back(*select_request_from_json(text));
      SelectAnswer reply = on_select(selections.back());
      reply.request = selections.back().request;
      link_->send(MessageKind::kSelected, to_json(reply));
    } else if (kind == MessageKind::kLeave) {
      leaves.push_back(*leave_request_from_json(text));
      const bool found = on_leave(leaves.back());
      link_->send(MessageKind::kLeft, to_json(LeaveAnswer{leaves.back().request, found, busy}));
    }
  }

  std::shared_ptr<Link> link_;
};

}  // namespace longmen::test

// The slates of a channel over HTTP: taken in as the body of a POST, looked at by a process of
// their own, kept in the database; listed with how far this node has encoded them, renamed,
// removed, and their small pictures. Which one is shown when is in the settings of channels and
// sessions. Bound: one is taken in at a time, of a size that the configuration gives.
#pragma once

#include "config/node_config.h"
#include "control/node_state.h"
#include "control/once.h"
#include "control/slate_check.h"
#include "control/slate_files.h"
#include "control/studio_parts.h"

namespace longmen {

class SlatesApi {
 public:
  SlatesApi(StudioParts& parts, SlateChecker checker = SlateChecker())
      : parts_(parts), checker_(std::move(checker)), files_(parts.store) {}
  void add_routes(HttpRouter& router);

  void set_limits(const NodeConfig::Slates& limits) { limits_ = limits; }
  SlateFiles& files() { return files_; }
  // What of the slates this node still has to encode.
  void take_node_state(const NodeState& node) { to_make_ = node.slates_to_make; }

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;

  Answer take(HttpRequest request);
  boost::asio::awaitable<void> discard(HttpRequest& request);
  boost::asio::awaitable<Decided<LookedAtSlate>> receive(HttpRequest& request, std::string file);
  boost::asio::awaitable<Result<void>> keep(std::string file, std::string sha256);

  Answer list(Caller caller, HttpRequest request);
  Answer thumbnail(Caller caller, HttpRequest request);
  Answer rename(Caller caller, HttpRequest request);
  Answer remove(Caller caller, HttpRequest request);
  Answer change_and_tell(const Caller& caller, ActionInTransaction action);

  StudioParts& parts_;
  SlateChecker checker_;
  SlateFiles files_;
  NodeConfig::Slates limits_;
  std::vector<NodeState::SlateToMake> to_make_;
  bool taking_ = false;
};

}  // namespace longmen

#include "control/node_state.h"

#include "core/node/json_fields.h"

namespace longmen {

std::string NodeState::source_of(const std::string& channel) const {
  const auto found = on_air.find(channel);
  if (found == on_air.end()) return "none";
  if (found->second.source != "live") return found->second.source;
  // What is held goes on airing when there is no feed any more.
  if (const auto held = airs.find(channel); held != airs.end())
    return held->second == "slate" ? "slate" : "live";
  const auto what = shown.find(channel);
  const bool slate = !has_feed(channel) || (what != shown.end() && what->second == "slate");
  return slate ? "slate" : "live";
}

Result<NodeState> node_state_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  NodeState state;
  fields->read("node", state.name);
  fields->read("ready", state.ready);
  fields->inside("ports", [&](const JsonFields& ports) {
    ports.read("http", state.http_port);
    ports.read("https", state.https_port);
  });
  fields->each("roles", [&](const JsonFields& item) {
    NodeState::Role& role = state.roles.emplace_back();
    item.read("role", role.role);
    item.read("channel", role.channel);
    item.read("state", role.state);
    item.read("restarts", role.restarts);
    item.read("last_end", role.last_end);
    if (role.role == "streamer") {
      item.inside("status", [&](const JsonFields& status) {
        std::string what, held;
        status.read("shown", what);
        status.read("airs", held);
        if (!what.empty()) state.shown[role.channel] = what;
        if (!held.empty()) state.airs[role.channel] = held;
      });
    }
    if (role.role == "relay") {
      item.inside("status",
                  [&](const JsonFields& status) { status.read("viewers", state.viewers); });
    }
  });
  fields->each("feeds", [&](const JsonFields& item) {
    std::string channel, named;
    bool up = true;
    NodeState::Feed feed;
    item.read("input", named);
    item.read("channel", channel);
    item.read("up", up);
    item.read("protocol", feed.protocol);
    item.read("sender", feed.sender);
    item.read("encoder", feed.encoder);
    const auto input = channel_input_named(named.empty() ? "primary" : named);
    if (up && input) state.inputs[channel][*input] = feed;
  });
  fields->each("slates_to_make", [&](const JsonFields& item) {
    NodeState::SlateToMake& slate = state.slates_to_make.emplace_back();
    item.read("channel", slate.channel);
    item.read("sha256", slate.sha256);
    item.read("failed", slate.failed);
  });
  fields->each("on_air", [&](const JsonFields& item) {
    std::string channel;
    NodeState::OnAir on_air;
    item.read("channel", channel);
    item.read("source", on_air.source);
    item.read("generation", on_air.generation);
    item.read("rule", on_air.rule);
    item.read("viewers", on_air.viewers);
    state.on_air[channel] = on_air;
  });
  return state;
}

}  // namespace longmen

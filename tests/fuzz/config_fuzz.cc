// A configuration file: whatever it says, it is taken with bounds that hold or refused with words,
// and what was taken survives the way to the roles.
#include <cstdlib>

#include "config/node_config.h"
#include "core/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  if (size > 64 << 10) return 0;
  const auto config = parse_node_config(as_text({data, size}), "fuzz.toml");
  if (!config) {
    if (config.error().message.empty()) std::abort();
    return 0;
  }
  for (const ChannelSeed& seed : config->channels) {
    if (!check_channel(seed.channel)) std::abort();
  }
  NodeConfig sent = *config;
  sent.channels.clear();
  sent.control = {};
  const auto arrived = node_config_from_json(node_config_to_json_for_ingest(sent));
  if (!arrived || *arrived != sent) std::abort();
  return 0;
}

// What can be done with channels and their stream keys, each with its row of the audit. A key is
// made here from random bytes, and leaves in clear once; the database and the audit know its hash
// and the beginning of that, its id. Inside the caller's transaction; throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "control/channel_table.h"
#include "control/decided.h"
#include "control/schedule_context.h"

namespace longmen {

struct StoredChannel {
  Channel channel;
  RowVersion row;
  WallReplayRule wall_replay;
};
// What can be edited of a channel, with its version.
boost::json::object channel_settings_to_json(const StoredChannel& stored);
boost::json::object stream_key_to_json(const StreamKey& key);

// What is absent stays as it is.
struct ChannelWish {
  std::optional<std::string> name, second_publisher, access, record;
  std::optional<int64_t> frames_per_second, gop_seconds, opus_kbps, aac_kbps;
  std::optional<std::vector<VideoRung>> video;
  // What is absent in them stays, too.
  std::optional<boost::json::object> failover, slates, sound, wall_replay;
};
Decided<StoredChannel> create_channel(soci::session& sql, const ScheduleContext& context,
                                      const std::string& id, const ChannelWish& wish);
Decided<StoredChannel> change_channel(soci::session& sql, const ScheduleContext& context,
                                      const std::string& id, const SeenVersion& seen,
                                      const ChannelWish& wish);

// Refused while anything would be left without it: a feed (`has_feed`), sessions to come, screens,
// a configuration that would make it anew. Its past sessions go with it.
Decided<StoredChannel> remove_channel(soci::session& sql, const ScheduleContext& context,
                                      const std::string& id, const SeenVersion& seen,
                                      bool has_feed);

struct NewStreamKey {
  std::string clear;
  StreamKey row;
};
Decided<NewStreamKey> create_stream_key(soci::session& sql, const ScheduleContext& context,
                                        const std::string& channel, const std::string& label,
                                        ChannelInput input);
// Another one in its place; the old one is valid no longer.
Decided<NewStreamKey> rotate_stream_key(soci::session& sql, const ScheduleContext& context,
                                        const std::string& channel, const std::string& key_id);
Decided<StreamKey> revoke_stream_key(soci::session& sql, const ScheduleContext& context,
                                     const std::string& channel, const std::string& key_id);

}  // namespace longmen

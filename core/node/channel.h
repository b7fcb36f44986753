// A channel as every process of a node needs to know it. The database owns channels; the supervisor
// hands the current list to each role, as part of its versioned configuration. Bounds are checked
// where a channel enters (configuration file, API); past that point they hold.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/failover/failover_rules.h"
#include "core/node/air_order.h"
#include "core/node/channel_input.h"
#include "core/node/overlay.h"
#include "core/slate/slate_choice.h"
#include "core/sound/sound_rules.h"

namespace longmen {

inline constexpr size_t kMaxChannels = 256;
// What a relay serves: each channel, and what is the studio's alone (core/node/hidden_channel.h).
inline constexpr size_t kMaxServed = 4 * kMaxChannels;
// Of a channel, and of all of them.
inline constexpr size_t kMaxRevoked = 10'000;
// For how long a programme may be held before it airs, and in which steps.
inline constexpr std::chrono::milliseconds kMaxAirDelay = std::chrono::seconds(60);
inline constexpr std::chrono::milliseconds kAirDelayStep{100};

struct VideoRung {
  std::string name;      // "720p"; shown to viewers, unique in the ladder
  int width = 0;         // even, 64..1920
  int height = 0;        // even, 36..1088
  int bitrate_kbps = 0;  // 50..20000; VBV is 300 ms of it
  bool operator==(const VideoRung&) const = default;
};

enum class SecondPublisher { kRefuse, kTakeOver };
enum class RecordRule { kSessions, kAlways, kOff };
std::string_view name_of(RecordRule rule);
std::optional<RecordRule> record_rule_named(std::string_view name);

// The session that is live on a channel, or that ended last and may still be opened again. Times
// are milliseconds of the wall clock since 1970.
struct ChannelSession {
  std::string id, title, series;
  int64_t live_ms = 0;
  int64_t ended_ms = 0;  // 0: it is live
  bool operator==(const ChannelSession&) const = default;
};

// Who may watch.
enum class Access {
  kOpen,     // everybody
  kScreens,  // enrolled screens, and the studio
  kToken,    // whoever has a token: people with a link, too
};
std::string_view name_of(Access access);  // "open", "screens", "token"
std::optional<Access> access_named(std::string_view name);

struct Channel {
  std::string id;                // [a-z0-9][a-z0-9-]{0,62}, in addresses
  std::string name;              // for people
  int frames_per_second = 30;    // 25, 30, 50 or 60: a constant of the channel
  int gop_seconds = 1;           // 1 or 2
  std::vector<VideoRung> video;  // largest first, 1 to kMaxVideoRenditions
  int opus_kbps = 96;
  int aac_kbps = 128;
  SecondPublisher second_publisher = SecondPublisher::kRefuse;
  // Lower-case hex SHA-256 of each valid stream key, by the input that it feeds.
  std::vector<std::string> key_hashes, backup_key_hashes;
  FailoverRules failover;  // between the two inputs
  SoundRules sound;
  Access access = Access::kOpen;
  std::string watch_key;  // by which watch tokens are checked (core/access/watch_token.h)
  std::vector<std::string> watch_revoked;  // subjects whose tokens count no more
  RecordRule record = RecordRule::kSessions;
  std::optional<ChannelSession> session;
  // Absolute paths of what is encoded: the card with the channel's name, and what is shown on each
  // occasion; empty until it is made. Without the one, the card stands in.
  std::string slate_file;
  OfOccasions<std::string> slate_files;
  std::vector<std::string> slate_others;  // small ones that an order may name, to be had at once
  SlatePlan slates;
  SlateChoice slate_choice;  // control's own, of which it makes the plan: it does not travel
  AirOrder air;              // what its operators let onto the air
  // What was made airs so much later (docs/TIMELINE.md §13): up to kMaxAirDelay.
  std::chrono::milliseconds air_delay{0};
  Overlay overlay;  // what is laid over its programme
  bool operator==(const Channel&) const = default;
};

inline const std::vector<std::string>& keys_of(const Channel& channel, ChannelInput input) {
  return input == ChannelInput::kPrimary ? channel.key_hashes : channel.backup_key_hashes;
}

// The encoded slate for that occasion; empty while there is none.
inline const std::string& slate_file_on(const Channel& channel, SlateOccasion occasion) {
  const std::string& file = channel.slate_files[occasion];
  return file.empty() ? channel.slate_file : file;
}
// Whatever of the moment is known with the channel's configuration.
SlateMoment slate_moment_of(const Channel& channel);
// Without what the supervisor adds of files.
void forget_slate_files(Channel& channel);

// Empty: none is live.
std::string live_session_of(const Channel& channel);

// What of a channel decides how its pictures and sound are made, its slate's included: all else may
// change under them, but for the delay, which makes another programme and no other slate.
Channel programme_part(Channel channel);

// 720p 2000 kbit/s, 480p 1000, 360p 500.
std::vector<VideoRung> default_ladder();

// The words say which field, its value and what is allowed.
Result<void> check_channel(const Channel& channel);

// JSON as it travels between the processes of a node and in the configuration cache.
std::string channels_to_json(const std::vector<Channel>& channels);
Result<std::vector<Channel>> channels_from_json(std::string_view json);

}  // namespace longmen

// Leave to watch that is taken back before its token expires: a screen's, when it is revoked,
// removed, replaced by another device or given another channel. Whoever lets people watch has it
// with the channel (core/access/watch_rule.h), within seconds, until no such token can be good any
// more. A subject names the device and not only the screen, so the next device of the same screen
// is not meant. Bound: kMaxRevoked; past it what ends soonest is forgotten first. Inside the
// caller's transaction; every function throws as SOCI does.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/node/channel.h"

namespace soci {
class session;
}

namespace longmen {

// A screen starts and plays for so long while control is away.
inline constexpr std::chrono::milliseconds kScreenLeaveLife = std::chrono::hours(7 * 24);

// Of the tokens of the device whose credential has that hash.
std::string watch_subject(const std::string& screen, const std::string& credential_hash);

void revoke_watch(soci::session& sql, const std::string& subject, const std::string& channel,
                  int64_t now_ms);
// It may watch that channel again.
void allow_watch(soci::session& sql, const std::string& subject, const std::string& channel);
void forget_old_revocations(soci::session& sql, int64_t now_ms);

// What is revoked of each.
void fill_revocations(soci::session& sql, std::vector<Channel>& channels);

}  // namespace longmen

// Which session each channel is told to have (core/node/channel.h): the live one, else the one that
// ended last and can still be reopened. Throws as SOCI does.
#pragma once

#include <chrono>
#include <vector>

#include "core/node/channel.h"

namespace soci {
class session;
}

namespace longmen {

void add_sessions(soci::session& sql, std::vector<Channel>& channels, int64_t now_ms,
                  std::chrono::milliseconds reopen_within);

}  // namespace longmen

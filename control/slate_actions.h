// What can be done with the slates that people gave, each with its row of the audit: take one in,
// give it another name, remove it; whether what was chosen is there; and the plan of each channel's
// slates for its processes (core/slate/slate_choice.h). Inside the caller's transaction; every
// function throws as SOCI does.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/air_table.h"
#include "control/decided.h"
#include "control/schedule_context.h"
#include "control/slate_table.h"
#include "core/slate/slate_choice.h"

namespace longmen {

// Whether the channel is there and has room for another one.
Decided<bool> check_room_for_slate(soci::session& sql, const std::string& channel,
                                   const std::string& name);
// Its bytes are there. The same file is taken once a channel: asked again under the same name, it
// is the one that there is.
Decided<GivenSlate> add_slate(soci::session& sql, const ScheduleContext& context, GivenSlate slate,
                              ByteSpan thumbnail);
Decided<GivenSlate> rename_slate(soci::session& sql, const ScheduleContext& context,
                                 const std::string& channel, const std::string& id,
                                 const SeenVersion& seen, const std::string& name);
// Refused while anything would show it: the words say what.
Decided<GivenSlate> remove_slate(soci::session& sql, const ScheduleContext& context,
                                 const std::string& channel, const std::string& id,
                                 const SeenVersion& seen);

// 422 when one of them is no slate of that channel.
Decided<bool> check_chosen(soci::session& sql, const std::string& channel,
                           const ChosenSlates& chosen);
Decided<bool> check_slate_of(soci::session& sql, const std::string& channel, const std::string& id);

// What each of the channels shows when; and who gave what leaves them.
void plan_all_slates(soci::session& sql, std::vector<Channel>& channels,
                     const std::map<std::string, AirRow>& orders);

}  // namespace longmen

// From a request to an action or a question in one transaction of the store, and back to an answer:
// what all APIs of the schedule have in common. An answer with a "version" has it as its entity tag
// (control/row_version.h).
#pragma once

#include "control/once.h"
#include "control/schedule_context.h"
#include "control/studio_parts.h"

namespace longmen {

ScheduleContext context_of(const StudioParts& parts, const Caller& caller);

// A transaction that writes, if the caller still may (control/act.h); repeated requests are
// answered as the first one (control/once.h). `caller` outlives it.
boost::asio::awaitable<HttpResponse> answer_action(StudioParts& parts, const Caller& caller,
                                                   OnceKey once, ActionInTransaction action);
// The same for what names the version that it changes, and so can be done once only.
boost::asio::awaitable<HttpResponse> answer_change(StudioParts& parts, const Caller& caller,
                                                   ActionInTransaction action);
// One that reads.
boost::asio::awaitable<HttpResponse> answer_question(StudioParts& parts,
                                                     ActionInTransaction question);

// The query's whole number; `otherwise` when there is none, 422 when it is no number.
Decided<int64_t> query_number(const HttpRequest& request, std::string_view name, int64_t otherwise);
int page_limit(const HttpRequest& request, int longest);

}  // namespace longmen

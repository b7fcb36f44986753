#include "core/recording/still_job.h"

#include "core/node/json_fields.h"

namespace longmen::recording {
namespace json = boost::json;

std::string to_json(const StillJob& job) {
  json::array stills;
  for (const WantedStill& still : job.stills)
    stills.push_back(json::object{{"kind", static_cast<int>(still.kind)},
                                  {"media_sequence", still.media_sequence},
                                  {"init", still.init},
                                  {"file", still.file},
                                  {"offset", still.offset},
                                  {"bytes", still.bytes},
                                  {"give_up", still.give_up}});
  return json::serialize(json::object{{"folder", job.folder}, {"stills", std::move(stills)}});
}

Result<StillJob> still_job_from_json(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  StillJob job;
  fields->read("folder", job.folder);
  bool good = true;
  fields->each("stills", [&](const JsonFields& item) {
    WantedStill& still = job.stills.emplace_back();
    int kind = 0;
    item.read("kind", kind);
    still.kind = kind == 1 ? StillKind::kPoster : StillKind::kStill;
    item.read("media_sequence", still.media_sequence);
    item.read("init", still.init);
    item.read("file", still.file);
    item.read("offset", still.offset);
    item.read("bytes", still.bytes);
    item.read("give_up", still.give_up);
    good = good && still.media_sequence > 0 && !still.init.empty() && !still.file.empty() &&
           still.bytes > 0;
  });
  if (!good || job.folder.empty() || job.stills.size() > kMaxStillsInJob)
    return fail("it is no job of stills");
  return job;
}

}  // namespace longmen::recording

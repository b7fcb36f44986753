#include "control/slate_check.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "core/node/json_fields.h"
#include "net/helper_process.h"
#include "net/state_file.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

struct RemovedFile {
  std::string name;
  ~RemovedFile() { ::unlink(name.c_str()); }
};

Decided<LookedAtSlate> read_report(const std::string& report, const std::string& thumbnail) {
  const auto text = read_state_file(report);
  const auto fields = text ? JsonFields::parse(*text) : Result<JsonFields>(fail("none"));
  if (!fields) return refuse(503, "the file could not be looked at; try again");
  std::string fault, kind;
  fields->read("fault", fault);
  if (!fault.empty()) return refuse(422, fault);
  LookedAtSlate looked;
  fields->read("kind", kind);
  looked.slate.clip = kind == "clip";
  fields->read("media_type", looked.slate.media_type);
  fields->read("width", looked.slate.width);
  fields->read("height", looked.slate.height);
  fields->read("duration_ms", looked.slate.duration_ms);
  fields->read("sound", looked.slate.sound);
  const auto small = read_state_file(thumbnail);
  if (!small) return refuse(503, "the file could not be looked at; try again");
  looked.thumbnail.assign(small->begin(), small->end());
  return looked;
}

}  // namespace

asio::awaitable<Decided<LookedAtSlate>> SlateChecker::look_at(std::string file,
                                                              int max_seconds) const {
  const RemovedFile report{file + ".json"}, thumbnail{file + ".jpg"};
  std::vector<std::string> arguments{"longmen",       "check-slate",
                                     "--file",        file,
                                     "--report",      report.name,
                                     "--thumbnail",   thumbnail.name,
                                     "--max-seconds", std::to_string(max_seconds)};
  const auto end = co_await run_helper(executable_, std::move(arguments), kLongest);
  if (!end) {
    spdlog::error("check-slate: {}", end.error().message);
    co_return refuse(503, "the file cannot be looked at now; try again");
  }
  if (*end == HelperEnd::kLate)
    co_return refuse(422,
                     fmt::format("it takes longer than {} minutes to decode it", kLongest.count()));
  if (*end == HelperEnd::kBadly)
    co_return refuse(422, "it cannot be decoded: it needs more memory or time than it may have");
  co_return read_report(report.name, thumbnail.name);
}

}  // namespace longmen

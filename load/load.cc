#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>

#include "load/load_run.h"
#include "load/whep_offer.h"

namespace longmen {
namespace {

constexpr int kFailed = 1;
constexpr int kRefused = 2;
// Descriptors beside the viewers' sockets: HTTP, files, the event loop.
constexpr rlim_t kOtherDescriptors = 200;

int refuse(const Error& error) {
  fmt::print(stderr, "longmen load: {}\n", error.message);
  return kRefused;
}

Result<void> raise_descriptor_limit(const LoadOptions& options) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto needed = static_cast<rlim_t>(options.viewers) + kOtherDescriptors;
  if (limit.rlim_max >= needed) return {};
  return fail(fmt::format(
      "{} viewers need {} descriptors, and this process may have {}: raise the hard limit (ulimit "
      "-Hn), or run several with fewer viewers each",
      options.viewers, needed, limit.rlim_max));
}

struct OpenedFilter {
  MediaFilter filter;
  std::string note;  // why it is not the extended one
};

OpenedFilter open_filter(const LoadOptions& options) {
  if (options.classic) return {MediaFilter::open_classic(), "asked for"};
  auto extended = MediaFilter::open_extended({.video_type = kOfferedVideoType,
                                              .audio_type = kOfferedAudioType,
                                              .repeat_type = kOfferedRepeatType,
                                              .transport_cc_id = kOfferedExtensions.transport_cc,
                                              .audio_is_progress = options.audio_only,
                                              .notes_arrivals = options.feedback_ms > 0});
  if (extended) return {std::move(*extended), {}};
  return {MediaFilter::open_classic(), extended.error().message};
}

bool write_report(const LoadReport& report, const LoadOptions& options) {
  if (options.json_file != "-") fmt::print("{}", report_table(report));
  if (options.json_file.empty()) return true;
  if (options.json_file == "-") {
    fmt::print("{}", report_json(report));
    return true;
  }
  std::ofstream file(options.json_file);
  file << report_json(report);
  file.close();
  if (!file) fmt::print(stderr, "longmen load: {} cannot be written\n", options.json_file);
  return static_cast<bool>(file);
}

}  // namespace

Result<void> check_load_options(const LoadOptions& options) {
  if (options.viewers < 1 || options.viewers > kMaxLoadViewers)
    return fail(fmt::format("--viewers is 1 to {}", kMaxLoadViewers));
  if (options.full < 0) return fail("--full is not negative");
  if (!(options.joins_per_second > 0)) return fail("--joins-per-second is more than 0");
  if (!(options.leaves_per_second >= 0)) return fail("--leaves-per-second is not negative");
  if (!(options.seconds >= 0)) return fail("--seconds is not negative");
  if (options.feedback_ms != 0 && (options.feedback_ms < 10 || options.feedback_ms > 5000))
    return fail("--feedback-ms is 10 to 5000, or 0 for none");
  if (options.http_connections < 1 || options.http_connections > 256)
    return fail("--http-connections is 1 to 256");
  if (options.frame_spread &&
      (options.audio_only || options.classic || options.leaves_per_second > 0))
    return fail(
        "--frame-spread is of video, and neither with --classic-filter nor --leaves-per-second");
  if (!options.profile.empty() && options.profile != "gcm" && options.profile != "sha1_80")
    return fail("--profile is gcm or sha1_80");
  return {};
}

int run_load(const LoadOptions& options) {
  if (auto good = check_load_options(options); !good) return refuse(good.error());
  auto allowed = AllowedNetworks::parse(options.lab_networks);
  if (!allowed) return refuse(allowed.error());
  const std::string rendition =
      options.rendition.empty() && options.audio_only ? "audio" : options.rendition;
  auto target = resolve_load_target(options.url, rendition, *allowed);
  if (!target) return refuse(target.error());
  if (auto raised = raise_descriptor_limit(options); !raised) return refuse(raised.error());
  for (int pid : options.pids)
    if (const auto usage = look_at_process(pid); !usage) return refuse(usage.error());
  auto certificate = DtlsCertificate::make();
  if (!certificate) return refuse(certificate.error());
  auto [filter, note] = open_filter(options);
  if (options.frame_spread && filter.kind() != MediaFilter::Kind::kExtended)
    return refuse({"--frame-spread needs the eBPF filter: " + note});

  LoadRun run(options, std::move(*target), std::move(*allowed), std::move(filter), *certificate);
  auto report = run.run();
  if (!report) return refuse(report.error());
  report->filter_note = note;
  const bool written = write_report(*report, options);
  const int code = exit_code_of(*report, options.max_loss_percent);
  return written ? code : kFailed;
}

}  // namespace longmen

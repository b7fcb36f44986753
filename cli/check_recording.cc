// check-recording: whether a recording is whole and unaltered.
#include <fmt/format.h>

#include "cli/commands.h"
#include "config/node_config.h"
#include "gateway/bucket/bucket_source.h"
#include "gateway/check_recording.h"

namespace longmen {

namespace {

// Nothing: the configuration names no bucket.
Result<FarSource> far_source(const std::string& config_file, const std::string& recording) {
  if (config_file.empty()) return FarSource();
  const auto config = load_node_config(config_file);
  if (!config) return tl::unexpected(config.error());
  const BucketConfig& bucket = config->recording.s3;
  if (!bucket.is_on()) return FarSource();
  auto client = std::make_shared<S3Client>(place_of(bucket, config->node_name), S3Patience{},
                                           std::stop_token());
  return bucket_sources(std::move(client), recording);
}

}  // namespace

int check_recording(const std::string& folder, bool repair, const std::string& config_file) {
  const auto info = load_recording_info(folder);
  const auto far = info ? far_source(config_file, info->id) : tl::unexpected(info.error());
  if (!far) {
    fmt::print(stderr, "{}\n", far.error().message);
    return 1;
  }
  const auto verdict = check_recording(folder, repair ? Repair::kYes : Repair::kNo, *far);
  if (!verdict) {
    fmt::print(stderr, "{}\n", verdict.error().message);
    return 1;
  }
  fmt::print("recording {}{}\n", verdict->recording, verdict->goes_on ? ", which goes on" : "");
  for (const RecordingVerdict::Track& track : verdict->tracks)
    fmt::print("  {}: {} segments are whole, {} in part\n", track.name, track.segments,
               track.partial);
  for (const std::string& words : verdict->wrong)
    fmt::print("  {}\n", words);
  if (repair) fmt::print("index and manifest were written anew, from the media\n");
  if (!verdict->wrong.empty()) return 1;
  fmt::print("{}\n", verdict->has_manifest ? "as its index and its manifest say"
                                           : "as its index says; it has no manifest");
  return 0;
}

}  // namespace longmen

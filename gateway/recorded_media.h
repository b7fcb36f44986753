// A recording's init segments, segments and parts as HTTP responses, by their names in HLS
// (core/hls/media_name.h): the same bytes as live. What is not shown is not there.
// One thread: the io_context's.
#pragma once

#include <optional>

#include "core/hls/media_name.h"
#include "gateway/file_body.h"
#include "gateway/recordings.h"

namespace longmen {

// Of one whose media was read; `track` is an index into its tracks. Nothing: it is not there.
std::optional<HttpResponse> recorded_media(const Recording& recording, size_t track,
                                           const hls::MediaName& name, DiskPool& disk);

// A media file of the track.
std::shared_ptr<const ServedFile> recorded_file(const Recording& recording, size_t track,
                                                int64_t file);

}  // namespace longmen

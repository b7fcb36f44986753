#include "gateway/thumbnails.h"

#include "core/picture/jpeg_tiles.h"
#include "core/recording/replay_outline.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using recording::StillKind;

constexpr std::string_view kThumbnailTrack = "thumbnails.vtt";
constexpr std::string_view kSheetFolder = "thumbnails/";
constexpr std::string_view kTrackType = "text/vtt; charset=utf-8";

// An image element makes nothing of it, and no browser complains.
HttpResponse no_poster() {
  HttpResponse response;
  response.status = 204;
  response.fields.set("Cache-Control", "no-cache");
  return response;
}

HttpResponse no_picture() {
  HttpResponse response = http_problem(404, "no picture of it is made yet, or it has none");
  response.fields.set("Cache-Control", "no-cache");
  return response;
}

HttpResponse jpeg_response(Bytes jpeg) {
  HttpResponse response;
  response.fields.set("Content-Type", "image/jpeg");
  // As that of the media: what is withdrawn goes from caches before long.
  response.fields.set("Cache-Control", "public, max-age=300");
  response.shared = {std::make_shared<const Bytes>(std::move(jpeg))};
  return response;
}

struct Chosen {
  StillKind kind = StillKind::kPoster;
  std::optional<int64_t> number;
  bool best = false;  // no other one will be
};
// The poster that was made last, if it may be seen; an earlier one; or, until there is one, a
// still.
Chosen choose(const recording::RecordingInfo& info, const recording::StillIndex& made) {
  for (auto at = made.poster_order.rbegin(); at != made.poster_order.rend(); ++at)
    if (info.shows(*at))
      return {StillKind::kPoster, *at, at == made.poster_order.rbegin() && info.end_ms != 0};
  for (const auto& [number, still] : made.stills)
    if (still.bytes > 0 && info.shows(number)) return {StillKind::kStill, number, false};
  return {};
}

Bytes join(const std::vector<Bytes>& jpegs) {
  std::vector<JpegTile> read(jpegs.size());
  std::vector<const JpegTile*> tiles(jpegs.size());
  for (size_t i = 0; i < jpegs.size(); ++i) {
    auto tile = read_jpeg_tile(jpegs[i]);
    if (!tile || tile->size != recording::kStillSize) continue;
    read[i] = std::move(*tile);
    tiles[i] = &read[i];
  }
  return join_jpeg_tiles(tiles, recording::kSheetSide, recording::kSheetSide);
}

}  // namespace

void Thumbnails::add_routes(HttpRouter& router, WatchGate& gate) {
  const auto of_replay = [&](std::string pattern, Answer (Thumbnails::*handler)(HttpRequest)) {
    router.add(
        {std::move(pattern), "GET",
         gate.guard([this, handler](HttpRequest r) { return (this->*handler)(std::move(r)); },
                    [this](const HttpRequest& r) { return replay_.channel_of(r); })});
  };
  const auto of_channel = [&](std::string pattern, Answer (Thumbnails::*handler)(HttpRequest)) {
    router.add({std::move(pattern), "GET", gate.guard([this, handler](HttpRequest r) {
                  return (this->*handler)(std::move(r));
                })});
  };
  of_replay("/replay/{recording}/thumbnails.vtt", &Thumbnails::replay_track);
  of_replay("/replay/{recording}/thumbnails/{sheet}", &Thumbnails::replay_sheet);
  of_replay("/replay/{recording}/poster.jpg", &Thumbnails::poster);
  of_channel("/hls/{channel}/thumbnails.vtt", &Thumbnails::rewind_track);
  of_channel("/hls/{channel}/thumbnails/{sheet}", &Thumbnails::rewind_sheet);
}

asio::awaitable<StillIndexPtr> Thumbnails::made_of(RecordingPtr recording) {
  stills_.ask_for(*recording);
  StillIndexPtr made = co_await stills_.made_of(recording);
  // It may have been forgotten meanwhile.
  const Result<void> loaded = co_await recordings_.load(recording);
  if (!loaded || !recording->media || recording->removed) co_return nullptr;
  co_return made;
}

Thumbnails::Answer Thumbnails::replay_track(HttpRequest request) {
  HttpResponse problem;
  const RecordingPtr recording = co_await replay_.find(request, problem);
  if (!recording) co_return problem;
  const StillIndexPtr made = co_await made_of(recording);
  if (!made) co_return http_problem_for_now(503, "the recording cannot be read just now", 2);
  const Replay::WriteText write = [plan_of = stills_.planner(), made](const Replay::Snapshot& of) {
    const Replay::OutlinePtr outline = of.outline();
    const auto plan = plan_of(of.info, *of.media);
    if (!plan) return std::string("WEBVTT\n");
    const auto position = [&](int64_t number) {
      return outline->position_of(of.info, of.info.grid().segment_start(number));
    };
    return recording::write_thumbnail_track(*plan, *made, position, outline->duration(),
                                            kSheetFolder);
  };
  const std::string what = std::string(kThumbnailTrack) + '/' + std::to_string(made->end);
  const PlaylistText text = co_await replay_.text_of(recording, what, write);
  co_return Replay::answer_of(request, text, kTrackType);
}

Thumbnails::Answer Thumbnails::replay_sheet(HttpRequest request) {
  HttpResponse problem;
  const RecordingPtr recording = co_await replay_.find(request, problem);
  if (!recording) co_return problem;
  co_return co_await sheet(recording, request.parameters[1]);
}

Thumbnails::RecordingPtr Thumbnails::rewound(const HttpRequest& request) const {
  RecordingPtr recording = recorder_.recording_of(request.parameters[0]);
  return recording && !recording->removed && recording->media ? recording : nullptr;
}

Thumbnails::Answer Thumbnails::rewind_track(HttpRequest request) {
  const RecordingPtr recording = rewound(request);
  if (!recording) co_return http_problem(404, "no session is on air that could be rewound");
  const StillIndexPtr made = co_await made_of(recording);
  if (!made) co_return http_problem_for_now(503, "the recording cannot be read just now", 2);
  HttpResponse response;
  response.fields.set("Content-Type", kTrackType);
  response.fields.set("Cache-Control", "no-cache");
  response.content = "WEBVTT\n";
  const auto plan = stills_.planner()(recording->info, *recording->media);
  if (!plan || plan->wanted.empty()) co_return response;
  const recording::RecordingInfo& info = recording->info;
  // That playlist has every number, also those of holes.
  const auto position = [&info](int64_t number) -> std::optional<Flicks> {
    return (number - info.first_segment()) * info.grid().segment_duration();
  };
  const auto& segments = recording->media->tracks[*recording::still_track(info)].segments();
  const Flicks duration = *position(std::min(segments.rbegin()->first + 1, info.end_segment()));
  response.content =
      recording::write_thumbnail_track(*plan, *made, position, duration, kSheetFolder);
  co_return response;
}

Thumbnails::Answer Thumbnails::rewind_sheet(HttpRequest request) {
  const RecordingPtr recording = rewound(request);
  if (!recording) co_return http_problem(404, "no session is on air that could be rewound");
  co_return co_await sheet(recording, request.parameters[1]);
}

asio::awaitable<std::vector<Bytes>> Thumbnails::read(RecordingPtr recording, StillIndexPtr made,
                                                     StillKind kind, Wanted wanted) {
  const auto work = [path = recording->folder + "/" + recording::kPackName, made, kind,
                     wanted = std::move(wanted)]() -> Result<std::vector<Bytes>> {
    FileSource pack(path);
    std::vector<Bytes> jpegs(wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      const recording::Still* still = wanted[i] ? made->find(kind, *wanted[i]) : nullptr;
      if (!still) continue;
      if (auto jpeg = recording::read_still(pack, kind, *wanted[i], *still))
        jpegs[i] = std::move(*jpeg);
    }
    return jpegs;
  };
  auto jpegs = co_await disk_.run(work);
  if (!jpegs) co_return std::vector<Bytes>();
  co_return std::move(*jpegs);
}

Thumbnails::Answer Thumbnails::sheet(RecordingPtr recording, std::string name) {
  const auto asked = recording::read_sheet_name(name);
  if (!asked) co_return no_picture();
  const StillIndexPtr made = co_await made_of(recording);
  if (!made) co_return no_picture();
  const auto plan = stills_.planner()(recording->info, *recording->media);
  if (!plan) co_return no_picture();
  const uint64_t withdrawals = recording->withdrawals;
  auto wanted = recording::stills_of_sheet(*plan, *made, *asked);
  for (std::optional<int64_t>& number : wanted)
    if (number && !recording->info.shows(*number)) number.reset();
  const std::vector<Bytes> jpegs =
      co_await read(recording, made, StillKind::kStill, std::move(wanted));
  Bytes joined = join(jpegs);
  if (joined.empty() || recording->withdrawals != withdrawals) co_return no_picture();
  co_return jpeg_response(std::move(joined));
}

// Without the recording's media: a list has many of them.
Thumbnails::Answer Thumbnails::poster(HttpRequest request) {
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  const StillIndexPtr made = co_await stills_.made_of(recording);
  if (!made) co_return no_poster();
  const Chosen chosen = choose(recording->info, *made);
  if (!chosen.number || chosen.kind == StillKind::kStill) stills_.ask_for(*recording);
  if (!chosen.number) co_return no_poster();
  const uint64_t withdrawals = recording->withdrawals;
  Wanted wanted(1, chosen.number);
  std::vector<Bytes> jpegs = co_await read(recording, made, chosen.kind, std::move(wanted));
  if (jpegs.empty() || jpegs.front().empty() || recording->withdrawals != withdrawals)
    co_return no_poster();
  HttpResponse response = jpeg_response(std::move(jpegs.front()));
  if (!chosen.best) response.fields.set("Cache-Control", "no-cache");
  co_return response;
}

}  // namespace longmen

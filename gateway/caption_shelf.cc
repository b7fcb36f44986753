#include "gateway/caption_shelf.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "core/base/ascii_case.h"
#include "core/base/language_tag.h"
#include "core/recording/caption_playlist.h"
#include "gateway/attachment.h"
#include "gateway/json_text.h"
#include "gateway/name_in_use.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using recording::CaptionTrack;
using recording::WrittenCaptions;

constexpr std::string_view kWebVttEnd = ".vtt";
constexpr const char* kWebVttType = "text/vtt; charset=utf-8";
const json::object kNothingToSay;

std::string etag_of(const CaptionTrack& track) {
  return '"' + track.id + '"';
}

HttpResponse told(const CaptionTrack& track) {
  HttpResponse response = json_text(json::serialize(recording::to_json(track)));
  response.fields.set("ETag", etag_of(track));
  return response;
}

HttpResponse caption_disk_problem(const std::string& recording, const Error& error) {
  spdlog::error("recording={} captions: {}", recording, error.message);
  return http_problem_for_now(503, "captions cannot be written down or read: is the disk full?", 2);
}

// However the tag is written.
const CaptionTrack* find_track(const std::vector<CaptionTrack>& tracks, std::string_view language) {
  const auto tag = language_tag(language);
  const auto found = std::ranges::find(tracks, tag.value_or(""), &CaptionTrack::language);
  return found == tracks.end() ? nullptr : &*found;
}

// Only text has a character set, and only one is taken.
bool is_utf8(const HttpRequest& request) {
  const std::string type = ascii_lowered(request.fields.value("Content-Type"));
  const size_t at = type.find("charset=");
  if (at == std::string::npos) return true;
  std::string_view charset = std::string_view(type).substr(at + 8);
  if (charset.starts_with('"')) charset.remove_prefix(1);
  return charset.starts_with("utf-8");
}

// Whether who replaces `now`, or nothing, by `next` has seen what is there.
std::optional<HttpProblem> outdated(const HttpRequest& request, const CaptionTrack* now,
                                    const CaptionTrack& next) {
  const std::string_view seen = request.fields.value("If-Match");
  if (now && now->id == next.id) return std::nullopt;
  if (!now && seen.empty()) return std::nullopt;
  if (!now)
    return HttpProblem{412, fmt::format("there are no captions in {} any more", next.language)};
  if (seen.empty())
    return HttpProblem{428, fmt::format("there are captions in {} already; to replace them, send "
                                        "If-Match with their entity tag",
                                        next.language)};
  if (seen == "*" || seen == etag_of(*now)) return std::nullopt;
  return HttpProblem{
      412, fmt::format("the captions in {} are other ones meanwhile; look again", next.language)};
}

}  // namespace

void CaptionShelf::add_routes(HttpRouter& router, WatchGate& gate) {
  const auto channel_of = [this](const HttpRequest& r) { return replay_.channel_of(r); };
  using Handler = Answer (CaptionShelf::*)(HttpRequest);
  const auto bound = [this](Handler handler) -> HttpHandlerOfRoute {
    return [this, handler](HttpRequest r) { return (this->*handler)(std::move(r)); };
  };
  router.add({"/replay/{recording}/captions.json", "GET",
              gate.guard(bound(&CaptionShelf::list), channel_of)});
  router.add({"/replay/{recording}/captions/{file}", "GET",
              gate.guard(bound(&CaptionShelf::whole), channel_of)});
  router.add({"/replay/{recording}/captions/{language}/{file}", "GET",
              gate.guard(bound(&CaptionShelf::playlist_or_segment), channel_of)});
  const std::string all = "/api/v1/recordings/{id}/captions";
  router.add({all, "GET", bound(&CaptionShelf::studio_list)});
  router.add({all + "/{language}", "DELETE", bound(&CaptionShelf::remove)});
  HttpRoute taking;
  taking.pattern = all + "/{language}";
  taking.method = "PUT";
  taking.body_in_pieces = true;
  taking.max_body_bytes = SIZE_MAX;
  taking.handler = bound(&CaptionShelf::take);
  router.add(std::move(taking));
}

// ---- for whoever may watch

asio::awaitable<HttpResponse> CaptionShelf::list(HttpRequest request) {
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  const bool ended = recording->info.end_ms != 0;
  json::array list;
  // Not what would tell something of cues that are not shown.
  for (const CaptionTrack& track : recording->captions)
    if (ended) list.push_back(json::object{{"language", track.language}, {"label", track.label}});
  co_return json_text(json::serialize(json::object{{"captions", std::move(list)}}));
}

asio::awaitable<std::optional<CaptionShelf::Found>> CaptionShelf::find(const HttpRequest& request,
                                                                       std::string language,
                                                                       HttpResponse& problem) {
  const RecordingPtr recording = co_await replay_.find(request, problem);
  if (!recording) co_return std::nullopt;
  const CaptionTrack* track = find_track(recording->captions, language);
  if (track && recording->info.end_ms != 0) co_return Found{recording, *track};
  problem = http_problem(404, "the recording has no such captions");
  co_return std::nullopt;
}

asio::awaitable<HttpResponse> CaptionShelf::whole(HttpRequest request) {
  std::string language = request.parameters[1];
  if (!language.ends_with(kWebVttEnd))
    co_return http_problem(404, "the recording has nothing of that name");
  language.resize(language.size() - kWebVttEnd.size());
  HttpResponse problem;
  const auto found = co_await find(request, language, problem);
  if (!found) co_return problem;
  const Replay::WriteText write = [folder = found->recording->folder, track = found->track](
                                      const Replay::Snapshot& of) -> Result<std::string> {
    const auto cues = load_cues(folder, track);
    if (!cues) return tl::unexpected(cues.error());
    const Replay::OutlinePtr outline = of.outline();
    return captions::write_webvtt(recording::placed_cues(of.info, *outline, track.zero_ms, *cues));
  };
  const std::string what = "captions/" + found->track.language;
  const PlaylistText text = co_await replay_.text_of(found->recording, what, write);
  HttpResponse response = Replay::answer_of(request, text, kWebVttType);
  if (text.plain)
    response.fields.set("Content-Disposition", attachment_of(found->recording->info,
                                                             "." + found->track.language + ".vtt"));
  co_return response;
}

asio::awaitable<HttpResponse> CaptionShelf::playlist_or_segment(HttpRequest request) {
  const std::string language = request.parameters[1], file = request.parameters[2];
  const std::string list = "captions/index.m3u8";  // of all languages
  const bool playlist = file == "index.m3u8";
  const auto number = recording::caption_segment_number(file);
  if (!playlist && !number) co_return http_problem(404, "the recording has nothing of that name");
  HttpResponse problem;
  const auto found = co_await find(request, language, problem);
  if (!found) co_return problem;
  const Replay::WriteText write_list = [](const Replay::Snapshot& of) -> Result<std::string> {
    const Replay::OutlinePtr outline = of.outline();
    return recording::write_caption_playlist(of.info, *outline);
  };
  const PlaylistText told_list = co_await replay_.text_of(found->recording, list, write_list);
  if (playlist || !told_list.plain) co_return Replay::answer_of(request, told_list, kPlaylistType);
  // What is in no list is not looked for.
  if (as_text(*told_list.plain).find(fmt::format("\n{}\n", file)) == std::string_view::npos)
    co_return http_problem(404, "the recording has no such segment");
  const Replay::WriteText write = [folder = found->recording->folder, track = found->track,
                                   number](const Replay::Snapshot& of) -> Result<std::string> {
    const Replay::OutlinePtr outline = of.outline();
    const auto cues = load_cues(folder, track);
    if (!cues) return tl::unexpected(cues.error());
    const auto placed = recording::placed_cues(of.info, *outline, track.zero_ms, *cues);
    auto text = recording::write_caption_segment(of.info, *outline, *number, placed);
    if (!text) return fail("there is no such segment any more");
    return std::move(*text);
  };
  const std::string what = "captions/" + found->track.language + "/" + file;
  const PlaylistText text = co_await replay_.text_of(found->recording, what, write);
  co_return Replay::answer_of(request, text, kWebVttType);
}

// ---- for the studio

asio::awaitable<HttpResponse> CaptionShelf::studio_list(HttpRequest request) {
  auto leave = co_await leave_.ask(request, kNothingToSay);
  if (!leave) co_return std::move(leave.error());
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  co_return json_text(recording::write_caption_list(recording->captions));
}

asio::awaitable<HttpResponse> CaptionShelf::take(HttpRequest request) {
  auto leave = co_await leave_.ask(request, kNothingToSay);
  HttpResponse problem;
  const auto language = language_tag(request.parameters[1]);
  if (!leave) {
    problem = std::move(leave.error());
  } else if (!language) {
    problem = http_problem(422, "language: a language tag is allowed, such as zh-Hans or en");
  } else if (!is_utf8(request)) {
    problem = http_problem(415, "captions are taken in UTF-8");
  } else if (const auto recording = replay_.find_shown(request.parameters[0], problem); recording) {
    if (recording->info.end_ms == 0)
      problem = http_problem_for_now(409, "it goes on; captions are for what has ended", 60);
    else if (taking_.contains(recording->info.id) || taking_.size() >= kMaxTaking)
      problem = http_problem_for_now(503, "other captions are being taken in; try again", 2);
    else
      co_return co_await take_into(request, recording, *language);
  }
  co_await StudioLeave::discard(request, captions::kMaxCaptionBytes);
  co_return problem;
}

asio::awaitable<HttpResponse> CaptionShelf::take_into(const HttpRequest& request,
                                                      RecordingPtr recording,
                                                      std::string language) {
  const NameInUse now(taking_, recording->info.id);
  std::string file;
  while (request.body) {
    const HttpBodyPiece piece = co_await request.body->read();
    if (!piece) co_return http_problem(piece.error());
    if (piece->empty()) break;
    file += *piece;
    if (file.size() <= captions::kMaxCaptionBytes) continue;
    co_await StudioLeave::discard(request, captions::kMaxCaptionBytes);
    co_return http_problem(
        413, fmt::format("captions are larger than {} KiB", captions::kMaxCaptionBytes >> 10));
  }
  std::string label(request.target.query_value("label"));
  if (label.empty()) label = language;
  if (const auto fits = recording::check_caption_label(label); !fits)
    co_return http_problem(422, fits.error().message);
  HttpResponse problem;
  const RecordingPtr loaded = co_await replay_.find(request, problem);
  if (!loaded) co_return problem;
  if (loaded != recording) co_return http_problem(404, "there is no such recording any more");
  const auto outcome = co_await read(recording, language, label, std::move(file));
  if (!outcome) co_return http_problem_for_now(503, outcome.error().message, 2);
  const auto& written = *outcome;
  if (!written) co_return http_problem(422, "captions: " + written.error().message);
  // From here to the change of the list nobody else gives this recording captions.
  const CaptionTrack* before = find_track(recording->captions, language);
  if (const auto fault = outdated(request, before, written->track)) co_return http_problem(*fault);
  if (before && before->id == written->track.id) co_return told(*before);
  for (const CaptionTrack& each : recording->captions)
    if (each.label == label && each.language != language)
      co_return http_problem(409, fmt::format("the captions in {} have that label", each.language));
  if (!before && recording->captions.size() >= recording::kMaxCaptionTracks)
    co_return http_problem(409, fmt::format("there are captions in {} languages, and no more are "
                                            "taken",
                                            recording->captions.size()));
  json::object note{{"captions", recording::to_json(written->track)}};
  if (before) note["before"] = recording::to_json(*before);
  // Before the audit says that they are there.
  const auto keep = [folder = recording->folder, captions = *written] {
    return keep_captions(folder, captions);
  };
  if (const Result<void> kept = co_await disk_.run(keep); !kept)
    co_return caption_disk_problem(recording->info.id, kept.error());
  auto noted = co_await leave_.ask(request, std::move(note));
  if (!noted) co_return std::move(noted.error());  // what is not listed goes with the next list
  CaptionTrack track = written->track;
  if (const json::value* now_ms = noted->if_contains("now_ms"); now_ms && now_ms->is_int64())
    track.added_ms = now_ms->get_int64();
  if (const auto changed = co_await change(recording, language, track); !changed)
    co_return caption_disk_problem(recording->info.id, changed.error());
  spdlog::info("recording={} has captions in {}, {} cues", recording->info.id, language,
               track.cues);
  co_return told(track);
}

asio::awaitable<Result<Result<WrittenCaptions>>> CaptionShelf::read(RecordingPtr recording,
                                                                    std::string language,
                                                                    std::string label,
                                                                    std::string file) {
  const auto work = [of = Replay::snapshot(*recording), language, label,
                     file = std::move(file)]() -> Result<Result<WrittenCaptions>> {
    using Outcome = Result<WrittenCaptions>;
    const auto cues = captions::read_caption_file(as_bytes(file));
    if (!cues) return Outcome(tl::unexpected(cues.error()));
    const Replay::OutlinePtr outline = of.outline();
    if (!outline->is_complete()) return fail("the last seconds are still being written; try again");
    const int64_t zero_ms = recording::caption_zero_ms(of.info);
    const auto placed = recording::cues_of_replay(of.info, *outline, zero_ms, *cues);
    if (!placed) return Outcome(tl::unexpected(placed.error()));
    return recording::write_captions(language, label, zero_ms, *placed);
  };
  co_return co_await disk_.run(work);
}

asio::awaitable<HttpResponse> CaptionShelf::remove(HttpRequest request) {
  const std::string language = language_tag(request.parameters[1]).value_or("");
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  const CaptionTrack* track = recording ? find_track(recording->captions, language) : nullptr;
  json::object note;
  if (track) note["captions"] = recording::to_json(*track);
  auto leave = co_await leave_.ask(request, std::move(note));
  if (!leave) co_return std::move(leave.error());
  if (!recording) co_return problem;
  if (!find_track(recording->captions, language))
    co_return http_problem(404, "the recording has no such captions");
  if (taking_.contains(recording->info.id))
    co_return http_problem_for_now(503, "captions are being taken in; try again", 2);
  const NameInUse now(taking_, recording->info.id);
  const std::optional<CaptionTrack> none;
  if (const auto changed = co_await change(recording, language, none); !changed)
    co_return caption_disk_problem(recording->info.id, changed.error());
  co_return json_text(recording::write_caption_list(recording->captions));
}

asio::awaitable<Result<void>> CaptionShelf::change(RecordingPtr recording, std::string language,
                                                   std::optional<CaptionTrack> with) {
  const auto work = [folder = recording->folder, changing = changing_, language,
                     with]() -> Result<Tracks> {
    const std::lock_guard lock(*changing);
    auto tracks = load_captions(folder);
    if (!tracks) return tracks;
    std::erase_if(*tracks,
                  [&language](const CaptionTrack& each) { return each.language == language; });
    if (with) {
      tracks->push_back(*with);
      std::ranges::sort(*tracks, {}, &CaptionTrack::language);
    }
    if (auto kept = keep_caption_list(folder, *tracks); !kept) return tl::unexpected(kept.error());
    return tracks;
  };
  auto tracks = co_await disk_.run(work);
  if (!tracks) co_return tl::unexpected(tracks.error());
  recording->captions = std::move(*tracks);
  ++recording->version;  // texts that were made of others are no more
  co_return Result<void>();
}

}  // namespace longmen

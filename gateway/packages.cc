#include "gateway/packages.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/hex.h"
#include "core/node/json_fields.h"
#include "gateway/attachment.h"
#include "gateway/caption_files.h"
#include "gateway/clip_files.h"
#include "gateway/package_export.h"
#include "net/system_random.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kFeedBytes = 1 << 20;          // for one visit to the pool
constexpr uint64_t kDiscardedBytes = 64 << 20;  // of what is refused
constexpr size_t kMaxCopiedSegments = 20'000;   // an hour of five renditions
constexpr std::string_view kNotYet =
    "the recording cannot be read just now; a long one can be when its session can no longer be "
    "opened again";
constexpr size_t kMaxClipBytes = 4 << 10;

HttpResponse object_response(const json::object& object) {
  HttpResponse response;
  response.fields.set("Content-Type", "application/json");
  response.content = json::serialize(object);
  return response;
}

// Of control's answer, what is for the asker.
json::object told_of(json::object filed) {
  for (const char* ours : {"keep_days", "now_ms", "withdrawn", "shown"})
    filed.erase(ours);
  return filed;
}

// To what is shown of it.
bool is_same(const recording::RecordingInfo& info, const recording::RecordedTrack& here,
             const recording::RecordedTrack& arriving) {
  const auto shown = std::ranges::count_if(here.segments(), [&info](const auto& entry) {
    return info.shows(entry.first) && entry.second.bytes() > 0;
  });
  if (static_cast<size_t>(shown) != arriving.segments().size()) return false;
  return std::ranges::all_of(arriving.segments(), [&](const auto& entry) {
    const recording::RecordedSegment* known = here.find(entry.first);
    if (!known || known->generation != entry.second.generation) return false;
    return entry.second.is_whole() ? known->sha256 == entry.second.sha256
                                   : known->bytes() >= entry.second.bytes();
  });
}

// For the pool: what nobody changes. One whose session may be opened again is still written to, and
// copied; a long one, which would take too long on this thread, is null until it is closed.
std::shared_ptr<const RecordingMedia> snapshot_of(const Recording& recording) {
  if (!recording.media || !recording.writing) return recording.media;
  size_t segments = 0;
  for (const recording::RecordedTrack& track : recording.media->tracks)
    segments += track.segments().size();
  if (segments > kMaxCopiedSegments) return nullptr;
  return std::make_shared<const RecordingMedia>(*recording.media);
}

// What a bucket alone has is not here to be sent or linked; a node without one has no such thing.
constexpr std::string_view kInBucket =
    "its media are in the bucket alone; export it, or make clips of it, where its files are";

// How many of something there are, for as long as this is.
class Counted {
 public:
  explicit Counted(std::shared_ptr<int> count) : count_(std::move(count)) { ++*count_; }
  ~Counted() { --*count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::shared_ptr<int> count_;
};

}  // namespace

void Packages::add_routes(HttpRouter& router) {
  using Handler = Answer (Packages::*)(HttpRequest);
  const auto bound = [this](Handler handler) -> HttpHandlerOfRoute {
    return [this, handler](HttpRequest r) { return (this->*handler)(std::move(r)); };
  };
  router.add({"/api/v1/recordings/{id}/package", "GET", bound(&Packages::send)});
  HttpRoute clips;
  clips.pattern = "/api/v1/recordings/{id}/clips";
  clips.method = "POST";
  clips.max_body_bytes = kMaxClipBytes;
  clips.handler = bound(&Packages::clip);
  router.add(std::move(clips));
  HttpRoute taking;
  taking.pattern = "/api/v1/packages";
  taking.method = "POST";
  taking.body_in_pieces = true;
  taking.max_body_bytes = SIZE_MAX;
  taking.handler = bound(&Packages::take);
  router.add(std::move(taking));
}

// ---- one that leaves

asio::awaitable<HttpResponse> Packages::send(HttpRequest request) {
  if (*exports_ >= kMaxExports)
    co_return http_problem_for_now(503, "several packages are leaving; try again later", 30);
  const auto counted = std::make_shared<Counted>(exports_);
  const json::object nothing;
  auto leave = co_await leave_.ask(request, nothing);
  if (!leave) co_return std::move(leave.error());
  HttpResponse problem;
  const auto recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  if (recording->info.end_ms == 0)
    co_return http_problem(409, "it goes on; it can be exported when it has ended");
  if (recording->dropped) co_return http_problem(409, kInBucket);
  (void)co_await recordings_.load(recording);
  const std::shared_ptr<const RecordingMedia> media = snapshot_of(*recording);
  if (!media) co_return http_problem_for_now(503, kNotYet, 60);
  json::object talk;
  if (const json::value* told = leave->if_contains("talk"); told && told->is_object())
    talk = told->as_object();
  const auto work = [info = recording->info, folder = recording->folder, media, talk] {
    return lay_out_package(info, folder, *media, talk);
  };
  const uint64_t seen = recording->withdrawals;
  auto layout = co_await disk_.run(work);
  if (!layout) co_return http_problem(409, layout.error().message);
  HttpResponse response;
  response.fields.set("Content-Type", "application/x-tar");
  response.fields.set("Cache-Control", "no-store");
  response.fields.set("X-Content-Type-Options", "nosniff");
  response.fields.set("Content-Disposition", attachment_of(recording->info, ".longmen.tar"));
  response.stream_bytes = (*layout)->bytes;
  response.stream = std::make_shared<PackageBody>(disk_, *layout, [recording, seen, counted] {
    return recording->withdrawals == seen && !recording->removed;
  });
  spdlog::info("recording={} leaves as a package of {} MB", recording->info.id,
               (*layout)->bytes >> 20);
  co_return response;
}

// ---- one that arrives

asio::awaitable<HttpResponse> Packages::take(HttpRequest request) {
  const std::string channel(request.target.query_value("channel"));
  const json::object asked{{"channel", channel}};
  auto leave = co_await leave_.ask(request, asked);
  HttpResponse response;
  if (!leave)
    response = std::move(leave.error());
  else if (!recordings_.is_listed())
    response = http_problem_for_now(503, "recordings are being looked for", 1);
  else if (taking_)
    response = http_problem_for_now(503, "another package is being taken in; try again later", 30);
  else
    response = co_await take_in(request, channel);
  if (response.status != 200) co_await StudioLeave::discard(request, kDiscardedBytes);
  co_return response;
}

asio::awaitable<HttpResponse> Packages::take_in(const HttpRequest& request, std::string channel) {
  // For the length of a scope.
  struct Taking {
    explicit Taking(bool& of) : taking(of) { taking = true; }
    ~Taking() { taking = false; }
    Taking(const Taking&) = delete;
    Taking& operator=(const Taking&) = delete;
    bool& taking;
  };
  const Taking now(taking_);
  std::array<uint8_t, 8> random{};
  system_random_bytes(random);
  // What goes with it may be many gigabytes: not on this thread.
  const auto let_go = [&disk = disk_](PackageIntake* intake) {
    (void)disk.run([owned = std::shared_ptr<PackageIntake>(intake)]() mutable -> Result<void> {
      owned.reset();
      return {};
    });
  };
  const std::shared_ptr<PackageIntake> intake(
      new PackageIntake({recordings_.root(), lower_hex(random), reserve_bytes_, courseware_}),
      let_go);
  auto received = co_await receive(request, intake);
  if (!received) co_return std::move(received.error());
  const package::PackageHead& head = intake->reader().head();
  const json::object told{{"channel", channel},
                          {"recording", head.info.id},
                          {"taken", recordings_.find(head.info.id) != nullptr},
                          {"start_ms", head.info.start_ms},
                          {"end_ms", head.info.end_ms},
                          {"talk", head.talk}};
  auto filed = co_await leave_.ask(request, told);
  if (!filed) co_return std::move(filed.error());
  PackageIntake::Filing filing;
  const JsonFields answer{json::object(*filed)};
  answer.read("recording", filing.id);
  answer.read("session", filing.session);
  answer.read("title", filing.title);
  answer.read("keep_days", filing.keep_days);
  answer.read("now_ms", filing.now_ms);
  filing.channel = channel;
  filing.series = head.info.series;
  const auto settle = [intake, filing] { return intake->settle(filing); };
  const auto info = co_await disk_.run(settle);
  if (!info) {
    spdlog::error("a package was not taken in: {}", info.error().message);
    co_await unfile(request, filing.session);
    co_return http_problem_for_now(503, "it cannot be written down: is the disk full?", 30);
  }
  add(*info, head.courseware.size(), intake->captions());
  spdlog::info("recording={} arrived as a package, of {}, {} MB", info->id, head.info.id,
               info->bytes >> 20);
  co_return object_response(told_of(*filed));
}

asio::awaitable<tl::expected<void, HttpResponse>> Packages::receive(const HttpRequest& request,
                                                                    IntakePtr intake) {
  const auto refused = [&intake](const Error& error) {
    if (intake->no_room()) return http_problem(507, "the package: " + error.message);
    if (intake->too_large()) return http_problem(413, "the package: " + error.message);
    if (!intake->disk_failed()) return http_problem(422, "the package: " + error.message);
    spdlog::error("a package was not taken in: {}", error.message);
    return http_problem_for_now(503, "it cannot be written down: is the disk full?", 30);
  };
  bool looked = false;
  for (bool more = true; more;) {
    std::string bytes;
    while (more && bytes.size() < kFeedBytes) {
      HttpBodyPiece piece = std::string();
      if (request.body) piece = co_await request.body->read();
      if (!piece) co_return tl::unexpected(http_problem(piece.error()));
      more = !piece->empty();
      bytes += *piece;
    }
    const auto feed = [intake, bytes] { return intake->feed(bytes); };
    if (const Result<void> fed = co_await disk_.run(feed); !fed)
      co_return tl::unexpected(refused(fed.error()));
    if (looked || !intake->reader().is_described()) continue;
    looked = true;
    if (const std::string same = co_await find_same(intake); !same.empty())
      co_return tl::unexpected(
          http_problem(409, fmt::format("all of it is here already, as recording {}", same)));
  }
  const auto finish = [intake] { return intake->finish(); };
  if (const Result<void> whole = co_await disk_.run(finish); !whole)
    co_return tl::unexpected(refused(whole.error()));
  co_return tl::expected<void, HttpResponse>();
}

asio::awaitable<std::string> Packages::find_same(IntakePtr intake) {
  const recording::RecordingInfo& info = intake->reader().head().info;
  const auto& arriving = intake->reader().tracks();
  std::vector<std::shared_ptr<Recording>> candidates;
  for (const auto& [id, recording] : recordings_.all()) {
    const recording::RecordingInfo& of = recording->info;
    const bool meets = of.start_ms < info.end_ms && (of.end_ms == 0 || of.end_ms > info.start_ms);
    if (meets && !recording->removed && of.same_media(info)) candidates.push_back(recording);
  }
  for (const auto& candidate : candidates) {
    if (const Result<void> loaded = co_await recordings_.load(candidate); !loaded) continue;
    if (!candidate->media || candidate->media->tracks.size() != arriving.size()) continue;
    bool all = true;
    for (size_t i = 0; all && i < arriving.size(); ++i)
      all = is_same(candidate->info, candidate->media->tracks[i], arriving[i]);
    if (all) co_return candidate->info.id;
  }
  co_return std::string();
}

// What control has filed of something that did not come to be.
asio::awaitable<void> Packages::unfile(const HttpRequest& request, std::string session) {
  const json::object told{{"undo", session}};
  const auto undone = co_await leave_.ask(request, told);
  if (!undone) spdlog::error("session={} has no recording and stays in the schedule", session);
}

void Packages::add(const recording::RecordingInfo& info, size_t courseware,
                   std::vector<recording::CaptionTrack> captions) {
  const auto added = recordings_.add(info);
  added->courseware = static_cast<int>(courseware);
  added->captions = std::move(captions);
  arrived_(info.id);
}

// ---- clips

asio::awaitable<HttpResponse> Packages::clip(HttpRequest request) {
  HttpResponse problem;
  const auto source = replay_.find_shown(request.parameters[0], problem);
  json::object wish;
  boost::system::error_code error;
  auto body = json::parse(request.content, error);
  if (!error && body.is_object()) wish = std::move(body.as_object());
  wish.erase("undo");  // ours to say
  if (source && source->dropped) co_return http_problem(409, kInBucket);
  if (source) (void)co_await recordings_.load(source);
  // Who may not hears nothing else.
  auto filed = co_await leave_.ask(request, wish);
  if (!filed) co_return std::move(filed.error());
  if (!source) co_return problem;
  const std::shared_ptr<const RecordingMedia> media = snapshot_of(*source);
  if (!media || source->info.end_ms == 0) co_return http_problem_for_now(503, kNotYet, 60);
  ClipOrder order;
  const JsonFields answer{json::object(*filed)};
  answer.read("recording", order.id);
  answer.read("session", order.session);
  answer.read("title", order.title);
  answer.read("series", order.series);
  answer.read("from_ms", order.range.from_ms);
  answer.read("to_ms", order.range.to_ms);
  answer.read("keep_days", order.keep_days);
  answer.read("now_ms", order.now_ms);
  order.withdrawn = recording::ranges_from_json(answer, "withdrawn");
  order.shown = recording::range_from_json(answer, "shown");
  const auto work = [root = recordings_.root(), info = source->info, media, order] {
    return make_clip_files(root, info, *media, order);
  };
  const uint64_t seen = source->withdrawals;
  auto made = co_await disk_.run(work);
  if (made && (source->withdrawals != seen || source->removed)) {
    const auto take_away = [root = recordings_.root(), id = made->id] {
      return remove_recording(root, id);
    };
    (void)co_await disk_.run(take_away);
    made = fail("something of the recording was withdrawn meanwhile; look again");
  }
  if (!made) {
    spdlog::error("recording={} no clip was made: {}", source->info.id, made.error().message);
    co_await unfile(request, order.session);
    co_return http_problem(409, "the clip was not made: " + made.error().message);
  }
  const auto read = [folder = recordings_.root() + "/" + made->id] {
    return load_captions(folder);
  };
  const auto captions = co_await disk_.run(read);
  add(*made, 0, captions.value_or(std::vector<recording::CaptionTrack>()));
  spdlog::info("recording={} is a clip of {}", made->id, source->info.id);
  co_return object_response(told_of(*filed));
}

}  // namespace longmen

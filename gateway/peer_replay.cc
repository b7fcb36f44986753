#include "gateway/peer_replay.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "core/hls/media_name.h"
#include "gateway/range_answer.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRoot = "/replay/";
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
constexpr std::string_view kMp4 = "download.mp4";
constexpr size_t kMaxQueryValue = 64;
constexpr size_t kBytesBesideSmall = 16 << 10;  // so that there are few thousands
constexpr auto kAnswerWithin = 15s;
constexpr uint64_t kRoomForRecording = 512 << 20;  // above the reserve
constexpr auto kWaitForAnswer = 20s;
// As that of gateway/recorded_media.h, and its bytes.
constexpr std::string_view kMediaCache = "public, max-age=300";

enum class Kind { kNone, kSmall, kMedia, kDownload };

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = path.find('/');
    parts.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return parts;
    path.remove_prefix(end + 1);
  }
}

constexpr std::string_view kMultivariant = "index.m3u8";

bool is_small(const std::vector<std::string_view>& parts) {
  static constexpr std::string_view kOfAll[] = {kMultivariant,   "chapters.vtt",   "chapters.json",
                                                "manifest.json", "captions.json",  "thumbnails.vtt",
                                                "poster.jpg",    "courseware.json"};
  const std::string_view name = parts.back();
  const bool text = name.ends_with(".vtt") || name.ends_with(".m3u8");
  if (parts.size() == 1) return std::ranges::find(kOfAll, name) != std::end(kOfAll);
  if (parts.front() == "captions") return text && parts.size() <= 3;
  if (parts.size() != 2) return false;
  return name == "index.m3u8" || (parts.front() == "thumbnails" && name.ends_with(".jpg"));
}

// Of what is behind /replay/RECORDING/. What has another name is not asked for anywhere.
Kind kind_of(std::string_view path) {
  const auto parts = split(path);
  for (const std::string_view part : parts)
    if (part.empty() || part.front() == '.' ||
        part.find_first_not_of(kNameCharacters) != std::string_view::npos)
      return Kind::kNone;
  const bool courseware = parts.size() == 2 && parts.front() == "courseware";
  if (courseware || path == kMp4) return Kind::kDownload;
  if (is_small(parts)) return Kind::kSmall;
  if (parts.size() >= 2 && hls::read_media_name(path.substr(parts.front().size() + 1)))
    return Kind::kMedia;
  return Kind::kNone;
}

struct ReplayPath {
  std::string_view id, path;
};
std::optional<ReplayPath> read_replay_path(std::string_view path) {
  if (!path.starts_with(kRoot)) return {};
  path.remove_prefix(kRoot.size());
  const size_t end = path.find('/');
  if (end == std::string_view::npos || !recording::is_recording_id(path.substr(0, end))) return {};
  return ReplayPath{path.substr(0, end), path.substr(end + 1)};
}

// Those fields alone of a query that mean something there; a token is nobody else's.
std::string query_of(const HttpRequest& request, std::initializer_list<std::string_view> names) {
  std::string query;
  for (const std::string_view name : names) {
    const std::string_view value = request.target.query_value(name);
    if (value.empty() || value.size() > kMaxQueryValue) continue;
    query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, percent_encode(value));
  }
  return query;
}

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/");
}

HttpProblem no_answer(const Error& error) {
  spdlog::warn("{}", error.message);
  return {504, "a node that has the recording does not answer"};
}

// Of a peer's that is no good here.
HttpProblem problem_of_peer(int status) {
  if (status == 401 || status == 403) return {502, kRefusedByPeer};
  if (status == 404 || status == 410)
    return {404, "the recording has a hole there, or it was withdrawn"};
  if (status >= 500) return {503, "a node that has the recording cannot give it just now"};
  return {502, "a node that has the recording gives something else"};
}

HttpResponse as_response(const HttpProblem& problem) {
  return problem.status == 503 ? http_problem_for_now(503, problem.words, 2)
                               : http_problem(problem);
}

// The entity tag of a download as a name of its blocks; empty: it cannot be one.
std::string name_of_tag(std::string_view etag) {
  if (etag.size() < 3 || etag.size() > 66 || !etag.starts_with('"') || !etag.ends_with('"'))
    return "";
  etag = etag.substr(1, etag.size() - 2);
  return etag.find_first_not_of(kNameCharacters) == std::string_view::npos ? std::string(etag) : "";
}

}  // namespace

// A download that ends when something of it is taken back where it lies.
class PeerReplay::Body : public HttpBody {
 public:
  Body(PeerRecordings& of, RemotePtr remote, std::shared_ptr<HttpBody> body)
      : of_(of), remote_(std::move(remote)), body_(std::move(body)) {}
  asio::awaitable<HttpBodyPiece> read() override {
    const bool shown = co_await of_.still_shown(remote_);
    if (!shown) co_return tl::unexpected(HttpProblem{410, "this was taken back meanwhile"});
    co_return co_await body_->read();
  }

 private:
  PeerRecordings& of_;
  const RemotePtr remote_;
  const std::shared_ptr<HttpBody> body_;
};

PeerReplay::PeerReplay(asio::io_context& io, Recordings& recordings, Replay& replay,
                       WatchGate& gate, DiskPool& disk,
                       std::function<PeerRecordings::Instant()> now)
    : io_(io),
      recordings_(recordings),
      replay_(replay),
      disk_(disk),
      cache_(io, disk),
      remotes_(io, std::move(now), [this](const std::string& folder) { cache_.forget(folder); }) {
  const HttpHandlerOfRoute handler = [this](HttpRequest r) { return serve(std::move(r)); };
  guarded_ = gate.guard(handler, [this](const HttpRequest& request) {
    const RemotePtr remote = remotes_.known(request.parameters[0]);
    return remote ? remote->state.channel : std::string();
  });
}

void PeerReplay::configure(const NodeConfig& config) {
  const NodeConfig::Recording& recording = config.recording;
  on_ = !recording.peers.empty() && recording.peer_cache_gb > 0;
  if (remotes_.configure(recording.peers)) {
    while (!small_.empty())
      forget_small(small_.begin());
  }
  BlockCacheSettings settings;
  if (on_) {
    settings.place.endpoint = "peers";
    settings.directory = (recording.s3.cache_directory.empty() ? config.data_dir + "/replay-cache"
                                                               : recording.s3.cache_directory) +
                         "/longmen-peers";
    settings.max_bytes = static_cast<uint64_t>(recording.peer_cache_gb) * 1'000'000'000;
    settings.reserve_bytes =
        (static_cast<uint64_t>(recording.reserve_mb) << 20) + kRoomForRecording;
  }
  cache_.configure(settings);
}

void PeerReplay::stop() {
  on_ = false;
  remotes_.stop();
  cache_.stop();
}

bool PeerReplay::takes(const HttpRequest& request) const {
  if (!on_ || (request.method != "GET" && request.method != "HEAD") ||
      request.fields.contains(kFromPeerField) || !recordings_.is_listed())
    return false;
  const auto path = read_replay_path(request.target.path);
  return path && !recordings_.find(path->id);
}

PeerReplay::Answer PeerReplay::answer(HttpRequest request) {
  const ReplayPath path = read_replay_path(request.target.path).value_or(ReplayPath{});
  const std::string id(path.id);
  HttpResponse response = http_problem(404, "the recording has nothing of that name");
  if (kind_of(path.path) != Kind::kNone) {
    const RemotePtr remote = co_await remotes_.find(id, response);
    if (remote) {
      request.parameters = {id, std::string(path.path)};
      response = co_await guarded_(std::move(request));
    }
  }
  response.route = "/replay/{recording}/* of a peer";
  co_return response;
}

PeerReplay::Answer PeerReplay::serve(HttpRequest request) {
  HttpResponse response;
  const std::string id = request.parameters[0];
  for (size_t tries = 0; tries <= remotes_.peers(); ++tries) {
    const RemotePtr remote = co_await remotes_.find(id, response);
    if (!remote) co_return response;
    // As in Replay::find_shown.
    if (!replay_.has_channel(remote->state.channel))
      co_return http_problem(403, "its channel is gone, and so is whoever may watch it");
    response = co_await give(request, remote);
    if (response.status != 504) co_return response;
    remotes_.set_away(remote);
  }
  co_return http_problem_for_now(503, "no node that has the recording answers", 2);
}

PeerReplay::Answer PeerReplay::give(const HttpRequest& request, RemotePtr remote) {
  const std::string& path = request.parameters[1];
  const Kind kind = kind_of(path);
  if (kind == Kind::kDownload) co_return co_await give_download(request, remote);
  if (kind == Kind::kSmall) {
    std::string query = path == kMultivariant ? query_of(request, {"t", "at"}) : "";
    if (path == kMultivariant && goes_down_to_sound(request))
      query += query.empty() ? "?sound_alone=1" : "&sound_alone=1";
    const std::string asked = path + query;
    co_return co_await give_small(request, remote, asked);
  }
  std::string name = path;
  std::ranges::replace(name, '/', '~');
  co_return co_await give_media(remote, path, name);
}

PeerReplay::Answer PeerReplay::give_small(const HttpRequest& request, RemotePtr remote,
                                          std::string path) {
  const SmallResult found = co_await small(remote, path, false);
  if (!found) co_return as_response(found.error());
  const Small& told = **found;
  HttpResponse response;
  if (told.text.gzip)
    response = text_response(request, told.text, {.by_player = path.starts_with(kMultivariant)});
  else if (!told.text.plain->empty())
    response.shared = {told.text.plain};
  response.status = told.status;
  for (const HttpFields::Field& field : told.fields)
    response.fields.set(field.name, field.value);
  co_return response;
}

PeerReplay::Answer PeerReplay::give_media(RemotePtr remote, std::string path, std::string name) {
  const std::string key = remote->folder() + '/' + name;
  // What is not there is not asked for again and again.
  if (const KeptSmall* hole = find_small(key); hole) co_return as_response(problem_of_peer(404));
  PeerQuestion question{fmt::format("{}{}/{}", kRoot, remote->id, path), kMaxMediaBytes};
  question.within = kAnswerWithin;
  const BlockCache::Reader reader = [clients = remotes_.clients(), peer = remote->peer,
                                     question](uint64_t) -> tl::expected<std::string, HttpProblem> {
    auto answer = clients->ask(peer, question);
    if (!answer) return tl::unexpected(no_answer(answer.error()));
    if (answer->status != 200 || answer->too_large)
      return tl::unexpected(problem_of_peer(answer->status));
    return std::move(answer->content);
  };
  const BlockCache::BlockResult block = co_await cache_.block(key, 0, reader);
  if (!block) {
    if (block.error().status == 404) keep_small(remote, key, std::make_shared<const Small>());
    co_return as_response(block.error());
  }
  HttpResponse response;
  response.fields.set("Content-Type", path.starts_with("audio") ? "audio/mp4" : "video/mp4");
  response.fields.set("Cache-Control", kMediaCache);
  const auto file = served_file(key);
  file->file = block->file;
  set_file_body(response, disk_, {{nullptr, file, 0, block->bytes}});
  co_return response;
}

PeerReplay::Answer PeerReplay::give_download(const HttpRequest& request, RemotePtr remote) {
  const bool mp4 = request.parameters[1] == kMp4;
  const std::string path =
      request.parameters[1] + (mp4 ? query_of(request, {"rendition", "audio"}) : "");
  const SmallResult found = co_await small(remote, path, true);
  if (!found) co_return as_response(found.error());
  const Small& about = **found;
  if (about.status == 409)
    co_return http_problem(409, "it goes on; it can be downloaded when it has ended");
  if (about.status != 200)
    co_return http_problem(404, mp4 ? "the recording has no such rendition, or not in that language"
                                    : "the recording has no such file");
  const std::string etag(about.fields.value("ETag"));
  const std::string name = name_of_tag(etag);
  if (name.empty() || about.bytes == 0) co_return as_response(problem_of_peer(200));
  HttpResponse response;
  const auto range = answer_range(request, etag, about.bytes, response);
  if (!range) co_return response;
  for (const char* field :
       {"Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy"})
    if (about.fields.contains(field)) response.fields.set(field, about.fields.value(field));
  PeerQuestion question{fmt::format("{}{}/{}", kRoot, remote->id, path), BlockCache::kBlockBytes};
  question.if_range = etag;
  question.within = kAnswerWithin;
  const auto file = served_file(remote->folder() + "/download-" + name);
  file->far = &cache_;
  file->reader = [clients = remotes_.clients(), peer = remote->peer, question,
                  bytes = about.bytes](uint64_t number) -> tl::expected<std::string, HttpProblem> {
    PeerQuestion asked = question;
    const uint64_t first = number * BlockCache::kBlockBytes;
    const uint64_t end = std::min(bytes, first + BlockCache::kBlockBytes);
    asked.range = fmt::format("{}-{}", first, end - 1);
    auto answer = clients->ask(peer, asked);
    if (!answer) return tl::unexpected(no_answer(answer.error()));
    if (answer->status != 206 || answer->content.size() != end - first)
      return tl::unexpected(problem_of_peer(answer->status));
    return std::move(answer->content);
  };
  std::vector<FilePiece> pieces{{nullptr, file, range->first, range->count}};
  const auto body = std::make_shared<FileBody>(disk_, std::move(pieces), nullptr);
  response.stream_bytes = range->count;
  if (request.method != "HEAD") {
    const auto begun = co_await body->begin();
    if (!begun) co_return as_response(begun.error());
  }
  response.stream = std::make_shared<Body>(remotes_, remote, body);
  co_return response;
}

asio::awaitable<PeerReplay::SmallResult> PeerReplay::small(RemotePtr remote, std::string path,
                                                           bool head) {
  const std::string key = fmt::format("{}/{}{}", remote->folder(), path, head ? " HEAD" : "");
  if (const KeptSmall* known = find_small(key)) {
    ++figures_.hits;
    co_return known->told;
  }
  if (const auto other = asking_.find(key); other != asking_.end()) {
    ++figures_.joined;
    const std::shared_ptr<Asking> asking = other->second;
    const auto deadline = std::chrono::steady_clock::now() + kWaitForAnswer;
    while (!asking->result && std::chrono::steady_clock::now() < deadline)
      co_await asking->done.wait(deadline);
    if (!asking->result) co_return tl::unexpected(problem_of_peer(503));
    co_return *asking->result;
  }
  const auto asking = std::make_shared<Asking>(io_);
  asking_[key] = asking;
  PeerQuestion question{fmt::format("{}{}/{}", kRoot, remote->id, path), kMaxSmallBytes};
  question.head = head;
  question.within = kAnswerWithin;
  const auto work = [clients = remotes_.clients(), peer = remote->peer,
                     question]() -> Result<SmallResult> {
    auto answer = clients->ask(peer, question);
    if (!answer) return SmallResult(tl::unexpected(no_answer(answer.error())));
    const int status = answer->status;
    if (answer->too_large) return SmallResult(tl::unexpected(problem_of_peer(status)));
    if (status != 200 && status != 204 && status != 404 && status != 409 && status != 410)
      return SmallResult(tl::unexpected(problem_of_peer(status)));
    auto told = std::make_shared<Small>();
    told->status = status;
    told->fields = std::move(answer->fields);
    told->bytes = answer->bytes;
    const bool text = status == 200 && is_text(told->fields.value("Content-Type"));
    if (text) told->text = packed(answer->content);
    if (!text)
      told->text.plain =
          std::make_shared<const Bytes>(answer->content.begin(), answer->content.end());
    return SmallResult(std::move(told));
  };
  auto done = co_await remotes_.threads().run(work);
  const SmallResult result = done ? *done : SmallResult(tl::unexpected(problem_of_peer(503)));
  if (const auto mine = asking_.find(key); mine != asking_.end() && mine->second == asking)
    asking_.erase(mine);
  ++(result ? figures_.fetched : figures_.failed);
  if (result) keep_small(remote, key, *result);
  asking->result = result;
  asking->done.ring();
  co_return result;
}

const PeerReplay::KeptSmall* PeerReplay::find_small(const std::string& key) const {
  const auto found = small_by_key_.find(key);
  if (found == small_by_key_.end() || found->second->until <= remotes_.now()) return nullptr;
  return &*found->second;
}

void PeerReplay::keep_small(const RemotePtr& remote, std::string key, SmallPtr told) {
  if (const auto old = small_by_key_.find(key); old != small_by_key_.end())
    forget_small(old->second);
  const Instant until = remotes_.now() + (remote->state.ended ? kFreshFor : kLiveFreshFor);
  const PlaylistText& text = told->text;
  const size_t bytes = kBytesBesideSmall + (text.plain ? text.plain->size() : 0) +
                       (text.gzip ? text.gzip->size() : 0);
  small_.push_front({std::move(key), until, std::move(told), bytes});
  small_by_key_.emplace(small_.front().key, small_.begin());
  small_bytes_ += bytes;
  while (!small_.empty() &&
         (small_bytes_ > kMaxSmallBytes || small_.back().until <= remotes_.now()))
    forget_small(std::prev(small_.end()));
}

void PeerReplay::forget_small(SmallList::iterator kept) {
  small_bytes_ -= kept->bytes;
  small_by_key_.erase(kept->key);
  small_.erase(kept);
}

}  // namespace longmen

#include "gateway/hole_filler.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "core/base/hex.h"
#include "core/base/sha256_stream.h"
#include "core/hls/media_name.h"
#include "core/recording/hole_filling.h"
#include "gateway/peer_client.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using recording::Hole;
using recording::RecordingInfo;

constexpr size_t kMaxInitBytes = 64 << 10;

struct Wanted {
  RecordingInfo info;
  std::vector<Hole> holes;
  std::set<uint64_t> inits;  // that are there
};
struct Fetched {
  std::vector<WriterPart> parts;
  std::set<std::pair<size_t, int64_t>> segments;
  size_t bytes = 0;
  std::string words;  // what was wrong last
};

// Of one node, by one connection.
class Source {
 public:
  Source(const RecordingPeer& peer, std::stop_token stop, const Wanted& wanted)
      : client_(peer, std::move(stop)), wanted_(wanted), folder_("/replay/" + wanted.info.id) {}

  Result<void> fetch(Fetched& fetched) {
    const auto text = client_.get(folder_ + "/manifest.json", recording::kMaxManifestBytes);
    if (!text) return tl::unexpected(text.error());
    const auto manifest = recording::read_manifest(*text);
    if (!manifest) return tl::unexpected(manifest.error());
    for (const Hole& hole : wanted_.holes) {
      if (fetched.segments.contains({hole.track, hole.media_sequence})) continue;
      const auto* segment = recording::find_segment(*manifest, wanted_.info, hole);
      if (!segment || segment->bytes > HoleFiller::kMaxFetched) continue;
      if (fetched.bytes + segment->bytes > HoleFiller::kMaxFetched) return {};
      if (auto taken = fetch(hole, *segment, fetched); !taken) return taken;
    }
    return {};
  }

 private:
  Result<void> fetch(const Hole& hole, const recording::ManifestSegment& of, Fetched& fetched) {
    const std::string track = folder_ + "/" + wanted_.info.tracks[hole.track].name + "/";
    const auto bytes = client_.get(track + of.name, of.bytes);
    if (!bytes) return tl::unexpected(bytes.error());
    const auto parts = recording::parts_of(wanted_.info, hole, of, as_bytes(*bytes));
    if (!parts)
      return fail(fmt::format("{}{}{}: {}", client_.url(), track, of.name, parts.error().message));
    const auto init = init_of(track, parts->front().record.init);
    if (!init) return tl::unexpected(init.error());
    for (const recording::FilledPart& part : *parts) {
      WriterPart& written = fetched.parts.emplace_back();
      written.recording = wanted_.info.id;
      written.track = hole.track;
      written.record = part.record;
      written.bytes = std::make_shared<const Bytes>(part.bytes.begin(), part.bytes.end());
      written.init = *init;
      written.late = true;
    }
    fetched.bytes += bytes->size();
    fetched.segments.insert({hole.track, hole.media_sequence});
    return {};
  }

  // One that the recording has is not asked for.
  Result<cmaf::InitSegmentPtr> init_of(const std::string& track, uint64_t number) {
    cmaf::InitSegmentPtr& known = inits_[number];
    if (known) return known;
    auto init = std::make_shared<cmaf::InitSegment>();
    init->name = recording::init_name_of(number);
    if (!wanted_.inits.contains(number)) {
      const std::string path = track + hls::init_name(init->name);
      const auto bytes = client_.get(path, kMaxInitBytes);
      if (!bytes) return tl::unexpected(bytes.error());
      init->bytes.assign(bytes->begin(), bytes->end());
      if (lower_hex(sha256_digest(init->bytes)).substr(0, init->name.size()) != init->name)
        return fail(client_.url() + path + ": it is not what its name says");
    }
    known = std::move(init);
    return known;
  }

  PeerClient client_;
  const Wanted& wanted_;
  const std::string folder_;
  std::map<uint64_t, cmaf::InitSegmentPtr> inits_;
};

Fetched fetch_from(const std::vector<RecordingPeer>& peers, const std::stop_token& stop,
                   const Wanted& wanted) {
  Fetched fetched;
  for (const RecordingPeer& peer : peers) {
    const auto asked = Source(peer, stop, wanted).fetch(fetched);
    if (!asked) fetched.words = asked.error().message;
  }
  return fetched;
}

}  // namespace

HoleFiller::HoleFiller(asio::io_context& io, Recordings& recordings, Recorder& recorder,
                       std::function<int64_t()> wall_ms)
    : io_(io),
      recordings_(recordings),
      recorder_(recorder),
      wall_ms_(std::move(wall_ms)),
      bell_(io),
      others_(io) {}

void HoleFiller::configure(std::vector<RecordingPeer> peers) {
  if (peers != peers_) known_.clear();
  peers_ = std::move(peers);
  if (peers_.empty() || stopped_ || std::exchange(running_, true)) return;
  asio::co_spawn(io_, run(), asio::detached);
}

void HoleFiller::stop() {
  stopped_ = true;
  stop_.request_stop();
  bell_.ring();
}

asio::awaitable<void> HoleFiller::run() {
  while (!stopped_) {
    co_await bell_.wait(std::chrono::steady_clock::now() + kLookEvery);
    if (stopped_ || !recordings_.is_listed()) continue;
    std::erase_if(known_, [this](const auto& each) { return !recordings_.find(each.first); });
    const auto due = std::ranges::find_if(
        recordings_.all(), [this](const auto& each) { return is_due(*each.second); });
    if (due != recordings_.all().end()) {
      const RecordingPtr recording = due->second;
      co_await look_at(recording);
    }
  }
  running_ = false;
}

bool HoleFiller::is_due(const Recording& recording) const {
  const RecordingInfo& info = recording.info;
  // A clip has what its source had.
  if (recording.writing || recording.removed || recording.dropped || info.end_ms == 0 ||
      !info.source.empty() || wall_ms_() - info.end_ms > std::chrono::milliseconds(kYoung).count())
    return false;
  const auto known = known_.find(info.id);
  if (known == known_.end()) return true;
  return known->second.settled != recording.version &&
         std::chrono::steady_clock::now() >= known->second.not_before;
}

asio::awaitable<void> HoleFiller::look_at(RecordingPtr recording) {
  const std::string id = recording->info.id;
  const uint64_t version = recording->version;
  const Result<void> loaded = co_await recordings_.load(recording);
  if (stopped_) co_return;
  Known& known = known_[id];
  known.not_before = std::chrono::steady_clock::now() + known.pause;
  if (!loaded || !recording->media || recording->writing) co_return;
  Wanted wanted{
      recording->info, recording::holes_of(recording->info, recording->media->tracks), {}};
  if (wanted.holes.empty()) {
    known.settled = version;
    co_return;
  }
  for (const auto& [number, bytes] : recording->media->inits)
    wanted.inits.insert(number);
  const size_t holes = wanted.holes.size();
  const auto work = [peers = peers_, stop = stop_.get_token(),
                     wanted = std::move(wanted)]() -> Result<Fetched> {
    return fetch_from(peers, stop, wanted);
  };
  auto fetched = co_await others_.run(work);
  if (stopped_) co_return;
  const std::string words = fetched ? fetched->words : fetched.error().message;
  const size_t segments = fetched ? fetched->segments.size() : 0;
  Known& now = known_[id];
  // Also what came and was not taken, since the rest of its segment is another generation's.
  const bool helped = segments > 0 && holes < std::exchange(now.holes, holes);
  now.pause = helped ? kFirstPause : std::min<std::chrono::minutes>(2 * now.pause, kLongestPause);
  now.not_before = std::chrono::steady_clock::now() + now.pause;
  if (!words.empty() || segments > 0)
    spdlog::info("recording={} {} of {} segments that are holes came from other nodes{}{}", id,
                 segments, holes, words.empty() ? "" : "; ", words);
  if (segments == 0 || !recorder_.fill_holes(recording, std::move(fetched->parts))) co_return;
  filled_ += segments;
  // The rest of a long hole follows at once.
  if (helped && segments < holes && words.empty()) now.not_before = {};
}

}  // namespace longmen

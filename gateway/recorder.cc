#include "gateway/recorder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "core/recording/retention.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using recording::RecordingInfo;
using recording::RecordingPlan;

constexpr auto kTick = 1s;
constexpr auto kHouseEvery = 30s;
constexpr auto kGrowthEvery = 10s;  // of recordings that are being written, for control
constexpr int kMaxNames = 99;       // of recordings of one session, for channels that change

SyncRule sync_rule_of(std::string_view name) {
  if (name == "segment") return SyncRule::kSegment;
  return name == "off" ? SyncRule::kOff : SyncRule::kPart;
}

std::string_view name_of(WriterState::Kind kind) {
  switch (kind) {
    case WriterState::Kind::kReady:
      return "ready";
    case WriterState::Kind::kFull:
      return "full";
    case WriterState::Kind::kFailed:
      return "failed";
  }
  return {};
}

// Since 1970.
int64_t milliseconds_of(MediaTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

uint64_t bytes_per_second(const Channel& channel) {
  uint64_t kbps = sounds_of(channel.sound) * static_cast<uint64_t>(channel.aac_kbps);
  for (const VideoRung& rung : channel.video)
    kbps += static_cast<uint64_t>(rung.bitrate_kbps);
  return kbps * 1000 / 8;
}

// What is not closed yet does not say it itself.
uint64_t bytes_of(const Recording& recording) {
  uint64_t bytes = recording.info.bytes;
  if (!recording.media || !recording.writing) return bytes;
  for (const recording::RecordedTrack& track : recording.media->tracks)
    bytes += track.bytes();
  return bytes;
}

}  // namespace

Recorder::Recorder(asio::io_context& io, Clocks clocks, Recordings& recordings, Hls& hls)
    : io_(io),
      clocks_(std::move(clocks)),
      recordings_(recordings),
      hls_(hls),
      timer_(io),
      writer_(std::make_unique<RecordingWriter>(events())) {}

// The writer calls on its own thread; here all is done on ours, and nothing after the end.
WriterEvents Recorder::events() {
  const auto post = [this](auto handler) {
    return [this, handler, alive = std::weak_ptr<bool>(alive_)](auto... values) {
      asio::post(io_, [this, handler, alive, ... values = std::move(values)]() mutable {
        if (!alive.expired()) (this->*handler)(std::move(values)...);
      });
    };
  };
  WriterEvents events;
  events.opened = post(&Recorder::on_opened);
  events.init = post(&Recorder::on_init);
  events.segment = post(&Recorder::on_segment);
  events.closed = post(&Recorder::on_closed);
  events.removed = post(&Recorder::on_removed);
  events.state = [this, alive = std::weak_ptr<bool>(alive_)](const WriterState& state) {
    asio::post(io_, [this, alive, state] {
      if (!alive.expired()) state_ = state;
    });
  };
  return events;
}

// ---- configuration

void Recorder::set_bucket(RecordingBucket& bucket) {
  bucket_ = &bucket;
  bucket.on_found([this] { report_all(); });
}

void Recorder::configure(const NodeConfig& config, const std::vector<Channel>& channels) {
  if (stopped_) return;
  settings_ = config.recording;
  reopen_within_ = std::chrono::minutes(config.schedule.reopen_minutes);
  channels_ = channels;
  const std::string root =
      settings_.directory.empty() ? config.data_dir + "/recordings" : settings_.directory;
  writer_->set(
      {root, sync_rule_of(settings_.fsync), static_cast<uint64_t>(settings_.reserve_mb) << 20});
  if (bucket_) bucket_->configure(config, root);
  if (root != recordings_.root()) {
    active_.clear();
    ending_.clear();
    begun_ = false;
    asio::co_spawn(io_, recordings_.list(root),
                   [this, alive = std::weak_ptr<bool>(alive_)](const std::exception_ptr&) {
                     if (!alive.expired()) begin();
                   });
  }
  if (!std::exchange(configured_, true)) tick();
  apply();
}

// Once it is known what there is and what time it is: what is not gone on with then has ended.
void Recorder::begin() {
  if (stopped_ || begun_ || !recordings_.is_listed() || !clocks_.media.is_set()) return;
  begun_ = true;
  apply();
  std::erase_if(early_, [this](const auto& of) { return !active_.contains(of.first); });
  end_forgotten();
  std::vector<RecordingPtr> ended;
  for (const auto& [id, recording] : recordings_.all())
    if (recording->info.end_ms != 0 && recording->info.source.empty()) ended.push_back(recording);
  std::ranges::sort(ended, {}, [](const RecordingPtr& each) { return each->info.end_ms; });
  std::ranges::for_each(ended, [this](const RecordingPtr& each) { remember_ended(each); });
  report_all();
}

void Recorder::stop() {
  if (std::exchange(stopped_, true)) return;
  timer_.cancel();
}

void Recorder::tick() {
  const auto now = SteadyClock::now();
  begin();
  apply();
  keep_room();
  if (now - house_kept_ >= kHouseEvery) {
    house_kept_ = now;
    remove_old();
    for (const std::string& id : ending_) {
      if (const RecordingPtr recording = recordings_.find(id)) writer_->close(recording->info);
    }
    for (const auto& [id, recording] : recordings_.all()) {
      if (recording->removed && recording_of(recording->info.channel) != recording)
        writer_->remove(id);
    }
  }
  if (now - reported_growth_ >= kGrowthEvery) {
    reported_growth_ = now;
    for (const auto& [channel, id] : active_)
      to_report_.insert(id);
  }
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled && !stopped_) tick();
  });
}

MediaTime Recorder::now() const {
  return clocks_.media.media_at(SteadyClock::now());
}

// ---- what is recorded

void Recorder::apply() {
  if (stopped_ || !recordings_.is_listed() || !clocks_.media.is_set()) return;
  for (const Channel& channel : channels_)
    apply(channel);
  std::vector<std::string> gone;
  for (const auto& [channel, id] : active_) {
    if (std::ranges::find(channels_, channel, &Channel::id) == channels_.end())
      gone.push_back(channel);
  }
  for (const std::string& channel : gone) {
    end(recordings_.find(active_[channel]));
    active_.erase(channel);
  }
  for (const auto& [id, recording] : recordings_.all())
    take_back_cuts(recording);
}

void Recorder::apply(const Channel& channel) {
  const int64_t media_ms = milliseconds_of(now());
  auto plan =
      recording::plan_recording(channel, now(), clocks_.wall_ms() - media_ms, reopen_within_);
  const std::shared_ptr<HlsChannel> live = hls_.find_channel(channel.id);
  if (!settings_.enabled) plan.reset();
  const auto active = active_.find(channel.id);
  RecordingPtr recording;
  if (plan && live) {
    const RecordingInfo made =
        recording::info_of_channel(live->channel(), live->live().grid().parts_per_segment());
    recording = recording_for(channel, *plan, made);
  }
  if (active != active_.end() && (!recording || active->second != recording->info.id)) {
    end(recordings_.find(active->second));
    active_.erase(active);
  }
  if (!recording) return;
  RecordingInfo info = recording->info;
  info.title = plan->title;
  info.series = plan->series;
  // A session's own start and end; its start as it was understood first.
  if (!plan->session.empty() && (info.end_ms == 0) != (plan->end_ms == 0))
    info.end_ms = plan->end_ms;
  if (plan->session.empty()) info.end_ms = 0;
  info.bytes = 0;  // known when it is closed
  info.hole_ms = 0;
  const bool begins = active_.emplace(channel.id, info.id).second;
  if (!begins && info == recording->info) return;
  if (begins) {
    recording->media.reset();
    recording->writing = true;
    ending_.erase(info.id);
    spdlog::info("recording channel={} recording={}", channel.id, info.id);
  }
  recording->info = info;
  writer_->open(info);
  changed(recording);
}

// The one that is there, or a new one; one of other renditions has another name.
Recorder::RecordingPtr Recorder::recording_for(const Channel& channel, const RecordingPlan& plan,
                                               const RecordingInfo& made) {
  const int64_t media_ms = milliseconds_of(now());
  bool removed = false;
  RecordingInfo info = made;
  for (int name = 1; name <= kMaxNames; ++name) {
    info.id = name == 1 ? plan.id : fmt::format("{}-{}", plan.id, name);
    RecordingPtr found = recordings_.find(info.id);
    // What was removed stays so; what comes now is another one's.
    const bool refused = found && found->removed && plan.end_ms == 0;
    removed = removed || refused;
    // Nor is anything written to what has left this disk.
    const bool closed = refused || (found && found->dropped);
    if (found && !closed && found->info.same_media(made)) return found;
    if (found) continue;
    info.session = plan.session;
    info.start_ms = removed ? media_ms : plan.start_ms;
    info.end_ms = plan.end_ms;
    if (name > 1)
      spdlog::warn("recording={} has other renditions or was removed, and goes on as {} channel={}",
                   plan.id, info.id, channel.id);
    return recordings_.add(info);
  }
  return nullptr;
}

void Recorder::end(const RecordingPtr& recording) {
  if (!recording) return;
  if (recording->removed) return writer_->remove(recording->info.id);
  RecordingInfo& info = recording->info;
  if (info.end_ms == 0) info.end_ms = milliseconds_of(now());
  info.end_ms = std::max(info.end_ms, info.start_ms + 1);
  ending_.insert(info.id);
  writer_->close(info);
  changed(recording);
  remember_ended(recording);
}

void Recorder::remember_ended(const RecordingPtr& recording) {
  std::deque<RecordingPtr>& ended = ended_[recording->info.channel];
  std::erase(ended, recording);
  ended.push_front(recording);
  if (ended.size() > kMaxEnded) ended.pop_back();
}

// What an earlier process did not get to.
void Recorder::end_forgotten() {
  for (const auto& [id, recording] : recordings_.all()) {
    const RecordingInfo& info = recording->info;
    if (recording->writing || recording->dropped || (info.end_ms != 0 && info.bytes != 0)) continue;
    recording->writing = true;
    ending_.insert(id);
    writer_->close(info);
  }
}

std::vector<std::string> Recorder::expired() const {
  std::vector<recording::RetainedRecording> all;
  for (const auto& [id, recording] : recordings_.all()) {
    const RecordingInfo& info = recording->info;
    // Of what arrived, or was made of another one, the age is that of its being here.
    const int64_t from_ms = info.end_ms == 0 ? 0 : std::max(info.end_ms, info.kept_from_ms);
    all.push_back(
        {id, from_ms, bytes_of(*recording), info.keep, recording->writing, info.keep_days});
  }
  const recording::RetentionRule rule{settings_.keep_days,
                                      static_cast<uint64_t>(settings_.max_gb) * 1'000'000'000};
  // By the clock of the ends, which is kept from stepping.
  return recording::recordings_to_remove(std::move(all), rule, milliseconds_of(now()));
}

void Recorder::remove_old() {
  if (!recordings_.is_listed() || !clocks_.media.is_set()) return;
  for (const std::string& id : expired()) {
    spdlog::info("recording={} is removed, as its series or [recording] keep_days and max_gb say",
                 id);
    writer_->remove(id);
  }
}

void Recorder::keep_room() {
  if (!bucket_ || !bucket_->is_on() || !begun_) return;
  const uint64_t reserve = static_cast<uint64_t>(settings_.reserve_mb) << 20;
  bucket_->drop_copies(reserve);
  writer_->set_room(bucket_->spool_room());
}

// ---- what is published

void Recorder::handle_published(const HlsChannel& channel,
                                const hls::LiveChannel::Published& part) {
  const RecordingPtr recording = recording_of(channel.channel().id);
  if (!recording) return;
  if (channel.has_captions() && !std::exchange(recording->info.closed_captions, true))
    keep_info(recording);
  if (part.gap) ++holes_;
  // Before it is open, fill() has it.
  if (part.gap || !recording->media) return;
  const auto& window = channel.live().renditions()[part.rendition].window;
  const hls::WindowSegment* segment = window.find(part.number.media_sequence);
  if (!segment) return;
  const hls::WindowPart& bytes = segment->parts[static_cast<size_t>(part.number.part)];
  if (!bytes.bytes || !segment->init) return;  // taken back meanwhile
  const auto init = recording::init_number(segment->init->name);
  push(*recording, part.rendition,
       {channel.live().renditions()[part.rendition].id, segment->generation, init.value_or(0),
        part.number, bytes.independent, segment->discontinuity, 0},
       bytes.bytes, segment->init, /*late=*/false);
}

void Recorder::handle_late(const HlsChannel& channel, hls::LiveChannel::Late late) {
  const std::string& id = channel.channel().id;
  const RecordingPtr recording = recording_of(id);
  if (recording && recording->media) return push_late(*recording, late);
  if (!recording && begun_) return;
  auto& early = early_[id];
  if (early.size() < kMaxEarly) early.push_back(std::move(late));
}

void Recorder::push_late(const Recording& recording, const hls::LiveChannel::Late& late) {
  if (late.rendition >= recording.info.tracks.size()) return;
  const auto init = recording::init_number(late.part.init->name);
  push(recording, late.rendition,
       {recording.info.tracks[late.rendition].id, late.generation, init.value_or(0),
        late.part.number, late.part.independent, false, 0},
       late.part.bytes, late.part.init, /*late=*/true);
}

// What the live window has; the writer leaves out what is there.
void Recorder::fill(const std::string& id) {
  const std::shared_ptr<HlsChannel> channel = hls_.find_channel(id);
  if (!channel) return;
  const auto& renditions = channel->live().renditions();
  for (size_t i = 0; i < renditions.size(); ++i) {
    for (const hls::WindowSegment& segment : renditions[i].window.segments()) {
      for (size_t part = 0; part < segment.parts.size(); ++part) {
        if (!segment.parts[part].bytes) continue;
        handle_published(*channel, {i, {segment.media_sequence, static_cast<int>(part)}, false});
      }
    }
  }
  const RecordingPtr recording = recording_of(id);
  const auto early = early_.find(id);
  if (early == early_.end() || !recording) return;
  for (const hls::LiveChannel::Late& late : early->second)
    push_late(*recording, late);
  early_.erase(early);
}

void Recorder::push(const Recording& recording, size_t track, const recording::PartRecord& record,
                    SharedBytes bytes, const cmaf::InitSegmentPtr& init, bool late) {
  if (record.number.media_sequence < recording.info.first_segment()) return;
  if (track >= recording.info.tracks.size() || recording.info.tracks[track].id != record.rendition)
    return;
  WriterPart part{recording.info.id, track, record, std::move(bytes), init, late};
  part.record.bytes = static_cast<uint32_t>(part.bytes->size());
  if (!writer_->write(std::move(part))) ++holes_;
}

Recorder::RecordingPtr Recorder::recording_of(std::string_view channel) const {
  const auto found = active_.find(channel);
  return found == active_.end() ? nullptr : recordings_.find(found->second);
}

std::vector<Recorder::RecordingPtr> Recorder::ended_of(std::string_view channel) const {
  const auto found = ended_.find(channel);
  if (found == ended_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

// ---- what the writer says

void Recorder::on_opened(const std::string& id, LoadedRecording loaded) {
  const RecordingPtr recording = recordings_.find(id);
  if (!recording || !recording->writing) return;
  recording->media = std::make_shared<RecordingMedia>();
  recording->media->tracks = loaded.recorded();
  recording->media->inits = std::move(loaded.inits);
  recording->live_from = live_from(recording->info.channel);
  ++recording->version;
  if (recording_of(recording->info.channel) == recording) fill(recording->info.channel);
}

void Recorder::on_init(const std::string& id, uint64_t init, std::shared_ptr<const Bytes> bytes) {
  const RecordingPtr recording = recordings_.find(id);
  if (recording && recording->writing && recording->media)
    recording->media->inits[init] = std::move(bytes);
}

void Recorder::on_segment(const std::string& id, recording::RecordedSegment segment) {
  const RecordingPtr recording = recordings_.find(id);
  if (!recording || !recording->writing || !recording->media) return;
  // What is not shown changes nothing for whoever watches: what was made of it stays good. By one
  // behind the end it is known that nothing more comes.
  const RecordingInfo& info = recording->info;
  if (segment.media_sequence >= info.first_segment() &&
      segment.media_sequence <= info.end_segment())
    note_change(*recording, segment);
  for (recording::RecordedTrack& track : recording->media->tracks) {
    if (track.rendition() != segment.rendition) continue;
    track.put(std::move(segment));
    break;
  }
}

void Recorder::note_change(Recording& recording, const recording::RecordedSegment& segment) const {
  ++recording.version;
  const std::string& channel = recording.info.channel;
  // A window that begins anew may have again what was settled.
  const int64_t from = live_from(channel);
  const bool is_settled = from >= std::exchange(recording.live_from, from);
  if (is_settled && segment.media_sequence >= live_from(channel, segment.rendition))
    ++recording.live_changes;
}

int64_t Recorder::live_from(const std::string& channel, std::optional<RenditionId> of) const {
  int64_t first = INT64_MAX;
  const std::shared_ptr<HlsChannel> live = hls_.find_channel(channel);
  if (!live) return first;
  for (const hls::LiveChannel::Rendition& rendition : live->live().renditions()) {
    if (rendition.window.empty() || (of && *of != rendition.id)) continue;
    first = std::min(first, rendition.window.segments().front().media_sequence);
  }
  return first;
}

void Recorder::on_closed(const std::string& id, Result<RecordingInfo> info) {
  const RecordingPtr recording = recordings_.find(id);
  if (!recording || !ending_.contains(id)) return;  // or it goes on again
  if (!info) return spdlog::warn("recording={} is not closed yet: {}", id, info.error().message);
  ending_.erase(id);
  recording->writing = false;
  recording->media.reset();  // it is read anew: what was outside of it is gone
  // What was ordered meanwhile.
  info->keep = recording->info.keep;
  info->withdrawn = recording->info.withdrawn;
  info->cuts = recording->info.cuts;
  info->chapters = recording->info.chapters;
  info->shown = recording->info.shown;
  info->closed_captions = recording->info.closed_captions;
  info->keep_days = recording->info.keep_days;
  recording->info = std::move(*info);
  writer_->rewrite_info(recording->info);
  spdlog::info("recording={} has ended: {} MB, {} ms of it are holes", id,
               recording->info.bytes >> 20, recording->info.hole_ms);
  changed(recording);
  measure_sound(recording);
}

void Recorder::on_removed(const std::string& id) {
  if (const RecordingPtr recording = recordings_.find(id)) {
    gone_.push_back(report_of(*recording));
    gone_.back().state = "gone";
    std::erase(ended_[recording->info.channel], recording);
  }
  recordings_.forget(id);
  if (bucket_) bucket_->forget(id);
  ending_.erase(id);
  to_report_.erase(id);
}

// ---- control

void Recorder::changed(const RecordingPtr& recording) {
  ++recording->version;
  to_report_.insert(recording->info.id);
}

void Recorder::report_again(const std::string& id) {
  to_report_.insert(id);
  const RecordingPtr recording = recordings_.find(id);
  if (recording && recording->sound_bytes < 0) measure_sound(recording);
}

void Recorder::measure_sound(const RecordingPtr& recording) {
  if (recording->writing || recording->removed || recording->info.end_ms == 0) return;
  asio::co_spawn(
      io_, recordings_.sound_bytes(recording),
      [this, alive = std::weak_ptr<bool>(alive_), recording, seen = recording->withdrawals](
          const std::exception_ptr& failed, const Result<int64_t>& bytes) {
        if (alive.expired() || failed || !bytes) return;
        // Of what was otherwise then, the next one says it.
        if (recording->writing || recording->withdrawals != seen) return;
        recording->sound_bytes = *bytes;
        to_report_.insert(recording->info.id);
      });
}

void Recorder::report_all() {
  for (const auto& [id, recording] : recordings_.all())
    to_report_.insert(id);
}

RecordingReport Recorder::report_of(const Recording& recording) const {
  const RecordingInfo& info = recording.info;
  RecordingReport report{info.id,      info.channel,
                         info.session, info.title,
                         info.series,  info.start_ms,
                         info.end_ms,  bytes_of(recording),
                         info.hole_ms, info.end_ms == 0 ? "recording" : "ended",
                         info.cuts};
  report.source = info.source;
  report.segment_ms = int64_t{1000} * info.gop_seconds;
  report.courseware = recording.courseware;
  report.sound_bytes = recording.writing ? 0 : recording.sound_bytes;
  return report;
}

std::vector<RecordingReport> Recorder::take_reports() {
  std::vector<RecordingReport> reports;
  while (!gone_.empty() && reports.size() < kMaxReportsAtOnce) {
    reports.push_back(std::move(gone_.back()));
    gone_.pop_back();
  }
  while (!to_report_.empty() && reports.size() < kMaxReportsAtOnce) {
    if (const RecordingPtr recording = recordings_.find(*to_report_.begin()))
      reports.push_back(report_of(*recording));
    to_report_.erase(to_report_.begin());
  }
  return reports;
}

void Recorder::give_back(const std::vector<RecordingReport>& reports) {
  for (const RecordingReport& report : reports) {
    if (report.state == "gone")
      gone_.push_back(report);
    else
      to_report_.insert(report.id);
  }
}

RecorderReport Recorder::report() const {
  RecorderReport report;
  report.state = settings_.enabled ? name_of(state_.kind) : "off";
  report.words = state_.words;
  report.free_bytes = writer_->figures().free_bytes;
  uint64_t rate = 0;
  for (const Channel& channel : channels_)
    if (active_.empty() || active_.contains(channel.id)) rate += bytes_per_second(channel);
  const uint64_t reserve = static_cast<uint64_t>(settings_.reserve_mb) << 20;
  if (rate > 0 && report.free_bytes > reserve)
    report.seconds_left = static_cast<int64_t>((report.free_bytes - reserve) / rate);
  if (!bucket_) return report;
  report.bucket = bucket_->report();
  if (rate > 0)
    report.seconds_left =
        std::min(report.seconds_left, static_cast<int64_t>(bucket_->spool_room() / rate));
  return report;
}

void Recorder::handle_order(const RecordingOrder& order) {
  const RecordingPtr recording = recordings_.find(order.id);
  if (!recording) return;
  if (order.remove) {
    // Shown to nobody from now on; the files go when nothing is written to them any more.
    recording->removed = true;
    ++recording->withdrawals;
    if (recording_of(recording->info.channel) != recording) writer_->remove(order.id);
    return;
  }
  RecordingInfo info = recording->info;
  info.keep = order.keep;
  info.set_withdrawn(order.withdrawn, order.given_back);
  info.chapters = order.chapters;
  info.shown = order.shown;
  info.keep_days = order.keep_days;
  if (info == recording->info) return;
  const bool shows_other =
      info.withdrawn != recording->info.withdrawn || info.shown != recording->info.shown;
  if (shows_other) ++recording->withdrawals;
  recording->info = std::move(info);
  keep_info(recording);
  if (shows_other) measure_sound(recording);
}

bool Recorder::fill_holes(const RecordingPtr& recording, std::vector<WriterPart> parts) {
  const std::string& id = recording->info.id;
  if (stopped_ || recording->writing || recording->removed || recording->dropped ||
      recordings_.find(id) != recording || recording_of(recording->info.channel) == recording)
    return false;
  recording->media.reset();
  recording->writing = true;
  recording->info.bytes = 0;  // until it is closed, also by whoever comes after this process
  ending_.insert(id);
  writer_->open(recording->info);
  for (WriterPart& part : parts)
    if (!writer_->write(std::move(part))) break;
  writer_->close(recording->info);
  ++recording->version;
  return true;
}

// In its folder, too, so that it holds after any death.
void Recorder::keep_info(const RecordingPtr& recording) {
  changed(recording);
  // The end of one that is ending takes it along.
  if (!recording->writing)
    writer_->rewrite_info(recording->info);
  else if (!ending_.contains(recording->info.id))
    writer_->open(recording->info);
}

// While the order was on its way to this process something more may have become public.
int64_t Recorder::taken_back_until(const std::string& channel) const {
  const std::shared_ptr<HlsChannel> live = hls_.find_channel(channel);
  int64_t until_ms = 0;
  if (!live) return until_ms;
  for (const hls::LiveChannel::Rendition& rendition : live->live().renditions()) {
    const auto& last = rendition.window.taken_back_until();
    if (!last) continue;
    const MediaTime end = live->live().grid().segment_start(last->media_sequence + 1);
    until_ms = std::max(until_ms, milliseconds_of(end));
  }
  return until_ms;
}

// What live HLS takes back is taken back from what was recorded, too, whichever recording it is in;
// also when the cut was while this process was not there.
void Recorder::take_back_cuts(const RecordingPtr& recording) {
  for (const Channel& channel : channels_) {
    if (channel.id != recording->info.channel || channel.air.cut_at == MediaTime()) continue;
    RecordingInfo& info = recording->info;
    // A cut from before it was here was another one's; of a clip, its source's.
    if (info.kept_from_ms != 0 && milliseconds_of(channel.air.cut_at) <= info.kept_from_ms)
      continue;
    recording::TimeRange cut = recording::range_of_cut(channel.air.cut_at);
    const bool touched = cut.to_ms > info.start_ms &&
                         (info.end_ms == 0 || recording->writing || cut.from_ms < info.end_ms);
    if (!touched || info.took_back(cut)) continue;
    cut.to_ms = std::max(cut.to_ms, taken_back_until(channel.id));
    info.take_back(cut);
    spdlog::info("recording={} a cut took back {} to {} ms since 1970", info.id, cut.from_ms,
                 cut.to_ms);
    ++recording->withdrawals;
    keep_info(recording);
    measure_sound(recording);
  }
}

}  // namespace longmen

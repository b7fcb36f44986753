// What goes to viewers: whose turn it is, and trains.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "relay/shard.h"

namespace longmen {

Shard::ChannelState& Shard::channel(size_t number) {
  invariant(number < kMaxServed, "channel slot");
  if (!channels_[number]) {
    channels_[number] = std::make_unique<ChannelState>();
    used_channels_.push_back(channels_[number].get());
  }
  return *channels_[number];
}

ViewerCircle& Shard::circle_for(ViewerSession& session, ChannelState& state) {
  const Viewer& media = session.media();
  const size_t wanted = media.wanted_video().value;
  const size_t sound = sound_of(media.wanted_sound());
  state.sounds = std::max(state.sounds, sound + 1);
  return state.circle(
      sound, media.has_video() && wanted < kMaxVideoRenditions ? wanted : kMaxVideoRenditions);
}

void Shard::start_media(ViewerSession& session) {
  spdlog::info("viewer connected channel={} viewer={} shard={} address={}", session.channel_id(),
               session.id(), settings_.number,
               session.remote() ? to_string(*session.remote()) : "none");
  ++watching_;
  ViewerCircle& circle = circle_for(session, channel(session.channel()));
  circle.add(session);
  if (!visit(session)) wake(circle);
}

// A viewer is woken by the units of the renditions that it wants, which change with its link.
void Shard::follow_rendition(ViewerSession& session) {
  if (!session.circle) return;
  ViewerCircle& wanted = circle_for(session, *channels_[session.channel()]);
  if (session.circle == &wanted) return;
  session.circle->remove(session);
  wanted.add(session);
  wake(wanted);
}

void Shard::wake(ViewerCircle& circle) {
  circle.wake();
  circle.sound_due.reset();
  if (circle.queued || !circle.due()) return;
  circle.queued = true;
  due_.push_back(&circle);
}

void Shard::schedule_sending() {
  if (sending_scheduled_ || stalled_since_) return;
  sending_scheduled_ = true;
  // Posted, so that datagrams that are there already are looked at between slices.
  boost::asio::post(io_, [this] { send_slice(); });
}

void Shard::send_slice() {
  sending_scheduled_ = false;
  const Serving serving(*this);
  now_ = std::chrono::steady_clock::now();
  media_now_ = settings_.clock->media_at(now_);
  const Monotonic end = now_ + kSlice;
  while (!due_.empty() && !stalled_since_) {
    if (now_ >= end) {
      totals_.rounds_cut.add();
      schedule_sending();
      break;
    }
    ViewerCircle& circle = *due_.front();
    due_.pop_front();
    for (size_t visits = 0; visits < kVisitsPerTurn && circle.due() && !stalled_since_; ++visits) {
      ViewerSession& session = circle.next();
      circle.ahead(0).prefetch_owned();
      circle.ahead(1).prefetch();
      circle.visited(visit(session));
    }
    circle.queued = circle.due();
    if (circle.queued) due_.push_back(&circle);
    now_ = std::chrono::steady_clock::now();
  }
  flush();
  arm_timer();  // pictures of which the rest leaves later
}

bool Shard::visit(ViewerSession& session) {
  if (stalled_since_) return false;
  if (!session.remote()) return true;  // nowhere to send to
  ChannelState& state = *channels_[session.channel()];
  const ViewerCounters before = session.media().counters();
  bool finished = false;
  for (size_t trains = 0; trains < kMaxTrainsPerVisit && !stalled_since_; ++trains) {
    const auto train = session.media().poll_transmit(state.cache, now_, media_now_, batch_.room());
    if (!train) {
      finished = true;
      break;
    }
    batch_.add(*train, *session.remote());
    note_first_send(state, session.media());
    if (batch_.full()) flush();
    if (session.media().is_through(state.cache, now_)) {
      finished = true;
      break;
    }
  }
  if (session.media().poll_keyframe_request()) ask_for_keyframe(session.channel());
  count_visit(session, before);
  follow_rendition(session);
  if (session.media().next_timeout()) deadlines_.set(session, session.next_timeout(now_));
  if (!session.first_picture_seen && session.media().counters().gop_starts > 0) {
    session.first_picture_seen = true;
    if (settings_.on_first_picture) settings_.on_first_picture(now_ - session.asked());
  }
  return finished;
}

// Until the batch has left, the clock is not read: once a picture, not once a viewer.
void Shard::note_first_send(ChannelState& state, const Viewer& media) {
  const std::optional<RenditionId> rendition = media.video_rendition();
  if (!rendition) return;
  PictureTimes& picture = state.pictures[rendition->value];
  if (!picture.arrived || !media.has_begun(*picture.last)) return;
  batch_.note_arrival(*picture.arrived);
  picture.arrived.reset();
}

void Shard::flush() {
  if (stalled_since_ || batch_.empty() || send_batch()) return;
  // It is sealed and cannot be made again: it stays, and nothing else is made.
  stalled_since_ = std::chrono::steady_clock::now();
  continue_stalled();
}

bool Shard::send_batch() {
  const auto trains = batch_.trains();
  const size_t done = port_->send_trains(trains);
  size_t sent = 0;
  size_t packets = 0;
  size_t bytes = 0;
  for (const OutgoingTrain& train : trains.first(done)) {
    if (train.failed) {
      totals_.drop(DropReason::kSendFailed);
      continue;
    }
    ++sent;
    packets += train.segments();
    bytes += train.bytes.size();
  }
  totals_.trains.add(sent);
  totals_.packets.add(packets);
  totals_.bytes.add(bytes);
  batch_.drop(done);
  if (!batch_.empty()) return false;
  if (!batch_.arrivals().empty()) {
    const Monotonic now = std::chrono::steady_clock::now();
    for (const Monotonic arrived : batch_.arrivals())
      totals_.first_sends.add(now - arrived);
  }
  batch_.clear();
  return true;
}

void Shard::continue_stalled() {
  port_->wait_writable([this](boost::system::error_code error) {
    if (error || !stalled_since_) return;
    if (!send_batch()) return continue_stalled();
    // A way out that is full keeps a shard as busy as a full processor does.
    note_served(std::chrono::steady_clock::now() - *stalled_since_);
    stalled_since_.reset();
    if (!due_.empty()) schedule_sending();
  });
}

void Shard::count_visit(ViewerSession& session, const ViewerCounters& before) {
  const ViewerCounters& after = session.media().counters();
  ShardTotals::OfChannel& of = totals_.channels[session.channel()];
  if (const auto count = after.repeated_packets - before.repeated_packets)
    totals_.repeats.add(count);
  if (const auto count = after.packets - before.packets) of.packets.add(count);
  if (const auto count = after.nacked_packets - before.nacked_packets) {
    totals_.nacked.add(count);
    of.nacked.add(count);
  }
  if (const auto count = after.unrepeatable_packets - before.unrepeatable_packets)
    totals_.dropped[static_cast<size_t>(DropReason::kNotInCache)].add(count);
  if (const auto count = after.skipped_video_units - before.skipped_video_units)
    totals_.skipped_video_units.add(count);
  if (const auto count = after.skipped_audio_units - before.skipped_audio_units)
    totals_.skipped_audio_units.add(count);
  if (const auto count = after.switches_up - before.switches_up) totals_.switches_up.add(count);
  if (const auto count = after.switches_down - before.switches_down)
    totals_.switches_down.add(count);
  if (const auto count = after.late_stops - before.late_stops) {
    totals_.late_stops.add(count);
    of.late_stops.add(count);
  }
  if (const auto count = after.probe_packets - before.probe_packets)
    totals_.probe_packets.add(count);
}

}  // namespace longmen

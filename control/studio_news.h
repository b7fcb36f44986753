// What the studio is shown of the channels as it happens, put together from what the node's
// processes tell and what stands in the database: what is on air, why and since when; the feed's
// health, with its last ten minutes; who watches and how well; what happened; who else is at a
// channel's page; and the tally of its cameras. It decides nothing about any of it. Kept in memory
// alone: events and history begin when control does. It knows no store, no request and no clock.
// Bounds: kMaxEvents and kHistory a channel, of kMaxChannels channels; kMaxPeople. One thread.
#pragma once

#include <boost/json/object.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/air_delay_table.h"
#include "control/air_table.h"
#include "control/chapter.h"
#include "control/feed_path.h"
#include "control/node_state.h"
#include "control/session_table.h"
#include "control/webhook/notice_board.h"
#include "core/node/json_fields.h"
#include "core/node/recording_order.h"

namespace longmen {

// Of the database, as it was looked at last.
struct StudioView {
  struct OfChannel {
    Channel channel;
    AirRow air;
    AirDelayRow delay;
    std::optional<Session> live;
    // Of channels whose page somebody looks at.
    std::optional<Session> next;        // the one that is planned next
    std::optional<Session> reopenable;  // the one that ended last, while it can be taken up again
    std::vector<Chapter> chapters;      // of the live one
  };
  std::vector<OfChannel> channels;
  std::chrono::milliseconds reopen_within{};
};

enum class TallyState { kOff, kPreview, kOnAir };
std::string_view name_of(TallyState state);  // "off", "preview", "on_air"

class StudioNews {
 public:
  static constexpr size_t kMaxEvents = 200;
  static constexpr size_t kHistory = 600;  // one a second
  static constexpr size_t kMaxPeople = 256;

  // --- Handlers. `now_ms` is the wall clock's.
  void take_node_state(const NodeState& node, int64_t now_ms);
  bool has_feed(const std::string& channel) const { return node_.has_feed(channel); }
  void take_figures(std::string_view json, int64_t now_ms);
  void take_view(StudioView view, int64_t now_ms);
  // What this node's recorder says of itself.
  void take_recorder(const RecorderReport& report, int64_t now_ms);
  // Once a second.
  void tick(int64_t now_ms);
  // Somebody opens a channel's page; 0 when there are too many. And leaves it.
  uint64_t arrive(const std::string& channel, const std::string& name, std::string_view role,
                  int64_t now_ms);
  void leave(uint64_t person, int64_t now_ms);

  // --- Getters.
  bool knows(const std::string& channel) const { return find(channel) != nullptr; }
  bool has_view() const { return has_view_; }
  // What of it is told to webhooks.
  NoticeBoard& board() { return board_; }
  // Every channel, for the wall.
  boost::json::object wall(int64_t now_ms) const;
  // The same, and everything of one channel. Nothing: there is no such channel.
  std::optional<boost::json::object> of_channel(const std::string& channel, int64_t now_ms) const;
  boost::json::object history(const std::string& channel) const;
  // {"sound":...}, as the streamer told it last; null: there is no streamer.
  boost::json::object sound(const std::string& channel, int64_t now_ms) const;
  TallyState tally(const std::string& channel) const;
  boost::json::object tally_json(const std::string& channel, int64_t now_ms) const;

 private:
  struct Event {
    uint64_t number = 0;
    int64_t at_ms = 0;
    std::string kind;
    std::string who;
    std::string detail;
    boost::json::object more;  // of a kind that says more, its fields
  };
  // What the streamer tells of the channel's inputs.
  struct OfInput {
    std::optional<int32_t> peak_10;   // dBFS, tenths
    std::optional<uint64_t> errors;   // since its feed came
    std::optional<uint64_t> counted;  // of those, in earlier samples
  };
  struct StreamerFigures {
    int64_t at_ms = 0;
    boost::json::object inputs;
    OfInputs<OfInput> of;
    int64_t last_switch_ms = 0;  // that was noted
  };
  struct FeedFigures {
    int64_t at_ms = 0;
    std::optional<int64_t> kbps, keyframe_age_ms, keyframe_interval_ms, round_trip_ms, uptime_ms;
    std::optional<double> fps;
  };
  struct RelayFigures {
    int64_t at_ms = 0;
    std::map<std::string, uint64_t> webrtc;  // by rendition
    uint64_t preview_viewers = 0;
    uint64_t packets = 0, nacked = 0, late_stops = 0;  // ever
  };
  struct HlsFigures {
    int64_t at_ms = 0;
    uint64_t viewers = 0;
  };
  struct InputSample {
    int32_t kbps = -1;    // -1: not known
    int32_t fps_10 = -1;  // tenths
    int32_t round_trip_ms = -1;
    int32_t lost_10 = -1;  // tenths of a percent
    int32_t keyframe_age_ms = -1;
    int32_t errors = -1;         // in this second
    int32_t quieter_by_10 = -1;  // than full scale, in tenths of a dB: its peak
  };
  struct Sample {
    int64_t at_ms = 0;
    OfInputs<InputSample> inputs;
    int32_t viewers = -1;
  };
  struct KnownFeed {
    FeedFigures figures;
    FeedPath path;
    bool up = false;
    int64_t since_ms = 0;
  };
  struct Known {
    OfInputs<KnownFeed> feeds;
    StreamerFigures streamer;
    RelayFigures relay;
    HlsFigures hls;
    std::deque<RelayFigures> minute;  // one a second
    std::deque<Sample> history;
    std::deque<Event> events;
    std::string source;  // that is on air
    int64_t source_since_ms = 0;
  };
  struct Person {
    std::string channel, name, role;
    int64_t since_ms = 0;
  };

  const StudioView::OfChannel* find(const std::string& channel) const;
  const Known* known(const std::string& channel) const;
  void note(const std::string& channel, int64_t now_ms, std::string kind, std::string who = "",
            std::string detail = "", boost::json::object more = {});
  void note_feed(const std::string& channel, ChannelInput input, int64_t now_ms);
  void take_streamer(const std::string& channel, const JsonFields& item, Known& known,
                     int64_t now_ms);
  void note_changes(const StudioView::OfChannel& before, const StudioView::OfChannel& now,
                    int64_t now_ms);
  // What has become another thing since webhooks were told of it.
  void follow_node(int64_t now_ms);
  void follow_feeds(const std::string& channel, int64_t now_ms);
  void follow_switches(const std::string& channel, const Known& known);
  void follow_view(int64_t now_ms);
  void follow_session(const StudioView::OfChannel& of, int64_t now_ms);
  Notice notice(std::string_view kind, const std::string& channel, int64_t at_ms,
                std::string_view which = "") const;
  static InputSample sample_of(const KnownFeed& feed, OfInput* told, int64_t now_ms);
  boost::json::object tile(const StudioView::OfChannel& of, int64_t now_ms) const;
  boost::json::value feed_json(const std::string& channel, ChannelInput input,
                               int64_t now_ms) const;
  // Null: there is no streamer, or it says nothing.
  boost::json::value inputs_json(const std::string& channel, int64_t now_ms) const;
  boost::json::object viewers_json(const std::string& channel, int64_t now_ms) const;
  boost::json::array trouble(const StudioView::OfChannel& of, int64_t now_ms) const;
  boost::json::array people_at(const std::string& channel) const;
  boost::json::object node_json(int64_t now_ms) const;
  // Of the last ten seconds' packets, those that were asked for again, in percent.
  std::optional<double> loss_percent(const Known& known, int64_t now_ms) const;

  NodeState node_;
  int64_t node_at_ms_ = 0;
  StudioView view_;
  bool has_view_ = false;
  std::map<std::string, Known> known_;  // by channel
  std::map<uint64_t, Person> people_;
  uint64_t last_person_ = 0;
  uint64_t last_event_ = 0;
  NoticeBoard board_;
};

}  // namespace longmen

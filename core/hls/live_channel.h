// A channel's live HLS: takes the streamer's units, cuts them into parts, and publishes parts in
// every rendition, in order and without a number left out. It decides
// - to which generation a segment belongs: the live one when it has a keyframe at the segment's
//   beginning, else the slate. A segment has one generation and one init segment, so live and slate
//   change places at segments' beginnings alone. In all renditions at once.
// - when a part is a gap: it is not whole kPartWait after its end, or at once when the generation
// has
//   ended. Who comes later comes too late, as players have been told.
// - which of the channel's slates a segment has (core/slate/slate_occasion.h): the one of the
//   instant at which it is decided; another one follows where the next segment begins.
// - that what the channel's operators hold back (core/node/air_order.h) is not published: the slate
//   is, and with a cut all that was published before is taken back at once.
// - where a discontinuity is: where the init segments are others than before, for some rendition.
//   Two generations of the same encoder settings join without one, since media time goes on.
// Everything published is shared and immutable. It knows no viewer, playlist text or socket; time
// comes in with each call.
// Order: one handler, then poll_published() and poll_late() until they are empty.
// Bounds: kMaxWaitingParts of a rendition and generation, and late ones in all; two live
// generations; the windows' own. One thread. Source: docs/TIMELINE.md §7, §8;
// draft-pantos-hls-rfc8216bis §6.2.1.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cmaf/part_builder.h"
#include "core/hls/rendition_window.h"
#include "core/media/generation_announcement.h"
#include "core/media/slate.h"
#include "core/node/channel.h"

namespace longmen::hls {

class LiveChannel {
 public:
  // A frame is a tenth of a second old when it comes here; this is for a machine that is busy.
  // Players are three parts behind, so that they have run dry by then; and hls.js waits 0.8 s for a
  // playlist.
  static constexpr Flicks kPartWait = std::chrono::milliseconds(500);
  // For the streamer's link, when the process has just been started: before there is the slate.
  static constexpr Flicks kLinkWait = std::chrono::milliseconds(1000);
  static constexpr size_t kMaxWaitingParts = 512;
  // Further behind, the process was stopped, and begins anew.
  static constexpr Flicks kMaxBehind = RenditionWindow::kLength;

  struct Rendition {
    RenditionId id;
    RenditionWindow window;
    HlsNumber next;  // to be published, once the channel has begun
  };

  // `part` divides a second into whole parts.
  LiveChannel(const Channel& channel, std::chrono::milliseconds part, MediaTime now);

  // --- Handlers.
  // With AAC (Slate::parse).
  void set_slates(const SlateSet& slates, MediaTime now);
  // The same one on all occasions; null: there is none.
  void set_slate(const std::shared_ptr<const Slate>& slate, MediaTime now);
  void handle_announcement(const GenerationAnnouncement& announcement, MediaTime now);
  // kWrongState: of no generation that was announced. kStale: of a part that has passed. Others:
  // core/cmaf/part_builder.h.
  Parsed<void> handle_unit(const MediaUnit& unit, MediaTime now);
  void handle_link_closed(MediaTime now);
  void set_air(const AirOrder& air, MediaTime now) { set_air(air, moment_, now); }
  // Of `moment`, the order's rule and what becomes of the feed are known here already.
  void set_air(const AirOrder& air, const SlateMoment& moment, MediaTime now);
  void handle_timeout(MediaTime now);

  // --- Polls.
  struct Published {
    size_t rendition = 0;  // index into renditions()
    HlsNumber number;
    bool gap = false;
  };
  std::optional<Published> poll_published();
  // A part that came too late to be live: of use to whoever keeps what was on air.
  struct Late {
    size_t rendition = 0;
    Generation generation;
    cmaf::Part part;
  };
  std::optional<Late> poll_late();

  // --- Getters.
  MediaTime next_timeout() const { return next_timeout_; }
  const HlsGrid& grid() const { return grid_; }
  // Video from the top rung on, then its sounds; always all of the channel's.
  const std::vector<Rendition>& renditions() const { return renditions_; }
  Flicks longest_part() const;
  // Of the segment that comes after the last one in that rendition, as far as it is known.
  Generation next_generation(const Rendition& rendition) const;

 private:
  // One generation.
  struct Source {
    Generation generation;
    std::shared_ptr<const Slate> slate;  // null: live
    bool ended = false;
    std::map<RenditionId, cmaf::PartBuilder> builders;
    std::map<RenditionId, std::map<HlsNumber, cmaf::Part>> parts;  // that wait to be published
  };
  using SourcePtr = std::shared_ptr<Source>;
  // Of a segment. Without a source it is all gaps.
  struct Owner {
    SourcePtr source;
    bool live = false;
    bool discontinuity = false;
  };

  cmaf::InitSegmentPtr known_init(RenditionId rendition) const;
  SourcePtr make_source(Generation generation) const;
  SourcePtr make_slate_source(std::shared_ptr<const Slate> slate) const;
  const SourcePtr& slate_source_at(MediaTime time) const {
    return slate_sources_[occasion_at(time < stays_until_ ? stays_ : moment_, time)];
  }
  bool has_start(const Source& source, int64_t media_sequence) const;
  bool has_every_start(const Source& source, int64_t media_sequence) const;
  bool same_inits(const Source& one, const Source& other) const;

  void hold_live();
  void publish(MediaTime now);
  void begin_anew_if_far_behind(MediaTime now);
  bool begin(MediaTime now);
  bool publish_next(size_t index, MediaTime now);
  const Owner* owner_of(int64_t media_sequence, MediaTime now);
  std::optional<Owner> decide(int64_t media_sequence, MediaTime now);
  Owner own(SourcePtr source, bool live) const;
  std::optional<cmaf::Part> slate_part(const Source& source, const Rendition& rendition,
                                       HlsNumber number) const;
  void put_out(size_t index, const Owner& owner, const cmaf::Part* part);
  void forget_passed();

  MediaTime end_of(HlsNumber number) const { return grid_.part_start(grid_.next(number)); }
  // What a streamer has kept is older than that, and comes first.
  MediaTime deadline_of(HlsNumber number) const {
    return std::max(end_of(number), begun_at_) + kPartWait;
  }

  HlsGrid grid_;
  std::vector<cmaf::InitSegmentPtr> sound_inits_;  // of each sound
  AirOrder air_;
  std::vector<Rendition> renditions_;
  SlateMoment moment_;
  // What is made is held before it airs: until then the slate of what was ordered before goes on.
  SlateMoment stays_;
  MediaTime stays_until_;
  OfOccasions<SourcePtr> slate_sources_;  // the same one where the slate is the same
  SourcePtr live_;                        // the one that the link announced; null without a link
  SourcePtr last_owner_;                  // of the newest segment that has one
  bool last_owner_live_ = false;
  std::map<int64_t, Owner> owners_;  // of segments that are not published in every rendition
  MediaTime created_;
  bool begun_ = false;
  MediaTime begun_at_;
  MediaTime next_timeout_;
  std::deque<Published> published_;
  std::deque<Late> late_;
};

}  // namespace longmen::hls

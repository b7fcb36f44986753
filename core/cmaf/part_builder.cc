#include "core/cmaf/part_builder.h"

#include <algorithm>

#include "core/codec/h264.h"
#include "core/rtp/depacketizer.h"

namespace longmen::cmaf {
namespace {

bool is_parameter_set(ByteSpan nal) {
  const h264::NalType type = h264::nal_type(nal);
  return type == h264::NalType::kSps || type == h264::NalType::kPps;
}

}  // namespace

Parsed<void> PartBuilder::push(const MediaUnit& unit) {
  if (next_sequence_ && unit.first_sequence < *next_sequence_) return drop(DropReason::kReplayed);
  const bool joined = next_sequence_ && unit.first_sequence == *next_sequence_;
  const auto index = grid_.frame_at(unit.time);
  if (!index || (last_index_ && *index <= *last_index_)) {
    whole_ = false;
    next_sequence_.reset();
    return drop(DropReason::kMalformed);
  }
  last_index_ = *index;
  const HlsNumber number = grid_.parts().number_at(unit.time);
  if (open_ && number != number_) {
    whole_ = whole_ && joined;
    finish();
  }
  if (!open_) {
    open_ = true;
    number_ = number;
    range_ = grid_.frames_of(number);
    whole_ = joined || *index == range_.first;
  } else if (!joined) {
    whole_ = false;
  }
  next_sequence_ = unit.first_sequence + unit.packets.size();
  if (const auto appended = append(unit, *index); !appended) {
    whole_ = false;
    return appended;
  }
  if (*index + 1 == range_.end) finish();
  return {};
}

std::optional<Part> PartBuilder::take() {
  if (ready_.empty()) return {};
  Part part = std::move(ready_.front());
  ready_.erase(ready_.begin());
  return part;
}

Parsed<void> PartBuilder::append(const MediaUnit& unit, int64_t index) {
  if (grid_.is_video()) return append_picture(unit, index);
  const auto frame = aac_frame(unit);
  if (!frame) return drop(frame.error());
  if (media_.size() + frame->size() > kMaxPartBytes) return drop(DropReason::kTooLarge);
  media_.insert(media_.end(), frame->begin(), frame->end());
  in_part_.push_back({index, static_cast<uint32_t>(frame->size()), true});
  return {};
}

Parsed<void> PartBuilder::append_picture(const MediaUnit& unit, int64_t index) {
  const auto annex_b = h264_access_unit(unit);
  if (!annex_b) return drop(annex_b.error());
  std::vector<ByteSpan> nals;
  if (const auto split = h264::split_annex_b(*annex_b, nals); !split) return split;
  if (const auto taken = take_parameter_sets(nals); !taken) return taken;
  if (!init_) return drop(DropReason::kWrongState);
  if (media_.size() + annex_b->size() + nals.size() > kMaxPartBytes)
    return drop(DropReason::kTooLarge);
  std::erase_if(nals, is_parameter_set);
  const size_t before = media_.size();
  for (const ByteSpan nal : nals)
    h264::append_avcc(nal, media_);
  if (media_.size() == before) return drop(DropReason::kMalformed);
  const bool idr = std::ranges::any_of(
      nals, [](ByteSpan nal) { return h264::nal_type(nal) == h264::NalType::kIdr; });
  in_part_.push_back({index, static_cast<uint32_t>(media_.size() - before), idr});
  return {};
}

Parsed<void> PartBuilder::take_parameter_sets(const std::vector<ByteSpan>& nals) {
  h264::DecoderConfiguration found;
  for (const ByteSpan nal : nals) {
    if (!is_parameter_set(nal)) continue;
    auto& sets = h264::nal_type(nal) == h264::NalType::kSps ? found.sps : found.pps;
    if (sets.size() == h264::kMaxParameterSets) return drop(DropReason::kTooLarge);
    sets.emplace_back(nal.begin(), nal.end());
  }
  if (found.sps.empty() && found.pps.empty()) return {};
  if (parameter_sets_) {
    // One run of one encoder has one set.
    if (found != *parameter_sets_) return drop(DropReason::kUnsupported);
    return {};
  }
  auto init = make_video_init(found);
  if (!init) return drop(init.error());
  init_ = std::move(*init);
  parameter_sets_ = std::move(found);
  return {};
}

void PartBuilder::finish() {
  open_ = false;
  const std::vector<Frame> frames = std::exchange(in_part_, {});
  const Bytes media = std::exchange(media_, {});
  // Sound that is left out is not made longer: its decoder knows frames of one length.
  const bool complete = grid_.is_video()
                            ? !frames.empty()
                            : frames.size() == static_cast<size_t>(range_.end - range_.first);
  if (!whole_ || !complete) return;

  std::vector<ChunkSample> samples;
  for (size_t i = 0; i < frames.size(); ++i) {
    const int64_t from = i == 0 ? range_.first : frames[i].index;
    const int64_t to = i + 1 == frames.size() ? range_.end : frames[i + 1].index;
    samples.push_back(
        {frames[i].bytes, static_cast<uint32_t>(to - from) * grid_.frame_ticks(), frames[i].sync});
  }
  Chunk chunk;
  chunk.sequence = static_cast<uint32_t>(
      number_.media_sequence * grid_.parts().parts_per_segment() + number_.part);
  chunk.decode_time = grid_.ticks_of(range_.first);
  chunk.capture = grid_.time_of(range_.first);
  chunk.samples = samples;
  chunk.media = media;

  Part part;
  part.number = number_;
  part.bytes = std::make_shared<const Bytes>(write_chunk(chunk));
  part.duration = grid_.duration_of(number_);
  part.independent = frames.front().sync;
  part.init = init_;
  ready_.push_back(std::move(part));
}

}  // namespace longmen::cmaf

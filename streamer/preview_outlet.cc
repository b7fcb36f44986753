#include "streamer/preview_outlet.h"

#include <boost/asio/post.hpp>

#include "core/media/preview_message.h"
#include "core/node/json_fields.h"

namespace longmen {

ProgrammeEncoder::Outputs PreviewOutlet::begin(ChannelInput input) {
  const uint64_t run = ++runs_[input];
  announcements_[input] = {};
  announced_[input] = {};
  ProgrammeEncoder::Outputs outputs;
  outputs.announced = [this, run, input](const GenerationAnnouncement& announcement) {
    boost::asio::post(io_, [this, run, input, announcement] {
      if (run != runs_[input]) return;
      announcements_[input] = announcement;
      announce(input);
    });
  };
  outputs.unit = [this, run, input](const MediaUnit& made) {
    Bytes message;
    begin_preview_message(input, message);
    write_media_unit(made, message);
    boost::asio::post(io_,
                      [this, run, input, generation = made.generation, rendition = made.rendition,
                       keyframe = made.keyframe, message = std::move(message)] {
                        if (run == runs_[input])
                          unit(input, {generation, rendition, keyframe}, message);
                      });
  };
  return outputs;
}

void PreviewOutlet::attach(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  wanted_ = {};
  announced_ = {};
}

bool PreviewOutlet::take_wanted(std::string_view json) {
  const auto fields = JsonFields::parse(json);
  if (!fields) return false;
  const auto* const inputs = fields->object().if_contains("inputs");
  if (!inputs || !inputs->is_array()) return false;
  OfInputs<bool> wanted{};
  for (const auto& each : inputs->get_array()) {
    const auto input = each.is_string() ? channel_input_named(each.get_string()) : std::nullopt;
    if (!input) return false;
    wanted[*input] = true;
  }
  wanted_ = wanted;
  return true;
}

bool PreviewOutlet::announce(ChannelInput input) {
  if (!link_) return false;
  Bytes message;
  begin_preview_message(input, message);
  ByteWriter(message).text(to_json(announcements_[input]));
  if (!link_->send(MessageKind::kPreviewGeneration, message)) return false;
  announced_[input] = announcements_[input].generation;
  waiting_for_keyframe_[input] = true;
  return true;
}

// The announcement comes right before the first keyframe, on the same thread; what sound there was
// before is of no use.
void PreviewOutlet::unit(ChannelInput input, const Unit& unit, ByteSpan message) {
  if (!link_ || unit.generation != announcements_[input].generation) return;
  const bool video = is_video(unit.rendition);
  if (unit.generation != announced_[input] && (!video || !unit.keyframe || !announce(input)))
    return;
  if (video && waiting_for_keyframe_[input] && !unit.keyframe) return;
  const bool sent = link_->send(MessageKind::kPreviewUnit, message);
  if (video) waiting_for_keyframe_[input] = !sent;
}

}  // namespace longmen

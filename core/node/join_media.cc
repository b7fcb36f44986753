#include "core/node/join_media.h"

#include <boost/json.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;
namespace {

json::value number_or_null(const std::optional<uint8_t>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

}  // namespace

json::value join_media_to_json(const std::optional<JoinMedia>& media) {
  if (!media) return nullptr;
  return json::object{{"mid", media->mid},
                      {"payload_type", media->payload_type},
                      {"video_codec", name_in(kRtpVideoNames, media->video_codec)},
                      {"rtx_payload_type", number_or_null(media->rtx_payload_type)},
                      {"mid_extension", number_or_null(media->mid_extension)},
                      {"transport_cc_extension", number_or_null(media->transport_cc_extension)},
                      {"playout_delay_extension", number_or_null(media->playout_delay_extension)},
                      {"capture_time_extension", number_or_null(media->capture_time_extension)},
                      {"nack", media->nack},
                      {"pli", media->pli},
                      {"varied_duration", media->varied_duration}};
}

JoinMedia join_media_from_json(const JsonFields& fields) {
  JoinMedia media;
  fields.read("mid", media.mid);
  fields.read("payload_type", media.payload_type);
  std::string codec;
  fields.read("video_codec", codec);
  media.video_codec = value_in<RtpVideo>(kRtpVideoNames, codec).value_or(RtpVideo::kH264);
  fields.read("rtx_payload_type", media.rtx_payload_type);
  fields.read("mid_extension", media.mid_extension);
  fields.read("transport_cc_extension", media.transport_cc_extension);
  fields.read("playout_delay_extension", media.playout_delay_extension);
  fields.read("capture_time_extension", media.capture_time_extension);
  fields.read("nack", media.nack);
  fields.read("pli", media.pli);
  fields.read("varied_duration", media.varied_duration);
  return media;
}

}  // namespace longmen

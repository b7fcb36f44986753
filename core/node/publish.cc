#include "core/node/publish.h"

#include <boost/json.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;

std::string to_json(const PublishRequest& request) {
  return json::serialize(json::object{{"request", request.request},
                                      {"channel", request.channel},
                                      {"key", request.key},
                                      {"client_address", request.client_address},
                                      {"encoder", request.encoder},
                                      {"remote_ufrag", request.remote_ufrag},
                                      {"remote_pwd", request.remote_pwd},
                                      {"fingerprint", request.fingerprint},
                                      {"video", join_media_to_json(request.video)},
                                      {"audio", join_media_to_json(request.audio)}});
}

Result<PublishRequest> publish_request_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  PublishRequest request;
  fields->read("request", request.request);
  fields->read("channel", request.channel);
  fields->read("key", request.key);
  fields->read("client_address", request.client_address);
  fields->read("encoder", request.encoder);
  fields->read("remote_ufrag", request.remote_ufrag);
  fields->read("remote_pwd", request.remote_pwd);
  fields->read("fingerprint", request.fingerprint);
  fields->inside("video",
                 [&](const JsonFields& media) { request.video = join_media_from_json(media); });
  fields->inside("audio",
                 [&](const JsonFields& media) { request.audio = join_media_from_json(media); });
  return request;
}

}  // namespace longmen

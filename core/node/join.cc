#include "core/node/join.h"

#include <boost/json.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;
namespace {

json::value leave_to_json(const std::optional<WatchLeave>& leave) {
  if (!leave) return nullptr;
  return json::object{{"bearer", name_of(leave->bearer)},
                      {"subject", leave->subject},
                      {"key", leave->key},
                      {"expires_s", leave->expires.time_since_epoch().count()}};
}

// A bearer that is not known has none.
std::optional<WatchLeave> leave_from_json(const JsonFields& fields) {
  std::string bearer;
  int64_t expires_s = 0;
  WatchLeave leave;
  fields.read("bearer", bearer);
  fields.read("subject", leave.subject);
  fields.read("key", leave.key);
  fields.read("expires_s", expires_s);
  leave.expires = WatchGrant::Instant(std::chrono::seconds(expires_s));
  const auto named = watch_bearer_named(bearer);
  if (!named) return std::nullopt;
  leave.bearer = *named;
  return leave;
}

}  // namespace

std::string to_json(const JoinRequest& request) {
  return json::serialize(json::object{{"request", request.request},
                                      {"channel", request.channel},
                                      {"client_address", request.client_address},
                                      {"rendition", request.rendition},
                                      {"language", request.language},
                                      {"remote_ufrag", request.remote_ufrag},
                                      {"remote_pwd", request.remote_pwd},
                                      {"fingerprint", request.fingerprint},
                                      {"leave", leave_to_json(request.leave)},
                                      {"video", join_media_to_json(request.video)},
                                      {"audio", join_media_to_json(request.audio)}});
}

std::string to_json(const JoinAnswer& answer) {
  return json::serialize(json::object{{"request", answer.request},
                                      {"status", answer.status},
                                      {"problem", answer.problem},
                                      {"viewer", answer.viewer},
                                      {"etag", answer.etag},
                                      {"address", answer.address},
                                      {"port", answer.port},
                                      {"ufrag", answer.ufrag},
                                      {"pwd", answer.pwd},
                                      {"fingerprint", answer.fingerprint},
                                      {"video_ssrc", answer.video_ssrc},
                                      {"video_rtx_ssrc", answer.video_rtx_ssrc},
                                      {"audio_ssrc", answer.audio_ssrc},
                                      {"cname", answer.cname}});
}

Result<JoinRequest> join_request_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  JoinRequest request;
  fields->read("request", request.request);
  fields->read("channel", request.channel);
  fields->read("client_address", request.client_address);
  fields->read("rendition", request.rendition);
  fields->read("language", request.language);
  fields->read("remote_ufrag", request.remote_ufrag);
  fields->read("remote_pwd", request.remote_pwd);
  fields->read("fingerprint", request.fingerprint);
  fields->inside("leave", [&](const JsonFields& leave) { request.leave = leave_from_json(leave); });
  fields->inside("video",
                 [&](const JsonFields& media) { request.video = join_media_from_json(media); });
  fields->inside("audio",
                 [&](const JsonFields& media) { request.audio = join_media_from_json(media); });
  return request;
}

Result<JoinAnswer> join_answer_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  JoinAnswer answer;
  fields->read("request", answer.request);
  fields->read("status", answer.status);
  fields->read("problem", answer.problem);
  fields->read("viewer", answer.viewer);
  fields->read("etag", answer.etag);
  fields->read("address", answer.address);
  fields->read("port", answer.port);
  fields->read("ufrag", answer.ufrag);
  fields->read("pwd", answer.pwd);
  fields->read("fingerprint", answer.fingerprint);
  fields->read("video_ssrc", answer.video_ssrc);
  fields->read("video_rtx_ssrc", answer.video_rtx_ssrc);
  fields->read("audio_ssrc", answer.audio_ssrc);
  fields->read("cname", answer.cname);
  return answer;
}

}  // namespace longmen

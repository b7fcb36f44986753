#include "core/node/ice_restart.h"

#include <boost/json.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;

std::string to_json(const IceRestartRequest& request) {
  return json::serialize(json::object{{"request", request.request},
                                      {"channel", request.channel},
                                      {"viewer", request.viewer},
                                      {"etag", request.etag},
                                      {"ufrag", request.ufrag},
                                      {"pwd", request.pwd}});
}

std::string to_json(const LeaveRequest& request) {
  return json::serialize(json::object{
      {"request", request.request}, {"channel", request.channel}, {"viewer", request.viewer}});
}

std::string to_json(const LeaveAnswer& answer) {
  return json::serialize(
      json::object{{"request", answer.request}, {"found", answer.found}, {"busy", answer.busy}});
}

Result<IceRestartRequest> ice_restart_request_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  IceRestartRequest request;
  fields->read("request", request.request);
  fields->read("channel", request.channel);
  fields->read("viewer", request.viewer);
  fields->read("etag", request.etag);
  fields->read("ufrag", request.ufrag);
  fields->read("pwd", request.pwd);
  return request;
}

Result<LeaveRequest> leave_request_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  LeaveRequest request;
  fields->read("request", request.request);
  fields->read("channel", request.channel);
  fields->read("viewer", request.viewer);
  return request;
}

Result<LeaveAnswer> leave_answer_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  LeaveAnswer answer;
  fields->read("request", answer.request);
  fields->read("found", answer.found);
  fields->read("busy", answer.busy);
  return answer;
}

}  // namespace longmen

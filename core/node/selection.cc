#include "core/node/selection.h"

#include <boost/json.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;

std::string to_json(const SelectRequest& request) {
  return json::serialize(json::object{
      {"request", request.request},
      {"channel", request.channel},
      {"viewer", request.viewer},
      {"rendition", request.rendition},
      {"language", request.language ? json::value(*request.language) : json::value(nullptr)},
      {"keeps_video", request.keeps_video}});
}

std::string to_json(const SelectAnswer& answer) {
  return json::serialize(json::object{
      {"request", answer.request}, {"status", answer.status}, {"problem", answer.problem}});
}

Result<SelectRequest> select_request_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  SelectRequest request;
  fields->read("request", request.request);
  fields->read("channel", request.channel);
  fields->read("viewer", request.viewer);
  fields->read("rendition", request.rendition);
  fields->read("language", request.language);
  fields->read("keeps_video", request.keeps_video);
  return request;
}

Result<SelectAnswer> select_answer_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  SelectAnswer answer;
  fields->read("request", answer.request);
  fields->read("status", answer.status);
  fields->read("problem", answer.problem);
  return answer;
}

}  // namespace longmen

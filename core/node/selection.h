// What passes between gateway and relay when a viewer that is there chooses another rendition, or
// leaves the choice to the server again, or chooses another language. The gateway has looked
// whether the rendition and the language exist.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"

namespace longmen {

struct SelectRequest {
  uint64_t request = 0;
  std::string channel;
  std::string viewer;
  std::string rendition;  // a rung's name; "": what the link carries
  // Of sound, a tag of BCP 47; "", or one that is not there: the first; none: as it is.
  std::optional<std::string> language;
  bool keeps_video = false;  // a language alone was chosen: pictures are as they are
};

struct SelectAnswer {
  uint64_t request = 0;
  int status = 200;     // HTTP: 200, 404 no such viewer, 409 it has no video, 503 to be asked again
  std::string problem;  // words for a status other than 200
};

std::string to_json(const SelectRequest& request);
std::string to_json(const SelectAnswer& answer);
Result<SelectRequest> select_request_from_json(std::string_view json);
Result<SelectAnswer> select_answer_from_json(std::string_view json);

}  // namespace longmen

// Content-Disposition of what is to be saved as a file. Source: RFC 6266 §4.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/http/ext_value.h"
#include "core/recording/recording_info.h"

namespace longmen {

// `plain`: ASCII without quotation marks, for who does not know RFC 8187.
inline std::string attachment(std::string_view plain, std::string_view name) {
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain,
                     encode_ext_value(name));
}

// By the recording's title, or its id where it has none.
inline std::string attachment_of(const recording::RecordingInfo& info, std::string_view ending) {
  std::string name = info.title.empty() ? info.id : info.title;
  std::ranges::replace(name, '/', '-');
  return attachment(fmt::format("{}{}", info.id, ending), fmt::format("{}{}", name, ending));
}

}  // namespace longmen

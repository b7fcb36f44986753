// An instant as HTTP writes it: "Sun, 06 Nov 1994 08:49:37 GMT". RFC 9110 §5.6.7.
#pragma once

#include <chrono>
#include <string>

namespace longmen {

std::string http_date(std::chrono::sys_seconds instant);

}  // namespace longmen

// JSON that may be another one the next time.
#pragma once

#include "net/http_message.h"

namespace longmen {

inline HttpResponse json_text(std::string text) {
  HttpResponse response;
  response.fields.set("Content-Type", "application/json");
  response.fields.set("Cache-Control", "no-cache");
  response.content = std::move(text);
  return response;
}

}  // namespace longmen

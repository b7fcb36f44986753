#include "gateway/playlist_text.h"

namespace longmen {
namespace {

std::shared_ptr<const Bytes> plain_bytes(std::string_view text) {
  return std::make_shared<const Bytes>(text.begin(), text.end());
}
std::shared_ptr<const Bytes> gzip_bytes(std::string_view text) {
  return std::make_shared<const Bytes>(gzip(text));
}

HttpResponse encoded_response(std::shared_ptr<const Bytes> bytes, bool compressed,
                              const TextFields& fields) {
  HttpResponse response;
  response.fields.set("Content-Type", fields.type);
  response.fields.set("Cache-Control", fields.cache_control);
  response.fields.set("Vary", fields.by_player ? "Accept-Encoding, User-Agent" : "Accept-Encoding");
  if (compressed) response.fields.set("Content-Encoding", "gzip");
  response.shared = {std::move(bytes)};
  return response;
}

}  // namespace

PlaylistText packed(std::string_view text) {
  return {plain_bytes(text), gzip_bytes(text)};
}

void GrowingText::append(std::string_view text) {
  plain_.insert(plain_.end(), text.begin(), text.end());
  gzip_.append(text);
}

PlaylistText GrowingText::with_end(std::string_view end) const {
  auto plain = std::make_shared<Bytes>();
  plain->reserve(plain_.size() + end.size());
  plain->insert(plain->end(), plain_.begin(), plain_.end());
  plain->insert(plain->end(), end.begin(), end.end());
  return {std::move(plain), std::make_shared<const Bytes>(gzip_.with_end(end))};
}

HttpResponse text_response(const HttpRequest& request, const PlaylistText& text,
                           const TextFields& fields) {
  const bool compressed = accepts_encoding(request.fields, "gzip");
  return encoded_response(compressed ? text.gzip : text.plain, compressed, fields);
}

HttpResponse text_response(const HttpRequest& request, std::string_view text,
                           const TextFields& fields) {
  const bool compressed = accepts_encoding(request.fields, "gzip");
  return encoded_response(compressed ? gzip_bytes(text) : plain_bytes(text), compressed, fields);
}

bool goes_down_to_sound(const HttpRequest& request) {
  if (request.target.query_value("sound_alone") == "1") return true;
  const std::string_view agent = request.fields.value("User-Agent");
  const auto says = [agent](std::string_view word) { return agent.find(word) != agent.npos; };
  return says("AppleCoreMedia") && !says("Apple TV");
}

}  // namespace longmen

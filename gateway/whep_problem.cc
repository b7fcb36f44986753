#include "gateway/whep_problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace longmen {
namespace {

constexpr int kRetryAfterSeconds = 2;

}  // namespace

HttpResponse unknown_channel(std::string_view channel) {
  return http_problem(404, fmt::format("there is no channel \"{}\"", channel));
}

HttpResponse relay_problem(int status, std::string_view words) {
  if (status == 503 || status == 429)
    return http_problem_for_now(status, words, kRetryAfterSeconds);
  HttpResponse response = http_problem(status, words);
  if (status == 401) response.fields.set("WWW-Authenticate", "Bearer realm=\"watch\"");
  return response;
}

bool has_rung(const std::vector<VideoRung>& ladder, std::string_view name) {
  return std::ranges::find(ladder, name, &VideoRung::name) != ladder.end();
}

HttpResponse unknown_rendition(std::string_view name, const std::vector<VideoRung>& ladder,
                               std::string_view besides) {
  std::vector<std::string_view> names;
  names.reserve(ladder.size() + 1);
  for (const VideoRung& rung : ladder)
    names.push_back(rung.name);
  if (!besides.empty()) names.push_back(besides);
  return http_problem(
      400, fmt::format("there is no rendition \"{}\"; there are {}", name, fmt::join(names, ", ")));
}

HttpResponse unknown_language(std::string_view tag, const std::vector<SoundLanguage>& languages) {
  if (languages.empty())
    return http_problem(400, "audio: the channel has one sound, and no languages to choose from");
  std::vector<std::string_view> tags;
  for (const SoundLanguage& language : languages)
    tags.push_back(language.tag);
  return http_problem(
      400, fmt::format("there is no sound in \"{}\"; there are {}", tag, fmt::join(tags, ", ")));
}

}  // namespace longmen

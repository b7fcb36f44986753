#include "core/media/generation_announcement.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace {

bool is_rendition(int id) {
  if (id < 0 || id > UINT8_MAX) return false;
  const RenditionId rendition{static_cast<uint8_t>(id)};
  return is_video(rendition) || is_sound(rendition);
}

}  // namespace

std::string to_json(const GenerationAnnouncement& announcement) {
  boost::json::array renditions;
  for (const RenditionInfo& rendition : announcement.renditions) {
    renditions.push_back({{"id", rendition.id.value},
                          {"name", rendition.name},
                          {"kind", rendition.kind},
                          {"width", rendition.width},
                          {"height", rendition.height},
                          {"fps", rendition.fps},
                          {"kbps", rendition.kbps},
                          {"codec", rendition.codec}});
  }
  return boost::json::serialize(boost::json::object{{"generation", announcement.generation.value},
                                                    {"renditions", std::move(renditions)}});
}

Result<GenerationAnnouncement> generation_announcement_from_json(std::string_view json) {
  auto fields = JsonFields::parse(json);
  if (!fields) return tl::unexpected(fields.error());
  GenerationAnnouncement announcement;
  fields->read("generation", announcement.generation.value);
  std::string problem;
  fields->each("renditions", [&](const JsonFields& from) {
    int id = -1;
    from.read("id", id);
    if (!is_rendition(id)) {
      problem = fmt::format("generation: {} is not a rendition's id", id);
      return;
    }
    RenditionInfo rendition;
    rendition.id.value = static_cast<uint8_t>(id);
    from.read("name", rendition.name);
    from.read("kind", rendition.kind);
    from.read("width", rendition.width);
    from.read("height", rendition.height);
    from.read("fps", rendition.fps);
    from.read("kbps", rendition.kbps);
    from.read("codec", rendition.codec);
    const bool known =
        std::ranges::any_of(announcement.renditions,
                            [&](const RenditionInfo& other) { return other.id == rendition.id; });
    if (known) problem = fmt::format("generation: rendition {} occurs twice", id);
    announcement.renditions.push_back(std::move(rendition));
  });
  if (!problem.empty()) return fail(std::move(problem));
  if (announcement.generation.value == 0) return fail("generation: its number is missing");
  if (announcement.renditions.empty()) return fail("generation: it has no renditions");
  return announcement;
}

}  // namespace longmen

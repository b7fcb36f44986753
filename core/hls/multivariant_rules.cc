#include "core/hls/multivariant_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/hls/attribute_list.h"

namespace longmen::hls {
namespace {

constexpr const char* kOfMedia = "4.4.6.1";
constexpr const char* kOfGroups = "4.4.6.1.1";
constexpr const char* kOfStream = "4.4.6.2";
constexpr const char* kOfAlternatives = "4.4.6.2.1";
constexpr std::string_view kOfStableIds =
    ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_";
constexpr size_t kOfInstreamIds = 63;  // letters, digits and dots, of those
// In which members of one name may differ from group to group; and the group itself.
constexpr std::array kOwnOfMembers = {
    "GROUP-ID",    "URI",        "CHANNELS", "BIT-DEPTH", "STABLE-RENDITION-ID",
    "INSTREAM-ID", "SAMPLE-RATE"};

bool is_yes_or_no(const std::string& value) {
  return value.empty() || value == "YES" || value == "NO";
}

// "CC1" to "CC4", "SERVICE1" to "SERVICE63".
bool is_caption_service(std::string_view id) {
  constexpr std::string_view kService = "SERVICE";
  constexpr int kMostServices = 63;
  if (id.size() == 3 && id.starts_with("CC")) return id[2] >= '1' && id[2] <= '4';
  if (!id.starts_with(kService)) return false;
  id.remove_prefix(kService.size());
  const auto number = to_decimal<int>(id);
  return number && *number <= kMostServices && !id.starts_with('0');
}

void check_instream_id(const ToldRendition& rendition, const std::string& name,
                       CheckFindings& findings) {
  const std::string& id = rendition.instream_id;
  const bool captions = rendition.type == "CLOSED-CAPTIONS";
  if (captions && id.empty())
    findings.violation(kOfMedia, name + " is closed captions, and has no INSTREAM-ID",
                       rendition.line);
  else if (captions && !is_caption_service(id))
    findings.violation(
        kOfMedia,
        fmt::format("{} has the INSTREAM-ID {}, none of CC1 to CC4 or SERVICE1 to SERVICE63", name,
                    id),
        rendition.line);
  else if (id.find_first_not_of(kOfStableIds.substr(0, kOfInstreamIds)) != std::string::npos)
    findings.violation(kOfMedia,
                       fmt::format("{} has the INSTREAM-ID {}, of other characters than letters, "
                                   "digits and dots",
                                   name, id),
                       rendition.line);
}

void check_attributes_of_type(const ToldRendition& rendition, const std::string& name,
                              CheckFindings& findings) {
  for (const char* attribute : {"BIT-DEPTH", "SAMPLE-RATE", "CHANNELS"}) {
    if (rendition.attributes.contains(attribute) && rendition.type != "AUDIO")
      findings.violation(kOfMedia, fmt::format("{} has {}, and is no audio", name, attribute),
                         rendition.line);
  }
  const auto stable = rendition.attributes.find("STABLE-RENDITION-ID");
  if (stable != rendition.attributes.end() &&
      stable->second.find_first_not_of(kOfStableIds) != std::string::npos)
    findings.violation(kOfMedia, name + " has a STABLE-RENDITION-ID of other characters",
                       rendition.line);
}

void check_rendition(const ToldRendition& rendition, CheckFindings& findings) {
  const auto violation = [&](const char* section, std::string words) {
    findings.violation(section, std::move(words), rendition.line);
  };
  const std::string name =
      fmt::format("the rendition \"{}\" of the group \"{}\"", rendition.name, rendition.group);
  if (rendition.type.empty()) violation(kOfMedia, name + " has no TYPE");
  if (rendition.group.empty()) violation(kOfMedia, name + " has no GROUP-ID");
  if (rendition.name.empty()) violation(kOfMedia, name + " has no NAME");
  for (const auto& [attribute, value] :
       {std::pair("DEFAULT", rendition.default_choice),
        std::pair("AUTOSELECT", rendition.autoselect), std::pair("FORCED", rendition.forced)}) {
    if (!is_yes_or_no(value))
      violation(kOfMedia, fmt::format("{} has {}={}, neither YES nor NO", name, attribute, value));
  }
  if (rendition.default_choice == "YES" && rendition.autoselect == "NO")
    violation(kOfMedia, name + " is DEFAULT=YES and AUTOSELECT=NO");
  if (!rendition.forced.empty() && rendition.type != "SUBTITLES")
    violation(kOfMedia, name + " has FORCED, and is no subtitles");
  const bool captions = rendition.type == "CLOSED-CAPTIONS";
  if (captions && !rendition.uri.empty())
    violation(kOfMedia, name + " is closed captions, and has a URI");
  check_instream_id(rendition, name, findings);
  check_attributes_of_type(rendition, name, findings);
  if (rendition.type == "SUBTITLES" && rendition.uri.empty())
    violation(kOfAlternatives, name + " is subtitles, and has no URI");
}

// By type and group.
using Groups = std::map<std::pair<std::string, std::string>, std::vector<const ToldRendition*>>;

void check_group(const std::vector<const ToldRendition*>& members, CheckFindings& findings) {
  std::set<std::string> names;
  bool has_default = false;
  for (const ToldRendition* member : members) {
    if (!names.insert(member->name).second)
      findings.violation(kOfGroups,
                         fmt::format("two renditions of the group \"{}\" have the NAME \"{}\"",
                                     member->group, member->name),
                         member->line);
    const bool is_default = member->default_choice == "YES";
    if (is_default && std::exchange(has_default, true))
      findings.violation(
          kOfGroups,
          fmt::format("two renditions of the group \"{}\" are DEFAULT=YES", member->group),
          member->line);
  }
}

ToldAttributes common_attributes(const ToldRendition& rendition) {
  ToldAttributes attributes = rendition.attributes;
  for (const char* own : kOwnOfMembers)
    attributes.erase(own);
  return attributes;
}

// "each corresponding member MUST have identical attributes with the exception of" its own.
void check_same_attributes(const Groups& groups, CheckFindings& findings) {
  std::map<std::pair<std::string, std::string>, const ToldRendition*> first;  // by type and name
  for (const auto& [key, members] : groups) {
    for (const ToldRendition* member : members) {
      const auto [found, is_first] = first.try_emplace({key.first, member->name}, member);
      if (is_first || found->second->group == member->group ||
          common_attributes(*found->second) == common_attributes(*member))
        continue;
      findings.violation(
          kOfGroups,
          fmt::format("\"{}\" has other attributes in the group \"{}\" than in \"{}\"",
                      member->name, key.second, found->second->group),
          member->line);
    }
  }
}

// Groups of one type offer the same choice.
void check_same_members(const Groups& groups, CheckFindings& findings) {
  std::map<std::string, std::pair<std::string, std::set<std::string>>> first;  // by type
  for (const auto& [key, members] : groups) {
    std::set<std::string> names;
    for (const ToldRendition* member : members)
      names.insert(member->name);
    const auto [found, is_first] = first.try_emplace(key.first, key.second, names);
    if (!is_first && found->second.second != names)
      findings.violation(kOfGroups,
                         fmt::format("the groups \"{}\" and \"{}\" of TYPE={} have other members",
                                     found->second.first, key.second, key.first),
                         members.front()->line);
  }
}

bool has_none(const ToldVariant& variant) {
  return variant.closed_captions == "NONE";
}

void check_variant(const ToldVariant& variant, const Groups& groups, CheckFindings& findings) {
  if (!variant.bandwidth)
    findings.violation(kOfStream, variant.uri + " has no BANDWIDTH", variant.line);
  if (variant.average_bandwidth && variant.bandwidth &&
      *variant.average_bandwidth > *variant.bandwidth)
    findings.violation(kOfStream, variant.uri + " has a greater AVERAGE-BANDWIDTH", variant.line);
  if (variant.codecs.empty())
    findings.advice(kOfStream, variant.uri + " has no CODECS", variant.line);
  for (const auto& [type, group] :
       {std::pair("AUDIO", variant.audio), std::pair("VIDEO", variant.video),
        std::pair("SUBTITLES", variant.subtitles),
        std::pair("CLOSED-CAPTIONS", has_none(variant) ? "" : variant.closed_captions)}) {
    if (!group.empty() && !groups.contains({type, group}))
      findings.violation(
          kOfStream,
          fmt::format("{} names the {} group \"{}\", which is not there", variant.uri, type, group),
          variant.line);
  }
}

void check_no_captions(const std::vector<ToldVariant>& variants, CheckFindings& findings) {
  const auto none = std::ranges::find_if(variants, has_none);
  if (none == variants.end()) return;
  for (const ToldVariant& variant : variants) {
    if (!has_none(variant))
      findings.violation(
          kOfStream,
          fmt::format("{} has CLOSED-CAPTIONS=NONE, and {} has not", none->uri, variant.uri),
          variant.line);
  }
}

void check_session_data(const std::vector<ToldSessionData>& all, CheckFindings& findings) {
  std::set<std::pair<std::string, std::string>> known;
  for (const ToldSessionData& data : all) {
    const std::string name = fmt::format("the session data \"{}\"", data.id);
    if (data.id.empty()) findings.violation("4.4.6.4", "session data has no DATA-ID", data.line);
    if (data.has_value == data.has_uri)
      findings.violation("4.4.6.4", name + " has not either VALUE or URI", data.line);
    if (!known.emplace(data.id, data.language).second)
      findings.violation("4.4.6.4", name + " is there twice in one LANGUAGE", data.line);
  }
}

}  // namespace

void check_multivariant(const ToldMultivariantPlaylist& playlist, CheckFindings& findings) {
  Groups groups;
  for (const ToldRendition& rendition : playlist.renditions) {
    check_rendition(rendition, findings);
    groups[{rendition.type, rendition.group}].push_back(&rendition);
  }
  for (const auto& [key, members] : groups)
    check_group(members, findings);
  check_same_members(groups, findings);
  check_same_attributes(groups, findings);
  for (const size_t line : playlist.without_uri)
    findings.violation(kOfStream, "no URI follows an EXT-X-STREAM-INF", line);
  for (const ToldVariant& variant : playlist.variants)
    check_variant(variant, groups, findings);
  check_no_captions(playlist.variants, findings);
  check_session_data(playlist.session_data, findings);
}

}  // namespace longmen::hls

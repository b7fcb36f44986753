#include "core/sdp/ice_fragment.h"

#include <fmt/format.h>

#include "core/sdp/candidate.h"
#include "core/sdp/sdp.h"

namespace longmen::sdp {
namespace {

constexpr size_t kMaxEchoedBytes = 512;

const std::string* first_anywhere(const Description& fragment, std::string_view name) {
  if (fragment.media.empty()) return fragment.attributes.first(name);
  return fragment.inherited(fragment.media.front(), name);
}

void count_candidates(const AttributeList& attributes, IceFragment& out) {
  for (const Attribute& attribute : attributes.all()) {
    if (attribute.name == "candidate") ++out.candidates;
    if (attribute.name == "end-of-candidates") out.end_of_candidates = true;
  }
}

// The first section stands for the whole bundle (draft-ietf-wish-whep: only the offerer-tagged
// section of the group is in the fragment).
void keep_for_answer(const Description& fragment, IceFragment& out) {
  const std::string* group = fragment.attributes.first("group");
  if (group && group->size() <= kMaxEchoedBytes) out.bundle_group = *group;
  if (fragment.media.empty()) return;
  const Media& media = fragment.media.front();
  std::string line = fmt::format("{} 9 {}", media.kind, media.protocol);
  for (const std::string& format : media.formats)
    line += " " + format;
  if (line.size() <= kMaxEchoedBytes) out.media_line = std::move(line);
  const std::string* mid = media.attributes.first("mid");
  if (mid && is_word(*mid)) out.mid = *mid;
}

}  // namespace

Result<IceFragment> read_ice_fragment(std::string_view text) {
  if (text.size() > kMaxFragmentBytes)
    return fail(fmt::format("longer than {} bytes", kMaxFragmentBytes));
  const auto fragment = parse_fragment(text);
  if (!fragment) return tl::unexpected(fragment.error());
  IceFragment out;
  const std::string* ufrag = first_anywhere(*fragment, "ice-ufrag");
  const std::string* pwd = first_anywhere(*fragment, "ice-pwd");
  if (!ufrag != !pwd) return fail("ice-ufrag and ice-pwd come together or not at all");
  if (ufrag) {
    if (!valid_ice_ufrag(*ufrag)) return fail("ice-ufrag is not 4 to 256 characters");
    if (!valid_ice_pwd(*pwd)) return fail("ice-pwd is not 22 to 256 characters");
    out.credentials = IceCredentials{*ufrag, *pwd};
  }
  count_candidates(fragment->attributes, out);
  for (const Media& media : fragment->media)
    count_candidates(media.attributes, out);
  keep_for_answer(*fragment, out);
  return out;
}

std::string write_ice_fragment(const IceFragment& request, const JoinAnswer& answer) {
  std::string text = "a=ice-lite\r\na=ice-options:trickle ice2\r\n";
  if (!request.bundle_group.empty()) text += fmt::format("a=group:{}\r\n", request.bundle_group);
  // RFC 8840 §9.2: a fragment without a section of its own has a pseudo m= line.
  text +=
      fmt::format("m={}\r\na=mid:{}\r\n",
                  request.media_line.empty() ? "audio 9 UDP/TLS/RTP/SAVPF 0" : request.media_line,
                  request.mid.empty() ? "0" : request.mid);
  text += fmt::format("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", answer.ufrag, answer.pwd);
  return text + write_host_candidate(answer.address, answer.port);
}

}  // namespace longmen::sdp

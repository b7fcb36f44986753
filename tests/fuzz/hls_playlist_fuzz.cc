// What a server that is checked may send: playlists, one after the other, init segments and parts.
#include <cstdint>
#include <string_view>

#include "core/base/invariant.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/multivariant_rules.h"
#include "core/hls/playlist_checker.h"
#include "core/hls/playlist_text_rules.h"
#include "core/hls/playlist_variables.h"
#include "core/hls/rendition_agreement.h"
#include "core/hls/tag_rules.h"
#include "core/hls/update_pace.h"

namespace longmen {
namespace {

void have_words(const std::vector<hls::CheckFinding>& findings) {
  for (const hls::CheckFinding& finding : findings)
    invariant(!finding.words.empty() && !finding.section.empty(), "a finding has words");
}

void check_as_multivariant(std::string_view written) {
  hls::CheckFindings findings;
  const auto told = hls::substitute_variables(
      written, {hls::PlaylistKind::kMultivariant, "http://a/?b=c", nullptr}, findings);
  if (!told) return;
  const std::string& text = told->text;
  hls::check_playlist_text(text, hls::PlaylistKind::kMultivariant, findings);
  hls::check_tags(text, findings);
  if (const auto playlist = hls::read_multivariant_playlist(text))
    hls::check_multivariant(*playlist, findings);
  have_words(findings.take());
}

// As those of one rendition, and as those of two that take turns.
class MediaPlaylists {
 public:
  void check(std::string_view written) {
    hls::CheckFindings findings;
    const hls::PlaylistVariables imported = {{"a", "b"}};
    const auto told = hls::substitute_variables(
        written, {hls::PlaylistKind::kMedia, "http://a/?b=c", &imported}, findings);
    have_words(findings.take());
    if (!told) return;
    const std::string& text = told->text;
    have_words(checker_.handle_text(text));
    const auto playlist = hls::read_media_playlist(text);
    if (!playlist) return;
    have_words(checker_.handle(*playlist, {}));
    have_words(pace_.handle({10.0 * count_, 10.0 * count_ + 1, 0, count_ % 2 == 0}, *playlist));
    hls::RenditionAgreement::Answer answer;
    answer.url = count_++ % 2 == 0 ? "a" : "b";
    answer.asked_s = answer.answered_s = 10.0 * count_;
    for (const hls::ToldReport& report : playlist->reports)
      answer.report_urls.push_back(report.uri);
    have_words(agreement_.handle_playlist(answer, *playlist));
    for (const hls::ToldSegment& segment : playlist->segments) {
      if (segment.date_s)
        have_words(agreement_.handle_media(
            answer.url, checker_.sequence().discontinuities_of(segment.media_sequence).value_or(0),
            *segment.date_s, segment.duration_s));
    }
  }

 private:
  hls::PlaylistChecker checker_;
  hls::UpdatePace pace_;
  hls::RenditionAgreement agreement_;
  int count_ = 0;
};

}  // namespace
}  // namespace longmen

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MediaPlaylists media;
  // Several playlists, with a zero between.
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (hls::is_multivariant(one)) check_as_multivariant(one);
    media.check(one);
  }
  const ByteSpan bytes(data, size);
  cmaf::TrackHeader track;
  if (const auto read = cmaf::read_track_header(bytes)) track = *read;
  invariant(cmaf::read_sample_formats(bytes).size() <= cmaf::kMaxFormats, "formats are bounded");
  if (const auto timing = cmaf::read_chunk_timing(bytes, track))
    invariant(timing->samples > 0 && timing->samples <= cmaf::kMaxSamples, "samples are bounded");
  return 0;
}

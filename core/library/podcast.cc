#include "core/library/podcast.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>

#include "core/guide/utc_text.h"
#include "core/guide/xmltv.h"

namespace longmen::library {
namespace {

// "Thu, 26 Nov 2026 11:30:00 +0000"
std::string rfc5322_utc(int64_t epoch_ms) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const UtcParts at = utc_parts(epoch_ms);
  const weekday day{floor<days>(sys_time<milliseconds>(milliseconds(epoch_ms)))};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[day.c_encoding()], at.day,
                     kMonths[at.month - 1], at.year, at.hour, at.minute, at.second);
}

std::string address_of(const Podcast& podcast, std::string_view path, std::string_view query) {
  std::string address = podcast.origin + std::string(path);
  if (!query.empty()) address += fmt::format("?{}", query);
  if (!podcast.query.empty()) address += (query.empty() ? "?" : "&") + podcast.query;
  return xml_text(address);
}

std::string poster_of(const Podcast& podcast, const Episode& episode) {
  return fmt::format("<itunes:image href=\"{}\"/>\n",
                     address_of(podcast, "/replay/" + episode.recording + "/poster.jpg", ""));
}

void add_episode(std::string& out, const Podcast& podcast, const Episode& episode) {
  std::vector<std::string> about = episode.speakers;
  for (const std::string* text : {&episode.theme, &episode.place})
    if (!text->empty()) about.push_back(*text);
  out += fmt::format(
      "    <item>\n"
      "      <title>{}</title>\n"
      "      <guid isPermaLink=\"false\">{}</guid>\n"
      "      <link>{}</link>\n"
      "      <pubDate>{}</pubDate>\n"
      "      <description>{}</description>\n"
      "      <enclosure url=\"{}\" length=\"{}\" type=\"audio/mp4\"/>\n"
      "      <itunes:duration>{}</itunes:duration>\n"
      "      <itunes:explicit>false</itunes:explicit>\n",
      xml_text(episode.title), xml_text(episode.recording),
      address_of(podcast, "/", "replay=" + episode.recording), rfc5322_utc(episode.end_ms),
      xml_text(fmt::format("{}", fmt::join(about, " · "))),
      address_of(podcast, "/replay/" + episode.recording + "/download.mp4", "rendition=audio"),
      episode.bytes, episode.length_ms / 1000);
  out += "      " + poster_of(podcast, episode);
  if (!episode.speakers.empty())
    out += fmt::format("      <itunes:author>{}</itunes:author>\n",
                       xml_text(fmt::format("{}", fmt::join(episode.speakers, ", "))));
  out += "    </item>\n";
}

}  // namespace

std::string podcast_xml(const Podcast& podcast, const std::vector<Episode>& episodes) {
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\""
      " xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\">\n"
      "  <channel>\n"
      "    <title>{}</title>\n"
      "    <link>{}</link>\n"
      "    <description>{}</description>\n"
      "    <language>{}</language>\n"
      "    <atom:link href=\"{}\" rel=\"self\" type=\"application/rss+xml\"/>\n"
      "    <itunes:author>{}</itunes:author>\n"
      "    <itunes:category text=\"{}\"/>\n"
      "    <itunes:explicit>false</itunes:explicit>\n",
      xml_text(podcast.title), address_of(podcast, "/library", ""),
      xml_text(podcast.description.empty() ? podcast.title : podcast.description),
      xml_text(podcast.language.empty() ? kDefaultLanguage : podcast.language),
      xml_text(podcast.origin + podcast.self),
      xml_text(podcast.author.empty() ? podcast.title : podcast.author), kPodcastCategory);
  if (!episodes.empty()) out += "    " + poster_of(podcast, episodes.front());
  for (const Episode& episode : episodes)
    add_episode(out, podcast, episode);
  return out + "  </channel>\n</rss>\n";
}

}  // namespace longmen::library

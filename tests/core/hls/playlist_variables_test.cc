#include "core/hls/playlist_variables.h"

#include <gtest/gtest.h>

#include "core/hls/playlist_reader.h"
#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

struct Replaced {
  std::string text;
  Sections sections;
  PlaylistVariables variables;
};

Replaced replaced_in(const std::string& lines, VariableSources sources = {}, int version = 11) {
  const std::string head = "#EXTM3U\n#EXT-X-VERSION:" + std::to_string(version) + "\n";
  CheckFindings findings;
  const auto told = substitute_variables(head + lines, sources, findings);
  EXPECT_TRUE(told);
  if (!told) return {};
  EXPECT_TRUE(told->text.starts_with(head));
  return {told->text.substr(head.size()), test::sections_of(findings.take()), told->variables};
}

const std::string kDefined = "#EXT-X-DEFINE:NAME=\"x\",VALUE=\"cdn/a\"\n";

TEST(PlaylistVariables, UrisAndQuotedValuesAndHexadecimalOnesAreReplaced) {
  const auto replaced = replaced_in(kDefined + "#EXT-X-DEFINE:NAME=\"iv\",VALUE=\"0F\"\n" +
                                    "#EXT-X-KEY:METHOD=AES-128,URI=\"{$x}/k\",IV=0x{$iv}1\n"
                                    "#EXT-X-PART:DURATION=1,URI=\"{$x}.0\",INDEPENDENT=YES\r\n"
                                    "#EXTINF:1,{$x}\n{$x}/{$x}.mp4\n# {$x}\n");
  EXPECT_EQ(replaced.sections, Sections{});
  EXPECT_EQ(replaced.text.substr(replaced.text.find("#EXT-X-KEY")),
            "#EXT-X-KEY:METHOD=AES-128,URI=\"cdn/a/k\",IV=0x0F1\n"
            "#EXT-X-PART:DURATION=1,URI=\"cdn/a.0\",INDEPENDENT=YES\r\n"
            "#EXTINF:1,{$x}\ncdn/a/cdn/a.mp4\n# {$x}\n");
}

TEST(PlaylistVariables, WhatIsReplacedIsNotReplacedAgain) {
  EXPECT_EQ(replaced_in("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"{$\"\n"
                        "#EXT-X-DEFINE:NAME=\"b\",VALUE=\"b}\"\n{$a}{$b}\n")
                .text,
            "#EXT-X-DEFINE:NAME=\"a\",VALUE=\"{$\"\n"
            "#EXT-X-DEFINE:NAME=\"b\",VALUE=\"b}\"\n{$b}\n");
  EXPECT_EQ(replaced_in(kDefined + "#EXT-X-DEFINE:NAME=\"y\",VALUE=\"{$x}/b\"\n").variables["y"],
            "cdn/a/b");
}

TEST(PlaylistVariables, AReferenceIsToWhatIsDefinedBefore) {
  EXPECT_EQ(replaced_in("{$x}\n" + kDefined).sections, Sections{"!4.3"});
  EXPECT_EQ(replaced_in(kDefined + "{$X}\n").sections, Sections{"!4.3"}) << "case matters";
  EXPECT_EQ(replaced_in(kDefined + "{$x.y}/{$}/{$x\n").sections, Sections{}) << "that is none";
}

TEST(PlaylistVariables, ADefinitionIsOfOneKindAndOfOneName) {
  EXPECT_EQ(replaced_in("#EXT-X-DEFINE:VALUE=\"a\"\n").sections, Sections{"!4.4.2.3"});
  EXPECT_EQ(replaced_in("#EXT-X-DEFINE:NAME=\"a\",IMPORT=\"b\"\n").sections, Sections{"!4.4.2.3"});
  EXPECT_EQ(replaced_in("#EXT-X-DEFINE:NAME=\"a\"\n").sections, Sections{"!4.4.2.3"});
  EXPECT_EQ(replaced_in("#EXT-X-DEFINE:NAME=\"a b\",VALUE=\"\"\n").sections, Sections{"!4.4.2.3"});
  EXPECT_EQ(replaced_in("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"\"\n").sections, Sections{});
  EXPECT_EQ(replaced_in(kDefined + kDefined).sections, Sections{"!4.4.2.3"});
  EXPECT_EQ(replaced_in(kDefined, {}, 7).sections, Sections{"!8"});
}

TEST(PlaylistVariables, AMediaPlaylistImportsThoseOfItsMultivariantOne) {
  const std::string import = "#EXT-X-DEFINE:IMPORT=\"t\"\n{$t}\n";
  const PlaylistVariables of_multivariant = {{"t", "1"}};
  const PlaylistVariables none;
  EXPECT_EQ(replaced_in(import, {PlaylistKind::kMedia, "", &of_multivariant}).text,
            "#EXT-X-DEFINE:IMPORT=\"t\"\n1\n");
  const Sections failed = {"!4.4.2.3", "!4.3"};
  EXPECT_EQ(replaced_in(import, {PlaylistKind::kMedia, "", &none}).sections, failed);
  EXPECT_EQ(replaced_in(import, {PlaylistKind::kMedia, "", nullptr}).sections, failed);
  EXPECT_EQ(replaced_in(import, {PlaylistKind::kMultivariant, "", nullptr}).sections, failed);
}

TEST(PlaylistVariables, AParameterIsThatOfThePlaylistsUri) {
  const std::string define = "#EXT-X-DEFINE:QUERYPARAM=\"t\"\n{$t}\n";
  const auto of_url = [&](std::string_view url, int version = 11) {
    return replaced_in(define, {PlaylistKind::kMedia, url, nullptr}, version);
  };
  EXPECT_EQ(of_url("http://h/p?s=2&t=a%2Fb+c#t=4").text, "#EXT-X-DEFINE:QUERYPARAM=\"t\"\na/b+c\n");
  const Sections failed = {"!4.4.2.3", "!4.3"};
  EXPECT_EQ(of_url("http://h/p?s=2").sections, failed);
  EXPECT_EQ(of_url("http://h/p?t=&t").sections, failed) << "it has no value";
  EXPECT_EQ(of_url("http://h/p?t=%22").sections, failed);
  EXPECT_EQ(of_url("http://h/p?t=%0A").sections, failed);
  EXPECT_EQ(of_url("http://h/p?t=1", 10).sections, Sections{"!8"});
}

TEST(PlaylistVariables, APlaylistStaysBounded) {
  std::string text = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"" + std::string(1 << 20, 'a') +
                     "\"\n{$a}{$a}{$a}{$a}{$a}\n";
  CheckFindings findings;
  EXPECT_FALSE(substitute_variables(text, {}, findings));
  EXPECT_FALSE(substitute_variables(std::string(kMaxPlaylistBytes + 1, '#'), {}, findings));
}

}  // namespace
}  // namespace longmen::hls

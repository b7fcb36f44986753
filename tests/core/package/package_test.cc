// A recording's package: what leaves, and that nothing of one that arrives is believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/hex.h"
#include "core/base/plain_text.h"
#include "core/base/sha256.h"
#include "tests/core/package/made_up_package.h"

namespace longmen::package {
namespace {

using test::kN0;
using test::MadeUpPackage;
using test::MadeUpRecording;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KeptStore : public PackageReader::Store {
 public:
  Result<void> describe(const PackageHead& of, const std::vector<recording::RecordedTrack>&,
                        uint64_t bytes) override {
    head = of;
    media_bytes = bytes;
    return {};
  }
  Result<void> keep_init(const std::string&, ByteSpan) override { return {}; }
  Result<void> keep_segment(size_t track, const recording::RecordedSegment& segment,
                            ByteSpan bytes) override {
    segments[{track, segment.media_sequence}] = Bytes(bytes.begin(), bytes.end());
    return {};
  }
  Result<void> keep_captions(const recording::WrittenCaptions& of) override {
    captions.push_back(of);
    return {};
  }
  Result<void> begin_courseware(const recording::Courseware& file) override {
    courseware.emplace_back(file.name, "");
    return {};
  }
  Result<void> courseware_data(ByteSpan bytes) override {
    courseware.back().second += as_text(bytes);
    return {};
  }
  Result<void> end_courseware() override { return {}; }

  PackageHead head;
  uint64_t media_bytes = 0;
  std::map<std::pair<size_t, int64_t>, Bytes> segments;
  std::vector<recording::WrittenCaptions> captions;
  std::vector<std::pair<std::string, std::string>> courseware;
};

std::string read(const Bytes& tar, KeptStore& store, size_t step = 4096) {
  PackageReader reader(store);
  for (ByteSpan rest(tar); !rest.empty();) {
    const ByteSpan piece = rest.first(std::min(step, rest.size()));
    if (auto fed = reader.feed(piece); !fed) return fed.error().message;
    rest = rest.subspan(piece.size());
  }
  const auto whole = reader.finish();
  return whole ? "whole" : whole.error().message;
}
void flip_middle(Bytes& bytes) {
  bytes[bytes.size() / 2] ^= 1;
}
std::string read(const Bytes& tar) {
  KeptStore store;
  return read(tar, store);
}

TEST(Package, ArrivesAsItLeft) {
  const MadeUpPackage made;
  for (const size_t step : {size_t{1} << 20, size_t{511}}) {
    KeptStore store;
    ASSERT_EQ(read(made.tar(), store, step), "whole");
    EXPECT_EQ(store.head.info.id, "talk");
    EXPECT_EQ(store.head.talk.at("title").as_string(), "灌溉");
    EXPECT_EQ(store.segments.size(), made.segment_count());
    uint64_t bytes = 0;
    for (const auto& [which, segment] : store.segments) {
      bytes += segment.size();
      EXPECT_EQ(segment, made.segment(which.first, which.second));
    }
    EXPECT_EQ(bytes, store.media_bytes);
    EXPECT_THAT(store.courseware,
                ElementsAre(std::pair<std::string, std::string>{"讲义.pdf", made.courseware_text}));
  }
}

TEST(Package, WhatIsNotShownDoesNotLeave) {
  MadeUpPackage made;
  made.recording.info.withdrawn = {{(kN0 + 1) * 1000, (kN0 + 2) * 1000}};
  made.recording.info.chapters = {{"a", (kN0 + 1) * 1000 + 100, "秘密", 1},
                                  {"b", (kN0 + 2) * 1000 + 100, "公开", 1}};
  made.recording.info.shown = {kN0 * 1000, (kN0 + 3) * 1000};
  KeptStore store;
  const Bytes tar = made.tar();
  ASSERT_EQ(read(tar, store), "whole");
  EXPECT_FALSE(store.segments.contains({0, kN0 + 1}));
  EXPECT_FALSE(store.segments.contains({0, kN0 + 3})) << "trimmed off";
  EXPECT_TRUE(store.segments.contains({0, kN0 + 2}));
  EXPECT_THAT(store.head.info.withdrawn, IsEmpty());
  ASSERT_EQ(store.head.info.chapters.size(), 1U);
  EXPECT_EQ(store.head.info.chapters[0].title, "公开");
  EXPECT_EQ(as_text(tar).find("秘密"), std::string::npos);
  const Bytes withdrawn = made.segment(0, kN0 + 1);
  EXPECT_EQ(as_text(tar).find(as_text(withdrawn).substr(0, 200)), std::string::npos);
}

TEST(Package, OneOfWhichAnythingIsOtherIsRefused) {
  const MadeUpPackage made;
  const auto altered = [&](const auto& change) {
    std::vector<MadeUpPackage::File> files = made.files();
    change(files);
    return read(MadeUpPackage::tar_of(files));
  };
  using Files = std::vector<MadeUpPackage::File>;
  const auto at = [](Files& files, std::string_view path) {
    const auto found = std::ranges::find(files, path, &MadeUpPackage::File::path);
    EXPECT_NE(found, files.end()) << path;
    return found;
  };
  const std::string segment = segment_path("v0", kN0 + 1);
  EXPECT_EQ(altered([](Files&) {}), "whole");
  EXPECT_THAT(altered([&](Files& files) { flip_middle(at(files, segment)->bytes); }),
              HasSubstr("has other bytes"));
  EXPECT_THAT(altered([&](Files& files) { at(files, segment)->bytes.pop_back(); }),
              HasSubstr("another size"));
  EXPECT_THAT(altered([&](Files& files) { files.push_back(*at(files, segment)); }),
              HasSubstr("there twice"));
  EXPECT_THAT(altered([&](Files& files) { files.erase(at(files, segment)); }),
              HasSubstr("are missing"));
  EXPECT_THAT(altered([&](Files& files) { files.pop_back(); }), HasSubstr("is missing"));
  EXPECT_THAT(altered([&](Files& files) { at(files, "manifest.json")->bytes[20] ^= 1; }),
              HasSubstr("manifest.json"));
  EXPECT_THAT(altered([&](Files& files) { at(files, "v0.index")->bytes[100] ^= 1; }),
              HasSubstr("damaged"));
  EXPECT_THAT(altered([&](Files& files) {
                files.push_back({"v0/../../evil", {1}});
              }),
              HasSubstr("leads elsewhere"));
  EXPECT_THAT(altered([&](Files& files) {
                files.push_back({"/etc/passwd", {1}});
              }),
              HasSubstr("leads elsewhere"));
  EXPECT_THAT(altered([&](Files& files) {
                files.push_back({"other", {1}});
              }),
              HasSubstr("no file of a package"));
  EXPECT_THAT(altered([&](Files& files) { files.front().path = "first"; }),
              HasSubstr("not its first file"));
  EXPECT_THAT(altered([&](Files& files) {
                std::string text(as_text(files.front().bytes));
                text.replace(text.find("\"version\":1"), 11, "\"version\":3");
                files.front().bytes.assign(text.begin(), text.end());
              }),
              HasSubstr("of version 3, and 2 is known"));
}

TEST(Package, CaptionsArriveWithTheirTimesAndAreCleanedAnew) {
  MadeUpPackage made;
  EXPECT_THAT(std::string(as_text(made.files().front().bytes)), HasSubstr("\"version\":1"))
      << "of one without captions";
  using std::chrono::seconds;
  const auto zh = recording::write_captions("zh-Hans", "中文", kN0 * 1000,
                                            {{seconds(1), seconds(2), "", "<b>一</b>"}});
  ASSERT_TRUE(zh);
  made.captions = {*zh};
  EXPECT_THAT(std::string(as_text(made.files().front().bytes)), HasSubstr("\"version\":2"));
  KeptStore store;
  ASSERT_EQ(read(made.tar(), store), "whole");
  ASSERT_EQ(store.captions.size(), 1U);
  EXPECT_EQ(store.captions[0].track, zh->track);
  EXPECT_EQ(store.captions[0].file, zh->file);
  // Another writer's, with its right digest.
  recording::WrittenCaptions other = *zh;
  other.file = "WEBVTT\n\n00:01.000 --> 00:02.000\n<script>x</script>\n";
  other.track.bytes = other.file.size();
  other.track.sha256 = sha256_hex(other.file);
  made.captions = {other};
  KeptStore cleaned;
  ASSERT_EQ(read(made.tar(), cleaned), "whole");
  EXPECT_EQ(cleaned.captions[0].file, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nx\n");
  EXPECT_EQ(cleaned.captions[0].track.sha256, sha256_hex(cleaned.captions[0].file));
}

TEST(Package, CaptionsOfWhichAnythingIsOtherAreRefused) {
  MadeUpPackage made;
  using std::chrono::seconds;
  made.captions = {*recording::write_captions("zh-Hans", "中文", kN0 * 1000,
                                              {{seconds(1), seconds(2), "", "一"}})};
  const auto altered = [&](const auto& change) {
    std::vector<MadeUpPackage::File> files = made.files();
    const auto at = std::ranges::find(files, captions_path("zh-Hans"), &MadeUpPackage::File::path);
    EXPECT_NE(at, files.end());
    change(files, at);
    return read(MadeUpPackage::tar_of(files));
  };
  EXPECT_THAT(altered([](auto&, auto at) { flip_middle(at->bytes); }),
              HasSubstr("captions/zh-Hans.vtt has other bytes"));
  EXPECT_THAT(altered([](auto&, auto at) { at->bytes.pop_back(); }), HasSubstr("another size"));
  EXPECT_THAT(altered([](auto& files, auto at) { files.erase(at); }),
              HasSubstr("captions/zh-Hans.vtt is missing"));
  EXPECT_THAT(altered([](auto&, auto at) { at->path = "captions/en.vtt"; }),
              HasSubstr("not named in package.json"));
  made.captions[0].file = "no captions, though of the right digest";
  made.captions[0].track.bytes = made.captions[0].file.size();
  made.captions[0].track.sha256 = sha256_hex(made.captions[0].file);
  EXPECT_THAT(altered([](auto&, auto) {}), HasSubstr("captions/zh-Hans.vtt: line"));
}

TEST(Package, WhatPeopleOrderedElsewhereIsRefused) {
  MadeUpPackage made;
  const auto with = [&](const auto& change) {
    std::vector<MadeUpPackage::File> files = made.files();
    auto head = read_head(as_text(files.front().bytes));
    EXPECT_TRUE(head);
    change(head->info);
    files.front().bytes = MadeUpPackage::bytes_of(write_head(*head));
    return read(MadeUpPackage::tar_of(files));
  };
  EXPECT_EQ(with([](recording::RecordingInfo&) {}), "whole");
  const auto has_orders = HasSubstr("it has orders");
  EXPECT_THAT(with([](auto& info) { info.keep = true; }), has_orders);
  EXPECT_THAT(with([](auto& info) { info.keep_days = -1; }), has_orders);
  EXPECT_THAT(with([](auto& info) { info.kept_from_ms = 1; }), has_orders);
  EXPECT_THAT(with([](auto& info) { info.source = "talk"; }), has_orders);
  EXPECT_THAT(with([](auto& info) { info.shown = {1, 2}; }), has_orders);
  EXPECT_THAT(with([](auto& info) { info.withdrawn = {{1, 2}}; }), has_orders);
  EXPECT_THAT(with([](auto& info) { info.cuts = {{1, 2}}; }), has_orders);
}

TEST(Package, CoursewareThatIsNoneIsRefused) {
  MadeUpPackage made;
  std::vector<MadeUpPackage::File> files = made.files();
  auto head = read_head(as_text(files.front().bytes));
  ASSERT_TRUE(head);
  head->courseware[0].bytes = kMaxTarFileBytes + 1;
  files.front().bytes = MadeUpPackage::bytes_of(write_head(*head));
  EXPECT_THAT(read(MadeUpPackage::tar_of(files)), HasSubstr("is larger than any"));
  made.courseware_text = "<script>alert(1)</script>";
  EXPECT_THAT(read(made.tar()), HasSubstr("does not begin as a file that ends in pdf does"));
}

TEST(Package, LinksAndOtherKindsOfFilesAreRefused) {
  const MadeUpPackage made;
  for (const char kind : {'1', '2', '3', 'L', 'x', 'g'}) {
    Bytes tar = tar_header("package.json", 0);
    tar[156] = static_cast<uint8_t>(kind);
    uint64_t sum = 0;
    for (size_t i = 0; i < tar.size(); ++i)
      sum += i >= 148 && i < 156 ? uint8_t{' '} : tar[i];
    const std::string digits = fmt::format("{:06o}", sum);
    std::ranges::copy(digits, tar.begin() + 148);
    EXPECT_THAT(read(tar), ::testing::AnyOf(HasSubstr("is a link"), HasSubstr("no plain file")))
        << kind;
  }
}

TEST(Package, OneThatIsCutShortAnywhereIsNotWhole) {
  const MadeUpPackage made;
  const Bytes tar = made.tar();
  for (size_t end = 0; end < tar.size() - 512; end += 4099)
    EXPECT_NE(read(Bytes(tar.begin(), tar.begin() + static_cast<ptrdiff_t>(end))), "whole") << end;
}

TEST(Package, ASegmentInPartHasItsDigestInTheHead) {
  MadeUpPackage made;
  made.drop_last_part(0, kN0 + 2);
  KeptStore store;
  ASSERT_EQ(read(made.tar(), store), "whole");
  EXPECT_EQ(store.head.partial.size(), 1U);
  EXPECT_TRUE(store.segments.contains({0, kN0 + 2}));
}

}  // namespace
}  // namespace longmen::package

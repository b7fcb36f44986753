// Packages and clips as folders of recordings: real files, without HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "gateway/caption_files.h"
#include "gateway/check_recording.h"
#include "gateway/clip_files.h"
#include "gateway/package_export.h"
#include "gateway/package_intake.h"
#include "net/state_file.h"
#include "tests/core/package/made_up_package.h"
#include "tests/net/loopback.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using test::kN0;
using test::MadeUpPackage;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PackageFilesTest : public ::testing::Test {
 protected:
  static Result<void> feed(PackageIntake& intake, const Bytes& tar) {
    const std::string_view text = as_text(tar);
    for (size_t at = 0; at < text.size(); at += 10'000) {
      if (auto fed = intake.feed(text.substr(at, 10'000)); !fed) return fed;
    }
    return intake.finish();
  }
  recording::RecordingInfo import(const Bytes& tar, const std::string& id) {
    PackageIntake intake({root_, "x-" + id, 0});
    const auto fed = feed(intake, tar);
    EXPECT_TRUE(fed) << fed.error().message;
    const auto info = intake.settle({id, "main", "s9", "灌溉", "栏目", 90, kArrivedMs});
    EXPECT_TRUE(info) << info.error().message;
    return info.value_or(recording::RecordingInfo());
  }
  static RecordingMedia media_of(const LoadedRecording& loaded) {
    return {loaded.recorded(), loaded.inits};
  }
  Bytes export_again(const std::string& id) {
    const auto loaded = load_recording(root_ + "/" + id);
    EXPECT_TRUE(loaded);
    const auto layout = lay_out_package(loaded->info, root_ + "/" + id, media_of(*loaded), {});
    EXPECT_TRUE(layout) << layout.error().message;
    test::IoThread thread;
    auto pool = std::make_unique<DiskPool>(thread.io());
    PackageBody body(*pool, *layout, nullptr);
    const auto read_all = [&body]() -> asio::awaitable<std::string> {
      std::string all;
      for (;;) {
        const HttpBodyPiece piece = co_await body.read();
        if (!piece || piece->empty()) co_return all;
        all += *piece;
      }
    };
    const std::string text = asio::co_spawn(thread.io(), read_all(), asio::use_future).get();
    EXPECT_EQ(text.size(), (*layout)->bytes);
    thread.stop();
    pool.reset();
    return {text.begin(), text.end()};
  }
  std::vector<std::string> names() const {
    return names_in(root_).value_or(std::vector<std::string>());
  }

  static constexpr int64_t kArrivedMs = (kN0 + 1'000'000) * 1000;
  const test::TemporaryFolder folder_;
  const std::string root_ = folder_.path();
  MadeUpPackage made_;
};

TEST_F(PackageFilesTest, WhatArrivesIsARecordingAndLeavesAsTheSameBytes) {
  const recording::RecordingInfo info = import(made_.tar(), "r1");
  EXPECT_EQ(info.session, "s9");
  EXPECT_EQ(info.keep_days, 90);
  EXPECT_EQ(info.kept_from_ms, kArrivedMs) << "its age is that of its being here";
  EXPECT_THAT(names(), ElementsAre("r1"));
  const auto verdict = check_recording(root_ + "/r1", Repair::kNo);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_THAT(verdict->wrong, IsEmpty());
  EXPECT_TRUE(verdict->has_manifest);
  const auto files = load_courseware(root_ + "/r1");
  ASSERT_TRUE(files && files->size() == 1);
  EXPECT_EQ(read_state_file(root_ + "/r1/" + courseware_file_name((*files)[0].id)).value_or(""),
            made_.courseware_text);
  // Again from there: every segment is the one that it was.
  PackageIntake check({});
  const Bytes again = export_again("r1");
  const auto whole = feed(check, again);
  ASSERT_TRUE(whole) << whole.error().message;
  for (size_t i = 0; i < made_.recording.tracks.size(); ++i) {
    for (const auto& [number, segment] : check.reader().tracks()[i].segments())
      EXPECT_EQ(segment.sha256, sha256_digest(made_.segment(i, number)));
  }
}

TEST_F(PackageFilesTest, OneThatIsCutShortLeavesNothing) {
  Bytes tar = made_.tar();
  tar.resize(tar.size() / 2);
  {
    PackageIntake intake({root_, "cut", 0});
    const auto fed = feed(intake, tar);
    ASSERT_FALSE(fed);
    EXPECT_THAT(fed.error().message, HasSubstr("cut short"));
    EXPECT_FALSE(intake.disk_failed());
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(PackageFilesTest, OneForWhichThereIsNoRoomIsRefusedBeforeItsMedia) {
  PackageIntake intake({root_, "large", uint64_t{1} << 62});
  const auto fed = feed(intake, made_.tar());
  ASSERT_FALSE(fed);
  EXPECT_TRUE(intake.no_room());
  EXPECT_FALSE(fs::exists(import_folder(root_, "large") + "/v0-0.m4s"));
}

TEST_F(PackageFilesTest, CoursewareThatIsMoreThanTheNodeTakesIsRefusedByName) {
  made_.courseware_text.resize(3 << 20, 'x');
  const Bytes tar = made_.tar();
  const auto words = [&](const recording::CoursewareLimits& limits) {
    PackageIntake intake({root_, "much", 0, limits});
    const auto fed = feed(intake, tar);
    EXPECT_EQ(intake.too_large(), !fed);
    EXPECT_FALSE(intake.disk_failed());
    return fed ? std::string() : fed.error().message;
  };
  EXPECT_THAT(words({2 << 20, 9 << 20}), HasSubstr("\"讲义.pdf\" is larger than 2 MB"));
  EXPECT_THAT(words({9 << 20, 2 << 20}),
              HasSubstr("with \"讲义.pdf\" its courseware is more than 2 MB"));
  EXPECT_THAT(words({0, 0}), HasSubstr("\"讲义.pdf\" is larger than 0 MB"));
  EXPECT_THAT(names(), IsEmpty()) << "nothing of it is left";
  EXPECT_EQ(words({3 << 20, 3 << 20}), "");
}

TEST_F(PackageFilesTest, WhatAProcessLeftWhenItDiedGoesOrIsFinished) {
  import(made_.tar(), "r1");
  // With its name, and without.
  fs::rename(root_ + "/r1", import_folder(root_, "named"));
  fs::create_directory(import_folder(root_, "half"));
  fs::copy(import_folder(root_, "named") + "/v0.index", import_folder(root_, "half") + "/v0.index");
  finish_imports(root_);
  EXPECT_THAT(names(), ElementsAre("r1"));
  const auto verdict = check_recording(root_ + "/r1", Repair::kNo);
  ASSERT_TRUE(verdict);
  EXPECT_THAT(verdict->wrong, IsEmpty());
}

TEST_F(PackageFilesTest, AClipIsTheRangeThatIsShownAndOutlivesItsSource) {
  recording::RecordingInfo info = import(made_.tar(), "r1");
  info.withdrawn = {{(kN0 + 2) * 1000, (kN0 + 2) * 1000 + 1}};
  const auto source = load_recording(root_ + "/r1");
  ASSERT_TRUE(source);
  const auto clip = make_clip_files(root_, info, media_of(*source),
                                    {"c1",
                                     "s2",
                                     "渠",
                                     "栏目",
                                     {(kN0 + 1) * 1000, (kN0 + 3) * 1000},
                                     {{kN0 * 1000, kN0 * 1000 + 1}},
                                     {},
                                     -1,
                                     kArrivedMs});
  ASSERT_TRUE(clip) << clip.error().message;
  EXPECT_EQ(clip->source, "r1");
  EXPECT_EQ(clip->keep_days, -1);
  EXPECT_EQ(clip->kept_from_ms, kArrivedMs);
  EXPECT_GT(clip->bytes, 0U);
  EXPECT_LT(clip->bytes, info.bytes);
  const std::string media = media_file_name("v0", (kN0 + 1) / recording::kSegmentsInFile);
  EXPECT_EQ(fs::hard_link_count(root_ + "/c1/" + media), 2U) << "nothing is copied";
  ASSERT_TRUE(remove_recording(root_, "r1"));
  const auto loaded = load_recording(root_ + "/c1");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->found, 0U) << "what else is in its files is not its own";
  EXPECT_TRUE(loaded->tracks[0].recorded.find(kN0 + 1));
  EXPECT_FALSE(loaded->tracks[0].recorded.find(kN0 + 2)) << "withdrawn";
  EXPECT_FALSE(loaded->tracks[0].recorded.find(kN0)) << "outside";
  const auto verdict = check_recording(root_ + "/c1", Repair::kNo);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_THAT(verdict->wrong, IsEmpty());
  EXPECT_FALSE(check_recording(root_ + "/c1", Repair::kYes));
  const Bytes tar = export_again("c1");
  EXPECT_EQ(as_text(tar).find(as_text(made_.segment(0, kN0 + 2)).substr(0, 200)),
            std::string::npos);
}

TEST_F(PackageFilesTest, CaptionsArriveLeaveAndAreClippedAsTheMediaAre) {
  using std::chrono::milliseconds;
  const auto cue = [](int from, int to, const char* text) {
    return captions::Cue{milliseconds(from), milliseconds(to), "", text};
  };
  const auto zh = recording::write_captions(
      "zh-Hans", "中文", kN0 * 1000,
      {cue(0, 900, "早"), cue(1200, 1800, "留"), cue(2500, 2600, "秘密"), cue(3100, 3500, "晚")});
  ASSERT_TRUE(zh);
  made_.captions = {*zh};
  recording::RecordingInfo info = import(made_.tar(), "r1");
  const auto tracks = load_captions(root_ + "/r1");
  ASSERT_TRUE(tracks) << tracks.error().message;
  EXPECT_THAT(*tracks, ElementsAre(zh->track));
  ASSERT_EQ(load_cues(root_ + "/r1", zh->track)->size(), 4U);
  info.withdrawn = {{(kN0 + 2) * 1000, (kN0 + 2) * 1000 + 1}};
  const auto source = load_recording(root_ + "/r1");
  ASSERT_TRUE(source);
  const auto clip = make_clip_files(
      root_, info, media_of(*source),
      {"c1", "s2", "渠", "栏目", {(kN0 + 1) * 1000, (kN0 + 3) * 1000}, {}, {}, -1, kArrivedMs});
  ASSERT_TRUE(clip) << clip.error().message;
  const auto of_clip = load_captions(root_ + "/c1");
  ASSERT_TRUE(of_clip && of_clip->size() == 1);
  EXPECT_THAT(*load_cues(root_ + "/c1", (*of_clip)[0]), ElementsAre(cue(1200, 1800, "留")));
  // What leaves is what is shown, too.
  ASSERT_TRUE(write_state_file(root_ + "/r1/recording.json", to_json(info)));
  const Bytes tar = export_again("r1");
  EXPECT_EQ(as_text(tar).find("秘密"), std::string::npos);
  EXPECT_NE(as_text(tar).find("晚"), std::string::npos);
  PackageIntake check({});
  const auto whole = feed(check, tar);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(check.captions().at(0).cues, 3);
  // One whose list cannot be read leaves without.
  const std::string list = read_state_file(root_ + "/r1/captions.json").value_or("");
  ASSERT_TRUE(write_state_file(root_ + "/r1/captions.json", "{\"captions\":"));
  EXPECT_EQ(as_text(export_again("r1")).find("晚"), std::string::npos);
  ASSERT_TRUE(write_state_file(root_ + "/r1/captions.json", list));
  // A list that is other sweeps what it does not name.
  ASSERT_TRUE(keep_caption_list(root_ + "/r1", {}));
  EXPECT_FALSE(fs::exists(root_ + "/r1/" + caption_file_name(zh->track.id)));
}

}  // namespace
}  // namespace longmen

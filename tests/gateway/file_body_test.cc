#include "gateway/file_body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>

#include "gateway/open_files.h"
#include "tests/net/loopback.h"
#include "tests/support/numbered_text.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr size_t kFileBytes = 1 << 20;

std::shared_ptr<MappedFile> open_file(const std::string& path) {
  return std::make_shared<MappedFile>(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
}

class FileBodyTest : public ::testing::Test {
 protected:
  void SetUp() override { write(content_); }
  void TearDown() override {
    thread_.run([this] {
      disk_.reset();
      open_.reset();
    });
    thread_.stop();
  }
  // As whoever takes a file's place does.
  void write(const std::string& content) const {
    std::ofstream(path_ + ".new") << content;
    fs::rename(path_ + ".new", path_);
  }
  FilePiece piece(uint64_t offset, uint64_t bytes) {
    const auto file = served_file(path_);
    file->open = open_;
    return {nullptr, file, offset, bytes};
  }
  std::string read(FileBody& body) {
    auto piece = asio::co_spawn(thread_.io(), body.read(), asio::use_future).get();
    return piece ? *piece : "failed: " + piece.error().words;
  }
  std::vector<MappedBytes> take(FileBody& body) {
    return thread_.run([&] { return body.take_mapped(); });
  }
  static std::string content_of(const std::vector<MappedBytes>& taken) {
    std::string all;
    for (const MappedBytes& each : taken)
      all += each.bytes;
    return all;
  }

  test::TemporaryFolder folder_;
  const std::string path_ = (folder_.path() / "media").string();
  const std::string content_ = test::numbered_text(kFileBytes);
  test::IoThread thread_;
  std::unique_ptr<DiskPool> disk_ = std::make_unique<DiskPool>(thread_.io(), 1);
  std::shared_ptr<OpenFiles> open_ = std::make_shared<OpenFiles>(thread_.io(), 60s, 0ms);
};

// The first piece of the first body is read, as somebody must open the file; all behind it, and the
// next body whole, are taken from the file.
TEST_F(FileBodyTest, WhatIsInTheCacheIsTakenFromTheFileOnceItIsOpen) {
  const auto file = piece(0, 1).file;
  FileBody first(*disk_,
                 {{nullptr, file, 10, 100'000},
                  {nullptr, file, 500'000, 500'000},
                  {nullptr, file, 0, 700'000}},
                 nullptr);
  const std::string all = content_.substr(10, 100'000) + content_.substr(500'000, 500'000) +
                          content_.substr(0, 700'000);
  EXPECT_TRUE(take(first).empty());
  std::string read_first = read(first);
  EXPECT_EQ(read_first.size(), kMaxBodyPieceBytes);
  const auto taken = take(first);
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(content_of(taken).size(), kMaxMappedBytesAtOnce);
  read_first += content_of(taken) + content_of(take(first));
  EXPECT_TRUE(read_first == all);
  EXPECT_TRUE(take(first).empty());
  EXPECT_EQ(read(first), "");
  FileBody second(*disk_, {piece(0, 10'000)}, nullptr);
  EXPECT_EQ(content_of(take(second)), content_.substr(0, 10'000));
}

TEST_F(FileBodyTest, NothingIsTakenOfWhatWasTakenBack) {
  bool shown = true;
  FileBody body(*disk_, {piece(0, kFileBytes)}, [&shown] { return shown; });
  EXPECT_EQ(read(body).size(), kMaxBodyPieceBytes);
  EXPECT_FALSE(take(body).empty());
  shown = false;
  EXPECT_TRUE(take(body).empty());
  EXPECT_EQ(read(body), "failed: this was taken back meanwhile");
}

TEST_F(FileBodyTest, WhatWasReadAheadComesFirst) {
  FileBody body(*disk_, {piece(0, 200'000)}, nullptr);
  ASSERT_TRUE(asio::co_spawn(thread_.io(), body.begin(), asio::use_future).get());
  EXPECT_TRUE(take(body).empty());
  EXPECT_TRUE(read(body) == content_.substr(0, kMaxBodyPieceBytes));
  EXPECT_TRUE(content_of(take(body)) == content_.substr(kMaxBodyPieceBytes, 200'000 - 65'536));
}

TEST_F(FileBodyTest, AFileThatAnotherTookThePlaceOfIsOpenedAgain) {
  FileBody first(*disk_, {piece(0, 10'000)}, nullptr);
  EXPECT_EQ(read(first), content_.substr(0, 10'000));
  const std::string other = test::numbered_text(kFileBytes, 77);
  write(other);
  FileBody second(*disk_, {piece(500, 10'000)}, nullptr);
  EXPECT_TRUE(take(second).empty());
  EXPECT_EQ(read(second), other.substr(500, 10'000));
  FileBody third(*disk_, {piece(5, 10'000)}, nullptr);
  EXPECT_EQ(content_of(take(third)), other.substr(5, 10'000));
  FileBody beyond(*disk_, {piece(kFileBytes, 1)}, nullptr);
  EXPECT_EQ(read(beyond), "failed: " + path_ + ": shorter than its index says");
}

// The one that is open goes on under another name, and is shorter than what has its own by now.
TEST_F(FileBodyTest, AFileThatWasRenamedAndGrewElsewhereIsOpenedAgain) {
  FileBody first(*disk_, {piece(0, 1000)}, nullptr);
  EXPECT_EQ(read(first), content_.substr(0, 1000));
  fs::rename(path_, path_ + ".old");
  const std::string longer = test::numbered_text(2 * kFileBytes, 77);
  write(longer);
  FileBody second(*disk_, {piece(kFileBytes, 10'000)}, nullptr);
  EXPECT_TRUE(take(second).empty());
  EXPECT_EQ(read(second), longer.substr(kFileBytes, 10'000));
  FileBody third(*disk_, {piece(kFileBytes + 5, 10'000)}, nullptr);
  EXPECT_EQ(content_of(take(third)), longer.substr(kFileBytes + 5, 10'000));
}

// As sound that lies between pictures; what stands in memory before both is read, as no file keeps
// it as it is.
TEST_F(FileBodyTest, ManySmallPiecesAreTakenTogether) {
  FileBody opens(*disk_, {piece(0, 10)}, nullptr);
  EXPECT_EQ(read(opens), content_.substr(0, 10));
  const auto header = std::make_shared<const Bytes>(Bytes{'a', 'b', 'c', 'd'});
  const auto file = piece(0, 1).file;
  std::vector<FilePiece> pieces{{header, nullptr, 1, 2}};
  std::string all = "bc";
  for (uint64_t at = 0; at < 500'000; at += 5000) {
    pieces.push_back({nullptr, file, at, 3000});
    all += content_.substr(at, 3000);
  }
  FileBody body(*disk_, pieces, nullptr);
  EXPECT_TRUE(take(body).empty());
  const std::string read_first = read(body);
  const auto first = take(body);
  EXPECT_EQ(first.size(), 63U);
  EXPECT_TRUE(read_first + content_of(first) + content_of(take(body)) == all);
  EXPECT_TRUE(take(body).empty());
  EXPECT_EQ(read(body), "");
}

// It grows, and nobody keeps it open.
TEST_F(FileBodyTest, OfWhatIsBeingWrittenOnlyWhatItsOwnBodyOpenedIsTaken) {
  const auto written = served_file(path_);
  FileBody growing(*disk_, {{nullptr, written, 0, kFileBytes + 5}}, nullptr);
  EXPECT_TRUE(take(growing).empty());
  std::string all = read(growing);
  EXPECT_EQ(all.size(), kMaxBodyPieceBytes);
  for (auto taken = take(growing); !taken.empty(); taken = take(growing))
    all += content_of(taken);
  EXPECT_TRUE(all == content_);
  std::ofstream(path_, std::ios::app) << "12345";
  EXPECT_EQ(read(growing), "12345");
  EXPECT_EQ(read(growing), "");
}

// What was at hand a moment ago: the call fails that would send it, and nobody is killed.
TEST_F(FileBodyTest, OfAFileThatBecameShorterNothingIsSent) {
  const auto file = open_file(path_);
  ASSERT_EQ(file->at_hand(4097, 100'000), 100'000U);
  EXPECT_EQ(file->at_hand(kFileBytes - 10, 11), 10U);
  EXPECT_EQ(file->at_hand(kFileBytes, 1), 0U);
  fs::resize_file(path_, 8192);
  const std::string_view gone = file->bytes(8192, 10);
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const UniqueFd from(pair[0]), to(pair[1]);
  EXPECT_EQ(::send(from.get(), gone.data(), gone.size(), 0), -1);
  EXPECT_EQ(errno, EFAULT);
}

TEST_F(FileBodyTest, AFileIsLetGoBeforeLong) {
  std::vector<std::weak_ptr<MappedFile>> files;
  thread_.run([&] {
    open_ = std::make_shared<OpenFiles>(thread_.io(), 20ms);
    for (const char* path : {"a", "b"}) {
      const auto file = open_file(path_);
      open_->keep(path, file);
      EXPECT_EQ(open_->find(path), file);
      files.push_back(file);
    }
  });
  const auto all_gone = [&] {
    return thread_.run([&] {
      return std::ranges::all_of(files, [](const auto& file) { return file.expired(); });
    });
  };
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!all_gone() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(all_gone());
}

TEST_F(FileBodyTest, NoMoreFilesAreOpenThanSaid) {
  thread_.run([this] {
    for (size_t i = 0; i < OpenFiles::kMaxFiles + 3; ++i)
      open_->keep(std::to_string(i), open_file(path_));
    EXPECT_EQ(open_->find("0"), nullptr);
    EXPECT_EQ(open_->find("2"), nullptr);
    EXPECT_NE(open_->find("3"), nullptr);
    EXPECT_NE(open_->find(std::to_string(OpenFiles::kMaxFiles + 2)), nullptr);
  });
}

}  // namespace
}  // namespace longmen

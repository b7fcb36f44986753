#include "net/page_pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

#include "net/mapped_file.h"
#include "tests/support/numbered_text.h"
#include "tests/support/temporary_folder.h"

namespace longmen {
namespace {

constexpr size_t kFileBytes = 3 << 20;

class PagePipeTest : public ::testing::Test {
 protected:
  PagePipeTest() {
    std::ofstream(path_) << content_;
    file_ = std::make_unique<MappedFile>(UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)));
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    near_ = UniqueFd(ends[0]);
    far_ = UniqueFd(ends[1]);
  }
  std::string_view bytes(size_t offset, size_t count) const { return file_->bytes(offset, count); }
  // What has come.
  std::string read() const {
    std::string all;
    std::array<char, 65536> some;
    for (;;) {
      const ssize_t got = ::recv(far_.get(), some.data(), some.size(), 0);
      if (got <= 0) return all;
      all.append(some.data(), static_cast<size_t>(got));
    }
  }

  test::TemporaryFolder folder_;
  const std::string path_ = (folder_.path() / "file").string();
  const std::string content_ = test::numbered_text(kFileBytes);
  std::unique_ptr<MappedFile> file_;
  UniqueFd near_, far_;
};

TEST_F(PagePipeTest, PiecesLeaveInOrderWhereverTheyBeginAndEnd) {
  const std::vector<std::string_view> pieces{bytes(4095, 2), bytes(7, 0), bytes(100'000, 9'000),
                                             bytes(kFileBytes - 1, 1)};
  EXPECT_EQ(send_pages(near_.get(), pieces), 9'003U);
  EXPECT_EQ(read(), content_.substr(4095, 2) + content_.substr(100'000, 9'000) + content_.back());
  EXPECT_EQ(send_pages(near_.get(), {}), 0U);
}

// Again and again more than the socket takes: what it did not take is not sent by a later call.
TEST_F(PagePipeTest, WhatTheSocketDoesNotTakeStaysWithTheCaller) {
  size_t at = 0;
  size_t calls = 0;
  std::string came;
  while (at < kFileBytes) {
    const std::vector<std::string_view> pieces{
        bytes(at, (kFileBytes - at) / 2),
        bytes(at + (kFileBytes - at) / 2, kFileBytes - at - (kFileBytes - at) / 2)};
    const size_t sent = send_pages(near_.get(), pieces);
    ASSERT_GT(sent, 0U);
    ASSERT_LE(sent, kMaxBytesOfPages);
    at += sent;
    ++calls;
    came += read();
  }
  EXPECT_GT(calls, kFileBytes / kMaxBytesOfPages);  // or the socket took all of every call
  EXPECT_TRUE(came == content_);
}

TEST_F(PagePipeTest, NothingIsSentThatTheFileHasNoMore) {
  const std::vector<std::string_view> pieces{bytes(0, 4096), bytes(1 << 20, 4096)};
  std::filesystem::resize_file(path_, 4096);
  EXPECT_EQ(send_pages(near_.get(), pieces), 4096U);
  EXPECT_EQ(send_pages(near_.get(), std::span(pieces).subspan(1)), 0U);
  EXPECT_EQ(read(), content_.substr(0, 4096));
}

TEST_F(PagePipeTest, APeerThatHasGoneIsNothingSent) {
  far_.reset();
  const std::vector<std::string_view> pieces{bytes(0, 4096)};
  EXPECT_EQ(send_pages(near_.get(), pieces), 0U);
}

}  // namespace
}  // namespace longmen

#include "core/package/tar.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/invariant.h"
#include "core/base/plain_text.h"

namespace longmen::package {
namespace {

struct Field {
  size_t at, bytes;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kOwner{108, 8}, kGroup{116, 8}, kSize{124, 12},
    kTime{136, 12}, kChecksum{148, 8}, kKind{156, 1}, kMagic{257, 6}, kUstarVersion{263, 2},
    kPrefix{345, 155};

constexpr std::string_view kUstar{"ustar\0", 6};
constexpr std::string_view kGnu{"ustar ", 6};

void put(Bytes& block, Field field, std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), field.bytes),
              block.begin() + static_cast<ptrdiff_t>(field.at));
}

std::string_view text_in(ByteSpan block, Field field) {
  const std::string_view text = as_text(block.subspan(field.at, field.bytes));
  return text.substr(0, text.find('\0'));
}

// Octal digits, then a space, a zero or nothing.
std::optional<uint64_t> number_in(ByteSpan block, Field field) {
  std::string_view text = as_text(block.subspan(field.at, field.bytes));
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  uint64_t number = 0;
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '7'; ++digits)
    number = number * 8 + static_cast<uint64_t>(text[digits] - '0');
  const bool ends =
      std::ranges::all_of(text.substr(digits), [](char c) { return c == ' ' || c == '\0'; });
  if (digits == 0 || !ends) return {};
  return number;
}

// As if its own field were spaces.
uint64_t checksum_of(ByteSpan block) {
  uint64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i)
    sum += i >= kChecksum.at && i < kChecksum.at + kChecksum.bytes ? uint8_t{' '} : block[i];
  return sum;
}

// Nothing that leads out of a folder.
bool is_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || !is_plain_text(path)) return false;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty() || name == "." || name == ".." || name.find('\\') != std::string_view::npos)
      return false;
    path.remove_prefix(std::min(path.size(), name.size() + 1));
  }
  return true;
}

}  // namespace

Bytes tar_header(std::string_view path, uint64_t bytes) {
  invariant(path.size() <= kName.bytes && bytes <= kMaxTarFileBytes, "a package's own files");
  Bytes block(kTarBlockBytes);
  put(block, kName, path);
  put(block, kMode, "0000644");
  put(block, kOwner, "0000000");
  put(block, kGroup, "0000000");
  put(block, kSize, fmt::format("{:011o}", bytes));
  put(block, kTime, "00000000000");
  put(block, kKind, "0");
  put(block, kMagic, kUstar);
  put(block, kUstarVersion, "00");
  put(block, kChecksum, fmt::format("{:06o}", checksum_of(block)));
  block[kChecksum.at + 7] = ' ';
  return block;
}

Result<void> TarReader::feed(ByteSpan bytes, Sink& sink) {
  while (!bytes.empty()) {
    if (in_file_) {
      const ByteSpan piece = bytes.first(std::min<uint64_t>(bytes.size(), left_));
      if (!piece.empty()) {
        if (auto taken = sink.file_data(piece); !taken) return taken;
      }
      left_ -= piece.size();
      bytes = bytes.subspan(piece.size());
      if (left_ > 0) continue;
      in_file_ = false;
      if (auto ended = sink.end_file(); !ended) return ended;
      continue;
    }
    if (padding_ > 0) {
      const size_t skipped = std::min(padding_, bytes.size());
      const ByteSpan padding = bytes.first(skipped);
      if (std::ranges::any_of(padding, [](uint8_t byte) { return byte != 0; }))
        return fail("something stands between its files");
      padding_ -= skipped;
      bytes = bytes.subspan(skipped);
      continue;
    }
    const size_t count = std::min(kTarBlockBytes - block_.size(), bytes.size());
    block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (block_.size() < kTarBlockBytes) continue;
    if (auto taken = take_block(sink); !taken) return taken;
    block_.clear();
  }
  return {};
}

Result<void> TarReader::take_block(Sink& sink) {
  const bool zeros = std::ranges::all_of(block_, [](uint8_t byte) { return byte == 0; });
  if (zeros) {
    zero_blocks_ = std::min(zero_blocks_ + 1, 2);
    return {};
  }
  if (zero_blocks_ > 0) return fail("something follows its end");
  const std::string_view magic = as_text(ByteSpan(block_).subspan(kMagic.at, kMagic.bytes));
  if (magic != kUstar && magic != kGnu) return fail("it is no tar");
  if (number_in(block_, kChecksum) != checksum_of(block_)) return fail("a header of it is damaged");
  std::string path(text_in(block_, kName));
  if (magic == kUstar && !text_in(block_, kPrefix).empty())
    path = fmt::format("{}/{}", text_in(block_, kPrefix), path);
  const auto size = number_in(block_, kSize);
  if (!size || *size > kMaxTarFileBytes) return fail("a file's size in it is none");
  const uint8_t kind = block_[kKind.at];
  if (kind == '5' && *size == 0 && path.ends_with('/')) path.pop_back();
  if (!is_inside(path)) return fail(fmt::format("a path in it leads elsewhere: \"{}\"", path));
  if (kind == '5' && *size == 0) return {};
  if (kind == '1' || kind == '2') return fail(fmt::format("{} is a link, and none is taken", path));
  if (kind != '0' && kind != '\0')
    return fail(
        fmt::format("{} is no plain file (tar type {:#x}); tar --format=ustar writes what "
                    "is read",
                    path, kind));
  if (auto begun = sink.begin_file(path, *size); !begun) return begun;
  left_ = *size;
  padding_ = tar_padding(*size);
  in_file_ = left_ > 0;
  if (!in_file_) return sink.end_file();
  return {};
}

}  // namespace longmen::package

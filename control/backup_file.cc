#include "control/backup_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "config/ascii_text.h"
#include "core/base/invariant.h"
#include "core/base/sha256.h"
#include "core/node/json_fields.h"
#include "net/disk_write.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr int kFormat = 1;
constexpr size_t kFlushBytes = 256 << 10;

tl::unexpected<Error> failed(const std::string& file) {
  return fail(fmt::format("{}: {}", file, std::strerror(errno)));
}

Result<void> sync_folder_of(const std::string& file) {
  const size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return failed(folder);
  return {};
}

Result<int64_t> number_of(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(number) != text)
    return fail(fmt::format("\"{}\" is not a whole number", text));
  return number;
}

}  // namespace

RunningSha256::RunningSha256() : context_(EVP_MD_CTX_new()) {
  invariant(context_ && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1,
            "SHA-256 is there");
}

RunningSha256::~RunningSha256() {
  EVP_MD_CTX_free(context_);
}

void RunningSha256::add(std::string_view bytes) {
  EVP_DigestUpdate(context_, bytes.data(), bytes.size());
}

std::string RunningSha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int bytes = 0;
  EVP_DigestFinal_ex(context_, digest, &bytes);
  return lower_hex(ByteSpan(digest, bytes));
}

BackupWriter::BackupWriter(std::string file, std::string partial, UniqueFd descriptor)
    : file_(std::move(file)), partial_(std::move(partial)), descriptor_(std::move(descriptor)) {}

BackupWriter::~BackupWriter() {
  if (!partial_.empty()) ::unlink(partial_.c_str());
}

Result<std::unique_ptr<BackupWriter>> BackupWriter::create(const std::string& file,
                                                           const BackupHeader& header) {
  std::string partial = file + ".partial-XXXXXX";
  UniqueFd descriptor(::mkostemp(partial.data(), O_CLOEXEC));  // 0600
  if (!descriptor) return failed(file);
  std::unique_ptr<BackupWriter> writer(
      new BackupWriter(file, std::move(partial), std::move(descriptor)));
  auto written = writer->line(json::serialize(json::object{
      {"longmen_backup", kFormat}, {"schema", header.schema}, {"made_ms", header.made_ms}}));
  if (!written) return tl::unexpected(written.error());
  return writer;
}

Result<void> BackupWriter::table(const BackupTable& table) {
  return line(json::serialize(
      json::object{{"table", table.name},
                   {"columns", json::array(table.columns.begin(), table.columns.end())}}));
}

Result<void> BackupWriter::row(const std::vector<BackupValue>& values) {
  json::array row;
  row.reserve(values.size());
  for (const BackupValue& value : values) {
    if (value.kind == BackupValue::Kind::kNull) {
      row.emplace_back(nullptr);
    } else if (value.kind == BackupValue::Kind::kText) {
      if (line_that_is_not_utf8(value.text)) return fail("a text that is not UTF-8");
      row.emplace_back(value.text);
    } else {
      const auto number = number_of(value.text);
      if (!number) return tl::unexpected(number.error());
      row.emplace_back(*number);
    }
  }
  ++rows_;
  return line(json::serialize(row));
}

Result<void> BackupWriter::line(std::string_view text) {
  if (text.size() >= BackupReader::kMaxLineBytes) return fail("a row is larger than 16 MiB");
  const size_t before = buffer_.size();
  buffer_ += text;
  buffer_ += '\n';
  hash_.add(std::string_view(buffer_).substr(before));
  return buffer_.size() < kFlushBytes ? Result<void>() : flush();
}

Result<void> BackupWriter::flush() {
  if (!write_fully(descriptor_.get(), buffer_)) return failed(partial_);
  buffer_.clear();
  return {};
}

Result<void> BackupWriter::finish() {
  auto written = line(json::serialize(json::object{{"rows", rows_}, {"sha256", hash_.hex()}}));
  if (written) written = flush();
  if (!written) return written;
  if (::fsync(descriptor_.get()) != 0) return failed(partial_);
  if (std::rename(partial_.c_str(), file_.c_str()) != 0) return failed(file_);
  partial_.clear();
  return sync_folder_of(file_);
}

tl::unexpected<Error> BackupReader::damaged(std::string_view how) const {
  return fail(fmt::format("{}: line {}: {}; nothing of it was used", file_, line_number_, how));
}

Result<std::unique_ptr<BackupReader>> BackupReader::open(const std::string& file) {
  std::unique_ptr<BackupReader> reader(new BackupReader(file));
  if (!reader->stream_) return failed(file);
  if (auto read = reader->read_header(); !read) return tl::unexpected(read.error());
  return reader;
}

Result<std::string> BackupReader::line() {
  ++line_number_;
  std::string text;
  for (int c = stream_.get(); c != '\n'; c = stream_.get()) {
    if (c == std::char_traits<char>::eof()) return damaged("the backup is cut off here");
    if (text.size() == kMaxLineBytes) return damaged("longer than 16 MiB");
    text += static_cast<char>(c);
  }
  return text;
}

Result<void> BackupReader::read_header() {
  auto text = line();
  if (!text) return fail(file_ + ": not a backup of Longmen");
  const auto fields = JsonFields::parse(*text);
  int format = 0;
  if (fields) {
    fields->read("longmen_backup", format);
    fields->read("schema", header_.schema);
    fields->read("made_ms", header_.made_ms);
  }
  if (format > kFormat)
    return fail(fmt::format("{}: a newer Longmen has made it, in format {}", file_, format));
  if (format < 1 || header_.schema < 1) return fail(file_ + ": not a backup of Longmen");
  hash_.add(*text);
  hash_.add("\n");
  return {};
}

Result<BackupReader::Item> BackupReader::next() {
  auto text = line();
  if (!text) return tl::unexpected(text.error());
  boost::system::error_code error;
  const json::value parsed = json::parse(*text, error);
  if (error) return damaged("the backup is damaged (no JSON)");
  if (parsed.is_object()) {
    const JsonFields fields(parsed.as_object());
    std::string sha256;
    fields.read("sha256", sha256);
    if (!sha256.empty()) {
      int64_t rows = -1;
      fields.read("rows", rows);
      if (hash_.hex() != sha256 || rows != rows_)
        return damaged("the backup is damaged (its checksum is another)");
      if (stream_.peek() != std::char_traits<char>::eof())
        return damaged("something follows behind the end of the backup");
      return Item::kEnd;
    }
    table_ = {};
    fields.read("table", table_.name);
    fields.read("columns", table_.columns);
    if (table_.name.empty() || table_.columns.empty())
      return damaged("the backup is damaged (neither table nor row)");
  } else if (parsed.is_array()) {
    row_.clear();
    for (const json::value& value : parsed.as_array()) {
      if (value.is_null()) {
        row_.push_back({});
      } else if (value.is_string()) {
        row_.push_back({BackupValue::Kind::kText, std::string(value.as_string())});
      } else if (value.is_int64()) {
        row_.push_back({BackupValue::Kind::kNumber, std::to_string(value.as_int64())});
      } else {
        return damaged("the backup is damaged (a value of no column)");
      }
    }
    if (row_.size() != table_.columns.size())
      return damaged("the backup is damaged (a row of other columns)");
    ++rows_;
  } else {
    return damaged("the backup is damaged (neither table nor row)");
  }
  hash_.add(*text);
  hash_.add("\n");
  return parsed.is_object() ? Item::kTable : Item::kRow;
}

}  // namespace longmen

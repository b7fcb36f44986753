// A backup that is to be restored. After an even first byte its end is made here, with the number
// of rows and the checksum, which a fuzzer does not find; after an odd one the file is the rest as
// it is.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "control/backup_file.h"
#include "core/base/invariant.h"
#include "net/disk_write.h"

namespace {

using namespace longmen;

std::string finished(std::string text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  int64_t rows = 0;
  bool begins = true;
  for (const char c : text) {
    rows += begins && c == '[';
    begins = c == '\n';
  }
  RunningSha256 hash;
  hash.add(text);
  return text + fmt::format("{{\"rows\":{},\"sha256\":\"{}\"}}\n", rows, hash.hex());
}

void read_all(BackupReader& reader) {
  invariant(reader.header().schema >= 1, "a backup has a schema");
  int64_t rows = 0;
  while (const auto item = reader.next()) {
    if (*item == BackupReader::Item::kEnd) {
      invariant(rows == reader.rows(), "a backup has the rows that it says");
      return;
    }
    if (*item == BackupReader::Item::kTable) {
      invariant(!reader.table().name.empty() && !reader.table().columns.empty(),
                "a table has a name and columns");
      continue;
    }
    ++rows;
    invariant(reader.row().size() == reader.table().columns.size(), "a row has its columns");
    for (const BackupValue& value : reader.row()) {
      invariant(value.kind != BackupValue::Kind::kNull || value.text.empty(), "NULL has no text");
      invariant(value.kind != BackupValue::Kind::kNumber ||
                    std::to_string(std::stoll(value.text)) == value.text,
                "a number is one");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) text = finished(std::move(text));
  const UniqueFd file(::memfd_create("backup", MFD_CLOEXEC));
  invariant(file && write_fully(file.get(), text), "there is room for the input");
  const auto reader = BackupReader::open(fmt::format("/proc/self/fd/{}", file.get()));
  if (reader) read_all(**reader);
  return 0;
}

// What is read back of a recording's stills: the pack, and JPEGs in it, which are put together to a
// sheet without being decoded; and a sheet's name, which comes from outside.
#include <cstdint>
#include <string>

#include "core/base/invariant.h"
#include "core/recording/still_plan.h"

using namespace longmen;
using namespace longmen::recording;

namespace {

class PackInMemory : public ByteSource {
 public:
  explicit PackInMemory(ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  bool read(uint64_t offset, std::span<uint8_t> into) override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) return false;
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), into.size(), into.begin());
    return true;
  }

 private:
  ByteSpan bytes_;
};

void join(ByteSpan jpeg) {
  const auto tile = read_jpeg_tile(jpeg);
  if (!tile) return;
  invariant(tile->rows.size() == static_cast<size_t>(tile->size.height / kTileMcu),
            "a tile has all its rows");
  const Bytes sheet = join_jpeg_tiles({&*tile, nullptr, &*tile, &*tile}, 2, 2);
  invariant(sheet.empty() || sheet.size() > tile->header.size(), "a sheet has a header");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan bytes(data, size);
  PackInMemory pack(bytes);
  const StillIndex index = scan_still_pack(pack);
  invariant(index.end <= size, "a pack ends within its file");
  for (const StillKind kind : {StillKind::kStill, StillKind::kPoster})
    for (const auto& [number, still] : index.of(kind)) {
      invariant(still.offset + still.bytes <= index.end, "a still lies within its pack");
      (void)read_still(pack, kind, number, still);
    }
  join(bytes);
  if (const auto name = read_sheet_name(as_text(bytes)))
    invariant(read_sheet_name(sheet_name(*name)) == name, "a sheet's name is read again");
  return 0;
}

// A recording's package as it arrives from another school.
#include "core/package/package_reader.h"

#include <algorithm>

namespace {

using namespace longmen;

class NoStore : public package::PackageReader::Store {
  Result<void> describe(const package::PackageHead&, const std::vector<recording::RecordedTrack>&,
                        uint64_t) override {
    return {};
  }
  Result<void> keep_init(const std::string&, ByteSpan) override { return {}; }
  Result<void> keep_segment(size_t, const recording::RecordedSegment&, ByteSpan) override {
    return {};
  }
  Result<void> keep_captions(const recording::WrittenCaptions&) override { return {}; }
  Result<void> begin_courseware(const recording::Courseware&) override { return {}; }
  Result<void> courseware_data(ByteSpan) override { return {}; }
  Result<void> end_courseware() override { return {}; }
};

// Files as a tar, so that a fuzzer need not find checksums: each a name up to a zero, two bytes of
// size, and so many bytes.
Bytes packed(ByteSpan input) {
  Bytes tar;
  while (!input.empty()) {
    const auto end = std::ranges::find(input, 0);
    const auto name = input.first(static_cast<size_t>(end - input.begin()));
    input = input.subspan(std::min(input.size(), name.size() + 1));
    if (name.empty() || name.size() > 100 || input.size() < 2) break;
    const size_t wanted = static_cast<size_t>(input[0]) << 8 | input[1];
    input = input.subspan(2);
    const ByteSpan content = input.first(std::min(wanted, input.size()));
    input = input.subspan(content.size());
    const Bytes header = package::tar_header(
        {reinterpret_cast<const char*>(name.data()), name.size()}, content.size());
    tar.insert(tar.end(), header.begin(), header.end());
    tar.insert(tar.end(), content.begin(), content.end());
    tar.resize(tar.size() + package::tar_padding(content.size()));
  }
  tar.resize(tar.size() + package::kTarEndBytes);
  return tar;
}

void read_all(ByteSpan tar) {
  NoStore store;
  package::PackageReader reader(store);
  while (!tar.empty()) {
    const ByteSpan piece = tar.first(std::min<size_t>(tar.size(), 777));
    if (!reader.feed(piece)) return;
    tar = tar.subspan(piece.size());
  }
  (void)reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  if (input.empty()) return 0;
  if (input.front() & 1)
    read_all(input.subspan(1));
  else
    read_all(packed(input.subspan(1)));
  return 0;
}

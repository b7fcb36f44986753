#include "net/slate_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace longmen {

Result<std::shared_ptr<const Slate>> load_slate(const std::string& file, RenditionId sound) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return fail(fmt::format("slate {}: {}", file, std::strerror(errno)));
  const auto size = stream.tellg();
  if (size < 0 || static_cast<size_t>(size) > kMaxSlateBytes) {
    return fail(fmt::format("slate {}: larger than {} bytes", file, kMaxSlateBytes));
  }
  Bytes bytes(static_cast<size_t>(size));
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!stream) return fail(fmt::format("slate {}: cannot be read", file));
  auto slate = Slate::parse(bytes, sound);
  if (!slate) return fail(fmt::format("slate {}: {}", file, slate.error().message));
  return slate;
}

}  // namespace longmen

#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace longmen {
namespace {

constexpr int kLevel = 5;  // more costs twice the time for a few per cent
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemory = 8;
constexpr size_t kMaxOutStep = 64 << 10;

}  // namespace

struct GrowingGzip::Stream {
  Stream() {
    if (deflateInit2(&z, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  Stream(const Stream& other) {
    // It is not written to; zlib knows no const here.
    if (deflateCopy(&z, const_cast<z_stream*>(&other.z)) != Z_OK) throw std::bad_alloc();
  }
  Stream& operator=(const Stream&) = delete;
  ~Stream() { deflateEnd(&z); }

  // Appends to `out` what comes of it. Cannot fail: there is always room.
  void take(std::string_view text, int flush, Bytes& out) {
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    for (bool done = false; !done;) {
      const size_t used = out.size();
      out.resize(used + std::min<size_t>(deflateBound(&z, z.avail_in), kMaxOutStep));
      z.next_out = out.data() + used;
      z.avail_out = static_cast<uInt>(out.size() - used);
      const int result = deflate(&z, flush);
      out.resize(out.size() - z.avail_out);
      done = flush == Z_FINISH ? result == Z_STREAM_END : z.avail_out > 0;
    }
  }

  z_stream z{};
};

Bytes gzip(std::string_view text) {
  return GrowingGzip().with_end(text);
}

GrowingGzip::GrowingGzip() = default;
GrowingGzip::~GrowingGzip() = default;
GrowingGzip::GrowingGzip(GrowingGzip&& other) noexcept = default;
GrowingGzip& GrowingGzip::operator=(GrowingGzip&& other) noexcept = default;

void GrowingGzip::append(std::string_view text) {
  if (!stream_) stream_ = std::make_unique<Stream>();
  stream_->take(text, Z_NO_FLUSH, out_);
}

Bytes GrowingGzip::with_end(std::string_view end) const {
  Bytes whole = out_;
  const auto last = stream_ ? std::make_unique<Stream>(*stream_) : std::make_unique<Stream>();
  last->take(end, Z_FINISH, whole);
  return whole;
}

}  // namespace longmen

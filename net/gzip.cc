#include "net/gzip.h"

#include <zlib.h>

#include <new>

namespace longmen {
namespace {

constexpr int kLevel = 5;  // more costs twice the time for a few per cent
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemory = 8;

}  // namespace

Bytes gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  Bytes out(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);  // cannot fail: the bound is enough
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace longmen

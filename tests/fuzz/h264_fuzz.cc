// H.264 and audio configurations from a feed: splitting, parameter sets, records; and what is split
// goes through the packetizer and back.
#include "core/base/invariant.h"
#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "core/rtp/depacketizer.h"
#include "core/rtp/packetizer.h"

using namespace longmen;

namespace {

// Slices only: what is packetised is what is put together again.
void there_and_back(const std::vector<ByteSpan>& nals) {
  Bytes annex_b;
  for (ByteSpan nal : nals) {
    const int type = static_cast<int>(h264::nal_type(nal));
    if (type >= 1 && type <= 4 && nal.back() != 0) h264::append_annex_b(nal, annex_b);
  }
  std::vector<ByteSpan> again;
  if (!h264::split_annex_b(annex_b, again)) return;
  Packetizer packetizer(Generation{1}, RenditionId{0});
  const auto unit = packetizer.h264(annex_b, MediaTime{});
  if (!unit) return;
  const auto back = h264_access_unit(*unit);
  invariant(back.has_value(), "every unit can be put together again");
  std::vector<ByteSpan> split;
  invariant(h264::split_annex_b(*back, split).has_value(), "as Annex B");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const ByteSpan bytes = ByteSpan(data, size).subspan(1);
  std::vector<ByteSpan> nals;
  switch (data[0] % 6) {
    case 0:
      if (h264::split_annex_b(bytes, nals)) there_and_back(nals);
      break;
    case 1:
    case 2:
      if (h264::split_avcc(bytes, data[0] % 6 == 1 ? 4 : 2, nals)) there_and_back(nals);
      break;
    case 3:
      if (const auto sps = h264::parse_sps(bytes))
        invariant(sps->width > 0 && sps->height > 0 && sps->width <= 16384, "a picture has a size");
      break;
    case 4:
      if (const auto configuration = h264::read_decoder_configuration(bytes))
        invariant(h264::read_decoder_configuration(
                      h264::write_decoder_configuration(*configuration)) == configuration,
                  "what is written is read");
      break;
    default:
      if (const auto config = aac::read_audio_config(bytes))
        invariant(aac::read_audio_config(aac::write_audio_config(*config)) == *config,
                  "what is written is read");
  }
  Packetizer packetizer(Generation{1}, RenditionId{0});
  (void)packetizer.h264(bytes, MediaTime{});
  return 0;
}

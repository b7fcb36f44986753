// Any bytes as a compound RTCP packet, every packet looked into; reports that are read are written
// and read again unchanged.
#include <cstdlib>

#include "core/rtp/rtcp.h"
#include "core/rtp/transport_feedback.h"

namespace longmen::rtcp {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Look {
  void operator()(const SenderReport& report) const {
    Bytes bytes;
    write_sender_report(report, bytes);
    const auto again = Reader(bytes).next();
    require(again && std::get<SenderReport>(*again).ntp == report.ntp);
    require(std::get<SenderReport>(*again).blocks.count == report.blocks.count);
  }
  void operator()(const ReceiverReport& report) const {
    for (const ReportBlock& block : report.blocks.span())
      (void)block.round_trip(NtpTime{0x0123456789ABCDEF});
    Bytes bytes;
    write_receiver_report(report, bytes);
    const auto again = Reader(bytes).next();
    require(again && std::get<ReceiverReport>(*again).blocks.count == report.blocks.count);
  }
  void operator()(const SourceDescription& description) const {
    Bytes bytes;
    write_source_description(description.ssrc, description.cname, bytes);
    const auto again = Reader(bytes).next();
    require(again && std::get<SourceDescription>(*again).cname == description.cname);
  }
  void operator()(const Bye& bye) const {
    Bytes bytes;
    write_bye(bye.ssrcs.span(), bye.reason, bytes);
    const auto again = Reader(bytes).next();
    require(again && std::get<Bye>(*again).reason == bye.reason);
  }
  void operator()(const Nack& nack) const { require(nack.count() <= nack.pairs.size() / 4 * 17); }
  void operator()(const TransportCc& feedback) const {
    TransportFeedback decoded;
    if (decode_transport_feedback(feedback.packet, decoded) != DropReason::kNone) return;
    require(!decoded.packets.empty() && decoded.packets.size() <= kMaxFeedbackPackets);
    require(decoded.packets.front().sequence == decoded.base_sequence);
    Bytes bytes;
    write_transport_feedback(decoded, bytes);
    TransportFeedback again;
    require(decode_transport_feedback(bytes, again) == DropReason::kNone);
    require(again.packets.size() == decoded.packets.size());
    for (size_t i = 0; i < again.packets.size(); ++i)
      require(again.packets[i].received == decoded.packets[i].received &&
              again.packets[i].arrival == decoded.packets[i].arrival);
  }
  void operator()(const PictureLoss&) const {}
  void operator()(const FullIntraRequest& request) const {
    require(request.ssrcs.count <= kMaxCount);
  }
  void operator()(const Remb& remb) const { require(remb.ssrcs.count <= kMaxRembSsrcs); }
  void operator()(const ExtendedReport& report) const {
    require(report.delays.count <= kMaxCount);
    for (const ReferenceDelay& delay : report.delays.span())
      (void)delay.round_trip(NtpTime{0x0123456789ABCDEF});
  }
  void operator()(const Other&) const {}
};

}  // namespace
}  // namespace longmen::rtcp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen::rtcp;
  Reader reader({data, size});
  while (const auto packet = reader.next())
    std::visit(Look{}, *packet);
  return 0;
}

#include "streamer/gateway_outlet.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace longmen {

ProgrammeEncoder::Outputs GatewayOutlet::begin() {
  const uint64_t programme = ++programme_;
  announcement_.clear();
  kept_.clear();
  kept_bytes_ = 0;
  ProgrammeEncoder::Outputs outputs;
  outputs.announced = [this, programme](const GenerationAnnouncement& announcement) {
    boost::asio::post(io_, [this, programme, announcement] {
      if (programme == programme_) on_announced(announcement);
    });
  };
  outputs.unit = [this, programme](const MediaUnit& unit) {
    if (is_opus(unit.rendition)) return;
    Kept kept{unit.time, {}};
    write_media_unit(unit, kept.message);
    boost::asio::post(io_, [this, programme, kept = std::move(kept)]() mutable {
      if (programme == programme_) on_unit(std::move(kept));
    });
  };
  return outputs;
}

void GatewayOutlet::on_announced(const GenerationAnnouncement& announcement) {
  announcement_ = to_json(announcement);
  if (link_) attach(link_);
}

void GatewayOutlet::attach(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  if (announcement_.empty()) return;
  link_->send(MessageKind::kGeneration, announcement_);
  for (const Kept& unit : kept_)
    link_->send(MessageKind::kMediaUnit, unit.message);
}

void GatewayOutlet::on_unit(Kept unit) {
  if (!announcement_.empty() && link_) link_->send(MessageKind::kMediaUnit, unit.message);
  kept_bytes_ += unit.message.size();
  const MediaTime newest = unit.time;
  kept_.push_back(std::move(unit));
  while (kept_bytes_ > kMaxKeptBytes || newest - kept_.front().time > kKept) {
    kept_bytes_ -= kept_.front().message.size();
    kept_.pop_front();
  }
}

}  // namespace longmen

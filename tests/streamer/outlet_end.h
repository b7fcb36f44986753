// What tests of the streamer's outlets share: units of no content, and the other end of a link.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"
#include "net/link.h"

namespace longmen::test {

inline constexpr RenditionId kTop{0};

inline MediaUnit unit_at(RenditionId rendition, int64_t ms, bool keyframe, size_t bytes = 100) {
  MediaUnit unit;
  unit.generation = Generation{9};
  unit.rendition = rendition;
  unit.time = MediaTime(std::chrono::milliseconds(ms));
  unit.keyframe = keyframe;
  unit.payloads.assign(bytes, 1);
  for (size_t at = 0; at < bytes; at += 1000) {
    unit.packets.push_back(
        {static_cast<uint32_t>(at), static_cast<uint16_t>(std::min<size_t>(1000, bytes - at))});
  }
  return unit;
}

inline GenerationAnnouncement announcement() {
  return {Generation{9}, {{kTop, "720p", "video", 1280, 720, 30, 2000, "avc1.64001f"}}};
}

// What it received: "G", and renditions and times of units in ms.
struct OutletEnd {
  boost::asio::io_context& io;
  std::shared_ptr<Link> link;
  std::vector<std::string> received;

  std::shared_ptr<Link> open() {
    auto pair = Link::pair();
    EXPECT_TRUE(pair);
    link = std::make_shared<Link>(io, std::move(pair->first));
    link->start(
        [this](MessageKind kind, ByteSpan body, UniqueFd) {
          if (kind == MessageKind::kGeneration) return received.push_back("G");
          auto unit = read_media_unit(body);
          ASSERT_TRUE(unit);
          received.push_back(
              std::to_string(unit->rendition.value) + ":" +
              std::to_string(unit->time.time_since_epoch() / std::chrono::milliseconds(1)));
        },
        [] {});
    auto other = std::make_shared<Link>(io, std::move(pair->second));
    other->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
    return other;
  }
  void settle() {
    io.restart();
    while (io.poll() > 0) {
    }
  }
};

using Received = std::vector<std::string>;

}  // namespace longmen::test

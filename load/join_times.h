// What joins took, in milliseconds from the start of the POST: gathered one by one, and as figures.
#pragma once

#include <utility>
#include <vector>

#include "load/figures.h"

namespace longmen {

struct JoinFigures {
  Figures http_wait_ms;  // before the POST: for one of the connections
  Figures answer_ms;
  Figures connected_ms;
  Figures first_packet_ms;
  Figures keyframe_ms;
};

struct JoinTimes {
  std::vector<double> http_wait_ms, answer_ms, connected_ms, first_packet_ms, keyframe_ms;

  JoinFigures figures() && {
    return {figures_of(std::move(http_wait_ms)), figures_of(std::move(answer_ms)),
            figures_of(std::move(connected_ms)), figures_of(std::move(first_packet_ms)),
            figures_of(std::move(keyframe_ms))};
  }
};

}  // namespace longmen

// How often something may be asked for: counts it by key, in windows of kWindow from each key's
// first, and says how long whoever asked too often has to wait. For what costs more than a look-up
// and asks for nobody's name. Bound: a table of fixed size that is found by a keyed hash; two keys
// may share a slot, and its count. Knows no clock. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/random.h"

namespace longmen {

class RequestRate {
 public:
  using Time = std::chrono::seconds;  // since anything that does not jump
  static constexpr size_t kSlots = 1 << 14;
  static constexpr std::chrono::seconds kWindow{60};

  // With one slot all keys are one.
  explicit RequestRate(const RandomBytes& random, size_t slots = kSlots);

  // Nothing: it is counted and may go ahead, `most` times a window. Otherwise it was not counted,
  // and has to wait for so long.
  std::optional<std::chrono::seconds> wait_of(std::string_view key, uint32_t most, Time now);

 private:
  struct Slot {
    int64_t begun_s = 0;
    uint32_t count = 0;
  };
  Slot& slot_of(std::string_view key);

  std::array<uint8_t, 16> seed_;
  std::vector<Slot> slots_;
};

}  // namespace longmen

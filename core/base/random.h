// Where core/ gets its randomness from: the caller's function fills the span. Processes inject the
// operating system's cryptographic source, tests and the simulator a seeded one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace longmen {

using RandomBytes = std::function<void(std::span<uint8_t>)>;

}  // namespace longmen

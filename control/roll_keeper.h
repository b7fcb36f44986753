// Keeps the roll of enrolled screens (control/screen_roll.h) and the database together: writes what
// is due, a few rows in a transaction, and reads who is enrolled, so that a revocation on another
// node is known here within one round. On the io thread.
#pragma once

#include <functional>

#include "control/screen_roll.h"
#include "control/store_thread.h"

namespace longmen {

class RollKeeper {
 public:
  static constexpr size_t kWrittenAtOnce = 250;
  static constexpr size_t kWrittenInARound = 5000;

  RollKeeper(StoreThread& store, std::function<int64_t()> wall_ms)
      : store_(store), wall_ms_(std::move(wall_ms)) {}

  ScreenRoll& roll() { return roll_; }
  // Every ScreenRoll::kReportEvery. What could not be written is read around, and tried again.
  boost::asio::awaitable<Result<void>> refresh();
  // The reading alone: after what changes screens.
  boost::asio::awaitable<Result<void>> read();

 private:
  boost::asio::awaitable<Result<void>> write();

  StoreThread& store_;
  const std::function<int64_t()> wall_ms_;
  ScreenRoll roll_;
};

}  // namespace longmen

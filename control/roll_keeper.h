// Keeps the roll of enrolled screens (control/screen_roll.h) and the database together: writes what
// is due, a few rows in a transaction, and reads who is enrolled, so that a revocation on another
// node is known here within one round. On the io thread.
#pragma once

#include "control/screen_roll.h"
#include "control/store_thread.h"

namespace longmen {

class RollKeeper {
 public:
  static constexpr size_t kWrittenAtOnce = 250;
  static constexpr size_t kWrittenInARound = 5000;

  explicit RollKeeper(StoreThread& store) : store_(store) {}

  ScreenRoll& roll() { return roll_; }
  // Every ScreenRoll::kReportEvery, and after what changes screens.
  boost::asio::awaitable<Result<void>> refresh(int64_t now_ms);
  // The reading alone.
  boost::asio::awaitable<Result<void>> read();

 private:
  boost::asio::awaitable<Result<void>> write(int64_t now_ms);

  StoreThread& store_;
  ScreenRoll roll_;
};

}  // namespace longmen

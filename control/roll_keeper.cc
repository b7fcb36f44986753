#include "control/roll_keeper.h"

namespace longmen {
namespace asio = boost::asio;

asio::awaitable<Result<void>> RollKeeper::refresh() {
  const Result<void> written = co_await write();
  const Result<void> known = co_await read();
  co_return written ? known : written;
}

asio::awaitable<Result<void>> RollKeeper::write() {
  for (size_t written = 0; written < kWrittenInARound; written += kWrittenAtOnce) {
    const auto due = roll_.due(wall_ms_(), kWrittenAtOnce);
    if (due.empty()) break;
    const auto note = [due](Store& store) -> Result<void> {
      return store.database().write("screens", [&](soci::session& sql) -> Result<void> {
        ScreenTable(sql).note_seen(due);
        return {};
      });
    };
    const Result<void> noted = co_await store_.run(note);
    if (!noted) co_return noted;
    roll_.written(due);
    if (due.size() < kWrittenAtOnce) break;
  }
  co_return Result<void>();
}

asio::awaitable<Result<void>> RollKeeper::read() {
  const auto look = [](Store& store) -> Result<std::vector<EnrolledScreen>> {
    return store.database().read("screens",
                                 [](soci::session& sql) -> Result<std::vector<EnrolledScreen>> {
                                   return ScreenTable(sql).enrolled();
                                 });
  };
  auto enrolled = co_await store_.run(look);
  if (!enrolled) co_return tl::unexpected(enrolled.error());
  roll_.replace(std::move(*enrolled), wall_ms_());
  co_return Result<void>();
}

}  // namespace longmen

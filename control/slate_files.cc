#include "control/slate_files.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "control/slate_table.h"
#include "core/base/hex.h"
#include "core/base/sha256_stream.h"

namespace longmen {
namespace asio = boost::asio;

void SlateFiles::set_data_dir(const std::string& data_dir) {
  folder_ = data_dir + "/" + kGivenSlates;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) spdlog::error("{}: {}", folder_, error.message());
}

asio::awaitable<void> SlateFiles::fetch(const std::vector<Channel>& channels) {
  std::set<std::string> wanted;
  for (const Channel& channel : channels)
    for (const SlateSource& source : sources_of(channel.slates))
      if (!source.is_card()) wanted.insert(source.sha256);
  std::string problem;
  for (const std::string& sha256 : wanted) {
    std::error_code error;
    if (std::filesystem::exists(path_of(sha256), error)) continue;
    const Result<void> fetched = co_await fetch_one(sha256);
    if (!fetched) problem = fmt::format("slate {}: {}", sha256, fetched.error().message);
  }
  if (!problem.empty() && problem != problem_) spdlog::error("{}", problem);
  problem_ = problem;
}

asio::awaitable<Result<void>> SlateFiles::fetch_one(std::string sha256) {
  const std::string partial = path_of(sha256) + ".new";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  Sha256Stream hash;
  for (int position = 0;; ++position) {
    using Piece = std::optional<Bytes>;
    // Named, not a temporary: GCC 12 destroys captures of temporaries in a co_await twice.
    const auto read = [sha256, position](Store& store) {
      return store.database().read("slate", [&](soci::session& sql) -> Result<Piece> {
        return SlateTable(sql).piece(sha256, position);
      });
    };
    const Result<Piece> piece = co_await store_.run(read);
    if (!piece) co_return tl::unexpected(piece.error());
    if (!*piece) break;
    hash.update(**piece);
    file.write(reinterpret_cast<const char*>((*piece)->data()),
               static_cast<std::streamsize>((*piece)->size()));
  }
  file.close();
  std::error_code error;
  if (!file) {
    std::filesystem::remove(partial, error);
    co_return fail(fmt::format("{} cannot be written", partial));
  }
  if (lower_hex(hash.finish()) != sha256) {
    std::filesystem::remove(partial, error);
    co_return fail("the database does not have all of it");
  }
  std::filesystem::rename(partial, path_of(sha256), error);
  if (error) co_return fail(fmt::format("{}: {}", path_of(sha256), error.message()));
  spdlog::info("slate file fetched sha256={}", sha256);
  co_return Result<void>();
}

}  // namespace longmen

// What an action of control comes to: done, or refused with what the asker is told. Around it,
// Result says whether the database could be asked at all.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "control/database.h"
#include "net/http_problem.h"

namespace longmen {

template <class T>
using Decided = tl::expected<T, HttpProblem>;

inline tl::unexpected<HttpProblem> refuse(int status, std::string words) {
  return tl::unexpected<HttpProblem>(HttpProblem{status, std::move(words)});
}

// Runs `work(soci::session&)`, which returns a Decided, in a transaction that is kept only when it
// was done.
template <class Work>
auto in_transaction(Database& database, const std::string& what, Work work)
    -> Result<decltype(work(std::declval<soci::session&>()))> {
  using Outcome = decltype(work(std::declval<soci::session&>()));
  std::optional<HttpProblem> refusal;
  auto done = database.write(what, [&](soci::session& sql) -> Result<typename Outcome::value_type> {
    Outcome decided = work(sql);
    if (decided) return std::move(*decided);
    refusal = std::move(decided.error());
    return fail(what + ": refused");  // so that it is rolled back
  });
  if (refusal) return Outcome(tl::unexpected<HttpProblem>(std::move(*refusal)));
  if (!done) return tl::unexpected(done.error());
  return Outcome(std::move(*done));
}

}  // namespace longmen

#include "control/slates_api.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <fstream>

#include "control/act.h"
#include "control/body_fields.h"
#include "control/channel_table.h"
#include "control/json_action.h"
#include "control/slate_actions.h"
#include "core/base/hex.h"
#include "core/base/sha256_stream.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMegabyte = 1 << 20;

Decided<json::object> as_json(const Decided<GivenSlate>& done) {
  if (!done) return tl::unexpected(done.error());
  return slate_to_json(*done);
}

// For the length of a scope.
struct Taking {
  bool& taking;
  std::string file;
  explicit Taking(bool& now, std::string of) : taking(now), file(std::move(of)) { taking = true; }
  ~Taking() {
    taking = false;
    ::unlink(file.c_str());
  }
  Taking(const Taking&) = delete;
  Taking& operator=(const Taking&) = delete;
};

}  // namespace

void SlatesApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kManage = Permission::kManageChannels;
  const std::string all = "/api/v1/channels/{id}/slates", one = all + "/{slate}";
  HttpRoute taking;
  taking.pattern = all;
  taking.method = "POST";
  taking.body_in_pieces = true;
  taking.max_body_bytes = 256 * kMegabyte;
  taking.handler = [this](HttpRequest request) { return take(std::move(request)); };
  router.add(std::move(taking));
  add_guarded(router, parts_, all, "GET", kLook, this, &SlatesApi::list);
  add_guarded(router, parts_, one, "PATCH", kManage, this, &SlatesApi::rename);
  add_guarded(router, parts_, one, "DELETE", kManage, this, &SlatesApi::remove);
  add_guarded(router, parts_, one + "/thumbnail", "GET", kLook, this, &SlatesApi::thumbnail);
}

// ---- taking one in

// As add_guarded() does, but for the body, which is written to a file as it comes. Who is refused
// is told so behind the body: whoever still sends one does not listen.
asio::awaitable<HttpResponse> SlatesApi::take(HttpRequest request) {
  auto caller = co_await parts_.gatekeeper.admit(request, Permission::kManageChannels);
  if (!caller) co_return refusal_to(request, caller.error());
  if (auto target = check_target(request); !target) co_return refusal(target.error());
  if (taking_) {
    co_await discard(request);
    co_return refusal({503, "another slate is being taken in; try again in a moment"});
  }
  const std::string file = files_.path_of_new(make_id(parts_.random));
  const Taking now(taking_, file);
  const std::string channel = request.parameters[0];
  const std::string name(request.target.query_value("name"));
  const ActionInTransaction look = [channel, name](soci::session& sql) -> Decided<json::object> {
    if (auto room = check_room_for_slate(sql, channel, name); !room)
      return tl::unexpected(room.error());
    return json::object();
  };
  HttpResponse room = co_await answer_question(parts_, look);
  if (room.status != 200) {
    co_await discard(request);
    co_return room;
  }
  auto looked = co_await receive(request, file);
  if (!looked) co_return refusal(looked.error());
  GivenSlate& slate = looked->slate;
  slate.id = make_id(parts_.random);
  slate.channel = channel;
  slate.name = name;
  const Result<void> kept = co_await keep(file, slate.sha256);
  if (!kept) co_return store_problem(kept.error());
  const ActionInTransaction add = [context = context_of(parts_, *caller), slate = slate,
                                   small = looked->thumbnail](soci::session& sql) {
    return as_json(add_slate(sql, context, slate, small));
  };
  HttpResponse response = co_await answer_change(parts_, *caller, add);
  if (response.status != 200) co_return response;
  // What the database has is fetched from there; this node need not.
  ::rename(file.c_str(), files_.path_of(slate.sha256).c_str());
  if (parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

asio::awaitable<void> SlatesApi::discard(HttpRequest& request) {
  while (request.body) {
    const HttpBodyPiece piece = co_await request.body->read();
    if (!piece || piece->empty()) co_return;
  }
}

asio::awaitable<Decided<LookedAtSlate>> SlatesApi::receive(HttpRequest& request, std::string file) {
  const size_t most = static_cast<size_t>(limits_.max_megabytes) * kMegabyte;
  const HttpProblem too_large{
      413, fmt::format("the file is larger than {} MB, which are taken", limits_.max_megabytes)};
  if (!request.body) co_return refuse(422, "the file is empty");
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  Sha256Stream hash;
  size_t bytes = 0;
  for (;;) {
    const HttpBodyPiece piece = co_await request.body->read();
    if (!piece) co_return tl::unexpected<HttpProblem>(piece.error());
    if (piece->empty()) break;
    bytes += piece->size();
    if (bytes > most) {
      co_await discard(request);
      co_return tl::unexpected<HttpProblem>(too_large);
    }
    hash.update(as_bytes(*piece));
    stream.write(piece->data(), static_cast<std::streamsize>(piece->size()));
  }
  stream.close();
  if (!stream) {
    spdlog::error("{} cannot be written", file);
    co_return refuse(503, "the file cannot be written down: is the disk full?");
  }
  auto looked = co_await checker_.look_at(file, limits_.max_seconds);
  if (!looked) co_return looked;
  looked->slate.bytes = static_cast<int64_t>(bytes);
  looked->slate.sha256 = lower_hex(hash.finish());
  co_return looked;
}

// A piece a transaction: whoever else wants something of the database has their turn in between.
asio::awaitable<Result<void>> SlatesApi::keep(std::string file, std::string sha256) {
  std::ifstream stream(file, std::ios::binary);
  Bytes piece(SlateTable::kPieceBytes);
  for (int position = 0;; ++position) {
    stream.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<size_t>(stream.gcount());
    if (got == 0) break;
    const Bytes bytes(piece.begin(), piece.begin() + static_cast<ptrdiff_t>(got));
    const auto put = [sha256, position, bytes,
                      now_ms = parts_.clock.wall_ms()](Store& store) -> Result<void> {
      return store.database().write("slate", [&](soci::session& sql) -> Result<void> {
        SlateTable(sql).put_piece(sha256, position, bytes, now_ms);
        return {};
      });
    };
    const Result<void> done = co_await parts_.store.run(put);
    if (!done) co_return done;
  }
  co_return Result<void>();
}

// ---- what there is

asio::awaitable<HttpResponse> SlatesApi::list(Caller, HttpRequest request) {
  const ActionInTransaction read = [channel = request.parameters[0], to_make = to_make_,
                                    limits = limits_](soci::session& sql) -> Decided<json::object> {
    if (!ChannelTable(sql).version_of(channel)) return refuse(404, "there is no such channel");
    json::array list;
    for (const GivenSlate& slate : SlateTable(sql).of_channel(channel)) {
      json::object shown = slate_to_json(slate);
      const auto waits =
          std::find_if(to_make.begin(), to_make.end(), [&](const NodeState::SlateToMake& each) {
            return each.channel == channel && each.sha256 == slate.sha256;
          });
      shown["encoded"] = waits == to_make.end() ? "ready" : waits->failed ? "failed" : "waiting";
      list.push_back(std::move(shown));
    }
    return json::object{{"slates", std::move(list)},
                        {"most", kMaxSlates},
                        {"max_megabytes", limits.max_megabytes},
                        {"max_seconds", limits.max_seconds}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> SlatesApi::thumbnail(Caller, HttpRequest request) {
  using Found = std::optional<Bytes>;
  const auto read = [channel = request.parameters[0],
                     id = request.parameters[1]](Store& store) -> Result<Found> {
    return store.database().read("slate", [&](soci::session& sql) -> Result<Found> {
      SlateTable table(sql);
      const auto slate = table.by_id(id);
      if (!slate || slate->channel != channel) return Found();
      return table.thumbnail(id);
    });
  };
  const Result<Found> found = co_await parts_.store.run(read);
  if (!found) co_return store_problem(found.error());
  if (!*found) co_return http_problem(404, "the channel has no such slate");
  HttpResponse response;
  response.fields.set("Content-Type", "image/jpeg");
  response.fields.set("Cache-Control", "private, max-age=86400");
  response.fields.set("X-Content-Type-Options", "nosniff");
  response.content.assign((*found)->begin(), (*found)->end());
  co_return response;
}

asio::awaitable<HttpResponse> SlatesApi::change_and_tell(const Caller& caller,
                                                         ActionInTransaction action) {
  HttpResponse response = co_await answer_change(parts_, caller, std::move(action));
  if (response.status == 200 && parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

asio::awaitable<HttpResponse> SlatesApi::rename(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  std::optional<std::string> name;
  BodyFields fields(*body);
  fields.read("name", name);
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   channel = request.parameters[0], id = request.parameters[1],
                                   seen = *seen, name = name.value_or("")](soci::session& sql) {
    return as_json(rename_slate(sql, context, channel, id, seen, name));
  };
  co_return co_await change_and_tell(caller, act);
}

asio::awaitable<HttpResponse> SlatesApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   channel = request.parameters[0], id = request.parameters[1],
                                   seen = *seen](soci::session& sql) {
    return as_json(remove_slate(sql, context, channel, id, seen));
  };
  co_return co_await change_and_tell(caller, act);
}

}  // namespace longmen

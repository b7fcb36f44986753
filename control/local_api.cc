#include "control/local_api.h"

#include "core/base/sha256.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
void LocalApi::add_routes(HttpRouter& router) {
  const auto add = [&](std::string pattern, HttpHandlerOfRoute handler) {
    HttpRoute route;
    route.pattern = std::move(pattern);
    route.method = "POST";
    route.max_body_bytes = kMaxStudioBodyBytes;
    route.handler = std::move(handler);
    router.add(std::move(route));
  };
  add("/local/v1/reset-link",
      [this](HttpRequest request) { return reset_link(std::move(request)); });
  add("/local/v1/first-link",
      [this](HttpRequest request) { return first_link_for(std::move(request)); });
}

asio::awaitable<Result<bool>> LocalApi::make_first_administrator() {
  const std::string token = make_token(parts_.random);
  const auto make = [id = make_id(parts_.random), hash = sha256_hex(token),
                     now_ms = parts_.clock.wall_ms()](Store& store) {
    return longmen::make_first_administrator(store.database(), id, hash, now_ms);
  };
  const auto made = co_await parts_.store.run(make);
  if (!made) co_return tl::unexpected(made.error());
  if (!*made) co_return fail((*made).error().words);
  if (**made) first_token_ = token;
  co_return **made;
}

asio::awaitable<HttpResponse> LocalApi::reset_link(HttpRequest request) {
  if (!source_of(request).local()) co_return http_problem(404, "nothing is here");
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const std::string token = make_token(parts_.random);
  const Actor actor = command_line(parts_.clock.wall_ms());
  const AccountChoice choice{"", text_field(*body, "name")};
  const auto make = [actor, choice, hash = sha256_hex(token)](Store& store) {
    return make_link(store.database(), actor, choice, hash);
  };
  const auto made = co_await parts_.store.run(make);
  if (!is_done(made)) co_return refusal(made);
  co_return json_response(json::object{{"name", (*made)->name}, {"link", address_of(token)}});
}

// For whoever has just started a node: the way in, as long as nobody has one. 409 when somebody
// has.
asio::awaitable<HttpResponse> LocalApi::first_link_for(HttpRequest request) {
  if (!source_of(request).local()) co_return http_problem(404, "nothing is here");
  const auto ask = [hash = sha256_hex(first_token_),
                    now_ms = parts_.clock.wall_ms()](Store& store) -> Result<Decided<bool>> {
    return in_transaction(store.database(), "first link", [&](soci::session& sql) -> Decided<bool> {
      AccountTable table(sql);
      if (table.is_set_up())
        return refuse(409,
                      "an administrator is set up; for a new password: longmen admin "
                      "reset-link");
      const auto link = table.link(hash);
      return link && link->expires_ms > now_ms;
    });
  };
  const auto known = co_await parts_.store.run(ask);
  if (!is_done(known)) {
    if (known) first_token_.clear();
    co_return refusal(known);
  }
  if (!**known) {
    const std::string token = make_token(parts_.random);
    const Actor actor = command_line(parts_.clock.wall_ms());
    const AccountChoice choice;
    const auto make = [actor, choice, hash = sha256_hex(token)](Store& store) {
      return make_link(store.database(), actor, choice, hash);
    };
    const auto made = co_await parts_.store.run(make);
    if (!is_done(made)) co_return refusal(made);
    first_token_ = token;
  }
  co_return json_response(json::object{{"path", link_path(first_token_)}});
}

}  // namespace longmen

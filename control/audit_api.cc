#include "control/audit_api.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int kAuditRowsOnAPage = 50;

int64_t number_of(const HttpRequest& request, std::string_view name, int64_t otherwise) {
  const std::string text(request.target.query_value(name));
  std::from_chars(text.data(), text.data() + text.size(), otherwise);
  return otherwise;
}

// What stands there, when it is JSON; text as it is else, so that a spoilt row can be seen too.
json::value shown(const std::string& text) {
  if (text.empty()) return nullptr;
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error ? json::value(text) : value;
}

json::object row_to_json(const AuditRow& row) {
  json::object object;
  object["number"] = row.number;
  object["at_ms"] = row.at_ms;
  object["actor_id"] = row.actor_id;
  object["actor"] = row.actor;
  object["address"] = row.address;
  object["action"] = row.action;
  object["subject"] = row.subject;
  object["before"] = shown(row.before);
  object["after"] = shown(row.after);
  object["hash"] = row.hash;
  return object;
}

class AuditLines : public HttpBody {
 public:
  explicit AuditLines(StoreThread& store) : store_(store) {}

  asio::awaitable<HttpBodyPiece> read() override {
    if (waiting_.empty()) {
      const auto read = [after = last_](Store& store) -> Result<std::vector<AuditRow>> {
        return store.database().read("audit",
                                     [&](soci::session& sql) -> Result<std::vector<AuditRow>> {
                                       return audit_rows_after(sql, after, kMaxAuditPage);
                                     });
      };
      const auto rows = co_await store_.run(read);
      if (!rows) co_return tl::unexpected(HttpProblem{503, rows.error().message});
      for (const AuditRow& row : *rows) {
        waiting_ += json::serialize(row_to_json(row)) + "\n";
        last_ = row.number;
      }
    }
    std::string piece = waiting_.substr(0, kMaxBodyPieceBytes);
    waiting_.erase(0, piece.size());
    co_return piece;
  }

 private:
  StoreThread& store_;
  int64_t last_ = 0;
  std::string waiting_;  // at most kMaxAuditPage rows
};

}  // namespace

void AuditApi::add_routes(HttpRouter& router) {
  add_guarded(router, parts_, "/api/v1/audit", "GET", Permission::kReadAudit, this,
              &AuditApi::show);
}

asio::awaitable<HttpResponse> AuditApi::show(Caller, HttpRequest request) {
  const std::string_view format = request.target.query_value("format");
  if (format == "jsonl") {
    HttpResponse response;
    response.fields.set("Content-Type", "application/jsonl");
    response.fields.set("Content-Disposition", "attachment; filename=\"longmen-audit.jsonl\"");
    response.fields.set("Cache-Control", "no-store");
    response.stream = std::make_shared<AuditLines>(parts_.store);
    co_return response;
  }
  if (!format.empty() && format != "json")
    co_return http_problem(422, "format: json or jsonl is allowed");
  const int64_t before = number_of(request, "before", 0);
  const auto limit = static_cast<int>(
      std::clamp<int64_t>(number_of(request, "limit", kAuditRowsOnAPage), 1, kMaxAuditPage));
  const auto read = [before, limit](Store& store) -> Result<std::vector<AuditRow>> {
    return store.database().read("audit", [&](soci::session& sql) -> Result<std::vector<AuditRow>> {
      return audit_page(sql, before, limit);
    });
  };
  const auto rows = co_await parts_.store.run(read);
  if (!rows) co_return store_problem(rows.error());
  json::array list;
  for (const AuditRow& row : *rows)
    list.push_back(row_to_json(row));
  json::object body;
  body["next"] = static_cast<int>(rows->size()) == limit && rows->back().number > 1
                     ? json::value(rows->back().number)
                     : json::value(nullptr);
  body["rows"] = std::move(list);
  co_return json_response(body);
}

}  // namespace longmen

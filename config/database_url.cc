#include "config/database_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/ascii_text.h"
#include "core/http/target.h"

namespace longmen {
namespace {

constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};
constexpr std::string_view kForm =
    "postgresql://[USER[:PASSWORD]@][HOST[:PORT][,...]]/DATABASE[?host=FOLDER...] is allowed, or "
    "\"\" for SQLite";
constexpr std::string_view kParameters[] = {
    "channel_binding", "gssencmode",          "host", "passfile", "sslcert", "sslkey", "sslmode",
    "sslrootcert",     "target_session_attrs"};
constexpr size_t kMaxUrlBytes = 2048;

// Nothing when it is no percent-encoding of text.
std::optional<std::string> decoded(std::string_view part) {
  auto text = percent_decode(part);
  if (!text || text->find('\0') != std::string::npos || line_that_is_not_utf8(*text))
    return std::nullopt;
  return text;
}

// What stands before the first `mark`, which is taken away with it; or all.
std::string_view take_until(std::string_view& rest, char mark) {
  const size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view front = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return front;
}

Result<void> read_user(std::string_view text, DatabaseUrl& url) {
  const auto user = decoded(take_until(text, ':'));
  const auto password = decoded(text);
  if (!user || user->empty() || !password)
    return fail(
        "USER or PASSWORD is not well formed: other characters than A-Z a-z 0-9 - _ . ~ "
        "are allowed as %HH");
  url.user = *user;
  url.password = *password;
  return {};
}

Result<DatabaseUrl::Host> read_host(std::string_view text) {
  DatabaseUrl::Host host;
  std::optional<std::string> name;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    if (text.find(']') == std::string_view::npos) return fail("[ADDRESS] is not closed");
    name = std::string(take_until(text, ']'));
    if (!text.empty() && text.front() != ':') return fail("after [ADDRESS] only :PORT is allowed");
    text.remove_prefix(std::min<size_t>(1, text.size()));
  } else {
    name = decoded(take_until(text, ':'));
  }
  if (!name || name->empty() || name->find(',') != std::string::npos)
    return fail("HOST is empty or not well formed");
  host.name = std::move(*name);
  if (text.empty()) return host;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), host.port);
  if (error != std::errc() || end != text.data() + text.size() || host.port < 1 ||
      host.port > 65535)
    return fail("a PORT from 1 to 65535 is allowed");
  return host;
}

Result<void> read_hosts(std::string_view text, DatabaseUrl& url) {
  if (text.ends_with(',')) return fail("behind a comma another HOST is allowed");
  while (!text.empty()) {
    if (url.hosts.size() == DatabaseUrl::kMaxHosts)
      return fail(fmt::format("at most {} hosts are allowed", DatabaseUrl::kMaxHosts));
    auto host = read_host(take_until(text, ','));
    if (!host) return tl::unexpected(host.error());
    url.hosts.push_back(std::move(*host));
  }
  return {};
}

Result<void> read_parameters(std::string_view text, DatabaseUrl& url) {
  while (!text.empty()) {
    std::string_view value = take_until(text, '&');
    const std::string_view name = take_until(value, '=');
    const auto known = std::find(std::begin(kParameters), std::end(kParameters), name);
    const auto content = decoded(value);
    if (known == std::end(kParameters) || !content || content->empty())
      return fail(fmt::format("of parameters, {} are allowed, each with a value",
                              fmt::join(kParameters, ", ")));
    if (name == "host") {
      if (!url.hosts.empty()) return fail("a host may stand in one place only");
      url.hosts.push_back({*content, 0});
      continue;
    }
    const bool twice = std::any_of(url.parameters.begin(), url.parameters.end(),
                                   [&](const auto& other) { return other.first == name; });
    if (twice) return fail(fmt::format("parameter {} may stand once", name));
    url.parameters.emplace_back(name, *content);
  }
  return {};
}

// PostgreSQL 15, "Keyword/Value Connection Strings".
void append(std::string& conninfo, std::string_view keyword, std::string_view value) {
  if (value.empty()) return;
  conninfo += fmt::format("{}{}='", conninfo.empty() ? "" : " ", keyword);
  for (const char c : value) {
    if (c == '\'' || c == '\\') conninfo += '\\';
    conninfo += c;
  }
  conninfo += '\'';
}

}  // namespace

bool names_postgresql(std::string_view text) {
  return std::any_of(std::begin(kSchemes), std::end(kSchemes),
                     [&](std::string_view scheme) { return text.starts_with(scheme); });
}

Result<DatabaseUrl> parse_database_url(std::string_view text) {
  const auto scheme = std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                   [&](std::string_view known) { return text.starts_with(known); });
  if (scheme == std::end(kSchemes)) return fail(std::string(kForm));
  if (text.size() > kMaxUrlBytes)
    return fail(fmt::format("at most {} bytes are allowed", kMaxUrlBytes));
  text.remove_prefix(scheme->size());
  DatabaseUrl url;
  std::string_view parameters = text;
  std::string_view path = take_until(parameters, '?');
  std::string_view authority = take_until(path, '/');
  // A second one would be of a password that is not encoded, of which a part was taken for a name.
  if (std::count(text.begin(), text.end(), '@') > 1 || path.find('@') != std::string_view::npos)
    return fail("'@' in USER, PASSWORD and DATABASE is allowed as %40");
  if (const size_t at = authority.find('@'); at != std::string_view::npos) {
    auto user = read_user(authority.substr(0, at), url);
    if (!user) return tl::unexpected(user.error());
    authority.remove_prefix(at + 1);
  }
  if (auto hosts = read_hosts(authority, url); !hosts) return tl::unexpected(hosts.error());
  const auto database = decoded(path);
  if (!database || database->empty() || database->find('/') != std::string::npos)
    return fail(std::string(kForm));
  url.database = *database;
  if (auto read = read_parameters(parameters, url); !read) return tl::unexpected(read.error());
  return url;
}

std::string DatabaseUrl::shown() const {
  std::string where;
  for (const Host& host : hosts) {
    where += fmt::format("{}{}", where.empty() ? "" : ",", host.name);
    if (host.port != 0) where += fmt::format(":{}", host.port);
  }
  return fmt::format("PostgreSQL database \"{}\"{}{}", database, where.empty() ? "" : " at ",
                     where);
}

std::string DatabaseUrl::conninfo() const {
  std::string info, names, ports;
  for (const Host& host : hosts) {
    const std::string_view comma = &host == &hosts.front() ? "" : ",";
    names += fmt::format("{}{}", comma, host.name);
    ports += comma;
    if (host.port != 0) ports += std::to_string(host.port);
  }
  append(info, "host", names);
  if (ports.find_first_not_of(',') != std::string::npos) append(info, "port", ports);
  append(info, "user", user);
  append(info, "password", password);
  append(info, "dbname", database);
  for (const auto& [keyword, value] : parameters)
    append(info, keyword, value);
  return info;
}

}  // namespace longmen

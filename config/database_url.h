// Which PostgreSQL holds the database: a URL of the form that libpq documents, read here so that
// what reaches libpq is known to be well formed (its own words about a URL repeat parts of it, and
// a password may be among them). Pure; connects to nothing. Source: PostgreSQL 15, "Connection
// URIs"; RFC 3986, section 3.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace longmen {

struct DatabaseUrl {
  struct Host {
    std::string name;  // a name, an address, or the folder of a Unix socket
    int port = 0;      // 0: PostgreSQL's own, 5432
  };
  std::vector<Host> hosts;  // tried in this order, at most kMaxHosts; none: the local Unix socket
  std::string user, password;  // empty: as libpq finds them (PGPASSFILE, ~/.pgpass)
  std::string database;
  std::vector<std::pair<std::string, std::string>> parameters;  // sslmode and its like

  static constexpr size_t kMaxHosts = 8;

  // For people: without the password.
  std::string shown() const;
  // As PQconnectdb() takes it. Holds the password.
  std::string conninfo() const;
};

bool names_postgresql(std::string_view text);  // whether it begins as such a URL does

// The words say what is allowed and repeat nothing that may be secret.
Result<DatabaseUrl> parse_database_url(std::string_view text);

}  // namespace longmen

#include "control/secret_table.h"

#include <soci/soci.h>

namespace longmen {

Result<std::string> installation_secret(Database& database, const std::string& name,
                                        const std::string& fresh) {
  return database.write("secrets", [&](soci::session& sql) -> Result<std::string> {
    std::string secret;
    sql << "SELECT value FROM secrets WHERE name = :name", soci::into(secret), soci::use(name);
    if (sql.got_data()) return secret;
    sql << "INSERT INTO secrets (name, value) VALUES (:name, :value)", soci::use(name),
        soci::use(fresh);
    return fresh;
  });
}

Result<std::string> secret_if_any(Database& database, const std::string& name) {
  return database.read("secrets", [&](soci::session& sql) -> Result<std::string> {
    std::string secret;
    sql << "SELECT value FROM secrets WHERE name = :name", soci::into(secret), soci::use(name);
    return sql.got_data() ? secret : std::string();
  });
}

}  // namespace longmen

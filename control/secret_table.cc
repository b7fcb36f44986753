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

}  // namespace longmen

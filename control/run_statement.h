// Runs a statement whose parameters and columns were exchanged one by one, because what it asks for
// is put together at run time. Throws as SOCI does.
#pragma once

#include <soci/soci.h>

#include <string>

namespace longmen {

inline void run_statement(soci::statement& statement, const std::string& query) {
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute();
}

// One that changes something: with SQLite, nothing is done before a first row is asked for.
inline void run_change(soci::statement& statement, const std::string& query) {
  statement.alloc();
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute(true);
}

}  // namespace longmen

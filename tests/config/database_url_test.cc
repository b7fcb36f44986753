#include "config/database_url.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

std::string conninfo(std::string_view url) {
  const auto parsed = parse_database_url(url);
  return parsed ? parsed->conninfo() : "refused: " + parsed.error().message;
}

TEST(DatabaseUrl, BecomesWhatLibpqTakes) {
  EXPECT_EQ(conninfo("postgresql:///longmen"), "dbname='longmen'");
  EXPECT_EQ(conninfo("postgres://u@db.example/longmen"),
            "host='db.example' user='u' dbname='longmen'");
  EXPECT_EQ(conninfo("postgresql://u:p@db.example:5433/longmen?sslmode=verify-full"),
            "host='db.example' port='5433' user='u' password='p' dbname='longmen' "
            "sslmode='verify-full'");
  EXPECT_EQ(conninfo("postgresql://[2001:db8::1]:5433/x"),
            "host='2001:db8::1' port='5433' dbname='x'");
  EXPECT_EQ(conninfo("postgresql://[2001:db8::1]/x"), "host='2001:db8::1' dbname='x'");
}

TEST(DatabaseUrl, NamesAUnixSocketInEitherPlace) {
  EXPECT_EQ(conninfo("postgresql://u@/x?host=/run/postgresql"),
            "host='/run/postgresql' user='u' dbname='x'");
  EXPECT_EQ(conninfo("postgresql://u@%2Frun%2Fpostgresql/x"),
            "host='/run/postgresql' user='u' dbname='x'");
}

TEST(DatabaseUrl, NamesSeveralHostsEachWithItsPort) {
  EXPECT_EQ(conninfo("postgresql://a:1,b,c:3/x?target_session_attrs=read-write"),
            "host='a,b,c' port='1,,3' dbname='x' target_session_attrs='read-write'");
  EXPECT_EQ(conninfo("postgresql://a,b/x"), "host='a,b' dbname='x'");
}

TEST(DatabaseUrl, QuotesWhatIsDecoded) {
  EXPECT_EQ(conninfo("postgresql://u:%27%5C%20%40@h/x"),
            "host='h' user='u' password='\\'\\\\ @' dbname='x'");
}

TEST(DatabaseUrl, IsShownWithoutItsPassword) {
  EXPECT_EQ(parse_database_url("postgresql://u:secret@a:1,b/x")->shown(),
            "PostgreSQL database \"x\" at a:1,b");
  EXPECT_EQ(parse_database_url("postgresql:///x")->shown(), "PostgreSQL database \"x\"");
}

TEST(DatabaseUrl, ThatIsNotWellFormedIsRefused) {
  for (const char* bad : {"",
                          "sqlite",
                          "postgresql:/x",
                          "postgresql://",
                          "postgresql://h",
                          "postgresql://h/",
                          "postgresql://h/a/b",
                          "postgresql://h:0/x",
                          "postgresql://h:65536/x",
                          "postgresql://h:1a/x",
                          "postgresql://:1/x",
                          "postgresql://a,,b/x",
                          "postgresql://a,/x",
                          "postgresql://@h/x",
                          "postgresql://u%@h/x",
                          "postgresql://u:%00@h/x",
                          "postgresql://u:%ff@h/x",
                          "postgresql://h/x?options=-c",
                          "postgresql://h/x?sslmode=",
                          "postgresql://h/x?sslmode=a&sslmode=b",
                          "postgresql://h/x?host=/run",
                          "postgresql://[::1/x",
                          "postgresql://[::1]x/x",
                          "postgresql://a,b,c,d,e,f,g,h,i/x"}) {
    EXPECT_FALSE(parse_database_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace longmen

#include "net/log.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(Log, PairsInTheWordsAreFieldsInJson) {
  EXPECT_EQ(log_fields_json("viewer joined channel=main viewer=4f"),
            R"({"message":"viewer joined channel=main viewer=4f","channel":"main","viewer":"4f"})");
}

TEST(Log, WordsFromOutsideCannotBreakTheJson) {
  EXPECT_EQ(log_fields_json("name=a\"b\nc message=x"),
            R"({"message":"name=a\"b\nc message=x","name":"a\"b\nc"})");
}

}  // namespace
}  // namespace longmen

#include "lake/ingest/sql_text.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

TEST(SqlText, APathIsNoPattern) { EXPECT_EQ(quoted_path("a[1]*?'.csv"), "'a[[]1][*][?]''.csv'"); }

TEST(SqlText, TableNamesHaveOneOrTwoParts) {
  EXPECT_EQ(parse_table_name("t")->sql(), "\"main\".\"t\"");
  EXPECT_EQ(parse_table_name("s.t")->text(), "s.t");
  EXPECT_EQ(parse_table_name("\"a.b\".\"c\"\"d\"")->sql(), "\"a.b\".\"c\"\"d\"");
  for (const char* wrong : {"", ".", "a.", ".b", "a.b.c", "\"a"}) {
    EXPECT_FALSE(parse_table_name(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace lake::ingest

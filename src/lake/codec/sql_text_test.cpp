#include "lake/codec/sql_text.hpp"

#include <gtest/gtest.h>

namespace lake::codec {
namespace {

TEST(SqlText, QuotesAreDoubled) {
  EXPECT_EQ(quoted_name("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quoted_text("it's"), "'it''s'");
}

}  // namespace
}  // namespace lake::codec

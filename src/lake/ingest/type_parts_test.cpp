#include "lake/ingest/type_parts.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

using Answer = PartsFit::Answer;

void expect(std::string_view type, std::string_view wanted, Answer answer, const std::string& place = "") {
  const auto found = parts_fit(type, wanted);
  EXPECT_EQ(found.answer, answer) << type << " for " << wanted;
  EXPECT_EQ(found.place, place) << type << " for " << wanted;
}

TEST(TypeParts, OtherLeafTypesAndOrdersHavePlace) {
  expect("BIGINT", "INTEGER", Answer::kAll);
  expect("STRUCT(a BIGINT, b VARCHAR)", "STRUCT(b ENUM('x, y)', 'it''s'), \"A\" DECIMAL(18,3), c DATE)",
         Answer::kAll);
  expect("STRUCT(a STRUCT(x BIGINT)[])[]", "STRUCT(a STRUCT(y DATE, x INTEGER)[])[]", Answer::kAll);
  expect("MAP(VARCHAR, STRUCT(a BIGINT))", "MAP(VARCHAR, STRUCT(a INTEGER))", Answer::kAll);
  expect("\"NULL\"", "STRUCT(a INTEGER)", Answer::kAll);
}

TEST(TypeParts, APartWithoutPlaceIsNamed) {
  expect("STRUCT(a BIGINT, b BIGINT)", "STRUCT(a INTEGER)", Answer::kMissing, ".b");
  expect("STRUCT(a STRUCT(x BIGINT, \"b \"\"c\"\"\" BIGINT)[])", "STRUCT(a STRUCT(x INTEGER)[])",
         Answer::kMissing, ".a[].b \"c\"");
  expect("STRUCT(a BIGINT[], b STRUCT(c BIGINT))[]", "STRUCT(a INTEGER[], b STRUCT(d DATE))[]",
         Answer::kMissing, "[].b.c");
  expect("MAP(VARCHAR, STRUCT(a BIGINT, b BIGINT))", "MAP(VARCHAR, STRUCT(a INTEGER))", Answer::kMissing,
         ".b");
}

TEST(TypeParts, WhatTellsNoPartsIsUnknown) {
  expect("JSON", "STRUCT(a INTEGER)", Answer::kUnknown, "");
  expect("MAP(VARCHAR, BIGINT)", "STRUCT(a INTEGER)", Answer::kUnknown, "");
  expect("STRUCT(a JSON, b BIGINT)", "STRUCT(a STRUCT(x INTEGER), b INTEGER)", Answer::kUnknown, ".a");
  expect("STRUCT(a JSON, c BIGINT)", "STRUCT(a STRUCT(x INTEGER), b INTEGER)", Answer::kMissing, ".c");
  expect("STRUCT(a BIGINT)", "STRUCT(a INTEGER)[]", Answer::kUnknown, "");
}

TEST(TypeParts, WhatIsNoStructHasPlaceForAnything) {
  expect("STRUCT(a BIGINT)", "JSON", Answer::kAll);
  expect("STRUCT(a BIGINT)", "VARCHAR", Answer::kAll);
  expect("STRUCT(a STRUCT(b BIGINT))", "STRUCT(a JSON)", Answer::kAll);
}

}  // namespace
}  // namespace lake::ingest

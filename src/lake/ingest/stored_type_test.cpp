#include "lake/ingest/stored_type.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

TEST(StoredType, TypesThatParquetHoldsStay) {
  for (const char* type :
       {"INTEGER", "DECIMAL(18,3)", "ENUM('HUGEINT', 'a, b)')", "TIMESTAMP WITH TIME ZONE", "INTEGER[3][]",
        "STRUCT(a INTEGER, \"HUGEINT\" VARCHAR)", "MAP(VARCHAR, DOUBLE[])", "GEOMETRY('OGC:CRS84')",
        "UNION(num INTEGER, str VARCHAR)", "STRUCT(INTEGER, VARCHAR)"}) {
    EXPECT_EQ(stored_type(type), type);
  }
}

TEST(StoredType, TypesThatParquetCutsBecomeText) {
  for (const char* type : {"HUGEINT", "UHUGEINT", "INTERVAL", "TIME WITH TIME ZONE", "BIT", "BIGNUM"}) {
    EXPECT_EQ(stored_type(type), "VARCHAR") << type;
  }
}

TEST(StoredType, NestedPartsAreFound) {
  EXPECT_EQ(stored_type("HUGEINT[]"), "VARCHAR[]");
  EXPECT_EQ(stored_type("STRUCT(\"bit\" BIT, \"a b\" HUGEINT[], \"q\"\"x\" ENUM('BIT'))[]"),
            "STRUCT(\"bit\" VARCHAR, \"a b\" VARCHAR[], \"q\"\"x\" ENUM('BIT'))[]");
  EXPECT_EQ(stored_type("MAP(HUGEINT, STRUCT(i INTERVAL))"), "MAP(VARCHAR, STRUCT(i VARCHAR))");
  EXPECT_EQ(stored_type("UNION(\"time\" TIME WITH TIME ZONE, n UHUGEINT[2])"),
            "UNION(\"time\" VARCHAR, n VARCHAR[2])");
}

TEST(NamedType, PartsWithoutANameGetOneByTheirPlace) {
  EXPECT_EQ(named_type("STRUCT(INTEGER, STRUCT(HUGEINT)[])[]"),
            "STRUCT(v1 INTEGER, v2 STRUCT(v1 HUGEINT)[])[]");
  EXPECT_EQ(named_type("MAP(VARCHAR, STRUCT(a INTEGER, \"\" DATE))"),
            "MAP(VARCHAR, STRUCT(a INTEGER, v2 DATE))");
  for (const char* type :
       {"HUGEINT", "STRUCT(a INTEGER, \"b c\" INTERVAL)", "ENUM('STRUCT(', 'b')", "MAP(VARCHAR, BIT)"})
    EXPECT_EQ(named_type(type), type);
}

}  // namespace
}  // namespace lake::ingest

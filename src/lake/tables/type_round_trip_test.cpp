#include <algorithm>

#include "lake/tables/write_test_fixture.hpp"

namespace lake::tables {
namespace {

using duckdb::Value;
using ValueRows = std::vector<duckdb::vector<Value>>;

/// A type and values at its edges, as SQL. NULL is tried with each.
struct TypeCase {
  const char* type;
  std::vector<const char*> values;
};

const std::vector<TypeCase>& type_cases() {
  static const std::vector<TypeCase> cases = {
      {"BOOLEAN", {"true", "false"}},
      {"TINYINT", {"-128", "127", "0"}},
      {"SMALLINT", {"-32768", "32767"}},
      {"INTEGER", {"-2147483648", "2147483647"}},
      {"BIGINT", {"-9223372036854775808", "9223372036854775807"}},
      {"HUGEINT",
       {"-170141183460469231731687303715884105728", "170141183460469231731687303715884105727", "-1", "0"}},
      {"UTINYINT", {"0", "255"}},
      {"USMALLINT", {"0", "65535"}},
      {"UINTEGER", {"0", "4294967295"}},
      {"UBIGINT", {"0", "18446744073709551615"}},
      {"UHUGEINT", {"0", "340282366920938463463374607431768211455"}},
      {"FLOAT", {"'nan'", "'-0.0'", "'0.0'", "'inf'", "'-inf'", "'1e-45'", "'3.4028235e38'"}},
      {"DOUBLE", {"'nan'", "'-0.0'", "'0.0'", "'inf'", "'-inf'", "'5e-324'", "'1.7976931348623157e308'"}},
      {"DECIMAL(4,1)", {"-999.9", "999.9"}},
      {"DECIMAL(9,4)", {"-99999.9999", "99999.9999"}},
      {"DECIMAL(18,6)", {"-999999999999.999999", "999999999999.999999"}},
      {"DECIMAL(38,10)",
       {"'-9999999999999999999999999999.9999999999'", "'9999999999999999999999999999.9999999999'"}},
      {"BIGNUM",
       {"'0'", "'-1'", "'123456789012345678901234567890123456789012345678901234567890'",
        "'-123456789012345678901234567890123456789012345678901234567890'"}},
      {"VARCHAR", {"''", "'a'", "chr(0) || 'x'", "repeat('é', 3000)", "chr(1114111)", "'NULL'", "'''\"\\,'"}},
      {"BLOB", {"''", "'\\x00\\xFF'", "repeat('ab', 5000)"}},
      {"BIT", {"'0'", "'1'", "'10101010101010101'", "repeat('01', 500)"}},
      {"DATE", {"'-infinity'", "'infinity'", "'5877642-06-25 (BC)'", "'5881580-07-10'", "'1969-12-31'"}},
      {"TIME", {"'00:00:00'", "'23:59:59.999999'", "'24:00:00'"}},
      {"TIME_NS", {"'00:00:00'", "'23:59:59.999999999'"}},
      {"TIMETZ", {"'00:00:00+15:59:59'", "'24:00:00-15:59:59'", "'12:00:00.000001+05:30'"}},
      {"TIMESTAMP",
       {"'-infinity'", "'infinity'", "'290309-12-22 (BC) 00:00:00'", "'294247-01-10 04:00:54.775806'",
        "'1969-12-31 23:59:59.999999'"}},
      {"TIMESTAMPTZ",
       {"'-infinity'", "'infinity'", "'290309-12-22 (BC) 00:00:00+00'", "'294247-01-10 04:00:54.775806+00'"}},
      {"TIMESTAMP_S",
       {"'-infinity'", "'infinity'", "'290309-12-22 (BC) 00:00:00'", "'294247-01-10 04:00:54'"}},
      {"TIMESTAMP_MS",
       {"'-infinity'", "'infinity'", "'290309-12-22 (BC) 00:00:00'", "'294247-01-10 04:00:54.775'"}},
      {"TIMESTAMP_NS",
       {"'-infinity'", "'infinity'", "'1677-09-22 00:00:00.0'", "'2262-04-11 23:47:16.854775806'"}},
      {"INTERVAL",
       {"'0 days'", "'-1 month 31 days -1 microsecond'", "'999 years'", "to_months(2147483647)",
        "to_days(-2147483648)", "to_microseconds(9223372036854775807)", "'1 month'", "'30 days'",
        "'720 hours'"}},
      {"UUID",
       {"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
        "'80000000-0000-0000-0000-000000000000'"}},
      {"ENUM('z', '', 'a', 'it''s')", {"'z'", "''", "'it''s'"}},
      {"JSON", {"'{\"a\": [1, null, \"x\"]}'", "'null'", "'1'"}},
      {"GEOMETRY",
       {"'POINT (1 2)'", "'POINT EMPTY'", "'POLYGON ((0 0, 1 0, 1 1, 0 0))'",
        "'LINESTRING Z (0 0 1, 1 1 2)'"}},
      {"VARIANT",
       {"1", "'text'", "{'a': 1, 'b': [1, 2, NULL]}", "1.5::DOUBLE", "DATE '2024-01-01'",
        "[1, 'x'::VARIANT]"}},
  };
  return cases;
}

/// The same rows in the lake and in a temporary table of the engine.
class TypeRoundTrip : public WriteFixture, public testing::WithParamInterface<Place> {
 protected:
  TypeRoundTrip() : WriteFixture(options_of(GetParam())) {}

  ValueRows rows(const std::string& sql) {
    const auto result = connection_->Query(sql);
    EXPECT_FALSE(result->HasError()) << sql << "\n" << result->GetError();
    ValueRows all;
    if (result->HasError()) return all;
    for (duckdb::idx_t r = 0; r < result->RowCount(); ++r) {
      auto& row = all.emplace_back();
      for (duckdb::idx_t c = 0; c < result->ColumnCount(); ++c) row.push_back(result->GetValue(c, r));
    }
    return all;
  }

  void expect_same(const ValueRows& expected, const char* when) {
    const ValueRows stored = rows("select * from t order by id");
    ASSERT_EQ(stored.size(), expected.size()) << when;
    for (std::size_t r = 0; r < stored.size(); ++r) {
      for (std::size_t c = 0; c < stored[r].size(); ++c) {
        const Value& value = stored[r][c];
        EXPECT_EQ(value.type().ToString(), expected[r][c].type().ToString()) << when;
        EXPECT_TRUE(Value::NotDistinctFrom(expected[r][c], value) &&
                    expected[r][c].ToString() == value.ToString())
            << when << ", row " << r << ", column " << c << ": " << expected[r][c].ToString()
            << " came back as " << value.ToString();
      }
    }
  }

  /// Stores `source` (id and v) twice, then rewrites, deletes, rewrites and reopens, and compares after each.
  void go_round(const std::string& shapes, const std::string& source) {
    const std::string query = "select id, " + shapes + " from (" + source + ")";
    const std::string model = run("create or replace temp table expected as " + query);
    ASSERT_EQ(model.rfind("error", 0), std::string::npos) << model;
    const std::string made = run("create or replace table t as from expected");
    ASSERT_EQ(made.rfind("error", 0), std::string::npos) << made;
    const std::string more = run("insert into t by name select * replace (id + 1000 as id) from expected");
    ASSERT_EQ(more.rfind("error", 0), std::string::npos) << more;
    run("insert into expected select * replace (id + 1000 as id) from expected");
    ValueRows expected = rows("select * from expected order by id");
    expect_same(expected, "as written");
    rewrite_files("t", 0, SIZE_MAX);
    expect_same(expected, "after compaction");
    run("delete from t where id = 1000");
    std::erase_if(expected, [](const auto& row) { return row[0].ToString() == "1000"; });
    rewrite_files("t", 0, SIZE_MAX);
    expect_same(expected, "after a delete and another compaction");
    reopen();
    expect_same(expected, "after a restart");
    run("drop table t");
  }
};
INSTANTIATE_TEST_SUITE_P(Everywhere, TypeRoundTrip,
                         testing::Values(Place::kInline, Place::kParquet, Place::kTinyGroups),
                         [](const auto& place) {
                           return place.param == Place::kInline    ? "Inline"
                                  : place.param == Place::kParquet ? "Parquet"
                                                                   : "TinyGroups";
                         });

/// Every way to nest a value of the column v.
constexpr const char* kShapes =
    "v, [v, null, v] as l, {'a': v, 'b': [v]} as s, map {1: v} as m, array_value(v, null) as a, "
    "[{'x': {'y': [v]}}, null] as deep, [array_value(v, v)] as la, array_value([v], []) as al, "
    "union_value(val := v) as u, {'k': map {'m': [v]}} as sm, "
    "{'p': array_value(1, 2), 'v': v, 'u': union_value(n := 1)} as mixed, [{'p': array_value(v, v), 'v': v}] "
    "as lm, "
    "map {1: array_value(v, v)} as ma";

TEST_P(TypeRoundTrip, ExtremesOfEveryTypeAlsoNested) {
  for (const TypeCase& one : type_cases()) {
    SCOPED_TRACE(one.type);
    // The writer makes VARIANT at the top only; inside other types it is refused.
    const bool nests = std::string_view(one.type) != "VARIANT";
    if (!nests) {
      EXPECT_NE(run("create table bad(v variant[])").find("VARIANT"), std::string::npos);
      EXPECT_NE(run("create table bad(v struct(a map(integer, variant)))").find("VARIANT"),
                std::string::npos);
    }
    std::string values = "(0, NULL::" + std::string(one.type) + ")";
    int id = 0;
    for (const char* value : one.values)
      values += ", (" + std::to_string(++id) + ", CAST(" + value + " AS " + one.type + "))";
    go_round(nests ? kShapes : "v", "select * from (values " + values + ") x(id, v)");
  }
}

TEST_P(TypeRoundTrip, WhatTheEngineCallsAllTypes) {
  const auto all = connection_->Query("select * from test_all_types()");
  for (const auto& name : all->names) {
    SCOPED_TRACE(name);
    go_round("v, [v, null] as l, {'a': v, 'b': [v]} as s, array_value(v, null) as a",
             "select row_number() over () as id, \"" + name + "\" as v from test_all_types()");
  }
}

}  // namespace
}  // namespace lake::tables

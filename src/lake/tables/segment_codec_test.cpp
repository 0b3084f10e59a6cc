#include "lake/tables/segment_codec.hpp"

#include <gtest/gtest.h>

#include "lake/os/random.hpp"
#include "lake/tables/field_types.hpp"

namespace lake::tables {
namespace {

/// Rows of a query, shaped as a transaction hands them over.
struct Sample {
  catalog::Schema schema;
  std::shared_ptr<duckdb::ColumnDataCollection> rows;
};

class SegmentCodec : public testing::Test {
 protected:
  Sample sample(const std::string& sql, const std::string& hidden = "null::bigint, null::bigint") {
    auto result = connection_.Query("select *, " + hidden + " from (" + sql + ")");
    EXPECT_FALSE(result->HasError()) << result->GetError();
    Sample made;
    made.schema.schema_id = 7;
    catalog::FieldId next = 1;
    for (std::size_t i = 0; i + 2 < result->types.size(); ++i) {
      auto field = field_of(result->names[i], result->types[i], next);
      EXPECT_TRUE(field) << field.error().message();
      made.schema.fields.push_back(*field);
    }
    made.rows =
        std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), result->types);
    for (auto& chunk : result->Collection().Chunks()) made.rows->Append(chunk);
    return made;
  }

  static catalog::SegmentChunk chunk_of(const catalog::SegmentAppend& append) {
    catalog::SegmentChunk chunk;
    chunk.row_count = append.row_count;
    chunk.schema_id = append.schema_id;
    chunk.first_row_id = 1000;
    chunk.begin = 42;
    chunk.bytes = append.bytes;
    return chunk;
  }

  static duckdb::vector<duckdb::vector<duckdb::Value>> values(const duckdb::ColumnDataCollection& rows) {
    duckdb::vector<duckdb::vector<duckdb::Value>> all;
    for (auto& chunk : rows.Chunks()) {
      for (std::size_t r = 0; r < chunk.size(); ++r) {
        all.emplace_back();
        for (std::size_t c = 0; c < chunk.ColumnCount(); ++c) all.back().push_back(chunk.GetValue(c, r));
      }
    }
    return all;
  }

  void expect_round_trip(const Sample& made) {
    const auto append = encode_rows(*made.rows, made.schema);
    EXPECT_EQ(append.row_count, made.rows->Count());
    EXPECT_EQ(append.schema_id, 7);
    std::vector<catalog::FieldId> ids;
    const auto decoded = decode_rows(chunk_of(append), ids);
    ASSERT_TRUE(decoded) << decoded.error().message();
    ASSERT_EQ((*decoded)->Count(), made.rows->Count());
    ASSERT_EQ(ids.size(), made.schema.fields.size() + 2);
    const auto before = values(*made.rows);
    const auto after = values(**decoded);
    for (std::size_t r = 0; r < before.size(); ++r) {
      for (std::size_t c = 0; c + 2 < before[r].size(); ++c) {
        const auto again = after[r][c].DefaultCastAs(before[r][c].type());
        ASSERT_TRUE(duckdb::Value::NotDistinctFrom(before[r][c], again))
            << made.schema.fields[c].name << " row " << r << ": " << before[r][c].ToString() << " is not "
            << again.ToString();
      }
    }
  }

  duckdb::DuckDB database_{nullptr};
  duckdb::Connection connection_{database_};
};

TEST_F(SegmentCodec, gives_back_every_type_at_its_extremes) {
  expect_round_trip(sample("from test_all_types()"));
}

TEST_F(SegmentCodec, gives_back_every_type_nested_in_lists_structs_maps_and_arrays) {
  auto all = connection_.Query("from test_all_types()");
  for (std::size_t i = 0; i < all->names.size(); ++i) {
    const std::string name = "\"" + all->names[i] + "\"";
    expect_round_trip(sample("select [" + name + ", null] as l, {'a': " + name + ", 'b': [" + name +
                             "]} as s, array_value(" + name + ", " + name + ", null) as a, case when " +
                             name + " is null then null else map {1: " + name +
                             "} end as m from test_all_types()"));
  }
}

TEST_F(SegmentCodec, gives_back_many_rows_in_order) {
  expect_round_trip(
      sample("select i, case when i % 3 = 0 then null else 'text ' || i end as t, case when i % 5 = 0 then "
             "null else range(i % 7) end as l,"
             " (case when i % 4 = 0 then null else [i, null, i + 1] end)::bigint[3] as a, null::varchar as n "
             "from range(10000) r(i)"));
}

TEST_F(SegmentCodec, gives_back_wide_arrays) {
  expect_round_trip(
      sample("select (case when i = 1 then null else [1.5, 2] end)::float[2] as a,"
             " list_resize([i::float], 4096, i)::float[4096] as w from range(1100) r(i)"));
}

TEST_F(SegmentCodec, gives_back_no_rows) { expect_round_trip(sample("select 1 as i where false")); }

TEST_F(SegmentCodec, keeps_a_union_and_its_member) {
  connection_.Query("create type u as union(num int, txt varchar)");
  expect_round_trip(
      sample("select (case i % 3 when 0 then null when 1 then i::int::u else ('x' || i)::u end) as u from "
             "range(20) r(i)"));
}

TEST_F(SegmentCodec, gives_fresh_rows_their_place_and_keeps_inherited_identity) {
  const auto made =
      sample("select i from range(4) r(i)", "case when i = 2 then 77 end::bigint, null::bigint");
  const auto append = encode_rows(*made.rows, made.schema);
  EXPECT_EQ(append.fresh_row_ids, 3U);
  std::vector<catalog::FieldId> ids;
  const auto decoded = decode_rows(chunk_of(append), ids);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(ids,
            (std::vector<catalog::FieldId>{1, catalog::kRowIdField, catalog::kLastUpdatedSequenceField}));
  const auto rows = values(**decoded);
  const std::vector<std::int64_t> expected{1000, 1001, 77, 1003};
  for (std::size_t r = 0; r < 4; ++r) {
    EXPECT_EQ(rows[r][1].GetValue<std::int64_t>(), expected[r]);
    EXPECT_EQ(rows[r][2].GetValue<std::int64_t>(), 42);
  }
}

TEST_F(SegmentCodec, tells_nested_field_ids) {
  const auto made = sample("select {'a': 1, 'b': [2]} as s");
  std::vector<catalog::Field> fields;
  const auto decoded = decode_rows(chunk_of(encode_rows(*made.rows, made.schema)), fields);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(fields[0].children.size(), 2U);
  EXPECT_EQ(fields[0].children[1].name, "b");
  EXPECT_EQ(fields[0].children[1].id, made.schema.fields[0].children[1].id);
  EXPECT_EQ(fields[0].children[1].children[0].id, made.schema.fields[0].children[1].children[0].id);
}

TEST_F(SegmentCodec, keeps_a_small_row_small) {
  const auto made = sample("select 1::bigint as id, 'name' as name, 2.5::double as v");
  EXPECT_LE(encode_rows(*made.rows, made.schema).bytes->size(), 48U);
}

TEST_F(SegmentCodec, refuses_a_cut_block_at_every_length) {
  const auto made = sample("select i, [i] as l, {'a': 'x' || i} as s, [i]::int[1] as a from range(9) r(i)");
  auto chunk = chunk_of(encode_rows(*made.rows, made.schema));
  const std::string whole = *chunk.bytes;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    chunk.bytes = std::make_shared<const std::string>(whole.substr(0, length));
    std::vector<catalog::FieldId> ids;
    const auto decoded = decode_rows(chunk, ids);
    ASSERT_FALSE(decoded) << length;
    EXPECT_EQ(decoded.error().code(), ErrorCode::kCorruption);
  }
  chunk.bytes = std::make_shared<const std::string>(whole + "x");
  std::vector<catalog::FieldId> ids;
  EXPECT_FALSE(decode_rows(chunk, ids));
}

TEST_F(SegmentCodec, survives_any_flipped_bits) {
  const auto made = sample("from test_all_types()");
  auto chunk = chunk_of(encode_rows(*made.rows, made.schema));
  const std::string whole = *chunk.bytes;
  os::SeededRandom random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (std::uint64_t flips = 1 + random.next() % 4; flips > 0; --flips) {
      auto& byte = bytes[random.next() % bytes.size()];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (random.next() % 8)));
    }
    chunk.bytes = std::make_shared<const std::string>(std::move(bytes));
    std::vector<catalog::FieldId> ids;
    ignore(decode_rows(chunk, ids), "either outcome is right; it must return");
  }
}

TEST_F(SegmentCodec, tells_a_newer_version_from_damage) {
  const auto made = sample("select 1 as i");
  auto chunk = chunk_of(encode_rows(*made.rows, made.schema));
  std::string bytes = *chunk.bytes;
  bytes[4] = 9;
  chunk.bytes = std::make_shared<const std::string>(bytes);
  std::vector<catalog::FieldId> ids;
  const auto decoded = decode_rows(chunk, ids);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message().find("version 9"), std::string::npos);
}

}  // namespace
}  // namespace lake::tables

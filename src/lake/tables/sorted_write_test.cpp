#include "duckdb/main/extension/extension_loader.hpp"
#include "lake/tables/staged_source.hpp"
#include "lake/tables/write_test_fixture.hpp"

namespace lake::tables {
namespace {

using Values = std::vector<std::optional<std::int64_t>>;

/// Rows of one column as Session::stage() gives them: by one thread, in their order.
struct Given : public duckdb::TableFunctionInfo {
  Values values;
};

struct Reached : public duckdb::GlobalTableFunctionState {
  std::size_t next = 0;
};

struct Source : public duckdb::TableFunctionData {
  Given* given = nullptr;
};

duckdb::unique_ptr<duckdb::FunctionData> bind(duckdb::ClientContext& /*context*/,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<duckdb::string>& names) {
  types.push_back(duckdb::LogicalType::BIGINT);
  names.emplace_back("a");
  auto source = duckdb::make_uniq<Source>();
  source->given = &input.info->Cast<Given>();
  return source;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> begin(duckdb::ClientContext& /*context*/,
                                                           duckdb::TableFunctionInitInput& /*input*/) {
  return duckdb::make_uniq<Reached>();
}

void scan(duckdb::ClientContext& /*context*/, duckdb::TableFunctionInput& input, duckdb::DataChunk& chunk) {
  const auto& values = input.bind_data->Cast<Source>().given->values;
  auto& place = input.global_state->Cast<Reached>();
  duckdb::idx_t count = 0;
  for (; count < STANDARD_VECTOR_SIZE && place.next < values.size(); ++count, ++place.next) {
    const auto& value = values[place.next];
    chunk.SetValue(0, count, value ? duckdb::Value::BIGINT(*value) : duckdb::Value());
  }
  chunk.SetCardinality(count);
}

/// Rows that one statement inserts into a sorted table, in the files it makes of them.
class SortedWrite : public WriteFixture {
 protected:
  SortedWrite() : WriteFixture(options_of(Place::kParquet)) {}
  void SetUp() override {
    WriteFixture::SetUp();
    given_ = duckdb::make_shared_ptr<Given>();
    duckdb::TableFunction function(kStagedRowsFunction, {}, scan, bind, &begin);
    function.function_info = given_;
    duckdb::ExtensionLoader loader(*instance_.database->instance, "test");
    loader.RegisterFunction(std::move(function));
  }
  /// Rows of each file, smallest and largest value in it, and whether they rise.
  std::string files_of(Values values) {
    given_->values = std::move(values);
    EXPECT_EQ(run("create table t(a bigint) sorted by (a)"), "");
    EXPECT_EQ(run("insert into t from lake_staged()"), std::to_string(given_->values.size()));
    std::string text;
    for (const auto& file : *table("t")->files) {
      EXPECT_EQ(file->order_id, table("t")->order_id);
      text +=
          (text.empty() ? "" : ", ") +
          run("select count(*) || ' ' || min(a) || '..' || max(a) || case when count(*) filter (before > a "
              "or "
              "(before is null and a is not null and n > 0)) = 0 then '' else ' UNSORTED' end from (select "
              "a, "
              "lag(a) over (order by file_row_number) as before, file_row_number as n from read_parquet('" +
              directory_ + "/" + file->path + "', file_row_number = true))");
    }
    EXPECT_EQ(run("select count(*) from t"), std::to_string(given_->values.size()));
    return text;
  }
  static Values numbers(std::int64_t first, std::int64_t end) {
    Values values;
    for (auto i = first; i < end; ++i) values.emplace_back(i);
    return values;
  }
  static Values joined(Values values, const Values& more) {
    values.insert(values.end(), more.begin(), more.end());
    return values;
  }
  duckdb::shared_ptr<Given> given_;
};

TEST_F(SortedWrite, RowsInOrderAreOneFile) { EXPECT_EQ(files_of(numbers(0, 10000)), "10000 0..9999"); }

TEST_F(SortedWrite, NullsBehindThemAreInOrder) {
  EXPECT_EQ(files_of(joined(numbers(0, 5000), Values(3000))), "8000 0..4999");
}

TEST_F(SortedWrite, WhatFollowsARowOutOfOrderIsSortedIntoAnotherFile) {
  EXPECT_EQ(files_of(joined(numbers(2048, 6144), numbers(0, 2048))), "4096 2048..6143, 2048 0..2047");
}

TEST_F(SortedWrite, AValueBehindANullIsOutOfOrder) {
  EXPECT_EQ(files_of(joined(joined(numbers(0, 2048), Values(1)), numbers(3000, 4000))),
            "2048 0..2047, 1001 3000..3999");
}

TEST_F(SortedWrite, RowsOutOfOrderFromTheBeginningAreOneFile) {
  EXPECT_EQ(files_of(joined(numbers(500, 1000), numbers(0, 5000))), "5500 0..4999");
}

}  // namespace
}  // namespace lake::tables

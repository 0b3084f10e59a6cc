#pragma once

#include <algorithm>
#include <string>

#include "lake/tables/lake_test_fixture.hpp"
#include "lake/tables/rewrite.hpp"

namespace lake::tables {

/// Where rows go: all inline, all in Parquet, all in small row groups of small files.
enum class Place : std::uint8_t { kInline, kParquet, kTinyGroups };

inline TableOptions options_of(Place place) {
  TableOptions options;
  if (place == Place::kInline) options.inline_rows_max = 1000000, options.inline_bytes_max = 1ULL << 30U;
  if (place != Place::kInline) options.inline_rows_max = 0;
  if (place == Place::kTinyGroups) options.row_group_rows = 2048, options.file_bytes_target = 4096;
  return options;
}

/// A lake whose statements answer with text, failures too.
class WriteFixture : public LakeFixture {
 protected:
  using LakeFixture::LakeFixture;

  /// Rows as "a|b\nc|d", or "error: ..." .
  std::string run(const std::string& sql) { return run_on(*connection_, sql); }
  static std::string run_on(duckdb::Connection& connection, const std::string& sql) {
    const auto result = connection.Query(sql);
    if (result->HasError()) return "error: " + result->GetError();
    std::string text;
    for (duckdb::idx_t r = 0; r < result->RowCount(); ++r) {
      if (r > 0) text += '\n';
      for (duckdb::idx_t c = 0; c < result->ColumnCount(); ++c) {
        text += (c > 0 ? "|" : "") + result->GetValue(c, r).ToString();
      }
    }
    return text;
  }

  /// Moves the rows of a table's inline segments, and of its files from `begin` to before `end`, to new
  /// files.
  void rewrite_files(const std::string& name, std::size_t begin, std::size_t end) {
    RewriteOrder order;
    order.table = table(name)->table_id;
    order.snapshot = must(catalog_->seal_segments(order.table));
    order.stop_asked = [] { return false; };
    order.pause = [] {};
    const auto seen = order.snapshot->find(order.table);
    const auto& files = *seen->files;
    for (std::size_t i = begin; i < std::min(end, files.size()); ++i)
      order.sources.push_back(files[i]->file_id);
    for (const auto& segment : seen->segments) order.sources.push_back(segment.segment->file_id);
    const auto outcome = rewrite(*engine_, *lake_, order);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(table(name)->segment_rows, 0U);
  }
};

}  // namespace lake::tables

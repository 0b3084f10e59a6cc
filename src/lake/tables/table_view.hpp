#pragma once

#include <map>
#include <memory>
#include <vector>

#include "lake/base/row_address.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Rows held in memory: a run of an inline segment, or rows a transaction has not committed yet. Immutable.
/// Column i of `rows` holds the field `field_ids[i]`; the last two are always the hidden kRowIdField and
/// kLastUpdatedSequenceField (BIGINT, NULL = not known before commit).
struct RowRun {
  catalog::FileId file_id = 0;
  std::uint32_t start = 0;  // position of its first row in the segment
  std::vector<catalog::FieldId> field_ids;
  std::shared_ptr<duckdb::ColumnDataCollection> rows;
  std::shared_ptr<const catalog::Schema>
      schema;                      // the rows were written with; null = that of TableView::table
  std::uint64_t visible_rows = 0;  // a snapshot may see only a prefix of `rows`
};
using RowRunPtr = std::shared_ptr<const RowRun>;

/// What one statement sees of one table: the committed files and segments of a snapshot with the
/// transaction's own changes laid over. Immutable; safe to scan from any thread.
struct TableView {
  catalog::TablePtr table;                         // definition as the transaction sees it
  std::shared_ptr<const catalog::FileList> files;  // committed Parquet files, live in the snapshot
  catalog::FileList own_files;                     // Parquet files written by this transaction
  std::vector<RowRunPtr> runs;  // committed segments (clipped to the snapshot), then own rows
  std::shared_ptr<const std::map<catalog::FileId, catalog::BitmapPtr>> deletes;  // committed and own, united
  std::uint64_t live_rows = 0;                                                   // exact
  std::shared_ptr<const void> entry;  // keeps the catalog entry a plan points at; null in a bare view
};
using TableViewPtr = std::shared_ptr<const TableView>;

}  // namespace lake::tables

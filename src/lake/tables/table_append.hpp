#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "lake/base/mutex.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/lake_transaction.hpp"
#include "lake/tables/table_files.hpp"

namespace lake::tables {

/// Rows that one statement adds to one table. Few of them are kept in memory and stay inline; once all
/// threads together have more than inline_rows_max rows or inline_bytes_max bytes, every thread streams into
/// Parquet files (through a sort when the table is partitioned or sorted).
///
/// Threads: each has its own Part; append() and combine() run side by side, finish() alone and last.
/// Errors: engine exceptions. Rows vanish when finish() is not reached.
/// Lifetime: context and lake outlive it.
class TableAppend {
 public:
  /// What one thread holds.
  class Part {
   public:
    ~Part();

   private:
    friend class TableAppend;
    Part();
    std::shared_ptr<duckdb::ColumnDataCollection> buffer_;
    duckdb::DataChunk widened_;  // rows with the hidden columns
    std::unique_ptr<TableFiles::Rows> rows_;
  };

  /// `carries_row_ids`: chunks have the hidden two columns after the table's; otherwise all rows are fresh.
  /// `likely_sorted`: see TableFiles.
  TableAppend(duckdb::ClientContext& context, Lake& lake, catalog::TablePtr table, bool carries_row_ids,
              bool likely_sorted = false);
  ~TableAppend();

  static std::unique_ptr<Part> part();
  void append(duckdb::ExecutionContext& context, Part& part, duckdb::DataChunk& chunk);
  void combine(duckdb::ExecutionContext& context, Part& part);
  /// Registers everything with the transaction; the number of rows. `before` is called right before the
  /// registration, when nothing can fail any more but a lack of ids.
  std::uint64_t finish(LakeTransaction& transaction, const std::function<void()>& before = [] {});

 private:
  void buffer(Part& part, duckdb::DataChunk& chunk);
  void start_stream();
  void stream(duckdb::ExecutionContext& context, Part& part, duckdb::DataChunk& chunk);
  void drain(duckdb::ExecutionContext& context, Part& part);
  [[nodiscard]] duckdb::DataChunk& widened(Part& part, duckdb::DataChunk& chunk) const;

  // const after construction
  duckdb::ClientContext& context_;
  Lake& lake_;
  const catalog::TablePtr table_;
  const bool carries_row_ids_;
  const bool likely_sorted_;
  duckdb::vector<duckdb::LogicalType> types_;  // hidden columns included
  // any thread
  std::atomic<std::uint64_t> row_count_{0};
  std::atomic<std::uint64_t> byte_count_{0};
  std::atomic<bool> streaming_{false};
  // guarded by mutex_
  Mutex mutex_;
  std::shared_ptr<duckdb::ColumnDataCollection> buffered_ LAKE_GUARDED_BY(mutex_);
  // made under mutex_ before streaming_ is set, then constant
  std::unique_ptr<TableFiles> files_;
};

/// Bytes the rows of a chunk take, roughly: fixed widths, and lengths of texts and lists.
std::uint64_t bytes_in(duckdb::DataChunk& chunk);

}  // namespace lake::tables

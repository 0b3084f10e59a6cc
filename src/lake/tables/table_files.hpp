#pragma once

#include <memory>
#include <vector>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/parquet_write.hpp"
#include "lake/tables/sorted_write.hpp"

namespace lake::tables {

/// The Parquet files of one write to a table, in its current partition spec and sort order: straight through,
/// or by a spilling sort when it is partitioned or sorted. Serves statements, flush and compaction alike;
/// needs no transaction of the lake.
///
/// Threads: each has its own Rows; append() and combine() run side by side, finish() alone and last.
/// Errors: engine exceptions. Without finish() nothing stays on disk, best effort.
/// Lifetime: context and lake outlive it.
class TableFiles {
 public:
  /// Rows of one thread.
  class Rows {
   public:
    ~Rows();

   private:
    friend class TableFiles;
    Rows();
    std::unique_ptr<DataFileWriter::Rows> straight_;
    std::unique_ptr<SortedWriter::Rows> sorted_;
  };

  /// `carries_row_ids`: chunks have _row_id and _last_updated_sequence_number after the table's columns.
  /// `likely_sorted`: one thread gives the rows of an import, likely in the table's sort order: as far as they
  /// are, they are not sorted again. They are compressed quickly; upkeep writes them anew when it merges files.
  TableFiles(duckdb::ClientContext& context, Lake& lake, const catalog::TablePtr& table, bool carries_row_ids,
             bool likely_sorted = false);
  ~TableFiles();

  [[nodiscard]] std::unique_ptr<Rows> rows(duckdb::ExecutionContext& context) const;
  void append(duckdb::ExecutionContext& context, Rows& rows, duckdb::DataChunk& chunk);
  void combine(duckdb::ExecutionContext& context, Rows& rows);
  /// The files, written and synced; file ids are 0 (see number_files), first_row_id and begin too.
  std::vector<catalog::DataFile> finish(duckdb::ExecutionContext& context);

 private:
  std::unique_ptr<DataFileWriter> straight_;
  std::unique_ptr<SortedWriter> sorted_;
};

/// Gives files their final ids. Throws when the table has no more of them.
void number_files(Lake& lake, catalog::TableId table, std::vector<catalog::DataFile>& files);

/// Writes rows shaped as LakeTransaction::add_rows takes them as data files. Uses a connection of its own, so
/// that it may be called while a transaction commits. File ids are 0.
using RowLists = std::vector<std::shared_ptr<duckdb::ColumnDataCollection>>;
std::vector<catalog::DataFile> write_rows_as_files(duckdb::ClientContext& context, Lake& lake,
                                                   const catalog::Table& table, const RowLists& lists);

}  // namespace lake::tables

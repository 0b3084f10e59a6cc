#pragma once

#include <map>
#include <memory>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/tables/scan_source.hpp"

namespace lake::tables {

/// Reads the visible rows of one run as if it were a file: projection, filters, deletes, row numbers. Columns
/// are as the multi-file reader matches them: by field id, nested ids included. Where `table` has other parts
/// inside an array or union than `written` has, values are given in nested_form (storage_types.hpp).
/// Threads: TryInitializeScan under the scan's lock, Scan from many threads, each with its own part of the
/// run.
class RunReader : public duckdb::BaseFileReader {
 public:
  RunReader(const duckdb::OpenFileInfo& info, RowRunPtr run, const catalog::Schema& written,
            const catalog::Schema& table);
  ~RunReader() override;

  void PrepareReader(duckdb::ClientContext& context, duckdb::GlobalTableFunctionState& global) override;
  bool TryInitializeScan(duckdb::ClientContext& context, duckdb::GlobalTableFunctionState& global,
                         duckdb::LocalTableFunctionState& local) override;
  duckdb::AsyncResult Scan(duckdb::ClientContext& context, duckdb::GlobalTableFunctionState& global,
                           duckdb::LocalTableFunctionState& local, duckdb::DataChunk& output) override;
  void AddVirtualColumn(duckdb::column_t virtual_column_id) override;
  double GetProgressInFile(duckdb::ClientContext& context) override;
  duckdb::string GetReaderType() const override { return "lake rows"; }

 private:
  struct Place;  // of a chunk in the collection
  struct Part;   // what one thread is reading
  Part& part_of(duckdb::LocalTableFunctionState& local);
  duckdb::idx_t fill(Part& part, const Place& place, duckdb::DataChunk& output);
  duckdb::idx_t filter(duckdb::ClientContext& context, Part& part, duckdb::idx_t count,
                       duckdb::DataChunk& output, duckdb::SelectionVector& selection, duckdb::idx_t alive);

  const RowRunPtr run_;
  duckdb::vector<duckdb::LogicalType> types_;  // of the values given, by column of the collection
  duckdb::vector<duckdb::column_t> scanned_;   // columns of the collection that are read
  std::vector<duckdb::idx_t> sources_;         // for each output column its place in scanned_, or kRowNumber
  duckdb::ColumnDataParallelScanState cursor_;
  duckdb::atomic<duckdb::idx_t> rows_given_{0};
  Mutex mutex_;
  std::map<const duckdb::LocalTableFunctionState*, std::unique_ptr<Part>> parts_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables

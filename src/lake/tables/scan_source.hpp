#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lake/engine/duckdb.hpp"
#include "lake/os/file_system.hpp"
#include "lake/tables/table_view.hpp"

namespace lake::tables {

class BoundsCache;
class FileVerifier;
class TableBounds;

/// What scans need of the lake.
struct ScanSettings {
  os::FileSystem& files;
  std::string data_directory;  // absolute
  bool pruning = true;
  std::shared_ptr<BoundsCache> bounds;               // null = statistics are read anew for each scan
  std::shared_ptr<FileVerifier> verifier = nullptr;  // null = files are read as they are
};

/// What one bound scan reads, shared by all its copies and file lists. Immutable after bind; any thread.
/// A scan numbers its inputs: committed Parquet files, then files of the own transaction, then runs of rows
/// in memory.
struct ScanSource : public duckdb::TableFunctionInfo {
  ScanSource(ScanSettings the_settings, TableViewPtr the_view,
             duckdb::optional_ptr<duckdb::TableCatalogEntry> entry);

  const ScanSettings settings;
  const TableViewPtr view;
  duckdb::TableCatalogEntry* const table;  // null only where no catalog stands behind the scan
  const duckdb::vector<duckdb::MultiFileColumnDefinition> columns;
  duckdb::MultiFileColumnDefinition row_id_column;  // hidden columns, where rows carry them
  duckdb::MultiFileColumnDefinition sequence_column;
  duckdb::table_function_t read_chunk = nullptr;  // of parquet_scan, called within our error translation
  duckdb::table_function_get_metrics_t get_metrics = nullptr;

  [[nodiscard]] std::size_t input_count() const { return file_count() + view->runs.size(); }
  [[nodiscard]] std::size_t file_count() const { return view->files->size() + view->own_files.size(); }
  [[nodiscard]] bool is_file(std::size_t input) const { return input < file_count(); }
  [[nodiscard]] bool is_own(std::size_t input) const {
    return is_file(input) && input >= view->files->size();
  }
  [[nodiscard]] const catalog::DataFile& file(std::size_t input) const {
    const std::size_t committed = view->files->size();
    return input < committed ? *(*view->files)[input] : *view->own_files[input - committed];
  }
  [[nodiscard]] const RowRun& run(std::size_t input) const { return *view->runs[input - file_count()]; }
  [[nodiscard]] catalog::FileId file_id(std::size_t input) const {
    return is_file(input) ? file(input).file_id : run(input).file_id;
  }
  /// Rows of an input, deleted ones included.
  [[nodiscard]] std::uint64_t row_count(std::size_t input) const {
    return is_file(input) ? file(input).row_count : run(input).visible_rows;
  }
  [[nodiscard]] std::uint64_t deleted_rows(std::size_t input) const;
  /// Null = none deleted.
  [[nodiscard]] catalog::BitmapPtr deletes(std::size_t input) const;
  /// The schema its rows were written with.
  [[nodiscard]] const catalog::Schema& schema_of(std::size_t input) const;
  /// What the filename column shows: the absolute path, or "segment:<file id>".
  [[nodiscard]] std::string path(std::size_t input) const;
  [[nodiscard]] std::string table_name() const;
  /// Statistics of the committed files.
  [[nodiscard]] TableBounds& bounds() const { return *bounds_; }

 private:
  const std::shared_ptr<TableBounds> bounds_;
};

}  // namespace lake::tables

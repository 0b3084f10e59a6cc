#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/row_groups.hpp"
#include "lake/tables/written_stats.hpp"

namespace lake::tables {

/// What the files of a write have in common.
struct DataFileShape {
  catalog::TablePtr table;
  bool carries_row_ids =
      false;            // rows have _row_id and _last_updated_sequence_number after the table's columns
  bool sorted = false;  // rows come in the table's sort order
  /// Written in less time rather than into fewer bytes; one thread gives all rows.
  bool quick = false;
};

/// Writes rows of one table as Parquet files below the data directory:
/// tables/<schema>/<table>-<id>/data/<uuid>.parquet.
///
/// Promises: field ids at all levels, file_bytes_target and 2^28 rows bound a file; a file finish() returns
/// is synced with its directory and each directory made for it. Without finish() its files are removed again,
/// best effort. Threads: each thread has its own Rows; append() and combine() run side by side; cut() and
/// finish() alone. Errors: engine exceptions (kIo, kResourceExhausted, kCancelled). A file whose sync failed
/// is never returned. Lifetime: context, lake outlive it.
class DataFileWriter {
 public:
  /// Rows of one thread on their way into a file.
  class Rows {
   public:
    ~Rows();

   private:
    friend class DataFileWriter;
    Rows();
    duckdb::unique_ptr<duckdb::LocalFunctionData> state_;
    std::unique_ptr<RowGroups> groups_;  // instead, when the shape is quick
    duckdb::DataChunk stored_;           // storage form; used when it differs
    std::vector<bool> nan_seen_;         // by column
    std::uint64_t row_count_ = 0;
  };

  DataFileWriter(duckdb::ClientContext& context, Lake& lake, DataFileShape shape);
  ~DataFileWriter();

  [[nodiscard]] std::unique_ptr<Rows> rows(duckdb::ExecutionContext& context);
  /// `chunk` has the table's columns in order, then the hidden two when the shape carries them.
  void append(duckdb::ExecutionContext& context, Rows& rows, duckdb::DataChunk& chunk);
  void combine(duckdb::ExecutionContext& context, Rows& rows);
  /// Ends the current file: the next rows go to another one, of partition `partition`. Combine all rows
  /// before.
  void cut(std::vector<std::optional<std::string>> partition);
  /// Ends the last file, syncs, and hands all over; file ids are 0.
  std::vector<catalog::DataFile> finish();

 private:
  struct OpenFile;
  using OpenFilePtr = std::shared_ptr<OpenFile>;
  [[nodiscard]] duckdb::unique_ptr<duckdb::FunctionData> bound(bool with_dictionaries);
  duckdb::DataChunk& storage_form(Rows& rows, duckdb::DataChunk& chunk) const;
  void look_for_nan(Rows& rows, duckdb::DataChunk& chunk) const;
  /// The engine's dictionaries take -0.0 for 0.0: from the first one on, files are written without.
  void look_for_negative_zero(duckdb::DataChunk& chunk);
  [[nodiscard]] std::unique_ptr<RowGroups> row_groups();
  OpenFilePtr acquire();
  OpenFilePtr open_file() LAKE_REQUIRES(mutex_);
  void release(const OpenFilePtr& file);
  void close(const OpenFilePtr& file);

  // const after construction
  duckdb::ClientContext& context_;
  Lake& lake_;
  const DataFileShape shape_;
  std::vector<catalog::FieldId> field_ids_;           // by column, hidden ones too
  duckdb::vector<duckdb::LogicalType> types_;         // as rows come
  duckdb::vector<duckdb::LogicalType> stored_types_;  // as they lie in the file
  bool stores_as_is_ = true;
  WrittenColumns columns_;
  duckdb::CopyFunction copy_;
  bool has_floats_ = false;
  duckdb::unique_ptr<duckdb::FunctionData> bind_;
  duckdb::unique_ptr<duckdb::FunctionData>
      plain_bind_;                        // without dictionaries; null when there are no floats
  std::atomic<bool> keeps_signs_{false};  // files are written by plain_bind_; set under mutex_
  // guarded by mutex_
  Mutex mutex_;
  OpenFilePtr current_ LAKE_GUARDED_BY(mutex_);
  std::vector<OpenFilePtr> files_ LAKE_GUARDED_BY(mutex_);
  std::vector<std::optional<std::string>> partition_ LAKE_GUARDED_BY(mutex_);
  std::vector<bool> nan_seen_ LAKE_GUARDED_BY(mutex_);
  bool directory_made_ LAKE_GUARDED_BY(mutex_) = false;
  bool finished_ = false;
};

}  // namespace lake::tables

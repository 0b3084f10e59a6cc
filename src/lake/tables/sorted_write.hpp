#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/parquet_write.hpp"

namespace duckdb {
class Sort;
}

namespace lake::tables {

/// Writes rows of a partitioned or sorted table: sorts them by partition values and sort order with the
/// engine's own spilling sort, then writes one partition after the other, so that one file is open at a time.
/// Rows that come sorted are written as they come, where that was said to be likely: what follows the first
/// row out of order is sorted, into files of its own.
/// Threads: as DataFileWriter. Errors: engine exceptions.
class SortedWriter {
 public:
  /// Rows of one thread on their way into the sort.
  class Rows {
   public:
    ~Rows();

   private:
    friend class SortedWriter;
    Rows();
    duckdb::unique_ptr<duckdb::LocalSinkState> state_;  // of the sort; null until something goes there
    duckdb::DataChunk keyed_;                           // rows and their partition values
  };

  /// True when the table is partitioned or sorted.
  static bool applies_to(const catalog::Table& table);

  /// `likely_sorted`: one thread gives all rows, likely in order.
  SortedWriter(duckdb::ClientContext& context, Lake& lake, catalog::TablePtr table, bool carries_row_ids,
               bool likely_sorted = false);
  ~SortedWriter();

  [[nodiscard]] std::unique_ptr<Rows> rows(duckdb::ExecutionContext& context) const;
  void append(duckdb::ExecutionContext& context, Rows& rows, duckdb::DataChunk& chunk);
  void combine(duckdb::ExecutionContext& context, Rows& rows);
  /// Sorts, writes and syncs; file ids are 0. `between` is called between batches and may throw.
  std::vector<catalog::DataFile> finish(duckdb::ExecutionContext& context,
                                        const std::function<void()>& between = {});

 private:
  /// Says whether rows stand in the order of one ascending column of whole numbers, and behind those it saw
  /// before.
  class OrderWatch {
   public:
    OrderWatch(std::size_t column, bool nulls_first) : column_(column), nulls_first_(nulls_first) {}
    bool goes_on(duckdb::DataChunk& chunk);

   private:
    template <class Number>
    bool rises(duckdb::Vector& vector, duckdb::idx_t count);
    std::size_t column_;
    bool nulls_first_;
    std::optional<std::int64_t> last_;
    bool seen_null_ = false;
  };
  [[nodiscard]] std::optional<OrderWatch> watch_for_order() const;
  [[nodiscard]] std::unique_ptr<DataFileWriter> open_files() const;
  void end_straight(duckdb::ExecutionContext& context);
  void write_sorted(duckdb::ExecutionContext& context, DataFileWriter& files,
                    const std::function<void()>& between);
  [[nodiscard]] bool starts_partition(duckdb::DataChunk& keyed, duckdb::idx_t row,
                                      const std::vector<std::optional<std::string>>& partition) const;
  [[nodiscard]] std::vector<std::optional<std::string>> partition_of(duckdb::DataChunk& keyed,
                                                                     duckdb::idx_t row) const;

  duckdb::ClientContext& context_;
  Lake& lake_;
  const catalog::TablePtr table_;
  const bool carries_row_ids_;
  const bool quick_;
  const catalog::PartitionSpec& spec_;
  duckdb::vector<duckdb::LogicalType> types_;        // as rows come
  duckdb::vector<duckdb::LogicalType> keyed_types_;  // and one BLOB for each partition field
  std::vector<std::size_t> sources_;                 // column of each partition field
  std::optional<OrderWatch> order_;                  // while rows came in order
  std::unique_ptr<DataFileWriter> files_;
  std::unique_ptr<DataFileWriter::Rows> straight_;  // rows that came in order
  std::unique_ptr<duckdb::Sort> sort_;
  duckdb::unique_ptr<duckdb::GlobalSinkState> sink_;
};

}  // namespace lake::tables

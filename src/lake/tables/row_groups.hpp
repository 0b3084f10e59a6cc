#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <thread>

#include "lake/base/mutex.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// What becomes of the row groups of one writer: rows are gathered, encoded, and written.
struct RowGroupSteps {
  /// The file that the next group goes to; the group holds it until it was written.
  std::function<std::shared_ptr<void>()> file;
  /// Encodes and compresses the rows of a group. Called on any thread, for several groups side by side.
  std::function<duckdb::unique_ptr<duckdb::PreparedBatchData>(
      void* file, duckdb::unique_ptr<duckdb::ColumnDataCollection> rows)>
      encode;
  /// Called on the thread that appends, in the order in which the rows came.
  std::function<void(std::shared_ptr<void> file, duckdb::PreparedBatchData& encoded)> write;
};

/// Makes row groups of rows that one thread gives: encodes two beside each other, on that thread and on one
/// of its own, and writes them in the order of their rows. Small groups, so that little is in memory at a
/// time and the work can be shared: at most `rows_max` rows and about kBytesMax each.
///
/// Bounds: one group is filled; four are full and wait, are encoded, or wait to be written. Threads: one
/// calls; without another to be had it does all work. Errors: those of the steps, thrown by the next call.
/// Lifetime: what the steps refer to outlives it; the destructor waits for the other thread, and gives up
/// what was not written.
class RowGroups {
 public:
  static constexpr std::uint64_t kBytesMax = 4U << 20U;

  /// `shares`: with a thread of its own.
  RowGroups(duckdb::ClientContext& context, duckdb::vector<duckdb::LogicalType> types, std::uint64_t rows_max,
            bool shares, RowGroupSteps steps);
  ~RowGroups();
  RowGroups(const RowGroups&) = delete;
  RowGroups& operator=(const RowGroups&) = delete;

  void append(duckdb::DataChunk& chunk);
  /// Writes all that was appended.
  void finish();

 private:
  enum class State : std::uint8_t { kWaiting, kTaken, kEncoded };
  struct Group {
    std::shared_ptr<void> file;
    duckdb::unique_ptr<duckdb::ColumnDataCollection> rows;
    duckdb::unique_ptr<duckdb::PreparedBatchData> encoded;
    std::exception_ptr error;
    State state = State::kWaiting;
  };
  void end_group();
  void begin_sharing();
  void share();
  Group* take_waiting() LAKE_REQUIRES(mutex_);
  void encode(Group& group);
  /// Encodes until at most `count_max` groups wait.
  void encode_waiting(std::size_t count_max);
  /// Writes what is encoded and next in order.
  void write_encoded();
  /// Waits until no more than so many groups are to be written.
  void write_down_to(std::size_t count_max);

  duckdb::ClientContext& context_;
  const duckdb::vector<duckdb::LogicalType> types_;
  const std::uint64_t rows_max_;
  const RowGroupSteps steps_;
  bool shares_;
  duckdb::unique_ptr<duckdb::ColumnDataCollection> rows_;  // of the group being filled
  duckdb::ColumnDataAppendState append_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::unique_ptr<Group>> groups_ LAKE_GUARDED_BY(mutex_);  // the first is written next
  bool ends_ LAKE_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace lake::tables

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/codec/column_batch.hpp"
#include "lake/os/clock.hpp"

namespace duckdb {
class ClientContext;
class DataChunk;
}  // namespace duckdb

namespace lake::query {

/// A result column. `type` is SQL text ("BIGINT", "STRUCT(a INTEGER)").
struct Column {
  std::string name;
  std::string type;
};

/// Some rows of a result, column by column. Owns its data; moves cheaply. Used before its Session ends.
/// Encoders (JSON, CSV, ...) read it through the writers of query/encode.hpp; other floors see text and JSON
/// values only.
class RowBatch {
 public:
  RowBatch();
  ~RowBatch();
  RowBatch(RowBatch&&) noexcept;
  RowBatch& operator=(RowBatch&&) noexcept;
  /// `context`: the session's, so that times are printed in its time zone; null prints them in UTC.
  RowBatch(std::unique_ptr<duckdb::DataChunk> chunk, duckdb::ClientContext* context);
  [[nodiscard]] std::uint64_t row_count() const;
  [[nodiscard]] std::size_t column_count() const;
  [[nodiscard]] bool is_null(std::size_t column, std::uint64_t row) const;
  /// The value as DuckDB prints it; "NULL" values give an empty string (ask is_null).
  [[nodiscard]] std::string text(std::size_t column, std::uint64_t row) const;
  /// For floor 3 and the .cpp files of this module only.
  [[nodiscard]] duckdb::DataChunk& chunk() const { return *chunk_; }
  [[nodiscard]] duckdb::ClientContext* context() const { return context_; }

 private:
  std::unique_ptr<duckdb::DataChunk> chunk_;
  duckdb::ClientContext* context_ = nullptr;
};

/// A parameter value: SQL NULL, or a typed scalar given by a door. Text binds as VARCHAR and is cast where
/// used.
using Parameter = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;
struct Parameters {
  std::vector<Parameter> positional{};
  std::map<std::string, Parameter> named{};
};

/// Limits and identity of one request.
struct RequestOptions {
  std::optional<std::chrono::milliseconds> timeout{};  // of each statement; absent = the configured default
  std::optional<os::MonotonicTime> deadline{};  // of all statements together; given, no timeout applies
  std::optional<std::uint64_t> rows_max{};      // more is cut, ResultStream::truncated() tells
  bool from_door =
      false;  // a network door: COPY and read_* of local files obey the allowed list, no stdin/stdout
  bool stateless = false;  // the door keeps no session: a script must close the transaction it opens
  std::string request_id{};
  /// Set by whoever cancels before the statement may have begun; cancel() alone would then be too early.
  std::shared_ptr<const std::atomic<bool>> cancelled{};
};

enum class StatementKind : std::uint8_t {
  kRows,
  kChange,
  kNothing
};  // SELECT-like, INSERT-like (row count), DDL

/// Progress of the running statement; -1 when unknown.
struct Progress {
  double percent = -1;
  std::uint64_t rows_done = 0;
  std::uint64_t rows_total = 0;
};

/// Rows that were made outside SQL: those of `batch` that `selected` names, in that order, with these column
/// names.
struct StagedRows {
  const codec::ColumnBatch& batch;
  std::span<const std::string> names;
  std::span<const std::uint32_t> selected;
};

/// The rows of one statement, produced as they are asked for.
/// Threads: next() from one thread; cancel() of the session from any. Lifetime: within its Session.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  [[nodiscard]] virtual const std::vector<Column>& columns() const = 0;
  [[nodiscard]] virtual StatementKind kind() const = 0;
  /// The next rows; empty optional at the end. Errors: kCancelled, kTimeout, kConflict, kUnavailable, ...
  /// then the stream is done.
  virtual Result<std::optional<RowBatch>> next() = 0;
  /// A batch without rows that carries the columns' engine types, before the first next(). Errors:
  /// kInvalidArgument (no rows).
  virtual Result<RowBatch> shape() = 0;
  /// True when rows_max cut the result (known after the end).
  [[nodiscard]] virtual bool truncated() const = 0;
  /// Rows changed by a kChange statement (known after the end).
  [[nodiscard]] virtual std::uint64_t changed_rows() const = 0;
};

/// One client's conversation with the lake: transaction state, settings, prepared statements.
/// Threads: one at a time, except cancel(). Lifetime: within the Lake that made it; streams end before it.
class Session {
 public:
  virtual ~Session() = default;
  /// Splits a script into statements (texts with their byte offsets). Errors: kInvalidArgument with position.
  struct StatementText {
    std::string sql;
    std::size_t offset;
  };
  virtual Result<std::vector<StatementText>> split(const std::string& script) = 0;
  /// Runs one statement (several: all but the last run to their end first). Positions in errors count from
  /// the start of `sql`.
  virtual Result<std::unique_ptr<ResultStream>> run(const std::string& sql, const Parameters& parameters,
                                                    const RequestOptions& options) = 0;
  /// Convenience: runs to the end and gives all rows as text (NULL = empty optional). For small results.
  struct TextResult {
    std::vector<Column> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;
    std::uint64_t changed_rows = 0;
    StatementKind kind = StatementKind::kNothing;
  };
  virtual Result<TextResult> run_text(const std::string& sql, const Parameters& parameters = {},
                                      const RequestOptions& options = {}) = 0;
  /// Lets statements of this session read rows as lake_staged('name'), in their order, in place of what was
  /// staged under that name, until unstage() or the session's end. The batch is not copied: until then it
  /// stays as it is, and statements that read it end before. Errors: kUnsupported where the engine is another
  /// process.
  virtual Status stage(const std::string& name, const StagedRows& rows) {
    static_cast<void>(name);
    static_cast<void>(rows);
    return Error(ErrorCode::kUnsupported, "rows can be staged in the process of the engine only");
  }
  virtual void unstage(const std::string& name) { static_cast<void>(name); }
  /// Ends the running statement with kCancelled. Any thread; harmless when nothing runs.
  virtual void cancel() = 0;
  [[nodiscard]] virtual Progress progress() const = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;
  /// Words for completion at `position` of `sql`: keywords, tables, columns, functions.
  virtual std::vector<std::string> complete(const std::string& sql, std::size_t position) = 0;
};

/// Makes sessions on one open lake; bounds how many statements run at once (more wait in a bounded queue,
/// beyond it kResourceExhausted). Threads: any.
class Sessions {
 public:
  virtual ~Sessions() = default;
  virtual Result<std::unique_ptr<Session>> open() = 0;
  /// No new statements; running ones may end until `grace`, then they are cancelled. Blocks until none runs.
  virtual void drain(std::chrono::milliseconds grace) = 0;
  /// Background work calls it between its small steps, from one thread: waits while statements should go
  /// first, for a bounded time (BackgroundPace).
  virtual void give_way() {}
};

}  // namespace lake::query

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/catalog/sqlite_vfs.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace lake::catalog {

class SqliteConnection;

/// NULL, an integer, text or a blob given to a statement. Borrows; the bytes must live until the statement
/// has run.
struct Value {
  enum class Kind : std::uint8_t { kNull, kInteger, kText, kBlob };
  Value() = default;
  // NOLINTBEGIN(google-explicit-constructor): what is bound to a statement is written as itself
  Value(std::int64_t number) : integer(number), kind(Kind::kInteger) {}
  Value(std::uint64_t number) : Value(static_cast<std::int64_t>(number)) {}
  Value(std::int32_t number) : Value(static_cast<std::int64_t>(number)) {}
  Value(std::uint32_t number) : Value(static_cast<std::int64_t>(number)) {}
  Value(std::string_view words) : bytes(words), kind(Kind::kText) {}
  Value(const std::string& words) : Value(std::string_view(words)) {}
  Value(const char* words) : Value(std::string_view(words)) {}
  // NOLINTEND(google-explicit-constructor)
  static Value blob(std::string_view bytes);
  static Value text_or_null(const std::optional<std::string>& text);

  std::string_view bytes;
  std::int64_t integer = 0;
  Kind kind = Kind::kNull;
};

/// The rows of one run of a statement. At most one at a time for each statement; ends the run when destroyed.
class Rows {
 public:
  Rows(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(&connection), statement_(statement) {}
  ~Rows();
  Rows(Rows&& other) noexcept
      : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  Rows& operator=(Rows&&) = delete;

  /// Moves to the next row; false after the last.
  Result<bool> next();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t natural(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] std::int32_t small(int column) const { return static_cast<std::int32_t>(integer(column)); }
  /// Valid until next().
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  SqliteConnection* connection_;
  sqlite3_stmt* statement_;
};

/// The only connection to the catalog's database, set up for durability: exclusive locking, write-ahead log,
/// FULL. Statements are prepared once for each SQL text and kept. Threads: one at a time. Errors:
/// kCorruption, kResourceExhausted (disk full), kUnavailable (locked by another process), kPermissionDenied,
/// kIo; the machine's own message when it has one.
class SqliteConnection {
 public:
  /// Opens or creates the database at `path`. `cache_bytes`: bound of the page cache.
  static Result<std::unique_ptr<SqliteConnection>> open(std::unique_ptr<SqliteVfs> vfs,
                                                        const std::string& path, std::uint64_t cache_bytes);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// Runs SQL that returns no rows; several statements are allowed. Not kept prepared.
  Status execute(const std::string& sql);
  /// Starts a kept statement with values for ?1, ?2, ...
  template <class... Values>
  Result<Rows> query(std::string_view sql, const Values&... values) {
    const Value list[] = {Value(values)..., Value()};
    return start(sql, list, sizeof...(values));
  }
  /// Runs a kept statement to its end.
  template <class... Values>
  Status run(std::string_view sql, const Values&... values) {
    LAKE_TRY(Rows rows, query(sql, values...));
    LAKE_TRY(const bool more, rows.next());
    static_cast<void>(more);
    return ok();
  }
  /// The integer in the first column of the only row; nothing when there is no row or it is NULL.
  template <class... Values>
  Result<std::optional<std::int64_t>> number(std::string_view sql, const Values&... values) {
    LAKE_TRY(Rows rows, query(sql, values...));
    LAKE_TRY(const bool found, rows.next());
    if (!found || rows.is_null(0)) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(rows.integer(0));
  }

  /// Runs `statement` (COMMIT) and says whether its failure leaves the outcome unknown.
  struct CommitFailure {
    Error error;
    bool unknown;
  };
  std::optional<CommitFailure> commit();
  /// Ends a transaction that may or may not be open.
  Status rollback();

  /// Bytes in the write-ahead log after the last commit.
  [[nodiscard]] std::uint64_t log_bytes() const { return log_bytes_; }
  /// Copies the log into the database file and begins it anew.
  Status checkpoint();
  Status close();

  [[nodiscard]] SqliteVfs& vfs() { return *vfs_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The error of the last failed call with `code`.
  Error failure(int code);

 private:
  SqliteConnection(std::unique_ptr<SqliteVfs> vfs, std::string path)
      : vfs_(std::move(vfs)), path_(std::move(path)) {}
  Status configure(std::uint64_t cache_bytes);
  Result<Rows> start(std::string_view sql, const Value* values, std::size_t count);
  static int log_grew(void* self, sqlite3* database, const char* name, int pages);

  std::unique_ptr<SqliteVfs> vfs_;
  std::string path_;
  sqlite3* database_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;  // bounded by the SQL texts in this module
  std::uint64_t log_bytes_ = 0;
};

}  // namespace lake::catalog

#include "lake/catalog/sqlite_connection.hpp"

#include <sqlite3.h>

#include <utility>

#include "lake/base/assert.hpp"
#include "lake/codec/utf8.hpp"

namespace lake::catalog {

Value Value::blob(std::string_view bytes) {
  Value value(bytes);
  value.kind = Kind::kBlob;
  return value;
}

Value Value::text_or_null(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }

Rows::~Rows() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->failure(code);
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Rows::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::optional<std::string> Rows::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

bool Rows::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(std::unique_ptr<SqliteVfs> vfs,
                                                                 const std::string& path,
                                                                 std::uint64_t cache_bytes) {
  LAKE_CHECK_OK(vfs->install());
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(std::move(vfs), path));
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                         SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int code =
      sqlite3_open_v2(path.c_str(), &connection->database_, kFlags, connection->vfs_->name().c_str());
  if (code != SQLITE_OK) return connection->failure(code);
  LAKE_CHECK_OK(connection->configure(cache_bytes));
  return connection;
}

Status SqliteConnection::configure(std::uint64_t cache_bytes) {
  int reserved = SqliteVfs::kReservedBytes;
  if (const int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
      code != SQLITE_OK) {
    return failure(code);
  }
  sqlite3_wal_hook(database_, &SqliteConnection::log_grew, this);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return execute(
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=" + std::to_string(SqliteVfs::kPageBytes) +
      "; PRAGMA temp_store=MEMORY; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0;"
      " PRAGMA foreign_keys=OFF; PRAGMA cache_size=-" +
      std::to_string(cache_bytes / 1024));
}

SqliteConnection::~SqliteConnection() {
  ignore(close(), "nobody is left to hear of it; the owner closes explicitly");
}

int SqliteConnection::log_grew(void* self, sqlite3* /*database*/, const char* /*name*/, int pages) {
  static_cast<SqliteConnection*>(self)->log_bytes_ =
      static_cast<std::uint64_t>(pages) * (SqliteVfs::kPageBytes + 24);  // a frame has a 24-byte header
  return SQLITE_OK;
}

Error SqliteConnection::failure(int code) {
  if (auto machine = vfs_->take_error()) return *machine;
  const std::string message = database_ != nullptr ? sqlite3_errmsg(database_) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kCorruption, "damaged catalog " + path_ + ": " + message};
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return {ErrorCode::kResourceExhausted, "cannot write catalog " + path_ + ": " + message};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, "catalog in use by another process: " + path_};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {ErrorCode::kPermissionDenied, "cannot write catalog " + path_ + ": " + message};
    case SQLITE_TOOBIG:
      return {ErrorCode::kInvalidArgument, "too large for the catalog: " + message};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return {ErrorCode::kIo, "cannot use catalog " + path_ + ": " + message};
    default:
      return {ErrorCode::kInternal, "catalog " + path_ + ": " + message + " (" + std::to_string(code) + ")"};
  }
}

Status SqliteConnection::execute(const std::string& sql) {
  vfs_->forget_error();
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return ok();
}

Result<Rows> SqliteConnection::start(std::string_view sql, const Value* values, std::size_t count) {
  vfs_->forget_error();
  auto known = statements_.find(sql);
  if (known == statements_.end()) {
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) return failure(code);
    known = statements_.emplace(std::string(sql), made).first;
  }
  sqlite3_stmt* statement = known->second;
  LAKE_DEBUG_ASSERT(sqlite3_stmt_busy(statement) == 0);
  for (std::size_t index = 0; index < count; ++index) {
    const Value& value = values[index];
    const int place = static_cast<int>(index) + 1;
    const char* data = value.bytes.data() != nullptr ? value.bytes.data() : "";
    int code = SQLITE_OK;
    switch (value.kind) {
      case Value::Kind::kNull:
        code = sqlite3_bind_null(statement, place);
        break;
      case Value::Kind::kInteger:
        code = sqlite3_bind_int64(statement, place, value.integer);
        break;
      case Value::Kind::kText:
        // Nobody could load the lake again: what reads texts refuses others.
        if (!codec::is_utf8(value.bytes)) {
          sqlite3_clear_bindings(statement);
          return Error(ErrorCode::kInvalidArgument,
                       "a name or another text for the catalog is not UTF-8, as functions can make it "
                       "(regexp_extract with \\C)");
        }
        code = sqlite3_bind_text64(statement, place, data, value.bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
        break;
      case Value::Kind::kBlob:
        code = sqlite3_bind_blob64(statement, place, data, value.bytes.size(), SQLITE_STATIC);
        break;
    }
    if (code != SQLITE_OK) return failure(code);
  }
  return Rows(*this, statement);
}

std::optional<SqliteConnection::CommitFailure> SqliteConnection::commit() {
  vfs_->forget_doubt();
  const auto done = run("COMMIT");
  if (done) return std::nullopt;
  return CommitFailure{done.error(), vfs_->sync_failed() || vfs_->write_doubtful()};
}

Status SqliteConnection::rollback() {
  if (sqlite3_get_autocommit(database_) != 0) return ok();
  return run("ROLLBACK");
}

Status SqliteConnection::checkpoint() {
  vfs_->forget_error();
  const int code = sqlite3_wal_checkpoint_v2(database_, "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  log_bytes_ = 0;
  return ok();
}

Status SqliteConnection::close() {
  if (database_ == nullptr) return ok();
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  statements_.clear();
  vfs_->forget_error();
  const int code = sqlite3_close(std::exchange(database_, nullptr));
  if (auto machine = vfs_->take_error()) return *machine;
  if (code != SQLITE_OK)
    return Error(ErrorCode::kIo, "cannot close catalog " + path_ + ": " + sqlite3_errstr(code));
  return ok();
}

}  // namespace lake::catalog

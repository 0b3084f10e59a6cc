#include "lake/query/duckdb_session.hpp"

#include <optional>

#include "duckdb/execution/executor.hpp"
#include "duckdb/main/pending_query_result.hpp"
#include "duckdb/main/prepared_statement.hpp"
#include "duckdb/main/query_result.hpp"
#include "duckdb/main/stream_query_result.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/statement/call_statement.hpp"
#include "duckdb/parser/statement/transaction_statement.hpp"
#include "duckdb/parser/statement/vacuum_statement.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/query/completion.hpp"
#include "lake/query/idle_wait.hpp"
#include "lake/query/script.hpp"
#include "lake/query/staged_rows.hpp"
#include "lake/tables/conflict_clause.hpp"
#include "lake/tables/sort_term.hpp"

namespace lake::query {

namespace {

/// Why a running statement has to stop; the first reason wins.
enum class Stop : std::uint8_t { kNone, kCancelled, kTimeout };

/// Errors are asked for as JSON, which keeps the position in the SQL text as a field of its own.
Error lake_error(const duckdb::ErrorData& error) {
  const auto& raw = error.RawMessage();
  if (raw.starts_with("{\"exception_type\"")) return engine::error_from(duckdb::ErrorData(raw));
  return engine::error_from(error);
}

bool is_fatal(const duckdb::ErrorData& error) {
  const auto& raw = error.RawMessage();
  if (raw.starts_with("{\"exception_type\"")) return engine::invalidates_instance(duckdb::ErrorData(raw));
  return engine::invalidates_instance(error);
}

duckdb::Value value_of(const Parameter& parameter) {
  if (const auto* flag = std::get_if<bool>(&parameter)) return duckdb::Value::BOOLEAN(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&parameter)) return duckdb::Value::BIGINT(*integer);
  if (const auto* large = std::get_if<std::uint64_t>(&parameter)) return duckdb::Value::UBIGINT(*large);
  if (const auto* real = std::get_if<double>(&parameter)) return duckdb::Value::DOUBLE(*real);
  if (const auto* text = std::get_if<std::string>(&parameter)) return duckdb::Value(*text);
  return duckdb::Value();
}

using BoundValues = duckdb::case_insensitive_map_t<duckdb::BoundParameterData>;

/// The given values that the statement asks for. Errors: kInvalidArgument names a missing or an unused one.
Result<BoundValues> bind_values(const duckdb::SQLStatement& statement, const Parameters& given,
                                bool must_use_all) {
  BoundValues bound;
  for (const auto& [name, index] : statement.named_param_map) {
    if (const auto named = given.named.find(name); named != given.named.end()) {
      bound.emplace(name, duckdb::BoundParameterData(value_of(named->second)));
      continue;
    }
    const bool number =
        !name.empty() && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 7;
    const auto place = number ? std::stoul(name) : 0;
    if (place == 0 || place > given.positional.size()) {
      return Error(ErrorCode::kInvalidArgument, "no value was given for the parameter $" + name);
    }
    bound.emplace(name, duckdb::BoundParameterData(value_of(given.positional[place - 1])));
  }
  const auto count = given.named.size() + given.positional.size();
  if (must_use_all && bound.size() != count) {
    return Error(ErrorCode::kInvalidArgument, "the statement uses " + std::to_string(bound.size()) +
                                                  " parameters, " + std::to_string(count) + " were given");
  }
  return bound;
}

std::string quoted(const std::string& text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

/// ANALYZE has no hook in the catalog, so it is turned into a call of the lake's own procedure.
Result<std::string> analyze_call(const duckdb::VacuumInfo& info) {
  if (!info.has_table || !info.ref || info.ref->type != duckdb::TableReferenceType::BASE_TABLE) {
    return Error(ErrorCode::kUnsupported, "ANALYZE needs the name of a table: ANALYZE <table>");
  }
  const auto& table = info.ref->Cast<duckdb::BaseTableRef>();
  std::string name;
  if (!table.schema_name.empty()) name = quoted(table.schema_name, '"') + ".";
  name += quoted(table.table_name, '"');
  return "CALL lake_analyze(" + quoted(name, '\'') + ")";
}

/// Statements that DuckDB would run on its own storage, which the lake does not use. Gives the SQL to run
/// instead, if any.
Result<std::optional<std::string>> replacement(const duckdb::SQLStatement& statement) {
  if (statement.type == duckdb::StatementType::VACUUM_STATEMENT) {
    const auto& info = *statement.Cast<duckdb::VacuumStatement>().info;
    if (info.options.analyze && !info.options.vacuum) {
      LAKE_TRY(std::string call, analyze_call(info));
      return std::optional<std::string>(std::move(call));
    }
    return Error(ErrorCode::kUnsupported,
                 "VACUUM is not needed: upkeep compacts tables and removes old files by itself");
  }
  if (statement.type == duckdb::StatementType::CALL_STATEMENT) {
    const auto& function = *statement.Cast<duckdb::CallStatement>().function;
    if (function.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION) {
      const auto& name = function.Cast<duckdb::FunctionExpression>().function_name;
      if (name == "checkpoint" || name == "force_checkpoint") {
        return Error(
            ErrorCode::kUnsupported,
            "CHECKPOINT is not needed: a commit is on disk when it returns, and upkeep tidies up by itself");
      }
    }
  }
  return std::optional<std::string>();
}

/// True for statements whose effect lives in the connection only, and dies with it.
bool leaves_session_state(const duckdb::SQLStatement& statement) {
  using Type = duckdb::StatementType;
  if (statement.type == Type::CREATE_STATEMENT)
    return statement.Cast<duckdb::CreateStatement>().info->temporary;
  return statement.type == Type::SET_STATEMENT || statement.type == Type::PREPARE_STATEMENT;
}

bool is_commit(const duckdb::SQLStatement& statement) {
  return statement.type == duckdb::StatementType::TRANSACTION_STATEMENT &&
         statement.Cast<duckdb::TransactionStatement>().info->type == duckdb::TransactionType::COMMIT;
}

/// One statement of a script, parsed.
struct Piece {
  std::size_t offset = 0;  // where its text starts in the script
  duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>>
      statements;  // several when DuckDB expands one (PIVOT, PRAGMA)
};

class DuckdbSession;

/// The rows of a statement, pulled out of DuckDB one chunk at a time.
class DuckdbStream final : public ResultStream {
 public:
  DuckdbStream(DuckdbSession& session, duckdb::unique_ptr<duckdb::QueryResult> result, std::size_t offset,
               std::optional<std::uint64_t> rows_max);
  ~DuckdbStream() override;
  const std::vector<Column>& columns() const override { return columns_; }
  StatementKind kind() const override { return kind_; }
  Result<std::optional<RowBatch>> next() override;
  bool truncated() const override { return truncated_; }
  std::uint64_t changed_rows() const override { return changed_rows_; }
  Result<RowBatch> shape() override;
  /// Runs a statement that answers with a count or nothing to its end.
  Status finish();

 private:
  Result<duckdb::unique_ptr<duckdb::DataChunk>> fetch();
  void close();
  DuckdbSession& session_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  const std::size_t offset_;
  const std::optional<std::uint64_t> rows_max_;
  std::vector<Column> columns_;
  StatementKind kind_;
  std::uint64_t rows_done_ = 0;
  std::uint64_t changed_rows_ = 0;
  bool truncated_ = false;
  bool open_ = true;
};

class DuckdbSession final : public Session {
 public:
  explicit DuckdbSession(SessionShare& share) : share_(share) {
    const MutexLock lock(share_.sessions_mutex);
    share_.sessions.emplace(this, true);
  }
  ~DuckdbSession() override {
    const MutexLock lock(share_.sessions_mutex);
    share_.sessions.erase(this);
  }

  Result<std::vector<StatementText>> split(const std::string& script) override {
    return split_script(script);
  }
  Result<std::unique_ptr<ResultStream>> run(const std::string& sql, const Parameters& parameters,
                                            const RequestOptions& options) override;
  Result<TextResult> run_text(const std::string& sql, const Parameters& parameters,
                              const RequestOptions& options) override;
  Status stage(const std::string& name, const StagedRows& rows) override {
    LAKE_CHECK_OK(connect());
    return engine::guarded([&] { stage_rows(*connection_->context, name, rows); });
  }
  void unstage(const std::string& name) override {
    if (connection_) unstage_rows(*connection_->context, name);
  }
  void cancel() override { stop(Stop::kCancelled); }
  Progress progress() const override;
  bool in_transaction() const override;
  std::vector<std::string> complete(const std::string& sql, std::size_t position) override;

  /// Connects to the living instance; tells once when that lost a transaction or session state.
  Status connect();
  duckdb::Connection& connection() { return *connection_; }
  /// The error as the client sees it: an interrupt says who stopped it, a broken engine is reported and is
  /// retryable.
  Error explain(const duckdb::ErrorData& error, std::size_t offset);
  Stop stopping() const { return stop_; }
  os::Clock& clock() { return share_.clock; }
  void statement_ended(bool failed);

 private:
  void stop(Stop reason);
  [[nodiscard]] bool has_failed_transaction() const;
  Status begin_statements(const RequestOptions& options);
  Status check_deadline(const RequestOptions& options) const;
  Result<std::vector<Piece>> parse(const std::string& sql, const RequestOptions& options);
  Result<duckdb::unique_ptr<duckdb::PendingQueryResult>> start(
      duckdb::unique_ptr<duckdb::SQLStatement> statement, const Parameters& parameters, bool must_use_all,
      std::size_t offset);
  Result<duckdb::unique_ptr<duckdb::QueryResult>> drive(duckdb::PendingQueryResult& pending,
                                                        std::size_t offset);
  Result<std::unique_ptr<DuckdbStream>> run_piece(Piece& piece, const Parameters& parameters,
                                                  bool must_use_all, const RequestOptions& options);

  SessionShare& share_;
  // Held to replace the two below, and by other threads to use them; the session's own thread reads them
  // freely.
  mutable Mutex mutex_;
  engine::Instance instance_;
  std::unique_ptr<duckdb::Connection> connection_;
  bool has_state_ = false;
  std::atomic<bool> running_{false};
  std::atomic<Stop> stop_{Stop::kNone};
  std::optional<Deadlines::Id> deadline_;
  os::MonotonicTime began_{};
};

// -- stream

StatementKind kind_of(const duckdb::QueryResult& result) {
  switch (result.properties.return_type) {
    case duckdb::StatementReturnType::QUERY_RESULT:
      return StatementKind::kRows;
    case duckdb::StatementReturnType::CHANGED_ROWS:
      return StatementKind::kChange;
    default:
      return StatementKind::kNothing;
  }
}

DuckdbStream::DuckdbStream(DuckdbSession& session, duckdb::unique_ptr<duckdb::QueryResult> result,
                           std::size_t offset, std::optional<std::uint64_t> rows_max)
    : session_(session),
      result_(std::move(result)),
      offset_(offset),
      rows_max_(rows_max),
      kind_(kind_of(*result_)) {
  if (kind_ != StatementKind::kRows) return;
  for (std::size_t i = 0; i < result_->names.size(); ++i) {
    columns_.push_back({result_->names[i], result_->types[i].ToString()});
  }
}

DuckdbStream::~DuckdbStream() { close(); }

void DuckdbStream::close() {
  if (!open_) return;
  open_ = false;
  const bool failed = result_->HasError();
  result_.reset();
  // Preparing nothing is the one public call that ends a half-read statement without harming its transaction.
  ignore(engine::guarded([&] { session_.connection().Prepare(""); }),
         "only the clean-up in front of it is wanted");
  session_.statement_ended(failed);
}

/// Works on the statement until Fetch() need not wait. When another thread fails meanwhile, the engine
/// interrupts the statement, and Fetch() tells of that instead of the failure: which is looked for here.
duckdb::ErrorData await_rows(duckdb::ClientContext& context, os::Clock& clock,
                             duckdb::StreamQueryResult& result) {
  // A piece of a task takes longer; what takes less was a look that found none.
  constexpr os::MonotonicTime kLook = std::chrono::microseconds(20);
  IdleWait wait(clock);
  try {
    while (true) {
      const os::MonotonicTime begun = clock.monotonic_now();
      const auto state = result.ExecuteTask();
      if (duckdb::StreamQueryResult::IsChunkReady(state)) return {};
      if (state == duckdb::StreamExecutionResult::BLOCKED) {
        result.WaitForTask();
      } else if (clock.monotonic_now() - begun < kLook) {
        wait.idle();
      } else {
        wait.worked();
      }
    }
  } catch (const duckdb::InterruptException&) {
    auto& executor = context.GetExecutor();
    return executor.HasError() ? executor.GetError() : duckdb::ErrorData();
  }
}

Result<duckdb::unique_ptr<duckdb::DataChunk>> DuckdbStream::fetch() {
  if (session_.stopping() != Stop::kNone) session_.connection().Interrupt();
  duckdb::unique_ptr<duckdb::DataChunk> chunk;
  duckdb::ErrorData error;
  try {
    if (result_->type == duckdb::QueryResultType::STREAM_RESULT) {
      auto& stream = result_->Cast<duckdb::StreamQueryResult>();
      error = await_rows(*session_.connection().context, session_.clock(), stream);
    }
    if (!result_->HasError()) chunk = result_->Fetch();  // which also ends what failed
    if (!error.HasError() && result_->HasError()) error = result_->GetErrorObject();
  } catch (const std::exception& failure) {
    error = duckdb::ErrorData(failure);
  }
  if (error.HasError()) {
    Error told = session_.explain(error, offset_);
    close();
    return told;
  }
  return chunk;
}

Result<std::optional<RowBatch>> DuckdbStream::next() {
  if (!open_ || kind_ != StatementKind::kRows) return std::optional<RowBatch>();
  LAKE_TRY(auto chunk, fetch());
  if (!chunk || chunk->size() == 0) {
    close();
    return std::optional<RowBatch>();
  }
  if (rows_max_ && rows_done_ + chunk->size() > *rows_max_) {
    truncated_ = true;
    const auto keep = *rows_max_ - rows_done_;
    if (keep == 0) {
      close();
      return std::optional<RowBatch>();
    }
    chunk->SetCardinality(keep);
  }
  rows_done_ += chunk->size();
  auto* context = session_.connection().context.get();
  return std::optional<RowBatch>(RowBatch(std::unique_ptr<duckdb::DataChunk>(chunk.release()), context));
}

Result<RowBatch> DuckdbStream::shape() {
  if (!open_ || kind_ != StatementKind::kRows)
    return Error(ErrorCode::kInvalidArgument, "the statement has no rows");
  auto chunk = std::make_unique<duckdb::DataChunk>();
  LAKE_CHECK_OK(engine::guarded([&] { chunk->InitializeEmpty(result_->types); }));
  return RowBatch(std::move(chunk), session_.connection().context.get());
}

Status DuckdbStream::finish() {
  if (kind_ == StatementKind::kRows) {
    while (true) {
      LAKE_TRY(const auto batch, next());
      if (!batch) return ok();
    }
  }
  while (open_) {
    LAKE_TRY(auto chunk, fetch());
    if (!chunk || chunk->size() == 0) break;
    if (kind_ == StatementKind::kChange && chunk->ColumnCount() > 0) {
      const auto count = chunk->GetValue(0, 0);
      if (!count.IsNull() && count.type().IsIntegral()) {
        changed_rows_ = static_cast<std::uint64_t>(count.GetValue<std::int64_t>());
      }
    }
  }
  close();
  return ok();
}

// -- session

Status DuckdbSession::connect() {
  LAKE_TRY(auto living, share_.engine.instance());
  bool lost = false;
  {
    const MutexLock lock(mutex_);
    if (connection_ && instance_.generation == living.generation) return ok();
    lost = connection_ && (has_state_ || !connection_->context->transaction.IsAutoCommit());
    has_state_ = false;
  }
  std::unique_ptr<duckdb::Connection> fresh;
  LAKE_CHECK_OK(engine::guarded([&] {
    {
      const MutexLock lock(share_.hook_mutex);
      if (share_.hooked_generation != living.generation) {
        install_hooks(*living.database->instance, share_.paths);
        register_staged_rows(*living.database->instance);
      }
      share_.hooked_generation = living.generation;
    }
    fresh = std::make_unique<duckdb::Connection>(*living.database);
    install_door(*fresh->context, share_.paths);
    auto& config = duckdb::ClientConfig::GetConfig(*fresh->context);
    config.enable_progress_bar = true;
    config.print_progress_bar = false;
    config.wait_time = 0;
    const auto set = fresh->Query("SET SESSION errors_as_json = true");
    if (set->HasError()) set->ThrowError();
  }));
  const MutexLock lock(mutex_);
  connection_ = std::move(fresh);
  instance_ = std::move(living);
  if (lost) {
    return Error(
        ErrorCode::kUnavailable,
        "the engine was restarted: the open transaction and the session's settings are lost; begin again");
  }
  return ok();
}

void DuckdbSession::stop(Stop reason) {
  if (!running_) return;
  auto none = Stop::kNone;
  stop_.compare_exchange_strong(none, reason);
  {
    const MutexLock lock(mutex_);
    if (connection_) connection_->Interrupt();
  }
  share_.gate.wake();
}

Error DuckdbSession::explain(const duckdb::ErrorData& error, std::size_t offset) {
  if (is_fatal(error)) {
    {
      const MutexLock lock(mutex_);
      share_.engine.report_invalid(instance_.generation);
    }
    return Error(ErrorCode::kUnavailable, "the engine failed and is being restarted; repeat the request (" +
                                              lake_error(error).message() + ")");
  }
  const Error told = lake_error(error);
  if (told.code() == ErrorCode::kCancelled) {
    if (stop_ == Stop::kTimeout)
      return Error(ErrorCode::kTimeout, "the statement ran longer than it was given");
    return Error(ErrorCode::kCancelled, "the statement was cancelled");
  }
  return told.position() < 0 ? told : told.at(told.position() + static_cast<std::int64_t>(offset));
}

/// For what no deadline can interrupt: the wait before the session, and parsing.
Status DuckdbSession::check_deadline(const RequestOptions& options) const {
  if (!options.deadline || share_.clock.monotonic_now() < *options.deadline) return ok();
  share_.failed.add();
  return Error(ErrorCode::kTimeout, "the time of the statement was over before it began");
}

Status DuckdbSession::begin_statements(const RequestOptions& options) {
  stop_ = Stop::kNone;
  running_ = true;
  if (options.cancelled && *options.cancelled) stop(Stop::kCancelled);
  began_ = share_.clock.monotonic_now();
  const auto timeout = options.timeout.value_or(share_.options.timeout);
  auto until = options.deadline;
  if (!until && timeout.count() > 0) until = began_ + timeout;
  if (until) deadline_ = share_.deadlines.add(*until, [this] { stop(Stop::kTimeout); });
  auto entered = stop_ == Stop::kNone
                     ? share_.gate.enter([this] { return stop_ != Stop::kNone; })
                     : Error(ErrorCode::kCancelled, "the statement was cancelled before it began");
  if (entered) return ok();
  running_ = false;
  if (deadline_) share_.deadlines.remove(*deadline_);
  deadline_.reset();
  share_.failed.add();
  if (stop_ == Stop::kTimeout)
    return Error(ErrorCode::kTimeout, "the statement waited longer for a turn than it was given");
  return entered;
}

void DuckdbSession::statement_ended(bool failed) {
  if (!running_.exchange(false)) return;
  if (deadline_) share_.deadlines.remove(*deadline_);
  deadline_.reset();
  if (failed) share_.failed.add();
  const std::chrono::duration<double> took = share_.clock.monotonic_now() - began_;
  share_.seconds.observe(took.count());
  share_.gate.leave();
}

/// A script that a stateless door sends must close what it opens.
Status check_transactions(const std::vector<Piece>& pieces) {
  bool open = false;
  for (const auto& piece : pieces) {
    for (const auto& statement : piece.statements) {
      if (statement->type != duckdb::StatementType::TRANSACTION_STATEMENT) continue;
      open = statement->Cast<duckdb::TransactionStatement>().info->type ==
             duckdb::TransactionType::BEGIN_TRANSACTION;
    }
  }
  if (!open) return ok();
  return Error(ErrorCode::kInvalidArgument,
               "a transaction cannot stay open between requests: send BEGIN, the statements and COMMIT in "
               "one request");
}

Result<std::vector<Piece>> DuckdbSession::parse(const std::string& sql, const RequestOptions& options) {
  LAKE_TRY(const auto texts, split_script(sql));
  std::vector<Piece> pieces;
  for (const auto& text : texts) {
    Piece piece{.offset = text.offset, .statements = {}};
    bool expands = false;
    std::string known_words = text.sql;
    const auto directions = tables::take_sort_directions(known_words);
    const auto parsed = engine::guarded([&] {
      duckdb::Parser parser(connection_->context->GetParserOptions());
      parser.ParseQuery(known_words);
      piece.statements = std::move(parser.statements);
    });
    if (!parsed) {
      const auto& error = parsed.error();
      return error.position() < 0 ? error
                                  : error.at(error.position() + static_cast<std::int64_t>(text.offset));
    }
    for (auto& statement : piece.statements) {
      tables::give_sort_directions(directions, *statement);
      if (options.from_door) LAKE_CHECK_OK(check_door_statement(*statement));
      expands |= statement->type == duckdb::StatementType::PRAGMA_STATEMENT ||
                 statement->type == duckdb::StatementType::MULTI_STATEMENT;
      has_state_ |= leaves_session_state(*statement);
    }
    if (expands) {
      LAKE_CHECK_OK(engine::guarded([&] { piece.statements = connection_->ExtractStatements(text.sql); }));
    }
    if (!piece.statements.empty()) pieces.push_back(std::move(piece));
  }
  if (options.stateless) LAKE_CHECK_OK(check_transactions(pieces));
  return pieces;
}

Result<duckdb::unique_ptr<duckdb::PendingQueryResult>> DuckdbSession::start(
    duckdb::unique_ptr<duckdb::SQLStatement> statement, const Parameters& parameters, bool must_use_all,
    std::size_t offset) {
  LAKE_TRY(auto values, bind_values(*statement, parameters, must_use_all));
  duckdb::unique_ptr<duckdb::PendingQueryResult> pending;
  duckdb::ErrorData error;
  try {
    if (values.empty()) {
      pending =
          connection_->PendingQuery(std::move(statement), duckdb::QueryResultOutputType::ALLOW_STREAMING);
    } else {
      // Prepared first, so that a text takes the type its place asks for.
      auto prepared = connection_->Prepare(std::move(statement));
      if (prepared->HasError()) {
        error = prepared->GetErrorObject();
      } else {
        pending = prepared->PendingQuery(values, true);
      }
    }
    if (pending && pending->HasError()) error = pending->GetErrorObject();
  } catch (const std::exception& failure) {
    error = duckdb::ErrorData(failure);
  }
  if (error.HasError()) return explain(error, offset);
  return pending;
}

Result<duckdb::unique_ptr<duckdb::QueryResult>> DuckdbSession::drive(duckdb::PendingQueryResult& pending,
                                                                     std::size_t offset) {
  duckdb::unique_ptr<duckdb::QueryResult> result;
  duckdb::ErrorData error;
  IdleWait wait(share_.clock);
  try {
    while (true) {
      // A stop that came before DuckDB had begun was forgotten by it.
      if (stop_ != Stop::kNone) connection_->Interrupt();
      const auto state = pending.ExecuteTask();
      if (duckdb::PendingQueryResult::IsResultReady(state) ||
          duckdb::PendingQueryResult::IsExecutionFinished(state)) {
        break;
      }
      if (state == duckdb::PendingExecutionResult::BLOCKED) pending.WaitForTask();
      if (state == duckdb::PendingExecutionResult::NO_TASKS_AVAILABLE) {
        wait.idle();
      } else {
        wait.worked();
      }
    }
    if (pending.HasError()) {
      error = pending.GetErrorObject();
    } else {
      result = pending.Execute();
      if (result->HasError()) error = result->GetErrorObject();
    }
  } catch (const std::exception& failure) {
    error = duckdb::ErrorData(failure);
  }
  if (error.HasError()) return explain(error, offset);
  return result;
}

Result<std::unique_ptr<DuckdbStream>> DuckdbSession::run_piece(Piece& piece, const Parameters& parameters,
                                                               bool must_use_all,
                                                               const RequestOptions& options) {
  std::unique_ptr<DuckdbStream> stream;
  auto rows_max = options.rows_max;
  if (!rows_max && options.from_door && share_.options.door_rows_max > 0)
    rows_max = share_.options.door_rows_max;
  for (auto& statement : piece.statements) {
    if (stream) {
      LAKE_CHECK_OK(stream->finish());
      stream.reset();
    }
    if (auto refused = tables::conflict_clause_refusal(*connection_, *statement)) return std::move(*refused);
    LAKE_TRY(const auto instead, replacement(*statement));
    if (instead) {
      LAKE_CHECK_OK(
          engine::guarded([&] { statement = std::move(connection_->ExtractStatements(*instead).at(0)); }));
    }
    // DuckDB turns the COMMIT of a transaction that failed into a ROLLBACK, and says nothing.
    const bool rolls_back = is_commit(*statement) && has_failed_transaction();
    LAKE_CHECK_OK(begin_statements(options));
    auto pending = start(std::move(statement), parameters, must_use_all, piece.offset);
    if (!pending) {
      statement_ended(true);
      return pending.error();
    }
    auto result = drive(**pending, piece.offset);
    pending->reset();
    if (!result) {
      statement_ended(true);
      return result.error();
    }
    stream = std::make_unique<DuckdbStream>(*this, std::move(*result), piece.offset, rows_max);
    if (stream->kind() != StatementKind::kRows) LAKE_CHECK_OK(stream->finish());
    if (rolls_back) {
      return Error(ErrorCode::kInvalidArgument,
                   "nothing was committed: a statement of the transaction failed, so it was rolled back");
    }
  }
  return stream;
}

Result<std::unique_ptr<ResultStream>> DuckdbSession::run(const std::string& sql, const Parameters& parameters,
                                                         const RequestOptions& options) {
  LAKE_CHECK_OK(check_deadline(options));
  LAKE_CHECK_OK(connect());
  set_from_door(*connection_->context, options.from_door);
  LAKE_TRY(auto pieces, parse(sql, options));
  LAKE_CHECK_OK(check_deadline(options));
  if (pieces.empty()) return Error(ErrorCode::kInvalidArgument, "there is no statement to run");
  const bool must_use_all = pieces.size() == 1 && pieces.front().statements.size() == 1;
  std::unique_ptr<DuckdbStream> stream;
  for (auto& piece : pieces) {
    if (stream) {
      LAKE_CHECK_OK(stream->finish());
      stream.reset();
    }
    LAKE_TRY(stream, run_piece(piece, parameters, must_use_all, options));
  }
  return std::unique_ptr<ResultStream>(std::move(stream));
}

Result<Session::TextResult> DuckdbSession::run_text(const std::string& sql, const Parameters& parameters,
                                                    const RequestOptions& options) {
  LAKE_TRY(const auto stream, run(sql, parameters, options));
  TextResult result;
  result.columns = stream->columns();
  result.kind = stream->kind();
  while (true) {
    LAKE_TRY(const auto batch, stream->next());
    if (!batch) break;
    for (std::uint64_t row = 0; row < batch->row_count(); ++row) {
      auto& cells = result.rows.emplace_back();
      for (std::size_t column = 0; column < batch->column_count(); ++column) {
        if (batch->is_null(column, row)) {
          cells.emplace_back(std::nullopt);
        } else {
          cells.emplace_back(batch->text(column, row));
        }
      }
    }
  }
  result.changed_rows = stream->changed_rows();
  return result;
}

Progress DuckdbSession::progress() const {
  if (!running_) return {};
  const MutexLock lock(mutex_);
  if (!connection_) return {};
  auto progress = connection_->context->GetQueryProgress();
  Progress told;
  told.percent = progress.GetPercentage();
  told.rows_done = progress.GetRowsProcesseed();
  told.rows_total = progress.GetTotalRowsToProcess();
  return told;
}

bool DuckdbSession::has_failed_transaction() const {
  auto& transaction = connection_->context->transaction;
  return transaction.HasActiveTransaction() &&
         duckdb::ValidChecker::IsInvalidated(transaction.ActiveTransaction());
}

bool DuckdbSession::in_transaction() const {
  const MutexLock lock(mutex_);
  return connection_ && !connection_->context->transaction.IsAutoCommit();
}

std::vector<std::string> DuckdbSession::complete(const std::string& sql, std::size_t position) {
  std::vector<std::string> words;
  if (running_ || !connect()) return words;
  ignore(engine::guarded([&] {
           auto result = connection_->Query(completion_query(sql.substr(0, position)));
           if (result->HasError()) return;
           for (auto& row : *result) words.push_back(row.GetValue<std::string>(0));
         }),
         "no suggestion is an answer too");
  return words;
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(SessionShare& share) {
  auto session = std::make_unique<DuckdbSession>(share);
  LAKE_CHECK_OK(session->connect());
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace lake::query

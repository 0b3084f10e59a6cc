#include "lake/catalog/sqlite_catalog.hpp"

#include <algorithm>

#include "lake/base/assert.hpp"
#include "lake/catalog/catalog_schema.hpp"
#include "lake/catalog/commit_builder.hpp"
#include "lake/catalog/open_catalog.hpp"
#include "lake/catalog/row_writer.hpp"
#include "lake/catalog/snapshot_loader.hpp"
#include "lake/catalog/unloaded_catalog.hpp"

namespace lake::catalog {
namespace {

bool is_out_of_room(const Error& error) { return error.code() == ErrorCode::kResourceExhausted; }

/// Whether a commit takes things away and adds nothing but the word of it.
bool frees_space(const CommitRequest& request) {
  const auto drops = [](const Definition& definition) {
    return std::holds_alternative<DropTable>(definition) || std::holds_alternative<DropSchema>(definition) ||
           std::holds_alternative<DropObject>(definition);
  };
  const auto removes = [](const TableDelta& delta) {
    return delta.added_files.empty() && delta.appends.empty();
  };
  return std::all_of(request.definitions.begin(), request.definitions.end(), drops) &&
         std::all_of(request.deltas.begin(), request.deltas.end(), removes);
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(os::FileSystem& files, os::Clock& clock, os::Random& random,
                                               telemetry::Metrics& metrics, const std::string& directory,
                                               const CatalogOptions& options) {
  return open_catalog(files, clock, random, metrics, directory, options, 0);
}

Result<std::unique_ptr<Catalog>> open_catalog(os::FileSystem& files, os::Clock& clock, os::Random& random,
                                              telemetry::Metrics& metrics, const std::string& directory,
                                              const CatalogOptions& options,
                                              std::uint64_t statistics_bytes_max) {
  auto [catalog, load] =
      unloaded_catalog(files, clock, random, metrics, directory, options, statistics_bytes_max);
  LAKE_CHECK_OK(load());
  return std::move(catalog);
}

UnloadedCatalog unloaded_catalog(os::FileSystem& files, os::Clock& clock, os::Random& random,
                                 telemetry::Metrics& metrics, const std::string& directory,
                                 const CatalogOptions& options, std::uint64_t statistics_bytes_max,
                                 std::uint64_t reserve_bytes, telemetry::Log* log) {
  auto catalog = std::make_unique<SqliteCatalog>(files, clock, random, metrics, directory, options,
                                                 statistics_bytes_max, reserve_bytes, log);
  auto load = [made = catalog.get()] { return made->load(); };
  return {std::move(catalog), std::move(load)};
}

SqliteCatalog::SqliteCatalog(os::FileSystem& files, os::Clock& clock, os::Random& random,
                             telemetry::Metrics& metrics, const std::string& directory,
                             const CatalogOptions& options, std::uint64_t statistics_bytes_max,
                             std::uint64_t reserve_bytes, telemetry::Log* log)
    : files_(files),
      clock_(clock),
      random_(random),
      path_(os::join_path(directory, "catalog.sqlite")),
      options_(options),
      queue_(clock, options.queue_depth_max, std::max<std::size_t>(options.group_size_max, 1)),
      statistics_(statistics_bytes_max, metrics),
      commits_total_(metrics.counter("dplake_catalog_commits_total", "Commits made durable")),
      conflicts_total_(metrics.counter("dplake_catalog_conflicts_total", "Commits refused as conflicts")),
      groups_total_(
          metrics.counter("dplake_catalog_groups_total", "Catalog transactions, each one or more commits")),
      sync_seconds_(
          metrics.histogram("dplake_catalog_commit_seconds", "Time to make a group of commits durable")),
      log_bytes_(metrics.gauge("dplake_catalog_log_bytes", "Bytes in the catalog's write-ahead log")),
      queue_depth_(metrics.gauge("dplake_catalog_queue_depth", "Requests waiting for the committer")),
      inline_bytes_(metrics.gauge("dplake_inline_bytes", "Bytes of inline rows, as stored in the catalog")),
      inline_chunks_(metrics.gauge("dplake_inline_commits", "Commits whose rows are still inline")),
      inline_segments_(metrics.gauge("dplake_inline_segments", "Inline segments not yet flushed to Parquet")),
      reserve_(files, metrics, log, path_ + ".reserve", reserve_bytes) {}

SqliteCatalog::~SqliteCatalog() {
  ignore(SqliteCatalog::close(), "nobody is left to hear of it; owners close first");
}

Status SqliteCatalog::load() {
  LAKE_TRY(connection_, SqliteConnection::open(std::make_unique<SqliteVfs>(files_, clock_, random_), path_,
                                               options_.sqlite_cache_bytes));
  const std::int64_t micros = clock_.wall_micros();
  LAKE_CHECK_OK(prepare_schema(*connection_, os::uuid_v7(random_, micros / 1000), micros, known_migrations(),
                               kCatalogVersion));
  LAKE_TRY(const auto newest, connection_->number("SELECT max(commit_id) FROM commits"));
  if (!newest) return Error(ErrorCode::kCorruption, "damaged catalog " + path_ + ": no commits");
  SnapshotLoader loader(*connection_, static_cast<CommitId>(*newest), nullptr, &statistics_);
  LAKE_TRY(SnapshotPtr head, loader.load_head(state_, ids_));
  set_head(std::move(head));
  LAKE_TRY(const CommitId oldest, oldest_row());
  pins_->close_below(oldest);
  reserve_.fill();
  committer_ = std::thread([this] { run(); });
  return ok();
}

void SqliteCatalog::run() {
  constexpr std::chrono::nanoseconds kGatherTimeMax = std::chrono::milliseconds(2);
  std::vector<Ticket*> tickets;
  while (queue_.next(std::min(sync_time_ / 4, kGatherTimeMax), tickets)) {
    queue_depth_.set(static_cast<std::int64_t>(queue_.depth()));
    if (!tickets.empty()) {
      if (tickets.front()->request) {
        commit_group(tickets);
      } else {
        tickets.front()->work();
      }
      queue_.finish(tickets);
    }
    if (checkpoint_is_due()) checkpoint();
  }
}

Result<CommitOutcome> SqliteCatalog::commit(CommitRequest request) {
  Ticket ticket;
  ticket.request = std::move(request);
  if (queue_.take_turn()) {
    commit_alone(ticket);
  } else {
    LAKE_CHECK_OK(queue_.enter(ticket));
    queue_.wait(ticket);
  }
  return std::move(ticket.outcome);
}

void SqliteCatalog::commit_alone(Ticket& ticket) noexcept {
  Ticket* const group[] = {&ticket};
  commit_group(group);
  queue_.end_turn(checkpoint_is_due());
}

void SqliteCatalog::commit_group(std::span<Ticket* const> tickets) {
  if (!refused_) {
    auto done = try_group(tickets);
    if (done) return;
    if (tickets.size() == 1) {
      if (is_out_of_room(done.error()) && frees_space(*tickets.front()->request) && reserve_.release()) {
        return commit_group(tickets);
      }
      tickets.front()->outcome = done.error();
      return;
    }
    // One of them may be more than the machine can take: each stands or falls alone.
    for (Ticket* const ticket : tickets) {
      if (refused_) {
        ticket->outcome = *refused_;
        continue;
      }
      commit_group(std::span(&ticket, 1));
    }
    return;
  }
  for (Ticket* const ticket : tickets) ticket->outcome = *refused_;
}

Status SqliteCatalog::judge(Ticket& ticket, Group& group) {
  const CommitRequest& request = *ticket.request;
  if (!request.idempotency_key.empty()) {
    LAKE_TRY(const auto known, connection_->number("SELECT commit_id FROM idempotency WHERE key = ?1",
                                                   request.idempotency_key));
    if (known) {
      group.repeated.push_back({&ticket, static_cast<CommitId>(*known)});
      return ok();
    }
  }
  const std::int64_t micros = std::max(group.head->committed_micros, clock_.wall_micros());
  CommitBuilder builder(group.head, request, micros, options_.segment_rows_max, state_, ids_);
  auto change = builder.build();
  if (!change) {
    if (change.error().code() == ErrorCode::kConflict) conflicts_total_.add();
    ticket.outcome = change.error();
    return ok();
  }
  if (!change->empty) {
    LAKE_CHECK_OK(write_change(*connection_, *change, request));
    group.writes = true;
  }
  group.head = change->after;
  group.accepted.push_back({&ticket, std::move(*change)});
  return ok();
}

Result<bool> SqliteCatalog::try_group(std::span<Ticket* const> tickets) {
  Group group;
  group.head = current();
  LAKE_CHECK_OK(connection_->run("BEGIN IMMEDIATE"));
  Status written = ok();
  for (Ticket* const ticket : tickets) {
    written = judge(*ticket, group);
    if (!written) break;
  }
  if (written && group.writes) {
    const os::MonotonicTime begin = clock_.monotonic_now();
    const auto failed = connection_->commit();
    const os::MonotonicTime took = clock_.monotonic_now() - begin;
    sync_time_ = (sync_time_ * 7 + took) / 8;
    sync_seconds_.observe(std::chrono::duration<double>(took).count());
    if (failed && failed->unknown) {
      const Error unknown(ErrorCode::kCommitUnknown,
                          "the commit may or may not have happened: " + failed->error.message());
      refuse_work(failed->error);
      for (const Accepted& accepted : group.accepted) accepted.ticket->outcome = unknown;
      for (const Repeated& repeated : group.repeated) repeated.ticket->outcome = unknown;
      return true;
    }
    if (failed) written = failed->error;
  }
  if (!written || !group.writes) {
    const auto undone = connection_->rollback();
    if (!undone) refuse_work(undone.error());
    if (!written) return Error(written.error());
  }
  publish(group);
  return true;
}

void SqliteCatalog::publish(Group& group) {
  for (Accepted& accepted : group.accepted) {
    for (TableChange& table : accepted.change.tables) {
      for (NewChunk& added : table.chunks) added.segment->append(std::move(added.chunk));
    }
  }
  if (group.writes) {
    set_head(group.head);
    groups_total_.add();
    log_bytes_.set(static_cast<std::int64_t>(connection_->log_bytes()));
  }
  for (const Accepted& accepted : group.accepted) {
    if (!accepted.change.empty) commits_total_.add();
    accepted.ticket->outcome = CommitOutcome{accepted.change.after->commit_id, accepted.change.after};
  }
  for (const Repeated& repeated : group.repeated) {
    auto then = load_version(repeated.commit_id);
    repeated.ticket->outcome = CommitOutcome{repeated.commit_id, then ? *then : group.head};
  }
}

void SqliteCatalog::set_head(SnapshotPtr head) {
  inline_bytes_.set(static_cast<std::int64_t>(head->inline_bytes));
  inline_chunks_.set(static_cast<std::int64_t>(head->inline_chunks));
  inline_segments_.set(static_cast<std::int64_t>(head->inline_segments));
  const MutexLock lock(mutex_);
  head_.swap(head);
}

SnapshotPtr SqliteCatalog::current() {
  const MutexLock lock(mutex_);
  LAKE_DEBUG_ASSERT(head_ != nullptr);  // load() first
  return head_;
}

void SqliteCatalog::refuse_work(const Error& reason) {
  refused_ = Error(ErrorCode::kUnavailable,
                   "the catalog must be reopened, because its disk failed: " + reason.message());
}

bool SqliteCatalog::checkpoint_is_due() const {
  return !refused_ && connection_->log_bytes() >= options_.checkpoint_bytes;
}

void SqliteCatalog::checkpoint() {
  const auto done = connection_->checkpoint();
  log_bytes_.set(static_cast<std::int64_t>(connection_->log_bytes()));
  if (done) reserve_.fill();
  // A full disk may have room again at the next attempt; the log keeps every commit until then.
  if (!done && connection_->vfs().sync_failed()) refuse_work(done.error());
}

Status SqliteCatalog::transact_to_free(const std::function<Status()>& body) {
  auto done = transact(body);
  while (!done && !refused_ && is_out_of_room(done.error()) && reserve_.release()) done = transact(body);
  return done;
}

Status SqliteCatalog::transact(const std::function<Status()>& body) {
  LAKE_CHECK_OK(connection_->run("BEGIN IMMEDIATE"));
  auto done = body();
  if (done) {
    const auto failed = connection_->commit();
    if (!failed) return ok();
    if (failed->unknown) {
      refuse_work(failed->error);
      return Error(ErrorCode::kCommitUnknown, failed->error.message());
    }
    done = failed->error;
  }
  const auto undone = connection_->rollback();
  if (!undone) refuse_work(undone.error());
  return done;
}

Catalog::NewTable SqliteCatalog::reserve_table(const std::string& schema, const std::string& name) {
  const auto plain = [](const std::string& text) {
    std::string safe = lower_ascii(text).substr(0, 64);  // a path component everywhere
    for (char& letter : safe) {
      const bool kept = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
      if (!kept) letter = '_';
    }
    return safe.empty() ? std::string("_") : safe;
  };
  const TableId id = ids_.next_table();
  return {id, os::uuid_v7(random_, clock_.wall_micros() / 1000),
          "tables/" + plain(schema) + "/" + plain(name) + "-" + std::to_string(id)};
}

Result<FileId> SqliteCatalog::reserve_files(TableId table, std::uint64_t count) {
  return ids_.next_files(table, count);
}

Result<SnapshotPtr> SqliteCatalog::seal_segments(TableId table) {
  return ask<SnapshotPtr>([this, table]() -> Result<SnapshotPtr> {
    SnapshotPtr head = current();
    if (head->find(table) == nullptr) {
      return Error(ErrorCode::kNotFound, "no such table, id " + std::to_string(table));
    }
    state_.open_segments.erase(table);
    return head;
  });
}

Status SqliteCatalog::replace_stats(TableId table_id, FileId file_id, const FileStats& stats) {
  const SnapshotPtr head = current();
  const TablePtr before = head->find(table_id);
  const auto has_id = [file_id](const FilePtr& file) { return file->file_id == file_id; };
  if (before == nullptr || std::none_of(before->files->begin(), before->files->end(), has_id)) {
    return Error(ErrorCode::kNotFound, "no such file, table id " + std::to_string(table_id) + ", file id " +
                                           std::to_string(file_id));
  }
  LAKE_CHECK_OK(transact([&] { return write_stats(*connection_, table_id, file_id, stats); }));
  auto files = std::make_shared<FileList>(*before->files);
  const auto place = std::find_if(files->begin(), files->end(), has_id);
  auto file = std::make_shared<DataFile>(**place);
  file->stats = stats;
  *place = statistics_.admitted(std::move(file));
  auto table = std::make_shared<Table>(*before);
  table->files = std::move(files);
  auto next = std::make_shared<Snapshot>(*head);
  next->tables.put(table_id, std::move(table));
  set_head(std::move(next));
  return ok();
}

Status SqliteCatalog::put_stats(TableId table, FileId file, std::vector<ColumnStats> stats) {
  const FileStats packed(std::move(stats));
  return ask<void>([&]() -> Status { return replace_stats(table, file, packed); });
}

Status SqliteCatalog::close() {
  {
    const MutexLock lock(mutex_);
    if (closed_) return ok();
    closed_ = true;
  }
  queue_.close();
  if (committer_.joinable()) committer_.join();
  if (!connection_) return ok();
  if (reserve_.is_short()) {
    // The log of what was committed into the reserve finds no other room in the database.
    auto copied = connection_->checkpoint();
    while (!copied && is_out_of_room(copied.error()) && reserve_.release())
      copied = connection_->checkpoint();
  }
  return connection_->close();
}

}  // namespace lake::catalog

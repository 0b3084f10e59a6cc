#include "lake/upkeep/upkeep.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lake/tables/file_lease.hpp"
#include "lake/tables/file_verifier.hpp"
#include "lake/tables/inline_room.hpp"
#include "lake/tables/rewrite.hpp"

namespace lake::upkeep {
namespace {

constexpr const char* kCompact = "compact";  // the job's kind
constexpr int kAttemptsMax = 5;              // of one step that lost races
constexpr std::size_t kDirectoryDepthMax = 8;
constexpr std::chrono::hours kOrphanInterval{1};  // in the background: it lists every directory

std::string full_name(const catalog::Table& table) { return table.schema_name + "." + table.name; }

// A simulated clock moves without waking anybody, so a wait is never longer than this.
constexpr std::chrono::milliseconds kPoll{20};

bool gone_or_lost(const Error& error) {
  return error.code() == ErrorCode::kConflict || error.code() == ErrorCode::kNotFound;
}

}  // namespace

Upkeep::Upkeep(catalog::Catalog& catalog, engine::Engine& engine, tables::Lake& lake, jobs::Jobs& jobs,
               telemetry::Metrics& metrics, UpkeepOptions options)
    : catalog_(catalog), engine_(engine), lake_(lake), jobs_(jobs), metrics_(metrics), options_(options) {}

Upkeep::~Upkeep() { close(); }

void Upkeep::start() {
  thread_ = std::thread([this] { loop(); });
}

void Upkeep::wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  woken_changed_.notify_all();
}

void Upkeep::close() {
  stopping_ = true;
  {
    const MutexLock lock(mutex_);
    woken_changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Upkeep::loop() {
  auto& failures =
      metrics_.counter("dplake_upkeep_failures_total", "Rounds of upkeep that ended with an error");
  auto& rounds = metrics_.counter("dplake_upkeep_rounds_total", "Rounds of upkeep");
  bool failed = false;
  while (!stopping_) {
    bool woken = false;
    {
      const MutexLock lock(mutex_);
      const os::MonotonicTime due = lake_.clock.monotonic_now() + options_.interval;
      // After a failure nobody wakes it early: each commit would only make it fail again.
      while (!stopping_ && (failed || !woken_)) {
        const os::MonotonicTime now = lake_.clock.monotonic_now();
        if (now >= due) break;
        woken_changed_.wait_for(mutex_, due - now);
      }
      woken = std::exchange(woken_, false);
    }
    if (stopping_) return;
    failed = !round(woken);
    if (failed) failures.add();
    rounds.add();
  }
}

void Upkeep::step(const Client& client) const {
  if (client.background && commits_waiting_ == 0 && pause) pause();
}

Status Upkeep::round(bool woken) {
  Reports reports;
  Status first = ok();
  const auto note = [&first](Status status) {
    if (!status && first) first = std::move(status);
  };
  const Client background{[this] { return stopping_.load(); }, true};
  const auto snapshot = catalog_.current();
  const std::int64_t now = lake_.clock.wall_micros();
  for (const auto& [id, table] : snapshot->tables) {
    if (stopping_) return first;
    if (tables::inline_bound_reached(*snapshot, *table, now, lake_.options, lake_.options.flush_percent)) {
      note(flush(*table, background, reports));
    }
    note(compact(id, background, reports));
  }
  if (!woken) {
    note(expire(reports));
    note(remove_expired_files(reports));
    note(remove_orphans_when_due(reports));
  }
  return first;
}

Status Upkeep::make_room(std::optional<catalog::TableId> table, const std::function<bool()>& given_up) {
  const Client client{[&] { return stopping_.load() || given_up(); }, false, true};
  LAKE_TRY(auto tables, chosen({tables::UpkeepTask::kFlush, table}));
  std::erase_if(tables, [](const auto& one) { return one->segments.empty(); });
  std::sort(tables.begin(), tables.end(),
            [](const auto& a, const auto& b) { return a->segment_bytes > b->segment_bytes; });
  Reports reports;
  ++commits_waiting_;
  Status first = ok();
  bool made_room = tables.empty();
  for (const auto& one : tables) {
    auto done = flush(*one, client, reports);
    made_room = made_room || done;
    if (!done && first) first = std::move(done);
    if (client.given_up()) break;
  }
  --commits_waiting_;
  return made_room ? ok() : first;
}

Result<std::vector<catalog::TablePtr>> Upkeep::chosen(const tables::UpkeepOrder& order) {
  const auto snapshot = catalog_.current();
  std::vector<catalog::TablePtr> tables;
  if (order.table) {
    auto table = snapshot->find(*order.table);
    if (!table) return Error(ErrorCode::kNotFound, "the table is gone");
    tables.push_back(std::move(table));
  } else {
    for (const auto& [id, table] : snapshot->tables) tables.push_back(table);
  }
  return tables;
}

Result<std::vector<tables::UpkeepReport>> Upkeep::run(const tables::UpkeepOrder& order) {
  Reports reports;
  // A table that cannot be tidied is no reason to leave the others as they are.
  Status first = ok();
  const auto note = [&first](Status status) {
    if (!status && first) first = std::move(status);
  };
  switch (order.task) {
    case tables::UpkeepTask::kFlush: {
      LAKE_TRY(const auto tables, chosen(order));
      for (const auto& table : tables) note(flush(*table, by_hand(), reports));
      break;
    }
    case tables::UpkeepTask::kCompact: {
      LAKE_TRY(const auto tables, chosen(order));
      for (const auto& table : tables) note(compact(table->table_id, by_hand(), reports));
      break;
    }
    case tables::UpkeepTask::kAnalyze: {
      LAKE_TRY(const auto tables, chosen(order));
      for (const auto& table : tables) note(analyze(*table, reports));
      break;
    }
    case tables::UpkeepTask::kExpire:
      LAKE_CHECK_OK(expire(reports));
      LAKE_CHECK_OK(remove_expired_files(reports));
      break;
    case tables::UpkeepTask::kRemoveOrphans:
      LAKE_CHECK_OK(remove_expired_files(reports));
      LAKE_CHECK_OK(remove_orphans(reports));
      break;
  }
  LAKE_CHECK_OK(first);
  return reports;
}

Result<tables::RewriteOutcome> Upkeep::rewrite(const char* kind, const catalog::SnapshotPtr& snapshot,
                                               const catalog::Table& table,
                                               const std::vector<catalog::FileId>& sources,
                                               const Client& client) {
  // The sources stay on disk while they are read, whoever replaces them meanwhile.
  const auto pin = catalog_.pin(snapshot->commit_id);
  if (!pin) return Error(ErrorCode::kConflict, pin.error().message());
  LAKE_TRY(auto job, jobs_.begin(kind, full_name(table)));
  LAKE_CHECK_OK(job.start());
  const auto stop_asked = [&] { return client.given_up() || !job.check(); };
  const auto whole = verify(table, sources);
  auto outcome = whole
                     ? tables::rewrite(engine_, lake_,
                                       {snapshot, table.table_id, sources, stop_asked, [&] { step(client); },
                                        client.background && std::string_view(kind) == kCompact})
                     : Result<tables::RewriteOutcome>(whole.error());
  if (outcome) job.add_progress(outcome->bytes, outcome->row_count);
  job.finish(outcome ? ok() : Status(outcome.error()));
  return outcome;
}

Status Upkeep::verify(const catalog::Table& table, const std::vector<catalog::FileId>& sources) {
  for (const auto& file : *table.files) {
    if (std::find(sources.begin(), sources.end(), file->file_id) == sources.end()) continue;
    const std::string path = os::join_path(lake_.data_directory, file->path);
    LAKE_CHECK_OK(tables::compare_with_checksum(lake_.files, path, *file));
  }
  return ok();
}

/// The right to flush a table, which one thread has at a time.
class Upkeep::FlushTurn {
 public:
  FlushTurn(Upkeep& upkeep, catalog::TableId table) : upkeep_(upkeep), table_(table) {}
  ~FlushTurn() {
    if (!taken_) return;
    const MutexLock lock(upkeep_.mutex_);
    upkeep_.flushing_.erase(table_);
    upkeep_.flushed_.notify_all();
  }
  FlushTurn(const FlushTurn&) = delete;
  FlushTurn& operator=(const FlushTurn&) = delete;

  /// True when it was free; false when another thread had it and is done now. Errors: kCancelled.
  Result<bool> take(const std::function<bool()>& given_up) {
    const MutexLock lock(upkeep_.mutex_);
    if (upkeep_.flushing_.insert(table_).second) {
      taken_ = true;
      return true;
    }
    while (upkeep_.flushing_.contains(table_)) {
      if (given_up()) return Error(ErrorCode::kCancelled, "another flush of the table is not done");
      upkeep_.flushed_.wait_for(upkeep_.mutex_, kPoll);
    }
    return false;
  }

 private:
  Upkeep& upkeep_;
  const catalog::TableId table_;
  bool taken_ = false;
};

Status Upkeep::flush(const catalog::Table& table, const Client& client, Reports& reports) {
  FlushTurn turn(*this, table.table_id);
  LAKE_TRY(bool alone, turn.take(client.given_up));
  // Rows added since that other flush began are still there.
  while (!alone && !client.shares_flush) {
    LAKE_TRY(alone, turn.take(client.given_up));
  }
  return alone ? flush_alone(table, client, reports) : ok();
}

Status Upkeep::flush_alone(const catalog::Table& table, const Client& client, Reports& reports) {
  for (int attempt = 1;; ++attempt) {
    auto sealed = catalog_.seal_segments(table.table_id);
    if (!sealed) return sealed.error().code() == ErrorCode::kNotFound ? ok() : Status(sealed.error());
    const auto seen = (*sealed)->find(table.table_id);
    if (!seen || seen->segments.empty()) return ok();
    std::vector<catalog::FileId> sources;
    for (const auto& segment : seen->segments) sources.push_back(segment.segment->file_id);
    auto outcome = rewrite("flush", *sealed, *seen, sources, client);
    if (outcome) {
      reports.push_back({full_name(*seen), "flush", sources.size(), outcome->files_after, outcome->row_count,
                         outcome->bytes});
      metrics_.counter("dplake_upkeep_flushed_rows_total", "Inline rows written to Parquet")
          .add(outcome->row_count);
      return ok();
    }
    if (!gone_or_lost(outcome.error()) || attempt == kAttemptsMax) {
      return outcome.error().with("flush of " + full_name(*seen));
    }
  }
}

Status Upkeep::compact(catalog::TableId table_id, const Client& client, Reports& reports) {
  int lost = 0;
  std::set<catalog::FileId> settled;  // written by a step that did not make them fewer
  // Each other step shortens the list, so this ends; the bound is for a table that changes faster than it is
  // merged, and lets the background thread look at the other tables.
  std::size_t steps_max = 64;
  for (std::size_t step = 0; step < steps_max && !stopping_; ++step) {
    const auto snapshot = catalog_.current();
    const auto table = snapshot->find(table_id);
    if (!table) return ok();
    const auto groups = compaction_groups(*table, options_, !client.background);
    if (step == 0 && !client.background) steps_max += table->files->size();
    const auto next = std::find_if(groups.begin(), groups.end(), [&settled](const auto& group) {
      return std::any_of(group.begin(), group.end(), [&](auto file) { return !settled.contains(file); });
    });
    if (next == groups.end()) return ok();
    const auto& sources = *next;
    auto outcome = rewrite(kCompact, snapshot, *table, sources, client);
    if (!outcome) {
      if (!gone_or_lost(outcome.error()) || ++lost == kAttemptsMax) {
        return outcome.error().with("compaction of " + full_name(*table));
      }
      continue;
    }
    reports.push_back({full_name(*table), kCompact, sources.size(), outcome->files_after, outcome->row_count,
                       outcome->bytes});
    metrics_.counter("dplake_upkeep_compacted_files_total", "Files replaced by compaction")
        .add(sources.size());
    if (outcome->files_after < sources.size()) continue;
    if (const auto after = catalog_.current()->find(table_id)) {
      for (const auto& file : *after->files) {
        if (file->begin > snapshot->commit_id) settled.insert(file->file_id);
      }
    }
  }
  return ok();
}

Status Upkeep::analyze(const catalog::Table& table, Reports& reports) {
  auto read = tables::analyze(engine_, lake_, table.table_id);
  if (!read) return read.error().with("analysis of " + full_name(table));
  reports.push_back({full_name(table), "analyze", table.files->size(), table.files->size(), table.live_rows,
                     table.file_bytes});
  return ok();
}

Status Upkeep::expire(Reports& reports) {
  LAKE_TRY(const auto before, catalog_.oldest_kept());
  const std::int64_t limit = lake_.clock.wall_micros() - options_.expire_age.count();
  LAKE_TRY(const auto after, catalog_.expire(limit, options_.versions_kept_min, options_.orphan_grace));
  if (after > before) reports.push_back({"", "expire", 0, 0, after - before, 0});
  return ok();
}

Status Upkeep::remove_expired_files(Reports& reports) {
  LAKE_TRY(const auto pending, catalog_.pending_deletes());
  const std::int64_t now = lake_.clock.wall_micros();
  for (const auto& one : pending) {
    if (one.not_before_micros > now) continue;
    const std::string path = os::join_path(lake_.data_directory, one.path);
    const auto removed = lake_.files.remove_file(path);
    if (!removed && removed.error().code() != ErrorCode::kNotFound) return removed.error();
    // the record goes last: a crash in between finds the file missing and forgets it then
    LAKE_CHECK_OK(catalog_.forget_pending_delete(one.path));
    reports.push_back({"", "remove expired " + one.path, 1, 0, 0, 0});
  }
  return ok();
}

Status Upkeep::remove_orphans(Reports& reports) {
  std::vector<std::string> old_files;
  LAKE_CHECK_OK(list_old_files("tables", old_files));
  if (old_files.empty()) return ok();
  // in this order: see FileLeases
  std::set<std::string> wanted = lake_.leases->held();
  LAKE_TRY(const auto known, catalog_.known_paths());
  wanted.insert(known.begin(), known.end());
  for (const std::string& relative : old_files) {
    if (wanted.contains(relative)) continue;
    const std::string path = os::join_path(lake_.data_directory, relative);
    const auto info = lake_.files.stat(path);
    const auto removed = lake_.files.remove_file(path);
    if (!removed && removed.error().code() != ErrorCode::kNotFound) return removed.error();
    reports.push_back({"", "remove orphan " + relative, 1, 0, 0, info ? info->bytes : 0});
    metrics_.counter("dplake_upkeep_orphans_removed_total", "Files removed that no version knows").add();
  }
  return ok();
}

Status Upkeep::remove_orphans_when_due(Reports& reports) {
  const auto now = lake_.clock.monotonic_now();
  if (!orphans_due_) orphans_due_ = now + kOrphanInterval;
  if (now < *orphans_due_) return ok();
  orphans_due_ = now + kOrphanInterval;
  return remove_orphans(reports);
}

Status Upkeep::list_old_files(const std::string& directory, std::vector<std::string>& old_files) {
  if (static_cast<std::size_t>(std::count(directory.begin(), directory.end(), '/')) > kDirectoryDepthMax)
    return ok();
  const std::string absolute = os::join_path(lake_.data_directory, directory);
  auto entries = lake_.files.list(absolute);
  if (!entries) return entries.error().code() == ErrorCode::kNotFound ? ok() : Status(entries.error());
  for (const auto& entry : *entries) {
    const std::string relative = os::join_path(directory, entry.name);
    if (entry.kind == os::FileKind::kDirectory) {
      LAKE_CHECK_OK(list_old_files(relative, old_files));
    } else if (entry.kind == os::FileKind::kFile && entry.name.ends_with(".parquet")) {
      const auto info = lake_.files.stat(os::join_path(lake_.data_directory, relative));
      // leases protect what runs; the grace period is for a person who still wants to look
      if (!info || lake_.clock.wall_micros() - info->modified_micros < options_.orphan_grace.count())
        continue;
      old_files.push_back(relative);
    }
  }
  return ok();
}

}  // namespace lake::upkeep

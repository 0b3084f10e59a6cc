#include "lake/ingest/takeout_import.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "lake/archive/container.hpp"
#include "lake/ingest/entry_walk.hpp"
#include "lake/ingest/source_files.hpp"
#include "lake/ingest/takeout_ledger.hpp"
#include "lake/ingest/takeout_pace.hpp"
#include "lake/ingest/takeout_photos.hpp"
#include "lake/ingest/takeout_reading.hpp"
#include "lake/ingest/takeout_views.hpp"
#include "lake/ingest/work_beside.hpp"
#include "lake/os/machine.hpp"
#include "lake/takeout/times.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::ingest {
namespace {

using std::chrono::milliseconds;
using takeout::EntryState;

constexpr std::size_t kPendingEntriesMax = 2000;
/// Entries of a run: many enough that handing it over costs nothing, few enough that workers share them out.
constexpr std::size_t kRunEntriesMax = 256;
constexpr std::uint64_t kRunBytesMax = 32U << 20U;
/// What was read and is not much is stored after so long.
constexpr milliseconds kStoreInterval{1000};
constexpr milliseconds kLookInterval{500};
/// Kept to be filled again; more are in use only for a moment.
constexpr std::size_t kSpareBatches = 4;
/// What a worker may hold beside its batches: an element of 16 MB as it was read and as it is written.
constexpr std::uint64_t kWorkerBytes = 64U << 20U;

constexpr const char* kGoOn =
    "; a whole copy of it, imported in the same way, adds what is missing and changes nothing else";

bool is_damage(EntryState state) {
  return state == EntryState::kPartial || state == EntryState::kCrcMismatch;
}

/// The threads that read a part. The destructor ends them.
class Workers {
 public:
  Workers(const ReadingPlan& plan, unsigned count) : plan_(plan) {
    for (unsigned i = 0; i < count; ++i) {
      threads_.emplace_back([this, i] { TakeoutReading(plan_).work(i); });
    }
  }
  ~Workers() {
    plan_.pulse.stopped = true;
    plan_.queue.stop();
    for (auto& thread : threads_) thread.join();
    plan_.pulse.stopped = false;
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

 private:
  const ReadingPlan& plan_;
  std::vector<std::thread> threads_;
};

/// One run of import_takeout().
class TakeoutImport {
 public:
  TakeoutImport(query::Session& session, os::FileSystem& files, os::Clock& clock, telemetry::Metrics& metrics,
                const TakeoutRequest& request, const TakeoutWatch& watch)
      : session_(session),
        files_(files),
        clock_(clock),
        metrics_(metrics),
        request_(request),
        watch_(watch),
        rows_stored_(
            metrics.counter("dplake_takeout_rows_total", "Rows parsed from Takeout exports and committed")),
        workers_gauge_(
            metrics.gauge("dplake_takeout_workers", "Workers of the import that may begin entries")),
        waiting_gauge_(metrics.gauge("dplake_takeout_queue_batches",
                                     "Batches read from exports that wait to be stored")),
        memory_gauge_(metrics.gauge("dplake_job_memory_bytes", "Memory of what jobs have read and not stored",
                                    {{"kind", "takeout"}})),
        ledger_(session) {}

  ~TakeoutImport() {
    workers_gauge_.set(0);
    waiting_gauge_.set(0);
    memory_gauge_.set(0);
  }
  TakeoutImport(const TakeoutImport&) = delete;
  TakeoutImport& operator=(const TakeoutImport&) = delete;

  Result<TakeoutReport> run() {
    auto span = request_.tracing.begin("takeout.import");
    tracing_ = request_.tracing.inside(span);
    ledger_.trace(tracing_);
    auto report = import();
    span.set("import_id", ledger_.import_id());
    span.set("rows", static_cast<std::int64_t>(rows_done_));
    if (!report) span.set_failed();
    if (report) report->trace_id = telemetry::trace_id_text(span.context());
    return report;
  }

 private:
  struct OpenPart {
    std::string path;
    Result<std::unique_ptr<archive::Container>> container;
  };

  Result<TakeoutReport> import() {
    if (request_.paths.empty() && !request_.replay)
      return Error(ErrorCode::kInvalidArgument, "there is no path to import");
    if (!request_.time_zone.empty() && !takeout::offset_at(request_.time_zone, 0))
      return takeout::unknown_zone(request_.time_zone);
    LAKE_TRY(auto paths, find_parts());
    // Before any of them is written down.
    for (const auto& path : request_.paths) LAKE_CHECK_OK(check_path_text(path));
    for (const auto& path : paths) LAKE_CHECK_OK(check_path_text(path));
    LAKE_CHECK_OK(ledger_.open(request_.paths, clock_.wall_micros()));
    if (request_.replay) LAKE_CHECK_OK(add_replayed(paths));
    report_.import_id = ledger_.import_id();
    fit_memory(engine_memory_limit(session_));
    open_parts(paths);
    for (auto& part : parts_) {
      auto done = import_part(part);
      if (done) continue;
      ignore(ledger_.end_run(done.error().code() == ErrorCode::kCancelled ? "cancelled" : "failed", drift_,
                             clock_.wall_micros()),
             "the first error is the one to tell");
      return done.error();
    }
    LAKE_CHECK_OK(tell_during([this] { return finish(); }));
    return std::move(report_);
  }

  Status finish() {
    LAKE_CHECK_OK(join_photos(session_));
    LAKE_CHECK_OK(make_takeout_views(session_));
    LAKE_CHECK_OK(ledger_.end_run("complete", drift_, clock_.wall_micros()));
    return part_ids_.empty() ? ok() : fill_takeout_report(session_, part_ids_, report_);
  }

  /// As many workers, with batches as large, as the engine's memory limit (0 = unknown) has room for beside.
  void fit_memory(std::uint64_t limit) {
    workers_ = request_.workers_max != 0 ? request_.workers_max : os::this_machine().cpu_count;
    batch_bytes_max_ = request_.batch_bytes_max;
    if (limit > 0) {
      workers_ = static_cast<unsigned>(
          std::clamp<std::uint64_t>(workers_, 1, std::max<std::uint64_t>(1, limit / kWorkerBytes)));
      // Each worker fills one, waits for the files of another, and has a third waiting; one is gathered and
      // one stored.
      batch_bytes_max_ = std::min<std::size_t>(batch_bytes_max_, limit / 4 / (3 * workers_ + 2));
    }
    pace_ = WorkerPace(workers_);
  }

  /// The parts that the paths name; of a folder with archives of an export in it, those.
  Result<std::vector<std::string>> find_parts() {
    std::vector<std::string> parts;
    for (const auto& path : request_.paths) {
      LAKE_TRY(auto absolute, files_.canonical(path));
      LAKE_TRY(const auto info, files_.stat(absolute));
      std::vector<std::string> inside;
      if (info.kind == os::FileKind::kDirectory) {
        LAKE_TRY(const auto entries, files_.list(absolute));
        for (const auto& entry : entries) {
          const bool is_archive =
              entry.name.ends_with(".zip") || entry.name.ends_with(".tgz") || entry.name.ends_with(".tar.gz");
          if (is_archive && !parse_export_name(entry.name).export_id.empty())
            inside.push_back(os::join_path(absolute, entry.name));
        }
        std::sort(inside.begin(), inside.end());
      }
      if (inside.empty()) inside.push_back(std::move(absolute));
      for (auto& each : inside) {
        if (std::find(parts.begin(), parts.end(), each) == parts.end()) parts.push_back(std::move(each));
      }
    }
    return parts;
  }

  /// The archives with rejected or damaged entries, as far as they are still there.
  Status add_replayed(std::vector<std::string>& paths) {
    LAKE_TRY(const auto replayed, ledger_.replayed_paths());
    for (const auto& path : replayed) {
      LAKE_TRY(const bool is_there, files_.exists(path));
      const bool is_given = std::find(paths.begin(), paths.end(), path) != paths.end();
      if (is_there && !is_given) paths.push_back(path);
      if (!is_there)
        report_.parts.push_back({path, "", "failed", 0, "it is not there any more; give its copy"});
    }
    return ok();
  }

  [[nodiscard]] PartRecord describe(const std::string& path, const archive::Summary& summary) const {
    PartRecord part;
    part.path = path;
    part.name = os::file_name(path);
    part.kind = archive::name_of(summary.kind);
    part.bytes = summary.bytes;
    part.directory_digest = summary.directory_digest;
    part.modified_us = summary.modified_micros;
    part.entry_count = summary.entry_count;
    part.content_bytes = summary.content_bytes;
    const auto name = parse_export_name(part.name);
    part.export_id = name.export_id.empty() ? part.name : name.export_id;
    part.export_us = name.export_us != 0 ? name.export_us : summary.modified_micros;
    if (name.part_number > 0) part.part_number = name.part_number;
    if (summary.salvaged) {  // local headers are walked: what a directory said is unknown
      part.entry_count.reset();
      part.content_bytes.reset();
      part.directory_digest.reset();
    }
    return part;
  }

  /// All of them before the first is read, so that how much there is to do is known from the beginning.
  void open_parts(const std::vector<std::string>& paths) {
    archive::OpenOptions options;
    options.salvage = true;
    bool is_known = true;
    for (const auto& path : paths) {
      auto container = archive::Container::open(files_, metrics_, path, options);
      if (container) {
        const auto& summary = (*container)->summary();
        is_known = is_known && summary.content_bytes && !summary.salvaged;
        bytes_total_ += summary.content_bytes.value_or(0);
      }
      parts_.push_back({path, std::move(container)});
    }
    if (!is_known) bytes_total_ = 0;
  }

  Status import_part(OpenPart& part) {
    const auto& path = part.path;
    const auto container = std::exchange(part.container, std::unique_ptr<archive::Container>());
    if (!container) {
      part_ = {};
      part_.path = path;
      part_.name = os::file_name(path);
      part_.state = "failed";
      part_.reason = container.error().message();
      report_.parts.push_back({path, "", "failed", 0, part_.reason});
      return ledger_.begin_part(part_);
    }
    part_ = describe(path, (*container)->summary());
    known_.reset();
    left_alone_.clear();
    if (!request_.force) {
      LAKE_TRY(known_, ledger_.find(part_, request_.replay));
    }
    // Also where it is read again, of entries that are not.
    if (known_ && known_->part.path != path) LAKE_CHECK_OK(move_part(known_->part, path));
    if (known_ && known_->part.state != "reading") {
      remember(known_->part.part_id);
      bytes_passed_ += part_.content_bytes.value_or(0);
      report_.parts.push_back({path, part_.kind, "known", part_.entry_count.value_or(0),
                               "imported before as part " + std::to_string(known_->part.part_id)});
      return ok();
    }
    if (known_) {
      part_.part_id = known_->part.part_id;
      part_.export_us = known_->part.export_us;
      rows_before_ += known_->rows;
    } else {
      if (request_.force && !request_.time_zone.empty()) {
        LAKE_TRY(left_alone_, ledger_.forget_guessed_times(part_, **container, request_.products,
                                                           [this] { return tell(0, 0); }));
      }
      LAKE_CHECK_OK(ledger_.begin_part(part_));
    }
    remember(part_.part_id);
    return import_entries(**container);
  }

  /// What lies in an archive of the lake's own stays there, wherever a copy of it is.
  Status move_part(const PartRecord& known, const std::string& to) {
    const bool was_kept =
        request_.blobs != nullptr && request_.blobs->content().kept_path(known.path) != known.path;
    LAKE_TRY(const bool is_kept, was_kept ? files_.exists(known.path) : Result<bool>(false));
    if (is_kept && known.state != "reading") return ok();
    return ledger_.move_part(known, to, !is_kept, request_.blobs);
  }

  void remember(std::int64_t part_id) {
    part_ids_ += (part_ids_.empty() ? "" : ", ") + std::to_string(part_id);
  }

  Status import_entries(archive::Container& container) {
    LAKE_TRY(auto walk, EntryWalk::begin(container));
    part_.state = "complete";
    if (container.summary().salvaged) part_.reason = container.summary().salvaged->what;
    container_ = &container;
    walk_ = &walk;
    entries_met_ = 0;
    runs_offered_ = 0;
    damaged_ = known_ ? known_->damaged : 0;
    not_kept_.clear();
    LAKE_CHECK_OK(read_and_store());
    // Both readings of the directory have to be of the same one.
    if (const auto unchanged = walk.takes_turns() ? container.check_unchanged() : ok();
        !unchanged && part_.state == "complete") {
      part_.state = "partial";
      part_.reason = unchanged.error().message();
    }
    const bool lacks_blobs = !not_kept_.empty() && part_.state == "complete";
    if (lacks_blobs) {
      part_.state = "partial";
      part_.reason = not_kept_;
    }
    if (report_.blob_failure.empty()) report_.blob_failure = not_kept_;
    if (!part_.entry_count) part_.entry_count = entries_met_;
    if (part_.state == "partial") part_.reason += kGoOn;
    if (part_.state == "complete" && damaged_ > 0)
      part_.reason += (part_.reason.empty() ? "" : "; ") + std::to_string(damaged_) +
                      " of its entries are damaged" + kGoOn;
    LAKE_CHECK_OK(ledger_.end_part(part_));
    report_.parts.push_back({part_.path, part_.kind, part_.state, entries_met_, part_.reason, lacks_blobs});
    return ok();
  }

  Status read_and_store() {
    const bool is_stream = container_->summary().kind == archive::ContainerKind::kTarGzip;
    RunQueue queue(2 * batch_bytes_max_);
    const ReadingPlan plan{.container = *container_,
                           .stream = is_stream ? &walk_->cursor() : nullptr,
                           .queue = queue,
                           .spare = spare_,
                           .pulse = pulse_,
                           .clock = clock_,
                           .time_zone = request_.time_zone,
                           .products = request_.products,
                           .export_us = part_.export_us,
                           .batch_bytes_max = batch_bytes_max_,
                           .batch_rows_max = request_.batch_rows_max,
                           .reads_ahead = workers_ > 1,
                           .blobs = request_.blobs,
                           .tracing = tracing_};
    queue.allow_workers(pace_.workers());
    const Workers workers(plan, is_stream ? 1 : workers_);
    auto done = pump(queue, is_stream);
    // What is being stored ends in any case before anybody else uses the session.
    while (beside_.is_busy()) {
      const auto stored = end_store(kTellInterval);
      if (done) LAKE_CHECK_OK(stored);
    }
    held_.reset();
    return done;
  }

  /// Hands out runs, gathers what came of them and has it stored, until all is; tells how far it is.
  Status pump(RunQueue& queue, bool is_stream) {
    last_stored_ = clock_.monotonic_now();
    while (true) {
      offer_runs(queue, is_stream);
      if (!held_ && !is_full()) held_ = queue.take(kTellInterval);
      if (held_ && fits(*held_)) {
        gather(std::move(*held_));
        held_.reset();
      }
      const bool is_all = queue.is_finished() && !held_;
      const bool must_store = is_all || held_ || is_full();
      if (beside_.is_busy()) LAKE_CHECK_OK(end_store(must_store ? kTellInterval : milliseconds(0)));
      if (!beside_.is_busy()) {
        look(queue);
        if (is_all && !has_pending()) return tell(queue.depth(), queue.waiting_bytes());
        if (must_store || clock_.monotonic_now() - last_stored_ >= kStoreInterval) begin_store();
      }
      LAKE_CHECK_OK(tell(queue.depth(), queue.waiting_bytes()));
    }
  }

  /// Does what needs the session and takes long.
  Status tell_during(WorkBeside::Work work) {
    beside_.begin(std::move(work));
    auto told = ok();
    while (true) {
      if (auto outcome = beside_.outcome(kTellInterval)) return *outcome ? told : *outcome;
      if (told) told = tell(0, 0);
    }
  }

  void offer_runs(RunQueue& queue, bool is_stream) {
    if (is_stream) {
      if (runs_offered_ > 0) return;
      queue.offer({.number = runs_offered_++, .tasks = {}, .next_of_stream = [this] { return next_task(); }});
      queue.close();
      return;
    }
    while (!walk_->is_ended() && queue.offered() < workers_ + std::size_t{1}) {
      EntryRun run;
      std::uint64_t bytes = 0;
      while (run.tasks.size() < kRunEntriesMax && bytes < kRunBytesMax) {
        auto task = next_task();
        if (!task) break;
        bytes += task->entry.bytes.value_or(kRunBytesMax);
        run.tasks.push_back(std::move(*task));
      }
      if (run.tasks.empty()) break;
      walk_->change_turn();
      run.number = runs_offered_++;
      queue.offer(std::move(run));
    }
    if (walk_->is_ended()) queue.close();
  }

  /// The next entry that is to be read; nothing behind the last.
  std::optional<EntryTask> next_task() {
    while (!walk_->is_ended()) {
      auto entry = walk_->next();
      if (!entry) {
        part_.state = "partial";
        part_.reason = entry.error().message();
        continue;
      }
      if (!*entry) break;
      // The directories of a folder are its shape, those of an archive are entries.
      if (container_->summary().kind == archive::ContainerKind::kFolder &&
          (*entry)->kind == archive::EntryKind::kDirectory)
        continue;
      ++entries_met_;
      if (!is_done(**entry)) return begin_task(std::move(**entry));
      bytes_passed_ += (*entry)->bytes.value_or(0);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_done(const archive::Entry& entry) const {
    return known_ && entry.index < known_->done.size() && known_->done[entry.index];
  }

  EntryTask begin_task(archive::Entry&& entry) {
    EntryTask task{.entry = std::move(entry), .record = {}, .stored = {}};
    auto& record = task.record;
    const bool was_begun = known_ && known_->reading.contains(task.entry.index);
    if (was_begun) {
      record = known_->reading.at(task.entry.index);
      task.stored = record.counts;
    } else {
      record.entry_id = ledger_.next_entry_id();
    }
    task.is_left_alone = left_alone_.contains(task.entry.name);
    record.part_id = part_.part_id;
    record.entry_index = task.entry.index;
    record.name = task.entry.name;
    record.entry_kind = archive::name_of(task.entry.kind);
    record.bytes = task.entry.bytes;
    record.stored_bytes = task.entry.stored_bytes;
    record.method = task.entry.method;
    record.is_verbatim = task.entry.is_verbatim;
    record.crc32 = task.entry.crc32;
    return task;
  }

  /// Adds what was read to what will be stored next.
  void gather(Delivery delivery) {
    drift_.add(delivery.drift);
    std::move(delivery.blobs.begin(), delivery.blobs.end(), std::back_inserter(pending_.blobs));
    for (auto& record : delivery.done) {
      const bool is_well = record.state == EntryState::kTyped || record.state == EntryState::kGeneric ||
                           record.state == EntryState::kBlobOnly || record.state == EntryState::kSalvaged;
      if (is_well && ledger_.is_known_content(record)) {
        record.state = EntryState::kDuplicateEntry;
        record.reason.clear();
      }
      if (!record.content_hash && is_damage(record.state)) ++damaged_;
      if (record.state == EntryState::kPartial && record.reason.starts_with(kNotKept) && not_kept_.empty())
        not_kept_ = record.reason;
      pending_.done.push_back(std::move(record));
    }
    if (delivery.reading) entry_name_ = delivery.reading->name;
    pending_.reading = std::move(delivery.reading);
    if (pending_.batch.is_empty()) {
      pending_.versions = std::move(delivery.versions);
      pending_.batch = std::move(delivery.batch);
    } else if (!delivery.batch.is_empty()) {
      pending_.versions.clear();  // they are of both together now
      pending_.batch.append(std::move(delivery.batch));
    }
  }

  /// Into one batch with what is gathered.
  [[nodiscard]] bool fits(const Delivery& delivery) const {
    return pending_.batch.is_empty() ||
           (pending_.batch.row_count() + delivery.batch.row_count() <= request_.batch_rows_max &&
            pending_.bytes() + delivery.bytes() <= batch_bytes_max_);
  }

  [[nodiscard]] bool has_pending() const {
    return !pending_.batch.is_empty() || !pending_.done.empty() || pending_.reading;
  }

  [[nodiscard]] bool is_full() const {
    return pending_.done.size() >= kPendingEntriesMax || pending_.bytes() >= batch_bytes_max_ / 2 ||
           pending_.batch.row_count() >= request_.batch_rows_max / 2;
  }

  /// Gives what is gathered to the thread that stores.
  void begin_store() {
    last_stored_ = clock_.monotonic_now();
    if (!has_pending()) return;
    // Of an entry whose first batches are stored, the outcome of their rows is with the record stored last.
    const auto carry = [this](EntryRecord& record) {
      if (carried_ && carried_->entry_id == record.entry_id) record.rows = carried_->rows;
    };
    for (auto& record : pending_.done) carry(record);
    if (pending_.reading) carry(*pending_.reading);
    storing_ = std::exchange(pending_, {});
    storing_bytes_ = storing_.bytes();
    beside_.begin([this] {
      return ledger_.commit(storing_.batch, storing_.versions, storing_.done,
                            storing_.reading ? &*storing_.reading : nullptr, storing_.blobs);
    });
  }

  /// Takes the outcome of what is stored, when there is one within `timeout`.
  Status end_store(milliseconds timeout) {
    const auto outcome = beside_.outcome(timeout);
    if (!outcome) return ok();
    LAKE_CHECK_OK(*outcome);
    const auto rows = storing_.batch.row_count();
    rows_stored_.add(rows);
    rows_done_ += rows;
    if (!storing_.done.empty()) entry_name_ = storing_.done.back().name;
    if (storing_.reading) carried_ = std::move(storing_.reading);
    spare_.give_back(std::move(storing_.batch));
    storing_ = {};
    storing_bytes_ = 0;
    return ok();
  }

  /// Has fewer workers begin where something is scarce.
  void look(RunQueue& queue) {
    const auto now = clock_.monotonic_now();
    if (last_look_ && now - *last_look_ < kLookInterval) return;
    last_look_ = now;
    const auto change = pace_.judge(look_for_scarcity(session_, files_), now);
    if (!change) return;
    queue.allow_workers(change->workers);
    const bool is_fall = change->workers < change->before;
    if (is_fall || change->workers == workers_) scarce_ = is_fall ? change->reason : "";
    auto& changes = report_.worker_changes;
    if (changes.size() >= TakeoutReport::kWorkerChangesMax) changes.erase(changes.begin());
    changes.push_back({clock_.wall_micros(), change->before, change->workers, change->reason});
    if (request_.log != nullptr)
      request_.log->info(
          "takeout.workers",
          {{"before", change->before}, {"workers", change->workers}, {"reason", change->reason}});
  }

  Status tell(std::size_t depth, std::size_t waiting_bytes) {
    const auto memory = waiting_bytes + pending_.bytes() + storing_bytes_;
    workers_gauge_.set(pace_.workers());
    waiting_gauge_.set(static_cast<std::int64_t>(depth));
    memory_gauge_.set(static_cast<std::int64_t>(memory));
    const auto bytes = bytes_passed_ + pulse_.content_bytes;
    const auto nanos = pulse_.cpu_nanos + beside_.cpu_nanos() + thread_cpu_nanos();
    if (watch_ && !watch_({.part = part_.name,
                           .entry = entry_name_,
                           .bytes_done = bytes_total_ == 0 ? bytes : std::min(bytes, bytes_total_),
                           .bytes_total = bytes_total_,
                           .rows_done = rows_before_ + rows_done_,
                           .workers = pace_.workers(),
                           .queue_depth = depth,
                           .memory_bytes = memory,
                           .cpu_seconds = static_cast<double>(nanos) * 1e-9,
                           .scarce = scarce_}))
      return Error(ErrorCode::kCancelled, "the import was cancelled; started again it goes on where it was");
    return ok();
  }

  query::Session& session_;
  os::FileSystem& files_;
  os::Clock& clock_;
  telemetry::Metrics& metrics_;
  const TakeoutRequest& request_;
  const TakeoutWatch& watch_;
  telemetry::Counter& rows_stored_;
  telemetry::Gauge& workers_gauge_;
  telemetry::Gauge& waiting_gauge_;
  telemetry::Gauge& memory_gauge_;
  TakeoutLedger ledger_;
  unsigned workers_ = 1;
  WorkerPace pace_{1};
  std::string scarce_;  // the last reason for fewer workers, until there are all again
  telemetry::Tracing tracing_;
  std::size_t batch_bytes_max_ = 0;
  BatchPool spare_{kSpareBatches};
  TakeoutReport report_;
  takeout::SchemaDrift drift_;
  ReadingPulse pulse_;
  std::vector<OpenPart> parts_;
  std::string part_ids_;
  std::uint64_t bytes_total_ = 0;
  std::uint64_t rows_done_ = 0;
  std::uint64_t rows_before_ = 0;  // of parts that an import before this one began
  std::string entry_name_;         // met last by who stores

  // Of the part being read. While a stream is read, its worker moves the walk and what next_task() counts.
  PartRecord part_;
  std::optional<KnownPart> known_;
  EntryNames left_alone_;  // damaged, and what was read of them before is not to be mixed with another zone
  archive::Container* container_ = nullptr;
  EntryWalk* walk_ = nullptr;
  std::uint64_t entries_met_ = 0;
  std::uint64_t runs_offered_ = 0;
  std::uint64_t damaged_ = 0;                   // entries whose content is not what was packed
  std::atomic<std::uint64_t> bytes_passed_{0};  // of entries and parts that were known

  Delivery pending_;              // read, to be stored next
  std::optional<Delivery> held_;  // that does not fit into it
  Delivery storing_;              // of the thread that stores while it is busy
  std::size_t storing_bytes_ = 0;
  std::string not_kept_;                // why the blob store failed the first entry of the part that it did
  std::optional<EntryRecord> carried_;  // the record of an unfinished entry as it was stored last
  os::MonotonicTime last_stored_{};
  std::optional<os::MonotonicTime> last_look_;
  WorkBeside beside_;  // uses the session; last: it ends before what it uses
};

}  // namespace

ExportName parse_export_name(std::string_view file_name) {
  // takeout-20240425T101500Z-[1-]003.zip
  constexpr std::string_view kPrefix = "takeout-";
  constexpr std::size_t kTimeBytes = 16;
  if (!file_name.starts_with(kPrefix) || file_name.size() < kPrefix.size() + kTimeBytes) return {};
  const auto stamp = file_name.substr(kPrefix.size(), kTimeBytes);
  if (stamp[8] != 'T' || stamp[15] != 'Z') return {};
  std::string iso(stamp.substr(0, 4));
  iso += "-" + std::string(stamp.substr(4, 2)) + "-" + std::string(stamp.substr(6, 2)) + "T" +
         std::string(stamp.substr(9, 2)) + ":" + std::string(stamp.substr(11, 2)) + ":" +
         std::string(stamp.substr(13, 2)) + "Z";
  const auto time = takeout::parse_iso(iso);
  if (!time) return {};
  ExportName name{std::string(file_name.substr(0, kPrefix.size() + kTimeBytes)), time->micros, 0};
  auto rest = file_name.substr(kPrefix.size() + kTimeBytes);
  rest = rest.substr(0, rest.find('.'));
  const auto dash = rest.rfind('-');
  if (dash == std::string_view::npos) return name;
  for (const char c : rest.substr(dash + 1)) {
    if (c < '0' || c > '9' || name.part_number > 100'000) {
      name.part_number = 0;
      break;
    }
    name.part_number = name.part_number * 10 + (c - '0');
  }
  return name;
}

Result<TakeoutReport> import_takeout(query::Session& session, os::FileSystem& files, os::Clock& clock,
                                     telemetry::Metrics& metrics, const TakeoutRequest& request,
                                     const TakeoutWatch& watch) {
  return TakeoutImport(session, files, clock, metrics, request, watch).run();
}

}  // namespace lake::ingest

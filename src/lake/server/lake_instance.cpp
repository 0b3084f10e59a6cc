#include "lake/server/lake_instance.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <utility>

#include "lake/access/paths.hpp"
#include "lake/blobs/blobs.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/catalog/unloaded_catalog.hpp"
#include "lake/codec/utf8.hpp"
#include "lake/config/settings.hpp"
#include "lake/engine/engine.hpp"
#include "lake/engine/errors.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/machine.hpp"
#include "lake/os/random.hpp"
#include "lake/query/sessions.hpp"
#include "lake/server/directory_lock.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/span_function.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/telemetry/measured_file_system.hpp"
#include "lake/telemetry/metrics.hpp"
#include "lake/telemetry/trace.hpp"
#include "lake/upkeep/upkeep.hpp"

namespace lake::server {
namespace {

/// Room on a real disk for commits that free space, when it has no other: about 1,000 pages of the catalog.
constexpr std::uint64_t kCatalogReserveBytes = std::uint64_t{4} << 20U;

catalog::CatalogOptions catalog_options(const config::Settings& settings) {
  catalog::CatalogOptions options;
  options.sqlite_cache_bytes = settings.memory.catalog_bytes();
  return options;
}

tables::TableOptions table_options(const config::Settings& settings) {
  tables::TableOptions options;
  options.inline_rows_max = settings.tables.inline_rows_max;
  options.inline_bytes_max = settings.tables.inline_bytes_max;
  options.file_bytes_target = settings.tables.file_bytes_target;
  options.row_group_rows = settings.tables.row_group_rows;
  options.compression = settings.tables.compression;
  options.verify_reads = settings.tables.verify_reads;
  options.segment_bytes_max = settings.tables.segment_bytes_max;
  options.segment_count_max = settings.tables.segment_count_max;
  options.segment_age_max = settings.tables.segment_age_max;
  options.flush_percent = settings.tables.flush_percent;
  options.inline_memory_max = settings.memory.segments_bytes();
  options.flush_wait_max = settings.tables.flush_wait_max;
  return options;
}

upkeep::UpkeepOptions upkeep_options(const config::Settings& settings) {
  upkeep::UpkeepOptions options;
  options.interval = settings.upkeep.interval;
  options.file_bytes_target = settings.tables.file_bytes_target;
  options.expire_age = settings.upkeep.expiry_age;
  options.versions_kept_min = settings.upkeep.versions_min;
  options.orphan_grace = settings.upkeep.orphan_grace;
  return options;
}

blobs::BlobOptions blob_options(const config::Settings& settings) {
  blobs::BlobOptions options;
  options.stored_bytes_max = settings.blobs.stored_bytes_max;
  options.blob_bytes_max = settings.blobs.blob_bytes_max;
  options.grace = settings.blobs.grace;
  return options;
}

blobs::KeeperOptions keeper_options(const config::Settings& settings) {
  blobs::KeeperOptions options;
  options.runs_by_itself = settings.upkeep.enabled;
  options.sweep_interval = settings.blobs.sweep_interval;
  options.scrub_interval = settings.blobs.scrub_interval;
  options.scrub_bytes_per_second = settings.blobs.scrub_rate;
  return options;
}

engine::EngineOptions engine_options(const config::Settings& settings) {
  engine::EngineOptions options;
  options.data_directory = settings.data.directory;
  options.temp_directory = os::join_path(settings.data.directory, "tmp");
  options.temp_bytes_max = settings.engine.temp_bytes_max;
  options.memory_bytes = settings.memory.engine_bytes();
  options.threads = static_cast<unsigned>(settings.engine.threads);
  options.open_files_max = settings.engine.open_files_max;
  return options;
}

bool has_definitions(const catalog::Snapshot& snapshot) {
  return !snapshot.tables.empty() || !snapshot.views->empty() || !snapshot.macros->empty() ||
         !snapshot.types->empty() || snapshot.schemas->size() > 1;
}

/// The machine's own seams, for a lake that is given none.
struct RealMachine {
  os::PosixFileSystem files{os::Sharing::kOwnerOnly};
  os::SystemClock clock;
  os::SystemRandom random;
};

class LakeInstance final : public OpenLake {
 public:
  LakeInstance(config::Settings settings, Seams seams, std::unique_ptr<RealMachine> machine,
               telemetry::Log* log)
      : machine_(std::move(machine)),
        settings_(std::move(settings)),
        files_(seams.files, seams.clock, metrics_),
        seams_{files_, seams.clock, seams.random},
        log_(log) {}
  ~LakeInstance() override { ignore(LakeInstance::close({}), "a caller who wants to know closes first"); }

  /// Components in the order they need each other; close() goes the other way.
  Status start() {
    if (auto locked = lock_directory(); !locked) return advised(locked.error());
    tell_started("lock");
    auto unloaded = catalog::unloaded_catalog(seams_.files, seams_.clock, seams_.random, metrics_,
                                              settings_.data.directory, catalog_options(settings_),
                                              settings_.memory.statistics_bytes(),
                                              machine_ != nullptr ? kCatalogReserveBytes : 0, log_);
    catalog_ = std::move(unloaded.catalog);
    jobs_.emplace(seams_.clock, metrics_);
    LAKE_CHECK_OK(read_kept_jobs());
    lake_.emplace(tables::Lake{*catalog_,
                               seams_.files,
                               seams_.clock,
                               seams_.random,
                               metrics_,
                               *jobs_,
                               settings_.data.directory,
                               table_options(settings_),
                               {},
                               {}});
    LAKE_CHECK_OK(open_engine(unloaded.load));
    tell_started("catalog");
    tell_started("engine");
    was_empty_ = !has_definitions(*catalog_->current());
    LAKE_TRY(auto allowed, access::AllowedPaths::open(seams_.files, settings_.access.allowed_paths,
                                                      {settings_.data.directory}));
    query::SessionOptions sessions;
    sessions.statements_max = static_cast<std::uint32_t>(settings_.query.concurrent_max);
    sessions.statements_queued_max = static_cast<std::uint32_t>(settings_.query.queued_max);
    sessions.timeout = settings_.query.timeout;
    sessions.door_rows_max = settings_.query.rows_max;
    sessions.data_directory = settings_.data.directory;
    sessions.allowed_paths = std::make_shared<const access::AllowedPaths>(std::move(allowed));
    sessions_ = query::make_sessions(query::access_to(*engine_), seams_.clock, metrics_, std::move(sessions));
    tell_started("sessions");
    LAKE_TRY(blobs_, blobs::Blobs::open(
                         {*sessions_, *jobs_, seams_.files, seams_.clock, seams_.random, metrics_, log_},
                         settings_.data.directory, blob_options(settings_), keeper_options(settings_)));
    // Before any thread that commits: it gives the tables the functions that a commit calls.
    start_upkeep();
    tell_started("upkeep");
    blobs_->keeper().start();
    tell_started("blobs");
    return ok();
  }

  query::Sessions& sessions() override { return *sessions_; }
  catalog::Catalog& catalog() override { return *catalog_; }
  engine::Engine& engine() override { return *engine_; }
  tables::Lake& lake() override { return *lake_; }
  upkeep::Upkeep& upkeep() override { return *upkeep_; }
  blobs::Blobs& blobs() override { return *blobs_; }
  jobs::Jobs& jobs() override { return *jobs_; }
  telemetry::Metrics& metrics() override { return metrics_; }
  telemetry::Tracer& tracer() override { return tracer_; }
  [[nodiscard]] const std::string& data_directory() const override { return settings_.data.directory; }
  [[nodiscard]] bool was_empty() const override { return was_empty_; }
  Status publish_url(const std::string& url) override { return lock_->publish_url(url); }

  Status close(std::chrono::milliseconds grace) override {
    Status first = ok();
    const auto note = [&first](Status status) {
      if (!status && first) first = std::move(status);
    };
    if (blobs_) blobs_->close();
    if (sessions_) sessions_->drain(grace);
    blobs_.reset();
    if (upkeep_) upkeep_->close();
    upkeep_.reset();
    sessions_.reset();
    engine_.reset();
    if (catalog_) note(catalog_->close());
    catalog_.reset();
    if (lock_) note(lock_->release());
    lock_.reset();
    return first;
  }

 private:
  Status lock_directory() {
    LAKE_CHECK_OK(seams_.files.create_directories(settings_.data.directory));
    // One spelling from here on: rules about paths compare them, and ".." or a link would make two of one
    // place.
    LAKE_TRY(settings_.data.directory, seams_.files.canonical(settings_.data.directory));
    LAKE_CHECK_OK(refuse_odd_path());
    LAKE_CHECK_OK(refuse_lost_catalog());
    LAKE_TRY(lock_, DirectoryLock::take(seams_.files, settings_.data.directory));
    return ok();
  }

  /// Statements of our own name its files.
  Status refuse_odd_path() const {
    if (codec::is_utf8(settings_.data.directory)) return ok();
    return Error(ErrorCode::kInvalidArgument,
                 "the path of the data directory is not UTF-8, and can be no text in a statement; give the "
                 "directory another name (mv)");
  }

  /// A lake on a read-only disk is met here first.
  static Error advised(const Error& error) {
    if (error.code() != ErrorCode::kPermissionDenied) return error;
    return {error.code(), error.message() +
                              "; a lake writes to its directory even to be read: make it writable, or open a "
                              "copy of it (cp -r) with --data"};
  }

  /// Tables without a catalog are a damaged lake, not a new one: a new catalog would make orphans of all data
  /// files.
  Status refuse_lost_catalog() {
    const std::string catalog = os::join_path(settings_.data.directory, "catalog.sqlite");
    const auto info = seams_.files.stat(catalog);
    if (!info && info.error().code() != ErrorCode::kNotFound) return info.error();
    if (info && info->bytes > 0) return ok();
    const auto tables = seams_.files.list(os::join_path(settings_.data.directory, "tables"));
    if (!tables) return tables.error().code() == ErrorCode::kNotFound ? ok() : Status(tables.error());
    if (tables->empty()) return ok();
    return Error(ErrorCode::kCorruption, "the catalog is " + std::string(info ? "empty" : "missing") +
                                             " while there are tables: " + catalog +
                                             "; put it back from a backup (nothing was changed)");
  }
  /// Opens the engine and loads the catalog. DuckDB is built in a thread of its own while this one reads the
  /// catalog: the one takes about as long as the other, and DuckDB asks for tables only when it is complete.
  Status open_engine(const std::function<Status()>& load) {
    std::promise<Status> load_ended;
    catalog_loaded_ = load_ended.get_future().share();
    engine::Engine::Hooks hooks;
    hooks.before_open = [this](duckdb::DBConfig& config) {
      tables::register_storage(config, *lake_);
      tell_engine_begun();
    };
    hooks.after_open = [this](duckdb::DuckDB& database) {
      engine::check_or_throw(catalog_loaded_.get());
      tables::register_functions(database, *lake_);
      tables::register_spans(database, tracer_);
    };
    auto opening = std::async(std::launch::async, [&] {
      auto opened = engine::Engine::open(seams_.files, seams_.clock, metrics_, engine_options(settings_),
                                         std::move(hooks));
      tell_engine_begun();  // it may have failed before
      return opened;
    });
    // The engine's own work on files is done then, so that files are always used in the same order.
    engine_begun_.get_future().wait();
    load_ended.set_value(load());
    auto opened = opening.get();
    LAKE_CHECK_OK(catalog_loaded_.get());  // in its own words
    LAKE_TRY(engine_, std::move(opened));
    return ok();
  }
  /// Of the first engine; later ones find the catalog loaded.
  void tell_engine_begun() {
    std::call_once(engine_begun_once_, [this] { engine_begun_.set_value(); });
  }
  Status read_kept_jobs() {
    LAKE_TRY(const auto strange,
             jobs_->keep_in(seams_.files, os::join_path(settings_.data.directory, "jobs")));
    for (const auto& name : strange) {
      if (log_ != nullptr) log_->warn("jobs.file_passed_over", {{"name", name}});
    }
    return ok();
  }
  void tell_started(std::string_view component) {
    if (log_ != nullptr) log_->info("server.component_started", {{"component", component}});
  }
  void start_upkeep() {
    upkeep_.emplace(*catalog_, *engine_, *lake_, *jobs_, metrics_, upkeep_options(settings_));
    lake_->wants_flush = [this](catalog::TableId /*table*/) { upkeep_->wake(); };
    lake_->upkeep = [this](const tables::UpkeepOrder& order) { return upkeep_->run(order); };
    lake_->make_room = [this](std::optional<catalog::TableId> table, const std::function<bool()>& given_up) {
      return upkeep_->make_room(table, given_up);
    };
    upkeep_->pause = [this] { sessions_->give_way(); };
    if (settings_.upkeep.enabled) upkeep_->start();
  }

  std::unique_ptr<RealMachine> machine_;
  config::Settings settings_;  // as given, but for the real path of the directory
  telemetry::Metrics metrics_;
  telemetry::MeasuredFileSystem files_;
  const Seams seams_;  // as given, but for the files, which are measured
  telemetry::Log* const log_;
  telemetry::Tracer tracer_{seams_.clock, seams_.random, metrics_,
                            static_cast<std::size_t>(settings_.trace.spans_max)};
  std::optional<DirectoryLock> lock_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::shared_future<Status> catalog_loaded_;
  std::promise<void> engine_begun_;
  std::once_flag engine_begun_once_;
  std::optional<jobs::Jobs> jobs_;
  std::optional<tables::Lake> lake_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<query::Sessions> sessions_;
  std::unique_ptr<blobs::Blobs> blobs_;
  std::optional<upkeep::Upkeep> upkeep_;
  bool was_empty_ = false;
};

Result<std::unique_ptr<OpenLake>> started(std::unique_ptr<LakeInstance> lake) {
  LAKE_CHECK_OK(lake->start());
  return std::unique_ptr<OpenLake>(std::move(lake));
}

}  // namespace

Result<std::unique_ptr<OpenLake>> open(const config::Settings& settings, Seams seams) {
  return started(std::make_unique<LakeInstance>(settings, seams, nullptr, nullptr));
}

Result<std::unique_ptr<OpenLake>> open(const config::Settings& settings, telemetry::Log* log) {
  os::raise_open_files_limit();
  auto machine = std::make_unique<RealMachine>();
  const Seams seams{machine->files, machine->clock, machine->random};
  return started(std::make_unique<LakeInstance>(settings, seams, std::move(machine), log));
}

}  // namespace lake::server

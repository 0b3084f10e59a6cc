#include "lake/engine/engine.hpp"

#include <utility>

#include "duckdb/common/virtual_file_system.hpp"
#include "duckdb/planner/operator/logical_simple.hpp"
#include "duckdb/planner/planner_extension.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/enum_cast.hpp"
#include "lake/engine/errors.hpp"
#include "lake/engine/json_depth.hpp"
#include "lake/engine/local_file_adapter.hpp"
#include "lake/engine/variant_depth.hpp"

namespace lake::engine {
namespace {

constexpr const char* kLakePath = "lake:lake";  // storage extension, then the name of the database

/// One transaction can write to one database only, and nothing but the lake is durable here: others are for
/// reading.
void refuse_writable_attach(const duckdb::LogicalOperator& plan) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_ATTACH) {
    const auto& info = plan.Cast<duckdb::LogicalSimple>().info->Cast<duckdb::AttachInfo>();
    const duckdb::AttachOptions options(info.options, duckdb::AccessMode::AUTOMATIC);
    if (options.access_mode != duckdb::AccessMode::READ_ONLY) {
      throw_as_duckdb(Error(ErrorCode::kPermissionDenied,
                            "another database can be attached for reading only: ATTACH ... (READ_ONLY)"));
    }
  }
  for (const auto& child : plan.children) refuse_writable_attach(*child);
}

void after_bind(duckdb::PlannerExtensionInput& /*input*/, duckdb::BoundStatement& statement) {
  if (statement.plan) refuse_writable_attach(*statement.plan);
}

void apply(const EngineOptions& options, const std::string& temp_directory, duckdb::DBConfig& config) {
  const auto set = [&](const char* name, const duckdb::Value& value) { config.SetOptionByName(name, value); };
  set("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
  set("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
  set("allow_community_extensions", duckdb::Value::BOOLEAN(false));
  set("allow_persistent_secrets", duckdb::Value::BOOLEAN(false));
  set("temp_directory", duckdb::Value(temp_directory));
  if (options.temp_bytes_max > 0) config.options.maximum_swap_space = options.temp_bytes_max;
  if (options.memory_bytes > 0) config.options.maximum_memory = options.memory_bytes;
  if (options.threads > 0) set("threads", duckdb::Value::UBIGINT(options.threads));
}

/// Removes what is in a directory, or makes it. One that is there stays: to make it again would wait for the
/// disk twice.
Status make_empty(os::FileSystem& files, const std::string& directory) {
  const auto entries = files.list(directory);
  if (!entries) {
    LAKE_CHECK_OK(files.remove_tree(directory));
    return files.create_directories(directory);
  }
  for (const auto& entry : *entries) {
    LAKE_CHECK_OK(files.remove_tree(os::join_path(directory, entry.name)));
  }
  return ok();
}

}  // namespace

Engine::Engine(os::FileSystem& files, os::Clock& clock, telemetry::Metrics& metrics, EngineOptions options,
               Hooks hooks)
    : files_(files),
      clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      hooks_(std::move(hooks)) {}

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(os::FileSystem& files, os::Clock& clock,
                                             telemetry::Metrics& metrics, EngineOptions options,
                                             Hooks hooks) {
  if (!options.data_directory.starts_with('/') || !options.temp_directory.starts_with('/')) {
    return Error(ErrorCode::kInvalidArgument, "the engine wants absolute directories: " +
                                                  options.data_directory + ", " + options.temp_directory);
  }
  LAKE_CHECK_OK(make_empty(files, options.temp_directory));
  std::unique_ptr<Engine> engine(new Engine(files, clock, metrics, std::move(options), std::move(hooks)));
  LAKE_TRY(const auto first, engine->instance());
  return engine;
}

Result<std::shared_ptr<duckdb::DuckDB>> Engine::build(std::uint64_t generation) {
  // The spill files of an instance that was given up may still be open: each life has its own directory.
  const std::string temp_directory =
      os::join_path(options_.temp_directory, "spill-" + std::to_string(generation));
  std::shared_ptr<duckdb::DuckDB> database;
  LAKE_CHECK_OK(guarded([&] {
    duckdb::DBConfig config;
    apply(options_, temp_directory, config);
    config.file_system = duckdb::make_uniq<duckdb::VirtualFileSystem>(duckdb::FileSystem::CreateLocal());
    config.file_system->RegisterSubSystem(
        duckdb::make_uniq<LocalFileAdapter>(files_, options_.data_directory, options_.open_files_max));
    duckdb::PlannerExtension rules;
    rules.post_bind_function = after_bind;
    duckdb::PlannerExtension::Register(config, rules);
    if (hooks_.before_open) hooks_.before_open(config);
    database = std::make_shared<duckdb::DuckDB>(kLakePath, &config);
    // known to DuckDB only now; as SET GLOBAL, without the cost of a first statement
    database->instance->config.SetOptionByName("TimeZone", duckdb::Value("UTC"));
    check_or_throw(bound_json_depth());
    bound_variant_depth(*database->instance);
    name_enum_values(*database->instance);
    if (hooks_.after_open) hooks_.after_open(*database);
  }));
  return database;
}

Result<Instance> Engine::instance() {
  // Held across the build: until it is done nobody can go on, and two builds at once must not happen.
  const MutexLock lock(mutex_);
  if (invalid_) {
    const std::uint64_t generation = current_.generation + 1;
    const os::MonotonicTime started = clock_.monotonic_now();
    LAKE_TRY(auto database, build(generation));
    metrics_.histogram("dplake_engine_open_seconds", "Time to open an engine instance")
        .observe(std::chrono::duration<double>(clock_.monotonic_now() - started).count());
    if (generation > 1) metrics_.counter("dplake_engine_rebuilds_total", "engine instances given up").add();
    current_ = Instance{generation, std::move(database)};
    invalid_ = false;
  }
  return current_;
}

void Engine::report_invalid(std::uint64_t generation) {
  const MutexLock lock(mutex_);
  if (generation == current_.generation) invalid_ = true;
}

}  // namespace lake::engine

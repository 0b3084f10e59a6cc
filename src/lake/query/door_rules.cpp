#include "lake/query/door_rules.hpp"

#include <array>
#include <string_view>

#include "duckdb/common/opener_file_system.hpp"
#include "duckdb/main/client_context_state.hpp"
#include "duckdb/main/client_data.hpp"
#include "duckdb/main/extension_callback_manager.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/statement/call_statement.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "duckdb/parser/statement/drop_statement.hpp"
#include "duckdb/parser/statement/explain_statement.hpp"
#include "duckdb/parser/statement/multi_statement.hpp"
#include "duckdb/parser/statement/pragma_statement.hpp"
#include "duckdb/parser/statement/prepare_statement.hpp"
#include "duckdb/parser/statement/set_statement.hpp"
#include "duckdb/planner/expression/bound_subquery_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/extension_callback.hpp"
#include "duckdb/planner/logical_operator_visitor.hpp"
#include "duckdb/planner/operator/logical_copy_to_file.hpp"
#include "duckdb/planner/planner_extension.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/os/file_system.hpp"

namespace lake::query {

namespace {

constexpr const char* kStateName = "lake_door";

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, const std::string& name) {
  for (const auto& candidate : names) {
    if (candidate == name) return true;
  }
  return false;
}

/// Settings a door may change, for its own session only.
constexpr std::array<std::string_view, 15> kDoorSettings = {"timezone",
                                                            "calendar",
                                                            "schema",
                                                            "search_path",
                                                            "default_null_order",
                                                            "null_order",
                                                            "default_order",
                                                            "default_collation",
                                                            "integer_division",
                                                            "ieee_floating_point_ops",
                                                            "pivot_limit",
                                                            "pivot_filter_threshold",
                                                            "lambda_syntax",
                                                            "order_by_non_integer_literal",
                                                            "scalar_subquery_error_on_multiple_rows"};

constexpr std::array<std::string_view, 11> kDoorPragmas = {
    "table_info",     "show",          "show_tables",   "show_tables_expanded",
    "show_databases", "database_list", "database_size", "version",
    "platform",       "functions",     "collations"};

/// Functions that change the whole process, follow raw pointers, open files behind the session's file system,
/// or run SQL on a connection of their own, out of reach of the statement's timeout.
constexpr std::array<std::string_view, 13> kRefusedFunctions = {"enable_logging",
                                                                "disable_logging",
                                                                "truncate_duckdb_logs",
                                                                "enable_profiling",
                                                                "disable_profiling",
                                                                "enable_peg_parser",
                                                                "disable_peg_parser",
                                                                "checkpoint",
                                                                "force_checkpoint",
                                                                "read_duckdb",
                                                                "arrow_scan",
                                                                "arrow_scan_dumb",
                                                                "json_execute_serialized_sql"};

bool is_below(const std::string& path, const std::string& directory) {
  if (directory == "/") return true;
  return path.size() >= directory.size() && path.compare(0, directory.size(), directory) == 0 &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_plain(const std::string& path) {
  return !path.empty() && path.front() == '/' && path.find("/../") == std::string::npos &&
         path.find("/./") == std::string::npos && path.find("//") == std::string::npos &&
         !path.ends_with("/..");
}

/// Absolute, symbolic links resolved as far as the path exists.
std::string canonical(const std::string& path) {
  auto local = duckdb::FileSystem::CreateLocal();
  std::string found = local->CanonicalizePath(path);
  while (found.size() > 1 && found.back() == '/') found.pop_back();
  return found;
}

/// A link without a target: whoever creates the file it names creates it where the link leads.
bool is_dangling_link(const std::string& path) {
  os::PosixFileSystem files;
  const auto real = files.canonical(path);
  return !real && real.error().code() == ErrorCode::kNotFound && files.stat(path);
}

}  // namespace

PathRules::PathRules(const std::string& data_directory, std::shared_ptr<const access::AllowedPaths> allowed)
    : data_directory_given_(data_directory),
      data_directory_(data_directory.empty() ? std::string() : canonical(data_directory)),
      allowed_(std::move(allowed)) {}

bool PathRules::door_may_name(const std::string& path) const {
  if (!allowed_ || !allowed_->resolve(path)) return false;
  const auto wildcard = path.find_first_of("*?[{");
  if (wildcard == std::string::npos || data_directory_.empty()) return true;
  // A pattern that descends from above the lake would find its table files.
  const bool descends =
      path.find('/', wildcard) != std::string::npos || path.find("**", wildcard) != std::string::npos;
  const auto slash = path.rfind('/', wildcard);
  return !descends || !is_below(data_directory_, canonical(path.substr(0, slash == 0 ? 1 : slash)));
}

bool PathRules::is_table_file(const std::string& path) const {
  if (data_directory_.empty() || !is_plain(path)) return false;
  return is_below(path, data_directory_given_ + "/tables") || is_below(path, data_directory_ + "/tables");
}

bool PathRules::is_closed_to_writing(const std::string& path, bool emptied) const {
  if (data_directory_.empty()) return false;
  if (is_dangling_link(path)) return true;
  const auto real = canonical(path);
  return is_below(real, data_directory_) || (emptied && is_below(data_directory_, real));
}

bool PathRules::is_guarded(const std::string& path) const {
  if (data_directory_.empty()) return false;
  const auto real = canonical(path);
  return real.starts_with(data_directory_ + "/catalog.sqlite") || real == data_directory_ + "/LOCK";
}

namespace {

/// Who speaks through a connection. Nobody: a function of the engine has opened it, and no session vouches
/// for what it runs there.
enum class Speaker : std::uint8_t { kNobody, kOwner, kDoor };

/// What a connection knows about the door its statement came through.
class DoorState final : public duckdb::ClientContextState {
 public:
  explicit DoorState(std::shared_ptr<const PathRules> path_rules) : rules(std::move(path_rules)) {}
  const std::shared_ptr<const PathRules> rules;
  std::atomic<Speaker> speaker{Speaker::kNobody};
};

[[noreturn]] void refuse_writing(const std::string& path) {
  throw duckdb::PermissionException(
      "nothing is written into the data directory of the lake, nor through a link without a target: \"%s\"",
      path);
}

[[noreturn]] void refuse_path(const std::string& path) {
  throw duckdb::PermissionException("this path is not in the allowed list: \"%s\"", path);
}

/// The session's view of all file systems: passes on what the rules allow.
class DoorFileSystem final : public duckdb::OpenerFileSystem {
 public:
  DoorFileSystem(duckdb::ClientContext& context, duckdb::shared_ptr<DoorState> state)
      : context_(context), state_(std::move(state)) {}

  duckdb::FileSystem& GetFileSystem() const override {
    return *duckdb::DBConfig::GetConfig(context_).file_system;
  }
  duckdb::optional_ptr<duckdb::FileOpener> GetOpener() const override {
    return duckdb::ClientData::Get(context_).file_opener.get();
  }

  bool DirectoryExists(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(path);
    return OpenerFileSystem::DirectoryExists(path, opener);
  }
  void CreateDirectory(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(path);
    OpenerFileSystem::CreateDirectory(path, opener);
  }
  void RemoveDirectory(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(path);
    OpenerFileSystem::RemoveDirectory(path, opener);
  }
  void MoveFile(const duckdb::string& source, const duckdb::string& target,
                duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(source);
    require_open(target);
    OpenerFileSystem::MoveFile(source, target, opener);
  }
  bool FileExists(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    // The binder asks this of the name of a missing table too, which is no path that somebody wanted to open.
    return may_open(path) && OpenerFileSystem::FileExists(path, opener);
  }
  bool IsPipe(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(path);
    return OpenerFileSystem::IsPipe(path, opener);
  }
  void RemoveFile(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(path);
    OpenerFileSystem::RemoveFile(path, opener);
  }
  bool TryRemoveFile(const duckdb::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(path);
    return OpenerFileSystem::TryRemoveFile(path, opener);
  }
  void RemoveFiles(const duckdb::vector<duckdb::string>& paths,
                   duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    for (const auto& path : paths) require_open(path);
    OpenerFileSystem::RemoveFiles(paths, opener);
  }
  duckdb::vector<duckdb::OpenFileInfo> Glob(const duckdb::string& path, duckdb::FileOpener* opener) override {
    require_named(path);
    auto found = OpenerFileSystem::Glob(path, opener);
    require_found(path, found);
    return found;
  }

 protected:
  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(
      const duckdb::OpenFileInfo& file, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(file.path);
    // EXPORT DATABASE writes its scripts without a COPY.
    if (flags.OpenForWriting() && !state_->rules->is_table_file(file.path) &&
        state_->rules->is_closed_to_writing(file.path)) {
      refuse_writing(file.path);
    }
    return OpenerFileSystem::OpenFileExtended(file, flags, opener);
  }
  bool ListFilesExtended(const duckdb::string& directory,
                         const std::function<void(duckdb::OpenFileInfo& info)>& callback,
                         duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_open(directory);
    return OpenerFileSystem::ListFilesExtended(directory, callback, opener);
  }
  duckdb::unique_ptr<duckdb::MultiFileList> GlobFilesExtended(
      const duckdb::string& path, const duckdb::FileGlobInput& input,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    require_named(path);
    auto list = OpenerFileSystem::GlobFilesExtended(path, input, opener);
    if (state_->speaker != Speaker::kOwner) {
      auto found = list->GetAllFiles();
      require_found(path, found);
      list = duckdb::make_uniq<duckdb::SimpleMultiFileList>(std::move(found));
    }
    if (input.behavior != duckdb::FileGlobOptions::ALLOW_EMPTY && list->IsEmpty()) {
      // A directory without a pattern is searched by the caller.
      if (HasGlob(path) || !OpenerFileSystem::DirectoryExists(path, opener)) {
        engine::throw_as_duckdb(Error(ErrorCode::kNotFound, "no file matches \"" + path + "\""));
      }
    }
    return list;
  }

 private:
  /// A pattern may have gone through a symbolic link that leads out of what the pattern itself names.
  void require_found(const std::string& pattern, const duckdb::vector<duckdb::OpenFileInfo>& files) const {
    if (state_->speaker == Speaker::kOwner) return;
    for (const auto& file : files) {
      if (!may_name(file.path)) refuse_path(pattern);
    }
  }
  /// A path that only SQL text can have brought here: plans over lake tables never search for files.
  [[nodiscard]] bool may_name(const std::string& path) const {
    switch (state_->speaker.load()) {
      case Speaker::kOwner:
        return !state_->rules->is_guarded(path);
      case Speaker::kDoor:
        return state_->rules->door_may_name(path);
      case Speaker::kNobody:
        return false;
    }
    return false;
  }
  /// Lake tables open their files through here too; COPY into them is caught in the plan.
  [[nodiscard]] bool may_open(const std::string& path) const {
    return state_->rules->is_table_file(path) || may_name(path);
  }
  void require_named(const std::string& path) const {
    if (!may_name(path)) refuse_path(path);
  }
  void require_open(const std::string& path) const {
    if (!may_open(path)) refuse_path(path);
  }

  duckdb::ClientContext& context_;
  const duckdb::shared_ptr<DoorState> state_;
};

/// Of every plan, the owner's too: the lake's own files are not what COPY writes to.
void check_copy(const duckdb::LogicalOperator& plan, const PathRules& rules) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_COPY_TO_FILE) {
    const auto& copy = plan.Cast<duckdb::LogicalCopyToFile>();
    const bool emptied = copy.overwrite_mode == duckdb::CopyOverwriteMode::COPY_OVERWRITE;
    if (rules.is_closed_to_writing(copy.file_path, emptied)) refuse_writing(copy.file_path);
  }
  for (const auto& child : plan.children) check_copy(*child, rules);
}

void check_plan(const duckdb::LogicalOperator& plan, const PathRules& rules);

void check_expression(const duckdb::Expression& expression, const PathRules& rules) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_SUBQUERY) {
    const auto& subquery = expression.Cast<duckdb::BoundSubqueryExpression>();
    if (subquery.subquery.plan) check_plan(*subquery.subquery.plan, rules);
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { check_expression(child, rules); });
}

void check_operator(const duckdb::LogicalOperator& plan, const PathRules& rules) {
  switch (plan.type) {
    case duckdb::LogicalOperatorType::LOGICAL_COPY_TO_FILE: {
      const auto& path = plan.Cast<duckdb::LogicalCopyToFile>().file_path;
      if (!rules.door_may_name(path)) refuse_path(path);
      return;
    }
    case duckdb::LogicalOperatorType::LOGICAL_GET: {
      const auto& name = plan.Cast<duckdb::LogicalGet>().function.name;
      if (contains(kRefusedFunctions, name)) {
        throw duckdb::PermissionException("the function %s cannot be called over the network", name);
      }
      return;
    }
    case duckdb::LogicalOperatorType::LOGICAL_ATTACH:
    case duckdb::LogicalOperatorType::LOGICAL_DETACH:
    case duckdb::LogicalOperatorType::LOGICAL_EXPORT:
    case duckdb::LogicalOperatorType::LOGICAL_LOAD:
    case duckdb::LogicalOperatorType::LOGICAL_UPDATE_EXTENSIONS:
    case duckdb::LogicalOperatorType::LOGICAL_COPY_DATABASE:
    case duckdb::LogicalOperatorType::LOGICAL_CREATE_SECRET:
      throw duckdb::PermissionException("this statement cannot be run over the network");
    default:
      return;
  }
}

void check_plan(const duckdb::LogicalOperator& plan, const PathRules& rules) {
  check_operator(plan, rules);
  for (const auto& expression : plan.expressions) check_expression(*expression, rules);
  for (const auto& child : plan.children) check_plan(*child, rules);
}

/// The engine plans without looking at interrupts, for a time that grows faster than the plan.
constexpr std::size_t kPlanOperatorsMax = 5'000;

std::size_t operator_count(const duckdb::LogicalOperator& plan) {
  std::size_t count = 1;
  for (const auto& child : plan.children) count += operator_count(*child);
  return count;
}

void check_size(const duckdb::LogicalOperator& plan) {
  const auto count = operator_count(plan);
  if (count <= kPlanOperatorsMax) return;
  engine::throw_as_duckdb(Error(ErrorCode::kResourceExhausted,
                                "the statement is too large: it has " + std::to_string(count) +
                                    " operators, at most " + std::to_string(kPlanOperatorsMax) +
                                    " can be run over the network (VALUES and parameters need few)"));
}

duckdb::shared_ptr<DoorState> close_paths(duckdb::ClientContext& context,
                                          const std::shared_ptr<const PathRules>& rules) {
  auto state = context.registered_state->GetOrCreate<DoorState>(kStateName, rules);
  duckdb::ClientData::Get(context).client_file_system = duckdb::make_uniq<DoorFileSystem>(context, state);
  return state;
}

void after_bind(duckdb::PlannerExtensionInput& input, duckdb::BoundStatement& statement) {
  const auto state = input.context.registered_state->Get<DoorState>(kStateName);
  // Without a state it is older than the first session, hence the lake's own.
  if (!statement.plan || !state) return;
  if (state->speaker != Speaker::kOwner) {
    check_size(*statement.plan);
    check_plan(*statement.plan, *state->rules);
  }
  check_copy(*statement.plan, *state->rules);
}

/// Closes each connection of the engine as it is opened; a session opens its own again.
class ConnectionsClosed final : public duckdb::ExtensionCallback {
 public:
  explicit ConnectionsClosed(std::shared_ptr<const PathRules> rules) : rules_(std::move(rules)) {}
  void OnConnectionOpened(duckdb::ClientContext& context) override { close_paths(context, rules_); }

 private:
  const std::shared_ptr<const PathRules> rules_;
};

Error refused(const std::string& what) {
  return Error(ErrorCode::kPermissionDenied, what + " cannot be run over the network");
}

Status check_set(duckdb::SetStatement& set) {
  if (set.scope == duckdb::SetScope::VARIABLE) return ok();
  if (set.scope == duckdb::SetScope::GLOBAL ||
      !contains(kDoorSettings, duckdb::StringUtil::Lower(set.name))) {
    return Error(ErrorCode::kPermissionDenied,
                 "this setting cannot be changed over the network: " + set.name);
  }
  set.scope = duckdb::SetScope::SESSION;
  return ok();
}

}  // namespace

void install_door(duckdb::ClientContext& context, const std::shared_ptr<const PathRules>& rules) {
  close_paths(context, rules)->speaker = Speaker::kOwner;
}

void set_from_door(duckdb::ClientContext& context, bool from_door) {
  context.registered_state->Get<DoorState>(kStateName)->speaker =
      from_door ? Speaker::kDoor : Speaker::kOwner;
}

void install_hooks(duckdb::DatabaseInstance& database, std::shared_ptr<const PathRules> rules) {
  auto& config = duckdb::DBConfig::GetConfig(database);
  duckdb::PlannerExtension hook;
  hook.post_bind_function = after_bind;
  duckdb::PlannerExtension::Register(config, std::move(hook));
  duckdb::ExtensionCallback::Register(config, duckdb::make_shared_ptr<ConnectionsClosed>(std::move(rules)));
}

Status check_door_statement(duckdb::SQLStatement& statement) {
  using Type = duckdb::StatementType;
  switch (statement.type) {
    case Type::SELECT_STATEMENT:
    case Type::INSERT_STATEMENT:
    case Type::UPDATE_STATEMENT:
    case Type::DELETE_STATEMENT:
    case Type::MERGE_INTO_STATEMENT:
    case Type::ALTER_STATEMENT:
    case Type::TRANSACTION_STATEMENT:
    case Type::COPY_STATEMENT:
    case Type::EXECUTE_STATEMENT:
    case Type::CALL_STATEMENT:
    case Type::VACUUM_STATEMENT:
    case Type::ANALYZE_STATEMENT:
    case Type::CREATE_FUNC_STATEMENT:
      return ok();
    case Type::CREATE_STATEMENT:
      if (statement.Cast<duckdb::CreateStatement>().info->type == duckdb::CatalogType::SECRET_ENTRY) {
        return refused("CREATE SECRET");
      }
      return ok();
    case Type::DROP_STATEMENT:
      if (statement.Cast<duckdb::DropStatement>().info->type == duckdb::CatalogType::SECRET_ENTRY) {
        return refused("DROP SECRET");
      }
      return ok();
    case Type::EXPLAIN_STATEMENT:
      return check_door_statement(*statement.Cast<duckdb::ExplainStatement>().stmt);
    case Type::PREPARE_STATEMENT:
      return check_door_statement(*statement.Cast<duckdb::PrepareStatement>().statement);
    case Type::MULTI_STATEMENT:
      for (auto& part : statement.Cast<duckdb::MultiStatement>().statements) {
        LAKE_CHECK_OK(check_door_statement(*part));
      }
      return ok();
    case Type::SET_STATEMENT:
      return check_set(statement.Cast<duckdb::SetStatement>());
    case Type::PRAGMA_STATEMENT: {
      const auto& name = statement.Cast<duckdb::PragmaStatement>().info->name;
      if (contains(kDoorPragmas, duckdb::StringUtil::Lower(name))) return ok();
      return refused("PRAGMA " + name);
    }
    default:
      return refused(duckdb::StatementTypeToString(statement.type));
  }
}

}  // namespace lake::query

#include "lake/cli/command_line.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <utility>

#include "lake/access/token.hpp"
#include "lake/cli/check_verb.hpp"
#include "lake/cli/checked_import_verb.hpp"
#include "lake/cli/remote_conversation.hpp"
#include "lake/cli/remote_takeout.hpp"
#include "lake/cli/sql_verb.hpp"
#include "lake/cli/takeout_verb.hpp"
#include "lake/cli/transfer_verbs.hpp"
#include "lake/config/load.hpp"
#include "lake/config/reference.hpp"
#include "lake/os/machine.hpp"
#include "lake/version.hpp"

namespace lake::cli {
namespace {

/// The engine walks nested values and expressions by recursion, and asks nobody how deep.
constexpr std::uint64_t kStackBytes = 256ULL << 20U;

constexpr const char* kMainHelp =
    "A data lake in one program: SQL over tables kept as open Parquet files, with transactions.\n\n"
    "Start with\n"
    "  dplake sql --data my-lake                     a shell; the directory is made when absent\n"
    "  dplake import sales.csv --data my-lake        the file becomes the table sales\n"
    "  dplake sql --data my-lake -c 'FROM sales'     one statement\n"
    "  dplake serve --data my-lake                   http://127.0.0.1:8080, with the token it prints\n";
constexpr const char* kSqlHelp =
    "Run SQL: a shell on a terminal, else what -c, -f or standard input hold. Statements end with ';'.\n\n"
    "  dplake sql --data my-lake\n"
    "  dplake sql --data my-lake -c \"SELECT city, count(*) FROM people GROUP BY city\"\n"
    "  dplake sql --data my-lake -f report.sql --format csv -o report.csv\n"
    "  echo 'SELECT 42' | dplake sql --server http://127.0.0.1:8080\n";
constexpr const char* kImportHelp =
    "Read CSV, TSV, JSON, NDJSON and Parquet files into tables (plain, .gz or .zst), types inferred. Each "
    "file is one\n"
    "transaction: it is in the lake whole, less the rejected rows that the report lists by line, or not at "
    "all.\n\n"
    "  dplake import sales.csv                       the new table sales\n"
    "  dplake import 2024/*.csv.gz --table sales     files of one shape into one table\n"
    "  dplake import more.csv --table sales --append\n"
    "  dplake import exported-data/                  a whole directory, a table for each file\n"
    "  dplake import takeout takeout-*.zip           an export of Google Takeout: see import takeout "
    "--help\n";
constexpr const char* kTakeoutHelp =
    "Import exports of Google Takeout (zip, tgz, unpacked folders, single files of one) into the schema "
    "takeout. Parts may\n"
    "come in any order and again: what is known is not stored twice. Archives are read in place; leave them "
    "where they\n"
    "are, files that no table holds are ranges of them. takeout.import_entry has a row for each entry of "
    "each part.\n\n"
    "  dplake import takeout takeout-20240425T101500Z-*.zip --data my-lake\n"
    "  dplake import takeout downloads/ --data my-lake\n"
    "  dplake import takeout takeout-*.zip --dry-run                      what is in there\n"
    "  dplake import takeout takeout-*.zip --server http://127.0.0.1:8080 sent to a server\n";
constexpr const char* kExportHelp =
    "Write current rows as plain Parquet with schema.sql, load.sql and manifest.json, for any other "
    "program.\n\n"
    "  dplake export backup-2024 --all --data my-lake\n"
    "  dplake export out --table sales --table main.people\n";
constexpr const char* kServeHelp =
    "Answer on HTTP until SIGTERM. The first start makes the token and prints a link with it.\n\n"
    "  dplake serve --data my-lake\n"
    "  dplake serve --data my-lake --listen 127.0.0.1:9000 --memory-limit 4GiB\n";
constexpr const char* kCheckHelp =
    "Verify catalog, files, statistics and checksums of a lake that no process has open. Exits with 1 when "
    "something is\n"
    "wrong and says what.\n\n"
    "  dplake check --data my-lake\n";

std::map<std::string, std::string> read_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

/// How many letters have to be added, left out or changed to make one of the other (Levenshtein).
std::size_t letters_apart(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

/// The nearest of `names`, when it is near enough to have been meant; else an empty text.
std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  constexpr std::size_t kLettersApartMax = 2;
  std::string found;
  std::size_t least = std::min(kLettersApartMax, word.size() / 2) + 1;
  for (const auto& name : names) {
    const std::size_t apart = letters_apart(word, name);
    if (apart < least) found = name;
    least = std::min(apart, least);
  }
  return found;
}

/// What a word that `verb` does not know may have meant: one of its flags or verbs.
std::string meant(const CLI::App& verb, const std::string& word) {
  std::vector<std::string> names;
  if (word.starts_with("--")) {
    for (const auto* option : verb.get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return nearest(word.substr(0, word.find('=')), names);
  }
  for (const auto* below : verb.get_subcommands({})) names.push_back(below->get_name());
  return word.starts_with('-') ? "" : nearest(word, names);
}

/// Everything the command line may hold.
struct Arguments {
  std::map<std::string, std::string> flags;  // settings
  std::string config;
  std::string server;
  std::string token;
  std::string listen;
  bool sample = false;
  SqlRequest sql;
  ImportArguments import;
  TakeoutArguments takeout;
  ExportArguments transfer;
};

/// Adds the flags of settings; those of daily use are listed in --help, all of them by `dplake config`.
void add_settings(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--config", arguments.config, "TOML file with settings (DPLAKE_CONFIG)")->group("Settings");
  for (const auto& setting : config::all_settings()) {
    const std::string flag(setting.flag);
    const bool daily = flag == "data" || flag == "memory-limit" || flag == "threads";
    verb.add_option_function<std::string>(
            "--" + flag, [&arguments, flag](const std::string& value) { arguments.flags[flag] = value; },
            std::string(setting.help) +
                (setting.fallback.empty() ? "" : " Default: " + std::string(setting.fallback)))
        ->group(daily ? "Settings" : "")
        ->type_name("");
  }
  verb.footer("All settings: dplake config list.");
}

void add_server(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--server", arguments.server,
                  "Talk to the server at http://host:port instead of opening --data")
      ->type_name("URL");
  verb.add_option("--token", arguments.token,
                  "The server's token (DPLAKE_TOKEN; else admin.token in --data)");
}

class CommandLine {
 public:
  explicit CommandLine(const Roof& roof) : roof_(roof), environment_(read_environment()) { declare(); }

  int run(int argc, char** argv) {
    os::raise_stack_size(kStackBytes);
    // A write beyond the limit on file sizes (ulimit -f) then fails with words instead of ending the process.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error);
      if (code != 0) suggest();
      return code == 0 ? kDone : kWrongUsage;
    }
    if (*version_ || version_flag_) return print_version();
    if (*config_) return config_verb();
    if (*serve_) return serve();
    if (*check_) return check();
    if (*import_ && !*takeout_ && arguments_.import.paths.empty() && arguments_.import.replay.empty()) {
      say("dplake import: there is no file to import; see dplake import --help");
      return kWrongUsage;
    }
    if (*takeout_ && arguments_.takeout.paths.empty() && !arguments_.takeout.replay) {
      say("dplake import takeout: there is no archive to import; see dplake import takeout --help");
      return kWrongUsage;
    }
    if (*sql_ || *import_ || *export_) return converse();
    ignore(write_output(app_.help()), "nothing else to do");
    return kWrongUsage;
  }

 private:
  void declare() {
    app_.name("dplake");
    app_.add_flag("--version", version_flag_, "What this program is made of");
    sql_ = app_.add_subcommand("sql", kSqlHelp);
    sql_->add_option("-c,--command", arguments_.sql.commands,
                     "Run these statements (several -c run in order)")
        ->type_name("SQL");
    sql_->add_option("-f,--file", arguments_.sql.files, "Run a file of statements")->type_name("FILE");
    sql_->add_option("--format", arguments_.sql.format, "table, csv, tsv, json, ndjson, markdown or parquet")
        ->type_name("");
    sql_->add_option("-o,--output", arguments_.sql.output, "Write results to a file")->type_name("FILE");
    import_ = app_.add_subcommand("import", kImportHelp);
    import_->add_option("paths", arguments_.import.paths, "Files, patterns, directories")->type_name("");
    import_->add_option("--table", arguments_.import.table, "One table for all files")
        ->type_name("[SCHEMA.]TABLE");
    auto* append = import_->add_flag("--append", arguments_.import.append, "Add to a table that exists");
    import_->add_flag("--replace", arguments_.import.replace, "Replace a table that exists")
        ->excludes(append);
    import_->add_flag("--strict", arguments_.import.strict, "One bad row fails its file");
    import_
        ->add_option("--format", arguments_.import.format,
                     "csv, tsv, json, ndjson or parquet, whatever the names say")
        ->type_name("");
    import_->add_option(
        "--rules", arguments_.import.rules,
        "Look at each record with this rule set (its name, or a .json file that is stored first);\n"
        "what breaks it goes to ingest.dead_letter");
    import_
        ->add_option("--replay", arguments_.import.replay,
                     "Try the records again that were refused for this table, with --rules or without")
        ->type_name("[SCHEMA.]TABLE");
    import_->add_option("--level", arguments_.import.level, "With --rules: strict, lenient or audit")
        ->needs("--rules");
    import_->add_option("--sample", arguments_.import.sample, "Rows looked at to infer types, or 'all'")
        ->type_name("N");
    declare_takeout();
    export_ = app_.add_subcommand("export", kExportHelp);
    export_->add_option("directory", arguments_.transfer.directory, "Empty or absent")
        ->required()
        ->type_name("");
    export_->add_option("--table", arguments_.transfer.tables, "Only these tables")
        ->type_name("[SCHEMA.]TABLE");
    export_->add_flag("--all", arguments_.transfer.all, "Everything (as without --table)");
    serve_ = app_.add_subcommand("serve", kServeHelp);
    serve_->add_option("--listen", arguments_.listen, "--address and --port in one")->type_name("HOST:PORT");
    serve_->add_flag("--sample", arguments_.sample, "Fill an empty lake with a generated sample");
    check_ = app_.add_subcommand("check", kCheckHelp);
    config_ = app_.add_subcommand(
        "config", "Settings: flags win over the environment, that over the file, that over the default.");
    config_check_ =
        config_->add_subcommand("check", "Show each setting with its origin; exit with 2 when one is wrong");
    config_list_ = config_->add_subcommand("list", "List all flags with what they mean");
    config_template_ =
        config_->add_subcommand("template", "Print a TOML file with every setting at its default");
    config_->require_subcommand(1);
    version_ = app_.add_subcommand("version", "What this program is made of");
    for (CLI::App* verb : {sql_, import_, export_, serve_, check_, config_check_})
      add_settings(*verb, arguments_);
    for (CLI::App* verb : {sql_, import_, export_}) add_server(*verb, arguments_);
    app_.require_subcommand(0, 1);
  }

  /// Tells what the words that nobody took may have meant.
  void suggest() const {
    const CLI::App* verb = &app_;
    while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
    for (const auto& word : app_.remaining(true)) {
      const std::string found = meant(*verb, word);
      if (!found.empty()) say("dplake: did you mean " + found + "?");
    }
  }

  void declare_takeout() {
    takeout_ = import_->add_subcommand("takeout", kTakeoutHelp);
    takeout_->add_option("paths", arguments_.takeout.paths, "Archives, folders, files")->type_name("");
    takeout_->add_flag("--replay", arguments_.takeout.replay,
                       "Read again what had rejected or damaged elements, where its archive lies");
    takeout_
        ->add_option("--batch-rows", arguments_.takeout.batch_rows,
                     "Rows stored together, at most; fewer is more often")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}))
        ->type_name("N");
    takeout_
        ->add_option("--workers", arguments_.takeout.workers,
                     "Threads that read and parse beside the one that stores; 0 is one for each CPU")
        ->check(CLI::Range(0, 256))
        ->type_name("N");
    takeout_
        ->add_option("--time-zone", arguments_.takeout.time_zone,
                     "The account's zone, for times that tell none (Europe/Berlin)")
        ->type_name("ZONE");
    takeout_
        ->add_option("--product", arguments_.takeout.include,
                     "Only this product, by its folder or as takeout.import_entry calls it (several)")
        ->type_name("NAME");
    takeout_->add_option("--without", arguments_.takeout.exclude, "Leave this product out (several)")
        ->type_name("NAME");
    takeout_
        ->add_option("--archives", arguments_.takeout.archives,
                     "reference (they stay, and have to), copy or adopt (moved) into the data directory")
        ->check(CLI::IsMember({"reference", "copy", "adopt"}))
        ->type_name("");
    takeout_->add_flag("--dry-run", arguments_.takeout.dry_run, "Say what is in there and store nothing");
    takeout_->add_flag("--server-paths", arguments_.takeout.server_paths,
                       "With --server: the paths are the server's own, nothing is sent");
    takeout_->add_flag("--force", arguments_.takeout.force, "Read again what was imported before");
    takeout_->fallthrough();  // --data and the other settings are those of `import`
  }

  static int print_version() {
    const std::string text =
        "dplake " + std::string(version::kVersion) + " (" + std::string(version::kGitDescribe) + ", " +
        std::string(version::kBuildType) + ", " + std::string(version::kCompiler) + ")\nengine: DuckDB " +
        std::string(version::kDuckDbVersion) + " (" + std::string(version::kDuckDbSourceId) + ")\n";
    return write_output(text) ? kDone : kFailed;
  }

  Result<config::Loaded> load() {
    auto flags = arguments_.flags;
    if (!arguments_.config.empty()) flags["config"] = arguments_.config;
    if (!arguments_.listen.empty()) {
      const std::size_t colon = arguments_.listen.rfind(':');
      if (colon == std::string::npos) return Error(ErrorCode::kInvalidArgument, "--listen takes HOST:PORT");
      std::string host = arguments_.listen.substr(0, colon);
      if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
      flags["address"] = std::move(host);
      flags["port"] = arguments_.listen.substr(colon + 1);
    }
    return config::load_from(files_, std::move(flags), environment_, os::this_machine());
  }

  /// The settings, or nothing and the exit code.
  std::optional<config::Settings> settings(int& code) {
    const auto loaded = load();
    if (!loaded) {
      say("dplake: " + loaded.error().message());
      code = loaded.error().code() == ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
      return std::nullopt;
    }
    for (const auto& warning : loaded->warnings) say("dplake: " + warning.where + ": " + warning.what);
    auto checked = config::settings_of(*loaded);
    if (checked) return std::move(*checked);
    say("dplake: " + checked.error().message());
    code = kWrongUsage;
    return std::nullopt;
  }

  int config_verb() {
    if (*config_list_) return write_output(config::flags_text()) ? kDone : kFailed;
    if (*config_template_) return write_output(config::toml_template()) ? kDone : kFailed;
    const auto loaded = load();
    if (!loaded) {
      say("dplake: " + loaded.error().message());
      return loaded.error().code() == ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
    }
    if (!write_output(config::values_text(*loaded))) return kFailed;
    for (const auto& warning : loaded->warnings) say("warning: " + warning.where + ": " + warning.what);
    for (const auto& problem : loaded->problems) say("wrong: " + problem.where + ": " + problem.what);
    return loaded->problems.empty() ? kDone : kWrongUsage;
  }

  int serve() {
    int code = kDone;
    const auto chosen = settings(code);
    return chosen ? roof_.serve(*chosen, arguments_.sample) : code;
  }

  int check() {
    int code = kDone;
    const auto chosen = settings(code);
    return chosen ? check_verb(roof_, files_, *chosen) : code;
  }

  Result<std::unique_ptr<Conversation>> open_conversation(const config::Settings& chosen) {
    if (arguments_.server.empty()) {
      auto opened = open_local(roof_, chosen);
      const bool is_elsewhere = !opened && opened.error().code() == ErrorCode::kUnavailable;
      if (is_elsewhere && opened.error().message().find("--server") == std::string::npos) {
        return Error(ErrorCode::kUnavailable,
                     opened.error().message() + "\n  --server URL talks to a running server instead");
      }
      return opened;
    }
    LAKE_TRY(const auto address, parse_server_address(arguments_.server));
    return open_remote(address, token_for(address, chosen));
  }

  std::string token_for(const ServerAddress& address, const config::Settings& chosen) {
    std::string token = !arguments_.token.empty() ? arguments_.token : address.token;
    if (const auto given = environment_.find("DPLAKE_TOKEN"); token.empty() && given != environment_.end())
      token = given->second;
    if (token.empty()) {
      if (const auto stored = access::AdminToken::load(files_, chosen.data.directory))
        token = stored->reveal();
    }
    return token;
  }

  int remote_takeout(const Surroundings& around, const config::Settings& chosen) {
    const auto address = parse_server_address(arguments_.server);
    if (!address) {
      say(error_text(address.error(), "", ""));
      return kWrongUsage;
    }
    return remote_takeout_verb(around, *address, token_for(*address, chosen), arguments_.takeout);
  }

  int converse() {
    int code = kDone;
    const auto chosen = settings(code);
    if (!chosen) return code;
    Interrupts interrupts;
    const Surroundings around{files_, clock_, random_, interrupts, environment_};
    arguments_.takeout.data_directory = chosen->data.directory;
    if (arguments_.takeout.workers == 0) arguments_.takeout.workers = chosen->imports.workers_max;
    if (*takeout_ && !arguments_.server.empty()) return remote_takeout(around, *chosen);
    auto conversation = open_conversation(*chosen);
    if (!conversation) {
      say(error_text(conversation.error(), "", ""));
      return conversation.error().code() == ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
    }
    if (*sql_) code = sql_verb(around, **conversation, arguments_.sql);
    if (*takeout_) {
      code = takeout_verb(around, **conversation, arguments_.takeout);
    } else if (*import_ && !arguments_.import.replay.empty()) {
      code = replay_verb(around, **conversation, arguments_.import);
    } else if (*import_) {
      code = import_verb(around, **conversation, arguments_.import);
    }
    if (*export_) code = export_verb(around, **conversation, arguments_.transfer);
    if (const auto closed = (*conversation)->close(); !closed) {
      say(error_text(closed.error(), "", ""));
      return kFailed;
    }
    return code;
  }

  const Roof& roof_;
  const std::map<std::string, std::string> environment_;
  os::PosixFileSystem files_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  Arguments arguments_;
  CLI::App app_{kMainHelp};
  bool version_flag_ = false;
  CLI::App* sql_ = nullptr;
  CLI::App* import_ = nullptr;
  CLI::App* takeout_ = nullptr;
  CLI::App* export_ = nullptr;
  CLI::App* serve_ = nullptr;
  CLI::App* check_ = nullptr;
  CLI::App* config_ = nullptr;
  CLI::App* config_check_ = nullptr;
  CLI::App* config_list_ = nullptr;
  CLI::App* config_template_ = nullptr;
  CLI::App* version_ = nullptr;
};

}  // namespace

int run(int argc, char** argv, const Roof& roof) { return CommandLine(roof).run(argc, argv); }

}  // namespace lake::cli

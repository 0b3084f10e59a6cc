#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "execution.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

namespace lake::sqltest {
namespace {

struct Choices {
  std::string config_path;
  std::string driver;
  std::string program;  // the dplake binary, for the http driver
  bool slow = false;
  bool keep = false;
  std::vector<std::string> paths;
};

struct Totals {
  std::uint64_t files = 0;
  std::uint64_t commands = 0;
  std::uint64_t skipped_files = 0;
  std::uint64_t skipped_commands = 0;
  std::uint64_t failed = 0;
};

void say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fputs("\n", stdout);
  std::fflush(stdout);
}

Status collect(os::FileSystem& files, const std::string& path, bool slow, std::vector<std::string>& found) {
  LAKE_TRY(const os::FileInfo info, files.stat(path));
  if (info.kind == os::FileKind::kFile) {
    found.push_back(path);
    return ok();
  }
  LAKE_TRY(auto entries, files.list(path));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& entry : entries) {
    const std::string child = os::join_path(path, entry.name);
    if (entry.kind == os::FileKind::kDirectory) {
      LAKE_CHECK_OK(collect(files, child, slow, found));
    } else if (entry.name.ends_with(".test") || (slow && entry.name.ends_with(".test_slow"))) {
      found.push_back(child);
    }
  }
  return ok();
}

Result<std::unique_ptr<Driver>> make_driver(const SuiteConfig& config,
                                            [[maybe_unused]] const Choices& choices) {
  if (config.driver == "duckdb") return make_duckdb_driver();
#ifdef LAKE_SQLTEST_SERVER
  if (config.driver == "session") return make_session_driver(config);
  if (config.driver == "http") return make_http_driver(config, choices.program);
#endif
  return Error(ErrorCode::kInvalidArgument, "unknown driver: " + config.driver);
}

/// Removes a directory when it goes, whatever happened in between.
class Remover {
 public:
  Remover(os::FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  ~Remover() {
    if (directory_.empty()) return;
    if (const auto removed = files_.remove_tree(directory_); !removed) say(removed.error().message());
  }
  Remover(const Remover&) = delete;
  Remover& operator=(const Remover&) = delete;

 private:
  os::FileSystem& files_;
  const std::string directory_;
};

class Suite {
 public:
  Suite(os::FileSystem& files, os::Random& random, const SuiteConfig& config, const Choices& choices)
      : files_(files), random_(random), config_(config), choices_(choices) {}

  void run(const std::string& path) {
    ++totals_.files;
    if (const std::string reason = config_.reason_to_skip(path); !reason.empty()) {
      ++totals_.skipped_files;
      say("SKIP " + path + ": " + reason);
      return;
    }
    if (const auto status = run_file(path); !status) {
      ++totals_.failed;
      say("FAIL " + path + ": " + status.error().message());
    }
  }

  int finish() const {
    say("config " + config_.name + ", driver " + config_.driver + ": " + std::to_string(totals_.files) +
        " files, " + std::to_string(totals_.commands) + " commands, " + std::to_string(totals_.failed) +
        " failed" +
        (totals_.skipped_files + totals_.skipped_commands == 0
             ? ""
             : "; SKIPPED " + std::to_string(totals_.skipped_files) + " files and " +
                   std::to_string(totals_.skipped_commands) + " commands"));
    if (totals_.files == 0) say("FAIL no test files found");
    return totals_.failed == 0 && totals_.files > 0 ? 0 : 1;
  }

 private:
  Status run_file(const std::string& path) {
    LAKE_TRY(const std::string text, files_.read_file(path));
    LAKE_TRY(const Script script, parse_script(path, text));
    const char* base = std::getenv("TMPDIR");
    const std::string directory =
        os::join_path(base != nullptr ? base : "/tmp", "dplake-test-" + os::random_hex(random_, 8));
    const Remover remover(files_, choices_.keep ? std::string() : directory);  // after the driver has closed
    LAKE_TRY(const auto driver, make_driver(config_, choices_));
    const std::string data = os::join_path(directory, "lake");
    LAKE_CHECK_OK(files_.create_directories(data));
    LAKE_CHECK_OK(files_.create_directories(os::join_path(directory, "out")));
    LAKE_CHECK_OK(driver->open(data));
    std::set<std::string> traits = driver->traits();
    traits.insert(config_.name);
    const Outcome outcome =
        execute(script, *driver, traits, {{"TEST_DIR", os::join_path(directory, "out")}, {"DATA_DIR", data}});
    const Status checked = outcome.passed() && outcome.left_out.empty() ? driver->check() : ok();
    LAKE_CHECK_OK(driver->close());
    report(path, outcome, checked);
    if (choices_.keep) say("kept " + directory);
    return ok();
  }

  void report(const std::string& path, const Outcome& outcome, const Status& checked) {
    totals_.commands += outcome.commands;
    totals_.skipped_commands += outcome.skipped;
    for (const auto& failure : outcome.failures) say("FAIL " + failure);
    if (!checked) say("FAIL " + path + ": check after the last command: " + checked.error().message());
    if (!outcome.passed() || !checked) ++totals_.failed;
    if (!outcome.left_out.empty()) {
      ++totals_.skipped_files;
      say("SKIP " + path + ": " + outcome.left_out);
    } else if (outcome.passed() && checked) {
      say("ok   " + path);
    }
    for (const auto& reason : outcome.skip_reasons) say("SKIP commands in " + path + ": " + reason);
  }

  os::FileSystem& files_;
  os::Random& random_;
  const SuiteConfig& config_;
  const Choices& choices_;
  Totals totals_;
};

int run_suite(const Choices& choices) {
  os::PosixFileSystem files;
  os::SystemRandom random;
  SuiteConfig config;
  if (!choices.config_path.empty()) {
    auto read = read_suite_config(files, choices.config_path);
    if (!read) {
      say(read.error().message());
      return 2;
    }
    config = std::move(*read);
  }
  if (!choices.driver.empty()) config.driver = choices.driver;
  std::vector<std::string> paths;
  for (const auto& path : choices.paths) {
    if (const auto status = collect(files, path, choices.slow, paths); !status) {
      say(status.error().message());
      return 2;
    }
  }
  Suite suite(files, random, config, choices);
  for (const auto& path : paths) suite.run(path);
  return suite.finish();
}

}  // namespace
}  // namespace lake::sqltest

int main(int argc, char** argv) {
  lake::sqltest::Choices choices;
  CLI::App app("Runs SQL test files (docs/testing.md) against a lake.");
  app.add_option("--config", choices.config_path, "test/configs/<name>.json");
  app.add_option("--driver", choices.driver, "session, http or duckdb instead of the config's");
  app.add_option("--program", choices.program, "the dplake binary that the http driver starts");
  app.add_flag("--slow", choices.slow, "also .test_slow files in directories");
  app.add_flag("--keep", choices.keep, "leave the data directories behind");
  app.add_option("paths", choices.paths, "test files and directories")->required();
  CLI11_PARSE(app, argc, argv);
  return lake::sqltest::run_suite(choices);
}

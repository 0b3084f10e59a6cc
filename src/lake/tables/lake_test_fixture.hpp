#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lake/catalog/catalog.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/engine.hpp"
#include "lake/engine/errors.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"
#include "lake/sim/faulty_file_system.hpp"
#include "lake/tables/lake.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::tables {

/// A whole lake in a directory of its own: catalog, engine and connections, which a test may close and open
/// again. Its files fail when `files_` is told so.
class LakeFixture : public ::testing::Test {
 protected:
  using Rows = std::vector<std::vector<std::string>>;

  explicit LakeFixture(TableOptions options = {}) : options_(std::move(options)) {}

  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("lake_tables_") + info->test_suite_name() + "_" + info->name() + "_" +
                       std::to_string(::getpid());
    for (char& letter : name) letter = letter == '/' ? '_' : letter;
    directory_ = os::join_path(must(files_.canonical(::testing::TempDir())), name);
    ASSERT_TRUE(files_.remove_tree(directory_));
    ASSERT_TRUE(files_.create_directories(directory_));
    open();
  }
  void TearDown() override {
    close();
    EXPECT_TRUE(files_.remove_tree(directory_));
  }

  void open() {
    catalog_ = must(catalog::Catalog::open(files_, clock_, random_, metrics_, directory_, {}));
    lake_.reset(new Lake{*catalog_, files_, clock_, random_, metrics_, jobs_, directory_, options_, {}, {}});
    engine::EngineOptions options;
    options.data_directory = directory_;
    options.temp_directory = directory_ + "/tmp";
    options.threads = 2;
    engine::Engine::Hooks hooks;
    hooks.before_open = [this](duckdb::DBConfig& config) { register_storage(config, *lake_); };
    hooks.after_open = [this](duckdb::DuckDB& database) { register_functions(database, *lake_); };
    engine_ = must(engine::Engine::open(files_, clock_, metrics_, options, hooks));
    connect();
  }
  void connect() {
    instance_ = must(engine_->instance());
    connection_ = std::make_unique<duckdb::Connection>(*instance_.database);
  }
  std::unique_ptr<duckdb::Connection> another() {
    return std::make_unique<duckdb::Connection>(*instance_.database);
  }
  void close() {
    connection_.reset();
    instance_ = {};
    engine_.reset();
    lake_.reset();
    if (catalog_) {
      EXPECT_TRUE(catalog_->close());
    }
    catalog_.reset();
  }
  void reopen() {
    close();
    open();
  }

  static Status try_run(duckdb::Connection& connection, const std::string& sql) {
    const auto result = connection.Query(sql);
    if (result->HasError()) return engine::error_from(result->GetErrorObject());
    return ok();
  }
  static void run(duckdb::Connection& connection, const std::string& sql) {
    const Status done = try_run(connection, sql);
    EXPECT_TRUE(done) << sql << ": " << name_of(done.error().code()) << ": " << done.error().message();
  }
  void run(const std::string& sql) { run(*connection_, sql); }
  /// The code of the failure, empty when the statement succeeded.
  static std::optional<ErrorCode> failure(duckdb::Connection& connection, const std::string& sql) {
    const Status done = try_run(connection, sql);
    if (done) return std::nullopt;
    return done.error().code();
  }
  std::optional<ErrorCode> failure(const std::string& sql) { return failure(*connection_, sql); }
  static Rows rows(duckdb::Connection& connection, const std::string& sql) {
    Rows result;
    const auto answer = connection.Query(sql);
    EXPECT_FALSE(answer->HasError()) << sql << ": " << answer->GetError();
    if (answer->HasError()) return result;
    for (duckdb::idx_t row = 0; row < answer->RowCount(); ++row) {
      result.emplace_back();
      for (duckdb::idx_t column = 0; column < answer->ColumnCount(); ++column) {
        result.back().push_back(answer->GetValue(column, row).ToString());
      }
    }
    return result;
  }
  Rows rows(const std::string& sql) { return rows(*connection_, sql); }
  std::string text(const std::string& sql) {
    const Rows all = rows(sql);
    return all.size() == 1 && all[0].size() == 1 ? all[0][0] : "<" + std::to_string(all.size()) + " rows>";
  }

  /// Ends the test when there is none.
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message());
    return std::move(*result);
  }
  catalog::TablePtr table(const std::string& name) { return catalog_->current()->find("main", name); }

  os::PosixFileSystem disk_;
  sim::FaultyFileSystem files_{disk_};
  os::SystemClock clock_;
  os::SystemRandom random_;
  telemetry::Metrics metrics_;
  jobs::Jobs jobs_{clock_, metrics_};
  TableOptions options_;
  std::string directory_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Lake> lake_;
  std::unique_ptr<engine::Engine> engine_;
  engine::Instance instance_;
  std::unique_ptr<duckdb::Connection> connection_;
};

}  // namespace lake::tables

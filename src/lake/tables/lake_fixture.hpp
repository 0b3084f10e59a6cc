#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
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
#include "lake/tables/lake.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::tables {

/// A whole lake in a directory of its own: catalog, engine and connections, which a test may close and open
/// again.
class LakeFixture : public ::testing::Test {
 protected:
  using Rows = std::vector<std::vector<std::string>>;

  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = ::testing::TempDir() + "lake_tables_" + info->test_suite_name() + "_" + info->name() + "_" +
                 std::to_string(::getpid());
    ASSERT_TRUE(files_.remove_tree(directory_));
    ASSERT_TRUE(files_.create_directories(directory_));
    open();
  }
  void TearDown() override {
    close();
    EXPECT_TRUE(files_.remove_tree(directory_));
  }

  void open() {
    auto opened = catalog::Catalog::open(files_, clock_, random_, metrics_, directory_, {});
    ASSERT_TRUE(opened) << opened.error().message();
    catalog_ = std::move(*opened);
    lake_.reset(new Lake{*catalog_, files_, clock_, random_, metrics_, jobs_, directory_, options_, {}, {}});
    engine::EngineOptions options;
    options.data_directory = directory_;
    options.temp_directory = directory_ + "/tmp";
    options.threads = 2;
    engine::Engine::Hooks hooks;
    hooks.before_open = [this](duckdb::DBConfig& config) { register_storage(config, *lake_); };
    auto engine = engine::Engine::open(files_, clock_, metrics_, options, hooks);
    ASSERT_TRUE(engine) << engine.error().message();
    engine_ = std::move(*engine);
    connect();
  }
  void connect() {
    instance_ = *engine_->instance();
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

  os::PosixFileSystem files_;
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

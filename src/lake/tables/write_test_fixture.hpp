#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "lake/engine/duckdb.hpp"
#include "lake/engine/engine.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/sim/faulty_file_system.hpp"
#include "lake/tables/lake.hpp"

namespace lake::tables {

/// A whole lake in a directory of its own, for tests of SQL statements.
class WriteFixture : public testing::Test {
 protected:
  explicit WriteFixture(TableOptions options = {})
      : options_(std::move(options)), directory_(make_directory()) {
    open();
  }
  ~WriteFixture() override {
    close();
    ignore(files_.remove_tree(directory_), "only a test's leavings");
  }

  void open() {
    catalog_ = must(catalog::Catalog::open(files_, clock_, random_, metrics_, directory_, {}));
    lake_.reset(new Lake{*catalog_, files_, clock_, random_, metrics_, jobs_, directory_, options_, {}, {}});
    engine::EngineOptions engine_options;
    engine_options.data_directory = directory_;
    engine_options.temp_directory = directory_ + "/tmp";
    engine_options.threads = 2;
    engine::Engine::Hooks hooks;
    hooks.before_open = [this](duckdb::DBConfig& config) { register_storage(config, *lake_); };
    hooks.after_open = [](duckdb::DuckDB&) {};
    engine_ = must(engine::Engine::open(files_, clock_, metrics_, engine_options, hooks));
    database_ = must(engine_->instance()).database;
    connection_ = std::make_unique<duckdb::Connection>(*database_);
  }
  void close() {
    connection_.reset();
    database_.reset();
    engine_.reset();
    lake_.reset();
    if (catalog_ != nullptr) {
      EXPECT_TRUE(catalog_->close());
    }
    catalog_.reset();
  }
  void reopen() {
    close();
    open();
  }

  /// Rows as "a|b\nc|d", or "error: ..." .
  std::string run(const std::string& sql) { return run_on(*connection_, sql); }
  static std::string run_on(duckdb::Connection& connection, const std::string& sql) {
    const auto result = connection.Query(sql);
    if (result->HasError()) return "error: " + result->GetError();
    std::string text;
    for (duckdb::idx_t r = 0; r < result->RowCount(); ++r) {
      if (r > 0) text += '\n';
      for (duckdb::idx_t c = 0; c < result->ColumnCount(); ++c) {
        text += (c > 0 ? "|" : "") + result->GetValue(c, r).ToString();
      }
    }
    return text;
  }
  catalog::TablePtr table(const std::string& name) { return catalog_->current()->find("main", name); }

  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message());
    return std::move(*result);
  }

  os::PosixFileSystem disk_;
  sim::FaultyFileSystem files_{disk_};
  os::SystemClock clock_;
  os::SystemRandom random_;
  telemetry::Metrics metrics_;
  jobs::Jobs jobs_{clock_, metrics_};
  TableOptions options_;
  const std::string directory_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Lake> lake_;
  std::unique_ptr<engine::Engine> engine_;
  std::shared_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;

 private:
  std::string make_directory() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("lake_write_") + test->test_suite_name() + "_" + test->name();
    for (auto& c : name) c = c == '/' ? '_' : c;
    const std::string path = os::join_path(must(files_.canonical(testing::TempDir())), name);
    ignore(files_.remove_tree(path), "may be absent");
    EXPECT_TRUE(files_.create_directories(path));
    return path;
  }
};

}  // namespace lake::tables

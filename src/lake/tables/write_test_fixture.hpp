#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "lake/engine/duckdb.hpp"
#include "lake/engine/engine.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/sim/faulty_file_system.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/rewrite.hpp"

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
    hooks.after_open = [this](duckdb::DuckDB& database) { register_functions(database, *lake_); };
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

  /// Moves the rows of a table's inline segments, and of its files from `begin` to before `end`, to new
  /// files.
  void rewrite_files(const std::string& name, std::size_t begin, std::size_t end) {
    RewriteOrder order;
    order.table = table(name)->table_id;
    order.snapshot = must(catalog_->seal_segments(order.table));
    order.stop_asked = [] { return false; };
    order.pause = [] {};
    const auto seen = order.snapshot->find(order.table);
    const auto& files = *seen->files;
    for (std::size_t i = begin; i < std::min(end, files.size()); ++i)
      order.sources.push_back(files[i]->file_id);
    for (const auto& segment : seen->segments) order.sources.push_back(segment.segment->file_id);
    const auto outcome = rewrite(*engine_, *lake_, order);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(table(name)->segment_rows, 0U);
  }

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

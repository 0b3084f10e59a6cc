#include "lake/engine/engine.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "duckdb/catalog/duck_catalog.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb/transaction/duck_transaction_manager.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/engine/json_depth.hpp"

namespace lake::engine {
namespace {

/// The engine on a storage extension that stands for the lake: a plain in-memory catalog would need DuckDB's
/// own attach.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = ::testing::TempDir() + "lake_engine_" + info->name() + "_" + std::to_string(::getpid());
    ASSERT_TRUE(files_.remove_tree(directory_));
    ASSERT_TRUE(files_.create_directories(directory_ + "/tmp/left-over"));
    options_.data_directory = directory_;
    options_.temp_directory = directory_ + "/tmp";
    options_.threads = 2;
    options_.memory_bytes = 64ULL << 20U;
    options_.temp_bytes_max = 1ULL << 30U;
    auto opened = Engine::open(files_, clock_, metrics_, options_, hooks());
    ASSERT_TRUE(opened) << opened.error().message();
    engine_ = std::move(*opened);
  }
  void TearDown() override {
    engine_.reset();
    EXPECT_TRUE(files_.remove_tree(directory_));
  }

  static duckdb::unique_ptr<duckdb::Catalog> attach(duckdb::optional_ptr<duckdb::StorageExtensionInfo>,
                                                    duckdb::ClientContext&,
                                                    duckdb::AttachedDatabase& database, const std::string&,
                                                    duckdb::AttachInfo& info, duckdb::AttachOptions&) {
    info.path = ":memory:";
    return duckdb::make_uniq<duckdb::DuckCatalog>(database);
  }
  static duckdb::unique_ptr<duckdb::TransactionManager> transactions(
      duckdb::optional_ptr<duckdb::StorageExtensionInfo>, duckdb::AttachedDatabase& database,
      duckdb::Catalog&) {
    return duckdb::make_uniq<duckdb::DuckTransactionManager>(database);
  }
  Engine::Hooks hooks() {
    Engine::Hooks result;
    result.before_open = [](duckdb::DBConfig& config) {
      auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
      extension->attach = attach;
      extension->create_transaction_manager = transactions;
      duckdb::StorageExtension::Register(config, "lake", std::move(extension));
    };
    result.after_open = [this](duckdb::DuckDB&) { ++builds_; };
    return result;
  }
  static Status run(duckdb::Connection& connection, const std::string& sql) {
    const auto result = connection.Query(sql);
    if (result->HasError()) return error_from(result->GetErrorObject());
    return ok();
  }
  static std::string text(duckdb::Connection& connection, const std::string& sql) {
    const auto result = connection.Query(sql);
    return result->HasError() ? result->GetError() : result->GetValue(0, 0).ToString();
  }

  os::PosixFileSystem files_;
  os::SystemClock clock_;
  telemetry::Metrics metrics_;
  std::string directory_;
  EngineOptions options_;
  int builds_ = 0;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, SettingsAreThoseOfALake) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  EXPECT_EQ(text(connection, "SELECT current_database()"), "lake");
  EXPECT_EQ(text(connection, "SELECT current_setting('TimeZone')"), "UTC");
  EXPECT_EQ(text(connection, "SELECT current_setting('autoload_known_extensions')"), "false");
  EXPECT_EQ(text(connection, "SELECT current_setting('autoinstall_known_extensions')"), "false");
  EXPECT_EQ(text(connection, "SELECT current_setting('memory_limit')"), "64.0 MiB");
  EXPECT_EQ(text(connection, "SELECT current_setting('max_temp_directory_size')"), "1.0 GiB");
  EXPECT_FALSE(*files_.exists(directory_ + "/tmp/left-over"));
}

TEST_F(EngineTest, OtherDatabasesAreForReadingOnly) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  const Status refused = run(connection, "ATTACH ':memory:' AS other");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_FALSE(run(connection, "ATTACH '" + directory_ + "/x.db' AS other"));
  {
    duckdb::DuckDB outside(directory_ + "/x.db");
    duckdb::Connection writer(outside);
    ASSERT_TRUE(run(writer, "CREATE TABLE t AS SELECT 42 AS a"));
  }
  ASSERT_TRUE(run(connection, "ATTACH '" + directory_ + "/x.db' AS other (READ_ONLY)"));
  EXPECT_EQ(text(connection, "SELECT a FROM other.t"), "42");
  EXPECT_FALSE(run(connection, "INSERT INTO other.t VALUES (1)"));
}

TEST_F(EngineTest, FilesBelowTheDirectoryGoThroughOurFileSystem) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  ASSERT_TRUE(files_.create_directories(directory_ + "/data/deep"));
  ASSERT_TRUE(
      run(connection, "COPY (SELECT i FROM range(100000) t(i)) TO '" + directory_ + "/data/a.parquet'"));
  ASSERT_TRUE(
      run(connection, "COPY (SELECT i FROM range(10) t(i)) TO '" + directory_ + "/data/deep/b.parquet'"));
  EXPECT_EQ(text(connection, "SELECT count(*) FROM read_parquet('" + directory_ + "/data/*.parquet')"),
            "100000");
  EXPECT_EQ(text(connection, "SELECT count(*) FROM read_parquet('" + directory_ + "/data/**/*.parquet')"),
            "100010");
  const Status missing =
      run(connection, "SELECT * FROM read_parquet('" + directory_ + "/data/none.parquet')");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kIo);
}

TEST_F(EngineTest, OpenFilesAreBounded) {
  engine_.reset();
  options_.open_files_max = 3;
  engine_ = std::move(*Engine::open(files_, clock_, metrics_, options_, hooks()));
  const auto instance = *engine_->instance();
  auto& files = duckdb::FileSystem::GetFileSystem(*instance.database->instance);
  const auto flags = duckdb::FileFlags::FILE_FLAGS_WRITE | duckdb::FileFlags::FILE_FLAGS_FILE_CREATE;
  std::vector<duckdb::unique_ptr<duckdb::FileHandle>> open;
  const auto open_another = [&] {
    return guarded(
        [&] { open.push_back(files.OpenFile(directory_ + "/" + std::to_string(open.size()), flags)); });
  };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(open_another());
  const Status refused = open_another();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  open[0]->Close();
  EXPECT_TRUE(open_another());
  EXPECT_FALSE(open_another());
  open.pop_back();
  EXPECT_TRUE(open_another()) << "a handle that is dropped makes room too";
  EXPECT_FALSE(guarded([&] { files.OpenFile(directory_ + "/none", duckdb::FileFlags::FILE_FLAGS_READ); }));
  open.clear();
  duckdb::Connection connection(*instance.database);
  EXPECT_TRUE(run(connection, "COPY (SELECT 1 AS a) TO '" + directory_ + "/a.parquet'"));
  EXPECT_EQ(text(connection, "SELECT a FROM '" + directory_ + "/a.parquet'"), "1");
}

TEST_F(EngineTest, LargeSortSpillsAndCleansUp) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  EXPECT_EQ(text(connection,
                 "SELECT count(*) FROM (SELECT * FROM range(3000000) t(i), (SELECT repeat('x', 60) AS s) "
                 "ORDER BY hash(i)) WHERE i >= 0"),
            "3000000");
}

/// SQL of a JSON text with `depth` arrays and objects inside each other in turn.
std::string nested_json(std::size_t depth) {
  const auto pairs = std::to_string(depth / 2);
  return R"((repeat('[{"a":', )" + pairs + ")" + (depth % 2 == 1 ? " || '[1]'" : " || '1'") +
         " || repeat('}]', " + pairs + "))";
}

TEST_F(EngineTest, JsonAsDeepAsTheBoundIsRead) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  for (const auto depth : {kJsonDepthMax - 1, kJsonDepthMax}) {
    const std::string json = nested_json(depth);
    EXPECT_TRUE(run(connection, "SELECT json_structure(" + json + ")"));
    EXPECT_EQ(text(connection,
                   "SELECT (" + json + "::JSON)::VARIANT::VARCHAR = (" + json + "::JSON)::VARIANT::VARCHAR"),
              "true");
    EXPECT_EQ(text(connection, "SELECT json_contains(" + json + ", '1')"), "true");
  }
}

TEST_F(EngineTest, JsonDeeperThanTheBoundIsRefusedWhereverItIsRead) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  const std::string file = directory_ + "/deep.json";
  for (const std::size_t depth : {kJsonDepthMax + 1, kJsonDepthMax + 2, std::size_t{100'000}}) {
    const std::string json = nested_json(depth);
    ASSERT_TRUE(run(connection, "COPY (SELECT " + json + ") TO '" + file +
                                    "' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"));
    for (const std::string& sql :
         {"SELECT json_structure(" + json + ")", "SELECT (" + json + "::JSON)::VARIANT",
          "SELECT TRY_CAST(" + json + " AS JSON)", "SELECT json_contains(" + json + ", " + json + ")",
          "SELECT json_merge_patch(" + json + ", " + json + ")", "SELECT json_transform('1', " + json + ")",
          "SELECT json_transform(" + json + ", '[\"JSON\"]')", "SELECT json_array(" + json + "::JSON)",
          "SELECT count(*) FROM json_tree(" + json + ")", "SELECT json_deserialize_sql(" + json + ")",
          "SELECT json_pretty(" + json + ")", "SELECT * FROM read_json('" + file + "')",
          "SELECT * FROM read_json('" + file + "', format='newline_delimited', ignore_errors=true)",
          "SELECT * FROM read_json('" + file + "', maximum_depth=1)"}) {
      const Status status = run(connection, sql);
      ASSERT_FALSE(status) << sql;
      EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument) << sql;
      EXPECT_NE(status.error().message().find("1000 levels"), std::string::npos)
          << sql << ": " << status.error().message();
    }
  }
}

TEST_F(EngineTest, VariantsWrappedInEachOtherAreBoundedToo) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  const auto wrapped = [](const std::string& inner, int times) {
    return "WITH RECURSIVE t(n, v) AS (SELECT 1, 1::VARIANT UNION ALL SELECT n + 1, (" + inner +
           ")::VARIANT FROM t WHERE n <= " + std::to_string(times) + ") SELECT count(*), max(n) FROM t";
  };
  for (const std::string inner :
       {"[[[[[[[[[[v]]]]]]]]]]", "{'a': [{'b': [[[[[{'c': v}]]]]]}]}", "[map {'k': [[[[[[[[v]]]]]]]]}]"}) {
    EXPECT_TRUE(run(connection, wrapped(inner, 90))) << inner;
    const Status status = run(connection, wrapped(inner, 120));
    ASSERT_FALSE(status) << inner;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument) << inner;
    EXPECT_NE(status.error().message().find("1000 levels"), std::string::npos) << status.error().message();
  }
  ASSERT_TRUE(run(connection, "CREATE TEMP TABLE v (v VARIANT); INSERT INTO v VALUES ([1::VARIANT])"));
  EXPECT_EQ(text(connection, "SELECT v::VARCHAR FROM v"), "[1]");
  EXPECT_EQ(text(connection, "SELECT len((range(5000)::VARIANT[])::VARIANT::VARCHAR)"), "28890");
}

TEST_F(EngineTest, JsonOfManyValuesIsNotDeep) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  EXPECT_EQ(
      text(connection, "SELECT json_array_length('[' || repeat('[[]],{\"a\":[{}]},', 100000) || '[]]')"),
      "200001");
  EXPECT_EQ(text(connection, "SELECT json_valid('[' || repeat('1,', 100000))"), "false");
  EXPECT_EQ(text(connection, "SELECT json_valid(repeat('[', 100000))"), "false");
}

TEST_F(EngineTest, AValueThatAnEnumLacksIsNamedWithThoseItHas) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  ASSERT_TRUE(
      run(connection,
          "CREATE TEMP TABLE m (a ENUM('calm', 'glad'), n INTEGER); INSERT INTO m VALUES ('glad', 1), "
          "(NULL, 2); CREATE TEMP TABLE w AS SELECT * FROM (VALUES ('calm'), (NULL), ('zz')) v(t)"));
  const std::string words = "'zz' is no value of this ENUM; its values are 'calm', 'glad'";
  for (const std::string sql : {"SELECT 'zz'::ENUM('calm', 'glad')", "INSERT INTO m VALUES ('zz', 3)",
                                "UPDATE m SET a = 'zz'", "SELECT t::ENUM('calm', 'glad') FROM w",
                                "SELECT t::ENUM('zz', 'calm')::ENUM('calm', 'glad') FROM w"}) {
    const Status status = run(connection, sql);
    ASSERT_FALSE(status) << sql;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument) << sql;
    EXPECT_TRUE(status.error().message().starts_with(words)) << sql << ": " << status.error().message();
  }
  EXPECT_EQ(text(connection, "SELECT count(*) FROM m WHERE a = 'zz'"), "0");
  EXPECT_EQ(
      text(connection, "SELECT string_agg(coalesce(TRY_CAST(t AS ENUM('calm'))::VARCHAR, '-'), ' ') FROM w"),
      "calm - -");
  EXPECT_EQ(text(connection, "SELECT TRY_CAST('zz'::ENUM('zz') AS ENUM('calm')) IS NULL"), "true");
  EXPECT_EQ(text(connection, "SELECT string_agg(n::VARCHAR, ' ') FROM m WHERE a = 'glad'"), "1");
  // Neither a long value nor a long list makes a long message.
  const auto many = run(connection,
                        "CREATE TYPE letters AS ENUM (SELECT 'v' || i FROM range(300) t(i)); SELECT "
                        "repeat('ä', 1000)::letters");
  ASSERT_FALSE(many);
  EXPECT_LT(many.error().message().size(), 300U);
  EXPECT_NE(many.error().message().find("; its values are 'v0', "), std::string::npos)
      << many.error().message();
  EXPECT_NE(many.error().message().find("'v9' and 290 more"), std::string::npos) << many.error().message();
}

TEST_F(EngineTest, AdviceNamesWhatAUserOfTheLakeCanDo) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  std::string brackets;
  for (int i = 0; i < 2000; ++i) brackets += "[]";
  const Status deep = run(connection, "SELECT NULL::INTEGER" + brackets);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().message().find("SET "), std::string::npos) << deep.error().message();
  EXPECT_NE(deep.error().message().find("more than 1000 levels"), std::string::npos)
      << deep.error().message();
  const Status large = run(connection, "SELECT list(repeat('x', 1000) || i) FROM range(1000000) t(i)");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(large.error().message().find("SET "), std::string::npos) << large.error().message();
  EXPECT_NE(large.error().message().find("--memory-limit"), std::string::npos) << large.error().message();
}

TEST_F(EngineTest, InvalidInstanceIsRebuilt) {
  const auto first = *engine_->instance();
  duckdb::Connection old(*first.database);
  ASSERT_TRUE(run(old, "SELECT 1"));
  duckdb::ValidChecker::Invalidate(*first.database->instance, "injected");
  const auto answer = old.Query("SELECT 1");
  ASSERT_TRUE(answer->HasError());
  EXPECT_TRUE(invalidates_instance(answer->GetErrorObject()));
  EXPECT_EQ(error_from(answer->GetErrorObject()).code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(is_retryable(ErrorCode::kUnavailable));
  engine_->report_invalid(first.generation);
  engine_->report_invalid(first.generation);
  const auto second = *engine_->instance();
  EXPECT_EQ(second.generation, first.generation + 1);
  EXPECT_EQ(builds_, 2);
  duckdb::Connection fresh(*second.database);
  EXPECT_TRUE(run(fresh, "SELECT 1"));
  engine_->report_invalid(first.generation);
  EXPECT_EQ((*engine_->instance()).generation, second.generation);
}

TEST_F(EngineTest, AdviceToLoadAnExtensionIsNotGiven) {
  const auto instance = *engine_->instance();
  duckdb::Connection connection(*instance.database);
  for (const char* sql : {"SELECT ST_Area('x')", "FROM read_parquet('https://example.org/x.parquet')"}) {
    const auto answer = run(connection, sql);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message().find(".;"), std::string::npos) << answer.error().message();
    EXPECT_NE(answer.error().message().find("loads no extensions"), std::string::npos)
        << answer.error().message();
    EXPECT_EQ(answer.error().message().find("INSTALL"), std::string::npos) << answer.error().message();
  }
}

TEST(ErrorBorder, AnErrorKeepsItsCodeAcrossDuckdb) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    const Error error = Error(static_cast<ErrorCode>(code), "what happened").at(7);
    const Status back = guarded([&] { throw_as_duckdb(error); });
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code(), error.code());
    EXPECT_EQ(back.error().message(), error.message());
    EXPECT_EQ(back.error().position(), 7);
    try {
      throw_as_duckdb(error);
    } catch (const std::exception& thrown) {
      EXPECT_FALSE(invalidates_instance(duckdb::ErrorData(thrown)));
    }
  }
}

}  // namespace
}  // namespace lake::engine

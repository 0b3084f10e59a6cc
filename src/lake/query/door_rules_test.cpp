#include "lake/query/door_rules.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "lake/os/file_system.hpp"
#include "lake/query/plain_engine.hpp"

namespace lake::query {
namespace {

class Door : public ::testing::Test {
 protected:
  Door() {
    EXPECT_TRUE(files_.remove_tree(root_));
    for (const auto* directory : {"/open", "/closed", "/lake/tables/main/t"}) {
      EXPECT_TRUE(files_.create_directories(root_ + directory));
    }
    for (const auto* file : {"/open/a.csv", "/closed/a.csv", "/lake/admin.token", "/lake/catalog.sqlite"}) {
      EXPECT_TRUE(files_.replace_file(root_ + file, "a,b\n1,2\n"));
    }
    auto allowed = access::AllowedPaths::open(files_, {root_ + "/open"}, {root_ + "/lake"});
    EXPECT_TRUE(allowed);
    engine_ = std::make_unique<PlainEngine>(
        SessionOptions{.data_directory = root_ + "/lake",
                       .allowed_paths = std::make_shared<access::AllowedPaths>(std::move(*allowed))});
    session_ = engine_->session();
  }
  ErrorCode code_of(std::string sql, bool from_door = true) {
    for (auto at = sql.find("{root}"); at != std::string::npos; at = sql.find("{root}"))
      sql.replace(at, 6, root_);
    auto result = session_->run_text(sql, {}, {.timeout = {}, .rows_max = {}, .from_door = from_door});
    if (!result) message_ = result.error().message();
    return result ? ErrorCode::kCancelled : result.error().code();  // kCancelled stands for "it worked"
  }
  os::PosixFileSystem files_;
  const std::string root_ = ::testing::TempDir() + "dplake_door_rules_" + std::to_string(::getpid());
  std::unique_ptr<PlainEngine> engine_;
  std::unique_ptr<Session> session_;
  std::string message_;
};

constexpr auto kWorked = ErrorCode::kCancelled;

TEST_F(Door, AllowedPathsAreReadAndWritten) {
  EXPECT_EQ(code_of("SELECT * FROM '{root}/open/a.csv'"), kWorked) << message_;
  EXPECT_EQ(code_of("SELECT * FROM read_csv('{root}/open/*.csv')"), kWorked) << message_;
  EXPECT_EQ(code_of("COPY (SELECT 1 AS x) TO '{root}/open/out.parquet'"), kWorked) << message_;
  EXPECT_EQ(code_of("SELECT * FROM read_parquet('{root}/open/out.parquet')"), kWorked) << message_;
  EXPECT_EQ(code_of("COPY (SELECT 1 AS x, 2 AS p) TO '{root}/open/parts' (FORMAT parquet, PARTITION_BY (p))"),
            kWorked)
      << message_;
}

TEST_F(Door, OtherPathsAreRefusedWhicheverWay) {
  for (const auto* sql : {
           "SELECT * FROM '{root}/closed/a.csv'",
           "SELECT * FROM read_csv('{root}/closed/a.csv')",
           "SELECT * FROM read_csv(['{root}/open/a.csv', '{root}/closed/a.csv'])",
           "SELECT * FROM read_text('/etc/passwd')",
           "SELECT * FROM read_blob('/etc/passwd')",
           "SELECT * FROM read_json('/etc/passwd')",
           "SELECT * FROM read_parquet('/etc/passwd')",
           "SELECT * FROM parquet_schema('{root}/closed/a.csv')",
           "SELECT * FROM sniff_csv('{root}/closed/a.csv')",
           "SELECT * FROM glob('/etc/*')",
           "SELECT * FROM glob('{root}/open/../closed/*')",
           "SELECT * FROM read_text('{root}/open/../closed/a.csv')",
           "SELECT * FROM read_text('{root}/op*/../closed/a.csv')",
           "SELECT * FROM read_text('~/.bashrc')",
           "SELECT * FROM read_text('file:/etc/passwd')",
           "SELECT * FROM read_text('{root}/lake/admin.token')",
           "SELECT * FROM read_text('{root}/lake/tables/../admin.token')",
           "SELECT (SELECT content FROM read_text('/etc/passwd'))",
           "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
           "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
           "CREATE TABLE t AS SELECT * FROM read_text('/etc/passwd')",
           "CREATE TABLE c(a VARCHAR); COPY c FROM '/etc/passwd'",
           "COPY (SELECT 1) TO '{root}/closed/out.csv'",
           "COPY (SELECT 1) TO '/dev/stdout'",
           "COPY (SELECT 1) TO '{root}/lake/tables/main/t/evil.parquet'",
           "EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/closed/out.csv'",
           "PREPARE p AS COPY (SELECT 1) TO '{root}/closed/out.csv'; EXECUTE p",
           "CREATE MACRO m() AS TABLE SELECT * FROM read_text('/etc/passwd'); SELECT * FROM m()",
           "SELECT * FROM read_csv('/dev/stdin')",
       }) {
    EXPECT_EQ(code_of(sql), ErrorCode::kPermissionDenied) << sql << ": " << message_;
  }
  EXPECT_FALSE(*files_.exists(root_ + "/closed/out.csv"));
  EXPECT_FALSE(*files_.exists(root_ + "/lake/tables/main/t/evil.parquet"));
}

TEST_F(Door, CopyToStandardStreamsIsRefused) {
  EXPECT_EQ(code_of("COPY (SELECT 1) TO STDOUT"), ErrorCode::kPermissionDenied) << message_;
  EXPECT_EQ(code_of("CREATE TABLE c2(a VARCHAR); COPY c2 FROM STDIN"), ErrorCode::kPermissionDenied)
      << message_;
}

TEST_F(Door, StatementsThatReachOutAreRefused) {
  for (const auto* sql : {
           "ATTACH '{root}/open/x.db' AS x",
           "DETACH memory",
           "INSTALL httpfs",
           "LOAD httpfs",
           "EXPORT DATABASE '{root}/open/dump'",
           "IMPORT DATABASE '{root}/open/dump'",
           "CREATE SECRET s (TYPE S3, KEY_ID 'a', SECRET 'b')",
           "SET memory_limit = '1GB'",
           "SET GLOBAL TimeZone = 'UTC'",
           "SET temp_directory = '/tmp/x'",
           "SET enable_external_access = false",
           "SET log_query_path = '{root}/closed/log'",
           "SET allowed_directories = ['/']",
           "RESET memory_limit",
           "PRAGMA memory_limit = '1GB'",
           "PRAGMA enable_profiling",
           "PRAGMA import_database('{root}/open')",
           "CALL enable_logging('QueryLog')",
           "SELECT * FROM enable_logging('QueryLog')",
           "CREATE MACRO quiet() AS TABLE SELECT * FROM disable_logging(); SELECT * FROM quiet()",
           "SELECT * FROM read_duckdb('{root}/closed/a.csv')",
       }) {
    EXPECT_EQ(code_of(sql), ErrorCode::kPermissionDenied) << sql << ": " << message_;
  }
}

TEST_F(Door, SettingsOfTheSessionStayInTheSession) {
  EXPECT_EQ(code_of("SET TimeZone = 'Europe/Berlin'"), kWorked) << message_;
  EXPECT_EQ(code_of("SET VARIABLE x = 1"), kWorked) << message_;
  EXPECT_EQ(code_of("CREATE TABLE t(a INTEGER); PRAGMA table_info('t')"), kWorked) << message_;
  EXPECT_EQ(code_of("SHOW TABLES"), kWorked) << message_;
  EXPECT_EQ(code_of("USE main"), kWorked) << message_;
  auto other = engine_->session();
  EXPECT_EQ(other->run_text("SELECT current_setting('TimeZone')")->rows[0][0]->find("Berlin"),
            std::string::npos);
}

TEST_F(Door, SymbolicLinkOutOfTheAllowedPathIsRefused) {
  ASSERT_EQ(::symlink((root_ + "/closed").c_str(), (root_ + "/open/link").c_str()), 0);
  EXPECT_EQ(code_of("SELECT * FROM read_text('{root}/open/link/a.csv')"), ErrorCode::kPermissionDenied)
      << message_;
}

TEST_F(Door, TableFilesAreKnownThroughALinkedDataDirectory) {
  ASSERT_EQ(::symlink((root_ + "/lake").c_str(), (root_ + "/linked").c_str()), 0);
  const PathRules rules(root_ + "/linked", nullptr);
  EXPECT_TRUE(rules.is_table_file(root_ + "/linked/tables/main/t/a.parquet"));
  EXPECT_TRUE(rules.is_table_file(root_ + "/lake/tables/main/t/a.parquet"));
  EXPECT_FALSE(rules.is_table_file(root_ + "/linked/tables/../admin.token"));
  EXPECT_TRUE(rules.is_guarded(root_ + "/linked/catalog.sqlite"));
}

TEST_F(Door, OwnerAtTheMachineReadsWhatHeMay) {
  EXPECT_EQ(code_of("SELECT * FROM read_csv('{root}/closed/a.csv')", false), kWorked) << message_;
  EXPECT_EQ(code_of("COPY (SELECT 1) TO '{root}/closed/mine.csv'", false), kWorked) << message_;
}

TEST_F(Door, CatalogFileIsNeverOpenedASecondTime) {
  EXPECT_EQ(code_of("SELECT * FROM read_text('{root}/lake/catalog.sqlite')", false),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(code_of("COPY (SELECT 1) TO '{root}/lake/catalog.sqlite'", false), ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace lake::query

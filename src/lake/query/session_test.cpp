#include "lake/query/session.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "lake/query/plain_engine.hpp"

namespace lake::query {
namespace {

// Takes far longer than a test may; only a stop ends it.
constexpr const char* kEndless =
    "SELECT count(*) FROM range(10000000000) a, range(10000000) b WHERE a.range * b.range = -1";

class SessionTest : public ::testing::Test {
 protected:
  Error error_of(const std::string& sql, const Parameters& parameters = {},
                 const RequestOptions& options = {}) {
    auto result = session_->run_text(sql, parameters, options);
    if (!result) return result.error();
    return Error(ErrorCode::kInternal, "it worked");
  }
  std::string value_of(const std::string& sql, const Parameters& parameters = {}) {
    auto result = session_->run_text(sql, parameters);
    if (!result) return "error: " + result.error().message();
    return result->rows.empty() ? "no row" : result->rows[0][0].value_or("NULL");
  }
  PlainEngine engine_;
  std::unique_ptr<Session> session_ = engine_.session();
};

TEST_F(SessionTest, ScriptRunsAllAndAnswersWithTheLast) {
  EXPECT_EQ(value_of("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2); SELECT sum(a) FROM t;"), "3");
}

TEST_F(SessionTest, SplitKeepsOffsetsAndQuotedSemicolons) {
  const auto pieces = session_->split("-- c;\nSELECT ';' ; ; /* ; */ SELECT $$;$$\n;");
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 2U);
  EXPECT_EQ((*pieces)[0].offset, 6U);
  EXPECT_EQ((*pieces)[0].sql, "SELECT ';' ");
  EXPECT_EQ((*pieces)[1].sql, "SELECT $$;$$\n");
}

TEST_F(SessionTest, ErrorPositionsCountFromTheStartOfTheScript) {
  const std::string missing = "SELECT 1;\n SELECT * FROM nope";
  EXPECT_EQ(error_of(missing).position(), static_cast<std::int64_t>(missing.find("nope")));
  EXPECT_EQ(error_of(missing).code(), ErrorCode::kNotFound);
  const std::string syntax = "SELECT 1;\nSELECT * FROOM t";
  EXPECT_EQ(error_of(syntax).position(), static_cast<std::int64_t>(syntax.find('t', 20)));
  EXPECT_EQ(error_of(syntax).code(), ErrorCode::kInvalidArgument);
  const std::string late = "SELECT 1; SELECT nocolumn FROM range(1)";
  EXPECT_EQ(error_of(late).position(), static_cast<std::int64_t>(late.find("nocolumn")));
}

TEST_F(SessionTest, SyntaxErrorAnywhereRunsNothing) {
  EXPECT_EQ(error_of("CREATE TABLE t(a INTEGER); SELEC 1").code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of("SELECT * FROM t").code(), ErrorCode::kNotFound);
}

TEST_F(SessionTest, CommitOfATransactionThatFailedIsAnErrorAndEndsIt) {
  EXPECT_EQ(value_of("CREATE TABLE t(a INTEGER); BEGIN; INSERT INTO t VALUES (1); SELECT 1"), "1");
  EXPECT_EQ(error_of("SELECT error('no')").code(), ErrorCode::kInvalidArgument);
  const Error refused = error_of("COMMIT");
  EXPECT_EQ(refused.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.message().find("nothing was committed"), std::string::npos) << refused.message();
  EXPECT_FALSE(session_->in_transaction());
  EXPECT_EQ(value_of("SELECT count(*) FROM t"), "0");
  EXPECT_EQ(value_of("BEGIN; INSERT INTO t VALUES (2); COMMIT; SELECT count(*) FROM t"), "1");
}

TEST_F(SessionTest, NothingToRunIsAnError) {
  EXPECT_EQ(error_of(" ; -- only a comment").code(), ErrorCode::kInvalidArgument);
}

TEST_F(SessionTest, NulByteIsRefused) {
  EXPECT_EQ(error_of(std::string("SELECT 1\0; DROP TABLE t", 23)).code(), ErrorCode::kInvalidArgument);
}

TEST_F(SessionTest, ParametersByPlaceAndByName) {
  EXPECT_EQ(value_of("SELECT $1::INTEGER + $2::INTEGER",
                     {.positional = {std::int64_t{1}, std::string("2")}, .named = {}}),
            "3");
  EXPECT_EQ(value_of("SELECT ? || ?", {.positional = {std::string("a"), std::string("b")}, .named = {}}),
            "ab");
  EXPECT_EQ(value_of("SELECT $x::VARCHAR || $y",
                     {.positional = {}, .named = {{"x", std::string("p")}, {"y", std::string("q")}}}),
            "pq");
  EXPECT_EQ(value_of("SELECT $1 IS NULL", {.positional = {std::monostate{}}, .named = {}}), "true");
  EXPECT_EQ(value_of("SELECT $1", {.positional = {1.5}, .named = {}}), "1.5");
}

TEST_F(SessionTest, TextParameterTakesTheTypeOfItsPlace) {
  EXPECT_EQ(value_of("SELECT count(*) FROM (SELECT TIMESTAMP '2024-01-01' AS ts) WHERE ts >= $1",
                     {.positional = {std::string("2023-12-31")}, .named = {}}),
            "1");
}

TEST_F(SessionTest, MissingAndUnusedParametersAreErrors) {
  EXPECT_EQ(error_of("SELECT $1, $2", {.positional = {true}, .named = {}}).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of("SELECT $1", {.positional = {true, false}, .named = {}}).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of("SELECT 1", {.positional = {true}, .named = {}}).code(), ErrorCode::kInvalidArgument);
}

TEST_F(SessionTest, RowsAreCutAtTheirLimit) {
  auto stream = session_->run("SELECT * FROM range(100000)", {}, {.timeout = {}, .rows_max = 5000});
  ASSERT_TRUE(stream);
  std::uint64_t rows = 0;
  while (auto batch = (*stream)->next().value()) rows += batch->row_count();
  EXPECT_EQ(rows, 5000U);
  EXPECT_TRUE((*stream)->truncated());
}

TEST_F(SessionTest, ExactlyTheLimitIsNotTruncated) {
  auto stream = session_->run("SELECT * FROM range(5000)", {}, {.timeout = {}, .rows_max = 5000});
  ASSERT_TRUE(stream);
  while ((*stream)->next().value()) {
  }
  EXPECT_FALSE((*stream)->truncated());
}

TEST_F(SessionTest, CancelEndsTheStatementAndNotTheSession) {
  std::thread other([&] {
    auto& running = engine_.metrics().gauge("dplake_statements_running", "");
    while (running.value() == 0) std::this_thread::yield();
    session_->cancel();
  });
  EXPECT_EQ(error_of(kEndless).code(), ErrorCode::kCancelled);
  other.join();
  EXPECT_EQ(value_of("SELECT 7"), "7");
}

TEST_F(SessionTest, CancelStopsAStreamBetweenBatches) {
  auto stream = session_->run("SELECT * FROM range(100000000)", {}, {});
  ASSERT_TRUE(stream);
  ASSERT_TRUE((*stream)->next());
  session_->cancel();
  Result<std::optional<RowBatch>> batch = std::optional<RowBatch>();
  do {
    batch = (*stream)->next();
  } while (batch && *batch);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code(), ErrorCode::kCancelled);
}

TEST_F(SessionTest, CancelWithNothingRunningIsHarmless) {
  session_->cancel();
  EXPECT_EQ(value_of("SELECT 1"), "1");
}

TEST_F(SessionTest, TimeoutEndsTheStatement) {
  EXPECT_EQ(error_of(kEndless, {}, {.timeout = std::chrono::milliseconds(50)}).code(), ErrorCode::kTimeout);
  EXPECT_EQ(value_of("SELECT 7"), "7");
}

TEST_F(SessionTest, AbandonedStreamLeavesTheTransactionAlone) {
  ASSERT_TRUE(session_->run_text("BEGIN; CREATE TABLE t(a INTEGER)"));
  {
    auto stream = session_->run("SELECT * FROM range(10000000)", {}, {});
    ASSERT_TRUE(stream);
    ASSERT_TRUE((*stream)->next());
  }
  EXPECT_TRUE(session_->in_transaction());
  ASSERT_TRUE(session_->run_text("COMMIT"));
  EXPECT_FALSE(session_->in_transaction());
  EXPECT_EQ(value_of("SELECT count(*) FROM t"), "0");
}

TEST_F(SessionTest, BrokenEngineIsRetryableOnceAndThenWorks) {
  ASSERT_TRUE(session_->run_text("BEGIN"));
  engine_.break_down();
  EXPECT_EQ(error_of("SELECT 1").code(), ErrorCode::kUnavailable);
  EXPECT_EQ(value_of("SELECT 1"), "1");
  EXPECT_FALSE(session_->in_transaction());
}

TEST_F(SessionTest, IdleSessionDoesNotNoticeARebuild) {
  engine_.break_down();
  EXPECT_EQ(value_of("SELECT 1"), "1");
}

TEST_F(SessionTest, StatementsOfOtherEnginesAreExplained) {
  EXPECT_EQ(error_of("VACUUM").code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of("CHECKPOINT").code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of("ANALYZE").code(), ErrorCode::kUnsupported);
  ASSERT_TRUE(
      session_->run_text("CREATE MACRO lake_analyze(name) AS TABLE SELECT 'analyzed ' || name AS told"));
  ASSERT_TRUE(session_->run_text("CREATE TABLE t(a INTEGER)"));
  EXPECT_EQ(value_of("ANALYZE t"), "analyzed \"t\"");
}

TEST_F(SessionTest, StatelessScriptMustCloseItsTransaction) {
  const RequestOptions stateless = {.timeout = {}, .rows_max = {}, .from_door = true, .stateless = true};
  EXPECT_EQ(error_of("BEGIN; SELECT 1", {}, stateless).code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(session_->run_text("BEGIN; SELECT 1; COMMIT", {}, stateless));
}

TEST_F(SessionTest, PivotThatExpandsToSeveralStatementsWorks) {
  ASSERT_TRUE(session_->run_text(
      "CREATE TABLE s(y INTEGER, q VARCHAR, n INTEGER); INSERT INTO s VALUES (1,'a',2),(1,'b',3)"));
  EXPECT_EQ(value_of("PIVOT s ON q USING sum(n)"), "1");
}

TEST_F(SessionTest, CompletionKnowsTables) {
  ASSERT_TRUE(session_->run_text("CREATE TABLE measurements(a INTEGER)"));
  const auto words = session_->complete("SELECT * FROM meas", 18);
  EXPECT_NE(std::find(words.begin(), words.end(), "measurements"), words.end());
}

TEST(SessionsLimits, MoreThanTheQueueHoldsIsRefused) {
  PlainEngine engine({.statements_max = 1, .statements_queued_max = 0});
  auto first = engine.session();
  auto second = engine.session();
  auto stream = first->run("SELECT * FROM range(10000000)", {}, {});
  ASSERT_TRUE(stream);
  auto refused = second->run_text("SELECT 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  stream->reset();
  EXPECT_TRUE(second->run_text("SELECT 1"));
}

TEST(SessionsLimits, WaitingForATurnCountsAgainstTheTimeout) {
  PlainEngine engine({.statements_max = 1, .statements_queued_max = 5});
  auto first = engine.session();
  auto second = engine.session();
  auto stream = first->run("SELECT * FROM range(10000000)", {}, {});
  ASSERT_TRUE(stream);
  auto late = second->run_text("SELECT 1", {}, {.timeout = std::chrono::milliseconds(30)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
}

TEST(SessionsLimits, DrainCancelsWhatOutlastsTheGrace) {
  PlainEngine engine;
  auto session = engine.session();
  ErrorCode code = ErrorCode::kInternal;
  std::thread client([&] {
    auto result = session->run_text(kEndless);
    if (!result) code = result.error().code();
  });
  auto& running = engine.metrics().gauge("dplake_statements_running", "");
  while (running.value() == 0) std::this_thread::yield();
  engine.sessions().drain(std::chrono::milliseconds(20));
  client.join();
  EXPECT_EQ(code, ErrorCode::kCancelled);
  EXPECT_EQ(session->run_text("SELECT 1").error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace lake::query

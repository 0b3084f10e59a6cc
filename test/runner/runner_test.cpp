#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "execution.hpp"
#include "lake/base/mutex.hpp"

namespace lake::sqltest {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Responder = std::function<Result<Answer>(const std::string&)>;

class ScriptedConnection final : public Connection {
 public:
  explicit ScriptedConnection(const Responder& responder) : responder_(responder) {}
  Result<Answer> run(const std::string& sql) override { return responder_(sql); }

 private:
  const Responder& responder_;
};

/// Answers "fail <message>" with kNotFound, "row a b" with one row, and counts what it is asked.
class ScriptedDriver final : public Driver {
 public:
  Status open(const std::string&) override { return ok(); }
  Result<std::unique_ptr<Connection>> connect() override {
    const MutexLock lock(mutex_);
    ++connections;
    return std::make_unique<ScriptedConnection>(responder_);
  }
  Status restart() override {
    ++restarts;
    return ok();
  }
  Status close() override { return ok(); }
  Status check() override { return checked; }
  [[nodiscard]] std::set<std::string> traits() const override { return {"error_codes", "scripted"}; }

  int connections = 0;
  int restarts = 0;
  int statements = 0;
  Status checked = ok();

 private:
  Result<Answer> answer(const std::string& sql) {
    const MutexLock lock(mutex_);
    ++statements;
    if (sql.starts_with("fail ")) return Error(ErrorCode::kNotFound, sql.substr(5));
    Answer answer;
    if (!sql.starts_with("row ")) return answer;
    auto& row = answer.rows.emplace_back();
    std::string word;
    for (const char c : sql.substr(4) + " ") {
      if (c != ' ') {
        word += c;
        continue;
      }
      row.push_back(word == "NULL" ? std::nullopt : std::optional<std::string>(word == "''" ? "" : word));
      word.clear();
    }
    answer.column_count = row.size();
    return answer;
  }

  Mutex mutex_;
  Responder responder_ = [this](const std::string& sql) { return answer(sql); };
};

Outcome run(const std::string& text, ScriptedDriver& driver) {
  const auto script = parse_script("x.test", text);
  EXPECT_TRUE(script.has_value()) << script.error().message();
  return execute(*script, driver, driver.traits(), {});
}

Outcome run(const std::string& text) {
  ScriptedDriver driver;
  return run(text, driver);
}

TEST(Runner, AFileThatHoldsPasses) {
  EXPECT_THAT(run("statement ok\ndo\n\nquery II\nrow 1 NULL\n----\n1\tNULL\n").failures, IsEmpty());
}

TEST(Runner, AnUnexpectedFailureFailsWithPlaceAndMessage) {
  const auto outcome = run("# a remark\n\nstatement ok\nfail the table t is not there\n");
  ASSERT_THAT(outcome.failures, SizeIs(1));
  EXPECT_THAT(outcome.failures[0], HasSubstr("x.test:3: the statement failed"));
  EXPECT_THAT(outcome.failures[0], HasSubstr("got not_found: the table t is not there"));
}

TEST(Runner, AnExpectedFailureThatPassesFails) {
  EXPECT_THAT(run("statement error not_found\ndo\n").failures, SizeIs(1));
}

TEST(Runner, AnotherErrorCodeFails) {
  EXPECT_THAT(run("statement error conflict\nfail x\n").failures, SizeIs(1));
  EXPECT_THAT(run("statement error not_found\nfail x\n").failures, IsEmpty());
}

TEST(Runner, AnotherErrorTextFails) {
  EXPECT_THAT(run("statement error not_found\nfail x y\n----\nx y\n").failures, IsEmpty());
  EXPECT_THAT(run("statement error not_found\nfail x y\n----\ny x\n").failures, SizeIs(1));
}

TEST(Runner, OtherRowsFail) {
  const auto outcome = run("query I\nrow 1\n----\n2\n");
  ASSERT_THAT(outcome.failures, SizeIs(1));
  EXPECT_THAT(outcome.failures[0], HasSubstr("first difference is at row 1"));
  EXPECT_THAT(outcome.failures[0], HasSubstr("expected (1 rows)"));
}

TEST(Runner, MissingAndExtraRowsFail) {
  EXPECT_THAT(run("query I\nrow 1\n----\n").failures, SizeIs(1));
  EXPECT_THAT(run("query I\nrow 1\n----\n1\n1\n").failures, SizeIs(1));
}

TEST(Runner, AnotherColumnCountFails) { EXPECT_THAT(run("query I\nrow 1 2\n----\n1\n").failures, SizeIs(1)); }

TEST(Runner, AQueryThatFailsFails) { EXPECT_THAT(run("query I\nfail x\n----\n1\n").failures, SizeIs(1)); }

TEST(Runner, NullAndEmptyAreTold) {
  EXPECT_THAT(run("query II\nrow NULL ''\n----\nNULL\t(empty)\n").failures, IsEmpty());
  EXPECT_THAT(run("query II\nrow NULL ''\n----\n(empty)\tNULL\n").failures, SizeIs(1));
}

TEST(Runner, NumbersOfTypeRCompareByValue) {
  EXPECT_THAT(run("query R\nrow 0.30000000000000004\n----\n0.3\n").failures, IsEmpty());
  EXPECT_THAT(run("query I\nrow 0.30000000000000004\n----\n0.3\n").failures, SizeIs(1));
}

TEST(Runner, ValuesMayMatchARegularExpression) {
  EXPECT_THAT(run("query T\nrow abc\n----\n<REGEX>:^a.c$\n").failures, IsEmpty());
  EXPECT_THAT(run("query T\nrow abc\n----\n<!REGEX>:b\n").failures, SizeIs(1));
}

TEST(Runner, LoopsSubstituteTheirVariable) {
  EXPECT_THAT(run("loop i 0 3\n\nquery I\nrow ${i}\n----\n${i}\n\nendloop\n").failures, IsEmpty());
  const auto outcome = run("foreach x a b\n\nquery T\nrow ${x}\n----\na\n\nendloop\n");
  ASSERT_THAT(outcome.failures, SizeIs(1));
  EXPECT_THAT(outcome.failures[0], HasSubstr("with x = b"));
}

TEST(Runner, AFailureInAConcurrentLoopFails) {
  ScriptedDriver driver;
  EXPECT_THAT(run("concurrentloop i 0 4\n\nstatement ok\ndo ${i}\n\nendloop\n", driver).failures, IsEmpty());
  EXPECT_EQ(driver.connections, 4);
  EXPECT_THAT(run("concurrentloop i 0 4\n\nquery I\nrow ${i}\n----\n2\n\nendloop\n").failures,
              testing::Not(IsEmpty()));
}

TEST(Runner, LabelsCompareQueriesWithEachOther) {
  EXPECT_THAT(run("query I rowsort label:a\nrow 1\n\nquery I rowsort label:a\nrow 1\n").failures, IsEmpty());
  EXPECT_THAT(run("query I rowsort label:a\nrow 1\n\nquery I rowsort label:a\nrow 2\n").failures, SizeIs(1));
}

TEST(Runner, NothingRunsAfterAFailure) {
  ScriptedDriver driver;
  EXPECT_THAT(run("statement ok\nfail x\n\nstatement ok\ndo\n", driver).failures, SizeIs(1));
  EXPECT_EQ(driver.statements, 1);
}

TEST(Runner, RestartDropsConnections) {
  ScriptedDriver driver;
  EXPECT_THAT(
      run("statement ok\ndo\n\nrestart\n\nstatement ok\ndo\n\nconnection b\n\nstatement ok\ndo\n", driver)
          .failures,
      IsEmpty());
  EXPECT_EQ(driver.restarts, 1);
  EXPECT_EQ(driver.connections, 3);
}

TEST(Runner, ACheckThatFindsSomethingFails) {
  ScriptedDriver driver;
  driver.checked = Error(ErrorCode::kCorruption, "a file is gone");
  EXPECT_THAT(run("check\n", driver).failures, SizeIs(1));
}

TEST(Runner, SkipsAreCountedWithTheirReason) {
  const auto outcome =
      run("mode skip not yet\n\nstatement ok\nfail x\n\nmode unskip\n\nskipif scripted no "
          "sessions\nstatement ok\nfail\n");
  EXPECT_THAT(outcome.failures, IsEmpty());
  EXPECT_EQ(outcome.skipped, 2U);
  EXPECT_THAT(outcome.skip_reasons, testing::UnorderedElementsAre("not yet", "no sessions"));
}

TEST(Runner, AMissingRequirementLeavesTheFileOut) {
  EXPECT_EQ(run("require sockets\n\nstatement ok\nfail x\n").left_out, "requires sockets");
  EXPECT_THAT(run("require !scripted\n\nstatement ok\nfail x\n").left_out, HasSubstr("!scripted"));
}

TEST(Runner, WrongFilesAreRefused) {
  struct Case {
    const char* text;
    const char* what;
  };
  constexpr Case kCases[] = {{"statement\nx\n", "x.test:1: statement needs"},
                             {"statement ok\n\n", "without SQL"},
                             {"query I\nselect 1\n", "without expected rows"},
                             {"loop i 0 2\n\nstatement ok\nx\n", "no endloop"},
                             {"\nendloop\n", "x.test:2: endloop without"},
                             {"mode skip\n", "needs a reason"},
                             {"skipif http\nstatement ok\nx\n", "needs a trait and a reason"},
                             {"dance\n", "unknown command 'dance'"}};
  for (const Case& one : kCases) {
    const auto script = parse_script("x.test", one.text);
    ASSERT_FALSE(script.has_value()) << one.text;
    EXPECT_THAT(script.error().message(), HasSubstr(one.what));
  }
}

}  // namespace
}  // namespace lake::sqltest

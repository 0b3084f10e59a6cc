#include "lake/telemetry/log.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <vector>

namespace lake::telemetry {
namespace {

class FixedClock final : public os::Clock {
 public:
  os::WallTime wall_now() override { return os::WallTime(std::chrono::microseconds(1'510'871'468'000'042)); }
  os::MonotonicTime monotonic_now() override { return {}; }
  void sleep(std::chrono::nanoseconds /*duration*/) override {}
};

class LogTest : public ::testing::Test {
 protected:
  Log log(LogFormat format, LogLevel level = LogLevel::kDebug) {
    return Log::to_receiver(clock_, level, format,
                            [this](std::string_view line) { lines_.emplace_back(line); });
  }
  FixedClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(LogTest, TextLinesQuoteOnlyWhatNeedsIt) {
  log(LogFormat::kText)
      .info("catalog.commit",
            {{"version", 12}, {"path", "a b"}, {"name", "t"}, {"ok", true}, {"empty", ""}, {"s", 0.5}});
  EXPECT_EQ(lines_, std::vector<std::string>{"2017-11-16T22:31:08.000042Z info catalog.commit version=12 "
                                             "path=\"a b\" name=t ok=true empty=\"\" s=0.5"});
}

TEST_F(LogTest, JsonLinesAreOneObject) {
  log(LogFormat::kJson)
      .error("x", {{"text", "say \"hi\"\\\n\x01"}, {"n", -3}, {"f", std::nan("")}, {"u", 3U}});
  EXPECT_EQ(lines_,
            std::vector<std::string>{R"({"time":"2017-11-16T22:31:08.000042Z","level":"error","event":"x",)"
                                     R"("text":"say \"hi\"\\\n\u0001","n":-3,"f":"nan","u":3})"});
}

TEST_F(LogTest, AValueCannotForgeALine) {
  log(LogFormat::kText).warn("http.request", {{"path", "/x\n2017 error forged"}});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(lines_[0].find('\n'), std::string::npos);
}

TEST_F(LogTest, SecretsNeverShow) {
  const Secret secret("hunter2");
  log(LogFormat::kText).info("token", {{"token", secret}});
  EXPECT_EQ(lines_.at(0), "2017-11-16T22:31:08.000042Z info token token=***");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST_F(LogTest, LowerLevelsAreDropped) {
  auto quiet = log(LogFormat::kText, LogLevel::kWarn);
  quiet.info("a");
  EXPECT_FALSE(quiet.is_enabled(LogLevel::kInfo));
  quiet.set_level(LogLevel::kInfo);
  quiet.info("b");
  quiet.set_level(LogLevel::kOff);
  quiet.error("c");
  EXPECT_EQ(lines_.size(), 1U);
  Log::to_nowhere(clock_).error("d");
}

TEST_F(LogTest, LongValuesAreCut) {
  log(LogFormat::kText).info("a", {{"sql", std::string(100'000, 'x')}});
  EXPECT_LT(lines_.at(0).size(), 9000U);
}

TEST_F(LogTest, BracesAreNotFormatDirectives) {
  log(LogFormat::kText).info("a{}", {{"v", "{0}%v"}});
  EXPECT_EQ(lines_.at(0), "2017-11-16T22:31:08.000042Z info a{} v={0}%v");
}

TEST(LogNames, AreReadBack) {
  for (const auto level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError, LogLevel::kOff})
    EXPECT_EQ(log_level_of(name_of(level)), level);
  EXPECT_EQ(log_level_of("loud"), std::nullopt);
  EXPECT_EQ(log_format_of("json"), LogFormat::kJson);
  EXPECT_EQ(log_format_of("xml"), std::nullopt);
}

}  // namespace
}  // namespace lake::telemetry

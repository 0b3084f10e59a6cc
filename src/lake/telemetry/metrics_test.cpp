#include "lake/telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace lake::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, SameNameAndLabelsIsTheSameObject) {
  Metrics metrics;
  metrics.counter("dplake_commits_total", "Commits", {{"kind", "data"}}).add(2);
  metrics.counter("dplake_commits_total", "Commits", {{"kind", "data"}}).add();
  metrics.counter("dplake_commits_total", "Commits").add(5);
  EXPECT_EQ(metrics.exposition(),
            "# HELP dplake_commits_total Commits\n# TYPE dplake_commits_total counter\n"
            "dplake_commits_total 5\ndplake_commits_total{kind=\"data\"} 3\n");
}

TEST(Metrics, HostileTextIsEscaped) {
  Metrics metrics;
  metrics.gauge("dplake_open_files", "a\\b\nc \"d\"", {{"path", "x\"y\\z\n"}}).set(-4);
  EXPECT_EQ(metrics.exposition(),
            "# HELP dplake_open_files a\\\\b\\nc \"d\"\n# TYPE dplake_open_files gauge\n"
            "dplake_open_files{path=\"x\\\"y\\\\z\\n\"} -4\n");
}

TEST(Metrics, HistogramBucketsAreCumulative) {
  Metrics metrics;
  auto& histogram = metrics.histogram("dplake_query_seconds", "Time of a query", {{"door", "http"}});
  histogram.observe(0.0001);
  histogram.observe(0.3);
  histogram.observe(1000);
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("# TYPE dplake_query_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("dplake_query_seconds_bucket{door=\"http\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dplake_query_seconds_bucket{door=\"http\",le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("dplake_query_seconds_bucket{door=\"http\",le=\"100\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("dplake_query_seconds_bucket{door=\"http\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("dplake_query_seconds_sum{door=\"http\"} 1000.3001\n"));
  EXPECT_THAT(text, HasSubstr("dplake_query_seconds_count{door=\"http\"} 3\n"));
}

TEST(Metrics, NonsenseDurationsCountAsZero) {
  Histogram histogram;
  histogram.observe(-1);
  histogram.observe(std::nan(""));
  EXPECT_EQ(histogram.state().count, 2U);
  EXPECT_EQ(histogram.state().sum, 0);
}

TEST(Metrics, SeriesBeyondTheBoundShareOne) {
  Metrics metrics;
  for (int i = 0; i < 10'000; ++i) metrics.counter("dplake_x_total", "x", {{"i", std::to_string(i)}});
  auto& first = metrics.counter("dplake_x_total", "x", {{"i", "a"}});
  auto& second = metrics.counter("dplake_y_total", "y");
  EXPECT_EQ(&first, &second);
  EXPECT_NE(&first, &metrics.counter("dplake_x_total", "x", {{"i", "5"}}));
  metrics.histogram("dplake_z_seconds", "z").observe(1);
  EXPECT_THAT(metrics.exposition(), HasSubstr("dplake_overflow_histogram_count 1\n"));
}

TEST(Metrics, ThreadsMayCountAtOnce) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics] {
      for (int j = 0; j < 1000; ++j) metrics.counter("dplake_n_total", "n").add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("dplake_n_total", "n").value(), 4000U);
}

}  // namespace
}  // namespace lake::telemetry

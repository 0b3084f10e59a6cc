#include "lake/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "lake/sim/clock.hpp"

namespace lake::jobs {
namespace {

class JobsTest : public ::testing::Test {
 protected:
  Job begun(const std::string& kind = "compaction") {
    auto job = jobs_.begin(kind, "main.t");
    EXPECT_TRUE(job);
    return std::move(*job);
  }
  sim::SimClock clock_;
  telemetry::Metrics metrics_;
  Jobs jobs_{clock_, metrics_, 3, 5};
};

TEST_F(JobsTest, AJobTellsItsLife) {
  auto job = begun();
  EXPECT_EQ(jobs_.find(job.id())->state, JobState::kQueued);
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(job.start());
  job.set_phase("merging");
  job.set_totals(100, 10);
  job.add_progress(40, 4);
  job.add_progress(1, 0);
  ASSERT_TRUE(job.check());
  const auto running = jobs_.find(job.id()).value();
  EXPECT_EQ(running.state, JobState::kRunning);
  EXPECT_EQ(running.phase, "merging");
  EXPECT_EQ(running.bytes_done, 41U);
  EXPECT_EQ(running.rows_total, 10U);
  EXPECT_EQ(running.started_micros.value() - running.created_micros, 1'000'000);
  clock_.advance(std::chrono::seconds(2));
  job.finish(ok());
  job.finish(Error(ErrorCode::kIo, "too late"));
  const auto ended = jobs_.find(job.id()).value();
  EXPECT_EQ(ended.state, JobState::kSucceeded);
  EXPECT_EQ(ended.ended_micros.value() - ended.created_micros, 3'000'000);
  EXPECT_FALSE(ended.error);
}

TEST_F(JobsTest, FailureKeepsItsError) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  job.finish(Error(ErrorCode::kIo, "disk gone"));
  EXPECT_EQ(jobs_.find(1)->state, JobState::kFailed);
  EXPECT_EQ(jobs_.find(1)->error->message(), "disk gone");
  EXPECT_EQ(metrics_.counter("dplake_jobs_total", "", {{"kind", "compaction"}, {"state", "failed"}}).value(),
            1U);
}

TEST_F(JobsTest, ADroppedJobFails) {
  {
    const auto job = begun();
  }
  EXPECT_EQ(jobs_.find(1)->state, JobState::kFailed);
  EXPECT_EQ(jobs_.find(1)->error->code(), ErrorCode::kInternal);
}

TEST_F(JobsTest, CancelIsSeenAtTheNextCheck) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  const CancelToken token = job.token();
  EXPECT_FALSE(token.is_cancelled());
  ASSERT_TRUE(jobs_.cancel(job.id()));
  EXPECT_TRUE(token.is_cancelled());
  const auto seen = job.check();
  EXPECT_EQ(seen.error().code(), ErrorCode::kCancelled);
  job.finish(seen);
  EXPECT_EQ(jobs_.find(1)->state, JobState::kCancelled);
  EXPECT_EQ(jobs_.cancel(1).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(jobs_.cancel(99).error().code(), ErrorCode::kNotFound);
}

TEST_F(JobsTest, AQueuedJobCanBeCancelled) {
  auto job = begun();
  jobs_.cancel_all();
  EXPECT_EQ(job.start().error().code(), ErrorCode::kCancelled);
}

TEST_F(JobsTest, APausedJobWaitsForResumeOrCancel) {
  auto job = begun();
  EXPECT_FALSE(jobs_.pause(1));
  ASSERT_TRUE(job.start());
  ASSERT_TRUE(jobs_.pause(1));
  EXPECT_EQ(jobs_.find(1)->state, JobState::kPaused);
  std::thread worker([&job] { EXPECT_TRUE(job.check()); });
  ASSERT_TRUE(jobs_.resume(1));
  worker.join();
  ASSERT_TRUE(jobs_.pause(1));
  std::thread other([&job] { EXPECT_FALSE(job.check()); });
  ASSERT_TRUE(jobs_.cancel(1));
  other.join();
  EXPECT_FALSE(jobs_.resume(99));
}

TEST_F(JobsTest, ActiveJobsAndHistoryAreBounded) {
  std::vector<Job> running;
  for (int i = 0; i < 5; ++i) running.push_back(begun());
  EXPECT_EQ(jobs_.begin("x", "y").error().code(), ErrorCode::kResourceExhausted);
  running.erase(running.begin() + 1, running.end());
  auto next = begun();
  next.finish(ok());
  const auto all = jobs_.list();
  ASSERT_EQ(all.size(), 4U);  // one running, three ended
  EXPECT_EQ(all.front().id, 1U);
  EXPECT_EQ(all.back().id, 6U);
}

}  // namespace
}  // namespace lake::jobs

#include "lake/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "lake/jobs/job_text.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

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
  os::ProcessUsage used_;
  Jobs jobs_{clock_, metrics_, 3, 5, [this] { return used_; }};
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
  ASSERT_TRUE(jobs_.cancel(1));
  EXPECT_EQ(jobs_.find(1)->state, JobState::kCancelled);
  EXPECT_EQ(job.start().error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(metrics_.gauge("dplake_job_queued", "").value(), 0);
}

TEST_F(JobsTest, AllJobsCanBeCancelled) {
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

TEST_F(JobsTest, TellsRateAndTimeLeft) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  job.set_totals(1000, 0);
  EXPECT_EQ(jobs_.find(1)->bytes_per_second, 0);
  EXPECT_FALSE(jobs_.find(1)->eta_seconds);
  for (int i = 0; i < 5; ++i) {
    clock_.advance(std::chrono::seconds(1));
    job.add_progress(20, 0);
  }
  EXPECT_DOUBLE_EQ(jobs_.find(1)->bytes_per_second, 20);
  EXPECT_DOUBLE_EQ(jobs_.find(1)->eta_seconds.value(), 45);
  // Of late, not since the beginning.
  for (int i = 0; i < 40; ++i) {
    clock_.advance(std::chrono::seconds(1));
    job.add_progress(10, 0);
  }
  EXPECT_DOUBLE_EQ(jobs_.find(1)->bytes_per_second, 10);
  ASSERT_TRUE(jobs_.pause(1));
  EXPECT_EQ(jobs_.find(1)->bytes_per_second, 0);
  EXPECT_FALSE(jobs_.find(1)->eta_seconds);
  ASSERT_TRUE(jobs_.resume(1));
  clock_.advance(std::chrono::seconds(5));
  job.finish(ok());
  EXPECT_DOUBLE_EQ(jobs_.find(1)->bytes_per_second, 10);  // 500 bytes in 50 seconds
  EXPECT_FALSE(jobs_.find(1)->eta_seconds);
}

TEST_F(JobsTest, RowsTellTheTimeLeftWhereBytesDoNot) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  job.set_totals(0, 100);
  clock_.advance(std::chrono::seconds(2));
  job.add_progress(0, 20);
  EXPECT_DOUBLE_EQ(jobs_.find(1)->eta_seconds.value(), 8);
}

TEST_F(JobsTest, ProgressNeverGoesBack) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  job.set_progress(50, 5);
  job.set_progress(40, 7);
  EXPECT_EQ(jobs_.find(1)->bytes_done, 50U);
  EXPECT_EQ(jobs_.find(1)->rows_done, 7U);
}

TEST_F(JobsTest, TellsWhatTheProcessUsedWhileItRan) {
  auto job = begun();
  used_ = {5'000'000, 1000, 100, 10};
  ASSERT_TRUE(job.start());
  used_ = {7'500'000, 3000, 300, 15};
  EXPECT_DOUBLE_EQ(jobs_.find(1)->cpu_seconds, 2.5);
  EXPECT_EQ(jobs_.find(1)->memory_bytes, 3000U);
  EXPECT_EQ(jobs_.find(1)->read_bytes, 200U);
  EXPECT_EQ(jobs_.find(1)->written_bytes, 5U);
  EXPECT_EQ(metrics_.counter("dplake_job_read_bytes_total", "", {{"kind", "compaction"}}).value(), 200U);
  EXPECT_EQ(metrics_.gauge("dplake_job_process_memory_bytes", "").value(), 3000);
  EXPECT_EQ(metrics_.gauge("dplake_job_active", "").value(), 1);
  ASSERT_TRUE(jobs_.pause(1));
  used_.cpu_micros = 9'000'000;
  used_.read_bytes = 1000;
  ASSERT_TRUE(jobs_.resume(1));
  used_.cpu_micros = 9'500'000;
  used_.read_bytes = 1001;
  job.set_workers(2);
  job.set_queue_depth(7);
  job.set_result(R"({"rows": 3})");
  job.finish(ok());
  used_.cpu_micros = 20'000'000;
  const auto ended = jobs_.find(1).value();
  EXPECT_DOUBLE_EQ(ended.cpu_seconds, 3.0);
  EXPECT_EQ(ended.workers, 2U);
  EXPECT_EQ(ended.queue_depth, 7U);
  EXPECT_EQ(ended.read_bytes, 201U);
  EXPECT_EQ(ended.result, R"({"rows": 3})");
  EXPECT_EQ(metrics_.counter("dplake_job_cpu_microseconds_total", "", {{"kind", "compaction"}}).value(),
            3'000'000U);
  EXPECT_EQ(metrics_.gauge("dplake_job_process_memory_bytes", "").value(), 0);
  EXPECT_EQ(metrics_.gauge("dplake_job_active", "").value(), 0);
}

TEST_F(JobsTest, WatchersAreToldOfEachChangeOfState) {
  auto job = begun();
  int told = 0;
  {
    const auto watch = jobs_.watch(1, [&told] { ++told; });
    ASSERT_TRUE(watch);
    ASSERT_TRUE(job.start());
    EXPECT_EQ(told, 1);
    job.add_progress(1, 1);
    EXPECT_EQ(told, 1);
    ASSERT_TRUE(jobs_.pause(1));
    ASSERT_TRUE(jobs_.resume(1));
    EXPECT_EQ(told, 3);
  }
  job.finish(ok());
  EXPECT_EQ(told, 3);
  EXPECT_EQ(jobs_.watch(99, [] {}).error().code(), ErrorCode::kNotFound);
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

TEST_F(JobsTest, UpkeepDoesNotPushOutImports) {
  sim::SimFileSystem files(clock_);
  ASSERT_TRUE(jobs_.keep_in(files, "/jobs"));
  for (int i = 0; i < 3; ++i) jobs_.begin_kept("import", "a.zip", "{}").value().finish(ok());
  for (int i = 0; i < 10; ++i) begun().finish(ok());
  const auto all = jobs_.list();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].id, 1U);
  EXPECT_EQ(all[2].kind, "import");
  EXPECT_EQ(all[3].id, 11U);
  jobs_.begin_kept("import", "a.zip", "{}").value().finish(ok());
  ASSERT_EQ(jobs_.list().size(), 6U);
  EXPECT_EQ(jobs_.list()[0].id, 2U);
}

TEST_F(JobsTest, ATotalThatNobodyKnowsIsNull) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  EXPECT_NE(job_text(job.info()).find(R"("bytes_total":null,"rows_done":0,"rows_total":null)"),
            std::string::npos);
  job.set_totals(0, 7);
  EXPECT_NE(job_text(job.info()).find(R"("bytes_total":null,"rows_done":0,"rows_total":7)"),
            std::string::npos);
  const auto stored = job_of_text(job_text(job.info(), JobText::kStored));
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(stored->bytes_total, 0U);
}

}  // namespace
}  // namespace lake::jobs

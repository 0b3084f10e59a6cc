#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "lake/jobs/job_text.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::jobs {
namespace {

/// A registry that may die and come again on the same disk.
class KeptJobsTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void start(std::size_t history_max = 1000) {
    jobs_.emplace(clock_, metrics_, history_max);
    const auto strange = jobs_->keep_in(files_, "/data/jobs");
    ASSERT_TRUE(strange) << strange.error().message();
    strange_ = *strange;
  }
  void crash() {
    files_.crash();
    jobs_.reset();
    files_.reopen();
  }
  Job begun(const std::string& request = R"({"n":1})") {
    auto job = jobs_->begin_kept("import", "takeout.zip", request);
    EXPECT_TRUE(job);
    return std::move(*job);
  }
  std::size_t files_there() {
    const auto there = files_.list("/data/jobs");
    return there ? there->size() : 0;
  }
  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  telemetry::Metrics metrics_;
  std::optional<Jobs> jobs_;
  std::vector<std::string> strange_;
};

TEST_F(KeptJobsTest, AJobOutlivesACrashFromItsBeginning) {
  {
    auto job = begun(R"({"paths":["/a.zip"]})");
    files_.crash();
    job.interrupt();
  }
  jobs_.reset();
  files_.reopen();
  start();
  EXPECT_EQ(jobs_->find(1)->state, JobState::kQueued);
  EXPECT_TRUE(jobs_->take_unfinished("export").empty());
  auto again = jobs_->take_unfinished("import");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].info().request, R"({"paths":["/a.zip"]})");
  EXPECT_EQ(again[0].id(), 1U);
  EXPECT_TRUE(jobs_->take_unfinished("import").empty());
  ASSERT_TRUE(again[0].start());
  again[0].finish(ok());
  crash();
  start();
  EXPECT_EQ(jobs_->find(1)->state, JobState::kSucceeded);
  EXPECT_TRUE(jobs_->take_unfinished("import").empty());
}

TEST_F(KeptJobsTest, HistoryTellsTheOutcome) {
  auto job = begun();
  ASSERT_TRUE(job.start());
  job.set_totals(100, 10);
  job.add_progress(100, 9);
  job.set_result(R"({"import_id":7})");
  clock_.advance(std::chrono::seconds(2));
  job.finish(ok());
  auto failed = begun();
  failed.finish(Error(ErrorCode::kIo, "disk \"gone\""));
  crash();
  start();
  const auto ended = jobs_->find(1).value();
  EXPECT_EQ(ended.state, JobState::kSucceeded);
  EXPECT_EQ(ended.bytes_done, 100U);
  EXPECT_EQ(ended.rows_done, 9U);
  EXPECT_EQ(ended.result, R"({"import_id":7})");
  EXPECT_DOUBLE_EQ(ended.bytes_per_second, 50);
  EXPECT_EQ(jobs_->find(2)->error->code(), ErrorCode::kIo);
  EXPECT_EQ(jobs_->find(2)->error->message(), "disk \"gone\"");
  EXPECT_EQ(begun().id(), 3U);  // no id is used twice
}

TEST_F(KeptJobsTest, AnInterruptedJobGoesOnAndAPausedOneWaits) {
  {
    auto running = begun();
    auto paused = begun();
    ASSERT_TRUE(running.start());
    ASSERT_TRUE(paused.start());
    ASSERT_TRUE(jobs_->pause(2));
    std::thread worker([&paused] { EXPECT_EQ(paused.check().error().code(), ErrorCode::kCancelled); });
    // The worker writes down that it is paused.
    while (true) {
      const auto text = files_.read_file("/data/jobs/2.json");
      if (text && nlohmann::json::parse(*text)["state"] == "paused") break;
      std::this_thread::yield();
    }
    jobs_->cancel_all();  // the process ends
    worker.join();
    running.interrupt();
    paused.interrupt();
  }
  crash();
  start();
  auto again = jobs_->take_unfinished("import");
  ASSERT_EQ(again.size(), 2U);
  ASSERT_TRUE(again[0].start());
  ASSERT_TRUE(again[1].start());
  EXPECT_EQ(jobs_->find(1)->state, JobState::kRunning);
  EXPECT_EQ(jobs_->find(2)->state, JobState::kPaused);
  ASSERT_TRUE(jobs_->resume(2));
  EXPECT_TRUE(again[1].check());
  EXPECT_EQ(jobs_->find(2)->state, JobState::kRunning);
}

TEST_F(KeptJobsTest, APauseThatNoWorkerSawYetIsKept) {
  {
    auto job = begun();
    ASSERT_TRUE(job.start());
    ASSERT_TRUE(jobs_->pause(1));
    job.interrupt();
  }
  crash();
  start();
  auto again = jobs_->take_unfinished("import");
  ASSERT_EQ(again.size(), 1U);
  ASSERT_TRUE(again[0].start());
  EXPECT_EQ(jobs_->find(1)->state, JobState::kPaused);
}

TEST_F(KeptJobsTest, FilesOfForgottenJobsGo) {
  for (int i = 0; i < 5; ++i) begun().finish(ok());
  EXPECT_EQ(files_there(), 5U);
  crash();
  start(3);
  EXPECT_EQ(files_there(), 3U);
  EXPECT_EQ(jobs_->list().front().id, 3U);
  begun().finish(ok());
  EXPECT_EQ(files_there(), 3U);
  EXPECT_FALSE(files_.stat("/data/jobs/3.json"));
}

TEST_F(KeptJobsTest, WhatIsNoJobIsLeftAlone) {
  ASSERT_TRUE(files_.create_directories("/data/jobs"));
  ASSERT_TRUE(files_.replace_file("/data/jobs/9.json", "not a job"));
  ASSERT_TRUE(files_.replace_file("/data/jobs/notes.txt", "mine"));
  ASSERT_TRUE(files_.replace_file("/data/jobs/1.json.tmp", "half"));
  start();
  EXPECT_EQ(strange_.size(), 2U);
  EXPECT_TRUE(jobs_->list().empty());
  EXPECT_TRUE(files_.stat("/data/jobs/notes.txt"));
  EXPECT_FALSE(files_.stat("/data/jobs/1.json.tmp"));
}

TEST_F(KeptJobsTest, AJobThatCannotBeKeptDoesNotBegin) {
  begun().finish(ok());
  files_.set_space_left(0);
  EXPECT_FALSE(jobs_->begin_kept("import", "x", "{}"));
  EXPECT_EQ(jobs_->list().size(), 2U);
  EXPECT_EQ(jobs_->find(2)->state, JobState::kFailed);
  Jobs other(clock_, metrics_);
  EXPECT_EQ(other.begin_kept("import", "x", "{}").error().code(), ErrorCode::kUnsupported);
}

TEST(JobText, IsOneLineOfJson) {
  JobInfo job;
  job.id = 5;
  job.kind = "takeout";
  job.subject = "a\nb \xff";
  job.state = JobState::kRunning;
  job.eta_seconds = 1.26;
  job.bytes_per_second = 10.4;
  job.result = R"({"lines": [1]})";
  job.request = R"({"paths": []})";
  const auto text = job_text(job);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["id"], 5);
  EXPECT_EQ(json["eta_seconds"], 1.3);
  EXPECT_EQ(json["bytes_per_second"], 10);
  EXPECT_EQ(json["result"]["lines"][0], 1);
  EXPECT_TRUE(json["started_micros"].is_null());
  EXPECT_FALSE(json.contains("request"));
  EXPECT_FALSE(json.contains("error"));
  EXPECT_EQ(job_of_text(job_text(job, JobText::kStored))->request, R"({"paths":[]})");
  for (const auto* bad : {"", "{}", "[]", R"({"id":"x"})", "null"}) {
    EXPECT_EQ(job_of_text(bad).error().code(), ErrorCode::kCorruption) << bad;
  }
}

}  // namespace
}  // namespace lake::jobs

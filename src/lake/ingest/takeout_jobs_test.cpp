#include "lake/ingest/takeout_jobs.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "lake/object/local_object_store.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::ingest {
namespace {

/// What is tested here begins no statement.
class NoSessions final : public query::Sessions {
 public:
  Result<std::unique_ptr<query::Session>> open() override {
    return Error(ErrorCode::kUnsupported, "there is no engine");
  }
  void drain(std::chrono::milliseconds /*grace*/) override {}
};

/// A server's imports that may end and come again on the same disk.
class TakeoutJobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.create_directories("/exports"));
    ASSERT_TRUE(files_.replace_file("/exports/takeout-1.zip", "not looked at"));
    begin();
  }
  void begin() {
    // The first thing a job does when it starts is to ask what the process has used.
    jobs_.emplace(clock_, metrics_, 1000, 1000, [this] {
      if (as_a_job_starts_) std::exchange(as_a_job_starts_, nullptr)();
      return os::ProcessUsage{};
    });
    ASSERT_TRUE(jobs_->keep_in(files_, "/data/jobs"));
    auto uploads = UploadStore::open(files_, clock_, random_, metrics_, "/data/uploads", {});
    ASSERT_TRUE(uploads);
    uploads_ = std::move(*uploads);
    auto allowed = access::AllowedPaths::open(files_, {"/exports"}, {});
    ASSERT_TRUE(allowed) << allowed.error().message();
    imports_.emplace(TakeoutMachine{sessions_, blobs_, *jobs_, *uploads_, files_, clock_, metrics_, log_},
                     std::move(*allowed), TakeoutJobsOptions{"/data"});
  }
  Result<TakeoutJobs::Accepted> submit() {
    TakeoutOrder order;
    order.paths = {"/exports/takeout-1.zip"};
    return imports_->submit(std::move(order));
  }

  NoSessions sessions_;
  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  os::SeededRandom random_{1};
  telemetry::Metrics metrics_;
  telemetry::Log log_ = telemetry::Log::to_nowhere(clock_);
  std::unique_ptr<object::LocalObjectStore> objects_ =
      *object::LocalObjectStore::open(files_, random_, "/data/blobs");
  object::ContentStore content_{*objects_, files_, metrics_};
  blobs::BlobStore blobs_{sessions_, content_, clock_, metrics_, {}};
  std::function<void()> as_a_job_starts_;
  std::optional<jobs::Jobs> jobs_;
  std::unique_ptr<UploadStore> uploads_;
  std::optional<TakeoutJobs> imports_;
};

TEST_F(TakeoutJobsTest, OneThatStartsAsTheServerStopsGoesOnInTheNext) {
  const auto accepted = submit();
  ASSERT_TRUE(accepted) << accepted.error().message();
  std::promise<void> starting;
  as_a_job_starts_ = [&] {
    starting.set_value();
    while (true) {
      const auto refused = submit();
      if (!refused && refused.error().code() == ErrorCode::kUnavailable) break;
      std::this_thread::yield();
    }
  };
  imports_->start();
  starting.get_future().wait();
  imports_->stop();
  imports_.reset();
  jobs_.reset();
  begin();
  EXPECT_EQ(jobs_->find(accepted->job.id)->state, jobs::JobState::kQueued);
  const auto left = jobs_->take_unfinished(TakeoutJobs::kKind);
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.front().id(), accepted->job.id);
}

}  // namespace
}  // namespace lake::ingest

#include "lake/blobs/blob_keeper.hpp"

#include <thread>

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::blobs {
namespace {

class BlobKeeperTest : public BlobTest {
 protected:
  void make(KeeperOptions options) { keeper_.emplace(*blobs_, uploads_, jobs_, clock_, metrics_, options); }
  jobs::JobInfo ended(jobs::JobId id) {
    while (!jobs::is_ended(jobs_.find(id)->state)) std::this_thread::yield();
    return *jobs_.find(id);
  }
  jobs::Jobs jobs_{clock_, metrics_};
  MultipartUploads uploads_{*blobs_, clock_, random_};
  std::optional<BlobKeeper> keeper_;
};

TEST_F(BlobKeeperTest, AScrubIsAJobThatTellsDamage) {
  ASSERT_TRUE(put("k", "precious"));
  make({.runs_by_itself = false});
  keeper_->start();
  EXPECT_EQ(ended(keeper_->scrub_soon().value()).state, jobs::JobState::kSucceeded);
  flip(path_of("precious"), 0);
  const auto job = ended(keeper_->scrub_soon().value());
  EXPECT_EQ(job.kind, "blob_scrub");
  EXPECT_EQ(job.bytes_done, 0U);
  ASSERT_EQ(job.state, jobs::JobState::kFailed);
  EXPECT_EQ(job.error->code(), ErrorCode::kCorruption);
  keeper_->close();
}

TEST_F(BlobKeeperTest, ACancelledJobThatWaitedIsNotGivenAgain) {
  ASSERT_TRUE(put("k", "precious"));
  make({.runs_by_itself = false});
  const auto cancelled = keeper_->scrub_soon().value();
  ASSERT_TRUE(jobs_.cancel(cancelled));
  const auto next = keeper_->scrub_soon().value();
  EXPECT_NE(next, cancelled);
  keeper_->start();
  EXPECT_EQ(ended(next).state, jobs::JobState::kSucceeded);
  keeper_->close();
}

TEST_F(BlobKeeperTest, WorkIsDoneWhenItIsDue) {
  ASSERT_TRUE(put("k", "precious"));
  ASSERT_TRUE(put("gone", "gone"));
  ASSERT_TRUE(blobs_->remove({"b", "gone"}, {}));
  ASSERT_TRUE(blobs_->sweep());
  clock_.advance(std::chrono::hours(24 * 8));
  make({.sweep_interval = std::chrono::milliseconds(1)});
  keeper_->start();
  while (files_.stat(path_of("gone")) || jobs_.list().empty()) clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(ended(jobs_.list().front().id).state, jobs::JobState::kSucceeded);
  keeper_->close();
}

TEST_F(BlobKeeperTest, ASweepThatFailsIsToldAndUploadsAreSweptAllTheSame) {
  std::string told;
  auto log = telemetry::Log::to_receiver(clock_, telemetry::LogLevel::kWarn, telemetry::LogFormat::kText,
                                         [&](std::string_view line) { told += line; });
  keeper_.emplace(*blobs_, uploads_, jobs_, clock_, metrics_, KeeperOptions{.runs_by_itself = false}, &log);
  ASSERT_TRUE(put("gone", "gone"));
  ASSERT_TRUE(blobs_->remove({"b", "gone"}, {}));
  ASSERT_TRUE(keeper_->sweep());
  EXPECT_EQ(told, "");
  clock_.advance(std::chrono::hours(25));
  // Tried as what nobody refers to, and as an object that no table knows.
  files_.faults().add({.operation = sim::Operation::kRemove, .times = 2, .path_part = path_of("gone")});
  const auto swept = keeper_->sweep();
  ASSERT_TRUE(swept);
  EXPECT_TRUE(swept->failure);
  EXPECT_NE(told.find("blobs.sweep_failed"), std::string::npos) << told;
  EXPECT_TRUE(files_.stat(path_of("gone")));
  ASSERT_TRUE(keeper_->sweep());
  EXPECT_FALSE(files_.stat(path_of("gone")));
  keeper_->close();
}

TEST_F(BlobKeeperTest, ClosingEndsWhatWaits) {
  ASSERT_TRUE(put("k", "precious"));
  make({});
  const auto id = keeper_->scrub_soon().value();
  EXPECT_EQ(keeper_->scrub_soon().value(), id);
  keeper_->close();
  EXPECT_EQ(jobs_.find(id)->state, jobs::JobState::kCancelled);
}

TEST_F(BlobKeeperTest, ClosingWhileTheThreadBeginsEndsIt) {
  // With the interval of an hour a missed wake-up would be an hour's wait.
  for (int round = 0; round < 500; ++round) {
    make({});
    keeper_->start();
    if (round % 2 == 0) std::this_thread::yield();
    keeper_->close();
  }
}

}  // namespace
}  // namespace lake::blobs

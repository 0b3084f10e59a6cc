#include "lake/http/job_events.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lake/sim/clock.hpp"

namespace lake::http {
namespace {

class JobEventsTest : public ::testing::Test {
 protected:
  JobEventsTest()
      : job_(*jobs_.begin("import", "takeout.zip")), events_(*JobEvents::open(jobs_, clock_, 1)) {}
  /// The job in an event of this name.
  static nlohmann::json data_of(const std::string& frame, const std::string& name) {
    const std::string head = "event: " + name + "\ndata: ";
    EXPECT_TRUE(frame.starts_with(head)) << frame;
    EXPECT_TRUE(frame.ends_with("\n\n"));
    EXPECT_EQ(frame.find('\n', head.size()), frame.size() - 2);
    return nlohmann::json::parse(frame.substr(head.size()));
  }
  sim::SimClock clock_;
  telemetry::Metrics metrics_;
  jobs::Jobs jobs_{clock_, metrics_, 1, 10, [] { return os::ProcessUsage{}; }};
  jobs::Job job_;
  std::unique_ptr<JobEvents> events_;
};

TEST_F(JobEventsTest, EachChangeOfStateIsToldAtOnce) {
  EXPECT_EQ(data_of(events_->take(), "progress")["state"], "queued");
  EXPECT_EQ(events_->take(), "");
  ASSERT_TRUE(job_.start());
  EXPECT_EQ(data_of(events_->take(), "progress")["state"], "running");
  ASSERT_TRUE(jobs_.pause(1));
  EXPECT_EQ(data_of(events_->take(), "progress")["state"], "paused");
  EXPECT_FALSE(events_->ended());
  job_.finish(Error(ErrorCode::kIo, "two\nlines"));
  const auto end = data_of(events_->take(), "end");
  EXPECT_EQ(end["state"], "failed");
  EXPECT_EQ(end["error"]["message"], "two\nlines");
  EXPECT_TRUE(events_->ended());
  EXPECT_EQ(events_->take(), "");
}

TEST_F(JobEventsTest, ProgressIsToldAtMostTwiceASecond) {
  ASSERT_TRUE(job_.start());
  ASSERT_NE(events_->take(), "");
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    clock_.advance(std::chrono::milliseconds(100));
    job_.add_progress(10, 1);
    if (const auto frame = events_->take(); !frame.empty()) {
      ++told;
      EXPECT_EQ(data_of(frame, "progress")["bytes_done"], (i + 1) * 10);
    }
  }
  EXPECT_EQ(told, 20);
}

TEST_F(JobEventsTest, SilenceIsBrokenByAComment) {
  ASSERT_NE(events_->take(), "");
  clock_.advance(std::chrono::milliseconds(14'900));
  EXPECT_EQ(events_->take(), "");
  clock_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(events_->take(), ": still here\n\n");
  EXPECT_EQ(events_->take(), "");
  clock_.advance(std::chrono::seconds(15));
  EXPECT_EQ(events_->take(), ": still here\n\n");
}

TEST_F(JobEventsTest, AJobThatIsForgottenEndsTheEvents) {
  ASSERT_NE(events_->take(), "");
  job_.finish(ok());
  jobs_.begin("import", "other")->finish(ok());
  EXPECT_FALSE(jobs_.find(1));
  EXPECT_TRUE(events_->take().starts_with("event: end\n"));
  EXPECT_TRUE(events_->ended());
}

TEST_F(JobEventsTest, ChangesAreNotified) {
  int told = 0;
  ASSERT_TRUE(events_->notify([&told] { ++told; }));
  ASSERT_TRUE(job_.start());
  EXPECT_EQ(told, 1);
  events_.reset();
  job_.finish(ok());
  EXPECT_EQ(told, 1);
}

TEST_F(JobEventsTest, AnUnknownJobHasNone) {
  EXPECT_EQ(JobEvents::open(jobs_, clock_, 9).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lake::http

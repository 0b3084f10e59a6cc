#include "lake/ingest/ingestion_jobs.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::ingest {
namespace {

/// Sessions whose statements do nothing, and do not begin when they were cancelled before.
class IdleSessions final : public query::Sessions {
 public:
  class Idle final : public query::Session {
   public:
    explicit Idle(IdleSessions& owner) : owner_(owner) {}
    Result<std::vector<StatementText>> split(const std::string& /*script*/) override { return refuse(); }
    Result<std::unique_ptr<query::ResultStream>> run(const std::string& /*sql*/,
                                                     const query::Parameters& /*parameters*/,
                                                     const query::RequestOptions& /*options*/) override {
      return refuse();
    }
    Result<TextResult> run_text(const std::string& /*sql*/, const query::Parameters& /*parameters*/,
                                const query::RequestOptions& options) override {
      if (options.cancelled && *options.cancelled) return Error(ErrorCode::kCancelled, "cancelled before");
      if (owner_.begun++ > 0) return refuse();
      owner_.after_the_first();
      return TextResult{};
    }
    void cancel() override {}
    [[nodiscard]] query::Progress progress() const override { return {}; }
    [[nodiscard]] bool in_transaction() const override { return false; }
    std::vector<std::string> complete(const std::string& /*sql*/, std::size_t /*position*/) override {
      return {};
    }

   private:
    static Error refuse() { return {ErrorCode::kUnsupported, "there is no engine"}; }
    IdleSessions& owner_;
  };

  Result<std::unique_ptr<query::Session>> open() override { return std::make_unique<Idle>(*this); }
  void drain(std::chrono::milliseconds /*grace*/) override {}

  int begun = 0;
  std::function<void()> after_the_first;
};

class IngestionJobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.create_directories("/in"));
    ASSERT_TRUE(files_.replace_file("/in/tea.csv", "name,cups\ngreen,3\n"));
    ASSERT_TRUE(jobs_.keep_in(files_, "/data/jobs"));
    auto uploads = UploadStore::open(files_, clock_, random_, metrics_, "/data/uploads", {});
    ASSERT_TRUE(uploads);
    uploads_ = std::move(*uploads);
    auto allowed = access::AllowedPaths::open(files_, {"/in"}, {});
    ASSERT_TRUE(allowed) << allowed.error().message();
    ingestion_.emplace(IngestionMachine{sessions_, jobs_, *uploads_, files_, clock_, metrics_, log_},
                       std::move(*allowed), IngestionOptions{});
  }
  jobs::JobInfo submitted() {
    FileIngestion file;
    file.path = "/in/tea.csv";
    const auto job = ingestion_->submit(std::move(file), "");
    EXPECT_TRUE(job);
    return job ? *job : jobs::JobInfo{};
  }
  jobs::JobInfo ended(jobs::JobId id) {
    while (!jobs::is_ended(jobs_.find(id)->state)) std::this_thread::yield();
    return *jobs_.find(id);
  }

  IdleSessions sessions_;
  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  os::SeededRandom random_{1};
  telemetry::Metrics metrics_;
  telemetry::Log log_ = telemetry::Log::to_nowhere(clock_);
  jobs::Jobs jobs_{clock_, metrics_};
  std::unique_ptr<UploadStore> uploads_;
  std::optional<IngestionJobs> ingestion_;
};

TEST_F(IngestionJobsTest, CancellingBetweenTwoStatementsIsNotLost) {
  const auto job = submitted();
  sessions_.after_the_first = [&] { EXPECT_TRUE(jobs_.cancel(job.id)); };
  ASSERT_TRUE(ingestion_->start());
  EXPECT_EQ(ended(job.id).state, jobs::JobState::kCancelled);
  EXPECT_EQ(sessions_.begun, 1);
}

TEST_F(IngestionJobsTest, AFileCanBeGivenUpWhileItIsReadForDamage) {
  FileIngestion file;
  file.path = "/in/tea.csv";
  file.name = "tea.csv";
  const auto session = sessions_.open();
  ASSERT_TRUE(session);
  int asked = 0;
  const auto report = ingest_file(**session, files_, file, {}, "run", true, [&] { return ++asked > 0; });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(sessions_.begun, 0) << "before anything is stored";
}

TEST_F(IngestionJobsTest, StoppingBetweenTwoStatementsLeavesTheJobToTheNextProcess) {
  const auto job = submitted();
  std::promise<void> between;
  sessions_.after_the_first = [&] {
    between.set_value();
    while (true) {  // until stop() has been called
      FileIngestion other;
      other.path = "/in/tea.csv";
      const auto refused = ingestion_->submit(std::move(other), "");
      if (!refused && refused.error().code() == ErrorCode::kUnavailable) break;
      std::this_thread::yield();
    }
  };
  ASSERT_TRUE(ingestion_->start());
  between.get_future().wait();
  ingestion_->stop();
  EXPECT_EQ(sessions_.begun, 1);
  jobs::Jobs next(clock_, metrics_);
  ASSERT_TRUE(next.keep_in(files_, "/data/jobs"));
  const auto left = next.take_unfinished(IngestionJobs::kKind);
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.front().id(), job.id);
}

}  // namespace
}  // namespace lake::ingest

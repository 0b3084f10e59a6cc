// Imports of Takeout on a simulated disk, where memory and disk are scarce when the test says so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lake/access/paths.hpp"
#include "lake/blobs/blobs.hpp"
#include "lake/ingest/takeout_import.hpp"
#include "lake/ingest/takeout_jobs.hpp"
#include "lake/jobs/jobs.hpp"
#include "lake/telemetry/log.hpp"
#include "lake/telemetry/metrics.hpp"
#include "sim/sim_lake.hpp"

namespace lake::ingest {
namespace {

using ::testing::HasSubstr;

constexpr unsigned kWorkers = 4;
constexpr int kRecords = 2400;
constexpr std::uint64_t kBatchRows = 20;  // so that what is read is stored in many steps

/// Each look at it is a while later than the last.
class HurryingClock final : public os::Clock {
 public:
  os::WallTime wall_now() override {
    return os::WallTime(std::chrono::duration_cast<std::chrono::microseconds>(monotonic_now()));
  }
  os::MonotonicTime monotonic_now() override { return std::chrono::milliseconds(400 * ++looks_); }
  void sleep(std::chrono::nanoseconds /*duration*/) override {}

 private:
  std::atomic<std::int64_t> looks_{0};
};

std::string activity(int first) {
  nlohmann::json records = nlohmann::json::array();
  for (int i = 0; i < kRecords / 4; ++i) {
    const auto number = first + i;
    records.push_back({{"header", "Search"},
                       {"title", "Searched for " + std::to_string(number)},
                       {"products", {"Search"}},
                       {"time", "2020-01-01T0" + std::to_string(number % 10) +
                                    ":00:" + std::to_string(10 + number / 10 % 50) + "." +
                                    std::to_string(100 + number / 500) + "Z"}});
  }
  return records.dump();
}

class Pressure : public ::testing::Test {
 protected:
  Pressure() {
    lake_.open();
    press(0, 0);
    for (int file = 0; file < 4; ++file) {
      const auto folder = "/exports/Takeout/My Activity/Search " + std::to_string(file);
      EXPECT_TRUE(lake_.disk().create_directories(folder));
      EXPECT_TRUE(lake_.disk().replace_file(folder + "/MyActivity.json", activity(file * kRecords / 4)));
    }
  }
  ~Pressure() override { lake_.close(); }

  /// What the machine tells from now on: percent of the time waited for memory and for the disk.
  void press(int memory, int disk) {
    const auto text = [](const char* line, int percent) {
      return std::string(line) + " avg10=" + std::to_string(percent) + ".00 avg60=0.00 avg300=0.00 total=1\n";
    };
    EXPECT_TRUE(lake_.disk().create_directories("/proc/pressure"));
    EXPECT_TRUE(lake_.disk().replace_file("/proc/pressure/memory", text("some", memory)));
    EXPECT_TRUE(lake_.disk().replace_file("/proc/pressure/io", text("full", disk)));
  }
  std::string answer(const std::string& sql) {
    auto session = lake_.lake().sessions().open();
    auto result = (*session)->run_text(sql);
    return result ? result->rows.at(0).at(0).value_or("NULL") : result.error().message();
  }

  sim::SimLake lake_{1};
  HurryingClock clock_;
  os::SeededRandom random_{1};
};

TEST_F(Pressure, WorkersOfAnImportFallAndRiseAndLogAndJobSayWhy) {
  struct Decision {
    std::string line;
    jobs::JobInfo job;  // as it was when the decision was made
  };
  std::vector<Decision> decisions;
  std::optional<jobs::JobId> id;
  // The decisions drive the machine: each fall to the last worker is followed by calm, each rise to all
  // workers by the next trouble.
  auto log = telemetry::Log::to_receiver(
      clock_, telemetry::LogLevel::kInfo, telemetry::LogFormat::kText, [&](std::string_view line) {
        if (line.find("takeout.workers") == std::string_view::npos) return;
        decisions.push_back({std::string(line.substr(line.find("before="))), *lake_.lake().jobs().find(*id)});
        if (decisions.size() == 2) press(0, 0);
        if (decisions.size() == 5) press(0, 95);
        if (decisions.size() == 7) press(0, 0);
      });
  auto uploads =
      UploadStore::open(lake_.disk(), clock_, random_, lake_.lake().metrics(), "/lake/uploads", {});
  ASSERT_TRUE(uploads);
  auto allowed = access::AllowedPaths::open(lake_.disk(), {"/exports"}, {});
  ASSERT_TRUE(allowed);
  TakeoutJobs imports({lake_.lake().sessions(), lake_.lake().blobs().store(), lake_.lake().jobs(), **uploads,
                       lake_.disk(), clock_, lake_.lake().metrics(), log},
                      std::move(*allowed), {.data_directory = "/lake", .workers_max = kWorkers});
  TakeoutOrder order;
  order.paths = {"/exports"};
  order.batch_rows = kBatchRows;
  const auto accepted = imports.submit(std::move(order));
  ASSERT_TRUE(accepted) << accepted.error().message();
  id = accepted->job.id;
  press(40, 0);
  imports.start();
  while (!jobs::is_ended(lake_.lake().jobs().find(*id)->state)) std::this_thread::yield();
  imports.stop();
  const auto job = *lake_.lake().jobs().find(*id);
  ASSERT_EQ(job.state, jobs::JobState::kSucceeded) << job.error->message();

  const std::string scarce_memory = "reason=\"waiting for memory 40 %\"";
  const std::string scarce_disk = "reason=\"waiting for the disk 95 %\"";
  const std::string plenty = "reason=\"memory and disk are plenty\"";
  const std::vector<std::string> expected = {
      "before=4 workers=2 " + scarce_memory, "before=2 workers=1 " + scarce_memory,
      "before=1 workers=2 " + plenty,        "before=2 workers=3 " + plenty,
      "before=3 workers=4 " + plenty,        "before=4 workers=2 " + scarce_disk,
      "before=2 workers=1 " + scarce_disk,   "before=1 workers=2 " + plenty,
      "before=2 workers=3 " + plenty,        "before=3 workers=4 " + plenty};
  ASSERT_EQ(decisions.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(decisions[i].line, expected[i]) << i;

  // The job said how many there were until then, and why not more.
  const std::vector<unsigned> workers = {2, 1, 2, 3, 4, 2, 1, 2, 3};
  for (std::size_t i = 0; i < workers.size(); ++i) EXPECT_EQ(decisions[i + 1].job.workers, workers[i]) << i;
  EXPECT_THAT(decisions[2].job.phase, HasSubstr("with fewer workers: waiting for memory 40 %"));
  EXPECT_THAT(decisions[8].job.phase, HasSubstr("with fewer workers: waiting for the disk 95 %"));
  EXPECT_THAT(decisions[5].job.phase, Not(HasSubstr("fewer workers")));
  const auto result = nlohmann::json::parse(job.result);
  ASSERT_EQ(result["worker_changes"].size(), expected.size());
  EXPECT_EQ(result["worker_changes"][5]["before"], 4);
  EXPECT_EQ(result["worker_changes"][5]["workers"], 2);
  EXPECT_EQ(result["worker_changes"][5]["reason"], "waiting for the disk 95 %");
  EXPECT_EQ(answer("SELECT count(*) FROM takeout.activity"), std::to_string(kRecords));
}

TEST_F(Pressure, MemoryOfWhatWaitsToBeStoredIsToldWhileItWaits) {
  auto& gauge = lake_.lake().metrics().gauge("dplake_job_memory_bytes", "", {{"kind", "takeout"}});
  EXPECT_EQ(gauge.value(), 0);
  TakeoutRequest request;
  request.paths = {"/exports"};
  request.batch_rows_max = kBatchRows;
  request.workers_max = kWorkers;
  std::int64_t most = 0;
  auto session = lake_.lake().sessions().open();
  ASSERT_TRUE(session);
  const auto report = import_takeout(
      **session, lake_.disk(), clock_, lake_.lake().metrics(), request, [&](const TakeoutProgress& progress) {
        EXPECT_EQ(gauge.value(), static_cast<std::int64_t>(progress.memory_bytes));
        most = std::max(most, gauge.value());
        return true;
      });
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_GT(most, 0);
  EXPECT_EQ(gauge.value(), 0);
  EXPECT_EQ(answer("SELECT count(*) FROM takeout.activity"), std::to_string(kRecords));
}

}  // namespace
}  // namespace lake::ingest

// Many clients append to lists in concurrent transactions, with conflicts, upkeep and a crash in between; the
// recorded history must show no anomaly that snapshot isolation forbids.

#include <gtest/gtest.h>

#include <atomic>
#include <charconv>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "history/checker.hpp"
#include "lake/base/mutex.hpp"
#include "lake/os/random.hpp"
#include "sim/sim_lake.hpp"

namespace lake::history {
namespace {

constexpr int kKeys = 6;
constexpr int kClients = 6;

/// "[1, 2]" -> {1, 2}
std::vector<std::int64_t> list_of(const std::string& text) {
  std::vector<std::int64_t> values;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec == std::errc()) {
      values.push_back(value);
      at = parsed.ptr;
    } else {
      ++at;
    }
  }
  return values;
}

class Recorder {
 public:
  std::uint64_t now() { return time_.fetch_add(1) + 1; }
  std::int64_t next_value() { return value_.fetch_add(1) + 1; }
  void add(Transaction done) {
    const MutexLock lock(mutex_);
    history_.push_back(std::move(done));
  }
  std::vector<Transaction> take() {
    const MutexLock lock(mutex_);
    return history_;
  }

 private:
  std::atomic<std::uint64_t> time_{0};
  std::atomic<std::int64_t> value_{0};
  Mutex mutex_;
  std::vector<Transaction> history_ LAKE_GUARDED_BY(mutex_);
};

/// One transaction of a client: reads some lists, appends to some; anything may fail.
Status attempt(query::Session& session, os::Random& random, Recorder& recorder, Transaction& record,
               bool& in_commit) {
  const auto begun = session.run_text("BEGIN");
  if (!begun) return begun.error();
  const std::uint64_t operations = 1 + random.next() % 3;
  for (std::uint64_t i = 0; i < operations; ++i) {
    const int key = static_cast<int>(random.next() % kKeys);
    if (random.next() % 2 == 0) {
      LAKE_TRY(const auto read,
               session.run_text("SELECT items FROM lists WHERE key = " + std::to_string(key)));
      auto items = list_of(read.rows.at(0).at(0).value_or(""));
      const auto own = record.appends.find(key);
      if (own != record.appends.end())
        items.resize(items.size() - std::min(items.size(), own->second.size()));
      record.reads.emplace(key, std::move(items));
    } else {
      const auto value = recorder.next_value();
      LAKE_TRY(const auto changed,
               session.run_text("UPDATE lists SET items = list_append(items, " + std::to_string(value) +
                                ") WHERE key = " + std::to_string(key)));
      if (changed.changed_rows != 1) return Error(ErrorCode::kInternal, "an update found no row");
      record.appends[key].push_back(value);
    }
  }
  in_commit = true;
  const auto committed = session.run_text("COMMIT");
  return committed ? ok() : Status(committed.error());
}

void run_client(sim::SimLake& lake, Recorder& recorder, std::uint64_t seed, int transactions) {
  os::SeededRandom random(seed);
  auto session = lake.lake().sessions().open();
  if (!session) return;
  for (int i = 0; i < transactions; ++i) {
    Transaction record;
    record.started = recorder.now();
    bool in_commit = false;
    const auto done = attempt(**session, random, recorder, record, in_commit);
    record.ended = recorder.now();
    if (done) {
      record.outcome = Outcome::kCommitted;
    } else {
      const bool sure = done.error().code() == ErrorCode::kConflict || !in_commit;
      record.outcome = sure ? Outcome::kAborted : Outcome::kUnknown;
      if ((*session)->in_transaction()) ignore((*session)->run_text("ROLLBACK"), "the disk may be gone");
    }
    recorder.add(record);
    if (lake.disk().is_crashed()) return;
  }
}

void run_clients(sim::SimLake& lake, Recorder& recorder, std::uint64_t seed, int transactions) {
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&lake, &recorder, seed, i, transactions] {
      run_client(lake, recorder, seed * 100 + static_cast<std::uint64_t>(i), transactions);
    });
  }
  for (auto& client : clients) client.join();
}

void make_lists(sim::SimLake& lake) {
  ASSERT_TRUE(lake.run("CREATE TABLE lists (key INTEGER, items BIGINT[])"));
  for (int key = 0; key < kKeys; ++key) {
    ASSERT_TRUE(lake.run("INSERT INTO lists VALUES (" + std::to_string(key) + ", [])"));
  }
}

std::map<int, std::vector<std::int64_t>> final_lists(sim::SimLake& lake) {
  auto session = lake.lake().sessions().open();
  std::map<int, std::vector<std::int64_t>> lists;
  const auto read = (*session)->run_text("SELECT key, items FROM lists");
  EXPECT_TRUE(read);
  if (!read) return lists;
  EXPECT_EQ(read->rows.size(), static_cast<std::size_t>(kKeys));
  for (const auto& row : read->rows) lists[std::stoi(*row.at(0))] = list_of(*row.at(1));
  return lists;
}

void expect_no_anomalies(Recorder& recorder, sim::SimLake& lake) {
  const auto history = recorder.take();
  for (const auto& anomaly : anomalies(history, final_lists(lake))) ADD_FAILURE() << anomaly;
  std::size_t committed = 0;
  for (const auto& one : history) committed += one.outcome == Outcome::kCommitted ? 1 : 0;
  EXPECT_GT(committed, history.size() / 10) << "too few transactions got through to show anything";
}

TEST(SnapshotIsolation, ConcurrentClientsWithConflicts) {
  sim::SimLake lake(1);
  lake.open();
  make_lists(lake);
  Recorder recorder;
  run_clients(lake, recorder, 1, 60);
  expect_no_anomalies(recorder, lake);
  lake.close();
}

TEST(SnapshotIsolation, WithUpkeepMovingTheRows) {
  sim::SimLake lake(2);
  lake.open();
  make_lists(lake);
  Recorder recorder;
  std::atomic<bool> done{false};
  std::thread upkeep([&] {
    while (!done) {
      const auto flushed = lake.run("CALL lake_flush('lists')");
      EXPECT_TRUE(flushed || flushed.error().code() == ErrorCode::kConflict) << flushed.error().message();
      const auto compacted = lake.run("CALL lake_compact('lists')");
      EXPECT_TRUE(compacted || compacted.error().code() == ErrorCode::kConflict)
          << compacted.error().message();
    }
  });
  run_clients(lake, recorder, 2, 40);
  done = true;
  upkeep.join();
  expect_no_anomalies(recorder, lake);
  lake.expect_sound();
  lake.close();
}

TEST(SnapshotIsolation, AcrossCrashes) {
  sim::SimLake lake(3);
  lake.open();
  make_lists(lake);
  Recorder recorder;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    lake.disk().crash_at_sync(20 + round * 7);
    run_clients(lake, recorder, 10 + round, 40);
    lake.abandon();
    lake.disk().reopen();
    lake.open();
    ASSERT_FALSE(testing::Test::HasFatalFailure());
  }
  expect_no_anomalies(recorder, lake);
  lake.expect_sound();
  lake.close();
}

}  // namespace
}  // namespace lake::history

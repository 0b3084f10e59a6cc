#include "lake/ingest/takeout_runs.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace lake::ingest {
namespace {

using std::chrono::milliseconds;

constexpr takeout::ColumnSpec kColumns[] = {{"n", takeout::ColumnType::kInt64}};
constexpr std::string_view kKey[] = {"n"};
constexpr takeout::TableSpec kTable{.name = "t", .columns = kColumns, .key = kKey};

Delivery delivery_of(std::int64_t entry_id, bool ends_run = true) {
  Delivery delivery;
  delivery.done.emplace_back().entry_id = entry_id;
  auto& rows = delivery.batch.rows_of(kTable);
  rows.column(0).append_integer(entry_id);
  rows.end_row();
  delivery.ends_run = ends_run;
  return delivery;
}

class RunQueueTest : public ::testing::Test {
 protected:
  void offer(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) queue_.offer({.number = i, .tasks = {}, .next_of_stream = {}});
  }
  std::int64_t take() {
    auto delivery = queue_.take(milliseconds(0));
    return delivery ? delivery->done.at(0).entry_id : 0;
  }
  RunQueue queue_{1U << 20U};
};

TEST_F(RunQueueTest, DeliveriesAreTakenInTheOrderOfTheRuns) {
  queue_.allow_workers(3);
  offer(3);
  queue_.close();
  EXPECT_EQ(queue_.claim(0)->number, 0U);
  EXPECT_EQ(queue_.claim(1)->number, 1U);
  EXPECT_EQ(queue_.claim(2)->number, 2U);
  EXPECT_FALSE(queue_.claim(2));
  EXPECT_TRUE(queue_.put(2, delivery_of(30)));
  EXPECT_TRUE(queue_.put(1, delivery_of(20)));
  EXPECT_EQ(take(), 0);
  EXPECT_EQ(queue_.depth(), 2U);
  EXPECT_TRUE(queue_.put(0, delivery_of(10, false)));
  EXPECT_EQ(take(), 10);
  EXPECT_EQ(take(), 0);  // the run is not at its end
  EXPECT_TRUE(queue_.put(0, delivery_of(11)));
  EXPECT_EQ(take(), 11);
  EXPECT_EQ(take(), 20);
  EXPECT_FALSE(queue_.is_finished());
  EXPECT_EQ(take(), 30);
  EXPECT_TRUE(queue_.is_finished());
  EXPECT_EQ(queue_.waiting_bytes(), 0U);
}

TEST_F(RunQueueTest, WorkersThatAreNotAllowedWaitUntilTheRunIsWaitedFor) {
  offer(3);
  queue_.close();
  EXPECT_EQ(queue_.claim(0)->number, 0U);
  std::uint64_t claimed = 0;
  std::thread worker([&] {
    const auto run = queue_.claim(1);
    claimed = run ? run->number : 99;
    EXPECT_EQ(queue_.depth(), 0U);  // what came before was taken
  });
  EXPECT_TRUE(queue_.put(0, delivery_of(10)));
  while (take() == 0) {
  }
  worker.join();
  EXPECT_EQ(claimed, 1U);
}

TEST_F(RunQueueTest, NoFurtherRunIsBegunWhileMuchWaits) {
  RunQueue queue(1);
  queue.allow_workers(2);
  for (std::uint64_t i = 0; i < 3; ++i) queue.offer({.number = i, .tasks = {}, .next_of_stream = {}});
  EXPECT_EQ(queue.claim(0)->number, 0U);
  EXPECT_EQ(queue.claim(1)->number, 1U);
  EXPECT_TRUE(queue.put(1, delivery_of(20)));
  bool was_stopped = false;
  std::thread worker([&] { was_stopped = !queue.claim(1); });
  queue.stop();
  worker.join();
  EXPECT_TRUE(was_stopped);
}

TEST_F(RunQueueTest, StoppingEndsWhoWaitsForAPlace) {
  offer(1);
  EXPECT_EQ(queue_.claim(0)->number, 0U);
  EXPECT_TRUE(queue_.put(0, delivery_of(10, false)));
  bool was_put = true;
  std::thread worker([&] { was_put = queue_.put(0, delivery_of(11, false)); });
  queue_.stop();
  worker.join();
  EXPECT_FALSE(was_put);
  EXPECT_FALSE(queue_.claim(0));
}

}  // namespace
}  // namespace lake::ingest

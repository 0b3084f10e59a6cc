#include "lake/catalog/commit_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>

#include "lake/os/clock.hpp"
#include "lake/sim/clock.hpp"

namespace lake::catalog {
namespace {

/// A queue and its committer, which notes the sizes of the groups it takes.
class CommitQueueTest : public ::testing::Test {
 protected:
  void TearDown() override { end(); }
  void end() {
    queue_.close();
    if (committer_.joinable()) committer_.join();
  }
  void take_turn() {
    while (!queue_.take_turn()) std::this_thread::yield();  // until the committer is at rest
  }
  void enter(Ticket& ticket) {
    ticket.request = CommitRequest();
    ASSERT_TRUE(queue_.enter(ticket));
  }

  sim::SimClock clock_;
  CommitQueue queue_{clock_, 4, 3};
  std::vector<std::size_t> groups_;  // the committer's until it is joined
  std::thread committer_{[this] {
    std::vector<Ticket*> tickets;
    while (queue_.next(std::chrono::nanoseconds(0), tickets)) {
      groups_.push_back(tickets.size());
      queue_.finish(tickets);
    }
  }};
};

TEST_F(CommitQueueTest, AClientAloneHasTheTurnAndOthersWaitForIt) {
  take_turn();
  EXPECT_FALSE(queue_.take_turn());
  Ticket first;
  Ticket second;
  enter(first);
  enter(second);
  EXPECT_FALSE(first.done);
  queue_.end_turn(false);
  queue_.wait(first);
  queue_.wait(second);
  end();
  EXPECT_EQ(groups_, std::vector<std::size_t>{2});
}

TEST_F(CommitQueueTest, NobodyIsAloneAfterAGroupUntilACommitCameByItself) {
  take_turn();
  Ticket first;
  enter(first);
  queue_.end_turn(false);
  queue_.wait(first);
  take_turn();  // the committer had but one, so that a client may be alone again
  Ticket second;
  Ticket third;
  enter(second);
  enter(third);
  queue_.end_turn(false);
  queue_.wait(second);
  queue_.wait(third);
  EXPECT_FALSE(queue_.take_turn()) << "both may come again";
  Ticket fourth;
  enter(fourth);
  queue_.wait(fourth);
  take_turn();
  queue_.end_turn(false);
  end();
  EXPECT_EQ(groups_, (std::vector<std::size_t>{1, 2, 1}));
}

TEST_F(CommitQueueTest, AChoreIsATurnOfTheCommitterWithoutTickets) {
  take_turn();
  queue_.end_turn(true);
  take_turn();
  queue_.end_turn(false);
  end();
  EXPECT_EQ(groups_, std::vector<std::size_t>{0});
}

TEST_F(CommitQueueTest, ClosingWaitsForTheTurnOfAClientAndRefusesTheNext) {
  take_turn();
  Ticket waiting;
  enter(waiting);
  queue_.close();
  Ticket late;
  late.request = CommitRequest();
  EXPECT_EQ(queue_.enter(late).error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(waiting.done);
  queue_.end_turn(false);
  queue_.wait(waiting);
  committer_.join();
  EXPECT_FALSE(queue_.take_turn());
  EXPECT_EQ(groups_, std::vector<std::size_t>{1});
}

/// Clients that commit alone where they can, others whose work is the committer's, and chores: one at a time
/// has the turn, nobody is forgotten, and no chore.
TEST(CommitQueueRace, OneAtATimeAndNobodyIsForgotten) {
  os::SystemClock clock;
  CommitQueue queue(clock, 64, 8);
  std::atomic<int> at_work{0};
  std::atomic<int> most{0};
  std::atomic<std::uint64_t> alone{0};
  std::uint64_t turns = 0;  // of whoever has the turn, which is what is tested
  const auto work = [&] {
    most = std::max(most.load(), ++at_work);
    ++turns;
    --at_work;
  };
  bool chore_due = false;
  std::uint64_t chores_asked = 0;
  std::uint64_t chores_done = 0;
  std::uint64_t committed = 0;
  std::thread committer([&] {
    std::vector<Ticket*> tickets;
    while (queue.next(std::chrono::microseconds(50), tickets)) {
      work();
      for (const Ticket* const ticket : tickets) {
        if (ticket->request) ++committed;
        if (ticket->work) ticket->work();
      }
      queue.finish(tickets);
      if (!std::exchange(chore_due, false)) continue;
      ++chores_done;
    }
  });
  constexpr int kClients = 4;
  constexpr int kCommits = 1000;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      for (int i = 0; i < kCommits; ++i) {
        if (c == 0 && i % 50 == 0) {
          Ticket other;
          bool done = false;
          other.work = [&done] { done = true; };
          ASSERT_TRUE(queue.enter(other));
          queue.wait(other);
          ASSERT_TRUE(done);
        }
        for (int rest = 0; i % 100 == 0 && rest < 100 * c; ++rest) std::this_thread::yield();
        Ticket ticket;
        ticket.request = CommitRequest();
        if (queue.take_turn()) {
          work();
          ++alone;
          ++committed;
          if (i % 7 == 0 && !std::exchange(chore_due, true)) ++chores_asked;
          queue.end_turn(chore_due);
        } else {
          ASSERT_TRUE(queue.enter(ticket));
          queue.wait(ticket);
        }
      }
    });
  }
  for (auto& client : clients) client.join();
  queue.close();
  committer.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(committed, static_cast<std::uint64_t>(kClients) * kCommits);
  EXPECT_EQ(chores_done, chores_asked);
  EXPECT_GE(turns, alone);
}

}  // namespace
}  // namespace lake::catalog

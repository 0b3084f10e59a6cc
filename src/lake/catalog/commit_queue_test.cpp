#include "lake/catalog/commit_queue.hpp"

#include <gtest/gtest.h>

#include <thread>

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

}  // namespace
}  // namespace lake::catalog

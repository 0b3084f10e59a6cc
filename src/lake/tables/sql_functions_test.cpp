#include "lake/tables/lake_test_fixture.hpp"

namespace lake::tables {
namespace {

class SqlFunctions : public LakeFixture {
 protected:
  std::string state_of(jobs::JobId id) {
    return text("select state from lake_jobs() where id = " + std::to_string(id));
  }
};

TEST_F(SqlFunctions, lake_cancel_job_asks_a_running_job_to_end) {
  auto job = must(jobs_.begin("import", "a.csv"));
  auto other = must(jobs_.begin("import", "b.csv"));
  const jobs::JobId id = job.id();
  const jobs::JobId other_id = other.id();
  ASSERT_TRUE(job.start());
  ASSERT_TRUE(other.start());
  EXPECT_EQ(state_of(id), "running");
  run("call lake_cancel_job(" + std::to_string(id) + ")");
  EXPECT_TRUE(job.token().is_cancelled());
  EXPECT_FALSE(other.token().is_cancelled());
  job.finish(Error(ErrorCode::kCancelled, "told so"));
  EXPECT_EQ(state_of(id), "cancelled");
  EXPECT_EQ(state_of(other_id), "running");
  EXPECT_EQ(failure("call lake_cancel_job(" + std::to_string(id) + ")"), ErrorCode::kInvalidArgument);
  other.finish(ok());
  EXPECT_EQ(state_of(other_id), "succeeded");
}

TEST_F(SqlFunctions, a_queued_job_can_be_cancelled_and_a_rolled_back_transaction_does_not_take_it_back) {
  auto job = must(jobs_.begin("import", "a.csv"));
  EXPECT_EQ(state_of(job.id()), "queued");
  run("begin");
  run("call lake_cancel_job(" + std::to_string(job.id()) + ")");
  run("rollback");
  EXPECT_TRUE(job.token().is_cancelled());
}

}  // namespace
}  // namespace lake::tables

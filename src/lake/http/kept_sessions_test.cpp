#include "lake/http/kept_sessions.hpp"

#include <gtest/gtest.h>

#include "lake/sim/clock.hpp"

namespace lake::http {
namespace {

/// Counts its living sessions.
class CountingSessions final : public query::Sessions {
 public:
  class Counted final : public query::Session {
   public:
    explicit Counted(int& living) : living_(living) { ++living_; }
    ~Counted() override { --living_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    Result<std::vector<StatementText>> split(const std::string&) override { return refuse(); }
    Result<std::unique_ptr<query::ResultStream>> run(const std::string&, const query::Parameters&,
                                                     const query::RequestOptions&) override {
      return refuse();
    }
    Result<TextResult> run_text(const std::string&, const query::Parameters&,
                                const query::RequestOptions&) override {
      return refuse();
    }
    void cancel() override {}
    [[nodiscard]] query::Progress progress() const override { return {}; }
    [[nodiscard]] bool in_transaction() const override { return false; }
    std::vector<std::string> complete(const std::string&, std::size_t) override { return {}; }

   private:
    static Error refuse() { return {ErrorCode::kUnsupported, "only counted"}; }
    int& living_;
  };

  Result<std::unique_ptr<query::Session>> open() override { return std::make_unique<Counted>(living); }
  void drain(std::chrono::milliseconds) override {}

  int living = 0;
};

class Kept : public testing::Test {
 protected:
  CountingSessions sessions_;
  sim::SimClock clock_;
  os::SeededRandom random_{1};
  KeptSessions kept_{sessions_, clock_, random_};
};

TEST_F(Kept, IsTheSameSessionEachTimeAndUsedByOneRequestAtATime) {
  const std::string id = *kept_.open();
  const query::Session* first = nullptr;
  {
    const auto loan = kept_.borrow(id);
    ASSERT_TRUE(loan.has_value());
    first = &(*loan)->session();
    EXPECT_EQ(kept_.borrow(id).error().code(), ErrorCode::kUnavailable);
  }
  const auto again = kept_.borrow(id);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(&(*again)->session(), first);
}

TEST_F(Kept, EndsWhenClosedEvenWhileInUse) {
  const std::string id = *kept_.open();
  {
    const auto loan = kept_.borrow(id);
    ASSERT_TRUE(kept_.close(id).has_value());
    EXPECT_EQ(sessions_.living, 1);
  }
  EXPECT_EQ(sessions_.living, 0);
  EXPECT_EQ(kept_.borrow(id).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(kept_.close(id).error().code(), ErrorCode::kNotFound);
}

TEST_F(Kept, EndsAfterBeingIdleButNotWhileInUse) {
  const std::string idle = *kept_.open();
  const std::string used = *kept_.open();
  {
    const auto loan = kept_.borrow(used);
    clock_.advance(KeptSessions::kIdleMax + std::chrono::seconds(1));
    EXPECT_EQ(kept_.borrow(idle).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(sessions_.living, 1);
  }
  EXPECT_TRUE(kept_.borrow(used).has_value());
}

TEST_F(Kept, IsBounded) {
  std::string last;
  for (std::size_t i = 0; i < KeptSessions::kCountMax; ++i) last = *kept_.open();
  EXPECT_EQ(kept_.open().error().code(), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(kept_.close(last).has_value());
  EXPECT_TRUE(kept_.open().has_value());
  kept_.close_all();
  EXPECT_EQ(sessions_.living, 0);
}

}  // namespace
}  // namespace lake::http

#include "lake/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace lake {
namespace {

Result<int> halve(int value) {
  if (value % 2 != 0) return Error(ErrorCode::kInvalidArgument, "odd: " + std::to_string(value));
  return value / 2;
}

Result<int> quarter(int value) {
  LAKE_TRY(const int half, halve(value));
  LAKE_TRY(const int quarter, halve(half));
  return quarter;
}

Status both_even(int left, int right) {
  LAKE_CHECK_OK(halve(left));
  LAKE_CHECK_OK(halve(right));
  return ok();
}

TEST(Result, TryPassesValuesOnAndStopsAtTheFirstError) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failed.error().message(), "odd: 3");
}

TEST(Result, CheckOkStopsAtTheFirstError) {
  EXPECT_TRUE(both_even(2, 4));
  EXPECT_EQ(both_even(1, 3).error().message(), "odd: 1");
  EXPECT_EQ(both_even(2, 3).error().message(), "odd: 3");
}

TEST(Result, ValuesThatOnlyMoveCanBeTaken) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto take = [&]() -> Result<int> {
    LAKE_TRY(const auto owned, make());
    return *owned;
  };
  EXPECT_EQ(take().value(), 7);
}

TEST(Error, ContextGoesInFrontAndTheRestStays) {
  const Error inner(ErrorCode::kCorruption, "bad magic", "place.cpp", 12);
  const Error outer = inner.at(5).with("reading a.parquet");
  EXPECT_EQ(outer.message(), "reading a.parquet: bad magic");
  EXPECT_EQ(outer.code(), ErrorCode::kCorruption);
  EXPECT_EQ(outer.position(), 5);
  EXPECT_STREQ(outer.file(), "place.cpp");
  EXPECT_EQ(outer.line(), 12);
  EXPECT_EQ(inner.position(), -1);
}

TEST(ErrorCode, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code)
    names.insert(name_of(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1);
}

TEST(ErrorCode, OnlyWhatMaySucceedUnchangedIsRetryable) {
  EXPECT_TRUE(is_retryable(ErrorCode::kConflict));
  EXPECT_TRUE(is_retryable(ErrorCode::kUnavailable));
  EXPECT_FALSE(is_retryable(ErrorCode::kCommitUnknown));
  EXPECT_FALSE(is_retryable(ErrorCode::kIo));
  EXPECT_FALSE(is_retryable(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace lake

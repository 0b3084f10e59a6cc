#include "lake/validate/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lake::validate {
namespace {

using testing::HasSubstr;

TEST(Report, ListsErrorsAndWarningsApartAndCountsWhatItCut) {
  Report report;
  report.records = 10;
  report.refused = 1;
  report.counts = {{"a.range", 3}, {"a.note", 1}};
  report.violations.push_back(
      {4, "a.range", Severity::kError, "constraint", "a", "a must be at least 0, and is -1", "fix"});
  report.violations.push_back({5, "a.range", Severity::kWarning, "constraint", "a", "w", ""});
  report.violations.push_back({6, "a.note", Severity::kNote, "constraint", "a", "n", ""});
  EXPECT_FALSE(report.is_valid());
  EXPECT_TRUE(report.is_cut());
  const auto json = json_of(report);
  EXPECT_THAT(json,
              HasSubstr(R"("is_valid":false,"errors":[{"position":4,"rule":"a.range","severity":"error")"));
  EXPECT_THAT(json, HasSubstr(R"("warnings":[{"position":5)"));
  EXPECT_THAT(json, HasSubstr(R"("valid":9,"refused":1,"violations":4,"is_cut":true)"));
  EXPECT_EQ(json.find("\"position\":6"), std::string::npos);
}

}  // namespace
}  // namespace lake::validate

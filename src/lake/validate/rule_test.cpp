#include "lake/validate/rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lake::validate {
namespace {

using testing::ElementsAre;

TEST(Path, NamesAreSeparatedByDotsAndOneListIsGoneThrough) {
  const auto path = *parse_path("order.items[*].\"unit.price\"");
  EXPECT_THAT(path.names, ElementsAre("order", "items"));
  EXPECT_TRUE(path.has_list);
  EXPECT_THAT(path.names_in_items, ElementsAre("unit.price"));
  EXPECT_THAT(parse_path("größe und $x")->names, ElementsAre("größe und $x"));
}

TEST(Path, WhatIsNoPathIsRefusedWithItsText) {
  for (const char* wrong : {"", ".", "a.", "a..b", "a[0]", "a[*].b[*]", "\"a", "a'b", "\"a\\b\"", "\"\""}) {
    const auto path = parse_path(wrong);
    ASSERT_FALSE(path.has_value()) << wrong;
    EXPECT_NE(path.error().message().find("'" + std::string(wrong) + "'"), std::string::npos)
        << path.error().message();
  }
}

TEST(Rule, EveryKindIsFoundByItsName) {
  for (const auto& info : all_rule_kinds()) {
    EXPECT_EQ(*rule_kind_named(info.name), info.kind);
    EXPECT_EQ(info_of(info.kind).name, info.name);
  }
  EXPECT_NE(rule_kind_named("ranges").error().message().find("there are required, type, range"),
            std::string::npos);
}

TEST(Rule, LevelsDecideHowBadABrokenRuleIs) {
  Rule rule;
  EXPECT_EQ(severity_at(Level::kStrict, rule), Severity::kError);
  EXPECT_EQ(severity_at(Level::kLenient, rule), Severity::kWarning);
  EXPECT_EQ(severity_at(Level::kAudit, rule), Severity::kNote);
  rule.severity = Severity::kNote;
  EXPECT_EQ(severity_at(Level::kLenient, rule), Severity::kNote);
  rule.is_of_table = true;
  EXPECT_EQ(severity_at(Level::kAudit, rule), Severity::kError);
}

TEST(Rule, SaysWhatItAsks) {
  Rule rule;
  rule.kind = RuleKind::kRange;
  rule.path = "age";
  rule.minimum = Bound{"0"};
  rule.maximum = Bound{"150", true, true};
  EXPECT_EQ(demand_of(rule), "be at least 0 and less than 150");
  rule.kind = RuleKind::kEnum;
  rule.values = std::vector<std::string>(12, "x");
  EXPECT_EQ(demand_of(rule), "be one of x, x, x, x, x, x, x, x, x, x, ... (12)");
}

}  // namespace
}  // namespace lake::validate

#include "lake/validate/rule_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lake::validate {
namespace {

using testing::HasSubstr;

RuleSet set_of(const std::string& json) {
  auto set = parse_rule_set(json);
  EXPECT_TRUE(set.has_value()) << set.error().message();
  return set ? *set : RuleSet{};
}

std::vector<std::string> names_of(const std::vector<Rule>& rules) {
  std::vector<std::string> names;
  for (const auto& rule : rules) names.push_back(rule.name);
  return names;
}

/// Sets by name.
class Sets {
 public:
  explicit Sets(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
      const auto set = set_of(text);
      sets_.emplace(set.name, set);
    }
  }
  Result<ResolvedRules> resolve(const std::string& name) {
    return validate::resolve(sets_.at(name), [this](const std::string& parent) -> Result<RuleSet> {
      const auto found = sets_.find(parent);
      if (found == sets_.end()) return Error(ErrorCode::kNotFound, "no rule set is called " + parent);
      return found->second;
    });
  }

 private:
  std::map<std::string, RuleSet> sets_;
};

TEST(RuleSet, EachMemberOfAFieldIsARule) {
  const auto set =
      set_of(R"({"name": "s", "fields": {"age": {"type": "integer", "required": true, "min": 0, "max": 150,
    "severity": "warning"}, "code": {"min_length": 2, "enum": ["a", 1], "unique": false}}})");
  EXPECT_THAT(names_of(set.rules),
              testing::ElementsAre("age.type", "age.required", "age.range", "code.length", "code.enum"));
  EXPECT_EQ(set.rules[2].minimum->text, "0");
  EXPECT_EQ(set.rules[2].maximum->text, "150");
  EXPECT_EQ(set.rules[0].severity, Severity::kWarning);
  EXPECT_THAT(set.rules[4].values, testing::ElementsAre("a", "1"));
}

TEST(RuleSet, ItsOwnTextGivesItBack) {
  const auto set = set_of(R"({"name": "s", "extends": ["a", "b"], "level": "lenient", "disable": ["x"],
    "fields": {"p": {"exclusive_min": 1.5, "pattern": "^a", "format": "vector", "dimension": 3, "reference": "m.t.c"}},
    "rules": [{"name": "e", "kind": "expression", "expression": "a < b", "message": "m", "suggestion": "g", "severity": "note"}]})");
  const auto text = json_of(set);
  EXPECT_EQ(json_of(set_of(text)), text);
  EXPECT_THAT(text, HasSubstr(R"("exclusive_min":1.5)"));
}

TEST(RuleSet, WhatIsNotKnownIsNamedWithItsPlace) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"[]", "no JSON object"},
      {"{}", "name"},
      {R"({"name": "s", "colour": 1})", "colour"},
      {R"({"name": "s", "fields": {"a": {"mni": 1}}})", "fields.a.mni"},
      {R"({"name": "s", "fields": {"a": {"required": "yes"}}})", "fields.a.required"},
      {R"({"name": "s", "fields": {"a": {"format": "phone"}}})", "no format is called 'phone'"},
      {R"({"name": "s", "fields": {"a": {"min_length": -1}}})", "no count"},
      {R"({"name": "s", "fields": {"a": {"min": 1, "max": "2020-01-01"}}})", "not of one kind"},
      {R"({"name": "s", "fields": {"a[*]": {"unique": true}}})", "do not look into lists"},
      {R"({"name": "s", "rules": [{"path": "a"}]})", "rules[0]: needs a kind"},
      {R"({"name": "s", "rules": [{"kind": "range", "path": "a"}]})", "needs min"},
      {R"({"name": "s", "rules": [{"kind": "type", "path": "a", "type": "date", "min": 3}]})",
       "rules[0].min"},
      {R"({"name": "s", "fields": {"a": {"required": true}}, "rules": [{"kind": "required", "path": "a"}]})",
       "two rules"},
      {R"({"name": "s", "level": "loose"})", "strict, lenient, audit"},
  };
  for (const auto& [json, word] : cases) {
    const auto set = parse_rule_set(json);
    ASSERT_FALSE(set.has_value()) << json;
    EXPECT_THAT(set.error().message(), HasSubstr(word)) << json;
  }
}

TEST(RuleSet, AChildOverridesAndDisablesWhatItInherits) {
  Sets sets(
      {R"({"name": "base", "level": "lenient", "fields": {"id": {"required": true}, "at": {"type": "timestamp"}}})",
       R"({"name": "middle", "extends": "base", "disable": ["at.type"], "fields": {"n": {"min": 0}}})",
       R"({"name": "child", "extends": "middle", "fields": {"id": {"required": true, "severity": "warning"}}})"});
  const auto resolved = *sets.resolve("child");
  EXPECT_THAT(names_of(resolved.rules), testing::ElementsAre("id.required", "n.range"));
  EXPECT_EQ(resolved.rules[0].severity, Severity::kWarning);
  EXPECT_EQ(resolved.level, Level::kLenient);
  // A set without rules of its own still asks what its parent asks.
  EXPECT_EQ(sets.resolve("base")->rules.size(), 2U);
}

TEST(RuleSet, TheLastParentWins) {
  Sets sets({R"({"name": "a", "level": "audit", "fields": {"n": {"max": 1}}})",
             R"({"name": "b", "level": "strict", "fields": {"n": {"max": 2}}})",
             R"({"name": "c", "extends": ["a", "b"]})"});
  const auto resolved = *sets.resolve("c");
  EXPECT_EQ(resolved.rules.at(0).maximum->text, "2");
  EXPECT_EQ(resolved.level, Level::kStrict);
}

TEST(RuleSet, ACircleIsNamed) {
  Sets sets({R"({"name": "a", "extends": "b"})", R"({"name": "b", "extends": "c"})",
             R"({"name": "c", "extends": "b"})"});
  const auto resolved = sets.resolve("a");
  ASSERT_FALSE(resolved.has_value());
  EXPECT_THAT(resolved.error().message(), HasSubstr("a -> b -> c -> b"));
}

TEST(RuleSet, AParentThatIsNotThereAndARuleThatIsNotInheritedAreErrors) {
  Sets sets({R"({"name": "a", "extends": "gone"})", R"({"name": "b", "disable": ["x.range"]})"});
  EXPECT_EQ(sets.resolve("a").error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(sets.resolve("b").error().message(), HasSubstr("disables 'x.range'"));
}

TEST(RuleSet, ManySetsAreBounded) {
  std::vector<std::string> texts = {R"({"name": "s0"})"};
  for (int i = 1; i <= 100; ++i) {
    texts.push_back(R"({"name": "s)" + std::to_string(i) + R"(", "extends": "s)" + std::to_string(i - 1) +
                    R"("})");
  }
  Sets sets(texts);
  EXPECT_TRUE(sets.resolve("s60").has_value());
  EXPECT_FALSE(sets.resolve("s100").has_value());
}

}  // namespace
}  // namespace lake::validate

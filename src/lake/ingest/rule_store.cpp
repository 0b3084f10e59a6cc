#include "lake/ingest/rule_store.hpp"

#include <algorithm>

#include "lake/ingest/sql_text.hpp"

namespace lake::ingest {
namespace {

using validate::RuleSet;

constexpr const char* kTable = "ingest.rule_set";

}  // namespace

Result<bool> RuleStore::is_there() {
  LAKE_TRY(const auto found,
           session_.run_text(
               "SELECT 1 FROM information_schema.tables WHERE table_catalog = current_database() AND "
               "table_schema = 'ingest' AND table_name = 'rule_set'"));
  return !found.rows.empty();
}

Status RuleStore::put(const RuleSet& set) {
  LAKE_CHECK_OK(session_.run_text("CREATE SCHEMA IF NOT EXISTS ingest"));
  LAKE_CHECK_OK(
      session_.run_text(std::string("CREATE TABLE IF NOT EXISTS ") + kTable +
                        " (name VARCHAR NOT NULL, rules JSON NOT NULL, updated_at TIMESTAMPTZ NOT NULL)"));
  LAKE_CHECK_OK(validate::resolve(set, [&](const std::string& name) -> Result<RuleSet> {
    // A circle through the set itself is seen with its new text.
    if (name == set.name) return set;
    return find(name);
  }));
  LAKE_CHECK_OK(session_.run_text(
      std::string("MERGE INTO ") + kTable + " USING (SELECT " + quoted_text(set.name) + " AS name, " +
      quoted_text(json_of(set)) +
      "::JSON AS rules) s ON rule_set.name = s.name WHEN MATCHED THEN UPDATE SET rules = s.rules, updated_at = now() "
      "WHEN NOT MATCHED THEN INSERT (name, rules, updated_at) VALUES (s.name, s.rules, now())"));
  return ok();
}

Result<std::vector<RuleSet>> RuleStore::list() {
  std::vector<RuleSet> sets;
  LAKE_TRY(const bool there, is_there());
  if (!there) return sets;
  LAKE_TRY(const auto found,
           session_.run_text(std::string("SELECT rules FROM ") + kTable + " ORDER BY name"));
  for (const auto& row : found.rows) {
    LAKE_TRY(auto set, validate::parse_rule_set(row[0].value_or("")));
    sets.push_back(std::move(set));
  }
  return sets;
}

Result<RuleSet> RuleStore::find(const std::string& name) {
  LAKE_TRY(auto sets, list());
  std::string names;
  for (auto& set : sets) {
    if (set.name == name) return std::move(set);
    names += (names.empty() ? "" : ", ") + set.name;
  }
  return Error(ErrorCode::kNotFound, "no rule set is called '" + name + "'; there " +
                                         (names.empty() ? "is none yet" : "are " + names));
}

Status RuleStore::remove(const std::string& name) {
  LAKE_TRY(const auto sets, list());
  LAKE_CHECK_OK(find(name));
  for (const auto& set : sets) {
    if (std::find(set.parents.begin(), set.parents.end(), name) != set.parents.end())
      return Error(ErrorCode::kInvalidArgument, "the rule set " + set.name + " extends " + name);
  }
  LAKE_CHECK_OK(
      session_.run_text(std::string("DELETE FROM ") + kTable + " WHERE name = " + quoted_text(name)));
  return ok();
}

Result<validate::ResolvedRules> RuleStore::resolve(const std::string& name) {
  LAKE_TRY(const auto set, find(name));
  return validate::resolve(set, [this](const std::string& parent) { return find(parent); });
}

}  // namespace lake::ingest

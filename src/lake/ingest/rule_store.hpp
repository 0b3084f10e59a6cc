#pragma once

#include <string>
#include <vector>

#include "lake/query/session.hpp"
#include "lake/validate/rule_set.hpp"

namespace lake::ingest {

/// The rule sets of a lake, in the table ingest.rule_set (name, rules, updated_at): part of every snapshot,
/// and open to SQL. Threads: those of the session.
class RuleStore {
 public:
  explicit RuleStore(query::Session& session) : session_(session) {}

  /// Stores a set under its name, in place of the one before. Errors: those of resolve(), so that what is
  /// stored can be used; those of Session.
  Status put(const validate::RuleSet& set);
  /// Errors: kNotFound, naming those there are.
  Result<validate::RuleSet> find(const std::string& name);
  /// Errors: kNotFound; kInvalidArgument while another set extends it.
  Status remove(const std::string& name);
  /// All sets, by name.
  Result<std::vector<validate::RuleSet>> list();
  /// A set with what it inherits.
  Result<validate::ResolvedRules> resolve(const std::string& name);

 private:
  Result<bool> is_there();
  query::Session& session_;
};

}  // namespace lake::ingest

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lake/validate/rule_set.hpp"

namespace lake::validate {

/// One rule broken at one place of one record.
struct Violation {
  std::uint64_t position = 0;  // of the record: its line or its number, from 1
  std::string rule;            // its name
  Severity severity = Severity::kError;
  std::string category;
  std::string path;
  std::string message;
  std::string suggestion;
};

/// What came out of looking at records. Violations are listed up to a bound and counted beyond it.
struct Report {
  std::string rule_set;
  Level level = Level::kStrict;
  std::uint64_t records = 0;
  std::uint64_t refused = 0;                    // records with an error
  std::vector<Violation> violations;            // by position, the first of each record's rules first
  std::map<std::string, std::uint64_t> counts;  // by name of the rule, all of them
  [[nodiscard]] bool is_valid() const { return refused == 0; }
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] bool is_cut() const { return total() > violations.size(); }

  static constexpr std::size_t kViolationsMax = 1000;
};

/// {"is_valid", "errors": [...], "warnings": [...], "metadata": {...}}; notes are in the counts only.
std::string json_of(const Report& report);

}  // namespace lake::validate

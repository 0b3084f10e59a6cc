#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "comparison.hpp"
#include "driver.hpp"
#include "lake/base/mutex.hpp"
#include "script.hpp"

namespace lake::sqltest {

/// What came of one test file.
struct Outcome {
  std::uint64_t commands = 0;
  std::uint64_t skipped = 0;  // commands left out by conditions or mode skip
  std::set<std::string> skip_reasons;
  std::string left_out;               // the whole file was left out: why (require)
  std::vector<std::string> failures;  // each begins with path:line
  [[nodiscard]] bool passed() const { return failures.empty(); }
};

/// Runs one file on an open driver. Stops at the first failure, because what follows depends on it.
/// `variables`: initial ones, e.g. TEST_DIR.
Outcome execute(const Script& script, Driver& driver, const std::set<std::string>& traits,
                Variables variables);

}  // namespace lake::sqltest

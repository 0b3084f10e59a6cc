#pragma once

#include <string>
#include <vector>

#include "driver.hpp"
#include "script.hpp"

namespace lake::sqltest {

using TextRows = std::vector<std::vector<std::string>>;

/// One value as test files write it: NULL, (empty), and \t \n \r \0 for what would break the layout.
std::string value_text(const std::optional<std::string>& value);
TextRows text_rows(const Answer& answer);

/// Compares a query's rows with the expected lines (tab-separated rows, or one value a line).
/// Returns an empty text when they agree, else what differs, for people.
/// Columns typed R compare as numbers (relative 1e-9), others exactly; an expected value may be <REGEX>:...
/// or <!REGEX>:...
std::string difference(const std::string& types, Sort sort, const std::vector<std::string>& expected,
                       const Answer& answer);

void sort_rows(TextRows& rows, Sort sort);

}  // namespace lake::sqltest

#pragma once

#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::query {

/// Splits a script at its top-level semicolons; pieces without a token are left out. Linear in its length.
/// Errors: kInvalidArgument with position (an unterminated quote or comment).
Result<std::vector<Session::StatementText>> split_script(const std::string& script);

}  // namespace lake::query

#pragma once

#include <string>

#include "lake/catalog/model.hpp"

namespace lake::tables {

/// What of the lake calls a macro, or names a type, by its text: "the DEFAULT of the column main.t.a", "a
/// CHECK of the table main.t", "the view main.v", "the macro main.m". Empty when nothing does. Columns of a
/// named type hold what it stood for and do not need it. A name without schema means the one in main, unless
/// there is none. Things in the schema `leaving` do not count. `object`: a macro or type.
std::string dependent_of(const catalog::Snapshot& snapshot, const catalog::Object& object,
                         const std::string& leaving = {});

/// Throws kInvalidArgument when something depends on the object.
void refuse_if_used(const catalog::Snapshot& snapshot, const catalog::Object& object,
                    const std::string& leaving = {});

}  // namespace lake::tables

#pragma once

#include <string_view>

#include "lake/takeout/product.hpp"

namespace lake::takeout {

/// For an entry that no parser reads although people may expect it: what it is and what they can do, in plain
/// words. Empty for all others.
std::string_view advice_for(const EntryHead& head);

}  // namespace lake::takeout

#pragma once

#include <cstddef>
#include <string_view>

namespace lake::codec {

/// Levels of arrays and objects that JSON from clients may have inside each other: libraries copy and print
/// documents by recursion, and deeper ones would end the process there.
inline constexpr std::size_t kJsonNestingMax = 500;

/// Whether a text that should be JSON opens more levels than that. One pass; looks into no string. Threads:
/// any.
bool is_nested_too_deep(std::string_view json, std::size_t levels_max = kJsonNestingMax);

}  // namespace lake::codec

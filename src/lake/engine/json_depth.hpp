#pragma once

#include <cstddef>

#include "lake/base/result.hpp"

namespace lake::engine {

/// Levels of arrays and objects that a JSON value may have inside each other. The engine reads JSON without
/// recursion, but walks what it read with it, in most of its functions and casts and in read_json; deeper
/// values would end the process there.
inline constexpr std::size_t kJsonDepthMax = 1000;

/// Makes sure that everything the engine reads as JSON is held to kJsonDepthMax; a deeper value is
/// kInvalidArgument, wherever it comes from. How: the engine's library calls the one function that reads JSON
/// by a name that a program may define itself, and this module defines it, around the library's own.
/// Errors: kInternal when this build of the library has no such function, does not call ours, or lays
/// documents out in another way. Some 50 microseconds. Threads: any.
Status bound_json_depth();

}  // namespace lake::engine

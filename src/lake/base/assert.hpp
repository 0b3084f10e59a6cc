#pragma once

namespace lake {
/// Prints the failed condition with its place and aborts. For bugs only, never for user input or disk
/// contents.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}  // namespace lake

#define LAKE_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::lake::assertion_failed(#condition, __FILE__, __LINE__))
#ifdef NDEBUG
#define LAKE_DEBUG_ASSERT(condition) static_cast<void>(0)
#else
#define LAKE_DEBUG_ASSERT(condition) LAKE_ASSERT(condition)
#endif

#include "lake/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace lake {
void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "dplake: assertion failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}
}  // namespace lake

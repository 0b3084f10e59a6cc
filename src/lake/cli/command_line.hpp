#pragma once

#include "lake/cli/roof.hpp"

namespace lake::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

/// Reads the command line and runs the verb it names. Prints results to standard output, everything else to
/// standard error. The exit code: kDone, kFailed (the work failed) or kWrongUsage.
int run(int argc, char** argv, const Roof& roof);

}  // namespace lake::cli

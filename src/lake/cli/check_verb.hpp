#pragma once

#include "lake/cli/roof.hpp"
#include "lake/os/file_system.hpp"

namespace lake::cli {

/// `dplake check`: prints each finding and a summary. The exit code: 1 when something is wrong or could not
/// be looked at. A directory that holds no lake is an error; nothing is made.
int check_verb(const Roof& roof, os::FileSystem& files, const config::Settings& settings);

}  // namespace lake::cli

#pragma once

#include <string>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"

namespace lake::ingest {

/// That `path`, which need not exist, lies in no lake's data directory, wherever links lead: a lake takes
/// what lies there for its own. `what` begins the sentence of the error ("an export"). Errors:
/// kInvalidArgument; those of looking.
Status check_outside_lakes(os::FileSystem& files, const std::string& path, const std::string& what);

}  // namespace lake::ingest

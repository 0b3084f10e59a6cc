#pragma once

#include "lake/cli/roof.hpp"

namespace lake::server {

/// What main() hands to the verbs: how a lake is opened, checked and served in this process.
cli::Roof roof();

}  // namespace lake::server

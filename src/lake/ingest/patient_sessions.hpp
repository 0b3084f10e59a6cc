#pragma once

#include <memory>

#include "lake/query/session.hpp"

namespace lake::ingest {

/// The session for work that takes as long as it takes: its statements have no timeout unless they ask for
/// one. Errors: those of opening.
Result<std::unique_ptr<query::Session>> open_patient(query::Sessions& sessions);

}  // namespace lake::ingest

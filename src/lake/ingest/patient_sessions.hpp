#pragma once

#include <atomic>
#include <memory>

#include "lake/query/session.hpp"

namespace lake::ingest {

/// The session for work that takes as long as it takes: its statements have no timeout unless they ask for
/// one. Errors: those of opening.
Result<std::unique_ptr<query::Session>> open_patient(query::Sessions& sessions);

/// The session for work of many statements that can be cancelled between two of them: once `cancelled` is
/// set none begins any more, and what was open is rolled back with the session. A statement that runs is
/// ended by Session::cancel(). Errors: those of opening.
Result<std::unique_ptr<query::Session>> open_cancellable(query::Sessions& sessions,
                                                         std::shared_ptr<const std::atomic<bool>> cancelled);

}  // namespace lake::ingest

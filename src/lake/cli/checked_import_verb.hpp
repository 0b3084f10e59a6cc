#pragma once

#include <vector>

#include "lake/cli/transfer_verbs.hpp"
#include "lake/ingest/import.hpp"

namespace lake::cli {

/// `dplake import --rules`: every file through the rules of a set; what breaks them goes to
/// ingest.dead_letter. The exit code: 0 when every record is stored.
int checked_import_verb(const Surroundings& around, Conversation& conversation,
                        const ImportArguments& arguments, const ingest::ImportRequest& request);

/// `dplake import --replay TABLE`: records of ingest.dead_letter that were meant for the table are tried
/// again. The exit code: 0 when none is refused any more.
int replay_verb(const Surroundings& around, Conversation& conversation, const ImportArguments& arguments);

}  // namespace lake::cli

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lake/ingest/takeout_selection.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// Whether an entry of that name and size will be read; empty: each.
using EntryChoice = std::function<bool(const std::string& name, std::uint64_t bytes)>;

/// Times that files tell without a zone are read as UTC, or in the zone that the import was given; the column
/// ts_quality says so ("zone_unknown", "zone_inferred"). Errors: those of Session.

/// A sentence for each kind of entries of the parts with these ids (text of an SQL list) that have rows whose
/// zone is unknown.
Result<std::vector<std::string>> guessed_times(query::Session& session, const std::string& parts);

/// Takes away the rows with such times that entries of parts gave, of which `part_condition` is true, when
/// they are going to be read again: with another zone they have other keys, and would stay beside the new
/// ones. Gives how many by entry_id. Inside a transaction of the caller.
Result<std::map<std::int64_t, std::uint64_t>> remove_guessed_times(query::Session& session,
                                                                   const std::string& part_condition,
                                                                   const ProductSelection& wanted,
                                                                   const EntryChoice& is_there);

}  // namespace lake::ingest

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/ingest/takeout_selection.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// Times that files tell without a zone are read as UTC, or in the zone that the import was given; the column
/// ts_quality says so ("zone_unknown", "zone_inferred"). Errors: those of Session.

/// A sentence for each kind of entries of the parts with these ids (text of an SQL list) that have rows whose
/// zone is unknown.
Result<std::vector<std::string>> guessed_times(query::Session& session, const std::string& parts);

using EntryNames = std::set<std::string>;
/// Entries of parts, of which `part_condition` is true, that have rows with guessed times.
Result<EntryNames> entries_with_guessed_times(query::Session& session, const std::string& part_condition,
                                              const ProductSelection& wanted);

/// What a look through a container found of some entries.
struct LookedThrough {
  std::map<std::string, std::uint64_t> whole;  // with their bytes
  EntryNames broken;                           // there, and one of the name cannot be read whole
};
/// Reads those of `names` that are there. Errors: those of `go_on`, which is asked often, and of opening.
Result<LookedThrough> look_through(archive::Container& container, const EntryNames& names,
                                   const std::function<Status()>& go_on);

/// Takes away the rows with such times that entries of these names and bytes gave, when they are going to be
/// read again: with another zone they have other keys, and would stay beside the new ones. Gives how many by
/// entry_id. Inside a transaction of the caller.
Result<std::map<std::int64_t, std::uint64_t>> remove_guessed_times(
    query::Session& session, const std::string& part_condition,
    const std::map<std::string, std::uint64_t>& entries);

}  // namespace lake::ingest

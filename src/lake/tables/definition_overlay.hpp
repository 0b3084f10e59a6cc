#pragma once

#include <vector>

#include "lake/catalog/commit.hpp"
#include "lake/catalog/model.hpp"

namespace lake::tables {

/// Marks versions of things that exist in one transaction only; never written to the catalog.
inline constexpr std::uint64_t kOwnVersionBit = 1ULL << 62U;
inline bool is_own_version(catalog::CommitId version) { return (version & kOwnVersionBit) != 0; }

/// `before` with definition changes applied in order, as a transaction sees its own before commit.
/// Tables made or altered get `ddl_version` as theirs; data members of altered tables stay those of `before`.
/// The changes must be valid there (names checked by the caller).
catalog::SnapshotPtr with_definitions(const catalog::Snapshot& before,
                                      const std::vector<catalog::Definition>& changes,
                                      catalog::CommitId ddl_version);

/// Which kind-map of a snapshot holds objects of this kind.
const std::map<catalog::Snapshot::Key, catalog::ObjectPtr>& objects_of(const catalog::Snapshot& snapshot,
                                                                       catalog::ObjectKind kind);

/// The object of this name, null when absent. Scalar and table macros share one set of names.
catalog::ObjectPtr find_object(const catalog::Snapshot& snapshot, catalog::ObjectKind kind,
                               const std::string& schema, const std::string& name);

}  // namespace lake::tables

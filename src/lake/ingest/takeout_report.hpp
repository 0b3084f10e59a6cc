#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// Entries of one kind and state in one import.
struct TakeoutReportLine {
  std::string product;
  std::string kind;  // classified_as
  std::string state;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t elements = 0;
  std::uint64_t rejected = 0;
  std::uint64_t rows_new = 0;
  std::uint64_t rows_dup = 0;
  std::uint64_t rows_updated = 0;
  std::uint64_t rows_older = 0;
};

struct TakeoutPartLine {
  std::string path;
  std::string kind;
  std::string state;  // known, complete, partial, failed
  std::uint64_t entries = 0;
  std::string reason;
  bool lacks_blobs = false;  // it is partial for nothing else
};

/// The number of workers changed, for a reason.
struct TakeoutWorkerChange {
  std::int64_t at_micros = 0;  // since 1970, UTC
  unsigned before = 0;
  unsigned workers = 0;
  std::string reason;  // "memory of the engine 93 %"
};

/// A sentence about the ledger that must hold, and whether it does.
struct TakeoutInvariant {
  std::string what;
  bool holds = false;
  std::string found;  // numbers, for people
};

struct TakeoutReport {
  std::int64_t import_id = 0;
  std::vector<TakeoutPartLine> parts;        // as given
  std::vector<TakeoutReportLine> lines;      // by product, kind, state
  std::vector<std::string> rejects;          // "12 x no time in location_records"
  std::vector<std::string> unknown_members;  // "futureKey: 12 times in location_point"
  /// Parts that seem to be missing; entries that ended badly or need a word, the first kNotesMax; kinds that
  /// nobody saw a real file of.
  std::vector<std::string> notes;
  std::vector<TakeoutInvariant> invariants;
  std::vector<TakeoutWorkerChange> worker_changes;  // the last kWorkerChangesMax
  std::string trace_id;                             // of the spans of the import; empty: there are none
  std::string blob_failure;  // of the first entry that the blob store failed; empty: of none
  [[nodiscard]] bool all_hold() const;
  static constexpr std::size_t kNotesMax = 50;
  static constexpr std::size_t kMissingMax = 10;
  static constexpr std::size_t kWorkerChangesMax = 100;
};

/// Checks the ledger over the parts with these ids; `parts` as text of an SQL list, not empty.
Result<std::vector<TakeoutInvariant>> check_takeout_ledger(query::Session& session, const std::string& parts);
/// Fills everything but `parts`.
Status fill_takeout_report(query::Session& session, const std::string& parts, TakeoutReport& report);

}  // namespace lake::ingest

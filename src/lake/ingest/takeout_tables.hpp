#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lake/query/session.hpp"
#include "lake/takeout/entry_sink.hpp"
#include "lake/takeout/versions.hpp"

namespace lake::ingest {

struct PageTable;

/// What became of parsed rows. Their sum is the rows that were parsed.
struct RowOutcome {
  std::uint64_t added = 0;
  std::uint64_t duplicate = 0;  // said nothing new
  std::uint64_t updated = 0;    // a newer version: the one before went to the history
  std::uint64_t older = 0;      // an older version: went to the history, or filled what was NULL
  /// Rows counted before that gave way to others now; settle() makes duplicates of them.
  std::uint64_t given_way = 0;
  [[nodiscard]] std::uint64_t sum() const { return added + duplicate + updated + older; }
  RowOutcome& operator+=(const RowOutcome& other);
  void settle();
};

/// Counts by entry_id.
using RowOutcomes = std::map<std::int64_t, RowOutcome>;

/// The tables of the schema `takeout`, written by a session. All calls happen inside a transaction of the
/// caller. Errors: those of Session; kConflict means that the transaction can be run again.
/// Threads: one. Lifetime: the session outlives it.
class TakeoutTables {
 public:
  explicit TakeoutTables(query::Session& session) : session_(session) {}

  /// Stores the rows of a batch by their natural keys (decision 0013), making table and history when they are
  /// not there. `versions`: what versions_in() makes of them.
  Status merge(const takeout::Batch::TableRows& table, const takeout::RowVersions& versions,
               RowOutcomes& outcomes);
  /// Adds rows as they are. `spec` is made when it is not there.
  Status append(const takeout::TableSpec& spec, const codec::ColumnBatch& rows);
  /// Makes the schema, and a table without origin columns.
  Status ensure_schema();
  Status ensure_plain(const takeout::TableSpec& spec);
  /// Makes a parser's table and its history.
  Status ensure(const takeout::TableSpec& spec);
  /// What was made stays, and others may write to it.
  void committed() { empty_.clear(); }
  /// Forgets which tables were made.
  void rolled_back() {
    there_.reset();
    made_.clear();
    empty_.clear();
  }

 private:
  struct Comparison;
  /// Elements by entry_id and byte_offset.
  using Elements = std::set<std::pair<std::int64_t, std::int64_t>>;
  Result<Elements> settle_pages(const takeout::Batch::TableRows& table, RowOutcomes& outcomes);
  Status remove_pages(const takeout::Batch::TableRows& table, const PageTable& pages, RowOutcomes& outcomes);
  Status find_copies(const takeout::Batch::TableRows& table, const PageTable& pages, Elements& copies);
  Result<bool> is_empty(const std::string& rows);
  Status run(const std::string& sql, std::uint64_t* changed = nullptr);
  Status merge_group(const takeout::Batch::TableRows& table, std::vector<std::uint32_t> rows,
                     RowOutcomes& outcomes);
  Status add_all(const takeout::Batch::TableRows& table, const std::vector<std::uint32_t>& rows,
                 RowOutcomes& outcomes);
  Status make(const std::string& name, const std::string& sql);
  Result<bool> meets_none(const takeout::TableSpec& spec, const Comparison& comparison);
  Result<RowOutcome> count(const Comparison& comparison, RowOutcomes& outcomes);
  Status store_versions(const takeout::TableSpec& spec, const Comparison& comparison);
  Status stage(const codec::ColumnBatch& rows, const std::vector<std::string>& names,
               const std::vector<std::uint32_t>& selected);

  query::Session& session_;
  using Names = std::set<std::string, std::less<>>;
  std::optional<Names> there_;  // tables of the schema, as they were before any was made
  Names made_;                  // looked for, and made when they were not there
  Names empty_;                 // made by this transaction and nothing put in: nobody else sees them
};

}  // namespace lake::ingest

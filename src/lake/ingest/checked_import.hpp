#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/column_profile.hpp"
#include "lake/ingest/source_files.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/query/session.hpp"
#include "lake/validate/report.hpp"

namespace lake::ingest {

/// What is done with a table that is or is not there.
enum class TableMode : std::uint8_t { kAppendOrCreate, kAppend, kReplace };

struct CheckedImportRequest {
  SourceFile file;
  std::string source;  // what people call it; kept with the run and its dead letters
  TableName table;
  TableMode mode = TableMode::kAppendOrCreate;
  std::string rule_set;                  // its name; empty: only what the table asks
  std::optional<validate::Level> level;  // absent: that of the rule set, else strict
  bool from_door = false;                // expressions of rules obey the rules of doors
  std::string run_id;  // of the caller's choice; a run of that name that is stored is not done again
  std::uint64_t batch_rows = 0;       // that one statement stores, at most, all in one transaction; 0 = all
  std::uint64_t records_max = 0;      // more are refused with kResourceExhausted; 0 = no bound
  std::function<Status()> has_stood;  // asked when all is read: an error, and nothing is stored; may be empty
};

struct CheckedImportReport {
  std::string run_id;
  bool is_known = false;  // it was stored before; the counts are those of then
  std::uint64_t rows_stored = 0;
  std::uint64_t rows_refused = 0;  // now in ingest.dead_letter
  validate::Report validation;
  std::vector<ColumnProfile> columns;  // of a table that was made: what was inferred
};

/// Reads the records of a file, looks at each with the rules of a set and with what the table asks (types,
/// NOT NULL, a column for each member), stores the good ones and puts the bad ones, with their bytes and
/// everything that is wrong with them, into ingest.dead_letter. Rows, dead letters and the row of ingest.run
/// are one transaction.
///
/// A table that is not there is made: columns with a type rule have that type, others what the file's reader
/// infers. Tables: ingest.run (one row a call), ingest.dead_letter (run_id, position, source, target,
/// rule_set, raw, is_record, has_texts_only, reason, violations, refused_at, replayed_run),
/// ingest.table_column (of tables that were made, one row a column); view ingest.lineage. Memory: records
/// are held in the engine's temporary storage, which spills. Errors: those of reading the file; kNotFound
/// (rule set, table at kAppend), kInvalidArgument, kResourceExhausted (more than kMembersMax members or
/// records_max records), those of `has_stood`.
Result<CheckedImportReport> import_checked(query::Session& session, const CheckedImportRequest& request);
inline constexpr std::size_t kMembersMax = 10'000;

/// Which dead letters to try again.
struct ReplayRequest {
  TableName table;       // the one they were meant for
  std::string run_id;    // of one run only; empty: of all
  std::string rule_set;  // looked at with this one
  std::optional<validate::Level> level;
  bool from_door = false;
};

/// Tries records of ingest.dead_letter again, as import_checked() does: good ones are stored, those still bad
/// become dead letters of the new run, and the old ones are marked with it. Lines that were no record stay as
/// they are.
Result<CheckedImportReport> replay_dead_letters(query::Session& session, const ReplayRequest& request);

/// Of one table and one run where they are named.
struct DeadLetters {
  std::string table;
  std::string run_id;
};
/// The last `limit` dead letters as a JSON array: the newest first. Empty when there are none.
Result<std::string> dead_letters(query::Session& session, const DeadLetters& which, std::uint64_t limit);
/// All of them, oldest first, with what is wrong: run_id, source, target, position, reason, violations, raw.
Result<std::unique_ptr<query::ResultStream>> all_dead_letters(query::Session& session,
                                                              const DeadLetters& which);

/// Looks at the records of a file and stores nothing. Errors: as import_checked().
Result<validate::Report> check_records(query::Session& session, const SourceFile& file,
                                       const validate::ResolvedRules& rules, bool from_door);
/// The same for records given as texts.
Result<validate::Report> check_records(query::Session& session, const std::vector<std::string>& records,
                                       const validate::ResolvedRules& rules, bool from_door);

}  // namespace lake::ingest

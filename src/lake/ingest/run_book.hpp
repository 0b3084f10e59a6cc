#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lake/base/result.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// What one file, or one call with records, put into a table.
struct RunNote {
  std::string run_id;                   // empty: one is made
  std::string source;                   // a path, or what else tells where it came from
  std::string target;                   // TableName::text()
  std::optional<std::string> rule_set;  // of imports that look at each record
  std::optional<std::string> level;
  std::uint64_t stored = 0;
  std::string refused = "0";  // a number, or an SQL expression for one
  std::optional<std::uint64_t> violations;
};

/// The one home of where rows of tables came from, whichever way files were read: the view ingest.lineage
/// over the table ingest.run, one row a note, and Takeout's own account, the view takeout.lineage.
///
/// Makes the view anew when one of these came or went; leaves alone a table of its name. Errors and
/// transaction as for ensure_run_book().
Status ensure_lineage(query::Session& session);
/// Makes table and view when they are not there as they should be; within the caller's transaction, if there
/// is one. Errors: those of Session; kConflict when somebody else made them at the same time.
Status ensure_run_book(query::Session& session);
/// Whether that has nothing to do.
bool has_run_book(query::Session& session);
/// To be called in the transaction that stores the rows.
Status note_run(query::Session& session, const RunNote& note);

/// BEGIN, `work`, COMMIT; after an error nothing of it is left. Errors: those of `work` and of COMMIT.
Status in_transaction(query::Session& session, const std::function<Status()>& work);

}  // namespace lake::ingest

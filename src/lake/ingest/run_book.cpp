#include "lake/ingest/run_book.hpp"

namespace lake::ingest {

namespace {

std::string text_or_null(const std::optional<std::string>& text) {
  return text ? quoted_text(*text) : "NULL";
}

constexpr const char* kRunColumns =
    "run_id, source, target, rule_set, level, records, stored, refused, violations, ended_at";

/// A table of that name may be somebody's own.
Status check_run_table(query::Session& session) {
  LAKE_TRY(const auto found,
           session.run_text("SELECT count(*), count(*) FILTER (list_contains(string_split('" +
                            std::string(kRunColumns) +
                            "', ', '), column_name)) FROM information_schema.columns WHERE table_catalog = "
                            "current_database() AND table_schema = 'ingest' AND table_name = 'run'"));
  if (found.rows.empty() || found.rows[0].at(0) == "0" || found.rows[0].at(1) == "10") return ok();
  return Error(ErrorCode::kAlreadyExists,
               "the table ingest.run is not the one in which imports note where rows come from: rename it "
               "(ALTER TABLE ingest.run RENAME TO ...), and import again");
}

/// What is there of where tables came from.
struct Accounts {
  bool has_runs = false;     // a table ingest.run
  bool has_takeout = false;  // the view takeout.lineage
  bool is_table = false;     // ingest.lineage is somebody's own table
  std::string comment;       // of the view ingest.lineage
};

Result<Accounts> accounts_of(query::Session& session) {
  LAKE_TRY(const auto found,
           session.run_text(
               "SELECT count(*) FILTER (name = 'ingest.run' AND is_table), count(*) FILTER (name = "
               "'takeout.lineage' AND NOT is_table), count(*) FILTER (name = 'ingest.lineage' AND is_table), "
               "any_value(comment) FILTER (name = 'ingest.lineage') FROM (SELECT schema_name || '.' || "
               "table_name AS name, true AS is_table, NULL AS comment FROM duckdb_tables() WHERE "
               "database_name = current_database() UNION ALL SELECT schema_name || '.' || view_name, false, "
               "comment FROM duckdb_views() WHERE database_name = current_database())"));
  const auto& row = found.rows.at(0);
  const bool has_runs = row[0] != "0" && check_run_table(session);
  return Accounts{has_runs, row[1] != "0", row[2] != "0", row[3].value_or("")};
}

/// Stands in the view's comment too, so that one that is right is not made again.
std::string lineage_comment(const Accounts& accounts) {
  return std::string("Where the rows of tables came from") + (accounts.has_runs ? "; imports of files" : "") +
         (accounts.has_takeout ? "; Takeout" : "");
}

std::string lineage_select(const Accounts& accounts) {
  constexpr std::string_view kRuns =
      "SELECT source, target, run_id, rule_set, stored AS row_count, ended_at, 'import' AS route FROM "
      "ingest.run";
  constexpr std::string_view kTakeout =
      "SELECT source, target, NULL::VARCHAR AS run_id, NULL::VARCHAR AS rule_set, NULL::BIGINT AS "
      "row_count, to_timestamp(epoch_us(imported_at) / 1e6) AS ended_at, 'takeout' AS route FROM "
      "takeout.lineage";
  if (!accounts.has_takeout) return std::string(kRuns);
  return (accounts.has_runs ? std::string(kRuns) + " UNION ALL " : "") + std::string(kTakeout);
}

bool is_right(const Accounts& accounts) {
  return accounts.is_table || accounts.comment == lineage_comment(accounts);
}

}  // namespace

bool has_run_book(query::Session& session) {
  const auto accounts = accounts_of(session);
  return accounts && accounts->has_runs && is_right(*accounts);
}

Status ensure_lineage(query::Session& session) {
  LAKE_TRY(const auto accounts, accounts_of(session));
  if (is_right(accounts) || (!accounts.has_runs && !accounts.has_takeout)) return ok();
  LAKE_CHECK_OK(session.run_text("CREATE SCHEMA IF NOT EXISTS ingest"));
  LAKE_CHECK_OK(session.run_text("CREATE OR REPLACE VIEW ingest.lineage AS " + lineage_select(accounts)));
  LAKE_CHECK_OK(
      session.run_text("COMMENT ON VIEW ingest.lineage IS " + quoted_text(lineage_comment(accounts))));
  return ok();
}

Status ensure_run_book(query::Session& session) {
  LAKE_CHECK_OK(check_run_table(session));
  if (has_run_book(session)) return ok();
  LAKE_CHECK_OK(session.run_text("CREATE SCHEMA IF NOT EXISTS ingest"));
  LAKE_CHECK_OK(
      session.run_text("CREATE TABLE IF NOT EXISTS ingest.run (run_id VARCHAR, source VARCHAR, target "
                       "VARCHAR, rule_set VARCHAR, level VARCHAR, records BIGINT, stored BIGINT, refused "
                       "BIGINT, violations BIGINT, ended_at TIMESTAMPTZ)"));
  return ensure_lineage(session);
}

Status note_run(query::Session& session, const RunNote& note) {
  const auto stored = std::to_string(note.stored);
  const auto id = note.run_id.empty() ? std::string("uuid()::VARCHAR") : quoted_text(note.run_id);
  LAKE_CHECK_OK(session.run_text("INSERT INTO ingest.run (" + std::string(kRunColumns) + ") SELECT " + id +
                                 ", " + quoted_text(note.source) + ", " + quoted_text(note.target) + ", " +
                                 text_or_null(note.rule_set) + ", " + text_or_null(note.level) + ", " +
                                 stored + " + refused, " + stored + ", refused, " +
                                 (note.violations ? std::to_string(*note.violations) : "NULL") +
                                 ", now() FROM (SELECT " + note.refused + " AS refused)"));
  return ok();
}

Status in_transaction(query::Session& session, const std::function<Status()>& work) {
  LAKE_CHECK_OK(session.run_text("BEGIN"));
  Status done = work();
  if (done) {
    const auto committed = session.run_text("COMMIT");
    if (committed) return ok();
    ignore(session.run_text("ROLLBACK"), "the transaction has ended or ends here");
    return committed.error();
  }
  ignore(session.run_text("ROLLBACK"), "the error before it is the one to tell");
  return done;
}

}  // namespace lake::ingest

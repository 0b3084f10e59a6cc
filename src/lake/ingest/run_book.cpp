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

}  // namespace

bool has_run_book(query::Session& session) {
  const auto found = session.run_text(
      "SELECT count(*) FROM information_schema.tables WHERE table_catalog = current_database() AND "
      "table_schema = 'ingest' AND table_name IN ('run', 'lineage')");
  return found && !found->rows.empty() && found->rows[0].at(0) == "2";
}

Status ensure_run_book(query::Session& session) {
  LAKE_CHECK_OK(check_run_table(session));
  if (has_run_book(session)) return ok();
  LAKE_CHECK_OK(session.run_text("CREATE SCHEMA IF NOT EXISTS ingest"));
  LAKE_CHECK_OK(
      session.run_text("CREATE TABLE IF NOT EXISTS ingest.run (run_id VARCHAR, source VARCHAR, target "
                       "VARCHAR, rule_set VARCHAR, level VARCHAR, records BIGINT, stored BIGINT, refused "
                       "BIGINT, violations BIGINT, ended_at TIMESTAMPTZ)"));
  LAKE_CHECK_OK(
      session.run_text("CREATE VIEW IF NOT EXISTS ingest.lineage AS SELECT source, target, run_id, rule_set, "
                       "stored AS row_count, ended_at FROM ingest.run"));
  return ok();
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

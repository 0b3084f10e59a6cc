#include "lake/ingest/takeout_report.hpp"

#include <algorithm>
#include <charconv>

#include "lake/ingest/takeout_guesses.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {
namespace {

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

/// Two numbers for each part or entry that must agree; any row is a breach.
Result<TakeoutInvariant> must_agree(query::Session& session, std::string what, const std::string& breaches) {
  LAKE_TRY(const auto found, session.run_text(breaches + " LIMIT 5"));
  TakeoutInvariant invariant{std::move(what), found.rows.empty(), ""};
  for (const auto& row : found.rows) {
    if (!invariant.found.empty()) invariant.found += "; ";
    for (const auto& cell : row) invariant.found += cell.value_or("NULL") + " ";
  }
  return invariant;
}

/// A word on each kind whose parser was written without a real file.
void add_unproven(TakeoutReport& report) {
  std::string_view last;
  for (const auto& line : report.lines) {
    for (const auto* product : takeout::products()) {
      if (!product->is_from_memory || product->name != line.kind || line.kind == last) continue;
      last = product->name;
      report.notes.push_back(line.kind +
                             ": read by a format that is known from descriptions, not from a real file; "
                             "compare some of its rows. Members that it does not know are in `extra`");
    }
  }
}

}  // namespace

bool TakeoutReport::all_hold() const {
  return std::all_of(invariants.begin(), invariants.end(), [](const auto& each) { return each.holds; });
}

Result<std::vector<TakeoutInvariant>> check_takeout_ledger(query::Session& session,
                                                           const std::string& parts) {
  const std::string of_parts = " WHERE part_id IN (" + parts + ")";
  const std::string entries = "FROM takeout.import_entry" + of_parts;
  std::vector<TakeoutInvariant> invariants;
  const auto add = [&](std::string what, const std::string& breaches) -> Status {
    LAKE_TRY(auto invariant, must_agree(session, std::move(what), breaches));
    invariants.push_back(std::move(invariant));
    return ok();
  };
  LAKE_CHECK_OK(add(
      "each entry of each directory has one row",
      "SELECT path, entry_count, count(entry_id), count(DISTINCT entry_index) FROM takeout.import_part p "
      "LEFT "
      "JOIN takeout.import_entry e USING (part_id)" +
          of_parts +
          " AND p.state <> 'failed' GROUP BY part_id, path, entry_count HAVING entry_count IS DISTINCT FROM "
          "count(entry_id) OR count(entry_id) <> count(DISTINCT entry_index)"));
  LAKE_CHECK_OK(
      add("each row has a final state",
          "SELECT name, state " + entries +
              " AND state NOT IN ('typed', 'generic', 'blob_only', 'duplicate_entry', 'sidecar_joined', "
              "'sidecar_pending', 'empty', 'encrypted', 'unsupported_method', 'crc_mismatch', 'partial', "
              "'salvaged', "
              "'rejected_by_user', 'special')"));
  LAKE_CHECK_OK(add(
      "bytes of all entries are those of the directory",
      "SELECT path, content_bytes, sum(e.bytes) FROM takeout.import_part p JOIN takeout.import_entry e USING "
      "(part_id)" +
          of_parts +
          " AND content_bytes IS NOT NULL GROUP BY part_id, path, content_bytes HAVING content_bytes <> "
          "sum(e.bytes)"));
  LAKE_CHECK_OK(add("rows = new + duplicate + updated + older",
                    "SELECT name, rows_parsed, rows_new, rows_dup, rows_updated, rows_older " + entries +
                        " AND rows_parsed <> rows_new + rows_dup + rows_updated + rows_older"));
  LAKE_CHECK_OK(
      add("each rejected element is kept with its bytes",
          "SELECT name, elements_rejected, count(r.entry_id) FROM takeout.import_entry e LEFT JOIN "
          "takeout.import_reject r USING (entry_id)" +
              of_parts +
              " GROUP BY entry_id, name, elements_rejected HAVING elements_rejected <> count(r.entry_id) OR "
              "elements_rejected <> count(r.bytes)"));
  LAKE_CHECK_OK(
      add("no element is both stored and rejected, or neither",
          "SELECT name, elements, elements_rejected " + entries + " AND elements < elements_rejected"));
  LAKE_CHECK_OK(add("the bytes of each blob have a place",
                    "SELECT name, blob " + entries +
                        " AND blob IS NOT NULL AND blob NOT IN (SELECT hash FROM blob_store.place)"));
  return invariants;
}

namespace {

/// Gaps in the numbers of what was ever imported of the exports that these parts belong to. How many parts an
/// export has is told nowhere, so that the last ones are not missed.
std::string missing_parts(const std::string& parts) {
  return "SELECT 'missing: part ' || first || CASE WHEN last > first THEN ' to ' || last ELSE '' END || ' of "
         "' || "
         "export_id || ': a later part is there; import it too, now or later' FROM (SELECT export_id, "
         "part_number - 1 AS last, 1 + lag(part_number, 1, 0) OVER (PARTITION BY export_id ORDER BY "
         "part_number) AS first FROM (SELECT DISTINCT export_id, part_number FROM takeout.import_part WHERE "
         "part_number > 0 AND export_id IN (SELECT export_id FROM takeout.import_part WHERE part_id IN (" +
         parts + ")))) WHERE first <= last ORDER BY export_id, first LIMIT " +
         std::to_string(TakeoutReport::kMissingMax);
}

}  // namespace

Status fill_takeout_report(query::Session& session, const std::string& parts, TakeoutReport& report) {
  const std::string of_parts = " WHERE part_id IN (" + parts + ")";
  LAKE_TRY(
      const auto lines,
      session.run_text(
          "SELECT product, classified_as, state, count(*), sum(bytes), sum(elements), "
          "sum(elements_rejected), sum(rows_new), sum(rows_dup), sum(rows_updated), sum(rows_older) FROM "
          "takeout.import_entry" +
          of_parts + " GROUP BY ALL ORDER BY ALL"));
  for (const auto& row : lines.rows) {
    report.lines.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), number_of(row[3]),
                            number_of(row[4]), number_of(row[5]), number_of(row[6]), number_of(row[7]),
                            number_of(row[8]), number_of(row[9]), number_of(row[10])});
  }
  const auto texts = [&](const std::string& sql, std::vector<std::string>& into) -> Status {
    LAKE_TRY(const auto found, session.run_text(sql));
    for (const auto& row : found.rows) into.push_back(row[0].value_or(""));
    return ok();
  };
  LAKE_CHECK_OK(texts(
      "SELECT count(*) || ' x ' || r.reason || ' in ' || classified_as FROM takeout.import_reject r JOIN "
      "takeout.import_entry e USING (entry_id)" +
          of_parts + " GROUP BY r.reason, classified_as ORDER BY ALL",
      report.rejects));
  LAKE_CHECK_OK(
      texts("SELECT key || ': ' || count || ' times in ' || table_name FROM takeout.schema_drift WHERE "
            "import_id = " +
                std::to_string(report.import_id) + " ORDER BY count DESC, table_name, key LIMIT 50",
            report.unknown_members));
  LAKE_CHECK_OK(texts(missing_parts(parts), report.notes));
  LAKE_CHECK_OK(texts("SELECT state || ': ' || name || ': ' || e.reason FROM takeout.import_entry e" +
                          of_parts + " AND e.reason <> '' ORDER BY entry_id LIMIT " +
                          std::to_string(TakeoutReport::kNotesMax),
                      report.notes));
  LAKE_TRY(const auto guessed, guessed_times(session, parts));
  report.notes.insert(report.notes.end(), guessed.begin(), guessed.end());
  add_unproven(report);
  LAKE_TRY(report.invariants, check_takeout_ledger(session, parts));
  return ok();
}

}  // namespace lake::ingest

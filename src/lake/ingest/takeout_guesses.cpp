#include "lake/ingest/takeout_guesses.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "lake/takeout/product.hpp"

namespace lake::ingest {

namespace {

constexpr const char* kIsGuessed = "ts_quality IN ('zone_unknown', 'zone_inferred')";

/// Tables of parsers that are there and have times of some quality.
Result<std::vector<std::string>> tables_with_quality(query::Session& session) {
  std::set<std::string, std::less<>> known;
  for (const auto* product : takeout::products()) {
    for (const auto* spec : product->tables) known.emplace(spec->name);
  }
  LAKE_TRY(
      const auto found,
      session.run_text("SELECT DISTINCT table_name FROM information_schema.columns WHERE table_catalog = "
                       "current_database() AND table_schema = 'takeout' AND column_name = 'ts_quality' "
                       "ORDER BY ALL"));
  std::vector<std::string> tables;
  for (const auto& row : found.rows) {
    if (known.contains(row[0].value_or(""))) tables.push_back("takeout." + *row[0]);
  }
  return tables;
}

template <class T>
T number_in(const std::optional<std::string>& text) {
  T number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

Status remove_from(query::Session& session, const std::string& table, const std::string& part_condition,
                   const ProductSelection& wanted, const EntryChoice& is_there,
                   std::map<std::int64_t, std::uint64_t>& removed) {
  LAKE_TRY(
      const auto found,
      session.run_text(
          "SELECT entry_id, count(*), any_value(product), any_value(name), any_value(bytes) FROM " + table +
          " JOIN (SELECT entry_id, product, name, bytes FROM takeout.import_entry WHERE part_id IN (SELECT "
          "part_id FROM takeout.import_part WHERE " +
          part_condition + ")) USING (entry_id) WHERE " + kIsGuessed + " GROUP BY entry_id"));
  std::string ids;
  for (const auto& row : found.rows) {
    if (!wanted.wants(row[2].value_or(""), takeout::product_folder(row[3].value_or("")))) continue;
    if (is_there && !is_there(row[3].value_or(""), number_in<std::uint64_t>(row[4]))) continue;
    removed[number_in<std::int64_t>(row[0])] += number_in<std::uint64_t>(row[1]);
    ids += (ids.empty() ? "" : ", ") + row[0].value_or("");
  }
  if (ids.empty()) return ok();
  LAKE_TRY(const auto done, session.run_text("DELETE FROM " + table + " WHERE " + kIsGuessed +
                                             " AND entry_id IN (" + ids + ")"));
  static_cast<void>(done);
  return ok();
}

}  // namespace

Result<std::vector<std::string>> guessed_times(query::Session& session, const std::string& parts) {
  LAKE_TRY(const auto tables, tables_with_quality(session));
  std::string rows;
  for (const auto& table : tables)
    rows += (rows.empty() ? "" : " UNION ALL ") +
            ("SELECT entry_id FROM " + table + " WHERE ts_quality = 'zone_unknown'");
  std::vector<std::string> told;
  if (rows.empty()) return told;
  LAKE_TRY(const auto found,
           session.run_text("SELECT classified_as || ': ' || count(*) || ' rows have times without a "
                            "zone, which were read as UTC; import it once more with the zone of the "
                            "account, forced, to have them right' FROM (" +
                            rows + ") JOIN takeout.import_entry USING (entry_id) WHERE part_id IN (" + parts +
                            ") GROUP BY classified_as ORDER BY ALL"));
  for (const auto& row : found.rows) told.push_back(row[0].value_or(""));
  return told;
}

Result<std::map<std::int64_t, std::uint64_t>> remove_guessed_times(query::Session& session,
                                                                   const std::string& part_condition,
                                                                   const ProductSelection& wanted,
                                                                   const EntryChoice& is_there) {
  std::map<std::int64_t, std::uint64_t> removed;
  LAKE_TRY(const auto tables, tables_with_quality(session));
  for (const auto& table : tables)
    LAKE_CHECK_OK(remove_from(session, table, part_condition, wanted, is_there, removed));
  return removed;
}

}  // namespace lake::ingest

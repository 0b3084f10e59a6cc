#include "lake/ingest/takeout_guesses.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

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
  // By their definitions: information_schema.columns would bind every view too.
  LAKE_TRY(const auto found,
           session.run_text("SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() "
                            "AND schema_name = 'takeout' AND contains(sql, 'ts_quality') ORDER BY ALL"));
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

using EntryBytes = std::map<std::string, std::uint64_t>;

struct GuessedEntry {
  std::int64_t entry_id = 0;
  std::uint64_t rows = 0;
  std::string product;
  std::string name;
  std::uint64_t bytes = 0;
};

/// Entries of the parts with rows of guessed times in that table.
Result<std::vector<GuessedEntry>> entries_of(query::Session& session, const std::string& table,
                                             const std::string& part_condition) {
  LAKE_TRY(
      const auto found,
      session.run_text(
          "SELECT entry_id, count(*), any_value(e.product), any_value(e.name), any_value(e.bytes) FROM " +
          table +
          " JOIN (SELECT entry_id, product, name, bytes FROM takeout.import_entry WHERE part_id IN (SELECT "
          "part_id FROM takeout.import_part WHERE " +
          part_condition + ")) e USING (entry_id) WHERE " + kIsGuessed + " GROUP BY entry_id"));
  std::vector<GuessedEntry> entries;
  for (const auto& row : found.rows)
    entries.push_back({number_in<std::int64_t>(row[0]), number_in<std::uint64_t>(row[1]), row[2].value_or(""),
                       row[3].value_or(""), number_in<std::uint64_t>(row[4])});
  return entries;
}

Status remove_from(query::Session& session, const std::string& table, const std::string& part_condition,
                   const EntryBytes& read_again, std::map<std::int64_t, std::uint64_t>& removed) {
  LAKE_TRY(const auto entries, entries_of(session, table, part_condition));
  std::string ids;
  for (const auto& entry : entries) {
    const auto again = read_again.find(entry.name);
    if (again == read_again.end() || again->second != entry.bytes) continue;
    removed[entry.entry_id] += entry.rows;
    ids += (ids.empty() ? "" : ", ") + std::to_string(entry.entry_id);
  }
  if (ids.empty()) return ok();
  LAKE_TRY(const auto done, session.run_text("DELETE FROM " + table + " WHERE " + kIsGuessed +
                                             " AND entry_id IN (" + ids + ")"));
  static_cast<void>(done);
  return ok();
}

/// The bytes of what can be read to its end and is what was packed.
Result<std::optional<std::uint64_t>> whole_bytes(Result<std::unique_ptr<archive::EntryReader>> reader,
                                                 const std::function<Status()>& go_on) {
  if (!reader) return std::optional<std::uint64_t>();
  std::vector<std::byte> piece(std::size_t{256} << 10U);
  while (true) {
    LAKE_CHECK_OK(go_on());
    const auto count = (*reader)->read(piece);
    if (!count) return std::optional<std::uint64_t>();
    if (*count == 0) return std::optional((*reader)->position());
  }
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

Result<EntryNames> entries_with_guessed_times(query::Session& session, const std::string& part_condition,
                                              const ProductSelection& wanted) {
  LAKE_TRY(const auto tables, tables_with_quality(session));
  EntryNames names;
  for (const auto& table : tables) {
    LAKE_TRY(const auto entries, entries_of(session, table, part_condition));
    for (const auto& entry : entries) {
      if (wanted.wants(entry.product, takeout::product_folder(entry.name))) names.insert(entry.name);
    }
  }
  return names;
}

Result<LookedThrough> look_through(archive::Container& container, const EntryNames& names,
                                   const std::function<Status()>& go_on) {
  LookedThrough looked;
  LAKE_TRY(const auto cursor, container.entries());
  while (true) {
    LAKE_CHECK_OK(go_on());
    const auto entry = cursor->next();
    if (!entry || !*entry) break;  // what lies behind an error is not read again either
    const auto& name = (*entry)->name;
    if (!names.contains(name)) continue;
    LAKE_TRY(const auto bytes, whole_bytes(cursor->open_current(), go_on));
    if (bytes) looked.whole.emplace(name, *bytes);
    if (!bytes) looked.broken.insert(name);
  }
  for (const auto& name : looked.broken) looked.whole.erase(name);
  return looked;
}

Result<std::map<std::int64_t, std::uint64_t>> remove_guessed_times(query::Session& session,
                                                                   const std::string& part_condition,
                                                                   const EntryBytes& entries) {
  std::map<std::int64_t, std::uint64_t> removed;
  LAKE_TRY(const auto tables, tables_with_quality(session));
  for (const auto& table : tables)
    LAKE_CHECK_OK(remove_from(session, table, part_condition, entries, removed));
  return removed;
}

}  // namespace lake::ingest

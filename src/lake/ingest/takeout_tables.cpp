#include "lake/ingest/takeout_tables.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <numeric>

#include "lake/ingest/sql_text.hpp"

namespace lake::ingest {

/// A table whose events pages tell too, in whole seconds: a row whose `format` is html gives way to one whose
/// `format` is json, whose time (the key's first column) lies in the same second and that agrees in these
/// columns.
struct PageTable {
  std::string_view name;
  std::vector<std::string_view> same;
};

namespace {

using takeout::ColumnType;
using takeout::TableSpec;

constexpr const char* kStaged = "lake_staged('takeout')";

std::string table_sql(std::string_view name) { return "takeout." + quoted_name(name); }
std::string history_name(const TableSpec& spec) { return std::string(spec.name) + "_history"; }
std::string history_sql(const TableSpec& spec) { return table_sql(history_name(spec)); }

std::vector<std::string> own_names(const TableSpec& spec) {
  std::vector<std::string> names;
  for (const auto& column : spec.columns) names.emplace_back(column.name);
  return names;
}

/// With extra, entry_id, ...
std::vector<std::string> all_names(const TableSpec& spec) {
  auto names = own_names(spec);
  for (const auto& column : takeout::kOriginColumns) names.emplace_back(column.name);
  return names;
}

/// Own columns and `extra`: what is compared.
std::vector<std::string> content_names(const TableSpec& spec) {
  auto names = own_names(spec);
  names.emplace_back("extra");
  return names;
}

std::string joined(const std::vector<std::string>& names, std::string_view separator,
                   const std::function<std::string(const std::string&)>& text) {
  std::string all;
  for (const auto& name : names) {
    if (!all.empty()) all += separator;
    all += text(name);
  }
  return all;
}

std::string columns_of(std::string_view alias, const std::vector<std::string>& names) {
  return joined(names, ", ",
                [&](const std::string& name) { return std::string(alias) + "." + quoted_name(name); });
}

std::string create_sql(const std::string& table, std::span<const takeout::ColumnSpec> own, bool has_origin,
                       std::string_view sorted_by) {
  std::string sql = "CREATE TABLE IF NOT EXISTS " + table + " (";
  const auto add = [&sql](const takeout::ColumnSpec& column) {
    if (!sql.ends_with('(')) sql += ", ";
    sql += quoted_name(column.name) + " " + std::string(codec::sql_name_of(column.type));
  };
  for (const auto& column : own) add(column);
  if (has_origin) {
    for (const auto& column : takeout::kOriginColumns) add(column);
  }
  sql += ")";
  if (!sorted_by.empty()) sql += " SORTED BY (" + quoted_name(sorted_by) + ")";
  return sql;
}

bool has_null(const codec::BatchColumn& column, const std::vector<std::uint32_t>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](std::uint32_t row) { return column.is_null(row); });
}

/// A condition on the table's rows that every row with the key of a staged row meets, so that files outside
/// are not read.
std::string range_of(const TableSpec& spec, const codec::ColumnBatch& batch,
                     const std::vector<std::uint32_t>& rows, std::string_view alias,
                     std::int64_t margin = 0) {
  const auto position = spec.position(spec.key.front());
  const auto type = spec.columns[position].type;
  if (type != ColumnType::kInt64 && type != ColumnType::kInt32) return "true";
  const auto& column = batch.columns()[position];
  std::int64_t low = INT64_MAX;
  std::int64_t high = INT64_MIN;
  for (const auto row : rows) {
    if (column.is_null(row)) continue;
    low = std::min(low, column.integer(row));
    high = std::max(high, column.integer(row));
  }
  const auto name = std::string(alias) + quoted_name(spec.key.front());
  // The smallest BIGINT has no literal: its digits alone are too large.
  const auto literal = [](std::int64_t value) {
    return value == INT64_MIN ? "'-9223372036854775808'::BIGINT" : std::to_string(value);
  };
  std::string condition = "false";
  if (low <= high) {
    low = low < INT64_MIN + margin ? INT64_MIN : low - margin;
    high = high > INT64_MAX - margin ? INT64_MAX : high + margin;
  }
  if (low <= high) condition = "(" + name + " BETWEEN " + literal(low) + " AND " + literal(high) + ")";
  return has_null(column, rows) ? "(" + condition + " OR " + name + " IS NULL)" : condition;
}

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

constexpr std::int64_t kSecond = 1'000'000;

const PageTable* page_table(const TableSpec& spec) {
  static const std::vector<PageTable> tables = {{"activity", {"product", "title", "url"}},
                                                {"yt_watch", {"title", "url"}},
                                                {"yt_search", {"title", "url"}}};
  for (const auto& each : tables) {
    if (each.name == spec.name) return &each;
  }
  return nullptr;
}

std::vector<std::uint32_t> numbers_below(std::uint64_t count) {
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

bool holds_text(const codec::BatchColumn& column, std::uint64_t rows, std::string_view text) {
  for (std::uint64_t row = 0; row < rows; ++row) {
    if (!column.is_null(row) && column.text(row) == text) return true;
  }
  return false;
}

/// That rows of two aliases tell of one event: PageTable::same, and the second, rounded down
/// before 1970 too.
std::string same_event_of(const TableSpec& spec, const PageTable& pages, const std::string& one,
                          const std::string& other) {
  const auto second = [&](const std::string& alias) {
    const auto time = alias + "." + quoted_name(spec.key.front());
    return "(" + time + " // 1000000 - (" + time + " % 1000000 < 0)::BIGINT)";
  };
  std::string condition = second(one) + " = " + second(other);
  for (const auto each : pages.same) {
    const auto name = quoted_name(each);
    condition += " AND " + one + "." + name + " IS NOT DISTINCT FROM " + other + "." + name;
  }
  return condition;
}

std::string event_columns(const TableSpec& spec, const PageTable& pages) {
  auto sql = quoted_name(spec.key.front());
  for (const auto each : pages.same) sql += ", " + quoted_name(each);
  return sql;
}

/// What the staged rows tell as JSON.
std::string told_events(const TableSpec& spec, const PageTable& pages) {
  return "(SELECT " + event_columns(spec, pages) + " FROM " + kStaged + " WHERE format = 'json')";
}

}  // namespace

RowOutcome& RowOutcome::operator+=(const RowOutcome& other) {
  added += other.added;
  duplicate += other.duplicate;
  updated += other.updated;
  older += other.older;
  given_way += other.given_way;
  return *this;
}

void RowOutcome::settle() {
  for (auto* count : {&added, &updated}) {
    const auto taken = std::min(*count, given_way);
    *count -= taken;
    duplicate += taken;
    given_way -= taken;
  }
}

/// The SQL pieces by which staged rows `s` are compared with the table's rows `t`.
struct TakeoutTables::Comparison {
  Comparison(const TableSpec& spec, const codec::ColumnBatch& batch, const std::vector<std::uint32_t>& rows)
      : range(range_of(spec, batch, rows, "")),
        table_range(range_of(spec, batch, rows, "t.")),
        candidates("(SELECT *, true AS is_there FROM " + table_sql(spec.name) + " WHERE " + range + ") t") {
    for (const auto key : spec.key) {
      const auto name = quoted_name(key);
      const bool nulls = has_null(batch.columns()[spec.position(key)], rows);
      match +=
          (match.empty() ? "s." : " AND s.") + name + (nulls ? " IS NOT DISTINCT FROM t." : " = t.") + name;
    }
    const auto names = content_names(spec);
    const bool fills = spec.fills_from_older;
    says_nothing_new = joined(names, " AND ", [&](const std::string& each) {
      const auto name = quoted_name(each);
      const auto same = "s." + name + " IS NOT DISTINCT FROM t." + name;
      return fills ? "(s." + name + " IS NULL OR " + same + ")" : same;
    });
    // What a filled row has of others is not held against it.
    contradicts = fills ? joined(names, " OR ",
                                 [](const std::string& each) {
                                   const auto name = quoted_name(each);
                                   return "(s." + name + " IS NOT NULL AND t." + name +
                                          " IS NOT NULL AND s." + name + " <> t." + name + ")";
                                 })
                        : "true";
    is_newer = "(s.export_us > t.export_us OR (s.export_us = t.export_us AND hash(" + columns_of("s", names) +
               ") > hash(" + columns_of("t", names) + ")))";
  }
  std::string range;        // of the first key column
  std::string table_range;  // the same, of `t`
  std::string candidates;
  std::string match;
  std::string says_nothing_new;
  std::string contradicts;
  std::string is_newer;
};

Status TakeoutTables::run(const std::string& sql, std::uint64_t* changed) {
  LAKE_TRY(const auto result, session_.run_text(sql));
  if (changed != nullptr) *changed = result.changed_rows;
  return ok();
}

Result<bool> TakeoutTables::is_empty(const std::string& rows) {
  LAKE_TRY(const auto found, session_.run_text("SELECT 1 FROM " + rows + " LIMIT 1"));
  return found.rows.empty();
}

Status TakeoutTables::ensure_schema() {
  if (there_) return ok();
  LAKE_CHECK_OK(run("CREATE SCHEMA IF NOT EXISTS takeout"));
  LAKE_TRY(const auto found,
           session_.run_text("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'takeout' AND "
                             "database_name = current_database()"));
  auto& names = there_.emplace();
  for (const auto& row : found.rows) names.insert(row[0].value_or(""));
  return ok();
}

Status TakeoutTables::make(const std::string& name, const std::string& sql) {
  if (there_->contains(name)) return ok();
  LAKE_CHECK_OK(run(sql));
  empty_.insert(name);
  return ok();
}

Status TakeoutTables::ensure_plain(const TableSpec& spec) {
  LAKE_CHECK_OK(ensure_schema());
  if (made_.contains(spec.name)) return ok();
  LAKE_CHECK_OK(make(std::string(spec.name), create_sql(table_sql(spec.name), spec.columns, false, "")));
  made_.emplace(spec.name);
  return ok();
}

Status TakeoutTables::ensure(const TableSpec& spec) {
  LAKE_CHECK_OK(ensure_schema());
  if (made_.contains(spec.name)) return ok();
  const std::string name(spec.name);
  const auto first_key = spec.key.front();
  LAKE_CHECK_OK(make(name, create_sql(table_sql(name), spec.columns, true, first_key)));
  LAKE_CHECK_OK(make(history_name(spec), create_sql(history_sql(spec), spec.columns, true, first_key)));
  made_.insert(name);
  return ok();
}

Status TakeoutTables::stage(const codec::ColumnBatch& rows, const std::vector<std::string>& names,
                            const std::vector<std::uint32_t>& selected) {
  return session_.stage("takeout", {rows, names, selected});
}

Status TakeoutTables::append(const TableSpec& spec, const codec::ColumnBatch& rows) {
  if (rows.row_count() == 0) return ok();
  LAKE_CHECK_OK(ensure_plain(spec));
  LAKE_CHECK_OK(stage(rows, own_names(spec), numbers_below(rows.row_count())));
  const auto stored = run("INSERT INTO " + table_sql(spec.name) + " BY NAME FROM " + kStaged);
  session_.unstage("takeout");
  return stored;
}

Status TakeoutTables::merge(const takeout::Batch::TableRows& table, const takeout::RowVersions& versions,
                            RowOutcomes& outcomes) {
  LAKE_CHECK_OK(ensure(*table.spec));
  LAKE_TRY(const auto copies, settle_pages(table, outcomes));
  const auto& entry_ids = table.rows.columns()[table.spec->columns.size() + 1];
  const auto& offsets = table.rows.columns()[table.spec->columns.size() + 2];
  for (const auto row : versions.repeats) ++outcomes[entry_ids.integer(row)].duplicate;
  std::vector<std::uint32_t> left;
  for (const auto& group : versions.groups) {
    const auto* rows = &group;
    if (!copies.empty()) {
      left.clear();
      for (const auto row : group) {
        const bool is_copy = copies.contains({entry_ids.integer(row), offsets.integer(row)});
        if (is_copy) {
          ++outcomes[entry_ids.integer(row)].duplicate;
        } else {
          left.push_back(row);
        }
      }
      rows = &left;
    }
    if (rows->empty()) continue;
    const auto stored = merge_group(table, *rows, outcomes);
    session_.unstage("takeout");
    LAKE_CHECK_OK(stored);
  }
  return ok();
}

/// Of events that pages and JSON tell, the JSON stays, whichever came first: takes rows of pages out of the
/// table and its history when the batch has their events as JSON, and gives the batch's rows of pages whose
/// events the table or the batch has.
Result<TakeoutTables::Elements> TakeoutTables::settle_pages(const takeout::Batch::TableRows& table,
                                                            RowOutcomes& outcomes) {
  Elements copies;
  const auto& spec = *table.spec;
  const auto* pages = page_table(spec);
  if (pages == nullptr) return copies;
  const auto count = table.rows.row_count();
  const auto& formats = table.rows.columns()[spec.position("format")];
  const bool has_pages = holds_text(formats, count, "html");
  bool pages_near = false;
  const auto all = numbers_below(count);
  if (!empty_.contains(spec.name) && holds_text(formats, count, "json")) {
    const auto near = " WHERE format = 'html' AND " + range_of(spec, table.rows, all, "", kSecond);
    LAKE_TRY(const bool none_there, is_empty(table_sql(spec.name) + near));
    LAKE_TRY(const bool none_before, is_empty(history_sql(spec) + near));
    pages_near = !none_there || !none_before;
  }
  if (!pages_near && !has_pages) return copies;
  LAKE_CHECK_OK(stage(table.rows, all_names(spec), all));
  auto settled = pages_near ? remove_pages(table, *pages, outcomes) : ok();
  if (settled && has_pages) settled = find_copies(table, *pages, copies);
  session_.unstage("takeout");
  LAKE_CHECK_OK(settled);
  return copies;
}

/// Rows of pages whose events are staged as JSON.
Status TakeoutTables::remove_pages(const takeout::Batch::TableRows& table, const PageTable& pages,
                                   RowOutcomes& outcomes) {
  const auto& spec = *table.spec;
  const auto told = told_events(spec, pages) + " s";
  const auto range = range_of(spec, table.rows, numbers_below(table.rows.row_count()), "t.", kSecond);
  const auto gives_way = "t.format = 'html' AND " + range;
  const auto event = same_event_of(spec, pages, "s", "t");
  LAKE_TRY(const auto giving,
           session_.run_text("SELECT t.entry_id, count(*) FROM " + table_sql(spec.name) + " t SEMI JOIN " +
                             told + " ON " + event + " WHERE " + gives_way + " GROUP BY ALL"));
  for (const auto& row : giving.rows)
    outcomes[static_cast<std::int64_t>(number_of(row[0]))].given_way += number_of(row[1]);
  for (const auto& from : {table_sql(spec.name), history_sql(spec)})
    LAKE_CHECK_OK(run("DELETE FROM " + from + " t USING " + told + " WHERE " + gives_way + " AND " + event));
  return ok();
}

/// Staged rows of pages whose events the table has as JSON, or which are staged as JSON too.
Status TakeoutTables::find_copies(const takeout::Batch::TableRows& table, const PageTable& pages,
                                  Elements& copies) {
  const auto& spec = *table.spec;
  const auto range = range_of(spec, table.rows, numbers_below(table.rows.row_count()), "", kSecond);
  LAKE_TRY(const auto found,
           session_.run_text("SELECT DISTINCT s.entry_id, s.byte_offset FROM " + std::string(kStaged) +
                             " s SEMI JOIN (SELECT " + event_columns(spec, pages) + " FROM " +
                             table_sql(spec.name) + " WHERE format = 'json' AND " + range + " UNION ALL " +
                             told_events(spec, pages) + ") j ON " + same_event_of(spec, pages, "s", "j") +
                             " WHERE s.format = 'html'"));
  for (const auto& row : found.rows)
    copies.emplace(static_cast<std::int64_t>(number_of(row[0])),
                   static_cast<std::int64_t>(number_of(row[1])));
  return ok();
}

Status TakeoutTables::merge_group(const takeout::Batch::TableRows& table, std::vector<std::uint32_t> rows,
                                  RowOutcomes& outcomes) {
  const auto& spec = *table.spec;
  const auto names = all_names(spec);
  takeout::put_in_order(table, rows);
  LAKE_CHECK_OK(stage(table.rows, names, rows));
  if (empty_.erase(std::string(spec.name)) > 0) return add_all(table, rows, outcomes);
  const Comparison comparison(spec, table.rows, rows);
  LAKE_TRY(const bool all_new, meets_none(spec, comparison));
  if (all_new) return add_all(table, rows, outcomes);
  LAKE_TRY(const auto sum, count(comparison, outcomes));
  // Before the new rows are there, so that they are not compared with themselves.
  if (sum.updated + sum.older > 0) LAKE_CHECK_OK(store_versions(spec, comparison));
  if (sum.added == 0) return ok();
  const auto insert = "INSERT INTO " + table_sql(spec.name) + " BY NAME SELECT " + columns_of("s", names) +
                      " FROM " + kStaged + " s";
  if (sum.added == rows.size()) return run(insert);
  return run(insert + " ANTI JOIN " + comparison.candidates + " ON " + comparison.match);
}

/// Staged rows, all of them new.
Status TakeoutTables::add_all(const takeout::Batch::TableRows& table, const std::vector<std::uint32_t>& rows,
                              RowOutcomes& outcomes) {
  const auto& entry_ids = table.rows.columns()[table.spec->columns.size() + 1];
  std::optional<std::int64_t> last;
  RowOutcome* outcome = nullptr;
  for (const auto row : rows) {
    const auto id = entry_ids.integer(row);
    if (id != last) outcome = &outcomes[id];  // neighbours are of one entry mostly
    last = id;
    ++outcome->added;
  }
  return run("INSERT INTO " + table_sql(table.spec->name) + " BY NAME FROM " + kStaged);
}

/// No row of the table agrees with a staged one in the key's first column, so that all are new. Exports tell
/// most things in the order of time, and what comes next is usually beyond all that is there: one look. Where
/// it is among them, that one column tells more cheaply than the whole key and content would.
Result<bool> TakeoutTables::meets_none(const TableSpec& spec, const Comparison& comparison) {
  const auto near = table_sql(spec.name) + " WHERE " + comparison.range;
  LAKE_TRY(const bool none_near, is_empty(near));
  if (none_near) return true;
  const auto first = quoted_name(spec.key.front());
  return is_empty(std::string(kStaged) + " s SEMI JOIN (SELECT " + first + " FROM " + near + ") t ON s." +
                  first + " IS NOT DISTINCT FROM t." + first);
}

/// How many rows are of each kind, for each entry; gives the sum.
Result<RowOutcome> TakeoutTables::count(const Comparison& comparison, RowOutcomes& outcomes) {
  LAKE_TRY(const auto counts,
           session_.run_text(
               "SELECT entry_id, count(*) FILTER (kind = 0), count(*) FILTER (kind = 1), count(*) FILTER "
               "(kind = 2), count(*) FILTER (kind = 3) FROM (SELECT s.entry_id, CASE WHEN t.is_there IS NULL "
               "THEN 0 WHEN " +
               comparison.says_nothing_new + " THEN 1 WHEN " + comparison.is_newer +
               " THEN 2 ELSE 3 END AS kind FROM " + kStaged + " s LEFT JOIN " + comparison.candidates +
               " ON " + comparison.match + ") GROUP BY entry_id"));
  RowOutcome sum;
  for (const auto& row : counts.rows) {
    std::int64_t entry_id = 0;
    const auto& text = row[0].value_or("0");
    std::from_chars(text.data(), text.data() + text.size(), entry_id);
    const RowOutcome found{number_of(row[1]), number_of(row[2]), number_of(row[3]), number_of(row[4])};
    outcomes[entry_id] += found;
    sum += found;
  }
  return sum;
}

Status TakeoutTables::store_versions(const TableSpec& spec, const Comparison& comparison) {
  const auto names = all_names(spec);
  const auto contents = content_names(spec);
  const auto history = history_sql(spec);
  const auto joined_rows = std::string(kStaged) + " s JOIN " + comparison.candidates + " ON " +
                           comparison.match + " WHERE NOT (" + comparison.says_nothing_new + ")";
  const auto differs = joined_rows + " AND (" + comparison.contradicts + ")";
  // What the newer rows replace, and older rows unless the history has them already.
  LAKE_CHECK_OK(run("INSERT INTO " + history + " BY NAME SELECT " + columns_of("t", names) + " FROM " +
                    differs + " AND " + comparison.is_newer));
  const auto known = joined(contents, " AND ", [](const std::string& each) {
    return "h." + quoted_name(each) + " IS NOT DISTINCT FROM v." + quoted_name(each);
  });
  LAKE_CHECK_OK(run("INSERT INTO " + history + " BY NAME SELECT v.* FROM (SELECT " + columns_of("s", names) +
                    " FROM " + differs + " AND NOT " + comparison.is_newer + ") v ANTI JOIN (FROM " +
                    history + " WHERE " + comparison.range + ") h ON " + known));
  const auto update = "UPDATE " + table_sql(spec.name) + " t SET ";
  const auto from =
      std::string(" FROM ") + kStaged + " s WHERE " + comparison.match + " AND " + comparison.table_range;
  if (spec.fills_from_older) {
    LAKE_CHECK_OK(run(update +
                      joined(contents, ", ",
                             [](const std::string& each) {
                               const auto name = quoted_name(each);
                               return name + " = coalesce(t." + name + ", s." + name + ")";
                             }) +
                      from + " AND NOT (" + comparison.says_nothing_new + ") AND NOT " +
                      comparison.is_newer));
  }
  return run(update +
             joined(names, ", ",
                    [&](const std::string& each) {
                      const auto name = quoted_name(each);
                      const bool fills = spec.fills_from_older;
                      return name + " = " +
                             (fills ? "coalesce(s." + name + ", t." + name + ")" : "s." + name);
                    }) +
             from + " AND NOT (" + comparison.says_nothing_new + ") AND " + comparison.is_newer);
}

}  // namespace lake::ingest

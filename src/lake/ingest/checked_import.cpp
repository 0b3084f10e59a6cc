#include "lake/ingest/checked_import.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <optional>

#include "lake/ingest/record_source.hpp"
#include "lake/ingest/rule_store.hpp"
#include "lake/ingest/run_book.hpp"
#include "lake/validate/check_query.hpp"

namespace lake::ingest {
namespace {

using validate::Report;
using validate::ResolvedRules;
using validate::Rule;
using validate::RuleKind;

constexpr int kAttemptsMax = 10;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::string sql_type_of(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes = {
      {{"string", "VARCHAR"},
       {"integer", "BIGINT"},
       {"number", "DOUBLE"},
       {"boolean", "BOOLEAN"},
       {"object", "JSON"},
       {"array", "JSON"},
       {"date", "DATE"},
       {"time", "TIME"},
       {"timestamp", "TIMESTAMPTZ"},
       {"uuid", "UUID"}}};
  for (const auto& [name, type] : kTypes) {
    if (name == word) return std::string(type);
  }
  return word;
}

/// A column of the target, and the member of records that fills it.
struct Target {
  std::string name;
  std::string type;
  bool is_required = false;
  std::string member;  // empty: no record has it
};

/// JSON paths have no way to write these.
bool can_be_path(const std::string& member) {
  return !member.empty() && member.find_first_of("\"\\") == std::string::npos;
}

Status create_bookkeeping(query::Session& session) {
  LAKE_CHECK_OK(ensure_run_book(session));
  LAKE_CHECK_OK(
      session.run_text("CREATE TABLE IF NOT EXISTS ingest.dead_letter (run_id VARCHAR, position BIGINT, "
                       "source VARCHAR, target VARCHAR, "
                       "rule_set VARCHAR, raw VARCHAR, is_record BOOLEAN, has_texts_only BOOLEAN, reason "
                       "VARCHAR, violations JSON, "
                       "refused_at TIMESTAMPTZ, replayed_run VARCHAR)"));
  LAKE_CHECK_OK(session.run_text(
      "CREATE TABLE IF NOT EXISTS ingest.table_column (run_id VARCHAR, target VARCHAR, position BIGINT, "
      "column_name VARCHAR, type VARCHAR, is_nullable BOOLEAN, is_key BOOLEAN, semantic_type VARCHAR)"));
  return ok();
}

/// Looks at the records in `ingest_record` and leaves `ingest_checked` (position, doc, violations,
/// is_refused).
Status check_loaded(query::Session& session, const ResolvedRules& rules, const Records& records,
                    const std::vector<std::string>* known_members, bool from_door) {
  LAKE_CHECK_OK(session.run_text("DROP TABLE IF EXISTS temp.main.ingest_checked"));
  LAKE_TRY(
      std::string query,
      validate::check_query(rules, {"SELECT position, doc FROM temp.main.ingest_record WHERE doc IS NOT NULL",
                                    records.has_texts_only}));
  if (known_members != nullptr) {
    std::string list = "''";
    for (const auto& member : *known_members) list += ", " + quoted_text(member);
    const std::string violation =
        "{'rule': 'table.members', 'severity': 'error', 'category': 'type', 'path': array_to_string(unknown, "
        "', '), "
        "'message': 'the table has no column for: ' || left(array_to_string(unknown, ', '), 200), "
        "'suggestion': "
        "'ALTER TABLE ... ADD COLUMN makes one; then replay the dead letters'}";
    query =
        "SELECT position, doc, CASE WHEN len(unknown) > 0 THEN list_append(violations, " + violation +
        ") ELSE violations END AS violations, is_refused OR len(unknown) > 0 AS is_refused FROM (SELECT *, "
        "list_filter(json_keys(doc), lambda k: k NOT IN (" +
        list + ")) AS unknown FROM (" + query + "))";
  }
  query::RequestOptions options;
  options.from_door = from_door;
  LAKE_CHECK_OK(session.run_text("CREATE TEMP TABLE ingest_checked AS " + query, {}, options));
  return ok();
}

/// What `ingest_checked` and the lines that are no records say.
Result<Report> report_of(query::Session& session, const ResolvedRules& rules) {
  Report report;
  report.rule_set = rules.name;
  report.level = rules.level;
  LAKE_TRY(const auto sums,
           session.run_text(
               "SELECT (SELECT count(*) FROM temp.main.ingest_record), (SELECT count(*) FROM "
               "temp.main.ingest_checked WHERE is_refused), (SELECT count(*) FROM temp.main.ingest_record "
               "WHERE doc IS NULL)"));
  const auto& sum = sums.rows.at(0);
  const std::uint64_t no_records = number_of(sum[2]);
  report.records = number_of(sum[0]);
  report.refused = number_of(sum[1]) + no_records;
  if (no_records > 0) report.counts["record"] = no_records;
  LAKE_TRY(const auto counts,
           session.run_text("SELECT v.rule, count(*) FROM (SELECT unnest(violations) AS v FROM "
                            "temp.main.ingest_checked) GROUP BY 1"));
  for (const auto& row : counts.rows) report.counts[row[0].value_or("")] += number_of(row[1]);
  const std::string bound = " LIMIT " + std::to_string(Report::kViolationsMax);
  LAKE_TRY(
      const auto rows,
      session.run_text("SELECT * FROM (SELECT position, v.rule, v.severity, v.category, v.path, v.message, "
                       "v.suggestion FROM "
                       "(SELECT position, unnest(violations) AS v FROM temp.main.ingest_checked) UNION ALL "
                       "SELECT position, "
                       "'record', 'error', 'format', '', reason, 'correct the line and send it again' FROM "
                       "temp.main.ingest_record WHERE doc IS NULL) ORDER BY position, 2" +
                       bound));
  for (const auto& row : rows.rows) {
    validate::Violation violation;
    violation.position = number_of(row[0]);
    violation.rule = row[1].value_or("");
    const auto severity = row[2].value_or("");
    violation.severity = severity == "error"     ? validate::Severity::kError
                         : severity == "warning" ? validate::Severity::kWarning
                                                 : validate::Severity::kNote;
    violation.category = row[3].value_or("");
    violation.path = row[4].value_or("");
    violation.message = row[5].value_or("");
    violation.suggestion = row[6].value_or("");
    report.violations.push_back(std::move(violation));
  }
  return report;
}

/// One import, from records that are loaded to rows that are stored.
class CheckedImport {
 public:
  CheckedImport(query::Session& session, TableName table, std::string source, bool from_door,
                std::string run_id = {}, std::uint64_t batch_rows = 0)
      : session_(session),
        table_(std::move(table)),
        source_(std::move(source)),
        from_door_(from_door),
        run_id_(std::move(run_id)),
        batch_rows_(batch_rows) {}

  /// `load` leaves the records in `ingest_record`; `inferred` is asked when the table is to be made. Both
  /// again after a conflict, since another may have made or changed the table, or replayed the letters.
  Result<CheckedImportReport> run(const std::function<Result<Records>()>& load, const ResolvedRules& rules,
                                  TableMode mode, const std::function<Result<Columns>()>& inferred,
                                  const std::string& mark_replayed) {
    if (run_id_.empty()) {
      LAKE_TRY(const auto id, session_.run_text("SELECT uuid()::VARCHAR"));
      run_id_ = id.rows.at(0).at(0).value_or("");
    }
    for (int attempt = 1;; ++attempt) {
      auto report = try_once(load, rules, mode, inferred, mark_replayed);
      const bool again = !report && (report.error().code() == ErrorCode::kConflict ||
                                     (report.error().code() == ErrorCode::kAlreadyExists && makes_table_));
      if (!again || attempt == kAttemptsMax) return report;
    }
  }

 private:
  Result<CheckedImportReport> try_once(const std::function<Result<Records>()>& load, ResolvedRules rules,
                                       TableMode mode, const std::function<Result<Columns>()>& inferred,
                                       const std::string& mark_replayed) {
    LAKE_TRY(const auto records, load());
    has_texts_only_ = records.has_texts_only;
    targets_.clear();
    LAKE_TRY(const auto members, members_of_records());
    LAKE_TRY(const bool exists, read_columns());
    if (!exists && mode == TableMode::kAppend)
      return Error(ErrorCode::kNotFound, "the table " + table_.text() + " does not exist");
    replaces_ = mode == TableMode::kReplace;
    makes_table_ = !exists || replaces_;
    if (makes_table_) {
      LAKE_TRY(const auto columns, inferred());
      plan_columns(rules, columns, members);
    }
    const auto known = match_members(members);
    add_table_rules(rules);
    LAKE_CHECK_OK(check_loaded(session_, rules, records, &known, from_door_));
    CheckedImportReport report;
    LAKE_TRY(report.validation, report_of(session_, rules));
    report.run_id = run_id_;
    LAKE_CHECK_OK(create_bookkeeping(session_));
    LAKE_CHECK_OK(in_transaction(session_, [&] { return store(report, rules, mark_replayed); }));
    if (makes_table_) ignore(profile(report), "the rows are stored; what they are like can be asked of them");
    // What is stored is stored, also when nothing may run any more.
    ignore(session_.run_text("DROP TABLE temp.main.ingest_checked"), "the next import drops it first");
    ignore(drop_records(session_), "the next import drops them first");
    return report;
  }

  Result<std::vector<std::string>> members_of_records() {
    LAKE_TRY(const auto found,
             session_.run_text(
                 "SELECT DISTINCT unnest(json_keys(doc)) AS k FROM temp.main.ingest_record WHERE doc IS NOT "
                 "NULL ORDER BY k LIMIT " +
                 std::to_string(kMembersMax + 1)));
    if (found.rows.size() > kMembersMax)
      return Error(ErrorCode::kResourceExhausted, "the records of " + source_ + " have more than " +
                                                      std::to_string(kMembersMax) + " different members");
    std::vector<std::string> members;
    for (const auto& row : found.rows) members.push_back(row[0].value_or(""));
    return members;
  }

  Result<bool> read_columns() {
    LAKE_TRY(
        const auto found,
        session_.run_text("SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE "
                          "table_catalog = current_database() AND lower(table_schema) = lower(" +
                          quoted_text(table_.schema) + ") AND lower(table_name) = lower(" +
                          quoted_text(table_.table) + ") ORDER BY ordinal_position"));
    for (const auto& row : found.rows)
      targets_.push_back({row[0].value_or(""), row[1].value_or(""), row[2] == "NO", ""});
    return !targets_.empty();
  }

  Target* find(const std::string& name) {
    const auto found = std::find_if(targets_.begin(), targets_.end(),
                                    [&](const Target& target) { return lower(target.name) == lower(name); });
    return found == targets_.end() ? nullptr : &*found;
  }

  /// The columns of a table that is to be made: those of rules, then those the reader sees, then what is
  /// left.
  void plan_columns(const ResolvedRules& rules, const Columns& columns,
                    const std::vector<std::string>& members) {
    targets_.clear();
    const auto add = [this](const std::string& name, const std::string& type) {
      if (find(name) == nullptr) targets_.push_back({name, type, false, ""});
    };
    for (const auto& rule : rules.rules) {
      const auto path = validate::parse_path(rule.path);
      const bool is_column =
          rule.kind == RuleKind::kType && path && !path->has_list && path->names.size() == 1;
      if (is_column) add(path->names.front(), sql_type_of(rule.text));
    }
    for (const auto& column : columns) add(column.name, column.type);
    for (const auto& member : members) {
      if (can_be_path(member)) add(member, "JSON");
    }
  }

  /// Gives columns their members. The result: the members that have a column.
  std::vector<std::string> match_members(const std::vector<std::string>& members) {
    std::vector<std::string> known;
    for (const auto& member : members) {
      Target* target = can_be_path(member) ? find(member) : nullptr;
      // Of members that differ in case alone, the one that is spelt as the column, else the first.
      if (target == nullptr || (!target->member.empty() && member != target->name)) continue;
      if (!target->member.empty()) std::erase(known, target->member);
      target->member = member;
      known.push_back(member);
    }
    return known;
  }

  void add_table_rules(ResolvedRules& rules) const {
    for (const auto& target : targets_) {
      Rule rule;
      rule.is_of_table = true;
      rule.path = "\"" + (target.member.empty() ? target.name : target.member) + "\"";
      if (target.is_required && can_be_path(target.name)) {
        rule.kind = RuleKind::kRequired;
        rule.name = "table." + target.name + ".required";
        rules.rules.push_back(rule);
      }
      const bool takes_all = target.type == "VARCHAR" || target.type == "JSON";
      if (takes_all || target.member.empty()) continue;
      rule.kind = RuleKind::kType;
      rule.name = "table." + target.name + ".type";
      rule.text = target.type;
      rules.rules.push_back(rule);
    }
  }

  [[nodiscard]] std::string value_of(const Target& target) const {
    const std::string path = validate::json_path_literal({target.member});
    if (target.type == "VARCHAR" || has_texts_only_)
      return "CAST(json_extract_string(doc, " + path + ") AS " + target.type + ")";
    return "CAST(json_extract(doc, " + path + ") AS " + target.type + ")";
  }

  /// Types of rules are part of these statements, so they obey the same rules as the check.
  [[nodiscard]] query::RequestOptions door_options() const {
    query::RequestOptions options;
    options.from_door = from_door_;
    return options;
  }

  Status store_rows(CheckedImportReport& report) {
    std::string names;
    std::string values;
    for (const auto& target : targets_) {
      if (target.member.empty() && !makes_table_) continue;
      const std::string comma = names.empty() ? "" : ", ";
      names += comma + quoted_name(target.name);
      values += comma + (target.member.empty() ? "NULL::" + target.type : value_of(target)) + " AS " +
                quoted_name(target.name);
    }
    if (names.empty()) return ok();
    const std::string good = "SELECT " + values + " FROM temp.main.ingest_checked WHERE NOT is_refused";
    if (makes_table_) {
      LAKE_CHECK_OK(session_.run_text("CREATE SCHEMA IF NOT EXISTS " + quoted_name(table_.schema)));
      const std::string create = replaces_ ? "CREATE OR REPLACE TABLE " : "CREATE TABLE ";
      const std::string which = batch_rows_ == 0 ? " ORDER BY position" : " LIMIT 0";
      LAKE_CHECK_OK(session_.run_text(create + table_.sql() + " AS " + good + which, {}, door_options()));
      report.rows_stored = report.validation.records - report.validation.refused;
      if (batch_rows_ == 0) return ok();
    }
    report.rows_stored = 0;
    LAKE_TRY(const auto ranges, batch_ranges());
    for (const auto& range : ranges) {
      LAKE_TRY(const auto inserted, session_.run_text("INSERT INTO " + table_.sql() + " (" + names + ") " +
                                                          good + range + " ORDER BY position",
                                                      {}, door_options()));
      report.rows_stored += inserted.changed_rows;
    }
    return ok();
  }

  /// Conditions on `position`, each of at most batch_rows_ good records and all together of all.
  Result<std::vector<std::string>> batch_ranges() {
    if (batch_rows_ == 0) return std::vector<std::string>{""};
    const auto rows = std::to_string(batch_rows_);
    LAKE_TRY(
        const auto ends,
        session_.run_text("SELECT position FROM (SELECT position, row_number() OVER (ORDER BY position) AS "
                          "n FROM temp.main.ingest_checked WHERE NOT is_refused) WHERE n % " +
                          rows + " = 0 ORDER BY position"));
    std::vector<std::string> ranges;
    std::string after;
    for (const auto& row : ends.rows) {
      const auto end = row[0].value_or("0");
      ranges.push_back(after + " AND position <= " + end);
      after = " AND position > " + end;
    }
    ranges.push_back(after);
    return ranges;
  }

  Status profile(CheckedImportReport& report) {
    LAKE_TRY(report.columns, profile_columns(session_, table_));
    std::string rows;
    for (std::size_t i = 0; i < report.columns.size(); ++i) {
      const auto& column = report.columns[i];
      const char* is_key = !column.is_key ? "NULL" : *column.is_key ? "true" : "false";
      rows += (rows.empty() ? "(" : ", (") + quoted_text(run_id_) + ", " + quoted_text(table_.text()) + ", " +
              std::to_string(i + 1) + ", " + quoted_text(column.name) + ", " + quoted_text(column.type) +
              ", " + (column.nulls > 0 ? "true" : "false") + ", " + is_key + ", " +
              quoted_text(column.semantic_type) + ")";
    }
    if (rows.empty()) return ok();
    LAKE_CHECK_OK(session_.run_text("INSERT INTO ingest.table_column VALUES " + rows));
    return ok();
  }

  Status store(CheckedImportReport& report, const ResolvedRules& rules, const std::string& mark_replayed) {
    LAKE_CHECK_OK(store_rows(report));
    if (!mark_replayed.empty()) {
      LAKE_TRY(const auto marked, session_.run_text("UPDATE ingest.dead_letter SET replayed_run = " +
                                                    quoted_text(report.run_id) + " WHERE " + mark_replayed));
      if (marked.changed_rows != report.validation.records)
        return Error(ErrorCode::kConflict,
                     "another replay of " + table_.text() + " took the same dead letters");
    }
    const std::string common =
        quoted_text(source_) + ", " + quoted_text(table_.text()) + ", " + quoted_text(rules.name);
    LAKE_TRY(const auto letters,
             session_.run_text(
                 "INSERT INTO ingest.dead_letter SELECT " + quoted_text(report.run_id) + ", position, " +
                 common + ", raw, is_record, " + (has_texts_only_ ? "true" : "false") +
                 ", reason, violations, now(), NULL FROM (SELECT position, doc::VARCHAR AS raw, true AS "
                 "is_record, violations[1].message AS reason, to_json(violations) AS violations FROM "
                 "temp.main.ingest_checked WHERE is_refused UNION ALL SELECT position, raw, false, reason, "
                 "NULL FROM temp.main.ingest_record WHERE doc IS NULL) ORDER BY position"));
    report.rows_refused = letters.changed_rows;
    return note_run(session_, {.run_id = report.run_id,
                               .source = source_,
                               .target = table_.text(),
                               .rule_set = rules.name,
                               .level = std::string(validate::name_of(rules.level)),
                               .stored = report.rows_stored,
                               .refused = std::to_string(report.rows_refused),
                               .violations = report.validation.total()});
  }

  query::Session& session_;
  TableName table_;
  std::string source_;
  bool from_door_;
  std::string run_id_;
  const std::uint64_t batch_rows_;
  bool has_texts_only_ = false;
  bool makes_table_ = false;
  bool replaces_ = false;
  std::vector<Target> targets_;
};

/// The report of a run that is stored.
Result<std::optional<CheckedImportReport>> stored_run(query::Session& session, const std::string& run_id) {
  if (run_id.empty()) return std::optional<CheckedImportReport>();
  LAKE_CHECK_OK(create_bookkeeping(session));
  LAKE_TRY(const auto found,
           session.run_text("SELECT records, stored, refused FROM ingest.run WHERE run_id = " +
                            quoted_text(run_id)));
  if (found.rows.empty()) return std::optional<CheckedImportReport>();
  CheckedImportReport report;
  report.run_id = run_id;
  report.is_known = true;
  report.validation.records = number_of(found.rows[0][0]);
  report.rows_stored = number_of(found.rows[0][1]);
  report.rows_refused = report.validation.refused = number_of(found.rows[0][2]);
  return std::optional(std::move(report));
}

Result<ResolvedRules> rules_named(query::Session& session, const std::string& name,
                                  const std::optional<validate::Level>& level) {
  ResolvedRules rules;
  if (!name.empty()) {
    LAKE_TRY(rules, RuleStore(session).resolve(name));
  }
  if (level) rules.level = *level;
  return rules;
}

Status check_count(query::Session& session, std::uint64_t records_max) {
  if (records_max == 0) return ok();
  LAKE_TRY(const auto found, session.run_text("SELECT count(*) FROM temp.main.ingest_record"));
  if (number_of(found.rows.at(0).at(0)) <= records_max) return ok();
  return Error(ErrorCode::kResourceExhausted,
               "there are more than " + std::to_string(records_max) + " records (ingestion.records_max)");
}

}  // namespace

Result<CheckedImportReport> import_checked(query::Session& session, const CheckedImportRequest& request) {
  LAKE_TRY(auto known, stored_run(session, request.run_id));
  if (known) return std::move(*known);
  LAKE_TRY(const auto rules, rules_named(session, request.rule_set, request.level));
  CheckedImport import(session, request.table, request.source, request.from_door, request.run_id,
                       request.batch_rows);
  const auto load = [&]() -> Result<Records> {
    LAKE_TRY(auto records, load_records(session, request.file));
    LAKE_CHECK_OK(check_count(session, request.records_max));
    if (request.has_stood) LAKE_CHECK_OK(request.has_stood());
    return records;
  };
  return import.run(load, rules, request.mode, [&] { return inferred_columns(session, request.file); }, "");
}

Result<CheckedImportReport> replay_dead_letters(query::Session& session, const ReplayRequest& request) {
  LAKE_CHECK_OK(create_bookkeeping(session));
  LAKE_TRY(const auto rules, rules_named(session, request.rule_set, request.level));
  std::string which = "is_record AND replayed_run IS NULL AND target = " + quoted_text(request.table.text());
  if (!request.run_id.empty()) which += " AND run_id = " + quoted_text(request.run_id);
  CheckedImportReport sum;
  // Records of texts are judged as texts again.
  for (const bool has_texts_only : {false, true}) {
    const std::string group = which + " AND has_texts_only = " + (has_texts_only ? "true" : "false");
    const auto load = [&]() -> Result<Records> {
      LAKE_TRY(auto records,
               load_records(session,
                            "SELECT row_number() OVER (ORDER BY refused_at, run_id, position) AS "
                            "position, raw FROM ingest.dead_letter WHERE " +
                                group));
      records.has_texts_only = has_texts_only;
      return records;
    };
    LAKE_TRY(const auto count, session.run_text("SELECT count(*) FROM ingest.dead_letter WHERE " + group));
    if (count.rows.at(0).at(0) == "0") continue;
    CheckedImport import(session, request.table, "replay of " + request.table.text(), request.from_door);
    LAKE_TRY(auto report,
             import.run(load, rules, TableMode::kAppend, [] { return Result<Columns>(Columns{}); }, group));
    report.rows_stored += sum.rows_stored;
    report.rows_refused += sum.rows_refused;
    report.validation.records += sum.validation.records;
    report.validation.refused += sum.validation.refused;
    for (const auto& [rule, number] : sum.validation.counts) report.validation.counts[rule] += number;
    auto& listed = report.validation.violations;
    listed.insert(listed.begin(), sum.validation.violations.begin(), sum.validation.violations.end());
    if (listed.size() > Report::kViolationsMax) listed.resize(Report::kViolationsMax);
    sum = std::move(report);
  }
  LAKE_CHECK_OK(drop_records(session));
  return sum;
}

namespace {

std::string dead_letters_query(const std::string& table, const std::string& run_id) {
  std::string which = table.empty() ? "" : " AND target = " + quoted_text(table);
  if (!run_id.empty()) which += " AND run_id = " + quoted_text(run_id);
  return "FROM ingest.dead_letter WHERE true" + which;
}

}  // namespace

Result<std::string> dead_letters(query::Session& session, const DeadLetters& which, std::uint64_t limit) {
  LAKE_CHECK_OK(create_bookkeeping(session));
  LAKE_TRY(const auto rows,
           session.run_text("SELECT coalesce(to_json(list(l))::VARCHAR, '[]') FROM (" +
                            dead_letters_query(which.table, which.run_id) +
                            " ORDER BY refused_at DESC, position LIMIT " + std::to_string(limit) + ") l"));
  return rows.rows.at(0).at(0).value_or("[]");
}

Result<std::unique_ptr<query::ResultStream>> all_dead_letters(query::Session& session,
                                                              const DeadLetters& which) {
  LAKE_CHECK_OK(create_bookkeeping(session));
  return session.run("SELECT run_id, source, target, position, reason, violations, raw " +
                         dead_letters_query(which.table, which.run_id) +
                         " ORDER BY refused_at, run_id, position",
                     {}, {});
}

namespace {

Result<Report> check_all(query::Session& session, const Records& records, const ResolvedRules& rules,
                         bool from_door) {
  LAKE_CHECK_OK(check_loaded(session, rules, records, nullptr, from_door));
  LAKE_TRY(auto report, report_of(session, rules));
  LAKE_CHECK_OK(session.run_text("DROP TABLE temp.main.ingest_checked"));
  LAKE_CHECK_OK(drop_records(session));
  return report;
}

}  // namespace

Result<Report> check_records(query::Session& session, const SourceFile& file, const ResolvedRules& rules,
                             bool from_door) {
  LAKE_TRY(const auto records, load_records(session, file));
  return check_all(session, records, rules, from_door);
}

Result<Report> check_records(query::Session& session, const std::vector<std::string>& records,
                             const ResolvedRules& rules, bool from_door) {
  std::string list;
  for (const auto& record : records) list += (list.empty() ? "" : ", ") + quoted_text(record);
  LAKE_TRY(
      const auto loaded,
      load_records(session,
                   "SELECT generate_subscripts(texts, 1) AS position, unnest(texts) AS raw FROM (SELECT [" +
                       list + "]::VARCHAR[] AS texts)"));
  return check_all(session, loaded, rules, from_door);
}

}  // namespace lake::ingest

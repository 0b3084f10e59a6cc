#include "lake/ingest/import.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "lake/ingest/run_book.hpp"
#include "lake/ingest/source_bytes.hpp"
#include "lake/ingest/stored_type.hpp"
#include "lake/ingest/text_lines.hpp"
#include "lake/ingest/type_parts.hpp"

namespace lake::ingest {
namespace {

std::string lower(const std::string& text) {
  std::string result = text;
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

const ColumnType* find_column(const Columns& columns, const std::string& name) {
  for (const auto& column : columns) {
    if (lower(column.name) == lower(name)) return &column;
  }
  return nullptr;
}

constexpr int kAttemptsMax = 3;

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

/// The files that go to one table.
struct Group {
  TableName table;
  std::vector<const SourceFile*> files;
  std::vector<FileReport*> reports;

  /// The files whose reports have no error yet.
  [[nodiscard]] std::vector<const SourceFile*> readable() const {
    std::vector<const SourceFile*> found;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!reports[i]->error) found.push_back(files[i]);
    }
    return found;
  }
};

bool is_delimited(FileFormat format) { return format == FileFormat::kCsv || format == FileFormat::kTsv; }

bool is_json(FileFormat format) { return format == FileFormat::kJson || format == FileFormat::kNdjson; }

/// By the place where a row begins, since the engine's lines are rows: those in quotes are not counted.
constexpr const char* kRejects =
    "SELECT coalesce(line_byte_position, byte_position, 0), coalesce(column_name, ''), error_type || ': ' || "
    "error_message FROM temp.main.import_errors";
constexpr const char* kCountOfRejects =
    "(SELECT count(DISTINCT coalesce(line_byte_position, byte_position, 0)) FROM temp.main.import_errors)";
/// What lies deeper than a type of a table can be stays JSON.
constexpr const char* kJsonBounds = ", maximum_object_size=268435456, maximum_depth=32";

/// The columns of a whole JSON file, told what its first lines are: a key that comes late has its column, and
/// a value that comes late and is of another make is one that does not fit, and not the type of all.
Columns with_late_keys(Columns sampled, const Columns& whole) {
  for (const auto& column : whole) {
    const auto known = std::find_if(sampled.begin(), sampled.end(), [&](const ColumnType& one) {
      return lower(one.name) == lower(column.name);
    });
    if (known == sampled.end()) {
      sampled.push_back(column);
      continue;
    }
    const bool is_flat = known->type.find_first_of("([") == std::string::npos && known->type != "JSON";
    const bool is_anything = column.type == "VARCHAR" || column.type == "JSON";
    if (!is_flat || !is_anything) known->type = column.type;
  }
  return sampled;
}

/// Imports the files of one table.
class GroupImport {
 public:
  GroupImport(query::Session& session, os::FileSystem& disk, const ImportRequest& request, const Group& group)
      : session_(session), disk_(disk), request_(request), group_(group), files_(group.readable()) {}

  /// Settles the table's columns. Errors concern every file of the group; one that cannot be read gets its
  /// own in its report.
  Status prepare() {
    if (files_.empty()) return ok();
    LAKE_TRY(const bool exists, table_exists());
    if (request_.mode == ImportMode::kAppend) {
      if (!exists)
        return Error(ErrorCode::kNotFound,
                     "the table " + group_.table.text() + " does not exist; leave out --append to create it");
      made_ = true;
      LAKE_TRY(columns_, describe("SELECT * FROM " + group_.table.sql()));
      return ok();
    }
    if (request_.mode == ImportMode::kCreate && exists) {
      return Error(ErrorCode::kAlreadyExists,
                   "the table " + group_.table.text() +
                       " exists; --append adds to it, --replace replaces it, --table names another");
    }
    LAKE_CHECK_OK(session_.run_text("CREATE SCHEMA IF NOT EXISTS " + quoted_name(group_.table.schema)));
    return infer();
  }

  Status store(const SourceFile& file, FileReport& report) {
    storing_ = &file;
    LAKE_TRY(const Columns in_file, file_columns(file));
    if (made_ || files_.size() > 1) LAKE_CHECK_OK(check_columns(file, in_file));
    auto stored = store_strict_or_rejecting(file, in_file, report);
    if (!stored) return stored;
    made_ = true;
    report.rows_read = report.rows_stored + report.rows_rejected;
    return ok();
  }

 private:
  Result<bool> table_exists() {
    LAKE_TRY(
        const auto found,
        session_.run_text("SELECT 1 FROM information_schema.tables WHERE table_catalog = current_database()"
                          " AND lower(table_schema) = lower(" +
                          quoted_text(group_.table.schema) + ") AND lower(table_name) = lower(" +
                          quoted_text(group_.table.table) + ")"));
    return !found.rows.empty();
  }

  Result<Columns> describe(const std::string& query) {
    LAKE_TRY(const auto described, session_.run_text("DESCRIBE " + query));
    Columns columns;
    for (const auto& row : described.rows)
      columns.push_back({row[0].value_or(""), named_type(row[1].value_or(""))});
    return columns;
  }

  /// The columns of a query over readers, which `query` writes. The readers leave out, without a word, the
  /// keys of JSON that their sample does not hold; so the keys are those of the whole files, for a second
  /// look.
  template <class Query>
  Result<Columns> describe_with_late_keys(bool has_json, const Query& query) {
    LAKE_TRY(Columns sampled, describe(query()));
    if (!has_json || request_.sample_rows == 0) return sampled;
    whole_json_ = true;
    const auto whole = describe(query());
    whole_json_ = false;
    if (!whole) return whole.error();
    return with_late_keys(std::move(sampled), *whole);
  }

  [[nodiscard]] std::string sample(FileFormat format) const {
    // What is read of a JSON document is inferred again as it is read; of lines it is told.
    const bool whole =
        request_.sample_rows == 0 || format == FileFormat::kJson || (whole_json_ && is_json(format));
    return ", sample_size=" + (whole ? std::string("-1") : std::to_string(request_.sample_rows));
  }

  /// A reading function over `paths` (SQL list or literal), all of the format and compression of `file`.
  [[nodiscard]] std::string reader(const SourceFile& file, const std::string& paths,
                                   const std::string& options) const {
    const std::string common = compression_option(file) + sample(file.format) + options + ")";
    switch (file.format) {
      case FileFormat::kCsv:
        return "read_csv(" + paths + common;
      case FileFormat::kTsv:
        return "read_csv(" + paths + ", delim='\t'" + common;
      case FileFormat::kJson:
        return "read_json(" + paths + kJsonBounds + common;
      case FileFormat::kNdjson:
        return "read_json(" + paths + ", format='newline_delimited', records=true" + kJsonBounds + common;
      case FileFormat::kParquet:
        return "read_parquet(" + paths + options + ")";
    }
    return {};
  }
  [[nodiscard]] std::string reader(const SourceFile& file, const std::string& options) const {
    return reader(file, quoted_path(file.path), options);
  }

  [[nodiscard]] std::string tolerance(FileFormat format) const {
    // Also where a bad row fails its file: sniffing without it takes lines with bad rows for one wide column.
    const bool is_tolerant = is_delimited(format) || (format == FileFormat::kNdjson && !request_.strict);
    return is_tolerant ? ", ignore_errors=true" : "";
  }

  /// Columns and types that fit every file of the group.
  Status infer() {
    if (files_.empty()) return ok();
    const SourceFile& first = *files_.front();
    if (files_.size() == 1) {
      LAKE_TRY(columns_, columns_of(first));
      return ok();
    }
    const bool one_kind = std::all_of(files_.begin(), files_.end(), [&](const SourceFile* file) {
      return file->format == first.format && file->compression == first.compression;
    });
    const bool has_lines = std::any_of(files_.begin(), files_.end(), [](const SourceFile* file) {
      return file->format == FileFormat::kNdjson;
    });
    auto together = describe_with_late_keys(has_lines, [&] { return together_query(one_kind); });
    if (!together) return infer_each(together.error());
    columns_ = std::move(*together);
    return ok();
  }

  [[nodiscard]] std::string together_query(bool one_kind) const {
    const SourceFile& first = *files_.front();
    if (one_kind) {
      std::string paths;
      for (const SourceFile* file : files_) paths += (paths.empty() ? "[" : ", ") + quoted_path(file->path);
      return "SELECT * FROM " + reader(first, paths + "]", tolerance(first.format) + ", union_by_name=true");
    }
    std::string query;
    for (const SourceFile* file : files_) {
      query += (query.empty() ? "" : " UNION ALL BY NAME ") +
               ("SELECT * FROM " + reader(*file, tolerance(file->format)));
    }
    return query;
  }

  /// When the files cannot be looked at together: those that cannot be read alone are left out.
  Status infer_each(const Error& why) {
    std::string query;
    std::vector<const SourceFile*> left;
    for (std::size_t i = 0; i < group_.files.size(); ++i) {
      if (group_.reports[i]->error) continue;
      const auto columns = columns_of(*group_.files[i]);
      if (!columns && columns.error().code() == ErrorCode::kCancelled) return columns.error();
      if (!columns) {
        group_.reports[i]->error = columns.error();
        continue;
      }
      left.push_back(group_.files[i]);
      std::string list;
      for (const auto& column : *columns)
        list += (list.empty() ? "" : ", ") + ("NULL::" + column.type) + " AS " + quoted_name(column.name);
      query += (query.empty() ? "SELECT " : " UNION ALL BY NAME SELECT ") + list;
    }
    files_ = std::move(left);
    if (files_.empty()) return ok();
    auto columns = describe(query);
    // What keeps them from one table is then told by the engine's first word, which knows the files.
    if (!columns) return why;
    columns_ = std::move(*columns);
    return ok();
  }

  /// The columns of one file, by itself.
  Result<Columns> columns_of(const SourceFile& file) {
    auto columns = describe_with_late_keys(file.format == FileFormat::kNdjson, [&] {
      return "SELECT * FROM " + reader(file, tolerance(file.format));
    });
    const bool refused = !columns && columns.error().code() == ErrorCode::kInvalidArgument;
    if (!refused || file.format != FileFormat::kNdjson || request_.strict) return columns;
    auto of_objects = columns_of_object_lines(session_, file, request_.sample_rows);
    auto of_all = columns_of_object_lines(session_, file, 0);
    if (!of_all && of_all.error().code() == ErrorCode::kCancelled) return of_all;
    if (!of_objects || of_objects->empty()) of_objects = of_all;
    if (!of_objects || of_objects->empty()) return columns;
    // Without the keys of all lines, those with others are rejected as they are read.
    return of_all ? with_late_keys(std::move(*of_objects), *of_all) : std::move(of_objects);
  }

  Result<Columns> file_columns(const SourceFile& file) {
    if (!made_ && files_.size() == 1) return columns_;
    return columns_of(file);
  }

  Status check_columns(const SourceFile& file, const Columns& in_file) {
    std::string unknown;
    for (const auto& column : in_file) {
      if (find_column(columns_, column.name) == nullptr)
        unknown += (unknown.empty() ? "" : ", ") + column.name + " " + column.type;
    }
    if (unknown.empty()) return ok();
    return Error(ErrorCode::kInvalidArgument, "the table " + group_.table.text() +
                                                  " has no column for these of " + file.path +
                                                  " (ALTER TABLE ... ADD COLUMN makes one): " + unknown);
  }

  /// {'a': 'BIGINT', ...}: the file's columns read as the table's types, so that a misfit is a rejected line
  /// and not a failed cast.
  [[nodiscard]] std::string forced_types(const Columns& in_file) const {
    std::string types;
    for (const auto& column : in_file) {
      const ColumnType* wanted = find_column(columns_, column.name);
      types += (types.empty() ? "{" : ", ") + quoted_text(column.name) + ": " +
               quoted_text(wanted != nullptr ? wanted->type : column.type);
    }
    return types.empty() ? "" : types + "}";
  }

  /// The statement around a query whose columns are `in_file`.
  [[nodiscard]] std::string storing(const std::string& query, const Columns& in_file) const {
    if (made_) return "INSERT INTO " + group_.table.sql() + " BY NAME " + query;
    std::string list;
    for (const auto& column : columns_) {
      const bool present = find_column(in_file, column.name) != nullptr;
      list += (list.empty() ? "" : ", ") +
              (present ? quoted_name(column.name) + "::" + column.type : "NULL::" + column.type) + " AS " +
              quoted_name(column.name);
    }
    const std::string create =
        request_.mode == ImportMode::kReplace ? "CREATE OR REPLACE TABLE " : "CREATE TABLE ";
    return create + group_.table.sql() + " AS SELECT " + list + " FROM (" + query + ")";
  }

  /// Stores, and notes where the rows came from. `refused`: how many are not among them, in SQL.
  Status run_storing(const std::string& query, const Columns& in_file, FileReport& report,
                     const std::string& refused = "0") {
    const auto work = [&] { return store_and_note(query, in_file, report, refused); };
    for (int attempt = 1;; ++attempt) {
      const bool is_first_note = !has_run_book(session_);
      auto done = in_transaction(session_, work);
      // Two that come first make the book at the same time; one of them finds it when it tries again.
      const bool is_met = !done && is_first_note && done.error().code() == ErrorCode::kConflict;
      if (!done) report.rows_stored = 0;
      if (is_met && attempt < kAttemptsMax) continue;
      if (!done) {
        report.rows_rejected = 0;
        report.rejected.clear();
      }
      return done;
    }
  }

  Status store_and_note(const std::string& query, const Columns& in_file, FileReport& report,
                        const std::string& refused) {
    LAKE_TRY(const auto done, session_.run_text(storing(query, in_file)));
    report.rows_stored = done.changed_rows;
    if (!made_) {
      // The engine does not tell how many rows a CREATE TABLE AS stored.
      LAKE_TRY(const auto count, session_.run_text("SELECT count(*) FROM " + group_.table.sql()));
      report.rows_stored = number_of(count.rows.at(0).at(0));
    }
    if (refused == kCountOfRejects) LAKE_CHECK_OK(tell_rejects(report));
    LAKE_CHECK_OK(ensure_run_book(session_));
    return note_run(session_, {.run_id = "",
                               .source = report.path,
                               .target = group_.table.text(),
                               .rule_set = std::nullopt,
                               .level = std::nullopt,
                               .stored = report.rows_stored,
                               .refused = refused,
                               .violations = std::nullopt});
  }

  Status store_strict_or_rejecting(const SourceFile& file, const Columns& in_file, FileReport& report) {
    if (is_delimited(file.format)) return store_delimited(file, in_file, report);
    std::string options;
    if (file.format == FileFormat::kNdjson) {
      options = ", columns=" + forced_types(in_file);
      if (parts_of(in_file).answer != PartsFit::Answer::kAll) {
        if (!request_.strict) return store_lines(file, in_file, report);
        LAKE_CHECK_OK(refuse_bad_lines(file, in_file));
      }
    } else if (const auto parts = parts_of(in_file); parts.answer == PartsFit::Answer::kMissing) {
      return Error(ErrorCode::kInvalidArgument,
                   "the table " + group_.table.text() + " has no place for " + parts.place + " of " +
                       file.path + " (ALTER TABLE ... ADD COLUMN " + parts.place + " makes one)");
    }
    auto status = run_storing("SELECT * FROM " + reader(file, options), in_file, report);
    const bool bad_rows = !status && status.error().code() == ErrorCode::kInvalidArgument;
    if (!bad_rows || file.format != FileFormat::kNdjson || request_.strict) return status;
    return store_lines(file, in_file, report);
  }

  /// Whether structs of the file have parts that the table's do not, which the reader would leave out.
  [[nodiscard]] PartsFit parts_of(const Columns& in_file) const {
    PartsFit unknown;
    // A new table's structs have the parts of all its files.
    if (request_.mode != ImportMode::kAppend) return unknown;
    for (const ColumnType& column : in_file) {
      const ColumnType* wanted = find_column(columns_, column.name);
      if (wanted == nullptr || wanted->type == column.type) continue;
      PartsFit fit = parts_fit(column.type, wanted->type);
      if (fit.answer == PartsFit::Answer::kAll) continue;
      fit.place.insert(0, column.name);
      if (fit.answer == PartsFit::Answer::kMissing) return fit;
      unknown = std::move(fit);
    }
    return unknown;
  }

  Status store_delimited(const SourceFile& file, const Columns& in_file, FileReport& report) {
    LAKE_TRY(std::string options, late_quotes(file));
    options += ", types=" + forced_types(in_file);
    // The rejects of an earlier file would add up.
    LAKE_CHECK_OK(drop_rejects());
    options += ", store_rejects=true, rejects_table='import_errors', rejects_scan='import_scans'";
    LAKE_CHECK_OK(run_storing("SELECT * FROM " + reader(file, options), in_file, report, kCountOfRejects));
    return drop_rejects();
  }

  /// Where the sample has no quote at all, the engine would take those that come after it for letters.
  Result<std::string> late_quotes(const SourceFile& file) {
    const auto sniffed =
        session_.run_text("SELECT quote FROM sniff_csv(" + quoted_path(file.path) +
                          (file.format == FileFormat::kTsv ? ", delim='\t'" : "") + compression_option(file) +
                          sample(file.format) + tolerance(file.format) + ")");
    if (!sniffed && sniffed.error().code() == ErrorCode::kCancelled) return sniffed.error();
    // What cannot be sniffed is told of by the reading itself.
    const bool none = sniffed && sniffed->rows.size() == 1 && sniffed->rows[0][0] == "(empty)";
    if (!none) return std::string();
    const auto seen = has_quotes(session_, file, request_.sample_rows);
    if (!seen && seen.error().code() == ErrorCode::kCancelled) return seen.error();
    return std::string(!seen || *seen ? "" : R"(, quote='"', escape='"')");
  }

  Status drop_rejects() {
    LAKE_CHECK_OK(session_.run_text("DROP TABLE IF EXISTS temp.main.import_errors"));
    LAKE_CHECK_OK(session_.run_text("DROP TABLE IF EXISTS temp.main.import_scans"));
    return ok();
  }

  /// Of a file whose rejects the engine stored; where one bad row fails its file, the error names the first.
  Status tell_rejects(FileReport& report) {
    LAKE_CHECK_OK(read_rejects(kRejects, report));
    std::vector<std::uint64_t> places;
    for (const auto& row : report.rejected) places.push_back(row.line);
    if (places.empty()) return ok();
    LAKE_TRY(const auto lines, lines_at(disk_, *storing_, request_.given_up, places));
    for (std::size_t i = 0; i < lines.size(); ++i) report.rejected[i].line = lines[i];
    if (!request_.strict) return ok();
    const auto& first = report.rejected.front();
    return Error(ErrorCode::kInvalidArgument, report.path + ", line " + std::to_string(first.line) +
                                                  (first.column.empty() ? "" : ", column " + first.column) +
                                                  ": " + first.reason);
  }

  /// `query` gives line, column, reason for each bad value.
  Status read_rejects(const std::string& query, FileReport& report) {
    LAKE_TRY(const auto count,
             session_.run_text("SELECT count(DISTINCT line) FROM (" + query + ") r(line, c, reason)"));
    report.rejected.clear();
    report.rows_rejected = number_of(count.rows.at(0).at(0));
    if (report.rows_rejected == 0) return ok();
    LAKE_TRY(const auto rows,
             session_.run_text("SELECT line, min(c), min(reason) FROM (" + query +
                               ") r(line, c, reason) GROUP BY line ORDER BY line LIMIT " +
                               std::to_string(std::max<std::uint64_t>(1, request_.rejects_shown_max))));
    for (const auto& row : rows.rows) {
      report.rejected.push_back({number_of(row[0]), row[1].value_or(""), row[2].value_or("")});
    }
    return ok();
  }

  /// The lines of an NDJSON file, judged: line, is_object, s (the typed object), place (of the first value
  /// that does not fit, or NULL), is_unknown (there is no such place in the table).
  [[nodiscard]] std::string judged_lines(const SourceFile& file, const Columns& in_file) const {
    std::string type;
    for (const auto& column : in_file) {
      const ColumnType* wanted = find_column(columns_, column.name);
      type += (type.empty() ? "STRUCT(" : ", ") + quoted_name(column.name) + " " +
              (wanted != nullptr ? wanted->type : column.type);
    }
    type += ")";
    const std::string lines = "SELECT row_number() OVER () AS line, text FROM " + text_lines(file);
    // A value was lost where the line has one and its typed form a NULL, something of another make, or an
    // object without that part. Places are compared as texts: as paths, some keys would be patterns.
    return "WITH cast_lines AS MATERIALIZED (SELECT line, j, json_type(j) IS NOT DISTINCT FROM 'OBJECT' AS "
           "is_object, s, to_json(s) AS typed FROM (SELECT line, j, TRY_CAST(j AS " +
           type + ") AS s FROM (SELECT line, TRY_CAST(text AS JSON) AS j FROM (" + lines +
           ") WHERE trim(text) <> ''))), "
           "nodes AS (SELECT line, node.fullkey, node.path, node.type, node.id FROM cast_lines, json_tree(j) "
           "node "
           "WHERE is_object AND node.type <> 'NULL'), "
           "typed_nodes AS (SELECT line, node.fullkey, node.type FROM cast_lines, json_tree(typed) node "
           "WHERE "
           "is_object), "
           "misfits AS (SELECT n.line, arg_min(substr(n.fullkey, 3), n.id) AS place, "
           "arg_min(t.type IS NULL, n.id) AS is_unknown FROM nodes n "
           "LEFT JOIN typed_nodes t ON t.line = n.line AND t.fullkey = n.fullkey "
           "LEFT JOIN typed_nodes p ON p.line = n.line AND p.fullkey = n.path "
           "WHERE t.type = 'NULL' OR (t.type IN ('OBJECT', 'ARRAY') AND t.type <> n.type) "
           "OR (t.type IS NULL AND p.type = 'OBJECT') GROUP BY n.line) "
           "SELECT line, is_object, s, place, is_unknown FROM cast_lines LEFT JOIN misfits USING (line)";
  }

  static std::string bad_lines(const std::string& judged) {
    return "SELECT line, coalesce(place, ''), CASE WHEN NOT is_object THEN 'not a JSON object' WHEN "
           "is_unknown THEN 'the table has no place for ' || place || '; import into a new table, which gets "
           "one' ELSE 'the value of ' || place || ' does not fit its column' END FROM (" +
           judged + ") WHERE NOT is_object OR place IS NOT NULL";
  }

  /// NDJSON line by line: what is no object or does not fit is left out and reported.
  Status store_lines(const SourceFile& file, const Columns& in_file, FileReport& report) {
    const std::string judged = judged_lines(file, in_file);
    LAKE_CHECK_OK(read_rejects(bad_lines(judged), report));
    return run_storing("SELECT unnest(s) FROM (" + judged + ") WHERE is_object AND place IS NULL", in_file,
                       report, std::to_string(report.rows_rejected));
  }

  /// The same judgement where one bad line fails the file.
  Status refuse_bad_lines(const SourceFile& file, const Columns& in_file) {
    LAKE_TRY(const auto first,
             session_.run_text("SELECT line, reason FROM (" + bad_lines(judged_lines(file, in_file)) +
                               ") r(line, place, reason) ORDER BY line LIMIT 1"));
    if (first.rows.empty()) return ok();
    return Error(ErrorCode::kInvalidArgument, file.path + ", line " + first.rows[0][0].value_or("") + ": " +
                                                  first.rows[0][1].value_or(""));
  }

  query::Session& session_;
  os::FileSystem& disk_;
  const ImportRequest& request_;
  const Group& group_;
  const SourceFile* storing_ = nullptr;   // the file being stored
  std::vector<const SourceFile*> files_;  // those of the group that can be read
  Columns columns_;
  bool whole_json_ = false;  // readers of JSON look at whole files for their columns
  bool made_ = false;        // the table is there and takes further files
};

/// The readers would make a column of their own of an empty file. One that should be compressed is damaged
/// when it is empty.
Status verified_source(os::FileSystem& files, const SourceFile& file, const ImportRequest& request) {
  LAKE_TRY(const auto info, files.stat(file.path));
  if (info.bytes == 0 && file.compression == Compression::kNone)
    return Error(ErrorCode::kInvalidArgument, "the file is empty: it has no rows, and tells no columns");
  return verify_source_bytes(files, file, request.given_up);
}

Result<std::vector<Group>> groups_of(const ImportRequest& request, ImportReport& report) {
  std::vector<Group> groups;
  report.files.resize(request.files.size());
  std::map<std::string, const SourceFile*> names;
  for (std::size_t i = 0; i < request.files.size(); ++i) {
    const SourceFile& file = request.files[i];
    if (request.table) {
      if (groups.empty()) groups.push_back({*request.table, {}, {}});
      groups.back().files.push_back(&file);
      groups.back().reports.push_back(&report.files[i]);
      continue;
    }
    const auto [known, is_new] = names.emplace(lower(file.table), &file);
    if (!is_new) {
      return Error(ErrorCode::kInvalidArgument, "two files would make the table " + file.table + ": " +
                                                    known->second->path + " and " + file.path +
                                                    "; --table puts files of one shape into one table");
    }
    groups.push_back({{request.schema, file.table}, {&file}, {&report.files[i]}});
  }
  return groups;
}

}  // namespace

bool ImportReport::all_stored() const {
  return std::all_of(files.begin(), files.end(), [](const FileReport& file) { return !file.error; });
}

Result<ImportReport> import_files(query::Session& session, os::FileSystem& files,
                                  const ImportRequest& request, const FileBegun& begun) {
  ImportReport report;
  LAKE_TRY(const auto groups, groups_of(request, report));
  std::size_t done = 0;
  const auto cancelled = [](const Status& status) {
    return !status && status.error().code() == ErrorCode::kCancelled;
  };
  for (const Group& group : groups) {
    // Every file of a table is verified before the first is looked at for its columns.
    for (std::size_t i = 0; i < group.files.size(); ++i) {
      group.reports[i]->path = group.files[i]->path;
      group.reports[i]->table = group.table;
      if (begun) begun(*group.files[i], done + i, request.files.size());
      const Status verified = verified_source(files, *group.files[i], request);
      if (cancelled(verified)) return verified.error().with("after " + std::to_string(done) + " files");
      if (!verified) group.reports[i]->error = verified.error();
    }
    GroupImport import(session, files, request, group);
    const Status prepared = import.prepare();
    for (std::size_t i = 0; i < group.files.size(); ++i) {
      if (!group.reports[i]->error) {
        if (begun) begun(*group.files[i], done, request.files.size());
        const Status stored = prepared ? import.store(*group.files[i], *group.reports[i]) : prepared;
        if (cancelled(stored)) return stored.error().with("after " + std::to_string(done) + " files");
        if (!stored) group.reports[i]->error = stored.error();
      }
      ++done;
    }
  }
  return report;
}

}  // namespace lake::ingest

#include "lake/ingest/text_lines.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "lake/ingest/sql_text.hpp"

namespace lake::ingest {
namespace {

using Structure = nlohmann::ordered_json;

/// What texts of a column may all be, and how they then look: the first that fits is taken.
struct TextType {
  const char* type;
  const char* pattern;
};
constexpr std::array<TextType, 4> kTextTypes = {
    {{"DATE", "[0-9]{4}-[0-9]{2}-[0-9]{2}"},
     {"TIMESTAMP", "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z?"},
     {"TIME", "[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?"},
     {"UUID", "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"}}};

std::string lines_of(const SourceFile& file, const char* sizes) {
  return "read_csv(" + quoted_path(file.path) + compression_option(file) +
         ", columns={'text': 'VARCHAR'}, delim=chr(1), quote='', escape='', header=false, auto_detect=false" +
         sizes + ")";
}

/// The engine's own bound of 2 MiB on lines does for a sample.
std::string sampled(const SourceFile& file, std::uint64_t sample_rows) {
  return "(SELECT text FROM " + lines_of(file, "") +
         (sample_rows == 0 ? "" : " LIMIT " + std::to_string(sample_rows)) + ")";
}

/// The type of what json_group_structure() tells, e.g. {"a": ["UBIGINT"]}.
std::string type_of(const Structure& structure) {
  if (structure.is_array()) return (structure.empty() ? "JSON" : type_of(structure[0])) + "[]";
  if (structure.is_object()) {
    std::string parts;
    for (const auto& [name, part] : structure.items()) {
      parts += (parts.empty() ? "" : ", ") + quoted_name(name) + " " + type_of(part);
    }
    return parts.empty() ? "JSON" : "STRUCT(" + parts + ")";
  }
  const std::string name = structure.is_string() ? structure.get<std::string>() : "NULL";
  if (name == "UBIGINT") return "BIGINT";
  return name == "NULL" ? "JSON" : name;
}

/// Gives columns of texts the type that all their texts have.
Status refine(query::Session& session, const std::string& objects, Columns& columns) {
  std::string type;
  for (const auto& column : columns)
    type += (type.empty() ? "STRUCT(" : ", ") + quoted_name(column.name) + " " + column.type;
  std::string judged;
  for (const auto& column : columns) {
    if (column.type != "VARCHAR") continue;
    const std::string text = "s." + quoted_name(column.name);
    std::string chosen = "CASE WHEN count(" + text + ") = 0 THEN 'VARCHAR'";
    for (const auto& one : kTextTypes) {
      chosen += " WHEN count(" + text + ") = count(CASE WHEN regexp_full_match(" + text + ", '" +
                one.pattern + "') THEN TRY_CAST(" + text + " AS " + one.type + ") END) THEN '" + one.type +
                "'";
    }
    judged += (judged.empty() ? "" : ", ") + chosen + " ELSE 'VARCHAR' END";
  }
  if (judged.empty()) return ok();
  LAKE_TRY(const auto found, session.run_text("SELECT " + judged + " FROM (SELECT TRY_CAST(j AS " + type +
                                              ")) AS s FROM (" + objects + "))"));
  std::size_t at = 0;
  for (auto& column : columns) {
    if (column.type == "VARCHAR") column.type = found.rows.at(0).at(at++).value_or("VARCHAR");
  }
  return ok();
}

}  // namespace

std::string compression_option(const SourceFile& file) {
  switch (file.compression) {
    case Compression::kGzip:
      return ", compression='gzip'";
    case Compression::kZstd:
      return ", compression='zstd'";
    case Compression::kNone:
      break;
  }
  return {};
}

std::string text_lines(const SourceFile& file) {
  // Without a size of its own a buffer would be 16 of the longest lines.
  return lines_of(file, ", max_line_size=268435456, buffer_size=268435456");
}

Result<Columns> columns_of_object_lines(query::Session& session, const SourceFile& file,
                                        std::uint64_t sample_rows) {
  const std::string objects = "SELECT j FROM (SELECT TRY_CAST(text AS JSON) AS j FROM " +
                              sampled(file, sample_rows) + ") WHERE json_type(j) = 'OBJECT'";
  LAKE_TRY(const auto found,
           session.run_text("SELECT json_group_structure(j)::VARCHAR FROM (" + objects + ")"));
  Columns columns;
  const auto structure = Structure::parse(found.rows.at(0).at(0).value_or("{}"), nullptr, false);
  if (!structure.is_object()) return columns;
  for (const auto& [name, part] : structure.items()) columns.push_back({name, type_of(part)});
  LAKE_CHECK_OK(refine(session, objects, columns));
  return columns;
}

Result<bool> has_quotes(query::Session& session, const SourceFile& file, std::uint64_t sample_rows) {
  LAKE_TRY(const auto found,
           session.run_text("SELECT count(*) > 0 FROM (SELECT 1 FROM " + sampled(file, sample_rows) +
                            " WHERE contains(text, '\"') LIMIT 1)"));
  return found.rows.at(0).at(0) == "true";
}

}  // namespace lake::ingest

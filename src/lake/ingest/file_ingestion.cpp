#include "lake/ingest/file_ingestion.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

#include "lake/codec/json_nesting.hpp"
#include "lake/ingest/source_bytes.hpp"

namespace lake::ingest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<TableMode, std::string_view>, 3> kModes = {
    {{TableMode::kAppendOrCreate, "create_or_append"},
     {TableMode::kAppend, "append"},
     {TableMode::kReplace, "replace"}}};

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Result<TableMode> mode_named(std::string_view name) {
  for (const auto& [mode, known] : kModes) {
    if (known == name) return mode;
  }
  return Error(ErrorCode::kInvalidArgument, "mode is create_or_append, append or replace");
}

std::string_view name_of(TableMode mode) {
  for (const auto& [known, name] : kModes) {
    if (known == mode) return name;
  }
  return {};
}

/// Options of a query or a form are texts.
Result<std::uint64_t> batch_size_of(const Json& value) {
  constexpr std::uint64_t kMost = 10'000'000;
  std::uint64_t size = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size()) size = 0;
  }
  if (size < 1 || size > kMost)
    return Error(ErrorCode::kInvalidArgument, "batch_size is a number from 1 to 10000000");
  return size;
}

/// A file that is called compressed, or was said to be Parquet, and does not begin so.
Status check_begin(const FileIngestion& file, std::string_view head) {
  const auto compression = compression_of_content(head);
  const bool is_gzip = file.name.ends_with(".gz") && compression != Compression::kGzip;
  const bool is_zstd = file.name.ends_with(".zst") && compression != Compression::kZstd;
  if (is_gzip || is_zstd)
    return Error(ErrorCode::kCorruption,
                 file.name + " does not begin as " + (is_gzip ? "gzip" : "zstd") + " does");
  const bool is_parquet = head.starts_with("PAR1");
  if (file.format_type == "parquet" && !is_parquet)
    return Error(ErrorCode::kCorruption, file.name + " does not begin as Parquet does");
  if (is_parquet && !file.format_type.empty() && file.format_type != "parquet")
    return Error(ErrorCode::kCorruption, file.name + " is Parquet, not " + file.format_type);
  return ok();
}

Result<std::string> head_of(os::FileSystem& files, const std::string& path) {
  LAKE_TRY(const auto file, files.open(path, os::OpenMode::kRead));
  std::string head(kHeadBytes, '\0');
  LAKE_TRY(const auto count, file->read_at(0, std::as_writable_bytes(std::span(head))));
  head.resize(count);
  LAKE_CHECK_OK(file->close());
  return head;
}

Error no_table(ContentFormat format, const std::string& name) {
  const std::string what = name + " is " + std::string(name_of(format));
  if (format == ContentFormat::kUnknown)
    return {ErrorCode::kInvalidArgument,
            "what " + name +
                " is cannot be told from its bytes; say format_type (csv, tsv, json, ndjson, parquet)"};
  return {ErrorCode::kUnsupported,
          what + ", which is no table; dplake import takeout and POST /api/v1/lake/takeout take it"};
}

/// Of a compressed file the name says more than the bytes.
std::optional<ContentFormat> format_of_name(std::string name) {
  for (const char* ending : {".gz", ".zst"}) {
    if (name.ends_with(ending)) name.resize(name.size() - std::string_view(ending).size());
  }
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? std::nullopt : content_format_named(name.substr(dot + 1));
}

}  // namespace

Result<FileIngestion> file_ingestion_of(std::string_view json) {
  if (codec::is_nested_too_deep(json))
    return Error(ErrorCode::kInvalidArgument, "the options have too many levels inside each other");
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return Error(ErrorCode::kInvalidArgument, "the body is no JSON object");
  FileIngestion file;
  for (const auto& [key, value] : document.items()) {
    std::string* text = key == "format_type"   ? &file.format_type
                        : key == "table"       ? &file.table
                        : key == "schema_name" ? &file.schema_name
                        : key == "level"       ? &file.level
                        : key == "name"        ? &file.name
                        : key == "path"        ? &file.path
                                               : nullptr;
    if (text != nullptr) {
      if (!value.is_string()) return Error(ErrorCode::kInvalidArgument, key + " is a text");
      *text = value.get<std::string>();
    } else if (key == "mode") {
      LAKE_TRY(file.mode, mode_named(value.is_string() ? value.get<std::string>() : ""));
    } else if (key == "batch_size") {
      LAKE_TRY(file.batch_size, batch_size_of(value));
    } else if (key == "metadata") {
      if (!value.is_object()) return Error(ErrorCode::kInvalidArgument, "metadata is an object");
      file.metadata = dumped(value);
    } else {
      return Error(ErrorCode::kInvalidArgument, "there is no option " + key);
    }
  }
  if (!file.level.empty()) LAKE_CHECK_OK(validate::level_named(file.level));
  if (!file.table.empty()) LAKE_CHECK_OK(parse_table_name(file.table));
  if (!file.format_type.empty() && !content_format_named(file.format_type))
    return Error(ErrorCode::kInvalidArgument, "no format is called '" + file.format_type + "'");
  return file;
}

std::string text_of(const FileIngestion& file) {
  Json json = {{"path", file.path},         {"name", file.name},
               {"table", file.table},       {"format_type", file.format_type},
               {"level", file.level},       {"schema_name", file.schema_name},
               {"mode", name_of(file.mode)}};
  // Empty ones are left out: an empty format or level is none.
  for (auto member = json.begin(); member != json.end();) {
    member = member->get_ref<const std::string&>().empty() ? json.erase(member) : std::next(member);
  }
  if (file.batch_size > 0) json["batch_size"] = file.batch_size;
  if (!file.metadata.empty()) json["metadata"] = Json::parse(file.metadata, nullptr, false);
  return dumped(json);
}

Result<SourceFile> source_file_of(os::FileSystem& files, const FileIngestion& file) {
  LAKE_TRY(const auto info, files.stat(file.path));
  if (info.kind != os::FileKind::kFile) return Error(ErrorCode::kInvalidArgument, file.name + " is no file");
  LAKE_TRY(const auto head, head_of(files, file.path));
  if (head.empty()) return Error(ErrorCode::kInvalidArgument, file.name + " is empty: it has no record");
  SourceFile source;
  source.path = file.path;
  source.bytes = info.bytes;
  LAKE_CHECK_OK(check_begin(file, head));
  source.compression = compression_of_content(head);
  std::optional<ContentFormat> format = content_format_named(file.format_type);
  if (!format && source.compression == Compression::kNone) format = format_of_content(head);
  // Lines of one column could be anything: then, and inside of a compressed file, the name tells.
  if (!format || *format == ContentFormat::kUnknown) format = format_of_name(file.name);
  const auto table_format = table_format_of(format.value_or(ContentFormat::kUnknown));
  if (!table_format) return no_table(format.value_or(ContentFormat::kUnknown), file.name);
  source.format = *table_format;
  source.table = suggested_table(file.name);
  return source;
}

Status verify_ingestion(os::FileSystem& files, const SourceFile& source, const IngestionBounds& bounds,
                        const std::function<bool()>& given_up) {
  return verify_source_bytes(files, source, given_up,
                             {.unpacked_bytes_max = bounds.unpacked_bytes_max, .whole_text = true});
}

Result<CheckedImportReport> ingest_file(query::Session& session, os::FileSystem& files,
                                        const FileIngestion& file, const IngestionBounds& bounds,
                                        const std::string& run_id, bool from_door,
                                        const std::function<bool()>& given_up) {
  LAKE_TRY(const auto before, files.stat(file.path));
  CheckedImportRequest request;
  LAKE_TRY(request.file, source_file_of(files, file));
  LAKE_CHECK_OK(verify_ingestion(files, request.file, bounds, given_up));
  request.records_max = bounds.records_max;
  request.batch_rows = file.batch_size;
  request.has_stood = [&]() -> Status {
    LAKE_TRY(const auto now, files.stat(file.path));
    if (now.bytes == before.bytes && now.modified_micros == before.modified_micros) return ok();
    return Error(ErrorCode::kUnavailable,
                 "it changed while it was read, and nothing of it is stored: " + file.name);
  };
  request.source = file.name;
  request.table = {"main", request.file.table};
  if (!file.table.empty()) {
    LAKE_TRY(request.table, parse_table_name(file.table));
  }
  request.mode = file.mode;
  request.rule_set = file.schema_name;
  if (!file.level.empty()) {
    LAKE_TRY(request.level, validate::level_named(file.level));
  }
  request.run_id = run_id;
  request.from_door = from_door;
  return import_checked(session, request);
}

std::string text_of(const CheckedImportReport& report, const FileIngestion& file) {
  return dumped(
      {{"run_id", report.run_id},
       {"source", file.name},
       {"table", file.table.empty() ? suggested_table(file.name) : file.table},
       {"records", report.validation.records},
       {"stored", report.rows_stored},
       {"refused", report.rows_refused},
       {"is_known", report.is_known},
       {"schema", Json::parse(profile_text(report.columns), nullptr, false)},
       {"errors_url", report.rows_refused == 0
                          ? Json()
                          : Json("/api/v1/ingestion/dead-letters?format=ndjson&run_id=" + report.run_id)},
       {"validation", Json::parse(json_of(report.validation), nullptr, false)}});
}

}  // namespace lake::ingest

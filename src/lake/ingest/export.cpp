#include "lake/ingest/export.hpp"

#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lake/ingest/lake_directory.hpp"
#include "lake/ingest/schema_script.hpp"
#include "lake/ingest/stored_type.hpp"

namespace lake::ingest {
namespace {

/// One path component that any file system takes; different names stay different.
std::string file_part(const std::string& name) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string part;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '_' || c == '-' || byte >= 0x80U;
    if (plain) {
      part += c;
    } else {
      part += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return part;
}

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

class Export {
 public:
  Export(query::Session& session, os::FileSystem& files, const ExportRequest& request)
      : session_(session), files_(files), request_(request) {}

  Result<ExportReport> run(const TableBegun& begun) {
    LAKE_CHECK_OK(prepare_directory());
    // One transaction, so that all tables are of one version.
    LAKE_CHECK_OK(session_.run_text("BEGIN"));
    auto result = write_all(begun);
    ignore(session_.run_text("ROLLBACK"),
           "nothing was changed; after an error the transaction may be gone already");
    if (!result) return result.error();
    return report_;
  }

 private:
  Status prepare_directory() {
    LAKE_CHECK_OK(check_outside_lakes(files_, request_.directory, "an export"));
    LAKE_CHECK_OK(files_.create_directories(request_.directory));
    LAKE_TRY(directory_, files_.canonical(request_.directory));
    LAKE_TRY(const auto entries, files_.list(directory_));
    if (entries.empty()) return ok();
    return Error(ErrorCode::kAlreadyExists, "an export needs an empty directory; this one holds " +
                                                entries.front().name + ": " + request_.directory);
  }

  Status write_all(const TableBegun& begun) {
    LAKE_TRY(const SchemaScript script, read_schema(session_, request_.tables));
    report_.object_count = script.object_count;
    std::string load = "-- Run after schema.sql, in this directory.\n";
    nlohmann::json tables = nlohmann::json::array();
    for (std::size_t i = 0; i < script.tables.size(); ++i) {
      if (begun) begun(script.tables[i].name, i, script.tables.size());
      LAKE_CHECK_OK(write_table(script.tables[i], load, tables));
    }
    if (request_.write_blobs) LAKE_CHECK_OK(request_.write_blobs(directory_));
    LAKE_CHECK_OK(files_.replace_file(os::join_path(directory_, "schema.sql"), script.sql));
    LAKE_CHECK_OK(files_.replace_file(os::join_path(directory_, "load.sql"), load));
    const nlohmann::json manifest = {
        {"format", "dplake-export"}, {"version", 1}, {"tables", std::move(tables)}};
    return files_.replace_file(os::join_path(directory_, "manifest.json"), manifest.dump(2) + "\n");
  }

  Status write_table(const ScriptTable& table, std::string& load, nlohmann::json& manifest) {
    const std::string schema = file_part(table.name.schema);
    const std::string file = schema + "/" + file_part(table.name.table) + ".parquet";
    const std::string path = os::join_path(directory_, file);
    LAKE_CHECK_OK(files_.create_directories(os::join_path(directory_, schema)));
    std::string stored;
    std::string back;
    nlohmann::json columns = nlohmann::json::array();
    for (const auto& column : table.columns) {
      const std::string as = stored_type(column.type);
      const std::string name = quoted_name(column.name);
      const std::string comma = stored.empty() ? "" : ", ";
      stored += comma + (as == column.type ? name : "CAST(" + name + " AS " + as + ") AS " + name);
      back += comma + "CAST(" + name + " AS " + column.type + ") AS " + name;
      columns.push_back({{"name", column.name}, {"type", column.type}, {"stored_as", as}});
    }
    LAKE_TRY(const std::uint64_t row_count,
             write_rows("SELECT " + stored + " FROM " + table.name.sql(), path));
    LAKE_CHECK_OK(make_durable(path));
    LAKE_TRY(const auto info, files_.stat(path));
    report_.tables.push_back({table.name, file, row_count, info.bytes});
    manifest.push_back({{"schema", table.name.schema},
                        {"name", table.name.table},
                        {"file", file},
                        {"row_count", row_count},
                        {"bytes", info.bytes},
                        {"columns", std::move(columns)}});
    load += "INSERT INTO " + table.name.sql() + " SELECT " + back + " FROM read_parquet(" +
            quoted_path(file) + ");\n";
    return ok();
  }

  Result<std::uint64_t> write_rows(const std::string& query, const std::string& path) {
    if (request_.write) {
      LAKE_TRY(const auto counted, session_.run_text("SELECT count(*) FROM (" + query + ")"));
      LAKE_CHECK_OK(request_.write(query, path));
      return number_of(counted.rows.at(0).at(0));
    }
    LAKE_TRY(const auto copied,
             session_.run_text("COPY (" + query + ") TO " + quoted_text(path) +
                               " (FORMAT parquet, COMPRESSION zstd, GEOPARQUET_VERSION 'V2')"));
    return copied.changed_rows;
  }

  /// The engine's writer only closes its files.
  Status make_durable(const std::string& path) {
    LAKE_TRY(const auto file, files_.open(path, os::OpenMode::kReadWrite));
    const Status synced = file->sync();
    const Status closed = file->close();
    LAKE_CHECK_OK(synced);
    LAKE_CHECK_OK(closed);
    return files_.sync_directory(os::parent_path(path));
  }

  query::Session& session_;
  os::FileSystem& files_;
  const ExportRequest& request_;
  std::string directory_;  // absolute: the engine may have another working directory
  ExportReport report_;
};

}  // namespace

Result<ExportReport> export_tables(query::Session& session, os::FileSystem& files,
                                   const ExportRequest& request, const TableBegun& begun) {
  return Export(session, files, request).run(begun);
}

}  // namespace lake::ingest

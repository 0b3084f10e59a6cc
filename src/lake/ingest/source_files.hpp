#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"

namespace lake::ingest {

enum class FileFormat : std::uint8_t { kCsv, kTsv, kJson, kNdjson, kParquet };

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

/// "csv", "tsv", "json", "ndjson", "jsonl", "parquet"; empty when unknown.
std::optional<FileFormat> file_format_named(std::string_view name);

/// The table name that a file name suggests: "2024 Sales.csv.gz" -> "t_2024_sales".
std::string suggested_table(const std::string& path);

struct SourceFile {
  std::string path;
  FileFormat format = FileFormat::kCsv;
  std::string table;  // what its name suggests: "2024 Sales.csv.gz" -> "t_2024_sales"
  std::uint64_t bytes = 0;
  Compression compression = Compression::kNone;  // by the end of its name: .gz, .zst, upper-case as well
};

/// The files to import, in the order given, those of a directory by name.
struct SourceList {
  std::vector<SourceFile> files;
  std::vector<std::string> ignored;  // of directories: no format we read, pipes, links to directories
};

/// Statements and tables hold paths as texts. Errors: kInvalidArgument for one whose bytes are no UTF-8, with
/// these bytes written as \xFF.
Status check_path_text(const std::string& path);

/// Finds what paths, patterns (* ? [..] in a path, ** for any depth) and directories (their whole trees)
/// name. `format`: read every file so, whatever its name says; else the name tells (.csv .tsv .json .ndjson
/// .jsonl .parquet, then perhaps .gz or .zst). A link to a directory is followed when it was given, not when
/// it lies in a tree, which therefore ends. Errors: kNotFound (nothing there, nothing matches),
/// kInvalidArgument (a file named by itself whose name tells no format; a pipe or a device, since files are
/// read more than once).
Result<SourceList> find_sources(os::FileSystem& files, const std::vector<std::string>& paths,
                                std::optional<FileFormat> format);

}  // namespace lake::ingest

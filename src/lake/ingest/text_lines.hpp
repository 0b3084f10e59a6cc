#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/source_files.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

struct ColumnType {
  std::string name;
  std::string type;  // SQL text
};
using Columns = std::vector<ColumnType>;

/// What the engine's readers are told of the compression: ", compression='gzip'", or nothing for a plain
/// file. They would go by the name, and only by a lower-case one.
std::string compression_option(const SourceFile& file);

/// A reading function that gives the file's lines, of up to 256 MiB each, as the column `text`.
std::string text_lines(const SourceFile& file);

/// The columns of an NDJSON file by those of its first `sample_rows` lines (0 = all) that are objects; the
/// engine's own inference refuses a file with any other line there. It agrees with the engine but for nested
/// texts, which stay VARCHAR whatever they look like. Empty when no line is an object. Errors: those of
/// running SQL; kInvalidArgument for lines above 2 MiB.
Result<Columns> columns_of_object_lines(query::Session& session, const SourceFile& file,
                                        std::uint64_t sample_rows);

/// Whether a double quote is among the first `sample_rows` lines (0 = all). Errors as above.
Result<bool> has_quotes(query::Session& session, const SourceFile& file, std::uint64_t sample_rows);

}  // namespace lake::ingest

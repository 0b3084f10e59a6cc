#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::query {

enum class Format : std::uint8_t { kTable, kCsv, kTsv, kJson, kNdjson, kMarkdown, kParquet };

/// "csv", "ndjson", ... or a media type ("text/csv", "application/vnd.apache.parquet"). Empty when unknown.
std::optional<Format> format_named(std::string_view name);
std::string_view media_type(Format format);

/// Receives encoded bytes in order. An error (peer gone) ends the encoding.
using ByteSink = std::function<Status(std::string_view)>;

/// Turns a result into bytes while it is produced; memory is bounded by one batch (kTable looks at the first batches to
/// choose widths; kParquet by one row group). kJson is {"columns":[{name,type}],"rows":[[...]],"row_count":n,"truncated":b,"changed_rows":n?}.
/// JSON numbers beyond 2^53 and HUGEINT are exact integers; NaN and infinities are strings; BLOB is base64; nested types are JSON.
Status encode(ResultStream& stream, Format format, const ByteSink& sink);

}  // namespace lake::query

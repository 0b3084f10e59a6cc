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

/// Turns a result into bytes while it is produced; memory is bounded by some batches (kTable looks at the
/// first ones to choose widths; kParquet holds one row group). Errors: those of the stream and of the sink.
///
/// kJson is {"columns":[{"name","type"}],"rows":[[...]],"row_count":n,"truncated":b}, with "changed_rows":n
/// for a statement that changes rows. kNdjson is one object for each row; a repeated column name gets _1, _2,
/// ... JSON values: integers of any width, DECIMAL and BIGNUM are exact numbers; NaN and infinities are the
/// strings "NaN", "Infinity", "-Infinity"; BLOB is base64; LIST and ARRAY are arrays; STRUCT, MAP and UNION
/// ({tag: value}) are objects; JSON is itself; everything else is text as SQL prints it. kCsv (RFC 4180, LF):
/// NULL is empty, an empty text is quoted. kTsv: NULL is \N; tab, line ends and backslash are escaped with a
/// backslash. Both hold BLOB as base64 and nested values as JSON. kTable and kMarkdown print as SQL does,
/// NULL as NULL. kParquet: HUGEINT, UHUGEINT, BIT, BIGNUM, INTERVAL and TIMETZ, which the format cannot hold
/// exactly, are stored as text. A statement that only changes rows gives one column changed_rows in the
/// formats that have no other place for it; one that does neither gives nothing. kParquet refuses both with
/// kInvalidArgument.
Status encode(ResultStream& stream, Format format, const ByteSink& sink);

/// What ends an answer that broke off between batches, so that the client can tell: `error_json` as the
/// member "error" of the JSON document, or as a last NDJSON line {"error":...}. Empty for formats with no
/// such place.
std::optional<std::string> broken_off(Format format, const std::string& error_json);

}  // namespace lake::query

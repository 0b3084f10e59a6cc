#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/ingest/source_files.hpp"

namespace lake::ingest {

/// What a file is, by its bytes.
enum class ContentFormat : std::uint8_t {
  kCsv,
  kTsv,
  kJson,
  kNdjson,
  kParquet,
  kGeoJson,
  kKml,
  kGpx,
  kXml,
  kMbox,
  kEmail,
  kCalendar,
  kContacts,
  kZip,
  kTar,
  kUnknown,
};
/// "csv", "geojson", ...
std::string_view name_of(ContentFormat format);
/// The other way; "jsonl" is ndjson. Nothing for a name that is none.
std::optional<ContentFormat> content_format_named(std::string_view name);

/// Says what the beginning of a file is: its first kHeadBytes, or all of it. Where several fit, the one that
/// asks most of the bytes. Threads: any.
ContentFormat format_of_content(std::string_view head);
inline constexpr std::size_t kHeadBytes = 64U << 10U;

/// By the magic number.
Compression compression_of_content(std::string_view head);

/// The table reader for a format; nothing for those that are no table.
std::optional<FileFormat> table_format_of(ContentFormat format);

}  // namespace lake::ingest

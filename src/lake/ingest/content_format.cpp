#include "lake/ingest/content_format.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lake::ingest {
namespace {

constexpr std::array<std::pair<ContentFormat, std::string_view>, 16> kNames = {
    {{ContentFormat::kCsv, "csv"},
     {ContentFormat::kTsv, "tsv"},
     {ContentFormat::kJson, "json"},
     {ContentFormat::kNdjson, "ndjson"},
     {ContentFormat::kParquet, "parquet"},
     {ContentFormat::kGeoJson, "geojson"},
     {ContentFormat::kKml, "kml"},
     {ContentFormat::kGpx, "gpx"},
     {ContentFormat::kXml, "xml"},
     {ContentFormat::kMbox, "mbox"},
     {ContentFormat::kEmail, "eml"},
     {ContentFormat::kCalendar, "ics"},
     {ContentFormat::kContacts, "vcf"},
     {ContentFormat::kZip, "zip"},
     {ContentFormat::kTar, "tar"},
     {ContentFormat::kUnknown, "unknown"}}};

constexpr std::string_view kSpace = " \t\r\n";

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

ContentFormat format_of_xml(std::string_view text) {
  const auto has_root = [&](std::string_view name) {
    const auto found = text.find(name);
    if (found == std::string_view::npos || found == 0) return false;
    const char before = text[found - 1];
    const std::string_view after = text.substr(found + name.size());
    const bool ends = after.empty() || after.find_first_of(" \t\r\n>/") == 0;
    return ends && (before == '<' || before == ':');
  };
  if (has_root("kml")) return ContentFormat::kKml;
  if (has_root("gpx")) return ContentFormat::kGpx;
  return ContentFormat::kXml;
}

/// The first lines that are whole.
std::vector<std::string_view> lines_of(std::string_view text, std::size_t count_max) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count_max) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

ContentFormat format_of_json(std::string_view text) {
  const auto lines = lines_of(text, 2);
  const bool is_line_by_line = lines.size() > 1 && lines[0].starts_with('{') && is_json(lines[0]);
  if (is_line_by_line) return ContentFormat::kNdjson;
  const auto start = text.substr(0, 4096);
  const bool is_geo = start.find("\"FeatureCollection\"") != std::string_view::npos ||
                      (start.find("\"Feature\"") != std::string_view::npos &&
                       start.find("\"geometry\"") != std::string_view::npos);
  return text.starts_with('{') && is_geo ? ContentFormat::kGeoJson : ContentFormat::kJson;
}

bool is_header_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c > ' ' && c < 127; });
}

/// RFC 5322: a header of well-known names, then an empty line.
bool is_email(std::string_view text) {
  const auto lines = lines_of(text, 3);
  if (lines.size() < 2 || !is_header_line(lines[0])) return false;
  const auto head = text.substr(0, std::min(text.find("\n\n"), text.find("\r\n\r\n")));
  const auto has = [&](std::string_view name) {
    return head.starts_with(name) || head.find("\n" + std::string(name)) != std::string_view::npos;
  };
  return has("From:") && (has("Date:") || has("Subject:") || has("Message-ID:"));
}

/// Delimiters outside of quotes.
std::size_t count_of(std::string_view line, char delimiter) {
  bool is_quoted = false;
  std::size_t count = 0;
  for (const char c : line) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == delimiter && !is_quoted) ++count;
  }
  return count;
}

ContentFormat format_of_lines(std::string_view text) {
  const auto lines = lines_of(text, 2);
  if (lines.empty()) return ContentFormat::kUnknown;
  const auto fits = [&](char delimiter) {
    const auto first = count_of(lines[0], delimiter);
    return first > 0 && (lines.size() == 1 || count_of(lines[1], delimiter) == first);
  };
  if (fits('\t')) return ContentFormat::kTsv;
  return fits(',') || fits(';') || fits('|') ? ContentFormat::kCsv : ContentFormat::kUnknown;
}

}  // namespace

std::string_view name_of(ContentFormat format) {
  for (const auto& [known, name] : kNames) {
    if (known == format) return name;
  }
  return "unknown";
}

std::optional<ContentFormat> content_format_named(std::string_view name) {
  if (name == "jsonl") return ContentFormat::kNdjson;
  for (const auto& [format, known] : kNames) {
    if (known == name && format != ContentFormat::kUnknown) return format;
  }
  return std::nullopt;
}

Compression compression_of_content(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (head.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  return Compression::kNone;
}

std::optional<FileFormat> table_format_of(ContentFormat format) {
  switch (format) {
    case ContentFormat::kCsv:
      return FileFormat::kCsv;
    case ContentFormat::kTsv:
      return FileFormat::kTsv;
    case ContentFormat::kJson:
      return FileFormat::kJson;
    case ContentFormat::kNdjson:
      return FileFormat::kNdjson;
    case ContentFormat::kParquet:
      return FileFormat::kParquet;
    default:
      return std::nullopt;
  }
}

ContentFormat format_of_content(std::string_view head) {
  if (head.starts_with("PAR1")) return ContentFormat::kParquet;
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return ContentFormat::kZip;
  if (head.size() > 262 && head.substr(257, 5) == "ustar") return ContentFormat::kTar;
  if (head.find('\0') != std::string_view::npos) return ContentFormat::kUnknown;
  const auto text = without_mark(head);
  if (text.starts_with("From ")) return ContentFormat::kMbox;
  if (text.starts_with("BEGIN:VCALENDAR")) return ContentFormat::kCalendar;
  if (text.starts_with("BEGIN:VCARD")) return ContentFormat::kContacts;
  if (text.starts_with('<')) return format_of_xml(text.substr(0, 4096));
  if (text.starts_with('{') || text.starts_with('[')) return format_of_json(text);
  if (is_email(text)) return ContentFormat::kEmail;
  return format_of_lines(text);
}

}  // namespace lake::ingest

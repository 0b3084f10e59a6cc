#include "lake/query/encode.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/query/json_column.hpp"
#include "lake/query/parquet_encode.hpp"

namespace lake::query {

namespace {

struct FormatName {
  std::string_view name;
  std::string_view media;
  Format format;
};
constexpr std::array<FormatName, 7> kFormats = {
    {{"table", "text/plain; charset=utf-8", Format::kTable},
     {"csv", "text/csv; charset=utf-8", Format::kCsv},
     {"tsv", "text/tab-separated-values; charset=utf-8", Format::kTsv},
     {"json", "application/json", Format::kJson},
     {"ndjson", "application/x-ndjson", Format::kNdjson},
     {"markdown", "text/markdown; charset=utf-8", Format::kMarkdown},
     {"parquet", "application/vnd.apache.parquet", Format::kParquet}}};

constexpr std::size_t kFlushBytes = 64U << 10U;

/// Collects bytes and hands them on in pieces of some size.
class Output {
 public:
  explicit Output(const ByteSink& sink) : sink_(sink) {}
  std::string& text() { return text_; }
  Status flush_if_large() { return text_.size() < kFlushBytes ? ok() : flush(); }
  Status flush() {
    if (text_.empty()) return ok();
    auto status = sink_(text_);
    text_.clear();
    return status;
  }

 private:
  const ByteSink& sink_;
  std::string text_;
};

Result<std::vector<JsonColumn>> columns_of(const RowBatch& batch) {
  std::vector<JsonColumn> columns;
  LAKE_CHECK_OK(engine::guarded([&] {
    for (auto& vector : batch.chunk().data) columns.emplace_back(vector, batch.row_count(), batch.context());
  }));
  return columns;
}

/// Writes one row of a batch.
using RowWriter = std::function<void(std::string&, const std::vector<JsonColumn>&, std::uint64_t)>;

Result<std::uint64_t> write_rows(ResultStream& stream, Output& output, const RowWriter& write) {
  std::uint64_t count = 0;
  while (true) {
    LAKE_TRY(const auto batch, stream.next());
    if (!batch) return count;
    LAKE_TRY(const auto columns, columns_of(*batch));
    for (std::uint64_t row = 0; row < batch->row_count(); ++row) write(output.text(), columns, row);
    count += batch->row_count();
    LAKE_CHECK_OK(output.flush_if_large());
  }
}

Status encode_json(ResultStream& stream, Output& output) {
  output.text() += "{\"columns\":[";
  bool first = true;
  for (const auto& column : stream.columns()) {
    output.text() += first ? "{\"name\":" : ",{\"name\":";
    append_json_string(output.text(), column.name);
    output.text() += ",\"type\":";
    append_json_string(output.text(), column.type);
    output.text() += '}';
    first = false;
  }
  output.text() += "],\"rows\":[";
  bool first_row = true;
  LAKE_TRY(const auto count, write_rows(stream, output, [&](auto& out, const auto& columns, auto row) {
             out += first_row ? "\n[" : ",\n[";
             first_row = false;
             for (std::size_t i = 0; i < columns.size(); ++i) {
               if (i > 0) out += ',';
               columns[i].append_json(out, row);
             }
             out += ']';
           }));
  output.text() += "\n],\"row_count\":" + std::to_string(count);
  output.text() += stream.truncated() ? ",\"truncated\":true" : ",\"truncated\":false";
  if (stream.kind() == StatementKind::kChange) {
    output.text() += ",\"changed_rows\":" + std::to_string(stream.changed_rows());
  }
  output.text() += "}\n";
  return output.flush();
}

std::vector<std::string> distinct_names(const std::vector<Column>& columns) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (const auto& column : columns) {
    std::string name = column.name;
    for (int suffix = 1; !taken.insert(name).second; ++suffix)
      name = column.name + "_" + std::to_string(suffix);
    names.push_back(std::move(name));
  }
  return names;
}

Status encode_ndjson(ResultStream& stream, Output& output) {
  std::vector<std::string> keys;
  for (const auto& name : distinct_names(stream.columns())) {
    std::string key = keys.empty() ? "{" : ",";
    append_json_string(key, name);
    keys.push_back(key + ":");
  }
  LAKE_TRY(const auto count, write_rows(stream, output, [&](auto& out, const auto& columns, auto row) {
             for (std::size_t i = 0; i < columns.size(); ++i) {
               out += keys[i];
               columns[i].append_json(out, row);
             }
             out += "}\n";
           }));
  static_cast<void>(count);
  if (stream.kind() == StatementKind::kChange) {
    output.text() += "{\"changed_rows\":" + std::to_string(stream.changed_rows()) + "}\n";
  }
  return output.flush();
}

void append_csv(std::string& out, std::string_view text, bool null) {
  if (null) return;
  const bool edge = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!text.empty() && !edge && text.find_first_of("\",\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_tsv(std::string& out, std::string_view text, bool null) {
  if (null) {
    out += "\\N";
    return;
  }
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
}

Status encode_separated(ResultStream& stream, Output& output, char separator,
                        void (*append)(std::string&, std::string_view, bool)) {
  if (stream.kind() == StatementKind::kChange) {
    output.text() += "changed_rows\n" + std::to_string(stream.changed_rows()) + "\n";
    return output.flush();
  }
  bool first = true;
  for (const auto& column : stream.columns()) {
    if (!first) output.text() += separator;
    append(output.text(), column.name, false);
    first = false;
  }
  if (!first) output.text() += '\n';
  std::string cell;
  LAKE_TRY(const auto count, write_rows(stream, output, [&](auto& out, const auto& columns, auto row) {
             for (std::size_t i = 0; i < columns.size(); ++i) {
               if (i > 0) out += separator;
               cell.clear();
               columns[i].append_text(cell, row);
               append(out, cell, columns[i].is_null(row));
             }
             out += '\n';
           }));
  static_cast<void>(count);
  return output.flush();
}

bool is_number(const std::string& type) {
  static const std::set<std::string> numbers = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
                                                "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
                                                "FLOAT",    "DOUBLE",    "BIGNUM"};
  return numbers.contains(type) || type.starts_with("DECIMAL");
}

/// Columns on a terminal: code points, twice for the wide ones of East Asia and emoji, none for combining
/// marks.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = point << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    i += length;
    if ((point >= 0x300 && point < 0x370) || point == 0x200D || (point >= 0xFE00 && point < 0xFE10)) continue;
    const bool wide = (point >= 0x1100 && point < 0x1160) || (point >= 0x2E80 && point < 0xA4D0) ||
                      (point >= 0xAC00 && point < 0xD7A4) || (point >= 0xF900 && point < 0xFB00) ||
                      (point >= 0xFE30 && point < 0xFE70) || (point >= 0xFF00 && point < 0xFF61) ||
                      (point >= 0x1F300 && point < 0x1FB00) || (point >= 0x20000 && point < 0x30000);
    width += wide ? 2 : 1;
  }
  return width;
}

/// One cell as people read it: as SQL prints it, on one line.
std::string readable(const RowBatch& batch, std::size_t column, std::uint64_t row) {
  if (batch.is_null(column, row)) return "NULL";
  std::string result;
  for (const char c : batch.text(column, row)) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else if (c == '\t') {
      result += "\\t";
    } else {
      result += c;
    }
  }
  return result;
}

using Cells = std::vector<std::string>;

/// Rows as cells; DuckDB's casts may throw.
Status readable_rows(const RowBatch& batch, std::vector<Cells>& rows) {
  return engine::guarded([&] {
    for (std::uint64_t row = 0; row < batch.row_count(); ++row) {
      auto& cells = rows.emplace_back();
      for (std::size_t column = 0; column < batch.column_count(); ++column) {
        cells.push_back(readable(batch, column, row));
      }
    }
  });
}

void append_aligned(std::string& out, const Cells& cells, const std::vector<std::size_t>& widths,
                    const std::vector<bool>& right) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    const auto width = width_of(cells[i]);
    const std::string space(width < widths[i] ? widths[i] - width : 0, ' ');
    line += right[i] ? space + cells[i] : cells[i] + space;
  }
  line.resize(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

/// What EXPLAIN answers: drawings of many lines, each in one cell.
bool is_plan(const std::vector<Column>& columns) {
  return columns.size() == 2 && columns[0].name == "explain_key" && columns[1].name == "explain_value";
}

Status encode_plan(ResultStream& stream, Output& output) {
  while (true) {
    LAKE_TRY(const auto batch, stream.next());
    if (!batch) return output.flush();
    LAKE_CHECK_OK(engine::guarded([&] {
      for (std::uint64_t row = 0; row < batch->row_count(); ++row) {
        std::string& text = output.text();
        text += batch->text(1, row);
        if (!text.empty() && text.back() != '\n') text += '\n';
      }
    }));
    LAKE_CHECK_OK(output.flush_if_large());
  }
}

Status encode_table(ResultStream& stream, Output& output) {
  if (stream.kind() == StatementKind::kChange) {
    output.text() += "changed_rows\n" + std::to_string(stream.changed_rows()) + "\n";
    return output.flush();
  }
  if (stream.columns().empty()) return ok();
  if (is_plan(stream.columns())) return encode_plan(stream, output);
  constexpr std::size_t kSampleRows = 4096;
  std::vector<Cells> sample;
  bool ended = false;
  while (!ended && sample.size() < kSampleRows) {
    LAKE_TRY(const auto batch, stream.next());
    ended = !batch;
    if (batch) LAKE_CHECK_OK(readable_rows(*batch, sample));
  }
  Cells names;
  Cells rules;
  std::vector<bool> right;
  std::vector<std::size_t> widths;
  for (const auto& column : stream.columns()) {
    std::size_t width = width_of(column.name);
    for (const auto& row : sample) width = std::max(width, width_of(row[names.size()]));
    names.push_back(column.name);
    right.push_back(is_number(column.type));
    widths.push_back(width);
    rules.emplace_back(width, '-');
  }
  append_aligned(output.text(), names, widths, right);
  append_aligned(output.text(), rules, widths, right);
  while (true) {
    for (const auto& row : sample) append_aligned(output.text(), row, widths, right);
    LAKE_CHECK_OK(output.flush_if_large());
    sample.clear();
    if (ended) return output.flush();
    LAKE_TRY(const auto batch, stream.next());
    ended = !batch;
    if (batch) LAKE_CHECK_OK(readable_rows(*batch, sample));
  }
}

void append_markdown(std::string& out, const Cells& cells) {
  out += '|';
  for (const auto& cell : cells) {
    out += ' ';
    for (const char c : cell) {
      if (c == '|') out += '\\';
      out += c;
    }
    out += " |";
  }
  out += '\n';
}

Status encode_markdown(ResultStream& stream, Output& output) {
  if (stream.kind() == StatementKind::kChange) {
    append_markdown(output.text(), {"changed_rows"});
    append_markdown(output.text(), {"---:"});
    append_markdown(output.text(), {std::to_string(stream.changed_rows())});
    return output.flush();
  }
  if (stream.columns().empty()) return ok();
  Cells names;
  Cells rules;
  for (const auto& column : stream.columns()) {
    names.push_back(column.name);
    rules.emplace_back(is_number(column.type) ? "---:" : "---");
  }
  append_markdown(output.text(), names);
  append_markdown(output.text(), rules);
  while (true) {
    LAKE_TRY(const auto batch, stream.next());
    if (!batch) return output.flush();
    std::vector<Cells> rows;
    LAKE_CHECK_OK(readable_rows(*batch, rows));
    for (const auto& row : rows) append_markdown(output.text(), row);
    LAKE_CHECK_OK(output.flush_if_large());
  }
}

}  // namespace

std::optional<Format> format_named(std::string_view name) {
  for (const auto& entry : kFormats) {
    const auto media = entry.media.substr(0, entry.media.find(';'));
    if (name == entry.name || name == media) return entry.format;
  }
  return std::nullopt;
}

std::string_view media_type(Format format) {
  for (const auto& entry : kFormats) {
    if (entry.format == format) return entry.media;
  }
  return "application/octet-stream";
}

Status encode(ResultStream& stream, Format format, const ByteSink& sink) {
  Output output(sink);
  switch (format) {
    case Format::kTable:
      return encode_table(stream, output);
    case Format::kCsv:
      return encode_separated(stream, output, ',', append_csv);
    case Format::kTsv:
      return encode_separated(stream, output, '\t', append_tsv);
    case Format::kJson:
      return encode_json(stream, output);
    case Format::kNdjson:
      return encode_ndjson(stream, output);
    case Format::kMarkdown:
      return encode_markdown(stream, output);
    case Format::kParquet:
      return encode_parquet(stream, sink);
  }
  return Error(ErrorCode::kInvalidArgument, "unknown format");
}

std::optional<std::string> broken_off(Format format, const std::string& error_json) {
  if (format == Format::kJson) return "\n],\"error\":" + error_json + "}\n";
  if (format == Format::kNdjson) return "{\"error\":" + error_json + "}\n";
  return std::nullopt;
}

}  // namespace lake::query
